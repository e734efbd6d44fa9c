//! What baselines, levels, parameters, scores and faults come to.

use crate::policy::facts_for_tests::{
    baseline, evaluated, facts, facts_with, load, loaded, rule, source,
};
use crate::policy::{Policy, available_baselines};
use crate::results::outcome::{Level, Outcome, Severity};
use serde_json::json;
use std::thread;

#[test]
fn at_negative_levels_pass_and_fail_change_places() {
    let rules = [
        rule("holds", "require true else \"a\";"),
        rule("fails", "require false else \"b\";"),
        rule("open", "unknown(\"c\");"),
    ]
    .concat();
    let lines = "must_not(\"holds\", #{}); must_not(\"fails\", #{}); should_not(\"holds\", #{}); should_not(\"open\", #{}); may(\"fails\", #{});";
    let result = evaluated(&rules, lines, &facts());
    let came: Vec<_> = result
        .findings
        .iter()
        .map(|found| (found.level, found.outcome, found.reason.as_str()))
        .collect();
    assert_eq!(
        came,
        [
            (Level::MustNot, Outcome::Fail, "it holds, and must not"),
            (Level::MustNot, Outcome::Pass, ""),
            (Level::ShouldNot, Outcome::Fail, "it holds, and should not"),
            (Level::ShouldNot, Outcome::Unknown, "c"),
            (Level::May, Outcome::Fail, "b"),
        ]
    );
    assert_eq!(
        (
            result.summary.fail_must,
            result.summary.fail_should,
            result.summary.fail_may
        ),
        (1, 1, 1)
    );
}

#[test]
fn parameters_are_the_defaults_with_the_baselines_laid_over_them() {
    let rules = rule(
        "r",
        "require mail.dmarc.record.p.at_least(want.policy) else `${mail.dmarc.record.p}`;",
    )
    .replace("\"T\"", "\"At least ${policy}\"");
    let lines = "must(\"r\", #{ clause: \"1\" }); should(\"r\", #{ clause: \"2\", policy: \"reject\", severity: \"critical\" }); may(\"r\", #{ title: \"Own ${policy}\", why: \"because\" });";
    let policy = loaded(&rules, lines);
    let result = policy.evaluate(&facts());
    let came: Vec<_> = result
        .findings
        .iter()
        .map(|found| {
            (
                found.clause.as_str(),
                found.outcome,
                found.title.as_str(),
                found.severity,
            )
        })
        .collect();
    assert_eq!(
        came,
        [
            ("1", Outcome::Pass, "At least quarantine", Severity::Low),
            ("2", Outcome::Fail, "At least reject", Severity::Critical),
            ("", Outcome::Pass, "Own quarantine", Severity::Low),
        ]
    );
    assert_eq!(result.findings[1].parameters["policy"], "reject");
    assert_eq!(policy.requirements()[2].why.as_deref(), Some("because"));
    assert_eq!(policy.rules()[0].title, "At least quarantine");
    assert_eq!(
        (policy.rules()[0].file.as_str(), policy.rules()[0].line),
        ("rules/r.rhai", 1)
    );
}

#[test]
fn fingerprints_are_different_for_different_requirements_and_stay_over_measured_values() {
    let rules = rule(
        "r",
        "require mail.dmarc.record.p == want.policy else \"m\";",
    );
    let policy = loaded(
        &rules,
        "must(\"r\", #{}); must(\"r\", #{ policy: \"reject\" }); should(\"r\", #{}); must(\"r\", #{ clause: \"1\" });",
    );
    let prints = |result: &crate::results::TargetResult| {
        result
            .findings
            .iter()
            .map(|found| found.fingerprint.clone())
            .collect::<Vec<_>>()
    };
    let first = prints(&policy.evaluate(&facts()));
    let changed = facts_with(&[("/dmarc/record/value/p", json!("reject"))]);
    assert_eq!(first, prints(&policy.evaluate(&changed)));
    let moved = facts_with(&[("/target/domain", json!("example.net"))]);
    assert!(
        prints(&policy.evaluate(&moved))
            .iter()
            .all(|print| !first.contains(print))
    );
    let different: std::collections::BTreeSet<_> = first.iter().collect();
    assert_eq!(different.len(), 4);
    assert!(first.iter().all(|print| print.len() == 64));
}

#[test]
fn manual_requirements_wait_for_somebody() {
    let policy = loaded(
        "",
        "manual(\"inventory\", #{ clause: \"9\", title: \"All senders are listed\", area: \"spf\", level: \"should\" });",
    );
    let result = policy.evaluate(&facts());
    let finding = &result.findings[0];
    assert_eq!(
        (
            finding.outcome,
            finding.level,
            finding.rule.as_str(),
            finding.area.as_str()
        ),
        (Outcome::Manual, Level::Should, "inventory", "spf")
    );
    assert_eq!(policy.rules()[0].id, "inventory");
    assert!(policy.requirements()[0].manual);
}

