//! Domains that a row has no place for, and the words of reasons.

use super::*;

#[test]
fn a_server_that_the_policy_does_not_name_is_passed_over() {
    let mx = domain_of(vec![one(Valid), many(20, &[Valid])]);
    let enforce = || mode(StsMode::Enforce);
    let delivery = told(&mx, enforce(), &["mx10.example.test"]);
    assert_eq!(letters(&delivery.effects), "CEAEA");
    assert_eq!(letters(&delivery.servers[0].effects), "CEDED");
    let why = &delivery.effects.mta_sts.reason;
    assert!(why.starts_with("mx10.example.test: passed over:"), "{why}");
    let all = ["mx10.example.test", "mx20.example.test"];
    assert_eq!(letters(&told(&mx, enforce(), &all).effects), "CEDED");
}

#[test]
fn mx_records_that_are_not_signed_leave_dane_without_authentication() {
    let mut mx = domain_of(dane(DaneVerdict::Partial, Valid, Some(true)));
    mx.records.dnssec.state = DnssecState::Insecure;
    let delivery = told(&mx, none(), &[]);
    assert_eq!(letters(&delivery.effects), "CEEEE");
    assert!(delivery.effects.dane.reason.contains("RFC 7672 §2.2.1"));
}

#[test]
fn a_domain_that_takes_no_mail_returns_it() {
    let mut null = domain_of(Vec::new());
    null.null_mx = true;
    let mut missing = domain_of(Vec::new());
    missing.records.observed = Observed::absent(Proof::Nxdomain);
    let mut bare = one(Valid);
    bare.a.observed = Observed::absent(Proof::NoData);
    bare.addresses = Vec::new();
    let mut bare = domain_of(vec![bare]);
    bare.receives = Observed::present(false);
    for mx in [null, missing, bare] {
        assert_eq!(letters(&told(&mx, none(), &[]).effects), "BBBBB");
    }
}

#[test]
fn lookups_that_fail_settle_something_only_where_they_fail_for_everybody() {
    let mut bogus = domain_of(Vec::new());
    bogus.receives = Observed::unknown(Cause::Bogus, "");
    bogus.records.observed = Observed::unknown(Cause::Bogus, "");
    assert_eq!(letters(&told(&bogus, none(), &[]).effects), "???DD");
    let mut lost = domain_of(Vec::new());
    lost.receives = Observed::unknown(Cause::Timeout, "");
    lost.records.observed = Observed::unknown(Cause::Timeout, "");
    assert_eq!(letters(&told(&lost, none(), &[]).effects), "?????");
    let mut late = one(Valid);
    late.dane.verdict = DaneVerdict::LookupFailed;
    late.tlsa.observed = Observed::unknown(Cause::Timeout, "");
    let late = domain_of(vec![late]);
    assert_eq!(letters(&told(&late, none(), &[]).effects), "CEE??");
    let mut half = one(Valid);
    half.aaaa.observed = Observed::unknown(Cause::Timeout, "");
    let half = domain_of(vec![half]);
    assert_eq!(letters(&told(&half, none(), &[]).effects), "C????");
}

#[test]
fn servers_that_were_not_looked_at_matter_where_mail_may_get_to_them() {
    let mut mx = domain_of(vec![one(Valid)]);
    mx.servers_not_visited = 3;
    assert_eq!(letters(&told(&mx, none(), &[]).effects), "C????");
    let mut mx = domain_of(vec![one(Valid), many(20, &[Valid])]);
    mx.servers_not_visited = 3;
    assert_eq!(letters(&told(&mx, none(), &[]).effects), "CEEEE");
}

#[test]
fn the_reason_names_the_address_that_differs() {
    let mx = domain_of(vec![many(10, &[Valid, CLEAR, Gone])]);
    let delivery = told(&mx, none(), &[]);
    assert_eq!(
        delivery.effects.opportunistic.reason,
        "192.0.2.1: STARTTLS works, and nobody checks for whom (RFC 7435); \
         192.0.2.2: STARTTLS is not offered, and senders fall back to clear text (RFC 7435); \
         192.0.2.3: passed over: the host refuses connections"
    );
    let alike = domain_of(vec![many(10, &[Valid, Valid])]);
    let told = told(&alike, none(), &[]).effects.opportunistic.reason;
    assert_eq!(
        told,
        "STARTTLS works, and nobody checks for whom (RFC 7435)"
    );
}
