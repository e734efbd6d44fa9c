//! MX records, addresses, TLSA records and the sessions with each address (RFC 5321 §5.1, RFC 7672).

use super::reach::Reach;
use super::reverse;
use super::sessions::Visit;
use super::{Collector, crl};
use crate::derive;
use crate::facts::dns::{Answer, DnssecState};
use crate::facts::mx::{DaneCoverage, Mx, MxAddress, MxHost, MxRecord, Reverse};
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::tlsa::{Dane, DaneVerdict, Rollover, Tlsa};
use crate::facts::vantage::{Probe, SmtpEgress};
use crate::net::dns::{Dns, names};
use crate::records::tlsa;
use futures_util::future::join_all;
use hickory_proto::rr::{RData, RecordType};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The most servers of one domain that are looked up and visited.
const MOST_HOSTS: usize = 16;
/// How many servers beyond these are named as not looked at, so that nobody takes the rest for sound.
const MOST_UNVISITED: usize = 4;
/// The most addresses of one name that are kept.
const MOST_ANSWERS: usize = 512;
/// The most addresses of one server that are visited.
const MOST_ADDRESSES: usize = 8;

/// The mail servers of a domain and what each address shows.
pub(super) async fn collect(shared: &Collector, domain: &str) -> Mx {
    let response = shared.dns.ask(domain, RecordType::MX).await;
    let records = response.answer(read_records);
    let null_mx = records
        .value()
        .is_some_and(|records| derive::mx::null_mx(records));
    let implicit = is_implicit(&records);
    let names = servers(&records, null_mx, implicit, domain);
    let hosts = names
        .into_iter()
        .take(MOST_HOSTS + MOST_UNVISITED)
        .enumerate();
    let hosts = join_all(hosts.map(|(number, (preference, name))| async move {
        if number < MOST_HOSTS {
            host(shared, preference, name).await
        } else {
            unvisited(preference, name)
        }
    }));
    let mut hosts = hosts.await;
    if implicit {
        hosts.retain(|host| !(host.a.observed.is_absent() && host.aaaa.observed.is_absent()));
    }
    let implicit = implicit && !hosts.is_empty();
    let receives = derive::mx::receives(&records, &hosts);
    let defects = derive::mx::defects(&records);
    let (servers_named, servers_not_visited) = derive::mx::counts(&records, &hosts);
    Mx {
        records,
        null_mx,
        implicit,
        receives,
        hosts,
        servers_named,
        servers_not_visited,
        dane_coverage: DaneCoverage::default(),
        defects,
    }
}

/// The names of the servers that are visited; what is no host name in an MX record is left out. Asks what
/// [`collect`] asks.
pub(super) async fn visited(dns: &Dns, domain: &str) -> Vec<String> {
    let records = dns.ask(domain, RecordType::MX).await.answer(read_records);
    let null_mx = records
        .value()
        .is_some_and(|records| derive::mx::null_mx(records));
    let is_host = |name: &String| {
        let top = name.rsplit('.').next().unwrap_or_default();
        !top.bytes().all(|byte| byte.is_ascii_digit())
    };
    servers(&records, null_mx, is_implicit(&records), domain)
        .into_iter()
        .take(MOST_HOSTS)
        .map(|(_, name)| name)
        .filter(is_host)
        .collect()
}

/// What the addresses of a domain say about connections to port 25, beside what the run knows.
pub(super) fn egress(mx: &Mx, known: SmtpEgress) -> SmtpEgress {
    let addresses = mx.hosts.iter().flat_map(|host| &host.addresses);
    let tried: Vec<bool> = addresses
        .filter_map(|address| answered(&address.session))
        .collect();
    if tried.contains(&true) {
        SmtpEgress::Open
    } else if tried.is_empty() {
        SmtpEgress::Untested
    } else if known == SmtpEgress::Untested {
        SmtpEgress::Unproven
    } else {
        known
    }
}

/// Whether anything was heard from an address, be it a refusal; nothing where it was not tried.
const fn answered<T>(session: &Observed<T>) -> Option<bool> {
    match session {
        Observed::Unknown {
            cause: Cause::NotAttempted | Cause::LimitReached,
            ..
        } => None,
        Observed::Unknown {
            cause:
                Cause::ConnectionTimeout
                | Cause::NetworkUnreachable
                | Cause::ConnectionRefused
                | Cause::BlockedEgress,
            ..
        } => Some(false),
        Observed::Present { .. } | Observed::Absent { .. } | Observed::Unknown { .. } => Some(true),
    }
}

