//! The shipped policies: their examples, MECSA's scores over every combination, and what is unknown.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use tokio::runtime::Runtime;
use waxseal::facts::Facts;
use waxseal::policy::Policy;
use waxseal::policy::cases::{CaseVerdict, Suite};
use waxseal::policy::source::Source;
use waxseal::results::finding::Finding;
use waxseal::results::outcome::Outcome;
use waxseal::scan::cases::play;

/// The rules that do not hold at the good domain: only some norms ask them, and others forbid what they ask.
const NOT_FOR_ALL: [&str; 10] = [
    "dkim-rsa-and-ed25519-published",
    "dmarc-alignment-strict",
    "dmarc-failure-reports-requested",
    "dmarc-subdomain-policy-stated",
    "domain-is-within",
    "mx-certificate-names-ocsp-responder",
    "outbound-tls-enforced",
    "outbound-validates-certificates",
    "spf-ends-in-softfail-where-mail-is-sent",
    "spf-lists-addresses-not-names",
];

/// Points, and the combinations that get them.
type Points = &'static [(i64, &'static str)];

/// MECSA's points, in half stars, by the letters of what is there.
const TABLES: [(&str, &str, Points); 3] = [
    (
        "confidential",
        "sxadm",
        &[
            (10, "sxadm sad sxad sxam sxm"),
            (8, "sxd"),
            (7, "sx sxa"),
            (6, "sd sa sm"),
            (5, "s"),
        ],
    ),
    (
        "authentic",
        "spkdqn",
        &[
            (10, "spkdqn"),
            (9, "skdqn spkdn"),
            (8, "skdn sdqn spkn spkdq kdqn"),
            (7, "sdq skdq spdn spkd kdq"),
            (6, "kdn skn skd spk sdn spd sp spn"),
            (5, "sd sk kd"),
            (4, "kn sn dn dqn"),
            (3, "s k d"),
        ],
    ),
    (
        "unchanged",
        "kdqn",
        &[
            (10, "kdqn"),
            (8, "kdn kn"),
            (7, "kdq"),
            (6, "kd"),
            (4, "dn"),
            (2, "d n"),
        ],
    ),
];

fn base() -> Value {
    serde_json::from_str(Source::shipped().text("base.facts.json").unwrap()).unwrap()
}

fn load(extra: (&str, String), baseline: &str) -> Policy {
    let over = Source::from_files(vec![(extra.0.to_owned(), extra.1)]);
    Policy::load(&Source::shipped().with(over), &[baseline.to_owned()])
        .unwrap_or_else(|faults| panic!("{}", faults[0]))
}

