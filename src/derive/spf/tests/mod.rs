//! What `derive::spf` promises of trees of records.

mod addresses;

use super::*;
use crate::facts::dns::{Answer, Dnssec, DnssecState};
use crate::records::spf::{parse, unique_record};

/// What is published at a domain.
#[derive(Clone, Copy)]
enum Zone {
    Txt(&'static str),
    Two,
    Other,
    Nxdomain,
    Timeout,
}
use Zone::{Nxdomain, Other, Timeout, Two, Txt};

fn node(domain: &str, parent: Option<usize>, via: &str, zone: Zone) -> SpfNode {
    let observed = match zone {
        Txt(text) => Observed::present(vec![text.to_owned()]),
        Two => Observed::present(vec!["v=spf1 a".to_owned(), "v=spf1 mx".to_owned()]),
        Other => Observed::present(Vec::new()),
        Nxdomain => Observed::absent(Proof::Nxdomain),
        Timeout => Observed::unknown(Cause::Timeout, ""),
    };
    let records = Answer {
        name: domain.to_owned(),
        rtype: "TXT".to_owned(),
        observed,
        ttl_seconds: None,
        aliases: Vec::new(),
        dnssec: Dnssec::new(DnssecState::Insecure, ""),
    };
    SpfNode {
        domain: domain.to_owned(),
        parent,
        via: via.to_owned(),
        depth: u32::from(parent.is_some()),
        qualifier: None,
        record: unique_record(&records),
        records,
        cost: SpfCost::default(),
    }
}

/// The tree that a collector leaves behind: depth first, no domain below itself, what the zones do
/// not have left out.
fn tree(zones: &[(&str, Zone)]) -> Vec<SpfNode> {
    fn grow(tree: &mut Vec<SpfNode>, zones: &[(&str, Zone)], path: &mut Vec<String>) {
        let here = tree.len() - 1;
        let Some(record) = tree[here].record.value().cloned() else {
            return;
        };
        for Child { via, domain, .. } in children(&record) {
            let found = zones.iter().find(|(name, _)| *name == domain);
            if let Some((_, zone)) = found.filter(|_| !path.contains(&domain)) {
                tree.push(node(&domain, Some(here), via, *zone));
                path.push(domain);
                grow(tree, zones, path);
                path.pop();
            }
        }
    }
    let mut tree = vec![node(zones[0].0, None, "target", zones[0].1)];
    grow(&mut tree, zones, &mut vec![zones[0].0.to_owned()]);
    tree
}

fn evaluated(zones: &[(&str, Zone)]) -> SpfEvaluation {
    evaluate(&mut tree(zones), &[])
}

/// What is published where, and the status and the words that it comes to.
type Case = (&'static [(&'static str, Zone)], SpfStatus, &'static str);

