//! Tests of Code Quality reports.

use super::super::sample;
use super::*;
use crate::results::Scan;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

fn written(scan: &Scan) -> Vec<Value> {
    let mut bytes = Vec::new();
    render(scan.results(), &Options::default(), &mut bytes).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// How often each rule is told at each domain of the sample.
pub(in super::super) fn told(report: &str) -> Vec<BTreeMap<String, usize>> {
    let issues: Vec<Value> = serde_json::from_str(report).unwrap();
    let of_target = |target: &TargetResult| {
        let head = format!("{}: ", escape::line(&target.target.domain));
        let mut told = BTreeMap::new();
        for issue in &issues {
            if issue["description"].as_str().unwrap().starts_with(&head) {
                let rule = issue["check_name"].as_str().unwrap().to_owned();
                *told.entry(rule).or_default() += 1;
            }
        }
        told
    };
    sample::scan().targets.iter().map(of_target).collect()
}

/// GitLab's own schema, `app/validators/json_schemas/codeclimate.json`, in its essence.
fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["description", "fingerprint", "severity", "location"],
        "properties": {
            "description": { "type": "string" },
            "fingerprint": { "type": "string" },
            "severity": { "enum": ["info", "minor", "major", "critical", "blocker"] },
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": { "type": "string", "pattern": "^[^./][^:]*$" },
                    "lines": { "type": "object", "properties": { "begin": { "type": "integer", "minimum": 1 } } }
                }
            }
        }
    })
}

#[test]
fn issues_are_what_gitlab_reads_and_have_fingerprints_of_their_own() {
    let scan = sample::scan();
    let issues = written(&scan);
    let summary = scan.run.summary;
    assert_eq!(
        issues.len(),
        summary.fail + summary.error + summary.unknown_must
    );
    let schema = jsonschema::validator_for(&schema()).unwrap();
    for issue in &issues {
        let faults: Vec<String> = schema
            .iter_errors(issue)
            .map(|fault| fault.to_string())
            .collect();
        assert!(faults.is_empty(), "{faults:?}: {issue:#}");
    }
    let names: BTreeSet<&str> = issues
        .iter()
        .map(|one| one["fingerprint"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), issues.len());
    assert_eq!(
        issues[0]["description"],
        "xn--bcher-kva.example: fail (must): DMARC asks receivers to act: reject or stricter: effective policy is none"
    );
    assert_eq!(
        issues[0]["location"],
        json!({ "path": "domains.txt", "lines": { "begin": 3 } })
    );
    assert_eq!(issues[0]["waxseal"]["facts_sha256"], "0c".repeat(32));
}

#[test]
fn what_binds_less_weighs_less() {
    use Level as L;
    use Outcome as O;
    use Severity as S;
    for (severity, level, outcome, told) in [
        (S::Critical, L::Must, O::Fail, "blocker"),
        (S::High, L::MustNot, O::Fail, "critical"),
        (S::High, L::Should, O::Fail, "major"),
        (S::High, L::May, O::Fail, "minor"),
        (S::Low, L::May, O::Fail, "info"),
        (S::High, L::Must, O::Unknown, "major"),
        (S::Info, L::Must, O::Error, "info"),
    ] {
        let mut finding = sample::finding("r", "t", level, outcome);
        finding.severity = severity;
        assert_eq!(super::severity(&finding), told, "{severity:?} {level:?}");
    }
}

#[test]
fn texts_of_strangers_are_inert() {
    for issue in written(&sample::scan()) {
        let text = issue.to_string();
        assert!(!text.contains("\\u00"), "{text}");
        for part in ["description", "check_name", "fingerprint"] {
            assert!(
                !issue[part].as_str().unwrap().contains(escape::acts),
                "{issue:#}"
            );
        }
        assert!(
            !issue["location"]["path"]
                .as_str()
                .unwrap()
                .contains(escape::acts)
        );
    }
}
