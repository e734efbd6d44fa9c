//! DMARC of messages, over walks that are given.

use super::super::super::dmarc::{conclude, organizational_domain, step, walk_names};
use super::*;
use crate::facts::dns::Answer;
use crate::facts::outbound::signature::DkimResult;

const REJECT: &str = "v=DMARC1; p=reject";

/// The walk of a domain: names that are not listed do not exist, `?` is a question that timed out.
fn walk(domain: &str, records: &[(&str, &str)]) -> Vec<crate::facts::dmarc::DmarcStep> {
    let mut names = walk_names(domain);
    let older = domain::organizational(domain).to_owned();
    if !names.contains(&older) {
        names.push(older);
    }
    let ask = |name: String| {
        let observed = match records.iter().find(|(owner, _)| *owner == name) {
            None => Observed::absent(Proof::Nxdomain),
            Some((_, "?")) => Observed::unknown(Cause::Timeout, ""),
            Some((_, text)) => Observed::present(vec![(*text).to_owned()]),
        };
        let answer = Answer::<Vec<String>>::unasked(&name, "TXT", Cause::NotAttempted, "");
        step(&name, answer.with(observed))
    };
    names.into_iter().map(ask).collect()
}

fn spf_of(domain: &str) -> Observed<SenderCheck> {
    Observed::present(SenderCheck {
        identity: "mail-from".to_owned(),
        domain: domain.to_owned(),
        result: SpfResult::Pass,
        reason: String::new(),
    })
}

fn signature(domain: &str, verifies: Observed<bool>) -> DkimSignature {
    DkimSignature {
        domain: domain.to_owned(),
        selector: "s".to_owned(),
        algorithm: "rsa-sha256".to_owned(),
        canonicalization: "simple/simple".to_owned(),
        identity_domain: domain.to_owned(),
        key: Answer::unasked("", "TXT", Cause::NotAttempted, ""),
        headers: Vec::new(),
        oversigned: Vec::new(),
        body_length: None,
        unsigned_octets: 0,
        signed_at: None,
        expires: None,
        expired: false,
        result: DkimResult::Pass,
        reason: String::new(),
        verifies,
        defects: Vec::new(),
    }
}

fn judge(
    from: &str,
    records: &[(&str, &str)],
    spf: &Observed<SenderCheck>,
    signatures: &[DkimSignature],
    exists: bool,
) -> MessageDmarc {
    let from = Observed::present(from.to_owned());
    let dmarc = from
        .value()
        .map(|domain| conclude(domain, walk(domain, records)));
    let organizations = identifiers(&from, spf, signatures)
        .into_iter()
        .map(|domain| {
            let found = organizational_domain(&domain, &walk(&domain, records));
            (domain, found)
        })
        .collect();
    of(&Evidence {
        from: &from,
        dmarc: dmarc.as_ref(),
        exists: &Observed::present(exists),
        spf,
        signatures,
        organizations: &organizations,
    })
}