const STATUSES: &[Case] = &[
    (
        &[("t.example", Txt("v=spf1 mx -all"))],
        SpfStatus::Policy,
        "1 of 10 lookups",
    ),
    (&[("t.example", Other)], SpfStatus::None, "no SPF record"),
    (
        &[("t.example", Nxdomain)],
        SpfStatus::None,
        "does not exist",
    ),
    (&[("t.example", Two)], SpfStatus::Permerror, "2 SPF records"),
    (&[("t.example", Timeout)], SpfStatus::Temperror, "timeout"),
    (
        &[("t.example", Txt("v=spf1 moo -all"))],
        SpfStatus::Permerror,
        "no mechanism `moo`",
    ),
    (
        &[
            ("t.example", Txt("v=spf1 include:a.example -all")),
            ("a.example", Txt("v=spf1 -all")),
        ],
        SpfStatus::Policy,
        "1 of",
    ),
    (
        &[
            ("t.example", Txt("v=spf1 include:a.example -all")),
            ("a.example", Other),
        ],
        SpfStatus::Permerror,
        "`include` leads to a.example: the domain has no SPF",
    ),
    (
        &[
            ("t.example", Txt("v=spf1 include:a.example -all")),
            ("a.example", Nxdomain),
        ],
        SpfStatus::Permerror,
        "does not exist",
    ),
    (
        &[
            ("t.example", Txt("v=spf1 include:a.example -all")),
            ("a.example", Two),
        ],
        SpfStatus::Permerror,
        "2 SPF records",
    ),
    (
        &[
            ("t.example", Txt("v=spf1 include:a.example -all")),
            ("a.example", Txt("v=spf1 a/33")),
        ],
        SpfStatus::Permerror,
        "the record of a.example is not valid",
    ),
    (
        &[
            ("t.example", Txt("v=spf1 include:a.example -all")),
            ("a.example", Timeout),
        ],
        SpfStatus::Temperror,
        "a.example could not be looked up: timeout",
    ),
    (
        &[("t.example", Txt("v=spf1 include:a.example -all"))],
        SpfStatus::Temperror,
        "a.example was not looked up",
    ),
    (
        &[
            ("t.example", Txt("v=spf1 redirect=a.example")),
            ("a.example", Other),
        ],
        SpfStatus::Permerror,
        "`redirect` leads to a.example",
    ),
    (
        &[
            ("t.example", Txt("v=spf1 ~all redirect=a.example")),
            ("a.example", Other),
        ],
        SpfStatus::Policy,
        "0 of 10",
    ),
    (
        &[
            ("t.example", Txt("v=spf1 -all include:a.example")),
            ("a.example", Nxdomain),
        ],
        SpfStatus::Policy,
        "0 of 10",
    ),
    (
        &[("t.example", Txt("v=spf1 include:a..example -all"))],
        SpfStatus::Permerror,
        "can't be looked up",
    ),
    (
        &[("t.example", Txt("v=spf1 include:%{i}.a.example -all"))],
        SpfStatus::Policy,
        "`include` of `%{i}.a.example`",
    ),
    (
        &[("t.example", Txt("v=spf1 include:t.example"))],
        SpfStatus::Permerror,
        "leads back to t.example",
    ),
    (
        &[("t.example", Txt("v=spf1 redirect=T.Example."))],
        SpfStatus::Permerror,
        "leads back to t.example",
    ),
    (
        &[
            ("t.example", Txt("v=spf1 include:a.example")),
            ("a.example", Txt("v=spf1 include:t.example")),
        ],
        SpfStatus::Permerror,
        "leads back",
    ),
    (
        &[
            (
                "t.example",
                Txt("v=spf1 include:a.example include:b.example"),
            ),
            ("a.example", Timeout),
            ("b.example", Other),
        ],
        SpfStatus::Permerror,
        "b.example",
    ),
    (
        &[
            (
                "t.example",
                Txt("v=spf1 include:a.example a a a a a a a a a a"),
            ),
            ("a.example", Timeout),
        ],
        SpfStatus::Permerror,
        "11 lookups",
    ),
];

#[test]
fn the_status_is_the_worst_that_a_check_can_come_to() {
    for (zones, status, words) in STATUSES {
        let found = evaluated(zones);
        let shown = match zones[0].1 {
            Txt(text) => text,
            Two | Other | Nxdomain | Timeout => "",
        };
        assert_eq!(found.status, *status, "{shown}: {}", found.reason);
        assert!(found.reason.contains(words), "{shown}: {}", found.reason);
    }
    assert_eq!(evaluate(&mut [], &[]).status, SpfStatus::Temperror);
}

#[test]
fn lookups_are_counted_once_a_term_that_can_be_reached() {
    let inner = ("i.example", Txt("v=spf1 a a a a a a a a"));
    for (text, lookups, status) in [
        (
            "v=spf1 all ip4:192.0.2.1 ip6:::1 exp=e.example",
            0,
            SpfStatus::Policy,
        ),
        (
            "v=spf1 a mx ptr exists:e.example -all mx",
            4,
            SpfStatus::Policy,
        ),
        ("v=spf1 a/24 +a -all", 2, SpfStatus::Policy),
        (
            "v=spf1 a mx a mx a mx a mx a ptr ip4:1.2.3.4 -all",
            10,
            SpfStatus::Policy,
        ),
        (
            "v=spf1 a mx a mx a mx a mx a ptr a ip4:1.2.3.4 -all",
            11,
            SpfStatus::Permerror,
        ),
        ("v=spf1 a include:i.example mx", 11, SpfStatus::Permerror),
        ("v=spf1 a include:i.example -all", 10, SpfStatus::Policy),
        ("v=spf1 redirect=i.example", 9, SpfStatus::Policy),
        (
            "v=spf1 include:i.example ?include:i.example",
            18,
            SpfStatus::Permerror,
        ),
        (
            "v=spf1 include:%{d}.example exists:%{i}.example",
            2,
            SpfStatus::Policy,
        ),
        ("v=spf1 include:t.example", 11, SpfStatus::Permerror),
    ] {
        let found = evaluated(&[("t.example", Txt(text)), inner]);
        assert_eq!((found.lookups, found.status), (lookups, status), "{text}");
    }
}

#[test]
fn names_without_an_answer_are_void() {
    let found = evaluated(&[
        (
            "t.example",
            Txt(
                "v=spf1 include:a.example include:b.example include:c.example include:d.example -all",
            ),
        ),
        ("a.example", Nxdomain),
        ("b.example", Nxdomain),
        ("c.example", Nxdomain),
        ("d.example", Other),
    ]);
    assert_eq!(
        (found.void_lookups, found.status),
        (3, SpfStatus::Permerror)
    );
    assert!(found.reason.ends_with("; and 1 more"), "{}", found.reason);
}

