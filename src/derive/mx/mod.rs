//! What MX records and addresses come to: who receives mail, and what is wrong with that
//! (RFC 5321 §5.1, RFC 7505, RFC 2181 §10.3, the IANA special-purpose address registries).

use crate::facts::{
    defect::Defect,
    dns::Answer,
    mx::{AddressScope, MxHost, MxRecord, ServedCertificate},
    observed::{Cause, Observed},
};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const EXCHANGE: &str = "RFC 5321 §5.1";
const NULL_MX: &str = "RFC 7505 §3";

/// Whether the records say that the domain takes no mail: a null MX and no other exchange. A preference
/// other than 0 does not change that; `defects` notes it.
pub fn null_mx(records: &[MxRecord]) -> bool {
    !records.is_empty() && records.iter().all(is_null)
}

/// Whether the domain has no MX record and is its own mail server by its addresses (RFC 5321 §5.1).
pub fn implicit(records: &Answer<Vec<MxRecord>>, hosts: &[MxHost]) -> bool {
    records.observed.is_absent() && hosts.iter().any(has_address)
}

/// Whether the domain takes mail: true where some server has an address, false at a null MX or where no
/// server has one, unknown where that could not be looked up.
pub fn receives(records: &Answer<Vec<MxRecord>>, hosts: &[MxHost]) -> Observed<bool> {
    if let Observed::Unknown { cause, detail } = &records.observed {
        return Observed::unknown(*cause, detail.clone());
    }
    if records.value().is_some_and(|records| null_mx(records)) {
        return Observed::present(false);
    }
    if hosts.iter().any(has_address) {
        return Observed::present(true);
    }
    let lost = hosts.iter().find_map(|host| {
        unknown_of(&host.host, &host.a.observed)
            .or_else(|| unknown_of(&host.host, &host.aaaa.observed))
    });
    lost.unwrap_or(Observed::present(false))
}

fn has_address(host: &MxHost) -> bool {
    host.a.value().is_some_and(|all| !all.is_empty())
        || host.aaaa.value().is_some_and(|all| !all.is_empty())
}

fn unknown_of<T>(host: &str, addresses: &Observed<T>) -> Option<Observed<bool>> {
    match addresses {
        Observed::Unknown { cause, detail } => {
            let told = if detail.is_empty() {
                cause.as_str()
            } else {
                detail
            };
            Some(Observed::unknown(*cause, format!("{host}: {told}")))
        }
        Observed::Present { .. } | Observed::Absent { .. } => None,
    }
}

/// How many servers the records name, each once, and how many of them were not looked at.
pub fn counts(records: &Answer<Vec<MxRecord>>, hosts: &[MxHost]) -> (u32, u32) {
    let named: BTreeSet<String> = records
        .value()
        .into_iter()
        .flatten()
        .filter(|record| !is_null(record))
        .map(|record| record.exchange.to_ascii_lowercase())
        .collect();
    let limit = |host: &&MxHost| {
        matches!(
            host.a.observed,
            Observed::Unknown {
                cause: Cause::LimitReached,
                ..
            }
        )
    };
    let seen = hosts.len() - hosts.iter().filter(limit).count();
    let missing = named.len().saturating_sub(seen);
    let count = |number| u32::try_from(number).unwrap_or(u32::MAX);
    (count(named.len()), count(missing))
}

/// What is wrong with the MX records, whatever their hosts are.
pub fn defects(records: &Answer<Vec<MxRecord>>) -> Vec<Defect> {
    let Some(records) = records.value() else {
        return Vec::new();
    };
    let mut defects = Vec::new();
    if records.iter().any(is_null) && !null_mx(records) {
        let text = "a null MX stands beside other MX records";
        defects.push(Defect::fatal("mx-null-beside-others", text, NULL_MX));
    }
    let mut seen = BTreeSet::new();
    for record in records {
        defects.extend(record_defect(record));
        if !seen.insert(record.exchange.to_ascii_lowercase()) {
            let text = format!("{} is listed more than once", record.exchange);
            defects.push(Defect::minor("mx-duplicate", text, EXCHANGE));
        }
    }
    defects
}

