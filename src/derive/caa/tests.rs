//! The cases of RFC 8659 §3 and §4, and certificates of known and unknown authorities.

use super::*;
use crate::derive::tests::facts;
use crate::facts::certificate::Certificate;
use crate::facts::dns::{Dnssec, DnssecState};
use crate::records::{caa, certificate};

/// What is published at a name: `?` is no answer, and `|` stands between records; a flag of 128 is a `!`.
fn answer(name: &str, published: &str) -> Answer<Vec<CaaRecord>> {
    let read = |text: &str| {
        let (critical, text) = text.strip_prefix('!').map_or((0, text), |rest| (128, rest));
        let (tag, value) = text.split_once(' ').unwrap();
        caa::read(critical, tag, value.as_bytes())
    };
    Answer {
        name: name.to_owned(),
        rtype: "CAA".to_owned(),
        observed: match published {
            "" => Observed::absent(Proof::NoData),
            "?" => Observed::unknown(Cause::Servfail, ""),
            all => Observed::present(all.split('|').map(read).collect()),
        },
        ttl_seconds: None,
        aliases: Vec::new(),
        dnssec: Dnssec::new(DnssecState::Insecure, ""),
    }
}

/// The climb from `mx.example.test`, with what is published at its three names.
fn host(published: [&str; 3]) -> CaaHost {
    let names = climb_names("mx.example.test");
    let climbed = names.iter().zip(published);
    let climbed = climbed.map(|(name, published)| answer(name, published));
    conclude(
        "mx.example.test".to_owned(),
        CaaPurpose::Mx,
        climbed.collect(),
    )
}

fn chain(issuer: &str, names: &[&str]) -> Chain {
    let own = Certificate {
        issuer: issuer.to_owned(),
        dns_names: names.iter().map(|&name| name.to_owned()).collect(),
        ..certificate::unreadable(b"")
    };
    Chain {
        certificates: vec![own],
        reference_name: "mx.example.test".to_owned(),
        trusted: true,
        name_matches: true,
        in_time: true,
        authenticated: true,
        in_order: true,
        root_sent: false,
        store: String::new(),
        defects: Vec::new(),
    }
}

const ENCRYPT: &str = "C=US, O=Let's Encrypt, CN=R12";
const NOBODY: &str = "C=US, O=Some Authority, CN=X1";

#[test]
fn the_climb_ends_below_the_root() {
    let names = climb_names("mx.example.test.");
    assert_eq!(names, ["mx.example.test", "example.test", "test"]);
    assert!(climb_names("").is_empty());
}

#[test]
fn the_first_records_of_the_climb_count_alone() {
    for (published, found_at, restricts, issuers) in [
        (["", "", ""], None, Some(false), vec![]),
        (
            ["", "issue ca.test", "issue other.test"],
            Some("example.test"),
            Some(true),
            vec!["ca.test"],
        ),
        (
            ["iodef mailto:a@b.test", "issue ca.test", ""],
            Some("mx.example.test"),
            Some(false),
            vec![],
        ),
        (
            ["issuewild ;", "issue ca.test", ""],
            Some("mx.example.test"),
            Some(false),
            vec![],
        ),
        (
            ["issue ;", "", ""],
            Some("mx.example.test"),
            Some(true),
            vec![],
        ),
        (
            ["issue %%", "issue ca.test", ""],
            Some("mx.example.test"),
            Some(true),
            vec![],
        ),
        (
            ["issue b.test|issue ;|issue A.test", "", ""],
            Some("mx.example.test"),
            Some(true),
            vec!["a.test", "b.test"],
        ),
        (
            ["issue ca.test|!tbs Unknown", "", ""],
            Some("mx.example.test"),
            Some(true),
            vec![],
        ),
        (
            ["issue ca.test|tbs Unknown", "", ""],
            Some("mx.example.test"),
            Some(true),
            vec!["ca.test"],
        ),
        (
            ["issue ca.test|!iodef mailto:a@b.test", "", ""],
            Some("mx.example.test"),
            Some(true),
            vec!["ca.test"],
        ),
        (
            ["issue ca.test", "?", "?"],
            Some("mx.example.test"),
            Some(true),
            vec!["ca.test"],
        ),
    ] {
        let found = host(published);
        assert_eq!(
            found.found_at.value().map(String::as_str),
            found_at,
            "{published:?}"
        );
        assert_eq!(
            found.found_at.is_absent(),
            found_at.is_none(),
            "{published:?}"
        );
        assert_eq!(found.restricts.value().copied(), restricts, "{published:?}");
        assert_eq!(found.issuers, issuers, "{published:?}");
    }
}