#[test]
fn the_default_is_the_all_that_is_reached() {
    use Qualifier::{Fail, Neutral, Pass, Softfail};
    let zones = [
        ("open.example", Txt("v=spf1 +all")),
        ("shut.example", Txt("v=spf1 -all")),
        ("bare.example", Txt("v=spf1 mx")),
        ("on.example", Txt("v=spf1 redirect=shut.example")),
        ("late.example", Timeout),
        ("none.example", Other),
    ];
    for (text, expected) in [
        ("v=spf1 mx -all", Some(Fail)),
        ("v=spf1 ~all -all", Some(Softfail)),
        ("v=spf1 mx", Some(Neutral)),
        ("v=spf1 all", Some(Pass)),
        ("v=spf1 redirect=shut.example", Some(Fail)),
        ("v=spf1 redirect=on.example", Some(Fail)),
        ("v=spf1 redirect=bare.example", Some(Neutral)),
        ("v=spf1 redirect=open.example ~all", Some(Softfail)),
        ("v=spf1 include:shut.example ~all", Some(Softfail)),
        ("v=spf1 include:open.example -all", Some(Pass)),
        ("v=spf1 ?include:open.example -all", Some(Neutral)),
        ("v=spf1 include:bare.example", Some(Neutral)),
        ("v=spf1 include:%{i}.example ~all", Some(Softfail)),
        ("v=spf1 include:none.example -all", Some(Fail)),
        ("v=spf1 a a a a a a a a a a a -all", Some(Fail)),
        ("v=spf1 -all include:late.example", Some(Fail)),
        ("v=spf1 include:late.example -all", None),
        ("v=spf1 redirect=late.example", None),
        ("v=spf1 redirect=%{d}.example", None),
    ] {
        let own = ("t.example", Txt(text));
        let found = evaluated(&[&[own], &zones[..]].concat()).default_result;
        match expected {
            Some(qualifier) => assert_eq!(found, Observed::present(qualifier), "{text}"),
            None => assert!(found.is_unknown(), "{text}: {found:?}"),
        }
    }
    for text in [
        "v=spf1 moo -all",
        "v=spf1 redirect=none.example",
        "v=spf1 redirect=t.example",
    ] {
        let own = ("t.example", Txt(text));
        let found = evaluated(&[&[own], &zones[..]].concat()).default_result;
        assert!(found.is_absent(), "{text}: {found:?}");
    }
    assert!(
        evaluated(&[("t.example", Other)])
            .default_result
            .is_absent()
    );
    assert!(
        evaluated(&[("t.example", Timeout)])
            .default_result
            .is_unknown()
    );
}

#[test]
fn children_are_the_records_that_have_to_be_fetched() {
    let found = |raw| {
        let children = children(&parse(raw)).into_iter();
        children
            .map(|it| format!("{} {}", it.via, it.domain))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        found(
            "v=spf1 include:B.Example. a:x.example include:%{d}.example include:c..example ?include:a.example include:b.example redirect=a.example"
        ),
        [
            "include b.example",
            "include a.example",
            "redirect a.example"
        ]
    );
    assert_eq!(
        found("v=spf1 include:a.example -all include:b.example redirect=c.example"),
        ["include a.example"]
    );
    assert!(found("v=spf1 include:a.example moo").is_empty());
}

#[test]
fn a_record_that_the_tree_holds_elsewhere_is_taken_from_there() {
    let mut tree = [
        node(
            "t.example",
            None,
            "target",
            Txt("v=spf1 include:a.example redirect=b.example"),
        ),
        node(
            "a.example",
            Some(0),
            "include",
            Txt("v=spf1 include:b.example"),
        ),
        node("b.example", Some(1), "include", Txt("v=spf1 mx -all")),
    ];
    let found = evaluate(&mut tree, &[]);
    assert_eq!((found.status, found.lookups), (SpfStatus::Policy, 5));
    assert_eq!(found.default_result, Observed::present(Qualifier::Fail));
}

#[test]
fn a_wide_or_deep_tree_ends_soon() {
    let names: Vec<String> = (0..5000).map(|index| format!("n{index}.example")).collect();
    let mut chain: Vec<SpfNode> = names
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let mut node = node(name, index.checked_sub(1), "include", Other);
            let next = format!("n{}.example", index + 1);
            node.record =
                Observed::present(parse(&format!("v=spf1 include:{next} ?include:{next}")));
            node
        })
        .collect();
    let found = evaluate(&mut chain, &[]);
    assert_eq!(found.status, SpfStatus::Permerror);
    assert_eq!(found.lookups, u32::MAX);
}
