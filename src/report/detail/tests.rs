//! Tests of what is told of a finding.

use super::super::sample;
use super::*;
use crate::results::outcome::Level;
use serde_json::json;

fn failed(reason: &str, items: &[(&str, &str)]) -> Finding {
    let mut finding = sample::finding("spf-rule", "Title", Level::Must, Outcome::Fail);
    finding.reason = reason.to_owned();
    let item = |&(name, reason): &(&str, &str)| Item {
        name: name.to_owned(),
        outcome: Outcome::Fail,
        reason: reason.to_owned(),
    };
    finding.items = items.iter().map(item).collect();
    finding
}

fn told(finding: &Finding, label: &str) -> Vec<String> {
    let details = of(finding, None, Depth::BRIEF);
    let found = details.into_iter().find(|detail| detail.label == label);
    found.map(|detail| detail.lines).unwrap_or_default()
}

#[test]
fn reason_and_items_share_what_there_is_to_say() {
    for (reason, items, head, listed) in [
        ("late", &[][..], "late", 0),
        ("mx1: late", &[("mx1", "late")], "mx1: late", 0),
        ("too slow", &[("mx1", "late")], "too slow", 1),
        (
            "2 of 3: mx1: late; mx2: shut",
            &[("mx1", "late"), ("mx2", "shut")],
            "2 of 3 fail",
            2,
        ),
        (
            "mx1: late; mx2: shut",
            &[("mx1", "late"), ("mx2", "shut")],
            "",
            2,
        ),
        (
            "3 of 3: mx1: late; mx2: shut; and 1 more",
            &[("mx1", "late"), ("mx2", "shut"), ("mx3", "late")],
            "3 of 3 fail",
            2,
        ),
        // What can't be taken apart stays whole, and only the rest is listed.
        (
            "mx1: late; mx2: shut; and more",
            &[("mx1", "late"), ("mx2", "shut"), ("mx3", "gone")],
            "mx1: late; mx2: shut; and more",
            1,
        ),
    ] {
        let finding = failed(reason, items);
        assert_eq!(told(&finding, "reason").concat(), head, "{reason}");
        assert_eq!(told(&finding, "items").len(), listed, "{reason}");
    }
}

#[test]
fn many_items_and_facts_are_cut_and_counted() {
    let names: Vec<String> = (0..40).map(|number| format!("mx{number}")).collect();
    let items: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), &**name)).collect();
    let listed = failed("all", &items);
    let mut finding = failed("all", &[]);
    let fact = |number| Evidence {
        pointer: format!("/{number}"),
        value: json!("x".repeat(999)),
    };
    finding.evidence = (0..9).map(fact).collect();
    let items = told(&listed, "items");
    assert_eq!((items.len(), items[8].as_str()), (9, "… and 32 more"));
    let evidence = told(&finding, "evidence");
    assert!(evidence[0].starts_with("/6 = \"xxx") && evidence[0].ends_with("x…"));
    assert_eq!((evidence.len(), evidence[3].as_str()), (4, "… and 6 more"));
}

#[test]
fn a_text_to_publish_stands_in_place_of_advice_and_is_ready_to_copy() {
    let mut finding = failed("2 records", &[]);
    finding.correction = Some(Correction {
        area: "spf".to_owned(),
        name: "example.org".to_owned(),
        rtype: "TXT".to_owned(),
        text: format!("v=spf1 {} -all", "ip4:192.0.2.1 ".repeat(20)),
        changes: vec!["2 records become one".to_owned()],
        after: None,
    });
    let lines = told(&finding, "publish");
    assert!(
        lines[0].starts_with("example.org. TXT \"v=spf1 ip4:"),
        "{lines:?}"
    );
    assert_eq!(lines[0].matches("\" \"").count(), 1, "{lines:?}");
    assert_eq!(lines[1], "(2 records become one)");
    assert_eq!(strings("a\"b\\"), "\"a\\\"b\\\\\"");
}

#[test]
fn a_broken_rule_names_its_place_at_once() {
    let mut finding = failed("no such member", &[]);
    finding.position = "rules/spf.rhai:31:17".to_owned();
    assert!(told(&finding, "position").is_empty());
    finding.outcome = Outcome::Error;
    assert_eq!(told(&finding, "position"), ["rules/spf.rhai:31:17"]);
}