pub(super) fn read_records(data: &[RData]) -> Observed<Vec<MxRecord>> {
    let read = data.iter().filter_map(|one| {
        let RData::MX(mx) = one else { return None };
        let root = mx.exchange.is_root();
        let exchange = if root {
            ".".to_owned()
        } else {
            names::text(&mx.exchange)
        };
        Some(MxRecord {
            preference: mx.preference,
            exchange,
        })
    });
    let mut records: Vec<_> = read.collect();
    records.sort();
    Observed::present(records)
}

/// No MX records, though the name is there: the domain is its own server, if it has an address.
const fn is_implicit(records: &Answer<Vec<MxRecord>>) -> bool {
    matches!(
        records.observed,
        Observed::Absent {
            proof: Proof::NoData,
            ..
        }
    )
}

/// The servers in the order of use, each once.
fn servers(
    records: &Answer<Vec<MxRecord>>,
    null_mx: bool,
    implicit: bool,
    domain: &str,
) -> Vec<(u16, String)> {
    if implicit {
        return vec![(0, domain.to_owned())];
    }
    let mut servers: Vec<(u16, String)> = Vec::new();
    for record in records.value().into_iter().flatten().filter(|_| !null_mx) {
        let seen = servers.iter().any(|(_, name)| *name == record.exchange);
        if !seen && record.exchange != "." {
            servers.push((record.preference, record.exchange.clone()));
        }
    }
    servers
}

async fn host(shared: &Collector, preference: u16, name: String) -> MxHost {
    let (visited, tlsa) = tokio::join!(visit(shared, &name), tlsa_records(&shared.dns, &name));
    let (a, aaaa, addresses) = visited;
    let tlsa = match expanded(&a).or_else(|| expanded(&aaaa)) {
        Some(base) => or_else_at(tlsa_records(&shared.dns, base).await, tlsa),
        None => tlsa,
    };
    MxHost {
        preference,
        host: name,
        a,
        aaaa,
        addresses,
        tlsa,
        dane: not_derived(),
        certificates: Vec::new(),
        defects: Vec::new(),
    }
}

/// What the alias of a server's name comes to, where all of the chain is signed: senders look for TLSA
/// records there first, and at the name itself only where there are none (RFC 7672 §2.2.2).
fn expanded<T>(answer: &Answer<T>) -> Option<&str> {
    let secure = answer.dnssec.state == DnssecState::Secure && answer.value().is_some();
    answer.aliases.last().filter(|_| secure).map(String::as_str)
}

fn or_else_at<T>(at_base: Answer<T>, at_name: Answer<T>) -> Answer<T> {
    if at_base.observed.is_absent() {
        at_name
    } else {
        at_base
    }
}

async fn visit(
    shared: &Collector,
    name: &str,
) -> (Answer<Vec<Ipv4Addr>>, Answer<Vec<Ipv6Addr>>, Vec<MxAddress>) {
    let (a, aaaa) = tokio::join!(
        shared.dns.ask(name, RecordType::A),
        shared.dns.ask(name, RecordType::AAAA)
    );
    let (a, aaaa) = (a.answer(ipv4), aaaa.answer(ipv6));
    let ips = a.value().into_iter().flatten().map(|ip| IpAddr::V4(*ip));
    let ips = ips.chain(aaaa.value().into_iter().flatten().map(|ip| IpAddr::V6(*ip)));
    let mut ips = within_reach(ips.collect(), shared.circumstances.reach);
    ips.truncate(MOST_ADDRESSES + MOST_UNVISITED);
    let visits = ips.into_iter().enumerate().map(|(number, ip)| async move {
        if number < MOST_ADDRESSES {
            address(shared, name, ip).await
        } else {
            unvisited_address(ip)
        }
    });
    let addresses = join_all(visits).await;
    (a, aaaa, addresses)
}

