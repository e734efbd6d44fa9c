//! Small facts and the effects that they come to. A row is a state of the world and the effects of the five kinds.

use super::super::tests::facts as document;
use super::*;
use crate::facts::certificate::Chain;
use crate::facts::delivery::Arrival::{
    Bounces as B, Clear as C, Defers as D, Encrypted as E, EncryptedAndAuthenticated as A,
    Unknown as U,
};
use crate::facts::dns::{Answer, Dnssec};
use crate::facts::mta_sts::{StsMode, StsPolicy};
use crate::facts::mx::{AddressScope, MxAddress, MxRecord, Reverse};
use crate::facts::smtp::{Ehlo, Reply, SmtpSession};
use crate::facts::tls::grade::Grades;
use crate::facts::tls::{Tls, TlsVersion};
use crate::facts::tlsa::{DaneMatch, DaneVerdict as V, Tlsa};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// What one address shows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum At {
    /// TLS and a certificate that PKIX takes.
    Good,
    /// TLS and a certificate that PKIX does not take.
    Bad,
    /// No STARTTLS.
    Bare,
    /// STARTTLS, and a handshake that fails for good.
    Broken,
    /// A handshake that came to no end here.
    Half,
    /// A closed port.
    Closed,
    /// A closed port as documents of earlier versions have it.
    Refused,
    /// No answer.
    Silent,
}

fn reply() -> Reply {
    Reply {
        code: 220,
        lines: Vec::new(),
    }
}

fn tls(authenticated: bool) -> Tls {
    Tls {
        version: TlsVersion::Tls13,
        suite: String::new(),
        suite_grades: Grades::default(),
        group: String::new(),
        group_grades: Grades::default(),
        signature_scheme: String::new(),
        sni: String::new(),
        chain: Chain {
            certificates: Vec::new(),
            reference_name: String::new(),
            trusted: authenticated,
            name_matches: authenticated,
            in_time: authenticated,
            authenticated,
            defects: Vec::new(),
        },
        ocsp: Observed::absent(Proof::NotOffered),
        early_data: Observed::unobserved(),
    }
}

fn session(at: At) -> Observed<Arc<SmtpSession>> {
    let (starttls, tls) = match at {
        At::Good => (Observed::present(reply()), Observed::present(tls(true))),
        At::Bad => (Observed::present(reply()), Observed::present(tls(false))),
        At::Bare => (
            Observed::absent(Proof::NotOffered),
            Observed::absent(Proof::NotOffered),
        ),
        At::Broken => (
            Observed::present(reply()),
            Observed::absent(Proof::TlsAlert),
        ),
        At::Half => (
            Observed::present(reply()),
            Observed::unknown(Cause::Timeout, ""),
        ),
        At::Closed => return Observed::absent(Proof::ConnectionRefused),
        At::Refused => return Observed::unknown(Cause::ConnectionRefused, ""),
        At::Silent => return Observed::unknown(Cause::ConnectionTimeout, ""),
    };
    let ehlo = Ehlo {
        reply: reply(),
        helo_only: false,
        name: String::new(),
        keywords: Vec::new(),
    };
    Observed::present(Arc::new(SmtpSession {
        banner: reply(),
        ehlo,
        starttls,
        tls,
        ehlo_tls: Observed::absent(Proof::NotOffered),
        requiretls: Observed::absent(Proof::NotOffered),
    }))
}

fn signed<T>(observed: Observed<T>) -> Answer<T> {
    Answer {
        name: String::new(),
        rtype: String::new(),
        observed,
        ttl_seconds: None,
        aliases: Vec::new(),
        dnssec: Dnssec::new(DnssecState::Secure, ""),
    }
}

