//! Roll-over, repeated records, servers with two kinds of certificates, and coverage over servers.

use super::super::super::chain::test_authority::{Authority, Plan, now};
use super::super::super::chain::{self, TrustStore};
use super::super::tests::{MX, host, house, judged, plain, shown, tlsa, unreached};
use super::*;
use crate::facts::dns::DnssecState;
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::tls::offers::Offers;
use rustls_pki_types::CertificateDer;
use std::sync::Arc;

fn stranger() -> Authority {
    Authority::self_signed(&Plan::server(&[MX]))
}

fn offers(
    rsa: Option<&CertificateDer<'static>>,
    ecdsa: Option<&CertificateDer<'static>>,
) -> Observed<Arc<Offers>> {
    let chain = |der: Option<&CertificateDer<'static>>| {
        der.map_or(Observed::absent(Proof::TlsAlert), |der| {
            let sent = [der.clone()];
            Observed::present(chain::judge(&sent, MX, &TrustStore::mozilla(), now()))
        })
    };
    Observed::present(Arc::new(Offers {
        versions: Vec::new(),
        older: Observed::unobserved(),
        rsa_chain: chain(rsa),
        ecdsa_chain: chain(ecdsa),
        without_sni: Observed::unobserved(),
        command_injection: Observed::unobserved(),
        connections: 2,
    }))
}

#[test]
fn a_spare_is_a_usable_record_about_something_else() {
    use RolloverState::{Prepared, Single, Unclear};
    let (root, inter, leaf) = house();
    let next = stranger();
    let current = || tlsa(3, 1, 1, &leaf.der);
    let cases = [
        ("one record", vec![current()], Single),
        (
            "the next key",
            vec![current(), tlsa(3, 1, 1, &next.der)],
            Prepared,
        ),
        (
            "the next key first",
            vec![tlsa(3, 1, 1, &next.der), current()],
            Prepared,
        ),
        (
            "the authority",
            vec![current(), tlsa(2, 1, 1, &inter.der)],
            Prepared,
        ),
        (
            "the authority first",
            vec![tlsa(2, 1, 1, &inter.der), current()],
            Prepared,
        ),
        (
            "an authority for later",
            vec![current(), tlsa(2, 0, 1, &root.der)],
            Prepared,
        ),
        ("the same record twice", vec![current(), current()], Single),
        (
            "key and certificate",
            vec![current(), tlsa(3, 0, 1, &leaf.der)],
            Single,
        ),
        (
            "whole key and digest",
            vec![current(), tlsa(3, 1, 0, &leaf.der)],
            Single,
        ),
        (
            "two digests",
            vec![current(), tlsa(3, 1, 2, &leaf.der)],
            Single,
        ),
        (
            "a weaker digest of the next",
            vec![tlsa(3, 1, 1, &next.der), tlsa(3, 1, 2, &leaf.der)],
            Single,
        ),
        (
            "usage 1 beside",
            vec![current(), tlsa(1, 1, 1, &next.der)],
            Single,
        ),
        (
            "two authorities",
            vec![tlsa(2, 1, 1, &inter.der), tlsa(2, 1, 1, &next.der)],
            Prepared,
        ),
        (
            "nothing matches",
            vec![tlsa(3, 1, 1, &next.der), tlsa(3, 1, 1, &root.der)],
            Unclear,
        ),
        (
            "nothing can be used",
            vec![tlsa(1, 1, 1, &leaf.der)],
            Unclear,
        ),
    ];
    for (name, records, expected) in cases {
        let dane = judged(&host(records, vec![shown(&[&leaf.der, &inter.der])]));
        let rollover = dane.rollover;
        assert_eq!(rollover.state, expected, "{name}: {}", rollover.reason);
        assert!(!rollover.reason.is_empty(), "{name}");
    }
}

#[test]
fn without_certificates_only_a_single_record_is_told() {
    let (_, _, leaf) = house();
    let one = || tlsa(3, 1, 1, &leaf.der);
    let two = vec![one(), tlsa(3, 1, 1, &stranger().der)];
    let state = |records| judged(&host(records, vec![unreached()])).rollover.state;
    assert_eq!(state(two), RolloverState::Unclear);
    assert_eq!(state(vec![one()]), RolloverState::Single);
}

#[test]
fn records_that_add_nothing_are_named() {
    let (_, _, leaf) = house();
    let over = |records| judged(&host(records, vec![shown(&[&leaf.der])])).duplicates;
    let same = over(vec![tlsa(3, 1, 1, &leaf.der), tlsa(3, 1, 2, &leaf.der)]);
    assert_eq!(same, ["3 1 2 is about the same as 3 1 1"]);
    let next = stranger();
    let twice = over(vec![
        tlsa(3, 1, 1, &leaf.der),
        tlsa(3, 1, 1, &next.der),
        tlsa(3, 1, 1, &next.der),
    ]);
    assert_eq!(twice, ["3 1 1 is about the same as 3 1 1"]);
    assert!(over(vec![tlsa(3, 1, 1, &leaf.der), tlsa(3, 1, 1, &next.der)]).is_empty());
}

