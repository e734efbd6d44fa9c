//! Policies that mean harm: each ends as an error within the limits, and no other rule notices.

use crate::policy::available_baselines;
use crate::policy::facts_for_tests::{evaluated, facts_with, load, rule};
use crate::policy::source::Source;
use crate::policy::{Policy, facts_for_tests};
use crate::results::outcome::Outcome;
use serde_json::json;
use std::thread;

/// Functions that the hostile rules call.
const HELPERS: &str = "\
    fn ping(n) { pong(n + 1) }\n\
    fn pong(n) { ping(n + 1) }\n\
    fn wrapped(f, n) { if n == 0 { f.call(1) } else { wrapped(|x| f.call(x) + 1, n - 1) } }\n\
    fn doubled(l, n) { if n == 0 { l } else { doubled([l, l], n - 1) } }\n\
    fn squared(l, n) { if n == 0 { l } else { squared(l.map(|x| l), n - 1) } }\n\
    fn longer(s, n) { if n == 0 { s } else { longer(s + s, n - 1) } }\n\
    fn inside(o, n) { if n == 0 { o } else { inside(#{ o: o, p: o }, n - 1) } }\n";

/// A body, and a part of what it ends with.
const HOSTILE: [(&str, &str, &str); 20] = [
    ("mutual-recursion", "ping(1);", "nested too deep"),
    (
        "recursion-by-each",
        "each([1], |x| ping(x));",
        "nested too deep",
    ),
    (
        "recursion-by-map",
        "let l = [1].map(|x| ping(x));",
        "nested too deep",
    ),
    (
        "closures-in-closures",
        "wrapped(|x| x, 40);",
        "nested too deep",
    ),
    ("list-doubled", "doubled([1], 30);", "too large"),
    ("list-squared", "squared([1, 2, 3], 20);", "too large"),
    ("object-doubled", "inside(#{ a: 1 }, 30);", "too large"),
    ("text-doubled", "longer(\"0123456789\", 30);", "too large"),
    (
        "text-by-gaps",
        "let s = longer(\"0123456789\", 14); let t = `${s}${s}${s}`;",
        "too large",
    ),
    (
        "list-of-the-large-list",
        "let l = mail.dkim.selectors_tried.map(|x| x); let m = l.map(|x| l);",
        "too large",
    ),
    (
        "list-of-large-texts",
        "let s = longer(\"0123456789\", 14); let m = mail.dkim.selectors_tried.map(|x| s + x);",
        "too large",
    ),
    (
        "text-of-a-list-of-texts",
        "let s = longer(\"0123456789\", 13); let t = [s, s].to_string() + [s, s].to_string();",
        "too large",
    ),
    (
        "join-of-joins",
        "let l = mail.dkim.selectors_tried.map(|x| x); let t = l.to_string(); let u = t + t + t + t;",
        "too large",
    ),
    (
        "split-to-letters",
        "let l = longer(\"0123456789\", 14).split(\"\");",
        "too large",
    ),
    (
        "every-item-with-every-item",
        "let n = mail.dkim.selectors_tried.count(|a| mail.dkim.selectors_tried.count(|b| a == b) == 1);",
        "operations",
    ),
    (
        "membership-of-every-item",
        "let n = mail.dkim.selectors_tried.count(|a| a in mail.dkim.selectors_tried);",
        "operations",
    ),
    (
        "lists-compared-again-and-again",
        "let n = mail.dkim.selectors_tried.count(|a| mail.dkim.selectors_tried == mail.dkim.selectors_tried);",
        "operations",
    ),
    (
        "document-as-text",
        "let n = mail.dkim.selectors_tried.count(|a| mail.to_string() != a);",
        "operations",
    ),
    (
        "long-text-searched",
        "let s = longer(\"0123456789\", 14); let n = mail.dkim.selectors_tried.count(|a| s.to_lower().contains(a));",
        "operations",
    ),
    (
        "each-in-each",
        "each(mail.dkim.selectors_tried, |a| each(mail.dkim.selectors_tried, |b| { recommend a == b else `${a}${b}`; }));",
        "operations",
    ),
];

#[test]
fn every_hostile_rule_ends_as_an_error_and_the_rules_around_it_do_not_notice() {
    let names: Vec<_> = (0..10_000).map(|number| format!("s{number:05}")).collect();
    let facts = facts_with(&[("/dkim/selectors_tried", json!(names))]);
    let mut rules = HELPERS.to_owned();
    let mut lines = String::new();
    for (id, body, _) in HOSTILE {
        rules.push_str(&rule(id, body));
        rules.push_str(&rule(
            &format!("{id}-after"),
            "require mail.dkim.selectors_tried.len() == 10000 else \"m\";",
        ));
        lines.extend(["must(\"", id, "\", #{}); must(\"", id, "-after\", #{}); "]);
    }
    let result = evaluated(&rules, &lines, &facts);
    for (pair, (id, _, message)) in result.findings.chunks(2).zip(HOSTILE) {
        let [hostile, after] = pair else {
            panic!("a rule and the one behind it")
        };
        assert_eq!(hostile.outcome, Outcome::Error, "{id}: {}", hostile.reason);
        assert!(hostile.reason.contains(message), "{id}: {}", hostile.reason);
        assert_eq!(after.outcome, Outcome::Pass, "{id}: {}", after.reason);
    }
}

#[test]
fn weaknesses_without_end_are_cut_off() {
    let names: Vec<_> = (0..5_000).map(|number| format!("s{number}")).collect();
    let facts = facts_with(&[("/dkim/selectors_tried", json!(names))]);
    let body = "for name in mail.dkim.selectors_tried { recommend false else name; }";
    let finding = facts_for_tests::outcome_at(body, &facts);
    assert_eq!(finding.outcome, Outcome::Pass, "{}", finding.reason);
    assert_eq!(finding.recommendations.len(), 500);
}

#[test]
fn a_file_with_thousands_of_functions_or_endless_nesting_is_a_fault() {
    let many: String = (0..2_500).fold(String::new(), |text, number| {
        [text, format!("fn f{number}() {{ 1 }}\n")].concat()
    });
    let deep = format!("let x = {}1{};", "[".repeat(5_000), "]".repeat(5_000));
    let blocks = format!("{}{}", "if true {".repeat(3_000), "}".repeat(3_000));
    for text in [many, deep, blocks] {
        let faults = load(&text, "").err().unwrap();
        assert_eq!(faults[0].file, "rules/r.rhai", "{faults:?}");
    }
}

#[test]
fn the_same_facts_and_policy_give_the_same_bytes_on_every_thread() {
    let source = Source::shipped();
    let policy = Policy::load(&source, &available_baselines(&source)).unwrap();
    let facts = serde_json::from_str(source.text("base.facts.json").unwrap()).unwrap();
    let evaluate = || serde_json::to_vec(&policy.evaluate(&facts)).unwrap();
    let first = evaluate();
    thread::scope(|scope| {
        let others: Vec<_> = (0..4).map(|_| scope.spawn(evaluate)).collect();
        for other in others {
            assert!(other.join().unwrap() == first, "other bytes");
        }
    });
}