/// A server with these addresses. DANE has its verdict; each address with TLS matches under `matched`.
fn server(number: u8, preference: u16, verdict: V, matched: bool, ats: &[At]) -> MxHost {
    let ips: Vec<Ipv4Addr> = (1..)
        .take(ats.len())
        .map(|last| Ipv4Addr::new(192, 0, number, last))
        .collect();
    let mut host = document().mx.hosts.remove(0);
    host.host = format!("mx{number}.example.test");
    host.preference = preference;
    host.a = signed(Observed::present(ips.clone()));
    host.aaaa = signed(Observed::absent(Proof::NoData));
    host.addresses = ips
        .iter()
        .zip(ats)
        .map(|(&ip, &at)| MxAddress {
            ip: IpAddr::V4(ip),
            scope: AddressScope::Documentation,
            session: session(at),
            offers: Observed::unobserved(),
            reverse: Reverse::default(),
        })
        .collect();
    let record = Tlsa {
        usage: 3,
        selector: 1,
        matching_type: 1,
        data: "00".repeat(32),
        usable: true,
        defects: Vec::new(),
    };
    host.tlsa = signed(if verdict == V::None {
        Observed::absent(Proof::NoData)
    } else {
        Observed::present(vec![record])
    });
    host.dane.verdict = verdict;
    host.dane.reason = "as the test says".to_owned();
    host.dane.matches = host
        .addresses
        .iter()
        .zip(ats)
        .filter(|(_, at)| matches!(at, At::Good | At::Bad | At::Bare | At::Broken))
        .map(|(address, at)| DaneMatch {
            ip: address.ip,
            matched: matched && matches!(at, At::Good | At::Bad),
            reason: "3 1 1".to_owned(),
        })
        .collect();
    host
}

fn policy(facts: &mut Facts, mode: Option<StsMode>, pattern: &str) {
    facts.mta_sts.mode = mode.map_or(Observed::absent(Proof::Nxdomain), Observed::present);
    facts.mta_sts.policy = Observed::present(StsPolicy {
        raw: String::new(),
        valid: true,
        mode,
        max_age_seconds: Some(86400),
        mx: vec![pattern.to_owned()],
        defects: Vec::new(),
    });
}

fn domain(hosts: Vec<MxHost>, mode: Option<StsMode>) -> Facts {
    let mut facts = document();
    facts.mx.records = signed(Observed::present(vec![MxRecord {
        preference: 10,
        exchange: "mx1.example.test".to_owned(),
    }]));
    facts.mx.null_mx = false;
    facts.mx.receives = Observed::present(true);
    facts.mx.hosts = hosts;
    policy(&mut facts, mode, "*.example.test");
    facts
}

fn effects(facts: &Facts) -> [Arrival; 5] {
    derive(facts).senders.each().map(|(_, one)| one.effect)
}

const ENFORCE: Option<StsMode> = Some(StsMode::Enforce);

