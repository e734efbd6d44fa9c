//! What each lint finds, at which place, and what it leaves alone.

use crate::policy::facts_for_tests::{baseline, rule, source};
use crate::policy::fault::PolicyFault;
use crate::policy::source::{RETIRED, Source};
use crate::policy::{LINTS, Policy, available_baselines, check};
use std::collections::BTreeSet;

/// The faults of these files, the rule of the first asked by a baseline.
pub(super) fn faults_of(rules: &str) -> Vec<PolicyFault> {
    check(&source(&[
        ("rules/r.rhai", rules),
        ("baselines/b.rhai", &baseline("must(\"r\", #{});")),
    ]))
}

/// The faults of a rule with this body, which reads both of its parameters anyway.
pub(super) fn in_body(body: &str) -> Vec<PolicyFault> {
    let reads = "require want.limit > 0 && want.policy != \"\" && mail.schema != \"\" else \"\";";
    faults_of(&rule("r", &format!("{reads}\n{body}")))
}

/// Each fault as its lint and what stands at its place.
pub(super) fn told(faults: &[PolicyFault]) -> Vec<(&'static str, String)> {
    faults
        .iter()
        .map(|fault| {
            let rest = fault.source_line.chars().skip(fault.column.max(1) - 1);
            (fault.lint, rest.collect())
        })
        .collect()
}

/// Holds that a body has one fault: this lint, at the place where this text begins.
pub(super) fn finds(body: &str, lint: &str, at: &str) {
    let faults = in_body(body);
    let told = told(&faults);
    assert!(
        matches!(told.as_slice(), [(found, rest)] if *found == lint && rest.starts_with(at)),
        "{body}\nexpected {lint} at `{at}`, got {faults:#?}"
    );
}

pub(super) fn clean(body: &str) {
    let faults = in_body(body);
    assert!(faults.is_empty(), "{body}\n{faults:#?}");
}

/// Bodies that are likely to be meant otherwise: the lint, and where.
const UNLIKELY: &[(&str, &str, &str)] = &[
    ("require true else \"m\";", "condition-constant", "true"),
    (
        "if false { require mail.mx.null_mx else \"m\"; }",
        "condition-constant",
        "false",
    ),
    (
        "require mail.mx.null_mx && true else \"m\";",
        "condition-constant",
        "true",
    ),
    (
        "require mail.mx.null_mx == mail.mx.null_mx else \"m\";",
        "condition-constant",
        "==",
    ),
    ("require 1 < 2 else \"m\";", "condition-constant", "<"),
    (
        "require mail.mx.null_mx == true else \"m\";",
        "compared-with-boolean",
        "==",
    ),
    (
        "require false != mail.mx.null_mx else \"m\";",
        "compared-with-boolean",
        "!=",
    ),
    (
        "require !!mail.mx.null_mx else \"m\";",
        "double-negation",
        "!!",
    ),
    (
        "require !(mail.schema != \"x\") else \"m\";",
        "double-negation",
        "!(",
    ),
    ("let lost = mail.schema;", "variable-never-read", "lost"),
    ("let lost = 1; lost = 2;", "variable-never-read", "lost"),
    (
        "for lost in mail.mx.hosts { require mail.mx.null_mx else \"m\"; }",
        "variable-never-read",
        "lost",
    ),
    (
        "each(mail.mx.hosts, |lost| { require mail.mx.null_mx else \"m\"; });",
        "variable-never-read",
        "lost",
    ),
    (
        "if mail.mx.null_mx { return; require mail.mx.implicit else \"m\"; }",
        "code-never-reached",
        "require",
    ),
    (
        "if mail.mx.null_mx { unknown(\"u\"); require mail.mx.implicit else \"m\"; }",
        "code-never-reached",
        "require",
    ),
    (
        "if mail.mx.null_mx { manual(`look at ${mail.schema}`); require mail.mx.implicit else \"m\"; }",
        "code-never-reached",
        "require",
    ),
];

