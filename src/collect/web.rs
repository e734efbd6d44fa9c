//! Web servers of strangers: their addresses, as far as they are connected to, and one page.

use super::Collector;
use super::reach::Reach;
use crate::derive;
use crate::facts::certificate::Chain;
use crate::facts::dns::Answer;
use crate::facts::observed::{Cause, Observed};
use crate::net::dns::Dns;
use crate::net::https::Fetched;
use hickory_proto::rr::{RData, RecordType};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses of a web host.
pub(super) struct Addresses {
    pub(super) a: Answer<Vec<Ipv4Addr>>,
    pub(super) aaaa: Answer<Vec<Ipv6Addr>>,
}

/// What came of a page, with the judgement on the server's certificates.
pub(super) struct Page {
    pub(super) fetched: Fetched,
    pub(super) chain: Chain,
}

/// Asks for both kinds of addresses.
pub(super) async fn addresses(dns: &Dns, host: &str) -> Addresses {
    let (a, aaaa) = tokio::join!(
        dns.ask(host, RecordType::A),
        dns.ask(host, RecordType::AAAA)
    );
    Addresses {
        a: a.answer(|data| Observed::present(data.iter().filter_map(ipv4).collect())),
        aaaa: aaaa.answer(|data| Observed::present(data.iter().filter_map(ipv6).collect())),
    }
}

const fn ipv4(one: &RData) -> Option<Ipv4Addr> {
    if let RData::A(ip) = one {
        Some(ip.0)
    } else {
        None
    }
}

const fn ipv6(one: &RData) -> Option<Ipv6Addr> {
    if let RData::AAAA(ip) = one {
        Some(ip.0)
    } else {
        None
    }
}

/// Fetches a page from a host at these addresses; no redirection is followed.
pub(super) async fn page(
    shared: &Collector,
    host: &str,
    path: &str,
    at: &Addresses,
) -> Observed<Page> {
    let ips = match reachable(host, at, shared.circumstances.reach) {
        Observed::Present { value } => value,
        Observed::Absent { proof, .. } => {
            let detail = format!("{host} has no address");
            return Observed::Absent { proof, detail };
        }
        Observed::Unknown { cause, detail } => return Observed::unknown(cause, detail),
    };
    match shared.https.get(host, path, &ips).await {
        Observed::Present { value } => Observed::present(Page {
            chain: derive::chain::judge(&value.handshake.chain, host, &shared.trust, shared.now()),
            fetched: value,
        }),
        Observed::Absent { proof, detail } => Observed::Absent { proof, detail },
        Observed::Unknown { cause, detail } => Observed::Unknown { cause, detail },
    }
}

/// The addresses that are connected to, IPv4 first.
pub(super) fn reachable(host: &str, at: &Addresses, reach: Reach) -> Observed<Vec<IpAddr>> {
    let v4 = at.a.value().into_iter().flatten().map(|ip| IpAddr::V4(*ip));
    let v6 = at.aaaa.value().into_iter().flatten();
    let found: Vec<IpAddr> = v4.chain(v6.map(|ip| IpAddr::V6(*ip))).collect();
    let near: Vec<_> = found
        .iter()
        .filter(|ip| reach.refusal(**ip).is_none())
        .copied()
        .collect();
    if !near.is_empty() {
        return Observed::present(near);
    }
    if let Some(refusal) = found.first().and_then(|ip| reach.refusal(*ip)) {
        return Observed::unknown(Cause::NotAttempted, format!("{host}: {refusal}"));
    }
    if at.a.observed.is_unknown() {
        return at.a.observed.map(|_| Vec::new());
    }
    at.aaaa.observed.map(|_| Vec::new())
}
