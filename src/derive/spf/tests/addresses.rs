//! What the lookups of `a`, `mx` and `exists` come to: addresses that pass, and void lookups.

use super::*;

/// What the terms of a tree lead to: name, type and data, `-` for nothing, `?` for no answer.
fn lookups(found: &[(&str, &str, &str)]) -> Vec<Answer<Vec<String>>> {
    let answer = |(name, rtype, data): &(&str, &str, &str)| Answer {
        name: (*name).to_owned(),
        rtype: (*rtype).to_owned(),
        observed: match *data {
            "-" => Observed::absent(Proof::NoData),
            "?" => Observed::unknown(Cause::Timeout, ""),
            data => Observed::present(data.split(' ').map(str::to_owned).collect()),
        },
        ttl_seconds: None,
        aliases: Vec::new(),
        dnssec: Dnssec::new(DnssecState::Insecure, ""),
    };
    found.iter().map(answer).collect()
}

#[test]
fn wide_networks_are_those_that_pass_for_the_target() {
    let mut tree = tree(&[
        (
            "t.example",
            Txt(
                "v=spf1 ip4:10.0.0.0/8 ip4:10.0.0.0/9 -ip4:9.0.0.0/8 ip6:2001::/16 a/1 mx:m.example/24//0 \
                 include:i.example ?include:n.example ~all ip4:1.0.0.0/8",
            ),
        ),
        (
            "i.example",
            Txt("v=spf1 ip4:8.0.0.0/7 ip4:11.0.0.0/8 ~ip4:2.0.0.0/8 ptr"),
        ),
        ("n.example", Txt("v=spf1 ip4:3.0.0.0/8")),
    ]);
    let found = evaluate(
        &mut tree,
        &lookups(&[
            ("t.example", "A", "192.0.2.1"),
            ("t.example", "AAAA", "-"),
            ("m.example", "MX", "mx.m.example"),
            ("mx.m.example", "A", "-"),
            ("mx.m.example", "AAAA", "2001:db8::1"),
        ]),
    );
    let expected = ["8.0.0.0/8", "10.0.0.0/7", "128.0.0.0/1", "::/0"];
    assert_eq!(found.wide_networks, expected);
    assert!(found.authorized.everyone && found.uses_ptr);
    assert_eq!(found.authorized.open, ["ptr"]);
    let unreached = evaluated(&[("t.example", Txt("v=spf1 -all ptr ip4:0.0.0.0/0"))]);
    assert!(!unreached.uses_ptr && unreached.wide_networks.is_empty());
}

#[test]
fn addresses_that_pass_are_counted_by_first_match() {
    for (text, ipv4, ipv6, everyone) in [
        ("v=spf1 -all", 0, 0, false),
        ("v=spf1 +all", 1 << 32, u64::MAX / 2, true),
        ("v=spf1 ip4:192.0.2.0/24 -all", 256, 0, false),
        (
            "v=spf1 -ip4:192.0.2.0/25 ip4:192.0.2.0/24 -all",
            128,
            0,
            false,
        ),
        (
            "v=spf1 ip4:192.0.2.0/24 ip4:192.0.2.128/25 ip4:192.0.2.7 -all",
            256,
            0,
            false,
        ),
        (
            "v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all",
            1 << 32,
            0,
            true,
        ),
        ("v=spf1 ip4:1.2.3.4/0 -all", 1 << 32, 0, true),
        ("v=spf1 ip6:2001:db8::/32 -all", 0, 1 << 32, false),
        (
            "v=spf1 ip6:2001:db8::1 ip6:2001:db8:0:1::1 -all",
            0,
            2,
            false,
        ),
        ("v=spf1 include:i.example -all", 254, 0, false),
        ("v=spf1 ?include:i.example -all", 0, 0, false),
        (
            "v=spf1 -include:i.example ip4:192.0.2.0/24 -all",
            2,
            0,
            false,
        ),
        ("v=spf1 redirect=i.example", 254, 0, false),
        ("v=spf1 ~ip4:192.0.2.0/25 redirect=i.example", 127, 0, false),
        ("v=spf1 a -all", 1, 1, false),
        ("v=spf1 a/24//64 -all", 256, 1, false),
        ("v=spf1 mx:m.example/31 -all", 4, 0, false),
        ("v=spf1 exists:t.example -all", 1 << 32, u64::MAX / 2, true),
        ("v=spf1 exists:%{i}.t.example -all", 0, 0, false),
    ] {
        let mut tree = tree(&[
            ("t.example", Txt(text)),
            (
                "i.example",
                Txt("v=spf1 -ip4:192.0.2.0 -ip4:192.0.2.255 ip4:192.0.2.0/24 ?all"),
            ),
        ]);
        let answers = lookups(&[
            ("t.example", "A", "203.0.113.7"),
            ("t.example", "AAAA", "2001:db8::7"),
            ("m.example", "MX", "a.example b.example"),
            ("a.example", "A", "192.0.2.1"),
            ("a.example", "AAAA", "-"),
            ("b.example", "A", "192.0.2.2"),
            ("b.example", "AAAA", "-"),
        ]);
        let found = evaluate(&mut tree, &answers).authorized;
        let seen = (found.ipv4_addresses, found.ipv6_networks, found.everyone);
        assert_eq!(seen, (ipv4, ipv6, everyone), "{text}: {found:?}");
        assert!(found.unsettled.is_empty(), "{text}");
    }
}