#[test]
fn scores_are_computed_from_outcomes_and_facts() {
    let rules = [
        rule("good", "require true else \"a\";"),
        rule(
            "bad",
            "require mail.dmarc.record.p == want.policy else \"b\";",
        ),
    ]
    .concat();
    let lines = "must(\"good\", #{}); must(\"bad\", #{}); should(\"bad\", #{ policy: \"reject\" });\n\
        score(\"half\", #{ title: \"Half\", max: 5 }, |f, mail| if f.passes(\"good\") && f.outcome(\"bad\") == \"fail\" && mail.mx.hosts.len() == 2 { 4.5 } else { 0 });\n\
        score(\"noted\", #{ title: \"N\", max: 5.0 }, |f| #{ value: 3, note: f.reason(\"bad\") });\n\
        score(\"none\", #{ title: \"N\", max: 5.0 }, |f| #{ note: \"not known\" });\n\
        score(\"high\", #{ title: \"N\", max: 5.0 }, |f| 5.5);\n\
        score(\"typo\", #{ title: \"N\", max: 5.0 }, |f| if f.passes(\"god\") { 1 } else { 2 });\n\
        score(\"open\", #{ title: \"N\", max: 5.0 }, |f, mail| if mail.spf.record.present { 1 } else { 2 });";
    let result = evaluated(&rules, lines, &facts());
    let came: Vec<_> = result
        .scores
        .iter()
        .map(|score| (score.id.as_str(), score.value, score.note.as_str()))
        .collect();
    assert_eq!(
        came,
        [
            ("half", Some(4.5), ""),
            ("noted", Some(3.0), "b"),
            ("none", None, "not known"),
            (
                "high",
                None,
                "the score is broken: the score 5.5 is not between 0 and 5"
            ),
            (
                "typo",
                None,
                "the score is broken: this baseline does not ask `god`; did you mean `good`?"
            ),
            ("open", None, "servfail (the resolver failed)"),
        ]
    );
}

#[test]
fn all_faults_of_all_files_are_shown_at_once_with_their_places() {
    let broken = "rule(\"Bad Id\", #{ titel: \"T\", area: \"x\", severity: \"grave\",\n  why: \"w\", fix: \"\", refs: [] }, |mail| { unknown(\"u\"); });\nrule(\"a\", 1, 2);\n";
    let twice = [
        rule("r", "require true else \"m\";"),
        rule("r", "unknown(\"u\");"),
    ]
    .concat();
    let lines = "must(\"s\", #{});\nmust(\"r\", #{ polcy: \"x\" });\nshould(\"r\", #{ limit: \"x\" });\nmay(\"r\", #{ calendar: 1 });\nmust(\"r\", #{ clause: \"2\", severity: \"lo\" });\nrule(\"x\", #{}, |m, w| { unknown(\"u\"); });";
    let source = source(&[
        ("rules/broken.rhai", broken),
        ("rules/r.rhai", &twice),
        ("rules/syntax.rhai", "let a = ;\n"),
        ("baselines/b.rhai", &baseline(lines)),
        ("baselines/c.rhai", "must(\"r\", #{});"),
    ]);
    let faults = Policy::load(&source, &["b".to_owned(), "c".to_owned(), "bb".to_owned()])
        .err()
        .unwrap();
    let shown: Vec<_> = faults
        .iter()
        .map(|fault| format!("{fault}; {}", fault.help))
        .collect();
    assert_eq!(
        shown,
        [
            ":0:0: there is no baseline `bb`; did you mean `b`?",
            "baselines/b.rhai:2:1: there is no rule `s`; did you mean `r`?",
            "baselines/b.rhai:3:14: `r` has no parameter `polcy`; did you mean `policy`?",
            "baselines/b.rhai:4:16: the parameter `limit` of `r` is a number, not text; ",
            "baselines/b.rhai:5:13: `r` has no parameter `calendar`; its parameters are limit, policy",
            "baselines/b.rhai:6:27: `lo` is no severity; there are info, low, medium, high and critical",
            "baselines/b.rhai:7:1: `rule(…)` does not belong here; a file in `baselines` holds one baseline; rules are in `rules`, changes in `profiles`",
            "baselines/c.rhai:0:0: the file does not begin with `baseline(…)`; write `baseline(\"id\", #{ title: …, publisher: …, version: …, source: … });` first",
            "rules/broken.rhai:1:1: `Bad Id` is no id; ids are lower-case letters and digits, joined by single hyphens",
            "rules/broken.rhai:1:1: `rule` `Bad Id` has no `title`; ",
            "rules/broken.rhai:1:1: the closure takes 1 parameters, and should take 2; a rule ends with `|mail, want| { … }`; a parameter that is not read is called `_want`",
            "rules/broken.rhai:1:19: `rule` `Bad Id` has no key `titel`; did you mean `title`?",
            "rules/broken.rhai:1:42: `grave` is no severity; there are info, low, medium, high and critical",
            "rules/broken.rhai:2:13: `fix` is empty; ",
            "rules/broken.rhai:2:22: `refs` is a list of text with at least one item; ",
            "rules/broken.rhai:3:1: `rule` takes an id as text and then `#{ … }`; ",
            "rules/r.rhai:6:1: there are two rules `r`; the other one is at rules/r.rhai:1",
            "rules/syntax.rhai:1:9: unexpected ';'; ",
        ]
    );
    assert_eq!(faults[2].source_line, "must(\"r\", #{ polcy: \"x\" });");
}

