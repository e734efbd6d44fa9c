//! Verdicts over records, chains and DNSSEC states.

use super::super::chain::test_authority::{Authority, Plan, now};
use super::super::chain::{self, TrustStore};
use super::*;
use crate::facts::dns::Dnssec;
use crate::facts::mx::{AddressScope, Reverse};
use crate::facts::smtp::{Ehlo, Reply, SmtpSession};
use crate::facts::tls::grade::Grades;
use crate::facts::tls::{Tls, TlsVersion};
use crate::facts::tlsa::Tlsa;
use data_encoding::HEXLOWER;
use rustls_pki_types::CertificateDer;
use sha2::{Digest as _, Sha256, Sha512};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

pub(super) const MX: &str = "mx.example.org";
const DOMAIN: &str = "example.org";

fn answer<T>(name: &str, rtype: &str, state: DnssecState, observed: Observed<T>) -> Answer<T> {
    Answer {
        name: name.to_owned(),
        rtype: rtype.to_owned(),
        observed,
        ttl_seconds: None,
        aliases: Vec::new(),
        dnssec: Dnssec::new(state, "as the test says"),
    }
}

pub(super) fn mx(state: DnssecState) -> Answer<Vec<MxRecord>> {
    let record = MxRecord {
        preference: 10,
        exchange: MX.to_owned(),
    };
    answer(DOMAIN, "MX", state, Observed::present(vec![record]))
}

/// A server with secure addresses, one session for each, and secure records.
pub(super) fn host(records: Vec<Tlsa>, sessions: Vec<Observed<Arc<SmtpSession>>>) -> MxHost {
    let ips: Vec<Ipv4Addr> = (1..)
        .take(sessions.len())
        .map(|last| Ipv4Addr::new(192, 0, 2, last))
        .collect();
    let addresses = ips
        .iter()
        .zip(sessions)
        .map(|(&ip, session)| MxAddress {
            ip: IpAddr::V4(ip),
            scope: AddressScope::Documentation,
            session,
            offers: Observed::unobserved(),
            reverse: Reverse::default(),
        })
        .collect();
    let secure = DnssecState::Secure;
    let tlsa_name = format!("_25._tcp.{MX}");
    let tlsa = if records.is_empty() {
        Observed::absent(Proof::NoData)
    } else {
        Observed::present(records)
    };
    MxHost {
        preference: 10,
        host: MX.to_owned(),
        a: answer(MX, "A", secure, Observed::present(ips)),
        aaaa: answer(MX, "AAAA", secure, Observed::absent(Proof::NoData)),
        addresses,
        tlsa: answer(&tlsa_name, "TLSA", secure, tlsa),
        dane: verdict(DaneVerdict::None, String::new()),
        certificates: Vec::new(),
        defects: Vec::new(),
    }
}

fn reply(code: u16) -> Reply {
    Reply {
        code,
        lines: vec![String::new()],
    }
}

pub(super) fn session(tls: Observed<Tls>, starttls: Observed<Reply>) -> Observed<Arc<SmtpSession>> {
    let ehlo = Ehlo {
        reply: reply(250),
        helo_only: false,
        name: MX.to_owned(),
        keywords: Vec::new(),
    };
    Observed::present(Arc::new(SmtpSession {
        banner: reply(220),
        ehlo: ehlo.clone(),
        starttls,
        tls,
        ehlo_tls: Observed::present(ehlo),
        requiretls: Observed::present(false),
    }))
}

