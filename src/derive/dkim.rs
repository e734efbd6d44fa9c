//! Whether a DKIM key is known to be published, although selectors cannot be listed.

use crate::facts::{
    dkim::DkimSelector,
    dns::Answer,
    observed::{Cause, Observed, Proof},
};

/// Whether a usable key is published.
///
/// A key that was found says yes, unless a wildcard answers for every selector (RFC 4592). NXDOMAIN at
/// `_domainkey` says no: nothing is below a name that does not exist (RFC 8020 §2). Everything else
/// leaves it unknown, since other selectors may be in use.
pub fn published(
    domainkey: &Answer<Vec<String>>,
    keys: &[DkimSelector],
    wildcard: &Observed<bool>,
) -> Observed<bool> {
    if wildcard.value() == Some(&true) {
        let text = "a wildcard answers for every selector";
        return Observed::unknown(Cause::NotObservable, text);
    }
    let usable = |key: &DkimSelector| key.record.value().is_some_and(|record| record.usable);
    if keys.iter().any(usable) {
        return Observed::present(true);
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
            (no_data(), vec![good()], Some(true), None, not_seen),
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
}
