//! Small facts to tell effects of.

use super::*;
use crate::facts::certificate::Chain;
use crate::facts::dns::Dnssec;
use crate::facts::mta_sts::{StsCoverage, StsMode};
use crate::facts::mx::{AddressScope, DaneCoverage, MxAddress, MxRecord, Reverse};
use crate::facts::observed::Proof;
use crate::facts::smtp::{Ehlo, Reply, SmtpSession};
use crate::facts::tls::grade::Grades;
use crate::facts::tls::{Tls, TlsVersion};
use crate::facts::tlsa::{Dane, DaneMatch, DaneVerdict, Rollover};
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

mod rows;
mod whole;

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
            in_order: true,
            root_sent: false,
            store: String::new(),
            defects: Vec::new(),
        },
        ocsp: Observed::absent(Proof::NotOffered),
        crl: Observed::unobserved(),
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
        rollover: Rollover::default(),
        duplicates: Vec::new(),
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
        certificates: Vec::new(),
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
        dane_coverage: DaneCoverage::default(),
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

/// A server with one address and DANE.
fn dane(verdict: DaneVerdict, at: At, matched: Option<bool>) -> Vec<MxHost> {
    vec![server(10, verdict, &[(at, matched)])]
}