pub(super) fn shown(sent: &[&CertificateDer<'static>]) -> Observed<Arc<SmtpSession>> {
    let sent: Vec<CertificateDer<'static>> = sent.iter().map(|&der| der.clone()).collect();
    let tls = Tls {
        version: TlsVersion::Tls13,
        suite: String::new(),
        suite_grades: Grades::default(),
        group: String::new(),
        group_grades: Grades::default(),
        signature_scheme: String::new(),
        sni: MX.to_owned(),
        chain: chain::judge(&sent, MX, &TrustStore::mozilla(), now()),
        ocsp: Observed::absent(Proof::NotOffered),
        crl: Observed::unobserved(),
        early_data: Observed::unobserved(),
    };
    session(Observed::present(tls), Observed::present(reply(220)))
}

pub(super) fn plain() -> Observed<Arc<SmtpSession>> {
    session(
        Observed::absent(Proof::NotOffered),
        Observed::absent(Proof::NotOffered),
    )
}

pub(super) fn unreached() -> Observed<Arc<SmtpSession>> {
    Observed::unknown(Cause::ConnectionTimeout, "")
}

/// A record about a certificate, or about other bytes with the same numbers.
pub(super) fn tlsa(usage: u8, selector: u8, matching_type: u8, der: &[u8]) -> Tlsa {
    let selected = match X509Certificate::from_der(der) {
        Ok((_, parsed)) if selector == 1 => parsed.public_key().raw.to_vec(),
        _ => der.to_vec(),
    };
    let data = match matching_type {
        1 => Sha256::digest(&selected).to_vec(),
        2 => Sha512::digest(&selected).to_vec(),
        _ => selected,
    };
    Tlsa {
        usage,
        selector,
        matching_type,
        data: HEXLOWER.encode(&data),
        usable: matches!(usage, 2 | 3) && selector < 2 && matching_type < 3,
        defects: Vec::new(),
    }
}

pub(super) fn judged(host: &MxHost) -> Dane {
    judge(host, &mx(DnssecState::Secure), DOMAIN, now())
}

/// The verdict over these records and one address that sends these certificates.
fn over(records: Vec<Tlsa>, sent: &[&CertificateDer<'static>]) -> (DaneVerdict, String) {
    let dane = judged(&host(records, vec![shown(sent)]));
    let reason = dane.matches.first().map(|one| one.reason.clone());
    (dane.verdict, reason.unwrap_or(dane.reason))
}

/// Root, intermediate and server, as a server would send the last two.
pub(super) fn house() -> (Authority, Authority, Authority) {
    let root = Authority::root("Lab Root");
    let inter = root.issue(&Plan::ca("Lab Inter"));
    let leaf = inter.issue(&Plan::server(&[MX]));
    (root, inter, leaf)
}

#[test]
fn usage_3_matches_certificate_or_key_in_every_form() {
    let (_, inter, leaf) = house();
    for (selector, matching_type) in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)] {
        let record = tlsa(3, selector, matching_type, &leaf.der);
        let numbers = format!("3 {selector} {matching_type}");
        assert_eq!(
            over(vec![record], &[&leaf.der, &inter.der]),
            (DaneVerdict::Valid, numbers)
        );
    }
}

#[test]
fn usage_3_looks_at_no_name_time_or_issuer() {
    let plan = Plan::server(&["elsewhere.test"]).days(-100, -10);
    let own = Authority::self_signed(&plan);
    let seen = over(vec![tlsa(3, 1, 1, &own.der)], &[&own.der]);
    assert_eq!(seen, (DaneVerdict::Valid, "3 1 1".to_owned()));
}

#[test]
fn usage_3_for_an_issuer_does_not_match_and_says_so() {
    let (_, inter, leaf) = house();
    let (verdict, reason) = over(vec![tlsa(3, 1, 1, &inter.der)], &[&leaf.der, &inter.der]);
    assert_eq!(verdict, DaneVerdict::Invalid);
    assert!(reason.contains("matches an issuer"), "{reason}");
}