#[test]
fn every_example_of_the_shipped_policies_holds() {
    let suite = Suite::load(&Source::shipped()).unwrap_or_else(|faults| panic!("{}", faults[0]));
    let runtime = Runtime::new().unwrap();
    let played = runtime.block_on(play(suite.plays(true))).unwrap();
    let results = suite.ready(played).run().unwrap();
    let wrong: Vec<String> = results
        .iter()
        .filter(|case| case.verdict != CaseVerdict::Passed)
        .map(|case| {
            format!(
                "{}:{} {}: expected {}, got {}",
                case.file, case.line, case.name, case.expected, case.got
            )
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn header(id: &str) -> String {
    format!(
        "baseline(\"{id}\", #{{ title: \"t\", publisher: \"p\", version: \"1\", source: \"s\" }});\n"
    )
}

/// The best score of the listed combinations that are contained.
fn by_table(table: &[(i64, &str)], there: &str) -> i64 {
    table
        .iter()
        .flat_map(|(points, listed)| listed.split(' ').map(move |one| (*points, one)))
        .filter(|(_, one)| one.chars().all(|letter| there.contains(letter)))
        .map(|(points, _)| points)
        .max()
        .unwrap_or(0)
}

#[test]
fn mecsa_scores_every_combination_by_its_table_and_more_is_never_worse() {
    let mut text = Source::shipped()
        .text("baselines/mecsa.rhai")
        .unwrap()
        .to_owned();
    let mut wanted = BTreeMap::new();
    for (name, letters, table) in TABLES {
        for vector in 0..1_usize << letters.len() {
            let flags: Vec<bool> = (0..letters.len())
                .map(|bit| vector >> bit & 1 == 1)
                .collect();
            let there: String = letters
                .chars()
                .zip(&flags)
                .filter_map(|(letter, flag)| flag.then_some(letter))
                .collect();
            let id = format!("sweep-{name}-{vector}");
            let arguments: Vec<String> = flags.iter().map(bool::to_string).collect();
            writeln!(
                text,
                "score(\"{id}\", #{{ title: \"t\", max: 10.0 }}, |_f, _mail| {name}({}));",
                arguments.join(", ")
            )
            .unwrap();
            wanted.insert(id, by_table(table, &there));
        }
        for (points, listed) in table {
            for one in listed.split(' ') {
                assert_eq!(by_table(table, one), *points, "{name}: {one}");
            }
        }
    }
    let policy = load(("baselines/mecsa.rhai", text), "mecsa");
    let facts: Facts = serde_json::from_value(base()).unwrap();
    let scores = policy.evaluate(&facts).scores;
    for (id, points) in wanted {
        let score = scores.iter().find(|score| score.id == id).unwrap();
        #[expect(clippy::cast_precision_loss, reason = "points are 0 to 10")]
        let points = points as f64;
        assert_eq!(score.value, Some(points), "{id}: {}", score.note);
    }
}

/// Everything looked up is absent, because the name does not exist.
fn nowhere(value: &mut Value) {
    match value {
        Value::Object(members) if members.contains_key("state") && !is_dnssec(members) => {
            members.remove("value");
            members.insert("state".to_owned(), "absent".into());
            members.insert("proof".to_owned(), "nxdomain".into());
        }
        Value::Object(members) => members.values_mut().for_each(nowhere),
        Value::Array(items) => items.iter_mut().for_each(nowhere),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_dnssec(members: &serde_json::Map<String, Value>) -> bool {
    matches!(
        members.get("state").and_then(Value::as_str),
        Some("secure" | "insecure" | "bogus" | "indeterminate")
    )
}

#[test]
fn a_domain_that_does_not_exist_fails_in_that_alone() {
    let none = load(("baselines/none.rhai", header("none")), "none");
    let mut all = header("all");
    for rule in none.library() {
        writeln!(all, "may(\"{}\", #{{ clause: \"1\" }});", rule.id).unwrap();
    }
    let policy = load(("baselines/all.rhai", all), "all");
    let mut document = base();
    nowhere(&mut document);
    document["mx"]["receives"] = serde_json::json!({ "state": "present", "value": false });
    document["spf"]["evaluation"]["status"] = "none".into();
    document["dmarc"]["domain"] = "".into();
    for list in ["/mx/hosts", "/spf/tree", "/dkim/keys", "/mta_sts/coverage"] {
        *document.pointer_mut(list).unwrap() = Value::Array(Vec::new());
    }
    let facts: Facts = serde_json::from_value(document).unwrap();
    for finding in policy.evaluate(&facts).findings {
        let expected = if finding.rule == "domain-exists" {
            Outcome::Fail
        } else {
            Outcome::NotApplicable
        };
        let (rule, reason) = (&finding.rule, &finding.reason);
        assert_eq!(finding.outcome, expected, "{rule}: {reason}");
    }
}

/// The pointers of all observations of a document.
fn observations(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let state = members.get("state").and_then(Value::as_str);
            if matches!(state, Some("present" | "absent")) {
                found.push(at.to_owned());
            }
            for (name, member) in members {
                observations(member, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                observations(item, &format!("{at}/{index}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn no_rule_fails_or_breaks_because_one_fact_of_a_good_domain_is_unknown() {
    let none = load(("baselines/none.rhai", header("none")), "none");
    let mut all = header("all");
    for rule in none.library() {
        writeln!(all, "may(\"{}\", #{{ clause: \"1\" }});", rule.id).unwrap();
    }
    let policy = load(("baselines/all.rhai", all), "all");
    let base = base();
    // What only some norms ask, and others forbid, need not hold at the good domain.
    let good: Facts = serde_json::from_value(base.clone()).unwrap();
    let fails = |finding: &Finding| finding.outcome == Outcome::Fail;
    let good = policy.evaluate(&good).findings;
    let peculiar: BTreeSet<&str> = good
        .iter()
        .filter(|finding| fails(finding))
        .map(|finding| finding.rule.as_str())
        .collect();
    assert_eq!(peculiar, BTreeSet::from(NOT_FOR_ALL));
    let mut pointers = Vec::new();
    observations(&base, "", &mut pointers);
    assert!(pointers.len() > 40, "only {} observations", pointers.len());
    for pointer in pointers {
        let mut document = base.clone();
        let members = document
            .pointer_mut(&pointer)
            .unwrap()
            .as_object_mut()
            .unwrap();
        members.remove("value");
        members.remove("proof");
        members.insert("state".to_owned(), "unknown".into());
        members.insert("cause".to_owned(), "timeout".into());
        let facts: Facts = serde_json::from_value(document).unwrap();
        for finding in policy.evaluate(&facts).findings {
            let known = fails(&finding) && peculiar.contains(finding.rule.as_str());
            assert!(
                known || !matches!(finding.outcome, Outcome::Fail | Outcome::Error),
                "{pointer}: {} is {:?}: {}",
                finding.rule,
                finding.outcome,
                finding.reason
            );
        }
    }
}