fn record_defect(record: &MxRecord) -> Option<Defect> {
    let name = record.exchange.to_ascii_lowercase();
    if is_null(record) {
        return (record.preference != 0).then(|| {
            let text = format!(
                "the null MX has preference {} instead of 0",
                record.preference
            );
            Defect::minor("mx-null-preference", text, NULL_MX)
        });
    }
    if is_address(&name) {
        let text = format!("{name} is an address, where a host name has to stand");
        return Some(Defect::minor("mx-address-literal", text, EXCHANGE));
    }
    (name == "localhost" || name.ends_with(".localhost")).then(|| {
        let text = format!("{name} is every host itself");
        Defect::minor("mx-localhost", text, "RFC 6761 §6.3")
    })
}

/// The certificates that a server shows, in the order of its addresses, each with the addresses where it does.
pub fn certificates(host: &MxHost) -> Vec<ServedCertificate> {
    let mut served: Vec<ServedCertificate> = Vec::new();
    for address in &host.addresses {
        let tls = address
            .session
            .value()
            .and_then(|session| session.tls.value());
        let Some(leaf) = tls.and_then(|tls| tls.chain.certificates.first()) else {
            continue;
        };
        match served.iter_mut().find(|one| one.sha256 == leaf.sha256) {
            Some(one) => one.addresses.push(address.ip),
            None => served.push(ServedCertificate {
                sha256: leaf.sha256.clone(),
                addresses: vec![address.ip],
            }),
        }
    }
    served
}

/// What is wrong with one mail server's name: an alias, or no address.
pub fn host_defects(host: &MxHost) -> Vec<Defect> {
    let mut defects = Vec::new();
    let aliases = [&host.a.aliases, &host.aaaa.aliases];
    if let Some(target) = aliases.into_iter().find_map(|chain| chain.last()) {
        let text = format!("{} is an alias of {target}", host.host);
        defects.push(Defect::minor("mx-alias", text, "RFC 2181 §10.3"));
    }
    let settled = !host.a.observed.is_unknown() && !host.aaaa.observed.is_unknown();
    if settled && !has_address(host) {
        let text = format!("{} has no address", host.host);
        defects.push(Defect::minor("mx-no-address", text, EXCHANGE));
    }
    defects
}

fn is_null(record: &MxRecord) -> bool {
    matches!(record.exchange.as_str(), "." | "")
}

/// Whether the name is an address as text, with or without the brackets of RFC 5321 §4.1.3.
fn is_address(name: &str) -> bool {
    let inner = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(name);
    let inner = inner.strip_prefix("ipv6:").unwrap_or(inner);
    inner.trim_end_matches('.').parse::<IpAddr>().is_ok()
}

/// What an address is for. IPv6 addresses that carry an IPv4 address are judged by that one, except that
/// an IPv4-mapped address is never global.
pub fn scope(ip: IpAddr) -> AddressScope {
    match ip {
        IpAddr::V4(ip) => scope4(ip),
        IpAddr::V6(ip) => scope6(ip),
    }
}

type Block<T> = (T, u32, AddressScope);

/// The IPv4 special-purpose registry, as far as its blocks are not global; the first that fits counts.
const BLOCKS4: [Block<[u8; 4]>; 17] = [
    ([0, 0, 0, 0], 8, AddressScope::Reserved),
    ([10, 0, 0, 0], 8, AddressScope::Private),
    ([100, 64, 0, 0], 10, AddressScope::Shared),
    ([127, 0, 0, 0], 8, AddressScope::Loopback),
    ([169, 254, 0, 0], 16, AddressScope::LinkLocal),
    ([172, 16, 0, 0], 12, AddressScope::Private),
    // Port Control Protocol and TURN anycast are the global ones among protocol assignments.
    ([192, 0, 0, 9], 32, AddressScope::Global),
    ([192, 0, 0, 10], 32, AddressScope::Global),
    ([192, 0, 0, 0], 24, AddressScope::Reserved),
    ([192, 0, 2, 0], 24, AddressScope::Documentation),
    ([192, 88, 99, 0], 24, AddressScope::Reserved),
    ([192, 168, 0, 0], 16, AddressScope::Private),
    ([198, 18, 0, 0], 15, AddressScope::Benchmarking),
    ([198, 51, 100, 0], 24, AddressScope::Documentation),
    ([203, 0, 113, 0], 24, AddressScope::Documentation),
    ([224, 0, 0, 0], 4, AddressScope::Reserved),
    ([240, 0, 0, 0], 4, AddressScope::Reserved),
];