#[test]
fn usage_2_needs_the_authority_in_the_chain_or_in_the_record() {
    let (root, inter, leaf) = house();
    let two = [&leaf.der, &inter.der];
    let three = [&leaf.der, &inter.der, &root.der];
    let cases = [
        (tlsa(2, 1, 1, &inter.der), &two[..], true),
        (tlsa(2, 0, 2, &inter.der), &two, true),
        (tlsa(2, 0, 1, &root.der), &two, false),
        (tlsa(2, 0, 1, &root.der), &three, true),
        (tlsa(2, 0, 0, &root.der), &two, true),
        (tlsa(2, 1, 0, &root.der), &two, true),
        (tlsa(2, 1, 1, &leaf.der), &two, false),
        (tlsa(2, 1, 1, &inter.der), &[&leaf.der], false),
        (tlsa(2, 0, 0, &Authority::root("Lab Root").der), &two, false),
    ];
    for (record, sent, matches) in cases {
        let numbers = format!("2 {} {}", record.selector, record.matching_type);
        let (verdict, reason) = over(vec![record], sent);
        assert_eq!(
            verdict == DaneVerdict::Valid,
            matches,
            "{numbers}: {reason}"
        );
    }
}

#[test]
fn usage_2_checks_time_and_signatures() {
    let (root, inter, _) = house();
    let old = inter.issue(&Plan::server(&[MX]).days(-100, -10));
    let (verdict, reason) = over(vec![tlsa(2, 1, 1, &inter.der)], &[&old.der, &inter.der]);
    assert_eq!(verdict, DaneVerdict::Invalid, "{reason}");
    let past = root.issue(&Plan::ca("Past").days(-100, -10));
    let leaf = past.issue(&Plan::server(&[MX]));
    let (verdict, reason) = over(vec![tlsa(2, 1, 1, &past.der)], &[&leaf.der, &past.der]);
    assert_eq!(verdict, DaneVerdict::Invalid, "{reason}");
    let stranger = Authority::self_signed(&Plan::server(&[MX]));
    let (verdict, reason) = over(
        vec![tlsa(2, 1, 1, &inter.der)],
        &[&stranger.der, &inter.der],
    );
    assert_eq!(verdict, DaneVerdict::Invalid, "{reason}");
}

#[test]
fn usage_2_takes_the_host_and_behind_secure_mx_the_domain() {
    let (_, inter, _) = house();
    let cases = [
        (MX, DnssecState::Secure, DaneVerdict::Valid),
        (DOMAIN, DnssecState::Secure, DaneVerdict::Valid),
        ("elsewhere.test", DnssecState::Secure, DaneVerdict::Invalid),
        (MX, DnssecState::Insecure, DaneVerdict::Partial),
        (DOMAIN, DnssecState::Insecure, DaneVerdict::Invalid),
    ];
    for (name, state, expected) in cases {
        let leaf = inter.issue(&Plan::server(&[name]));
        let host = host(
            vec![tlsa(2, 1, 1, &inter.der)],
            vec![shown(&[&leaf.der, &inter.der])],
        );
        let dane = judge(&host, &mx(state), DOMAIN, now());
        assert_eq!(dane.verdict, expected, "{name} {state:?}: {}", dane.reason);
    }
}

#[test]
fn records_that_can_not_be_used_make_tls_mandatory_only() {
    let (_, _, leaf) = house();
    let records = vec![
        tlsa(1, 1, 1, &leaf.der),
        tlsa(0, 0, 1, &leaf.der),
        tlsa(3, 1, 9, &leaf.der),
    ];
    let dane = judged(&host(records.clone(), vec![shown(&[&leaf.der])]));
    assert_eq!(dane.verdict, DaneVerdict::Unusable);
    assert!(!dane.reason.contains("deferred"), "{}", dane.reason);
    let dane = judged(&host(records, vec![plain()]));
    assert_eq!(dane.verdict, DaneVerdict::Unusable);
    assert!(
        dane.reason.contains("deferred at 192.0.2.1"),
        "{}",
        dane.reason
    );
}

#[test]
fn an_unusable_record_beside_a_matching_one_does_no_harm() {
    let (_, _, leaf) = house();
    let records = vec![tlsa(1, 1, 1, &leaf.der), tlsa(3, 1, 1, &leaf.der)];
    assert_eq!(over(records, &[&leaf.der]).0, DaneVerdict::Valid);
}

