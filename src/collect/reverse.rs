//! The names that the reverse zone gives to a mail server's address, and whether they lead back (RFC 1912 §2.1).

use super::mail_servers::{ipv4, ipv6};
use crate::derive;
use crate::facts::mx::Reverse;
use crate::facts::observed::Observed;
use crate::net::dns::{Dns, names};
use futures_util::future::join_all;
use hickory_proto::rr::{RData, RecordType};
use std::net::IpAddr;

/// The most names of one address that are followed back, as SPF does (RFC 7208 §4.6.4).
const MOST_NAMES: usize = 10;

/// Asks for the names of an address and follows each back. `greeting` is the name by which the server greets.
pub(super) async fn collect(dns: &Dns, ip: IpAddr, greeting: Observed<&str>) -> Reverse {
    let ((names, confirmed), greeting_confirmed) =
        tokio::join!(pointers(dns, ip), greets_as(dns, ip, greeting));
    Reverse {
        names,
        confirmed,
        greeting_confirmed,
    }
}

type Names = Observed<Vec<String>>;

async fn pointers(dns: &Dns, ip: IpAddr) -> (crate::facts::dns::Answer<Vec<String>>, Names) {
    let question = derive::spf::reverse_name(ip);
    let answer = dns.ask(&question, RecordType::PTR).await.answer(|data| {
        let names = data.iter().filter_map(|one| {
            let RData::PTR(name) = one else { return None };
            Some(names::text(&name.0))
        });
        Observed::present(names.collect::<Vec<_>>())
    });
    let followed = answer.value().into_iter().flatten().take(MOST_NAMES);
    let followed = join_all(followed.map(|name| leads_to(dns, name, ip))).await;
    let known = answer.value().into_iter().flatten().zip(&followed);
    let confirmed: Vec<String> = known
        .filter(|(_, leads)| leads.value() == Some(&true))
        .map(|(name, _)| name.clone())
        .collect();
    let unsettled = followed.iter().find(|leads| leads.is_unknown());
    let confirmed = match unsettled {
        Some(unknown) if confirmed.is_empty() => unknown.map(|_| Vec::new()),
        Some(_) | None => answer.observed.map(|_| confirmed),
    };
    (answer, confirmed)
}

async fn greets_as(dns: &Dns, ip: IpAddr, greeting: Observed<&str>) -> Observed<bool> {
    match greeting {
        // An address literal stands for itself (RFC 5321 §4.1.3).
        Observed::Present { value } if value.starts_with('[') => {
            let literal = value.trim_matches(['[', ']']);
            let literal = literal.strip_prefix("IPv6:").unwrap_or(literal);
            Observed::present(literal.parse() == Ok(ip))
        }
        Observed::Present { value } => leads_to(dns, value, ip).await,
        Observed::Absent { proof, detail } => Observed::Absent { proof, detail },
        Observed::Unknown { cause, detail } => Observed::Unknown { cause, detail },
    }
}

/// Whether a name resolves to the address.
async fn leads_to(dns: &Dns, name: &str, ip: IpAddr) -> Observed<bool> {
    let found = match ip {
        IpAddr::V4(ip) => {
            let answer = dns.ask(name, RecordType::A).await.answer(ipv4);
            answer.observed.map(|all| all.contains(&ip))
        }
        IpAddr::V6(ip) => {
            let answer = dns.ask(name, RecordType::AAAA).await.answer(ipv6);
            answer.observed.map(|all| all.contains(&ip))
        }
    };
    if found.is_absent() {
        return Observed::present(false);
    }
    found
}