/// The IPv6 special-purpose registry, without the blocks that carry IPv4 addresses; the first block that
/// fits counts.
const BLOCKS6: [Block<[u16; 8]>; 21] = [
    ([0, 0, 0, 0, 0, 0, 0, 1], 128, AddressScope::Loopback),
    ([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, AddressScope::Private),
    ([0x2001, 1, 0, 0, 0, 0, 0, 1], 128, AddressScope::Global),
    ([0x2001, 1, 0, 0, 0, 0, 0, 2], 128, AddressScope::Global),
    ([0x2001, 1, 0, 0, 0, 0, 0, 3], 128, AddressScope::Global),
    (
        [0x2001, 2, 0, 0, 0, 0, 0, 0],
        48,
        AddressScope::Benchmarking,
    ),
    ([0x2001, 3, 0, 0, 0, 0, 0, 0], 32, AddressScope::Global),
    ([0x2001, 4, 0x112, 0, 0, 0, 0, 0], 48, AddressScope::Global),
    ([0x2001, 0x20, 0, 0, 0, 0, 0, 0], 28, AddressScope::Global),
    ([0x2001, 0x30, 0, 0, 0, 0, 0, 0], 28, AddressScope::Global),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, AddressScope::Reserved),
    (
        [0x2001, 0xdb8, 0, 0, 0, 0, 0, 0],
        32,
        AddressScope::Documentation,
    ),
    (
        [0x3fff, 0, 0, 0, 0, 0, 0, 0],
        20,
        AddressScope::Documentation,
    ),
    ([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, AddressScope::Private),
    ([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, AddressScope::LinkLocal),
    // Site-local addresses (RFC 3879) were private ones.
    ([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, AddressScope::Private),
    ([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, AddressScope::Reserved),
    ([0x100, 0, 0, 0, 0, 0, 0, 0], 64, AddressScope::Reserved),
    ([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16, AddressScope::Reserved),
    // Global unicast so far; everything else is not assigned.
    ([0x2000, 0, 0, 0, 0, 0, 0, 0], 3, AddressScope::Global),
    ([0, 0, 0, 0, 0, 0, 0, 0], 0, AddressScope::Reserved),
];

fn scope4(ip: Ipv4Addr) -> AddressScope {
    let bits = u32::from(ip);
    BLOCKS4
        .iter()
        .find(|(block, prefix, _)| (bits ^ u32::from_be_bytes(*block)) >> (32 - prefix) == 0)
        .map_or(AddressScope::Global, |(_, _, scope)| *scope)
}

fn scope6(ip: Ipv6Addr) -> AddressScope {
    if let Some(inner) = ip.to_ipv4_mapped() {
        let scope = scope4(inner);
        let global = scope == AddressScope::Global;
        return if global {
            AddressScope::Reserved
        } else {
            scope
        };
    }
    if let Some(inner) = carried(ip) {
        return scope4(inner);
    }
    let bits = u128::from(ip);
    BLOCKS6
        .iter()
        .find(|(block, prefix, _)| {
            let block = u128::from(Ipv6Addr::from(*block));
            (bits ^ block).checked_shr(128 - prefix).unwrap_or(0) == 0
        })
        .map_or(AddressScope::Global, |(_, _, scope)| *scope)
}

/// The IPv4 address inside a NAT64 (RFC 6052 §2.1) or 6to4 address (RFC 3056 §2).
fn carried(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let join = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match ip.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(join(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
