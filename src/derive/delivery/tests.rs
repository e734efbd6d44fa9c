//! From small facts to effects: one row a circumstance.

use super::*;
use crate::facts::certificate::Chain;
use crate::facts::dns::Dnssec;
use crate::facts::mta_sts::{StsCoverage, StsMode};
use crate::facts::mx::{AddressScope, MxAddress, MxRecord, Reverse};
use crate::facts::observed::Proof;
use crate::facts::smtp::{Ehlo, Reply, SmtpSession};
use crate::facts::tls::grade::Grades;
use crate::facts::tls::{Tls, TlsVersion};
use crate::facts::tlsa::{Dane, DaneMatch, DaneVerdict};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

fn answer<T>(name: &str, rtype: &str, observed: Observed<T>) -> Answer<T> {
    Answer {
        name: name.to_owned(),
        rtype: rtype.to_owned(),
        observed,
        ttl_seconds: None,
        aliases: Vec::new(),
        dnssec: Dnssec::new(DnssecState::Secure, "as the test says"),
    }
}

/// What one address shows.
#[derive(Clone, Copy)]
enum At {
    /// TLS with a certificate that is valid for the server's name.
    Valid,
    /// TLS with another certificate.
    Invalid,
    /// A session without TLS, for this reason.
    NoTls(Proof),
    /// A session that ended before TLS could be judged.
    Undecided,
    Gone,
    Unseen,
}
use At::{Gone, Invalid, NoTls, Undecided, Unseen, Valid};

const CLEAR: At = NoTls(Proof::NotOffered);

fn session(at: At) -> Observed<Arc<SmtpSession>> {
    let reply = Reply {
        code: 220,
        lines: Vec::new(),
    };
    let took = Observed::present(reply.clone());
    let (starttls, tls) = match at {
        Gone => return Observed::absent(Proof::ConnectionRefused),
        Unseen => return Observed::unknown(Cause::ConnectionTimeout, ""),
        Valid => (took, Observed::present(tls(true))),
        Invalid => (took, Observed::present(tls(false))),
        NoTls(proof @ (Proof::NotOffered | Proof::Rejected)) => {
            (Observed::absent(proof), Observed::absent(proof))
        }
        NoTls(proof) => (took, Observed::absent(proof)),
        Undecided => (took, Observed::unknown(Cause::TlsProtocol, "")),
    };
    let ehlo = Ehlo {
        reply: reply.clone(),
        helo_only: false,
        name: String::new(),
        keywords: Vec::new(),
    };
    Observed::present(Arc::new(SmtpSession {
        banner: reply,
        ehlo: ehlo.clone(),
        starttls,
        tls,
        ehlo_tls: Observed::present(ehlo),
        requiretls: Observed::present(false),
    }))
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
            trusted: true,
            name_matches: authenticated,
            in_time: true,
            authenticated,
            defects: Vec::new(),
        },
        ocsp: Observed::absent(Proof::NotOffered),
        early_data: Observed::unobserved(),
    }
}

/// A server at these addresses. Where DANE is looked at, `matched` says it of the addresses in order.
fn server(preference: u16, verdict: DaneVerdict, addresses: &[(At, Option<bool>)]) -> MxHost {
    let name = format!("mx{preference}.example.test");
    let ips: Vec<Ipv4Addr> = (1..)
        .take(addresses.len())
        .map(|last| Ipv4Addr::new(192, 0, 2, last))
        .collect();
    let places = ips.iter().zip(addresses);
    let matches = places.clone().filter_map(|(&ip, (_, matched))| {
        matched.map(|matched| DaneMatch {
            ip: IpAddr::V4(ip),
            matched,
            reason: if matched { "3 1 1" } else { "no match" }.to_owned(),
        })
    });
    let dane = Dane {
        verdict,
        reason: "as the test says".to_owned(),
        matches: matches.collect(),
    };
    let addresses = places.map(|(&ip, (at, _))| MxAddress {
        ip: IpAddr::V4(ip),
        scope: AddressScope::Documentation,
        session: session(*at),
        offers: Observed::unobserved(),
        reverse: Reverse::default(),
    });
    let tlsa = match verdict {
        DaneVerdict::None => Observed::absent(Proof::NoData),
        DaneVerdict::LookupFailed => Observed::unknown(Cause::Servfail, ""),
        DaneVerdict::Valid
        | DaneVerdict::Invalid
        | DaneVerdict::Unusable
        | DaneVerdict::Partial
        | DaneVerdict::Insecure
        | DaneVerdict::Unknown => Observed::present(Vec::new()),
    };
    MxHost {
        preference,
        addresses: addresses.collect(),
        a: answer(&name, "A", Observed::present(ips.clone())),
        aaaa: answer(&name, "AAAA", Observed::absent(Proof::NoData)),
        tlsa: answer(&name, "TLSA", tlsa),
        host: name,
        dane,
        defects: Vec::new(),
    }
}

