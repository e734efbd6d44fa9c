//! What MX records and addresses come to: who receives mail, and what is wrong with that
//! (RFC 5321 §5.1, RFC 7505, RFC 2181 §10.3, the IANA special-purpose address registries).

use crate::facts::{
    defect::Defect,
    dns::Answer,
    mx::{AddressScope, MxHost, MxRecord},
    observed::Observed,
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
mod tests {
    use super::*;
    use crate::facts::{
        dns::{Dnssec, DnssecState},
        observed::{Cause, Proof},
        tlsa::{Dane, DaneVerdict},
    };

    fn answer<T>(observed: Observed<T>) -> Answer<T> {
        Answer {
            name: "x.test".to_owned(),
            rtype: "MX".to_owned(),
            observed,
            ttl_seconds: None,
            aliases: Vec::new(),
            dnssec: Dnssec::new(DnssecState::Insecure, ""),
        }
    }

    fn host(a: Observed<Vec<Ipv4Addr>>, aaaa: Observed<Vec<Ipv6Addr>>) -> MxHost {
        MxHost {
            preference: 10,
            host: "mx.x.test".to_owned(),
            a: answer(a),
            aaaa: answer(aaaa),
            addresses: Vec::new(),
            tlsa: answer(Observed::absent(Proof::NoData)),
            dane: Dane {
                verdict: DaneVerdict::None,
                reason: String::new(),
                matches: Vec::new(),
            },
            defects: Vec::new(),
        }
    }

    fn list(records: &[(u16, &str)]) -> Answer<Vec<MxRecord>> {
        let record = |&(preference, exchange): &(u16, &str)| MxRecord {
            preference,
            exchange: exchange.to_owned(),
        };
        answer(Observed::present(records.iter().map(record).collect()))
    }

    fn codes(defects: &[Defect]) -> Vec<&str> {
        defects.iter().map(|d| d.code.as_str()).collect()
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "one table of cases")]
    fn every_special_block_is_told_from_the_public_internet() {
        use AddressScope::{
            Benchmarking, Documentation, Global, LinkLocal, Loopback, Private, Reserved, Shared,
        };
        for (ip, expected) in [
            ("8.8.8.8", Global),
            ("0.0.0.0", Reserved),
            ("0.1.2.3", Reserved),
            ("1.0.0.0", Global),
            ("10.255.255.255", Private),
            ("11.0.0.0", Global),
            ("100.63.255.255", Global),
            ("100.64.0.1", Shared),
            ("100.127.255.255", Shared),
            ("100.128.0.0", Global),
            ("127.0.0.1", Loopback),
            ("169.254.1.1", LinkLocal),
            ("172.15.255.255", Global),
            ("172.16.0.1", Private),
            ("172.31.255.255", Private),
            ("172.32.0.0", Global),
            ("192.0.0.1", Reserved),
            ("192.0.0.9", Global),
            ("192.0.0.10", Global),
            ("192.0.0.11", Reserved),
            ("192.0.1.1", Global),
            ("192.0.2.1", Documentation),
            ("192.31.196.1", Global),
            ("192.52.193.1", Global),
            ("192.88.99.1", Reserved),
            ("192.168.0.1", Private),
            ("192.175.48.1", Global),
            ("198.17.255.255", Global),
            ("198.18.0.1", Benchmarking),
            ("198.19.255.255", Benchmarking),
            ("198.51.100.1", Documentation),
            ("203.0.113.255", Documentation),
            ("223.255.255.255", Global),
            ("224.0.0.1", Reserved),
            ("239.255.255.255", Reserved),
            ("240.0.0.1", Reserved),
            ("255.255.255.255", Reserved),
            ("::", Reserved),
            ("::1", Loopback),
            ("::192.0.2.1", Reserved),
            ("::ffff:10.0.0.1", Private),
            ("::ffff:127.0.0.1", Loopback),
            ("::ffff:8.8.8.8", Reserved),
            ("64:ff9b::8.8.8.8", Global),
            ("64:ff9b::10.0.0.1", Private),
            ("64:ff9b:1::1", Private),
            ("100::1", Reserved),
            ("100:0:0:1::1", Reserved),
            ("2001::1", Reserved),
            ("2001:1::1", Global),
            ("2001:1::2", Global),
            ("2001:1::3", Global),
            ("2001:1::4", Reserved),
            ("2001:2::1", Benchmarking),
            ("2001:3::1", Global),
            ("2001:4:112::1", Global),
            ("2001:10::1", Reserved),
            ("2001:20::1", Global),
            ("2001:30::1", Global),
            ("2001:db8::1", Documentation),
            ("2001:4860:4860::8888", Global),
            ("2002:808:808::1", Global),
            ("2002:a00:1::1", Private),
            ("2620:4f:8000::1", Global),
            ("3fff:fff:ffff::1", Documentation),
            ("3fff:1000::1", Global),
            ("4000::1", Reserved),
            ("5f00::1", Reserved),
            ("fc00::1", Private),
            ("fdff::1", Private),
            ("fe80::1", LinkLocal),
            ("febf::1", LinkLocal),
            ("fec0::1", Private),
            ("ff02::1", Reserved),
        ] {
            assert_eq!(scope(ip.parse().unwrap()), expected, "{ip}");
        }
    }

    #[test]
    fn faults_of_mx_records_are_listed() {
        for (records, null, expected) in [
            (vec![(10, "mx.x.test")], false, vec![]),
            (vec![(10, "a.test"), (10, "b.test")], false, vec![]),
            (vec![(0, ".")], true, vec![]),
            (vec![(10, ".")], true, vec!["mx-null-preference"]),
            (
                vec![(0, "."), (10, "mx.x.test")],
                false,
                vec!["mx-null-beside-others"],
            ),
            (vec![(10, "192.0.2.1")], false, vec!["mx-address-literal"]),
            (vec![(10, "[192.0.2.1]")], false, vec!["mx-address-literal"]),
            (
                vec![(10, "[IPv6:2001:db8::1]")],
                false,
                vec!["mx-address-literal"],
            ),
            (vec![(10, "localhost")], false, vec!["mx-localhost"]),
            (
                vec![(10, "mx.x.test"), (20, "MX.x.test")],
                false,
                vec!["mx-duplicate"],
            ),
            (vec![], false, vec![]),
        ] {
            let answer = list(&records);
            assert_eq!(codes(&defects(&answer)), expected, "{records:?}");
            assert_eq!(null_mx(answer.value().unwrap()), null, "{records:?}");
        }
    }

    #[test]
    fn a_domain_receives_where_a_server_has_an_address() {
        let here = || {
            host(
                Observed::present(vec![Ipv4Addr::LOCALHOST]),
                Observed::absent(Proof::NoData),
            )
        };
        let gone = || {
            host(
                Observed::absent(Proof::NoData),
                Observed::absent(Proof::NoData),
            )
        };
        let lost = || {
            host(
                Observed::absent(Proof::NoData),
                Observed::unknown(Cause::Timeout, ""),
            )
        };
        let no_mx = || answer(Observed::absent(Proof::NoData));
        let mx = || list(&[(10, "mx.x.test")]);
        let yes = Observed::present(true);
        let no = Observed::present(false);
        let unsettled = Observed::unknown(Cause::Timeout, "mx.x.test: timeout");
        for (records, hosts, expected) in [
            (mx(), vec![here()], &yes),
            (mx(), vec![gone(), here()], &yes),
            (mx(), vec![gone()], &no),
            (mx(), vec![gone(), lost()], &unsettled),
            (mx(), vec![lost(), here()], &yes),
            (list(&[(0, ".")]), vec![], &no),
            (list(&[(10, ".")]), vec![], &no),
            (no_mx(), vec![here()], &yes),
            (no_mx(), vec![gone()], &no),
            (no_mx(), vec![], &no),
        ] {
            assert_eq!(&receives(&records, &hosts), expected);
        }
        let servfail = answer(Observed::unknown(Cause::Servfail, ""));
        assert!(receives(&servfail, &[]).is_unknown());
        assert!(implicit(&no_mx(), &[here()]));
        assert!(!implicit(&no_mx(), &[gone()]));
        assert!(!implicit(&mx(), &[here()]));
        assert!(!implicit(&servfail, &[here()]));
    }

    #[test]
    fn a_server_that_is_an_alias_or_has_no_address_is_noted() {
        let mut alias = host(
            Observed::present(vec![Ipv4Addr::LOCALHOST]),
            Observed::absent(Proof::NoData),
        );
        alias.a.aliases = vec!["real.test".to_owned()];
        assert_eq!(codes(&host_defects(&alias)), ["mx-alias"]);
        let gone = host(
            Observed::absent(Proof::NoData),
            Observed::absent(Proof::Nxdomain),
        );
        assert_eq!(codes(&host_defects(&gone)), ["mx-no-address"]);
        let lost = host(
            Observed::absent(Proof::NoData),
            Observed::unknown(Cause::Timeout, ""),
        );
        assert!(host_defects(&lost).is_empty());
    }
}
