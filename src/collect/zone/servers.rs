//! The authoritative servers of a zone, each asked directly: with `--probe deep` only.

use super::super::Collector;
use super::super::mail_servers::{ipv4, ipv6};
use crate::derive::zone::servers::disagreements;
use crate::facts::observed::{Cause, Observed};
use crate::facts::vantage::Probe;
use crate::facts::zone::servers::{self, DirectAnswer, NameServer, NameServers, ServerSeen};
use crate::net::dns::direct::Said;
use crate::net::dns::names;
use futures_util::future::join_all;
use hickory_proto::rr::{RData, RecordType};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::sleep;

/// The most servers that are looked at: as many as fit into a small answer (RFC 1035 §4.2.1).
const MOST_SERVERS: usize = 13;

/// The most addresses that are asked.
const MOST_ADDRESSES: usize = 26;

/// How long to wait before servers with different versions of the zone are asked again: a transfer may be under way.
const TRANSFER: Duration = Duration::from_secs(1);

/// Asks every address of every server of the zone.
pub(super) async fn collect(
    shared: &Collector,
    domain: &str,
    apex: &Observed<String>,
) -> NameServers {
    if shared.circumstances.probe < Probe::Deep {
        return servers::unasked("asked with `--probe deep` only");
    }
    let Observed::Present { value: apex } = apex else {
        let mut servers = servers::unasked("the apex of the zone is not known");
        servers.names.observed = apex.and_then(|_| Observed::present(Vec::new()));
        servers.asked = apex.and_then(|_| Observed::present(Vec::new()));
        return servers;
    };
    let names = shared
        .dns
        .ask(apex, RecordType::NS)
        .await
        .answer(read_names);
    let listed = names.value().into_iter().flatten().take(MOST_SERVERS);
    let hosts = join_all(listed.map(|name| host(shared, name))).await;
    let addresses = addresses(&hosts);
    let questions = [
        (apex.clone(), RecordType::SOA),
        (domain.to_owned(), RecordType::MX),
        (domain.to_owned(), RecordType::TXT),
        (format!("_dmarc.{domain}"), RecordType::TXT),
    ];
    let mut asked = round(shared, &addresses, &questions).await;
    let differing = disagreements(&asked);
    if !differing.is_empty() && differing.iter().all(|one| one.rtype == "SOA") {
        sleep(TRANSFER).await;
        asked = round(shared, &addresses, &questions).await;
    }
    let asked = names
        .observed
        .and_then(|_| Observed::present(asked.clone()));
    NameServers {
        names,
        hosts,
        addresses: Observed::unknown(Cause::NotAttempted, ""),
        asked,
        disagreements: Vec::new(),
    }
}

fn read_names(data: &[RData]) -> Observed<Vec<String>> {
    let names = data.iter().filter_map(|one| {
        let RData::NS(server) = one else {
            return None;
        };
        Some(names::text(&server.0))
    });
    let sorted: BTreeSet<String> = names.collect();
    Observed::present(sorted.into_iter().collect())
}

async fn host(shared: &Collector, name: &str) -> NameServer {
    let (a, aaaa) = tokio::join!(
        shared.dns.ask(name, RecordType::A),
        shared.dns.ask(name, RecordType::AAAA)
    );
    NameServer {
        host: name.to_owned(),
        a: a.answer(ipv4),
        aaaa: aaaa.answer(ipv6),
    }
}

/// The addresses of all servers, each with the first server that has it.
fn addresses(hosts: &[NameServer]) -> Vec<(String, IpAddr)> {
    let mut found: Vec<(String, IpAddr)> = Vec::new();
    for host in hosts {
        let v4 = host
            .a
            .value()
            .into_iter()
            .flatten()
            .map(|ip| IpAddr::V4(*ip));
        let v6 = host
            .aaaa
            .value()
            .into_iter()
            .flatten()
            .map(|ip| IpAddr::V6(*ip));
        for ip in v4.chain(v6) {
            if !found.iter().any(|(_, known)| *known == ip) {
                found.push((host.host.clone(), ip));
            }
        }
    }
    found.truncate(MOST_ADDRESSES);
    found
}

/// Asks all addresses all questions, side by side.
async fn round(
    shared: &Collector,
    addresses: &[(String, IpAddr)],
    questions: &[(String, RecordType)],
) -> Vec<ServerSeen> {
    join_all(addresses.iter().map(|(host, ip)| async move {
        let answers = questions
            .iter()
            .map(|question| answer(shared, *ip, question));
        ServerSeen {
            host: host.clone(),
            ip: *ip,
            answers_for_zone: Observed::unknown(Cause::NotAttempted, ""),
            serial: None,
            answers: join_all(answers).await,
        }
    }))
    .await
}

async fn answer(shared: &Collector, ip: IpAddr, question: &(String, RecordType)) -> DirectAnswer {
    let (name, rtype) = question;
    let said = match shared.circumstances.reach.refusal(ip) {
        Some(why) => Said {
            authoritative: false,
            observed: Observed::unknown(Cause::NotAttempted, why),
        },
        None => shared.direct.ask(ip, name, *rtype).await,
    };
    DirectAnswer {
        name: name.clone(),
        rtype: rtype.to_string(),
        authoritative: said.authoritative,
        observed: said.observed.map(|records| {
            let mut texts: Vec<String> = records.iter().map(text).collect();
            texts.sort_unstable();
            texts
        }),
    }
}

/// Record data in presentation form; the strings of a text are joined.
fn text(data: &RData) -> String {
    if let RData::TXT(txt) = data {
        return String::from_utf8_lossy(&txt.txt_data.concat()).into_owned();
    }
    if let RData::CNAME(target) = data {
        return format!("CNAME {}", target.0);
    }
    data.to_string()
}