fn one(at: At) -> MxHost {
    many(10, &[at])
}

fn many(preference: u16, at: &[At]) -> MxHost {
    let at: Vec<(At, Option<bool>)> = at.iter().map(|&at| (at, None)).collect();
    server(preference, DaneVerdict::None, &at)
}

fn domain_of(hosts: Vec<MxHost>) -> Mx {
    let records = hosts.iter().map(|host| MxRecord {
        preference: host.preference,
        exchange: host.host.clone(),
    });
    Mx {
        records: answer("example.test", "MX", Observed::present(records.collect())),
        null_mx: false,
        implicit: false,
        receives: Observed::present(!hosts.is_empty()),
        hosts,
        servers_named: 0,
        servers_not_visited: 0,
        defects: Vec::new(),
    }
}

/// A policy of this mode that names all servers but these.
fn policy(mode: Observed<StsMode>, mx: &Mx, unnamed: &[&str]) -> MtaSts {
    let coverage = mx.hosts.iter().map(|host| StsCoverage {
        host: host.host.clone(),
        covered: !unnamed.contains(&host.host.as_str()),
        pattern: String::new(),
    });
    let coverage = if mode.value().is_some() {
        coverage.collect()
    } else {
        Vec::new()
    };
    MtaSts {
        records: answer("_mta-sts", "TXT", Observed::absent(Proof::NoData)),
        record: Observed::unobserved(),
        host: Observed::unobserved(),
        fetch: Observed::unobserved(),
        policy: Observed::unobserved(),
        mode,
        removal: false,
        coverage,
        unused_patterns: Vec::new(),
    }
}

/// One letter an effect, in the order of `Sender::ALL`.
fn letters(effects: &Effects) -> String {
    let letter = |sender| match effects.of(sender).effect {
        DeliveryEffect::EncryptedAndAuthenticated => 'A',
        DeliveryEffect::Encrypted => 'E',
        DeliveryEffect::Clear => 'C',
        DeliveryEffect::Defers => 'D',
        DeliveryEffect::Bounces => 'B',
        DeliveryEffect::Unknown => '?',
    };
    Sender::ALL.into_iter().map(letter).collect()
}

fn none() -> Observed<StsMode> {
    Observed::absent(Proof::NoData)
}

fn mode(mode: StsMode) -> Observed<StsMode> {
    Observed::present(mode)
}

fn told(mx: &Mx, mode: Observed<StsMode>, unnamed: &[&str]) -> Delivery {
    of(mx, &policy(mode, mx, unnamed))
}

type Row = (&'static str, Vec<MxHost>, Observed<StsMode>, &'static str);

fn check(rows: Vec<Row>) {
    for (name, hosts, mode, want) in rows {
        let delivery = told(&domain_of(hosts), mode, &[]);
        assert_eq!(letters(&delivery.effects), want, "{name}: {delivery:#?}");
        for sender in Sender::ALL {
            assert!(!delivery.effects.of(sender).reason.is_empty(), "{name}");
        }
    }
}

/// A server with one address and DANE.
fn dane(verdict: DaneVerdict, at: At, matched: Option<bool>) -> Vec<MxHost> {
    vec![server(10, verdict, &[(at, matched)])]
}

