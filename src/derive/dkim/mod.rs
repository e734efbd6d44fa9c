//! What the DKIM answers of a domain come to: whether a key is known to be published, although selectors
//! cannot be listed, and which answers are only a wildcard's.

use crate::facts::{
    Facts,
    dkim::{Dkim, DkimKey, DkimProvider, DkimSelector},
    dns::Answer,
    observed::{Cause, Observed, Proof},
};
use crate::records::dkim::parse_key;

mod providers;

pub use providers::{all_selectors, included, providers};

/// Derives anew what the answers of a document come to.
pub fn complete(facts: &mut Facts) {
    let seen = seen_providers(facts);
    let dkim = &mut facts.dkim;
    dkim.providers = seen;
    for key in &mut dkim.keys {
        if let Observed::Present { value } = &mut key.record.observed {
            reread(value);
        }
    }
    conclude(dkim);
}

/// What follows from the answers themselves.
pub fn conclude(dkim: &mut Dkim) {
    for key in &mut dkim.keys {
        key.by_wildcard = is_wildcards(key, &dkim.wildcard_texts);
    }
    dkim.wildcard_place = wildcard_place(&dkim.domainkey, &dkim.wildcard_texts).to_owned();
    dkim.published = published(&dkim.domainkey, &dkim.keys, &dkim.wildcard);
    let usable = usable(&dkim.keys).map(|key| key.key_type.clone());
    let mut types: Vec<String> = usable.collect();
    types.sort_unstable();
    types.dedup();
    dkim.key_types = types;
}

/// The providers that a document's SPF records, down to the first level of includes, and MX records name.
fn seen_providers(facts: &Facts) -> Vec<DkimProvider> {
    let Facts { spf, mx, .. } = facts;
    let below = spf.tree.iter().filter(|node| node.depth == 1);
    let answers = std::iter::once(&spf.records).chain(below.map(|node| &node.records));
    let texts = answers.filter_map(Answer::value).flatten();
    let records = mx.records.value().into_iter().flatten();
    providers(texts.map(String::as_str), records)
}

/// Fills in what documents of earlier versions do not say of a key.
fn reread(key: &mut DkimKey) {
    let fresh = parse_key(&key.raw);
    key.key_exponent = fresh.key_exponent;
    key.fingerprint = fresh.fingerprint;
    key.flags = fresh.flags;
    key.services = fresh.services;
    key.note = fresh.note;
    key.tags = fresh.tags;
}

/// Whether a selector has the answer that one has which nobody published.
fn is_wildcards(key: &DkimSelector, texts: &[String]) -> bool {
    let record = key.record.value();
    record.is_some_and(|record| texts.contains(&record.raw))
}

/// Where the wildcard stands that answered with these texts. One above `_domainkey` answers for that name
/// too, which then has no records of its own (RFC 4592 §2.2.1).
fn wildcard_place(domainkey: &Answer<Vec<String>>, texts: &[String]) -> &'static str {
    if texts.is_empty() {
        return "";
    }
    match domainkey.value() {
        Some(own) if own.as_slice() == texts => "above",
        Some(_) | None => "domainkey",
    }
}

/// The keys that verifiers can use and that no wildcard made.
fn usable(keys: &[DkimSelector]) -> impl Iterator<Item = &DkimKey> {
    let own = keys.iter().filter(|key| !key.by_wildcard);
    own.filter_map(|key| key.record.value())
        .filter(|record| record.usable)
}