#[test]
fn one_server_with_one_address() {
    let (testing, none) = (Some(StsMode::Testing), Some(StsMode::None));
    for (number, (at, mode, verdict, matched, expected)) in [
        (At::Good, None, V::None, false, [C, E, E, E, E]),
        (At::Bad, None, V::None, false, [C, E, E, E, E]),
        (At::Bare, None, V::None, false, [C, C, C, C, C]),
        (At::Broken, None, V::None, false, [C, C, C, C, C]),
        (At::Half, None, V::None, false, [C, U, U, U, U]),
        (At::Closed, None, V::None, false, [D, D, D, D, D]),
        (At::Refused, None, V::None, false, [D, D, D, D, D]),
        (At::Silent, None, V::None, false, [U, U, U, U, U]),
        (At::Good, testing, V::None, false, [C, E, E, E, E]),
        (At::Bad, testing, V::None, false, [C, E, E, E, E]),
        (At::Bare, testing, V::None, false, [C, C, C, C, C]),
        (At::Bad, none, V::None, false, [C, E, E, E, E]),
        (At::Good, ENFORCE, V::None, false, [C, E, A, E, A]),
        (At::Bad, ENFORCE, V::None, false, [C, E, D, E, D]),
        (At::Bare, ENFORCE, V::None, false, [C, C, D, C, D]),
        (At::Broken, ENFORCE, V::None, false, [C, C, D, C, D]),
        (At::Half, ENFORCE, V::None, false, [C, U, U, U, U]),
        (At::Closed, ENFORCE, V::None, false, [D, D, D, D, D]),
        (At::Silent, ENFORCE, V::None, false, [U, U, U, U, U]),
        (At::Good, None, V::Valid, true, [C, E, E, A, A]),
        (At::Bad, None, V::Valid, true, [C, E, E, A, A]),
        (At::Good, None, V::Invalid, false, [C, E, E, D, D]),
        (At::Bare, None, V::Invalid, false, [C, C, C, D, D]),
        (At::Broken, None, V::Invalid, false, [C, C, C, D, D]),
        (At::Half, None, V::Unknown, false, [C, U, U, U, U]),
        (At::Silent, None, V::Unknown, false, [U, U, U, U, U]),
        (At::Closed, None, V::Unknown, false, [D, D, D, D, D]),
        (At::Good, None, V::Unusable, false, [C, E, E, E, E]),
        (At::Bare, None, V::Unusable, false, [C, C, C, D, D]),
        (At::Broken, None, V::Unusable, false, [C, C, C, D, D]),
        (At::Good, None, V::Insecure, false, [C, E, E, E, E]),
        (At::Bare, None, V::Insecure, false, [C, C, C, C, C]),
        // RFC 8461 §2: MTA-STS does not set a failed DANE validation aside.
        (At::Good, ENFORCE, V::Invalid, false, [C, E, A, D, D]),
        (At::Good, ENFORCE, V::Valid, true, [C, E, A, A, A]),
        (At::Bad, ENFORCE, V::Valid, true, [C, E, D, A, A]),
        (At::Good, ENFORCE, V::Unusable, false, [C, E, A, E, A]),
        (At::Bad, ENFORCE, V::Unusable, false, [C, E, D, E, D]),
        (At::Bare, ENFORCE, V::Unusable, false, [C, C, D, D, D]),
        (At::Bad, ENFORCE, V::Insecure, false, [C, E, D, E, D]),
    ]
    .into_iter()
    .enumerate()
    {
        let facts = domain(vec![server(1, 10, verdict, matched, &[at])], mode);
        assert_eq!(
            effects(&facts),
            expected,
            "row {number}: {at:?} {mode:?} {verdict:?}"
        );
    }
}

#[test]
fn mx_records_that_are_not_signed_leave_the_server_open() {
    for (at, mode, verdict, matched, expected) in [
        (At::Good, None, V::Partial, true, [C, E, E, E, E]),
        (At::Bad, None, V::Partial, true, [C, E, E, E, E]),
        (At::Good, ENFORCE, V::Partial, true, [C, E, A, E, A]),
        (At::Bad, ENFORCE, V::Partial, true, [C, E, D, E, D]),
        (At::Good, ENFORCE, V::Invalid, false, [C, E, A, D, D]),
    ] {
        let mut facts = domain(vec![server(1, 10, verdict, matched, &[at])], mode);
        facts.mx.records.dnssec.state = DnssecState::Insecure;
        assert_eq!(effects(&facts), expected, "{at:?} {mode:?} {verdict:?}");
    }
}

#[test]
fn of_several_addresses_the_worst_that_delivers_counts() {
    for (ats, mode, verdict, expected) in [
        (&[At::Good, At::Bare][..], None, V::None, [C, C, C, C, C]),
        (&[At::Good, At::Closed], None, V::None, [C, E, E, E, E]),
        (&[At::Good, At::Silent], None, V::None, [C, U, U, U, U]),
        (&[At::Bare, At::Silent], None, V::None, [C, C, C, C, C]),
        (&[At::Good, At::Bare], ENFORCE, V::None, [C, C, A, C, A]),
        (&[At::Good, At::Silent], ENFORCE, V::None, [C, U, A, U, A]),
        (&[At::Good, At::Bare], None, V::Invalid, [C, C, C, A, A]),
        (&[At::Good, At::Silent], None, V::Valid, [C, U, U, A, A]),
        (&[At::Closed, At::Closed], None, V::None, [D, D, D, D, D]),
    ] {
        let facts = domain(vec![server(1, 10, verdict, true, ats)], mode);
        assert_eq!(effects(&facts), expected, "{ats:?} {mode:?} {verdict:?}");
    }
}