#[test]
fn one_address_without_policies() {
    let no_tls = |proof| vec![one(NoTls(proof))];
    check(vec![
        ("valid certificate", vec![one(Valid)], none(), "CEEEE"),
        ("another certificate", vec![one(Invalid)], none(), "CEEEE"),
        ("no STARTTLS", vec![one(CLEAR)], none(), "CCCCC"),
        ("refused", no_tls(Proof::Rejected), none(), "CCCCC"),
        ("old versions", no_tls(Proof::TlsVersion), none(), "CCCCC"),
        ("an alert", no_tls(Proof::TlsAlert), none(), "CCCCC"),
        ("closed in TLS", no_tls(Proof::TlsClosed), none(), "CCCCC"),
        ("TLS undecided", vec![one(Undecided)], none(), "C????"),
        ("not observed", vec![one(Unseen)], none(), "?????"),
        ("connection refused", vec![one(Gone)], none(), "DDDDD"),
    ]);
}

#[test]
fn mta_sts_holds_the_server_to_tls_and_a_valid_certificate_under_enforce_only() {
    let (enforce, testing) = (|| mode(StsMode::Enforce), || mode(StsMode::Testing));
    let off = || mode(StsMode::None);
    let lost = || Observed::unknown(Cause::HttpServerError, "");
    check(vec![
        ("enforce, valid", vec![one(Valid)], enforce(), "CEAEA"),
        ("enforce, invalid", vec![one(Invalid)], enforce(), "CEDED"),
        ("enforce, no STARTTLS", vec![one(CLEAR)], enforce(), "CCDCD"),
        (
            "enforce, undecided",
            vec![one(Undecided)],
            enforce(),
            "C????",
        ),
        (
            "enforce, not observed",
            vec![one(Unseen)],
            enforce(),
            "?????",
        ),
        ("enforce, gone", vec![one(Gone)], enforce(), "DDDDD"),
        ("testing, invalid", vec![one(Invalid)], testing(), "CEEEE"),
        ("testing, no STARTTLS", vec![one(CLEAR)], testing(), "CCCCC"),
        ("mode none, invalid", vec![one(Invalid)], off(), "CEEEE"),
        ("policy lost, valid", vec![one(Valid)], lost(), "CE?E?"),
        ("policy lost, gone", vec![one(Gone)], lost(), "DDDDD"),
    ]);
}

#[test]
fn dane_decides_by_its_verdict_and_mta_sts_only_where_dane_does_not_apply() {
    use DaneVerdict as V;
    let enforce = || mode(StsMode::Enforce);
    let lost = || Observed::unknown(Cause::Timeout, "");
    let (yes, no) = (Some(true), Some(false));
    check(vec![
        ("valid", dane(V::Valid, Invalid, yes), none(), "CEEAA"),
        (
            "valid, policy lost",
            dane(V::Valid, Valid, yes),
            lost(),
            "CE?AA",
        ),
        (
            "valid, enforce fails",
            dane(V::Valid, Invalid, yes),
            enforce(),
            "CEDAA",
        ),
        ("no match", dane(V::Invalid, Valid, no), none(), "CEEDD"),
        (
            "no match, enforce passes",
            dane(V::Invalid, Valid, no),
            enforce(),
            "CEADD",
        ),
        (
            "records, no STARTTLS",
            dane(V::Invalid, CLEAR, no),
            none(),
            "CCCDD",
        ),
        (
            "unusable, TLS",
            dane(V::Unusable, Valid, no),
            none(),
            "CEEEE",
        ),
        (
            "unusable, no STARTTLS",
            dane(V::Unusable, CLEAR, no),
            none(),
            "CCCDD",
        ),
        (
            "unusable, undecided",
            dane(V::Unusable, Undecided, None),
            none(),
            "C????",
        ),
        (
            "unusable, enforce",
            dane(V::Unusable, Valid, no),
            enforce(),
            "CEAEE",
        ),
        (
            "unsigned records",
            dane(V::Insecure, Valid, None),
            none(),
            "CEEEE",
        ),
        (
            "unsigned, enforce",
            dane(V::Insecure, Valid, None),
            enforce(),
            "CEAEA",
        ),
        (
            "unsigned, no TLS",
            dane(V::Insecure, CLEAR, None),
            enforce(),
            "CCDCD",
        ),
        (
            "TLSA servfail",
            dane(V::LookupFailed, Valid, None),
            enforce(),
            "CEADD",
        ),
        (
            "records, not observed",
            dane(V::Unknown, Unseen, None),
            none(),
            "?????",
        ),
        (
            "records, gone",
            dane(V::Unknown, Gone, None),
            none(),
            "DDDDD",
        ),
    ]);
}