#[test]
fn an_answer_that_is_missing_on_the_way_leaves_all_open() {
    let found = host(["", "?", "issue ca.test"]);
    assert!(found.found_at.is_unknown() && found.restricts.is_unknown());
    let seen = chain(ENCRYPT, &["mx.example.test"]);
    let verdict = permits(&found, &[Observed::present(&seen)], false);
    assert!(verdict.is_unknown());
}

#[test]
fn a_certificate_could_be_issued_again_where_its_authority_is_named() {
    let exact = ["mx.example.test"];
    let wild = ["*.example.test"];
    for (published, issuer, names, expected) in [
        (["", "", ""], NOBODY, &exact[..], Some(true)),
        (
            ["", "issue letsencrypt.org", ""],
            ENCRYPT,
            &exact,
            Some(true),
        ),
        (["", "issue digicert.com", ""], ENCRYPT, &exact, Some(false)),
        (["", "issue ;", ""], NOBODY, &exact, Some(false)),
        (["", "issue letsencrypt.org", ""], NOBODY, &exact, None),
        (["!x y", "", ""], NOBODY, &exact, Some(false)),
        (
            ["", "issue letsencrypt.org|issuewild ;", ""],
            ENCRYPT,
            &exact,
            Some(true),
        ),
        (
            ["", "issue letsencrypt.org|issuewild ;", ""],
            ENCRYPT,
            &wild,
            Some(false),
        ),
        (
            ["", "issue ;|issuewild letsencrypt.org", ""],
            ENCRYPT,
            &wild,
            Some(true),
        ),
        (
            ["", "issue letsencrypt.org", ""],
            ENCRYPT,
            &wild,
            Some(true),
        ),
        // The records of the host itself say nothing of a wildcard above it.
        (
            ["issue digicert.com", "issue letsencrypt.org", ""],
            ENCRYPT,
            &wild,
            Some(true),
        ),
    ] {
        let entry = host(published);
        let seen = chain(issuer, names);
        let verdict = permits(&entry, &[Observed::present(&seen)], false);
        assert_eq!(
            verdict.value().copied(),
            expected,
            "{published:?} {names:?}"
        );
        assert_eq!(verdict.is_unknown(), expected.is_none(), "{published:?}");
    }
}

#[test]
fn one_certificate_that_may_not_be_issued_again_decides() {
    let entry = host(["issue letsencrypt.org", "", ""]);
    let good = chain(ENCRYPT, &["mx.example.test"]);
    let bad = chain("O=Sectigo Limited", &["mx.example.test"]);
    let lost = Observed::unknown(Cause::Timeout, "");
    let seen = |all: &[Observed<&Chain>]| permits(&entry, all, false).value().copied();
    let (good, bad) = (Observed::present(&good), Observed::present(&bad));
    assert_eq!(
        seen(&[good.clone(), bad.clone(), lost.clone()]),
        Some(false)
    );
    assert_eq!(seen(&[lost.clone(), bad]), Some(false));
    assert_eq!(seen(std::slice::from_ref(&good)), Some(true));
    assert!(permits(&entry, &[good, lost], false).is_unknown());
}

#[test]
fn who_is_no_trusted_authority_is_not_bound() {
    let entry = host(["issue ;", "", ""]);
    let mut own = chain("CN=mx", &["mx.example.test"]);
    own.trusted = false;
    let mut pinned = chain("CN=mx", &["mx.example.test"]);
    pinned.certificates[0].self_issued = true;
    for seen in [own, pinned] {
        assert!(permits(&entry, &[Observed::present(&seen)], false).is_absent());
        assert!(super::seen(&[Observed::present(&seen)]).is_empty());
    }
    assert!(permits(&entry, &[], false).is_absent());
}

#[test]
fn a_document_is_concluded_with_the_certificate_of_its_policy_host() {
    let mut facts = facts();
    let mut entry = host(["", "issue letsencrypt.org", ""]);
    entry.purpose = CaaPurpose::MtaSts;
    entry.found_at = Observed::absent(Proof::NoSubject);
    facts.caa = vec![entry];
    if let Observed::Present { value } = &mut facts.mta_sts.fetch {
        value.chain = chain(ENCRYPT, &["mx.example.test"]);
    }
    complete(&mut facts);
    let found = &facts.caa[0];
    assert_eq!(found.found_at.value().unwrap(), "example.test");
    assert_eq!(found.seen, ["Let's Encrypt"]);
    assert_eq!(found.permits_seen, Observed::present(true));
}
