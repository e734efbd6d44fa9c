//! The cases of RFC 5321 §5.1 and RFC 7505, and every special block of addresses.

use super::*;
use crate::facts::{
    dns::{Dnssec, DnssecState},
    observed::{Cause, Proof},
    tlsa::{Dane, DaneVerdict, Rollover},
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
            rollover: Rollover::default(),
            duplicates: Vec::new(),
        },
        certificates: Vec::new(),
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

#[test]
fn servers_are_counted_once_and_the_cut_is_declared() {
    let gone = || {
        host(
            Observed::absent(Proof::Nxdomain),
            Observed::absent(Proof::Nxdomain),
        )
    };
    let mut cut = gone();
    cut.a.observed = Observed::unknown(Cause::LimitReached, "");
    let three = list(&[
        (10, "a.test"),
        (10, "b.test"),
        (20, "A.test"),
        (30, "c.test"),
    ]);
    assert_eq!(counts(&three, &[gone(), gone(), gone()]), (3, 0));
    assert_eq!(counts(&three, &[gone(), cut]), (3, 2));
    assert_eq!(counts(&list(&[(0, ".")]), &[]), (0, 0));
    assert_eq!(counts(&list(&[(0, "."), (1, "a.test")]), &[gone()]), (1, 0));
    assert_eq!(
        counts(&answer(Observed::absent(Proof::NoData)), &[gone()]),
        (0, 0)
    );
}
