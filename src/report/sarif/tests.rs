//! Tests of SARIF: what a reader finds in it, and what GitHub takes of it.

use super::super::sample;
use super::*;
use crate::results::compare::Since;
use crate::results::gate::{FailOn, OnUnknown};
use crate::results::outcome::{Outcome, Severity};
use crate::results::{Scan, TargetResult};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

fn read(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

fn full(scan: &Scan) -> Value {
    let mut bytes = Vec::new();
    render(scan.results(), &Options::default(), &mut bytes).unwrap();
    read(&bytes)
}

fn github(scan: &Scan) -> Value {
    let mut bytes = Vec::new();
    render_github(scan.results(), &Options::default(), &mut bytes).unwrap();
    read(&bytes)
}

fn results(log: &Value) -> &Vec<Value> {
    log["runs"][0]["results"].as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// How often each rule is told at each domain of the sample.
pub(in super::super) fn told(sarif: &str) -> Vec<BTreeMap<String, usize>> {
    let log: Value = serde_json::from_str(sarif).unwrap();
    let of_target = |target: &TargetResult| {
        let domain = escape::line(&target.target.domain);
        let mut told = BTreeMap::new();
        for result in results(&log) {
            if result["locations"][0]["logicalLocations"][0]["name"] == domain.as_str() {
                *told.entry(text(&result["ruleId"]).to_owned()).or_default() += 1;
            }
        }
        told
    };
    sample::scan().targets.iter().map(of_target).collect()
}

/// Files of both profiles, of a run that is not whole.
fn both() -> [Value; 2] {
    let mut scan = sample::scan();
    scan.run.partial = Some("interrupted: 2 of 3 domains are complete".to_owned());
    [full(&scan), github(&scan)]
}

#[test]
fn every_finding_is_a_result_with_its_rule() {
    let scan = sample::scan();
    let log = full(&scan);
    let all = results(&log);
    assert_eq!(all.len(), scan.run.summary.total);
    let findings = scan.targets.iter().flat_map(|target| &target.findings);
    let rules = &log["runs"][0]["tool"]["driver"]["rules"];
    for (result, finding) in all.iter().zip(findings) {
        let id = escape::line(&finding.rule);
        assert_eq!(result["ruleId"], id.as_str());
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], id.as_str());
        assert_eq!(result["properties"]["outcome"], finding.outcome.as_str());
    }
    let ids: Vec<&str> = rules
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| text(&rule["id"]))
        .collect();
    assert!(ids.contains(&"sender-inventory"), "manual requirements too");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
}

#[test]
fn only_failures_have_a_level() {
    for result in results(&full(&sample::scan())) {
        let fails = result["kind"] == "fail";
        assert_eq!(fails, result["level"] != "none", "{result:#}");
        let outcome = text(&result["properties"]["outcome"]);
        assert_eq!(fails, ["fail", "waived"].contains(&outcome));
    }
}

#[test]
fn the_domain_comes_first_and_the_location_is_where_it_is_named() {
    let log = full(&sample::scan());
    let first = &results(&log)[0];
    let message = text(&first["message"]["text"]);
    assert!(
        message.starts_with(
            "xn--bcher-kva.example: fail (must): DMARC asks receivers to act: reject or stricter.\n"
        ),
        "{message}"
    );
    assert!(message.ends_with("Asked by bod-18-01 1.b."), "{message}");
    let physical = &first["locations"][0]["physicalLocation"];
    assert_eq!(physical["artifactLocation"]["uri"], "domains.txt");
    let region = &physical["region"];
    let told = ["startLine", "startColumn", "endLine", "endColumn"].map(|key| region[key].as_u64());
    assert_eq!(told, [Some(3), Some(1), Some(3), Some(15)]);
    let logical = &first["locations"][0]["logicalLocations"][0];
    assert_eq!(logical["name"], "xn--bcher-kva.example");
    assert_eq!(
        logical["fullyQualifiedName"],
        "dns:xn--bcher-kva.example/dmarc-policy-at-least"
    );
}

#[test]
fn fingerprints_come_once_and_are_the_same_in_both_profiles() {
    let scan = sample::scan();
    let names = |log: &Value| -> Vec<String> {
        let own = |result: &Value| text(&result["partialFingerprints"]["waxseal/v1"]).to_owned();
        results(log).iter().map(own).collect()
    };
    let all = names(&full(&scan));
    let known: BTreeSet<&String> = all.iter().collect();
    assert_eq!(known.len(), all.len());
    let some = names(&github(&scan));
    assert!(!some.is_empty() && some.iter().all(|name| known.contains(name)));
    for log in both() {
        for result in results(&log) {
            let names = &result["partialFingerprints"];
            let primary = format!("{}:1", text(&names["waxseal/v1"]));
            assert_eq!(names["primaryLocationLineHash"], primary.as_str());
        }
    }
}