#[test]
fn what_is_likely_to_be_meant_otherwise_is_a_warning() {
    for (body, lint, at) in UNLIKELY {
        finds(body, lint, at);
    }
    for body in [
        "for defect in mail.mx.defects { require false else defect.text; }",
        "let _kept = mail.schema;",
        "each(mail.mx.hosts, |_host| { require mail.mx.null_mx else \"m\"; });",
        "let sum = 0; for host in mail.mx.hosts { sum += host.preference; } require sum < 10 else \"m\";",
        "require !(mail.mx.null_mx && mail.mx.implicit) else \"m\";",
        "if mail.mx.null_mx { return; } require mail.mx.implicit else \"m\";",
        "if mail.mx.null_mx { manual(`look at ${mail.schema}`); } require mail.mx.implicit else \"m\";",
    ] {
        clean(body);
    }
}

#[test]
fn functions_parameters_and_rules_that_nobody_uses_are_found() {
    let reads = "require want.limit > 0 && want.policy != \"\" && mail.schema != \"\" else \"\";";
    let lost = format!(
        "  fn lost(x) {{ x }}\nfn lost_too() {{ lost(1) }}\n{}",
        rule("r", reads)
    );
    assert_eq!(
        told(&faults_of(&lost)),
        [
            ("function-never-called", "lost(x) { x }".to_owned()),
            ("function-never-called", "lost_too() { lost(1) }".to_owned()),
        ]
    );
    let unread = rule(
        "r",
        "require want.limit > 0 && mail.schema != \"\" else \"\";",
    );
    let faults = faults_of(&unread);
    assert_eq!(told(&faults)[0].0, "parameter-never-read", "{faults:#?}");
    assert!(told(&faults)[0].1.starts_with("policy: "));
    let handed = format!(
        "fn hand(want) {{ want.limit > 0 && want.policy != \"\" }}\n{}",
        rule("r", "require hand(want) && mail.schema != \"\" else \"\";")
    );
    assert!(faults_of(&handed).is_empty(), "{:#?}", faults_of(&handed));
    let unasked = format!("{}{}", rule("r", reads), rule("s", reads));
    let faults = faults_of(&unasked);
    assert_eq!(told(&faults)[0].0, "rule-never-asked", "{faults:#?}");
    let parameter = format!(
        "fn two(a, lost) {{ a }}\n{}",
        rule(
            "r",
            &format!("{reads} require two(mail.mx.null_mx, 1) else \"\";")
        )
    );
    assert_eq!(
        told(&faults_of(&parameter)),
        [("variable-never-read", "lost) { a }".to_owned())]
    );
}

#[test]
fn a_rule_that_cannot_fail_is_found_and_one_that_fails_in_a_function_is_not() {
    let reads = "let _read = [want.limit, want.policy, mail.schema];";
    for (helper, body, settles) in [
        ("", "recommend mail.mx.null_mx else \"m\";", false),
        ("", "let _x = mail.mx.null_mx;", false),
        ("", "unknown(\"u\");", true),
        (
            "fn ask(mail) { require mail.mx.null_mx else \"m\"; }\n",
            "ask(mail);",
            true,
        ),
        ("fn ask(mail) { mail.mx.null_mx }\n", "ask(mail);", false),
        (
            "fn deep(x) { require x else \"m\"; }\nfn ask(mail) { deep(mail.mx.null_mx); }\n",
            "ask(mail);",
            true,
        ),
    ] {
        let faults = faults_of(&format!(
            "{helper}{}",
            rule("r", &format!("{reads}\n{body}"))
        ));
        let found = faults
            .iter()
            .any(|fault| fault.lint == "rule-without-verdict");
        assert_eq!(found, !settles, "{body} {faults:#?}");
    }
}