#[test]
fn servers_are_tried_by_preference() {
    // Preference and address of two servers without DANE, and the effects under an enforced policy.
    for (first, second, expected) in [
        ((10, At::Good), (20, At::Bare), [C, E, A, E, A]),
        ((10, At::Bare), (20, At::Good), [C, C, A, C, A]),
        ((20, At::Bare), (10, At::Good), [C, E, A, E, A]),
        ((10, At::Good), (10, At::Bare), [C, C, A, C, A]),
        ((10, At::Closed), (20, At::Bare), [C, C, D, C, D]),
        ((10, At::Silent), (20, At::Bare), [C, U, U, U, U]),
        ((10, At::Bare), (20, At::Silent), [C, C, U, C, U]),
        ((10, At::Closed), (20, At::Closed), [D, D, D, D, D]),
    ] {
        let hosts = [(1, first), (2, second)]
            .map(|(number, (preference, at))| server(number, preference, V::None, false, &[at]));
        let facts = domain(hosts.to_vec(), ENFORCE);
        assert_eq!(effects(&facts), expected, "{first:?} {second:?}");
    }
}

#[test]
fn a_server_at_which_dane_fails_is_passed_over() {
    let hosts = vec![
        server(1, 10, V::Invalid, false, &[At::Good]),
        server(2, 20, V::Valid, true, &[At::Good]),
    ];
    let delivery = derive(&domain(hosts, None));
    let dane = &delivery.senders.dane;
    assert_eq!(dane.effect, A);
    let reason = &dane.reason;
    assert!(
        reason.contains("mx2.example.test: TLSA 3 1 1 matches")
            && reason.contains("passed over: mx1.example.test: DANE fails"),
        "{reason}"
    );
    assert_eq!(delivery.servers[0].senders.dane.effect, D);
    assert_eq!(delivery.servers[1].senders.dane.effect, A);
}

#[test]
fn the_reason_names_the_address_that_differs() {
    let facts = domain(
        vec![server(1, 10, V::None, false, &[At::Good, At::Bare])],
        None,
    );
    let senders = derive(&facts).senders;
    assert_eq!(
        senders.opportunistic.reason,
        "192.0.1.2: STARTTLS is not offered"
    );
    assert!(!senders.plain.reason.contains("192.0.1."));
}

#[test]
fn domains_without_servers_return_the_message() {
    let mut facts = domain(Vec::new(), None);
    facts.mx.null_mx = true;
    assert_eq!(effects(&facts), [B; 5]);
    facts.mx.null_mx = false;
    facts.mx.receives = Observed::present(false);
    for (records, word) in [
        (Observed::absent(Proof::Nxdomain), "does not exist"),
        (Observed::absent(Proof::NoData), "neither MX nor address"),
        (Observed::present(Vec::new()), "no mail server has"),
    ] {
        facts.mx.records = signed(records);
        assert_eq!(effects(&facts), [B; 5], "{word}");
        let reason = derive(&facts).senders.plain.reason;
        assert!(reason.contains(word), "{reason}");
    }
}

#[test]
fn a_lookup_that_fails_is_unknown_and_one_that_does_not_validate_keeps_dane_away() {
    let mut facts = domain(Vec::new(), None);
    for (cause, expected) in [
        (Cause::Timeout, [U, U, U, U, U]),
        (Cause::Servfail, [U, U, U, U, U]),
        (Cause::Bogus, [U, U, U, D, D]),
    ] {
        facts.mx.records = signed(Observed::unknown(cause, ""));
        facts.mx.receives = Observed::unknown(cause, "");
        assert_eq!(effects(&facts), expected, "{cause:?}");
    }
}