#[test]
fn waivers_suppress_and_then_every_result_says_whether_it_is_suppressed() {
    let mut scan = sample::scan();
    // A waiver that stands at a failure has ended.
    let waiver = scan.targets[1]
        .findings
        .iter()
        .find_map(|one| one.waiver.clone());
    scan.targets[0].findings[0].waiver = waiver;
    let log = full(&scan);
    let mut seen = BTreeSet::new();
    for result in results(&log) {
        let list = result["suppressions"].as_array().unwrap();
        for one in list {
            assert_eq!(one["kind"], "external");
            seen.insert((text(&result["properties"]["outcome"]), text(&one["status"])));
        }
    }
    assert_eq!(seen, [("fail", "rejected"), ("waived", "accepted")].into());
    for target in &mut scan.targets {
        target.findings.iter_mut().for_each(|one| one.waiver = None);
    }
    assert!(
        results(&full(&scan))
            .iter()
            .all(|one| one.get("suppressions").is_none())
    );
    assert!(
        results(&github(&scan))
            .iter()
            .all(|one| one.get("suppressions").is_none())
    );
}

#[test]
fn a_comparison_gives_states() {
    let mut scan = sample::scan();
    let states = [Since::New, Since::Unchanged, Since::Fixed];
    for (finding, since) in scan.targets[0].findings.iter_mut().zip(states) {
        finding.since = Some(since);
    }
    let log = full(&scan);
    let told: Vec<&Value> = results(&log)
        .iter()
        .filter_map(|one| one.get("baselineState"))
        .collect();
    assert_eq!(told, ["new", "unchanged", "updated"]);
}

