//! Steps, operands, changes, expressions and costs over a small document.

use super::step::{Demand, Held, Step};
use super::{Dictionary, Explanation, Expressions, Given, Probe};
use crate::facts::Facts;
use crate::policy::Policy;
use crate::policy::facts_for_tests::{baseline, facts, facts_with, rule, source};
use crate::policy::lint::Depth;
use crate::policy::source::Source;
use crate::results::outcome::Outcome;
use serde_json::json;
use std::time::Duration;

fn files(rules: &str, lines: &str) -> (Source, Policy) {
    let source = source(&[
        ("rules/r.rhai", rules),
        ("baselines/b.rhai", &baseline(lines)),
    ]);
    // Lints would stop rules that only recommend.
    let policy = Policy::load_at(&source, &["b".to_owned()], Depth::Least).unwrap();
    (source, policy)
}

fn explained(body: &str, facts: &Facts) -> Explanation {
    let (source, policy) = files(&rule("r", body), "must(\"r\", #{});");
    let ways = policy.ways("r").unwrap();
    policy.explain(&source, ("r", &ways[0]), facts).unwrap()
}

/// The steps as short text: how it came out, the condition, and what it looked at.
fn told(steps: &[Step]) -> Vec<String> {
    steps
        .iter()
        .flat_map(|step| match step {
            Step::Demand(Demand {
                statement,
                line,
                condition,
                held,
                operands,
                ..
            }) => {
                let operands: Vec<_> = operands
                    .iter()
                    .map(|one| match &one.value {
                        Some(value) => format!("{}={value}", one.text),
                        None => format!("{}: {}", one.text, one.trouble),
                    })
                    .collect();
                let held = match held {
                    Held::Yes => "yes",
                    Held::No => "no",
                    Held::Unknown => "unknown",
                    Held::Error => "error",
                };
                vec![format!(
                    "{line} {statement} {condition} {held} [{}]",
                    operands.join(", ")
                )]
            }
            Step::Item {
                name,
                outcome,
                steps,
                ..
            } => {
                let mut all = vec![format!("{name} {}", outcome.as_str())];
                all.extend(told(steps).into_iter().map(|line| format!("- {line}")));
                all
            }
        })
        .collect()
}

#[test]
fn steps_name_their_line_and_the_values_on_both_sides() {
    for (body, expected) in [
        (
            "require mail.spf.evaluation.lookups <= want.limit else \"m\";",
            "4 require mail.spf.evaluation.lookups <= want.limit yes [mail.spf.evaluation.lookups=7, want.limit=10]",
        ),
        (
            "\n  require\n mail.dmarc.record.p.at_least(\"reject\")\n else \"m\";",
            "5 require mail.dmarc.record.p.at_least(\"reject\") no [mail.dmarc.record.p=\"quarantine\"]",
        ),
        (
            "require !mail.mx.null_mx && mail.mx.hosts.len() > 2 && mail.mx.implicit else \"m\";",
            "4 require !mail.mx.null_mx && (mail.mx.hosts.len() > 2) && mail.mx.implicit no [mail.mx.null_mx=false, mail.mx.hosts.len()=2]",
        ),
        (
            "require mail.mx.implicit || mail.mx.hosts[0].host.starts_with(\"mx1\") else \"m\";",
            "4 require mail.mx.implicit || mail.mx.hosts[0].host.starts_with(\"mx1\") yes [mail.mx.implicit=false, mail.mx.hosts[0].host=\"mx1.example.org\"]",
        ),
        (
            "require \"s1\" in mail.dkim.selectors_tried else \"m\";",
            "4 require \"s1\" in mail.dkim.selectors_tried yes [mail.dkim.selectors_tried=[\"s1\",\"s2\"]]",
        ),
        (
            "require mail.mx.hosts.any(|h| h.preference > 10) else \"m\";",
            "4 require mail.mx.hosts.any(|…| …) yes [mail.mx.hosts=\"2 items\"]",
        ),
        (
            "require mail.spf.record.valid else \"m\";",
            "4 require mail.spf.record.valid unknown [mail.spf.record.valid: unknown: servfail (the resolver failed)]",
        ),
        (
            "require mail.tls_rpt.record.valid else \"m\";",
            "4 require mail.tls_rpt.record.valid error [mail.tls_rpt.record.valid: read inside something absent: `tls_rpt.record`; require `.present` first]",
        ),
        (
            "recommend known(mail.spf.record) else \"m\";",
            "4 recommend known(mail.spf.record) no [known(mail.spf.record)=false]",
        ),
    ] {
        assert_eq!(told(&explained(body, &facts()).steps), [expected], "{body}");
    }
}