#[test]
fn a_condition_and_what_it_says_to_people_belong_together() {
    for (header, fault) in [
        (
            "when: |mail| true,",
            "rules/r.rhai:3:1: `when` needs an `applies`",
        ),
        (
            "applies: \"to all\",",
            "rules/r.rhai:3:1: `applies` needs a `when`",
        ),
        (
            "when: true, applies: \"to all\",",
            "rules/r.rhai:3:1: a closure is missing here, such as `|mail, want| { … }`",
        ),
    ] {
        let rules = rule("r", "").replace("params:", &format!("{header} params:"));
        assert_eq!(load(&rules, "").err().unwrap()[0].to_string(), fault);
    }
    let rules = rule("r", "").replace("\"T\"", "\"At least ${polcy}\"");
    let faults = load(&rules, "").err().unwrap();
    assert_eq!(
        (faults[0].message.as_str(), faults[0].help.as_str()),
        (
            "`${polcy}` is no parameter of this rule",
            "did you mean `policy`?"
        )
    );
}

#[test]
fn the_same_requirement_twice_is_a_fault_and_with_other_parameters_it_is_not() {
    let rules = rule("r", "require true else \"m\";");
    let faults = load(&rules, "must(\"r\", #{});\nmust(\"r\", #{ limit: 10 });")
        .err()
        .unwrap();
    assert_eq!(
        faults[0].to_string(),
        "baselines/b.rhai:3:1: `r` is asked twice at the same level, for the same clause and with the same parameters"
    );
    assert!(load(&rules, "must(\"r\", #{});\nmust(\"r\", #{ limit: 11 });").is_ok());
}

#[test]
fn baselines_are_listed_by_their_files_and_a_policy_may_have_none() {
    let files = source(&[
        ("rules/r.rhai", &rule("r", "unknown(\"u\");")),
        ("baselines/b.rhai", ""),
        ("baselines/a.rhai", ""),
        ("baselines/a.cases.toml", ""),
    ]);
    assert_eq!(available_baselines(&files), ["a", "b"]);
    let policy = Policy::load(&files, &[]).unwrap_or_else(|faults| panic!("{faults:?}"));
    assert_eq!(
        (policy.library().len(), policy.requirements().len()),
        (1, 0)
    );
    assert!(policy.evaluate(&facts()).findings.is_empty());
}

#[test]
fn the_same_facts_give_the_same_result_on_every_thread() {
    let rules = [
        rule("a", "each(mail.mx.hosts, |h| { recommend false else h.host; require h.preference == 10 else \"m\"; });"),
        rule("b", "require mail.spf.record.present else \"m\";"),
        rule("c", "let x = mail.nowhere;"),
    ]
    .concat();
    let policy = loaded(
        &rules,
        "must(\"a\", #{}); must(\"b\", #{}); must(\"c\", #{}); score(\"s\", #{ title: \"S\", max: 1 }, |f| 1);",
    );
    let facts = facts();
    let first = serde_json::to_vec(&policy.evaluate(&facts)).unwrap();
    thread::scope(|scope| {
        let runs: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    (0..10)
                        .map(|_| serde_json::to_vec(&policy.evaluate(&facts)).unwrap())
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        for run in runs {
            assert!(run.join().unwrap().iter().all(|result| *result == first));
        }
    });
}

#[test]
fn facts_are_named_by_the_digest_of_their_compact_form() {
    use sha2::{Digest as _, Sha256};
    let facts = facts();
    let digest =
        data_encoding::HEXLOWER.encode(&Sha256::digest(serde_json::to_vec(&facts).unwrap()));
    assert_eq!(loaded("", "").evaluate(&facts).facts_sha256, digest);
}