#[test]
fn declarations_are_literal_complete_and_name_what_there_is() {
    let sound = rule(
        "r",
        "require want.limit > 0 && want.policy != mail.schema else \"m\";",
    );
    for (from, to, lint) in [
        (
            "title: \"T\"",
            "title: \"T\" + \"U\"",
            "metadata-not-literal",
        ),
        ("\"r\"", "\"r\" + \"\"", "metadata-not-literal"),
        ("title: \"T\", ", "", "metadata-missing"),
        ("severity: \"low\",", "", "metadata-missing"),
        ("fix: \"f\"", "fix: \"f\", fixx: \"g\"", "metadata-unknown"),
        ("area: \"test\"", "area: \"Te st\"", "declaration-invalid"),
    ] {
        let faults = faults_of(&sound.replacen(from, to, 1));
        let lints: BTreeSet<_> = faults.iter().map(|fault| fault.lint).collect();
        assert_eq!(lints, BTreeSet::from([lint]), "{to}: {faults:#?}");
    }
    let twice = faults_of(&format!("{sound}{sound}"));
    assert_eq!(told(&twice)[0].0, "duplicate-id");
    let files = [
        ("rules/r.rhai", sound.as_str()),
        (
            "baselines/b.rhai",
            &baseline(
                "must(\"r\", #{});\nmust(\"rr\", #{});\nscore(\"s\", #{ title: \"S\", max: 1.0 }, |f| if f.passes(\"q\") || f.outcome(\"r\") == \"passes\" { 1 } else { 0 });",
            ),
        ),
    ];
    assert_eq!(
        told(&check(&source(&files)))
            .iter()
            .map(|(lint, _)| *lint)
            .collect::<Vec<_>>(),
        ["unknown-rule", "unknown-rule"]
    );
}

#[test]
fn an_id_that_is_retired_does_not_come_back_be_it_retired_in_either_list() {
    let sound = rule(
        "r",
        "require want.limit > 0 && want.policy != mail.schema else \"m\";",
    );
    let asked = baseline("must(\"r\", #{});");
    let files = |retired| {
        source(&[
            ("rules/r.rhai", &sound),
            ("baselines/b.rhai", &asked),
            (RETIRED, retired),
        ])
    };
    assert!(check(&files("# r\nother\n")).is_empty());
    let faults = check(&files("other\n r # since 0.2\n"));
    assert_eq!(told(&faults)[0].0, "retired-id");
    let both = files("r\n").with(source(&[(RETIRED, "more\n")]));
    assert_eq!(told(&check(&both))[0].0, "retired-id");
}

#[test]
fn a_broken_file_hides_no_fault_of_another_and_makes_none() {
    let broken = "rule(\"r\", #{}, |mail, want| { let x = ; });";
    let typo = rule(
        "s",
        "require mail.dmarc.recrod.present && want.limit > 0 && want.policy != \"\" else \"m\";",
    );
    let faults = check(&source(&[
        ("rules/a.rhai", broken),
        ("rules/b.rhai", &typo),
        (
            "baselines/b.rhai",
            &baseline("must(\"r\", #{}); must(\"s\", #{});"),
        ),
    ]));
    let found: Vec<_> = faults
        .iter()
        .map(|fault| (fault.file.as_str(), fault.lint))
        .collect();
    assert_eq!(
        found,
        [
            ("rules/a.rhai", "syntax-error"),
            ("rules/b.rhai", "unknown-fact")
        ]
    );
}

#[test]
fn errors_keep_policies_from_being_loaded_and_warnings_do_not() {
    let load = |body: &str| {
        let files = source(&[
            ("rules/r.rhai", &rule("r", body)),
            ("baselines/b.rhai", &baseline("must(\"r\", #{});")),
        ]);
        Policy::load(&files, &["b".to_owned()])
            .err()
            .unwrap_or_default()
    };
    let faults = load("require mail.dmarc.recrod.present else \"m\";");
    assert_eq!(
        told(&faults),
        [("unknown-fact", "recrod.present else \"m\";".to_owned())]
    );
    assert!(load("require mail.mx.null_mx == true else \"m\"; let lost = 1;").is_empty());
}

#[test]
fn the_shipped_policies_have_no_fault_and_no_warning() {
    let faults = check(&Source::shipped());
    let shown: Vec<_> = faults
        .iter()
        .map(|fault| {
            format!(
                "{fault} {} ({})\n  {}",
                fault.lint, fault.help, fault.source_line
            )
        })
        .collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
    assert!(!available_baselines(&Source::shipped()).is_empty());
}

#[test]
fn ids_of_lints_are_words_with_hyphens_and_each_there_once() {
    let ids: BTreeSet<_> = LINTS.iter().map(|lint| lint.id).collect();
    assert_eq!(ids.len(), LINTS.len());
    for lint in LINTS {
        assert!(
            lint.id.split('-').all(|word| !word.is_empty()),
            "{}",
            lint.id
        );
        assert!(lint.meaning.ends_with('.'), "{}", lint.id);
    }
}