#[test]
fn steps_of_items_stand_below_their_item() {
    let body =
        "each(mail.mx.hosts, |h| { require h.preference < 15 else `it is ${h.preference}`; });";
    let explanation = explained(body, &facts());
    assert_eq!(
        told(&explanation.steps),
        [
            "mx1.example.org pass",
            "- 4 require h.preference < 15 yes [h.preference=10]",
            "mx2.example.org fail",
            "- 4 require h.preference < 15 no [h.preference=20]",
        ]
    );
    assert_eq!(explanation.outcome, Outcome::Fail);
    assert!(explanation.source.starts_with("each(mail.mx.hosts"));
}

#[test]
fn tracing_changes_neither_outcome_nor_evidence() {
    let body = "each(mail.mx.hosts, |h| { recommend h.host == \"x\" else h.host; }); require mail.spf.evaluation.lookups < 3 || mail.dmarc.inherited else \"m\";";
    let explanation = explained(body, &facts());
    let (_, policy) = files(&rule("r", body), "must(\"r\", #{});");
    let finding = &policy.evaluate(&facts()).findings[0];
    assert_eq!(explanation.outcome, finding.outcome);
    assert_eq!(explanation.facts, finding.evidence);
    assert_eq!(explanation.recommendations, finding.recommendations);
}

#[test]
fn the_condition_of_a_rule_is_told_with_its_text_and_value() {
    let rules = "rule(\"r\", #{ title: \"T\", area: \"test\", severity: \"low\", why: \"w\", fix: \"f\", refs: [\"R\"],\n  when: |mail| !mail.mx.null_mx && mail.dmarc.record.present,\n  applies: \"to some\" }, |mail, _want| { require true else \"m\"; });";
    let (source, policy) = files(rules, "should(\"r\", #{});");
    let ways = policy.ways("r").unwrap();
    let when = policy
        .explain(&source, ("r", &ways[0]), &facts())
        .and_then(|explanation| explanation.when)
        .unwrap();
    assert_eq!(when.value, Some(true));
    assert_eq!(
        (when.line, when.text.as_str()),
        (2, "|mail| !mail.mx.null_mx && mail.dmarc.record.present")
    );
    assert_eq!(when.facts, ["/mx/null_mx", "/dmarc/record/state"]);
    assert!(policy.ways("s").is_none());
}

/// The first change with which a rule of this body comes out so.
fn change(body: &str, wanted: Outcome, facts: &Facts) -> Vec<String> {
    let (source, policy) = files(&rule("r", body), "must(\"r\", #{});");
    let ways = policy.ways("r").unwrap();
    let explanation = policy.explain(&source, ("r", &ways[0]), facts).unwrap();
    let probe = Probe::new(&policy, &source, "r", &ways[0]).unwrap();
    let found = probe.turning(facts, &explanation, &[wanted]);
    let first = found.into_iter().next();
    let changes = first.map_or_else(Vec::new, |found| found.changes);
    let told = changes
        .iter()
        .map(|one| format!("{} {} -> {}", one.pointer, one.from, one.to));
    told.collect()
}

#[test]
fn the_smallest_change_is_one_then_the_same_everywhere_then_two() {
    for (body, wanted, expected) in [
        (
            "require mail.spf.evaluation.lookups <= 5 else \"m\";",
            Outcome::Pass,
            &["/spf/evaluation/lookups 7 -> 5"][..],
        ),
        (
            "require mail.spf.evaluation.lookups <= want.limit else \"m\";",
            Outcome::Fail,
            &["/spf/evaluation/lookups 7 -> 11"],
        ),
        (
            "require mail.dmarc.effective.policy.at_least(\"reject\") else \"m\";",
            Outcome::Pass,
            &["/dmarc/effective/value/policy \"quarantine\" -> \"reject\""],
        ),
        (
            "require mail.tls_rpt.record.present else \"m\";",
            Outcome::Pass,
            &["/tls_rpt/record \"absent\" -> \"present\""],
        ),
        (
            "require mail.dmarc.record.rua.count(|one| one.valid) > 0 else \"m\";",
            Outcome::Pass,
            &["/dmarc/record/value/rua \"0 items\" -> \"1 item\""],
        ),
        (
            "each(mail.mx.hosts, |h| { require h.preference == 3 else \"m\"; });",
            Outcome::Pass,
            &[
                "/mx/hosts/0/preference 10 -> 3",
                "/mx/hosts/1/preference 20 -> 3",
            ],
        ),
        (
            "require mail.mx.null_mx else \"m\"; require mail.mx.implicit else \"m\";",
            Outcome::Pass,
            &["/mx/null_mx false -> true", "/mx/implicit false -> true"],
        ),
        ("require false else \"m\";", Outcome::Pass, &[]),
    ] {
        assert_eq!(change(body, wanted, &facts()), expected, "{body}");
    }
}