#[test]
fn in_a_roll_over_one_matching_record_is_enough() {
    let (_, _, leaf) = house();
    let next = Authority::self_signed(&Plan::server(&[MX]));
    let records = vec![tlsa(3, 1, 1, &next.der), tlsa(3, 1, 1, &leaf.der)];
    assert_eq!(over(records, &[&leaf.der]).0, DaneVerdict::Valid);
}

#[test]
fn of_several_digests_only_the_strongest_counts() {
    let (_, _, leaf) = house();
    let other = Authority::self_signed(&Plan::server(&[MX]));
    let weak_matches = vec![tlsa(3, 1, 1, &leaf.der), tlsa(3, 1, 2, &other.der)];
    assert_eq!(over(weak_matches, &[&leaf.der]).0, DaneVerdict::Invalid);
    let strong_matches = vec![tlsa(3, 1, 1, &other.der), tlsa(3, 1, 2, &leaf.der)];
    assert_eq!(over(strong_matches, &[&leaf.der]).0, DaneVerdict::Valid);
    let other_selector = vec![tlsa(3, 1, 1, &leaf.der), tlsa(3, 0, 2, &other.der)];
    assert_eq!(over(other_selector, &[&leaf.der]).0, DaneVerdict::Valid);
    let full_matches = vec![tlsa(3, 1, 0, &leaf.der), tlsa(3, 1, 2, &other.der)];
    assert_eq!(over(full_matches, &[&leaf.der]).0, DaneVerdict::Valid);
}

#[test]
fn every_address_must_match() {
    let (_, _, leaf) = house();
    let other = Authority::self_signed(&Plan::server(&[MX]));
    let records = vec![tlsa(3, 1, 1, &leaf.der)];
    let both = vec![shown(&[&leaf.der]), shown(&[&other.der])];
    let dane = judged(&host(records.clone(), both));
    assert_eq!(dane.verdict, DaneVerdict::Invalid);
    assert_eq!(
        dane.matches
            .iter()
            .map(|one| one.matched)
            .collect::<Vec<_>>(),
        [true, false]
    );
    assert!(dane.reason.starts_with("192.0.2.2: "), "{}", dane.reason);
    let without = judged(&host(records.clone(), vec![shown(&[&leaf.der]), plain()]));
    assert_eq!(without.verdict, DaneVerdict::Invalid);
    let half = judged(&host(
        records.clone(),
        vec![shown(&[&leaf.der]), unreached()],
    ));
    assert_eq!(half.verdict, DaneVerdict::Valid);
    assert!(half.reason.contains("1 could not be observed"));
    let none = judged(&host(records, vec![unreached(), unreached()]));
    assert_eq!(none.verdict, DaneVerdict::Unknown);
}

#[test]
fn no_tls_with_secure_records_is_invalid_and_a_broken_handshake_unknown() {
    let (_, _, leaf) = house();
    let records = vec![tlsa(3, 1, 1, &leaf.der)];
    let taken = || Observed::present(reply(220));
    let cases = [
        (plain(), DaneVerdict::Invalid),
        (
            session(Observed::absent(Proof::TlsVersion), taken()),
            DaneVerdict::Invalid,
        ),
        (
            session(
                Observed::unknown(Cause::TlsAlert, "internal_error"),
                taken(),
            ),
            DaneVerdict::Unknown,
        ),
        (
            session(
                Observed::unknown(Cause::SmtpTransient, "454"),
                Observed::unknown(Cause::SmtpTransient, "454"),
            ),
            DaneVerdict::Unknown,
        ),
    ];
    for (session, expected) in cases {
        let dane = judged(&host(records.clone(), vec![session]));
        assert_eq!(dane.verdict, expected, "{}", dane.reason);
    }
}