#[test]
fn rules_say_what_github_shows() {
    for log in both() {
        for rule in log["runs"][0]["tool"]["driver"]["rules"]
            .as_array()
            .unwrap()
        {
            for part in [
                &rule["shortDescription"],
                &rule["fullDescription"],
                &rule["help"],
            ] {
                assert!(!text(&part["text"]).is_empty(), "{rule:#}");
            }
            let full = text(&rule["fullDescription"]["text"]);
            assert!(full.chars().count() <= 1024);
            let tags = rule["properties"]["tags"].as_array().unwrap();
            assert!(tags.len() <= 10 && tags[0] == "security");
        }
    }
    let scan = sample::scan();
    let log = github(&scan);
    let rules = log["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap();
    let rule = rules
        .iter()
        .find(|rule| rule["id"] == "dmarc-policy-at-least")
        .unwrap();
    assert_eq!(rule["name"], "DmarcPolicyAtLeast");
    assert_eq!(rule["properties"]["security-severity"], "8.0");
    assert_eq!(rule["defaultConfiguration"]["level"], "error");
    assert_eq!(
        rule["helpUri"],
        "https://www.rfc-editor.org/rfc/rfc9989#section-4.7"
    );
    let help = text(&rule["help"]["markdown"]);
    assert!(
        help.contains("[RFC 9989 §4.7](https://www.rfc-editor.org/rfc/rfc9989#section-4.7)"),
        "{help}"
    );
}

#[test]
fn what_is_only_worth_knowing_has_no_number() {
    let mut scan = sample::scan();
    for rule in &mut scan.run.rules {
        rule.severity = Severity::Info;
    }
    let log = github(&scan);
    let rules = log["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap();
    let rule = rules
        .iter()
        .find(|rule| rule["id"] == "dmarc-policy-at-least")
        .unwrap();
    assert!(rule["properties"].get("security-severity").is_none());
}

#[test]
fn the_run_says_what_broke_what_the_settings_need_and_that_it_is_not_whole() {
    for log in both() {
        let run = &log["runs"][0];
        let invocation = &run["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], false);
        let ids = |key: &str| -> Vec<&str> {
            let list = invocation[key].as_array().unwrap();
            list.iter()
                .map(|one| text(&one["descriptor"]["id"]))
                .collect()
        };
        // The hostile rule broke too.
        assert_eq!(
            ids("toolExecutionNotifications"),
            ["rule-broke", "rule-broke", "run-not-whole"]
        );
        assert_eq!(
            ids("toolConfigurationNotifications"),
            ["waiver-expired", "waiver-unused"]
        );
        let list = invocation["toolExecutionNotifications"].as_array().unwrap();
        let broken = list
            .iter()
            .find(|one| one["associatedRule"]["id"] == "spf-lookups-within-limit")
            .unwrap();
        let place = &broken["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "rules/spf.rhai");
        assert_eq!(place["region"]["startLine"], 31);
        let audit = &run["properties"]["waxseal/audit"];
        assert!(text(&audit["policy-files"][0]).starts_with("rules/dmarc.rhai sha256:"));
        assert_eq!(run["columnKind"], "unicodeCodePoints");
    }
    let [full, github] = both();
    let targets = &full["runs"][0]["properties"]["waxseal/targets"];
    assert_eq!(targets.as_array().unwrap().len(), 2);
    assert!(text(&targets[0]["audit"]["facts-sha256"][0]).starts_with("0c0c"));
    assert!(
        github["runs"][0]["properties"]
            .get("waxseal/targets")
            .is_none()
    );
    let id = text(&full["runs"][0]["automationDetails"]["id"]);
    assert!(id.starts_with("waxseal/bod-18-01+mecsa+b") && id.ends_with('/'));
}

#[test]
fn github_gets_what_somebody_has_to_act_on() {
    let mut scan = sample::scan();
    let count = |scan: &Scan| -> Vec<(Outcome, usize)> {
        let log = github(scan);
        let told = |outcome: &Outcome| {
            let same = |one: &&Value| one["properties"]["outcome"] == outcome.as_str();
            results(&log).iter().filter(same).count()
        };
        Outcome::ALL
            .iter()
            .map(|outcome| (*outcome, told(outcome)))
            .filter(|(_, n)| *n > 0)
            .collect()
    };
    let summary = scan.run.summary;
    let expected = [
        (Outcome::Fail, summary.fail),
        (Outcome::Error, summary.error),
        (Outcome::Unknown, summary.unknown_must),
    ];
    assert_eq!(count(&scan), expected);
    scan.run.gate.unknown = OnUnknown::Warn;
    assert_eq!(count(&scan), expected[..2]);
    scan.run.gate.unknown = OnUnknown::Fail;
    scan.run.gate.fail_on = FailOn::May;
    assert_eq!(count(&scan)[2], (Outcome::Unknown, summary.unknown));
    for result in results(&github(&scan)) {
        assert_eq!(result["kind"], "fail");
        let unsettled = result["properties"]["outcome"] != "fail";
        assert!(!unsettled || result["level"] != "error");
    }
}

#[test]
fn the_worst_findings_stay_where_there_are_too_many_and_the_file_says_so() {
    let scan = sample::scan();
    let all = results(&github(&scan)).len();
    let cut = |limits: Limits| {
        let mut bytes = Vec::new();
        within(limits, scan.results(), &mut bytes).unwrap();
        read(&bytes)
    };
    let log = cut(Limits {
        results: 3,
        ..limits::GITHUB
    });
    let kept = results(&log);
    assert_eq!(kept.len(), 3);
    // Required failures before anything else.
    assert!(kept.iter().all(|one| one["level"] == "error"), "{kept:#?}");
    let told = text(&log["runs"][0]["properties"]["waxseal/cut"]);
    assert!(told.starts_with(&format!("3 of {all} findings")), "{told}");
    let told = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    let last = told.as_array().unwrap().last().unwrap();
    assert_eq!(last["descriptor"]["id"], "results-cut");
    let whole = limits::compressed(|out| render_github(scan.results(), &Options::default(), out));
    let bytes = whole.unwrap() * 3 / 4;
    let log = cut(Limits {
        bytes,
        ..limits::GITHUB
    });
    let kept = results(&log).len();
    assert!(kept < all, "{kept} of {all}");
    let none = cut(Limits {
        bytes: 0,
        ..limits::GITHUB
    });
    assert!(results(&none).is_empty());
}

/// Every text of a document.
fn texts<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => {
            found.extend(members.keys().map(String::as_str));
            members.values().for_each(|item| texts(item, found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn texts_of_strangers_are_inert() {
    let mut scan = sample::scan();
    scan.targets[0].findings[0].reason = "[click](https://evil.example) {0}".to_owned();
    for log in [full(&scan), github(&scan)] {
        let mut found = Vec::new();
        texts(&log, &mut found);
        for text in found {
            let bad = |c| c != '\n' && escape::acts(c);
            assert!(!text.contains(bad), "{text:?}");
        }
        for result in results(&log) {
            let message = text(&result["message"]["text"]);
            assert!(!message.contains("]("), "{message}");
            let uri = text(&result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]);
            assert!(
                !uri.is_empty() && uri.is_ascii() && !uri.starts_with(['/', '.']),
                "{uri}"
            );
            assert!(!uri.contains([':', ' ', '<']), "{uri}");
        }
    }
    let log = full(&scan);
    let message = text(&results(&log)[0]["message"]["text"]);
    assert!(
        message.contains("[click] (https://evil.example) {{0}}"),
        "{message}"
    );
}

#[test]
fn both_profiles_are_valid_by_the_schema() {
    let Some(corpora) = std::env::var_os("WAXSEAL_CORPORA") else {
        println!("left out: WAXSEAL_CORPORA is not set, the schema is not there");
        return;
    };
    let schema = Path::new(&corpora).join("sarif/sarif-schema-2.1.0.json");
    let schema = std::fs::read_to_string(schema).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let mut scan = sample::scan();
    scan.run.partial = Some("interrupted".to_owned());
    scan.targets[0].findings[0].since = Some(Since::New);
    for log in [full(&scan), github(&scan)] {
        let faults: Vec<String> = schema
            .iter_errors(&log)
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{faults:#?}");
    }
}