#[test]
fn what_is_not_known_could_be_there_or_not() {
    let silent = facts_with(&[(
        "/mx/receives",
        json!({ "state": "unknown", "cause": "timeout" }),
    )]);
    let body = "require mail.mx.receives.value else \"m\";";
    assert_eq!(
        change(body, Outcome::Pass, &silent),
        ["/mx/receives \"unknown\" -> \"present: true\""]
    );
    assert_eq!(
        change(body, Outcome::Fail, &silent),
        ["/mx/receives \"unknown\" -> \"present: false\""]
    );
}

#[test]
fn expressions_give_values_absence_ignorance_and_faults_with_a_place() {
    let expressions = Expressions::new();
    for (text, given) in [
        (
            "mail.dmarc.record.p",
            Given::Present {
                value: json!("quarantine"),
            },
        ),
        (
            "let n = mail.mx.hosts.len(); n + 1",
            Given::Present { value: json!(3) },
        ),
        (
            "mail.mx.hosts.map(|h| h.preference)",
            Given::Present {
                value: json!([10, 20]),
            },
        ),
        ("mail.mx.receives", Given::Present { value: json!(true) }),
        (
            "mail.tls_rpt.record",
            Given::Absent {
                proof: "no-data".to_owned(),
            },
        ),
        (
            "mail.spf.record",
            Given::Unknown {
                reason: "servfail (the resolver failed)".to_owned(),
            },
        ),
        (
            "mail.spf.record.valid",
            Given::Unknown {
                reason: "servfail (the resolver failed)".to_owned(),
            },
        ),
        (
            "require mail.mx.null_mx else \"no\";",
            Given::Fail {
                reason: "no".to_owned(),
            },
        ),
    ] {
        let answer = expressions.evaluate(text, &facts()).unwrap();
        assert_eq!(answer.given, given, "{text}");
    }
    for (text, fault) in [
        (
            "mail.dmarc.recrod",
            "expression:1:11: there is no fact `dmarc.recrod`",
        ),
        ("mail.dmarc.", "expression:1:"),
        (
            "\n\nmial.x",
            "expression:3:1: there is no variable `mial` here",
        ),
        (
            "mail.mx.hosts.lenn()",
            "expression:1:15: there is no function `lenn`",
        ),
        (
            "eval(\"1\")",
            "expression:1:1: `eval` can't be used in policies",
        ),
        ("mail.mx = 1", "expression:1:"),
    ] {
        let faults = expressions.evaluate(text, &facts()).unwrap_err();
        assert!(faults[0].to_string().starts_with(fault), "{}", faults[0]);
    }
    let read = expressions.evaluate("mail.mx.null_mx", &facts()).unwrap();
    assert_eq!(read.facts[0].pointer, "/mx/null_mx");
}

#[test]
fn the_dictionary_tells_members_types_and_meanings() {
    let dictionary = Dictionary::new();
    let names = |path: &str| -> Vec<String> {
        let members = dictionary.members(path).unwrap_or_default();
        members.into_iter().map(|one| one.name).collect()
    };
    assert!(names("").contains(&"dmarc".to_owned()));
    assert!(names("mail.dmarc.effective").contains(&"policy".to_owned()));
    assert!(names("mx.hosts[0].addresses[1].session.starttls").len() > 1);
    assert_eq!(dictionary.members("mx.hsots"), None);
    let (kind, meaning) = dictionary.about("dmarc.effective.policy").unwrap();
    assert_eq!(kind, "none | quarantine | reject");
    assert!(!meaning.is_empty());
}

#[test]
fn costs_count_operations_the_same_every_time() {
    let rules = [
        rule("a", "require true else \"m\";"),
        rule(
            "b",
            "each(mail.mx.hosts, |h| { require h.host != \"\" else \"m\"; });",
        ),
    ];
    let (_, policy) = files(&rules.concat(), "must(\"a\", #{}); must(\"b\", #{});");
    let clock = || Duration::ZERO;
    let costs = policy.costs(&facts(), 3, &clock);
    assert_eq!(costs, policy.costs(&facts(), 1, &clock));
    let told: Vec<_> = costs
        .iter()
        .map(|cost| (cost.rule.as_str(), cost.facts, cost.outcome))
        .collect();
    assert_eq!(told, [("b", 2, Outcome::Pass), ("a", 0, Outcome::Pass)]);
    assert!(costs[0].operations > costs[1].operations && costs[1].operations > 0);
}
