//! Tests of the OCSF events.

use super::super::sample;
use super::super::sample::tally::{Told, outcomes, outcomes_of, tally};
use super::*;
use crate::results::Scan;
use std::collections::BTreeSet;

fn written(scan: &Scan) -> String {
    let mut bytes = Vec::new();
    render(scan.results(), &Options::default(), &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn read(text: &str) -> Vec<Value> {
    assert!(text.ends_with('\n'));
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The events of findings, not those of the run.
fn of_findings(text: &str) -> Vec<Value> {
    let mut events = read(text);
    events.retain(|event| event["unmapped"]["waxseal"]["outcome"].is_string());
    events
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value}"))
        .to_owned()
}

/// What the report tells of the sample.
pub(in super::super) fn told(report: &str) -> Told {
    let events = of_findings(report);
    let pair = |event: &Value| {
        (
            text(&event["resources"][0]["uid"]),
            text(&event["finding_info"]["analytic"]["uid"]),
        )
    };
    tally(events.iter().map(pair))
}

#[test]
fn a_line_is_an_event_and_nothing_in_it_acts() {
    let scan = sample::scan();
    let report = written(&scan);
    assert!(!report.contains(|character| character != '\n' && escape::acts(character)));
    assert_eq!(
        read(&report).len(),
        scan.run.summary.total + scan.run.notices.len() + 1
    );
    let codes: Vec<String> = of_findings(&report)
        .iter()
        .map(|event| text(&event["status_code"]))
        .collect();
    assert_eq!(
        outcomes(codes.iter().map(String::as_str)),
        outcomes_of(&scan)
    );
}

#[test]
fn nobody_reads_what_is_not_settled_as_passed_or_failed() {
    for event in of_findings(&written(&sample::scan())) {
        let compliance = &event["compliance"];
        let expected = match event["status_code"].as_str().unwrap() {
            "pass" => (1, "Pass"),
            "unknown" => (2, "Warning"),
            "fail" | "waived" => (3, "Fail"),
            "error" => (99, "Error"),
            "manual" => (99, "Manual"),
            "not-applicable" => (99, "Not applicable"),
            other => panic!("{other}"),
        };
        assert_eq!(
            (
                compliance["status_id"].as_i64().unwrap(),
                compliance["status"].as_str().unwrap()
            ),
            expected
        );
        let suppressed = event["status_id"] == 3;
        assert_eq!(suppressed, event["status_code"] == "waived");
        assert_eq!(
            suppressed,
            !event["unmapped"]["waxseal"]["waiver"].is_null()
        );
        assert_eq!(
            event["type_uid"].as_i64().unwrap(),
            200_300 + event["activity_id"].as_i64().unwrap()
        );
        assert_eq!(event["class_uid"], 2003);
    }
}

#[test]
fn a_failed_recommendation_is_low_at_most_and_what_is_unknown_has_no_severity() {
    for event in of_findings(&written(&sample::scan())) {
        let severity = event["severity_id"].as_i64().unwrap();
        let level = event["unmapped"]["waxseal"]["level"].as_str().unwrap();
        match event["status_code"].as_str().unwrap() {
            "fail" | "waived" if level.starts_with("must") => assert!(severity >= 1),
            "fail" | "waived" => assert!((1..=2).contains(&severity), "{level} {severity}"),
            "unknown" | "error" => assert_eq!(severity, 0),
            _ => assert_eq!(severity, 1),
        }
    }
}

#[test]
fn events_have_names_of_their_own_and_findings_keep_theirs() {
    let scan = sample::scan();
    let report = written(&scan);
    let uids: BTreeSet<String> = read(&report)
        .iter()
        .map(|event| text(&event["metadata"]["uid"]))
        .collect();
    assert_eq!(uids.len(), report.lines().count());
    let findings = scan.targets.iter().flat_map(|result| &result.findings);
    for (event, finding) in of_findings(&report).iter().zip(findings) {
        assert_eq!(
            text(&event["finding_info"]["uid"]),
            escape::line(&finding.fingerprint)
        );
    }
}

#[test]
fn times_are_those_of_the_observation() {
    for event in read(&written(&sample::scan())) {
        assert_eq!(
            event["time"], 1_795_428_000_000_i64,
            "2026-11-23T10:00:00Z in milliseconds"
        );
    }
}

#[test]
fn what_an_earlier_run_knows_is_updated_or_closed() {
    let mut scan = sample::scan();
    let findings = &mut scan.targets[0].findings;
    findings[0].since = Some(Since::New);
    findings[1].since = Some(Since::Unchanged);
    findings[2].since = Some(Since::Fixed);
    let events = read(&written(&scan));
    let types: Vec<i64> = events[..4]
        .iter()
        .map(|event| event["type_uid"].as_i64().unwrap())
        .collect();
    assert_eq!(types, [200_301, 200_302, 200_303, 200_301]);
}

#[test]
fn a_run_that_is_not_whole_says_so_in_its_last_event() {
    let mut scan = sample::scan();
    let last = |scan: &Scan| read(&written(scan)).pop().unwrap();
    assert_eq!(last(&scan)["compliance"]["status"], "Summary");
    scan.run.partial = Some(format!("interrupted {}", sample::HOSTILE));
    let event = last(&scan);
    assert_eq!(event["compliance"]["status_id"], 2);
    assert!(
        text(&event["message"]).starts_with("the run is not whole: interrupted "),
        "{event}"
    );
}