#[test]
fn a_failed_tlsa_lookup_keeps_dane_away_only_where_the_fault_is_the_domains() {
    for (cause, expected) in [
        (Cause::Bogus, [C, E, E, D, D]),
        (Cause::Servfail, [C, E, E, D, D]),
        (Cause::Refused, [C, E, E, D, D]),
        (Cause::Timeout, [C, E, E, U, U]),
    ] {
        let mut host = server(1, 10, V::LookupFailed, false, &[At::Good]);
        host.tlsa.observed = Observed::unknown(cause, "");
        host.dane.matches.clear();
        assert_eq!(effects(&domain(vec![host], None)), expected, "{cause:?}");
    }
}

#[test]
fn addresses_that_were_not_looked_at_are_not_taken_for_good() {
    let mut host = server(1, 10, V::None, false, &[At::Good]);
    host.aaaa = signed(Observed::present(vec!["2001:db8::1".parse().unwrap()]));
    assert_eq!(effects(&domain(vec![host], None)), [C, U, U, U, U]);
    let mut host = server(1, 10, V::None, false, &[At::Good]);
    host.aaaa = signed(Observed::unknown(Cause::Timeout, ""));
    assert_eq!(effects(&domain(vec![host], ENFORCE)), [C, U, A, U, A]);
    let mut host = server(1, 10, V::None, false, &[]);
    host.a = signed(Observed::absent(Proof::NoData));
    let other = server(2, 20, V::None, false, &[At::Good]);
    assert_eq!(effects(&domain(vec![host, other], None)), [C, E, E, E, E]);
}

#[test]
fn a_server_that_the_policy_does_not_name_is_passed_over() {
    let mut facts = domain(vec![server(1, 10, V::None, false, &[At::Good])], ENFORCE);
    policy(&mut facts, ENFORCE, "other.test");
    assert_eq!(effects(&facts), [C, E, D, E, D]);
}

#[test]
fn a_policy_that_can_not_be_fetched_binds_no_sender_that_comes_first() {
    let mut facts = domain(vec![server(1, 10, V::None, false, &[At::Good])], None);
    facts.mta_sts.record =
        Observed::present(crate::records::mta_sts::parse_record("v=STSv1; id=1"));
    facts.mta_sts.policy = Observed::unknown(Cause::HttpServerError, "status 503");
    facts.mta_sts.mode = Observed::unknown(Cause::HttpServerError, "status 503");
    assert_eq!(effects(&facts), [C, E, E, E, E]);
    let reason = derive(&facts).senders.mta_sts.reason;
    assert!(reason.contains("holds one from before"), "{reason}");
    facts.mta_sts.record = Observed::unknown(Cause::Timeout, "");
    facts.mta_sts.mode = Observed::unknown(Cause::Timeout, "");
    assert_eq!(effects(&facts), [C, E, U, E, U]);
}

#[test]
fn an_address_less_seen_never_makes_a_better_effect() {
    let all = [
        At::Good,
        At::Bad,
        At::Bare,
        At::Broken,
        At::Half,
        At::Closed,
        At::Silent,
    ];
    for verdict in [V::None, V::Valid, V::Unusable] {
        for mode in [None, ENFORCE] {
            for one in all {
                for other in all {
                    let of = |at| {
                        let host = server(1, 10, verdict, true, &[one, at]);
                        effects(&domain(vec![host], mode))
                    };
                    for (seen, unseen) in of(other).into_iter().zip(of(At::Silent)) {
                        let holds = unseen == U || unseen == seen;
                        assert!(holds, "{one:?} {other:?} {verdict:?} {mode:?}");
                    }
                }
            }
        }
    }
}