#[test]
fn void_lookups_are_counted_for_each_family_of_senders() {
    let answers = lookups(&[
        ("four.example", "A", "192.0.2.1"),
        ("four.example", "AAAA", "-"),
        ("none.example", "A", "-"),
        ("none.example", "AAAA", "-"),
        ("none.example", "MX", "-"),
        ("two.example", "MX", "none.example four.example"),
    ]);
    for (text, voids, status) in [
        ("v=spf1 a:four.example -all", [0, 1], SpfStatus::Policy),
        (
            "v=spf1 a:four.example a:four.example a:four.example -all",
            [0, 3],
            SpfStatus::Policy,
        ),
        (
            "v=spf1 a:none.example mx:none.example exists:none.example -all",
            [3, 3],
            SpfStatus::Permerror,
        ),
        ("v=spf1 mx:two.example -all", [0, 0], SpfStatus::Policy),
        (
            "v=spf1 ip4:0.0.0.0/0 a:none.example a:none.example a:none.example -all",
            [0, 3],
            SpfStatus::Policy,
        ),
        ("v=spf1 -all a:none.example", [0, 0], SpfStatus::Policy),
    ] {
        let mut tree = tree(&[("t.example", Txt(text))]);
        let found = evaluate(&mut tree, &answers);
        let cost = found.cost;
        assert_eq!(
            [cost.void_lookups_ipv4, cost.void_lookups_ipv6],
            voids,
            "{text}"
        );
        assert_eq!(found.status, status, "{text}: {}", found.reason);
        assert_eq!(found.void_lookups, voids[0].max(voids[1]), "{text}");
        assert_eq!(tree[0].cost, cost, "{text}");
        let told = found.reason.contains("receivers stop after 2");
        assert_eq!(told, voids.contains(&3), "{text}: {}", found.reason);
    }
}

#[test]
fn lookups_behind_a_term_that_fits_a_whole_family_do_not_count_for_it() {
    let found = evaluated(&[("t.example", Txt("v=spf1 mx ip4:0.0.0.0/0 a a -all"))]);
    let SpfCost {
        lookups,
        lookups_ipv4,
        lookups_ipv6,
        ..
    } = found.cost;
    assert_eq!((lookups, lookups_ipv4, lookups_ipv6), (3, 1, 3));
}

#[test]
fn servers_beyond_the_tenth_are_a_permerror() {
    let names = |count: usize| {
        let names: Vec<String> = (0..count).map(|n| format!("m{n}.example")).collect();
        names.join(" ")
    };
    for (count, status) in [(10, SpfStatus::Policy), (11, SpfStatus::Permerror)] {
        let mut tree = tree(&[("t.example", Txt("v=spf1 mx -all"))]);
        let found = evaluate(&mut tree, &lookups(&[("t.example", "MX", &names(count))]));
        assert_eq!(found.status, status, "{count}: {}", found.reason);
    }
}

#[test]
fn a_lookup_without_an_answer_leaves_the_policy_open() {
    let mut tree = tree(&[("t.example", Txt("v=spf1 a -all"))]);
    let found = evaluate(
        &mut tree,
        &lookups(&[("t.example", "A", "?"), ("t.example", "AAAA", "-")]),
    );
    assert_eq!(found.status, SpfStatus::Temperror);
    assert_eq!(found.authorized.unsettled, ["t.example"]);
    assert_eq!(found.default_result, Observed::present(Qualifier::Fail));
}

#[test]
fn a_term_that_stands_there_again_costs_again_and_fits_nobody_new() {
    let terms = "a:n.example -ip4:198.51.100.1 ip4:198.51.100.0/24 ".repeat(3000);
    let text: &'static str = format!("v=spf1 {terms} -all").leak();
    let mut tree = tree(&[("t.example", Txt(text))]);
    let answers = lookups(&[("n.example", "A", "192.0.2.1"), ("n.example", "AAAA", "-")]);
    let found = evaluate(&mut tree, &answers);
    assert_eq!(found.cost.lookups, 3000);
    assert_eq!(found.cost.void_lookups_ipv6, 3000);
    assert_eq!(found.authorized.ipv4_addresses, 256);
}
