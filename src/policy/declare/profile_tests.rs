//! What profiles take up, change, drop and add, and the faults of their files.

use crate::policy::facts_for_tests::{baseline, facts, rule, source};
use crate::policy::fault::PolicyFault;
use crate::policy::{Adjustment, Change, Policy};
use crate::results::outcome::{Level, Outcome};
use serde_json::json;
use std::collections::BTreeSet;

const HEAD: &str =
    "profile(\"p\", #{ title: \"P\", owner: \"o\", version: \"1\", extends: [\"b\"] });\n";

fn load(lines: &str, adjustments: &[Adjustment]) -> Result<Policy, Vec<PolicyFault>> {
    let body = "require mail.dmarc.record.p.at_least(want.policy) else \"weak\";";
    let rules = [
        rule("r", body).replace("\"T\"", "\"At least ${policy}\""),
        rule("s", "require true else \"no\";"),
    ]
    .concat();
    let asked = "must(\"r\", #{ clause: \"1\" }); should(\"s\", #{ clause: \"2\", verified: false }); manual(\"m\", #{ title: \"M\", area: \"spf\" }); out_of_scope(\"n\", #{ clause: \"9\", title: \"N\", reason: \"about people\" });";
    let files = [
        ("rules/r.rhai", rules.as_str()),
        ("baselines/b.rhai", &baseline(asked)),
        ("profiles/p.rhai", &[HEAD, lines].concat()),
    ];
    Policy::load_adjusted(&source(&files), &["p".to_owned()], adjustments)
}

fn faults(lines: &str) -> String {
    let faults = load(lines, &[]).err().unwrap_or_default();
    let told = faults
        .iter()
        .map(|fault| format!("{fault}; {}", fault.help));
    told.collect::<Vec<_>>().join("\n")
}

fn asked(policy: &Policy) -> Vec<(Level, &str, &str, Option<&str>)> {
    let requirements = policy.requirements().iter();
    requirements
        .map(|one| {
            (
                one.level,
                one.rule.as_str(),
                one.title.as_str(),
                one.origin.as_deref(),
            )
        })
        .collect()
}

#[test]
fn a_profile_asks_what_its_norms_ask_with_its_changes_and_additions() {
    let lines = "change(\"r\", #{ policy: \"reject\", level: \"should\", reason: \"not yet\" });\n\
         drop(\"m\", #{ reason: \"nobody looks\" });\n\
         must(\"own\", #{ clause: \"A\" });\n\
         rule(\"own\", #{ title: \"Own\", area: \"test\", severity: \"low\", why: \"w\", fix: \"f\", refs: [\"R\"] }, |_mail, _want| { require false else \"never\"; });";
    let policy = load(lines, &[]).unwrap();
    assert_eq!(
        asked(&policy),
        [
            (Level::Should, "r", "At least reject", Some("b")),
            (Level::Should, "s", "T", Some("b")),
            (Level::Must, "own", "Own", None),
        ]
    );
    let info = &policy.baselines()[0];
    assert_eq!(info.extends, ["b"]);
    let dropped = &info.dropped[0];
    assert_eq!(
        (
            dropped.baseline.as_str(),
            dropped.rule.as_str(),
            dropped.reason.as_str()
        ),
        ("b", "m", "nobody looks")
    );
    assert_eq!(policy.out_of_scope()[0].clause, "9");
    let result = policy.evaluate(&facts());
    let came: Vec<_> = result
        .findings
        .iter()
        .map(|found| (found.outcome, found.unverified, found.changed.as_deref()))
        .collect();
    assert_eq!(
        came,
        [
            (Outcome::Fail, false, Some("not yet")),
            (Outcome::Pass, true, None),
            (Outcome::Fail, false, None),
        ]
    );
}

#[test]
fn settings_change_what_is_asked_in_the_same_way() {
    let set = Change::Set {
        level: Some(Level::May),
        severity: None,
        parameters: json!({ "policy": "none" }).as_object().cloned().unwrap(),
    };
    let adjustment = |rule: &str, from: &str, change: Change| Adjustment {
        rule: rule.to_owned(),
        from: Some(from.to_owned()),
        change,
        reason: "because".to_owned(),
        ..Adjustment::default()
    };
    let changes = [
        adjustment("r", "b", set),
        adjustment("s*", "p", Change::Drop),
        adjustment("m", "elsewhere", Change::Drop),
    ];
    let policy = load("", &changes).unwrap();
    assert_eq!(
        asked(&policy),
        [
            (Level::May, "r", "At least none", Some("b")),
            (Level::Must, "m", "M", Some("b")),
        ]
    );
}

#[test]
fn faults_of_a_profile_are_told_with_their_place() {
    for (lines, told) in [
        (
            "drop(\"zz\", #{ reason: \"x\" });",
            "profiles/p.rhai:2:1: this profile does not ask `zz`; only what the norms in `extends` ask can be changed or dropped; add with `must(…)`, `should(…)` or `may(…)`",
        ),
        (
            "drop(\"r\", #{});",
            "profiles/p.rhai:2:1: `drop` `r` has no `reason`; ",
        ),
        (
            "change(\"r\", #{ polcy: \"none\", reason: \"x\" });",
            "profiles/p.rhai:2:1: `r` has no parameter `polcy`; did you mean `policy`?",
        ),
        (
            "change(\"r\", #{ level: \"maybe\", reason: \"x\" });",
            "profiles/p.rhai:2:16: `maybe` is no level; there are must, must_not, should, should_not and may",
        ),
        (
            "baseline(\"p\", #{});",
            "profiles/p.rhai:2:1: `baseline(…)` does not belong here; a file in `baselines` holds one baseline; rules are in `rules`, changes in `profiles`",
        ),
    ] {
        assert_eq!(faults(lines), told, "{lines}");
    }
}

#[test]
fn a_profile_that_extends_itself_is_a_fault() {
    let circle = HEAD.replace("[\"b\"]", "[\"q\"]");
    let other = circle
        .replace("\"p\"", "\"q\"")
        .replace("[\"q\"]", "[\"p\"]");
    let files = source(&[("profiles/p.rhai", &circle), ("profiles/q.rhai", &other)]);
    let faults = Policy::load(&files, &["p".to_owned()]).err().unwrap();
    assert_eq!(faults[0].message, "the profile `p` extends itself");
    assert_eq!(faults[0].help, "by way of p, q");
}

#[test]
fn requirements_that_an_adjustment_makes_alike_keep_names_of_their_own() {
    let lines = "should(\"r\", #{ clause: \"1\", policy: \"none\" });";
    let raise = Adjustment {
        rule: "r".to_owned(),
        change: Change::Set {
            level: Some(Level::Must),
            severity: None,
            parameters: serde_json::Map::new(),
        },
        reason: "because".to_owned(),
        ..Adjustment::default()
    };
    let findings = load(lines, &[raise]).unwrap().evaluate(&facts()).findings;
    let of_rule = findings.iter().filter(|found| found.rule == "r");
    let names: BTreeSet<_> = of_rule.map(|found| &found.fingerprint).collect();
    assert_eq!(names.len(), 2);
}