async fn address(shared: &Collector, name: &str, ip: IpAddr) -> MxAddress {
    let Visit {
        mut session,
        offers,
    } = shared.sessions.with(ip, name).await;
    if shared.circumstances.probe == Probe::Deep {
        session = crl::look_up(shared, session).await;
    }
    let greeting = session.and_then(|session| Observed::present(session.ehlo.name.clone()));
    let greeting = match &greeting {
        Observed::Present { value } => Observed::present(value.as_str()),
        Observed::Absent { .. } | Observed::Unknown { .. } => {
            greeting.and_then(|_| Observed::unobserved())
        }
    };
    let reverse = match &session {
        // Not visited, for good reasons: nor is anybody asked about it.
        Observed::Unknown {
            cause: Cause::NotAttempted,
            ..
        } => Reverse::default(),
        Observed::Present { .. } | Observed::Absent { .. } | Observed::Unknown { .. } => {
            reverse::collect(&shared.dns, ip, greeting).await
        }
    };
    MxAddress {
        ip,
        scope: derive::mx::scope(ip),
        session,
        offers,
        reverse,
    }
}

/// The addresses of the families that this host speaks: what is seen there has to do, and the document's
/// vantage says so. Where nothing is left of them, all stay, to be named as not looked at.
fn within_reach(ips: Vec<IpAddr>, reach: Reach) -> Vec<IpAddr> {
    let near: Vec<_> = ips
        .iter()
        .filter(|ip| reach.speaks(**ip))
        .copied()
        .collect();
    if near.is_empty() { ips } else { near }
}

async fn tlsa_records(dns: &Dns, name: &str) -> Answer<Vec<Tlsa>> {
    let response = dns.ask(&format!("_25._tcp.{name}"), RecordType::TLSA).await;
    response.answer(|data| {
        let read = data.iter().filter_map(|one| {
            let RData::TLSA(record) = one else {
                return None;
            };
            let (usage, selector) = (record.cert_usage.into(), record.selector.into());
            Some(tlsa::read(
                usage,
                selector,
                record.matching.into(),
                &record.cert_data,
            ))
        });
        Observed::present(read.collect())
    })
}

pub(super) fn ipv4(data: &[RData]) -> Observed<Vec<Ipv4Addr>> {
    let read = |one: &RData| {
        if let RData::A(ip) = one {
            Some(ip.0)
        } else {
            None
        }
    };
    few(data.iter().filter_map(read).collect())
}

pub(super) fn ipv6(data: &[RData]) -> Observed<Vec<Ipv6Addr>> {
    let read = |one: &RData| {
        if let RData::AAAA(ip) = one {
            Some(ip.0)
        } else {
            None
        }
    };
    few(data.iter().filter_map(read).collect())
}

/// The addresses of one name; of more than anyone needs, none.
fn few<T>(addresses: Vec<T>) -> Observed<Vec<T>> {
    if addresses.len() > MOST_ANSWERS {
        let why = format!("more than {MOST_ANSWERS} addresses");
        return Observed::unknown(Cause::LimitReached, why);
    }
    Observed::present(addresses)
}

fn unvisited(preference: u16, host: String) -> MxHost {
    let why = format!("only the first {MOST_HOSTS} servers are looked at");
    let tlsa_name = format!("_25._tcp.{host}");
    MxHost {
        preference,
        a: Answer::unasked(&host, "A", Cause::LimitReached, &why),
        aaaa: Answer::unasked(&host, "AAAA", Cause::LimitReached, &why),
        addresses: Vec::new(),
        tlsa: Answer::unasked(&tlsa_name, "TLSA", Cause::LimitReached, &why),
        dane: not_derived(),
        certificates: Vec::new(),
        defects: Vec::new(),
        host,
    }
}

fn unvisited_address(ip: IpAddr) -> MxAddress {
    let why = format!("only the first {MOST_ADDRESSES} addresses of a server are visited");
    let Visit { session, offers } = Visit::unknown(Cause::LimitReached, why);
    MxAddress {
        ip,
        scope: derive::mx::scope(ip),
        session,
        offers,
        reverse: Reverse::default(),
    }
}

/// Stands until `derive::complete` puts the conclusion in its place.
fn not_derived() -> Dane {
    Dane {
        verdict: DaneVerdict::Unknown,
        reason: String::new(),
        matches: Vec::new(),
        rollover: Rollover::default(),
        duplicates: Vec::new(),
    }
}