/// Whether a usable key is published.
///
/// A key that was found says yes, unless it is what a wildcard answers for every selector (RFC 4592).
/// NXDOMAIN at `_domainkey` says no: nothing is below a name that does not exist (RFC 8020 §2).
/// Everything else leaves it unknown, since other selectors may be in use.
fn published(
    domainkey: &Answer<Vec<String>>,
    keys: &[DkimSelector],
    wildcard: &Observed<bool>,
) -> Observed<bool> {
    if usable(keys).next().is_some() {
        return Observed::present(true);
    }
    if wildcard.value() == Some(&true) {
        let text = "a wildcard answers for every selector";
        return Observed::unknown(Cause::NotObservable, text);
    }
    match &domainkey.observed {
        Observed::Absent {
            proof: Proof::Nxdomain,
            detail,
        } => Observed::Absent {
            proof: Proof::Nxdomain,
            detail: detail.clone(),
        },
        Observed::Unknown { cause, detail } => Observed::unknown(*cause, detail.clone()),
        Observed::Present { .. } | Observed::Absent { .. } => Observed::unknown(
            Cause::NotObservable,
            "no usable key at the selectors that were tried; others cannot be listed, but named (`--selector`)",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::dns::{Dnssec, DnssecState};
    use crate::records::dkim::parse_key;

    fn answer<T>(observed: Observed<T>) -> Answer<T> {
        Answer {
            name: "x.test".to_owned(),
            rtype: "TXT".to_owned(),
            observed,
            ttl_seconds: None,
            aliases: Vec::new(),
            dnssec: Dnssec::new(DnssecState::Insecure, ""),
        }
    }

    fn key(raw: &str) -> DkimSelector {
        DkimSelector {
            selector: "s1".to_owned(),
            source: "common".to_owned(),
            by_wildcard: false,
            record: answer(Observed::present(parse_key(raw))),
        }
    }

    #[test]
    fn a_key_is_published_absent_or_unknown_by_what_was_seen() {
        let good = || key(&format!("k=ed25519; p={}=", "A".repeat(43)));
        let lost = DkimSelector {
            record: answer(Observed::unknown(Cause::Timeout, "")),
            ..good()
        };
        let by_wildcard = || DkimSelector {
            by_wildcard: true,
            ..good()
        };
        let yes = Observed::present(true);
        let gone = Observed::absent(Proof::Nxdomain);
        let no_data = || Observed::absent(Proof::NoData);
        let timeout = || Observed::unknown(Cause::Timeout, "late");
        let not_seen = Some(Cause::NotObservable);
        for (domainkey, keys, wildcard, expected, cause) in [
            (no_data(), vec![good()], Some(false), Some(&yes), None),
            (timeout(), vec![good()], None, Some(&yes), None),
            (
                Observed::absent(Proof::Nxdomain),
                vec![],
                Some(false),
                Some(&gone),
                None,
            ),
            (no_data(), vec![], Some(false), None, not_seen),
            (
                Observed::absent(Proof::NoSuchRecord),
                vec![],
                Some(false),
                None,
                not_seen,
            ),
            (no_data(), vec![key("p=")], Some(false), None, not_seen),
            (no_data(), vec![lost], Some(false), None, not_seen),
            (no_data(), vec![by_wildcard()], Some(true), None, not_seen),
            (
                no_data(),
                vec![by_wildcard(), good()],
                Some(true),
                Some(&yes),
                None,
            ),
            (timeout(), vec![], Some(false), None, Some(Cause::Timeout)),
        ] {
            let late = Observed::unknown(Cause::Timeout, "late");
            let wildcard = wildcard.map_or(late, Observed::present);
            let found = published(&answer(domainkey), &keys, &wildcard);
            match (expected, found) {
                (Some(state), found) => assert_eq!(&found, state),
                (None, Observed::Unknown { cause: why, .. }) => assert_eq!(Some(why), cause),
                (None, other) => panic!("{other:?}"),
            }
        }
    }

    fn dkim(domainkey: Observed<Vec<String>>, wildcard: &[&str], keys: Vec<DkimSelector>) -> Dkim {
        Dkim {
            domainkey: answer(domainkey),
            wildcard: Observed::present(!wildcard.is_empty()),
            wildcard_texts: wildcard.iter().map(|text| (*text).to_owned()).collect(),
            wildcard_place: String::new(),
            published: Observed::present(false),
            providers: Vec::new(),
            selectors_tried: Vec::new(),
            keys,
            key_types: Vec::new(),
        }
    }

    #[test]
    fn a_wildcard_is_told_from_keys_of_their_own_and_its_place_is_found() {
        const REVOKED: &str = "v=DKIM1; p=";
        let curve = format!("k=ed25519; p={}=", "A".repeat(43));
        let texts = |text: &str| Observed::present(vec![text.to_owned()]);
        for (domainkey, wildcard, place, own) in [
            (Observed::absent(Proof::NoData), vec![], "", true),
            (
                Observed::absent(Proof::NoData),
                vec![REVOKED],
                "domainkey",
                true,
            ),
            (texts("o=-"), vec![REVOKED], "domainkey", true),
            (texts(REVOKED), vec![REVOKED], "above", true),
            (
                Observed::absent(Proof::NoData),
                vec![curve.as_str()],
                "domainkey",
                false,
            ),
        ] {
            let mut found = dkim(domainkey, &wildcard, vec![key(&curve), key(REVOKED)]);
            conclude(&mut found);
            assert_eq!(found.wildcard_place, place, "{wildcard:?}");
            assert_eq!(found.keys[0].by_wildcard, !own, "{wildcard:?}");
            assert_eq!(found.keys[1].by_wildcard, wildcard == [REVOKED]);
            assert_eq!(found.published.value().is_some(), own, "{wildcard:?}");
            let types: &[&str] = if own { &["ed25519"] } else { &[] };
            assert_eq!(found.key_types, types, "{wildcard:?}");
        }
    }
}