#[test]
fn the_state_of_each_answer_decides_whether_records_are_used() {
    use DaneVerdict::{Insecure, LookupFailed, None, Partial, Valid};
    use DnssecState::{Bogus, Indeterminate, Secure};
    let (_, _, leaf) = house();
    let insecure = DnssecState::Insecure;
    // The states of MX, A and TLSA.
    let cases = [
        ((Secure, Secure, Secure), Valid, None),
        ((insecure, Secure, Secure), Partial, None),
        ((Secure, Secure, insecure), Insecure, None),
        ((Secure, insecure, Secure), Insecure, None),
        ((Secure, insecure, insecure), Insecure, None),
        ((Secure, Bogus, Secure), LookupFailed, None),
        ((Secure, Secure, Bogus), LookupFailed, LookupFailed),
        ((Secure, Secure, Indeterminate), LookupFailed, LookupFailed),
        ((Bogus, Secure, Secure), LookupFailed, LookupFailed),
    ];
    for ((mx_state, a, tlsa_state), with_records, without) in cases {
        let judged = |records| {
            let mut host = host(records, vec![shown(&[&leaf.der])]);
            host.a.dnssec.state = a;
            host.tlsa.dnssec.state = tlsa_state;
            judge(&host, &mx(mx_state), DOMAIN, now()).verdict
        };
        let states = format!("{mx_state:?} {a:?} {tlsa_state:?}");
        assert_eq!(
            judged(vec![tlsa(3, 1, 1, &leaf.der)]),
            with_records,
            "{states}"
        );
        assert_eq!(judged(Vec::new()), without, "{states}, no records");
    }
}

#[test]
fn a_failed_lookup_defers_unless_no_sender_asks() {
    let cases = [
        (
            Cause::Servfail,
            DnssecState::Secure,
            DaneVerdict::LookupFailed,
        ),
        (
            Cause::Timeout,
            DnssecState::Secure,
            DaneVerdict::LookupFailed,
        ),
        (Cause::Servfail, DnssecState::Insecure, DaneVerdict::None),
        (
            Cause::NotAttempted,
            DnssecState::Secure,
            DaneVerdict::Unknown,
        ),
    ];
    for (cause, addresses, expected) in cases {
        let mut host = host(Vec::new(), vec![plain()]);
        host.tlsa.observed = Observed::unknown(cause, "");
        host.tlsa.dnssec.state = DnssecState::Indeterminate;
        host.a.dnssec.state = addresses;
        assert_eq!(judged(&host).verdict, expected, "{cause:?} {addresses:?}");
    }
}

#[test]
fn behind_an_alias_out_of_a_signed_zone_the_records_of_the_name_count() {
    let (_, _, leaf) = house();
    let records = vec![tlsa(3, 1, 1, &leaf.der)];
    let mut host = host(records, vec![shown(&[&leaf.der])]);
    host.a.dnssec.state = DnssecState::Insecure;
    host.a.aliases = vec!["mx.provider.test".to_owned()];
    assert_eq!(judged(&host).verdict, DaneVerdict::Valid);
}

#[test]
fn the_base_domain_of_an_expanded_name_counts_under_usage_2() {
    let (_, inter, _) = house();
    let leaf = inter.issue(&Plan::server(&["mx.provider.test"]));
    let records = vec![tlsa(2, 1, 1, &inter.der)];
    let mut host = host(records, vec![shown(&[&leaf.der, &inter.der])]);
    host.tlsa.name = "_25._tcp.mx.provider.test".to_owned();
    assert_eq!(judged(&host).verdict, DaneVerdict::Valid);
}

#[test]
fn a_handshake_that_fails_is_told_as_what_it_was() {
    let rows = [
        (Proof::TlsVersion, "the server speaks no TLS 1.2 or later"),
        (
            Proof::TlsAlert,
            "the server ends the TLS handshake with an alert",
        ),
        (
            Proof::TlsClosed,
            "the server closes the connection in the TLS handshake",
        ),
    ];
    for (proof, words) in rows {
        let failed = session(Observed::absent(proof), Observed::present(reply(220)));
        let dane = judged(&host(vec![tlsa(3, 1, 1, b"another")], vec![failed]));
        assert_eq!(dane.verdict, DaneVerdict::Invalid, "{words}");
        assert_eq!(dane.matches[0].reason, words);
    }
}