#[test]
fn each_kind_of_certificate_must_match_a_record() {
    let (_, _, ecdsa) = house();
    let rsa = stranger();
    let judge = |records, rsa, ecdsa_too| {
        let mut host = host(records, vec![shown(&[&ecdsa.der])]);
        host.addresses[0].offers = offers(rsa, ecdsa_too);
        judged(&host)
    };
    let one = || tlsa(3, 1, 1, &ecdsa.der);
    let other = || tlsa(3, 1, 1, &rsa.der);
    let dane = judge(vec![one()], Some(&rsa.der), Some(&ecdsa.der));
    assert_eq!(dane.verdict, DaneVerdict::Invalid);
    assert!(
        dane.reason.contains("the RSA certificate"),
        "{}",
        dane.reason
    );
    let dane = judge(vec![one(), other()], Some(&rsa.der), Some(&ecdsa.der));
    assert_eq!(dane.verdict, DaneVerdict::Valid, "{}", dane.reason);
    // Both are in use, so that neither is a spare.
    assert_eq!(dane.rollover.state, RolloverState::Single);
    let dane = judge(vec![one()], None, Some(&rsa.der));
    assert!(
        dane.reason.contains("the ECDSA certificate"),
        "{}",
        dane.reason
    );
    let dane = judge(vec![one()], None, Some(&ecdsa.der));
    assert_eq!(dane.verdict, DaneVerdict::Valid);
}

#[test]
fn an_alias_of_the_tlsa_name_is_followed_where_all_of_it_is_signed() {
    let (_, _, leaf) = house();
    for (state, expected) in [
        (DnssecState::Secure, DaneVerdict::Valid),
        (DnssecState::Insecure, DaneVerdict::Insecure),
    ] {
        let mut host = host(vec![tlsa(3, 1, 1, &leaf.der)], vec![shown(&[&leaf.der])]);
        host.tlsa.aliases = vec!["_dane.example.org".to_owned()];
        host.tlsa.dnssec.state = state;
        assert_eq!(judged(&host).verdict, expected, "{state:?}");
    }
}

#[test]
fn a_handshake_that_is_refused_is_not_told_as_an_old_version() {
    let (_, _, leaf) = house();
    let mut refused = plain();
    if let Observed::Present { value } = &mut refused {
        let session = Arc::make_mut(value);
        session.starttls = Observed::present(session.banner.clone());
        session.tls = Observed::absent(Proof::TlsAlert);
    }
    let dane = judged(&host(vec![tlsa(3, 1, 1, &leaf.der)], vec![refused]));
    assert_eq!(dane.verdict, DaneVerdict::Invalid);
    assert!(
        dane.reason.contains("ends the TLS handshake with an alert"),
        "{}",
        dane.reason
    );
}

#[test]
fn coverage_counts_the_servers_that_senders_hold_to_records() {
    use DaneVerdict::{Insecure, Invalid, LookupFailed, None, Partial, Unusable, Valid};
    let cases = [
        (&[Valid, Valid][..], Coverage::All),
        (&[Valid, Invalid], Coverage::All),
        (&[Partial], Coverage::All),
        (&[Valid, None], Coverage::Some),
        (&[Valid, Insecure], Coverage::Some),
        (&[Valid, Unusable], Coverage::Some),
        (&[None, None], Coverage::None),
        (&[], Coverage::None),
        (&[Valid, LookupFailed], Coverage::Unknown),
        (&[None, LookupFailed], Coverage::Unknown),
        (&[Valid, None, LookupFailed], Coverage::Some),
    ];
    for (verdicts, expected) in cases {
        let hosts: Vec<MxHost> = verdicts
            .iter()
            .map(|&verdict| {
                let mut host = host(Vec::new(), vec![unreached()]);
                host.dane.verdict = verdict;
                host
            })
            .collect();
        let found = coverage(&hosts);
        assert_eq!(found.servers, expected, "{verdicts:?}");
        assert_eq!(found.without.is_empty(), expected != Coverage::Some);
    }
    let mut nowhere = host(Vec::new(), Vec::new());
    nowhere.a.observed = Observed::absent(Proof::NoData);
    assert_eq!(coverage(&[nowhere]).servers, Coverage::None);
    let mut lost = host(Vec::new(), Vec::new());
    lost.tlsa.observed = Observed::unknown(Cause::NotAttempted, "");
    lost.dane.verdict = DaneVerdict::Unknown;
    assert_eq!(coverage(&[lost]).servers, Coverage::Unknown);
}