fn softfail() -> Observed<SenderCheck> {
    spf_of("example.test").map(|check| SenderCheck {
        result: SpfResult::Softfail,
        ..check.clone()
    })
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table of cases")]
fn alignment_is_relaxed_or_strict_and_comes_from_the_walk_or_the_list() {
    use DmarcResult::{Fail, None as Nothing, Pass, Temperror};
    let fails = || signature("example.test", Observed::present(false));
    let passes = |domain: &str| signature(domain, Observed::present(true));
    let open = |domain: &str| signature(domain, Observed::unknown(Cause::Servfail, ""));
    let none = softfail();
    let d = "example.test";
    for (name, from, records, spf, signatures, newer, older) in [
        (
            "DKIM, same domain",
            d,
            vec![(d, REJECT)],
            &none,
            vec![passes(d)],
            Pass,
            Pass,
        ),
        (
            "SPF, same domain",
            d,
            vec![(d, REJECT)],
            &spf_of(d),
            vec![],
            Pass,
            Pass,
        ),
        (
            "nothing",
            d,
            vec![(d, REJECT)],
            &none,
            vec![fails()],
            Fail,
            Fail,
        ),
        (
            "no record",
            d,
            vec![],
            &none,
            vec![passes(d)],
            Nothing,
            Nothing,
        ),
        (
            "record not known",
            d,
            vec![(d, "?")],
            &none,
            vec![passes(d)],
            Temperror,
            Temperror,
        ),
        (
            "subdomain signs",
            d,
            vec![(d, REJECT)],
            &none,
            vec![passes("mail.example.test")],
            Pass,
            Pass,
        ),
        (
            "strict DKIM",
            d,
            vec![(d, "v=DMARC1; p=reject; adkim=s")],
            &none,
            vec![passes("mail.example.test")],
            Fail,
            Fail,
        ),
        (
            "strict SPF",
            d,
            vec![(d, "v=DMARC1; p=reject; aspf=s")],
            &spf_of("mail.example.test"),
            vec![],
            Fail,
            Fail,
        ),
        (
            "another domain",
            d,
            vec![(d, REJECT)],
            &spf_of("evil.test"),
            vec![passes("evil.example")],
            Fail,
            Fail,
        ),
        (
            "key not known",
            d,
            vec![(d, REJECT)],
            &none,
            vec![open(d)],
            Temperror,
            Temperror,
        ),
        (
            "key of another top-level domain not known",
            d,
            vec![(d, REJECT)],
            &none,
            vec![open("evil.example")],
            Fail,
            Fail,
        ),
        (
            "one passes, one is not known",
            d,
            vec![(d, REJECT)],
            &none,
            vec![open(d), passes(d)],
            Pass,
            Pass,
        ),
        (
            "psd=n parts a unit from the rest, for the newer only",
            d,
            vec![
                (d, REJECT),
                ("unit.example.test", "v=DMARC1; p=none; psd=n"),
            ],
            &none,
            vec![passes("unit.example.test")],
            Fail,
            Pass,
        ),
        (
            "psd=y makes siblings of what the list takes for one",
            "a.example.test",
            vec![(d, "v=DMARC1; p=none; psd=y"), ("a.example.test", REJECT)],
            &none,
            vec![passes("b.example.test")],
            Fail,
            Pass,
        ),
    ] {
        let found = judge(from, &records, spf, &signatures, true);
        assert_eq!(
            found.rfc9989.result, newer,
            "{name}: {}",
            found.rfc9989.reason
        );
        assert_eq!(
            found.rfc7489.result, older,
            "{name}: {}",
            found.rfc7489.reason
        );
    }
}

#[test]
fn the_policy_is_that_for_the_domain_and_for_whether_it_exists() {
    use DmarcPolicy::{None as Nothing, Quarantine, Reject};
    let record = "v=DMARC1; p=none; sp=quarantine; np=reject; pct=20";
    for (from, text, exists, newer, older) in [
        ("example.test", record, true, Nothing, Nothing),
        ("mail.example.test", record, true, Quarantine, Quarantine),
        ("gone.example.test", record, false, Reject, Quarantine),
        (
            "example.test",
            "v=DMARC1; p=reject; t=y",
            true,
            Quarantine,
            Reject,
        ),
    ] {
        let found = judge(from, &[("example.test", text)], &softfail(), &[], exists);
        assert_eq!(
            found.rfc9989.policy,
            Observed::present(newer),
            "{from} {text}"
        );
        assert_eq!(
            found.rfc7489.policy,
            Observed::present(older),
            "{from} {text}"
        );
        assert_eq!(found.rfc9989.organizational_domain, "example.test");
        assert_eq!(found.rfc9989.record_domain, "example.test");
    }
    let shared = judge(
        "example.test",
        &[("example.test", record)],
        &softfail(),
        &[],
        true,
    );
    assert!(
        shared.rfc7489.reason.contains("20 %"),
        "{}",
        shared.rfc7489.reason
    );
}

#[test]
fn only_what_could_be_aligned_is_looked_up() {
    let from = Observed::present("example.test".to_owned());
    let signatures = [
        signature("a.test", Observed::present(false)),
        signature("b.test", Observed::present(true)),
        signature("example.test", Observed::present(true)),
    ];
    let found = identifiers(&from, &spf_of("C.test"), &signatures);
    assert_eq!(found, ["b.test", "c.test", "example.test"]);
    assert!(identifiers(&from, &softfail(), &signatures[..1]).is_empty());
}
