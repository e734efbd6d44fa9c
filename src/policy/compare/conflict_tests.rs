//! Requirements that contradict, and such that only look so.

use super::super::tests::{policy, rules};
use super::*;
use crate::policy::facts_for_tests::load;

fn more() -> String {
    let rule = |id: &str, more: &str| {
        format!(
            "rule(\"{id}\", #{{ title: \"T\", area: \"test\", severity: \"low\", why: \"w\", fix: \"f\", \
             refs: [\"R\"], {more} }}, |_mail, _want| {{ require true else \"no\"; }});\n"
        )
    };
    [
        rules(),
        rule("asked", "contradicts: [\"not-asked\"]"),
        rule("not-asked", "contradicts: [\"asked\"]"),
        rule(
            "rsa-at-least",
            "params: #{ bits: 2048 }, quantity: \"rsa-bits\"",
        ),
        rule(
            "rsa-at-most",
            "params: #{ bits: 2048 }, quantity: \"rsa-bits\"",
        ),
    ]
    .concat()
}

fn told(a: &str, b: &str) -> Vec<String> {
    let policy = policy(&more(), a, b);
    let asked: Vec<_> = policy.requirements().iter().collect();
    conflicts(&asked, policy.library())
        .iter()
        .map(|one| {
            let (ground, left, right) = (one.ground.as_str(), one.left, one.right);
            format!(
                "{ground} {}:{} {}:{}{}{}",
                norm(left),
                left.rule,
                norm(right),
                right.rule,
                if one.is_hard() { " hard" } else { "" },
                if one.certain { "" } else { " perhaps" },
            )
        })
        .collect()
}

#[test]
fn what_one_asks_and_the_other_forbids_contradicts_where_both_can_not_be() {
    for (a, b, wanted) in [
        (
            "must(\"plain\", #{});",
            "must_not(\"plain\", #{});",
            &["opposite a:plain b:plain hard"][..],
        ),
        (
            "should_not(\"plain\", #{});",
            "must(\"plain\", #{});",
            &["opposite b:plain a:plain"],
        ),
        ("may(\"plain\", #{});", "must_not(\"plain\", #{});", &[]),
        ("must(\"plain\", #{});", "should(\"plain\", #{});", &[]),
        // `quarantine` meets both.
        (
            "must(\"dmarc-policy-at-least\", #{});",
            "should_not(\"dmarc-policy-at-least\", #{ policy: \"reject\" });",
            &[],
        ),
        (
            "must(\"dmarc-policy-at-least\", #{ policy: \"reject\" });",
            "should_not(\"dmarc-policy-at-least\", #{ policy: \"quarantine\" });",
            &["opposite a:dmarc-policy-at-least b:dmarc-policy-at-least"],
        ),
        (
            "must(\"servers-at-most\", #{ servers: 4 });",
            "must_not(\"servers-at-most\", #{ servers: 8 });",
            &["opposite a:servers-at-most b:servers-at-most hard"],
        ),
        (
            "must(\"servers-at-most\", #{ servers: 8 });",
            "must_not(\"servers-at-most\", #{ servers: 4 });",
            &[],
        ),
        (
            "must(\"scopes-only\", #{});",
            "must_not(\"scopes-only\", #{ scopes: [\"private\"] });",
            &["opposite a:scopes-only b:scopes-only hard perhaps"],
        ),
    ] {
        assert_eq!(told(a, b), wanted, "{a} {b}");
    }
}

#[test]
fn rules_that_contradict_do_so_once_and_only_where_both_are_asked() {
    for (a, b, wanted) in [
        (
            "must(\"asked\", #{});",
            "must(\"not-asked\", #{});",
            &["contrary a:asked b:not-asked hard"][..],
        ),
        (
            "must(\"not-asked\", #{});",
            "should(\"asked\", #{});",
            &["contrary b:asked a:not-asked"],
        ),
        (
            "must(\"asked\", #{});",
            "must_not(\"not-asked\", #{});",
            &[],
        ),
        ("may(\"asked\", #{});", "must(\"not-asked\", #{});", &[]),
        (
            "must(\"asked\", #{}); must(\"not-asked\", #{});",
            "",
            &["contrary a:asked a:not-asked hard"],
        ),
    ] {
        assert_eq!(told(a, b), wanted, "{a} {b}");
    }
}

#[test]
fn a_floor_above_a_ceiling_of_the_same_quantity_contradicts() {
    let ceiling = "must(\"rsa-at-most\", #{});";
    for (a, wanted) in [
        (
            "must(\"rsa-at-least\", #{ bits: 3072 });",
            &["bounds a:rsa-at-least b:rsa-at-most hard"][..],
        ),
        ("must(\"rsa-at-least\", #{ bits: 2048 });", &[]),
        // Another quantity.
        ("must(\"key-bits-at-least\", #{ bits: 4096 });", &[]),
    ] {
        assert_eq!(told(a, ceiling), wanted, "{a}");
    }
}

#[test]
fn a_profile_can_drop_either_side_or_move_a_bound() {
    let policy = policy(
        &more(),
        "must(\"rsa-at-least\", #{ bits: 3072 });",
        "must(\"rsa-at-most\", #{});",
    );
    let asked: Vec<_> = policy.requirements().iter().collect();
    let found = conflicts(&asked, policy.library());
    assert_eq!(
        remedies(&found[0]),
        [
            "drop(\"rsa-at-least\", #{ from: \"a\", reason: \"…\" });",
            "drop(\"rsa-at-most\", #{ from: \"b\", reason: \"…\" });",
            "change(\"rsa-at-least\", #{ from: \"a\", bits: 2048, reason: \"…\" });",
            "change(\"rsa-at-most\", #{ from: \"b\", bits: 3072, reason: \"…\" });",
        ]
    );
}

#[test]
fn what_a_rule_says_of_others_is_checked() {
    let rule = |more: &str| {
        format!(
            "rule(\"r-at-least\", #{{ title: \"T\", area: \"test\", severity: \"low\", why: \"w\", fix: \"f\", \
             refs: [\"R\"], {more} }}, |_mail, _want| {{ require true else \"no\"; }});\n"
        )
    };
    for (more, wanted) in [
        (
            "contradicts: [\"r-at-lest\"]",
            "there is no rule `r-at-lest`; did you mean `r-at-least`?",
        ),
        (
            "contradicts: [\"r-at-least\"]",
            "`r-at-least` contradicts itself; ",
        ),
        (
            "contradicts: \"x\"",
            "`contradicts` is a list of text with at least one item; ",
        ),
        (
            "quantity: \"Bits\", params: #{ bits: 1 }",
            "`Bits` is no quantity; ",
        ),
        (
            "quantity: \"bits\"",
            "the rule bounds no quantity, or more than one; ",
        ),
        (
            "quantity: \"bits\", params: #{ a: 1, b: 2 }",
            "the rule bounds no quantity, or more than one; ",
        ),
    ] {
        let faults = load(&rule(more), "").err().unwrap_or_default();
        let told: Vec<_> = faults
            .iter()
            .map(|fault| format!("{}; {}", fault.message, fault.help))
            .collect();
        assert!(
            told.iter().any(|one| one.starts_with(wanted)),
            "{more}: {told:?}"
        );
    }
}