#[test]
fn of_several_addresses_the_worst_counts_and_one_without_delivery_is_passed_over() {
    let enforce = || mode(StsMode::Enforce);
    let rows = |at: &[At]| vec![many(10, at)];
    let mixed = |verdict, at: &[(At, Option<bool>)]| vec![server(10, verdict, at)];
    let (yes, no) = (Some(true), Some(false));
    check(vec![
        ("one clear", rows(&[Valid, CLEAR]), none(), "CCCCC"),
        ("one gone", rows(&[Gone, Valid]), none(), "CEEEE"),
        ("one unseen", rows(&[Valid, Unseen]), none(), "C????"),
        ("already the worst", rows(&[CLEAR, Unseen]), none(), "CCCCC"),
        (
            "enforce, one invalid",
            rows(&[Valid, Invalid]),
            enforce(),
            "CEAEA",
        ),
        (
            "enforce, one unseen",
            rows(&[Valid, Unseen]),
            enforce(),
            "C?A?A",
        ),
        (
            "enforce, invalid and unseen",
            rows(&[Invalid, Unseen]),
            enforce(),
            "C????",
        ),
        (
            "DANE, one without match",
            mixed(DaneVerdict::Invalid, &[(Valid, yes), (Valid, no)]),
            none(),
            "CEEAA",
        ),
        (
            "DANE, one unseen",
            mixed(DaneVerdict::Valid, &[(Valid, yes), (Unseen, None)]),
            none(),
            "C??AA",
        ),
    ]);
}

#[test]
fn servers_are_tried_by_preference_and_the_worst_of_equal_ones_counts() {
    let enforce = || mode(StsMode::Enforce);
    let again = |at| MxHost {
        host: "other.example.test".to_owned(),
        ..many(10, &[at])
    };
    let bad = || server(10, DaneVerdict::Invalid, &[(Valid, Some(false))]);
    check(vec![
        (
            "second worse",
            vec![one(Valid), many(20, &[CLEAR])],
            none(),
            "CEEEE",
        ),
        (
            "first worse",
            vec![one(CLEAR), many(20, &[Valid])],
            none(),
            "CCCCC",
        ),
        (
            "first gone",
            vec![one(Gone), many(20, &[Valid])],
            none(),
            "CEEEE",
        ),
        (
            "equal, one worse",
            vec![one(Valid), again(CLEAR)],
            none(),
            "CCCCC",
        ),
        (
            "equal, one gone",
            vec![one(Gone), again(Valid)],
            none(),
            "CEEEE",
        ),
        (
            "enforce, first fails",
            vec![one(CLEAR), many(20, &[Valid])],
            enforce(),
            "CCACA",
        ),
        (
            "DANE fails at the first",
            vec![bad(), many(20, &[CLEAR])],
            none(),
            "CEECC",
        ),
        (
            "first unseen",
            vec![one(Unseen), many(20, &[Valid])],
            none(),
            "C????",
        ),
        (
            "enforce, first unseen",
            vec![one(Unseen), many(20, &[Valid])],
            enforce(),
            "C?A?A",
        ),
        (
            "not in order",
            vec![many(20, &[CLEAR]), one(Valid)],
            none(),
            "CEEEE",
        ),
    ]);
}

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
