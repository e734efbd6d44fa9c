//! Two baselines held beside each other.

use super::*;
use crate::policy::Policy;
use crate::policy::facts_for_tests::source;

/// Rules with a floor, a ceiling, a list and no parameter.
pub(super) fn rules() -> String {
    [
        ("dmarc-policy-at-least", "policy: \"quarantine\""),
        ("key-bits-at-least", "bits: 2048"),
        ("servers-at-most", "servers: 16"),
        ("scopes-only", "scopes: [\"global\"]"),
        ("plain", ""),
    ]
    .map(|(id, parameters)| {
        format!(
            "rule(\"{id}\", #{{ title: \"T\", area: \"test\", severity: \"low\", why: \"w\", fix: \"f\", \
             refs: [\"R\"], params: #{{ {parameters} }} }}, |_mail, _want| {{ require true else \"no\"; }});\n"
        )
    })
    .concat()
}

/// The baselines `a` and `b` with these lines.
pub(super) fn policy(rules: &str, a: &str, b: &str) -> Policy {
    let file = |id: &str, lines: &str| {
        format!(
            "baseline(\"{id}\", #{{ title: \"T\", publisher: \"P\", version: \"1\", source: \"s\" }});\n{lines}"
        )
    };
    let files = [
        ("rules/r.rhai", rules),
        ("baselines/a.rhai", &file("a", a)),
        ("baselines/b.rhai", &file("b", b)),
    ];
    Policy::load(&source(&files), &["a".to_owned(), "b".to_owned()])
        .unwrap_or_else(|faults| panic!("{faults:#?}"))
}

fn of<'p>(policy: &'p Policy, id: &str) -> Vec<&'p Requirement> {
    let all = policy.requirements().iter();
    all.filter(|asked| asked.baseline == id).collect()
}

/// Kind and rule of each difference, and in what they differ.
fn told(a: &str, b: &str, closeness: Closeness) -> Vec<String> {
    let policy = policy(&rules(), a, b);
    differences(&of(&policy, "a"), &of(&policy, "b"), closeness)
        .iter()
        .map(|one| {
            let details: Vec<String> = one
                .details
                .iter()
                .map(|detail| {
                    let kind = detail.kind.as_str();
                    format!(" {} {}>{} {kind}", detail.what, detail.left, detail.right)
                })
                .collect();
            let rule = one.requirement().map_or("", |asked| &asked.rule);
            format!("{} {rule}{}", one.kind.as_str(), details.join(","))
        })
        .collect()
}

#[test]
fn levels_and_parameters_say_which_set_asks_more() {
    for (a, b, wanted) in [
        (
            "must(\"plain\", #{});",
            "must(\"plain\", #{ clause: \"9\" });",
            "same plain",
        ),
        (
            "should(\"plain\", #{});",
            "must(\"plain\", #{});",
            "stricter plain level \"should\">\"must\" stricter",
        ),
        (
            "must(\"plain\", #{});",
            "may(\"plain\", #{});",
            "weaker plain level \"must\">\"may\" weaker",
        ),
        (
            "must(\"plain\", #{});",
            "must_not(\"plain\", #{});",
            "changed plain level \"must\">\"must-not\" changed",
        ),
        (
            "may(\"plain\", #{});",
            "must_not(\"plain\", #{});",
            "stricter plain level \"may\">\"must-not\" stricter",
        ),
        (
            "must(\"dmarc-policy-at-least\", #{});",
            "must(\"dmarc-policy-at-least\", #{ policy: \"reject\" });",
            "stricter dmarc-policy-at-least policy \"quarantine\">\"reject\" stricter",
        ),
        (
            "must_not(\"dmarc-policy-at-least\", #{});",
            "must_not(\"dmarc-policy-at-least\", #{ policy: \"reject\" });",
            "weaker dmarc-policy-at-least policy \"quarantine\">\"reject\" weaker",
        ),
        (
            "must(\"servers-at-most\", #{});",
            "must(\"servers-at-most\", #{ servers: 8 });",
            "stricter servers-at-most servers 16>8 stricter",
        ),
        (
            "must(\"key-bits-at-least\", #{ bits: 3072 });",
            "should(\"key-bits-at-least\", #{ bits: 4096 });",
            "changed key-bits-at-least level \"must\">\"should\" weaker, bits 3072>4096 stricter",
        ),
        (
            "must(\"scopes-only\", #{});",
            "must(\"scopes-only\", #{ scopes: [\"global\", \"private\"] });",
            "changed scopes-only scopes [\"global\"]>[\"global\",\"private\"] changed",
        ),
        ("must(\"plain\", #{});", "", "dropped plain"),
        ("", "must(\"plain\", #{});", "added plain"),
    ] {
        assert_eq!(told(a, b, Closeness::Norms), [wanted], "{a} {b}");
    }
}

#[test]
fn severity_and_clause_count_between_versions_only() {
    let (a, b) = (
        "must(\"plain\", #{ clause: \"1\" });",
        "must(\"plain\", #{ clause: \"2\", severity: \"high\" });",
    );
    assert_eq!(told(a, b, Closeness::Norms), ["same plain"]);
    assert_eq!(
        told(a, b, Closeness::Versions),
        ["changed plain severity \"low\">\"high\" stricter, clause \"1\">\"2\" changed"]
    );
}

#[test]
fn of_a_rule_that_is_asked_twice_like_is_paired_with_like() {
    let a = "must(\"dmarc-policy-at-least\", #{ clause: \"1\" }); should(\"dmarc-policy-at-least\", #{ clause: \"2\", policy: \"reject\" });";
    let b = "must(\"dmarc-policy-at-least\", #{ clause: \"2\", policy: \"reject\" }); must(\"dmarc-policy-at-least\", #{ clause: \"7\" });";
    assert_eq!(
        told(a, b, Closeness::Norms),
        [
            "stricter dmarc-policy-at-least level \"should\">\"must\" stricter",
            "same dmarc-policy-at-least",
        ]
    );
}

#[test]
fn the_way_back_is_the_contrary() {
    let (a, b) = (
        "must(\"plain\", #{}); must(\"servers-at-most\", #{}); should(\"key-bits-at-least\", #{});",
        "may(\"plain\", #{}); must(\"servers-at-most\", #{ servers: 3 }); must(\"scopes-only\", #{});",
    );
    let policy = policy(&rules(), a, b);
    let kinds = |left: &str, right: &str| {
        let found = differences(&of(&policy, left), &of(&policy, right), Closeness::Norms);
        let mut kinds: Vec<_> = found
            .iter()
            .map(|one| (one.requirement().map(|asked| asked.rule.clone()), one.kind))
            .collect();
        kinds.sort();
        kinds
    };
    let back = |kind: Kind| match kind {
        Kind::Added => Kind::Dropped,
        Kind::Dropped => Kind::Added,
        Kind::Stricter => Kind::Weaker,
        Kind::Weaker => Kind::Stricter,
        Kind::Changed | Kind::Same => kind,
    };
    let there: Vec<_> = kinds("a", "b")
        .into_iter()
        .map(|(rule, kind)| (rule, back(kind)))
        .collect();
    assert_eq!(there, kinds("b", "a"));
    assert!(kinds("a", "a").iter().all(|(_, kind)| *kind == Kind::Same));
}
