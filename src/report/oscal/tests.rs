//! Tests of the OSCAL document: that it is one, and that nothing in it leads nowhere.

use super::super::sample::tally::{Told, outcomes, outcomes_of, tally};
use super::super::{escape, sample};
use super::*;
use crate::results::Scan;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn written(scan: &Scan) -> String {
    let mut bytes = Vec::new();
    render(scan.results(), &Options::default(), &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn list<'a>(value: &'a Value, pointer: &str) -> Vec<&'a Value> {
    let found = value.pointer(pointer).and_then(Value::as_array);
    found.map(|list| list.iter().collect()).unwrap_or_default()
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no {pointer} in {value}"))
}

/// The value of a property.
fn prop<'a>(value: &'a Value, name: &str) -> &'a str {
    let props = list(value, "/props");
    let found = props.into_iter().find(|prop| prop["name"] == name);
    found.map(|prop| text(prop, "/value")).unwrap_or_default()
}

const RESULT: &str = "/assessment-results/results/0";

/// The items of a list of the result.
fn of_result<'a>(document: &'a Value, name: &str) -> Vec<&'a Value> {
    list(document, &format!("{RESULT}/{name}"))
}

/// The observations of findings, not those of notices.
fn observations(document: &Value) -> Vec<&Value> {
    let mut all = of_result(document, "observations");
    all.retain(|observation| !prop(observation, "outcome").is_empty());
    all
}

/// What the report tells of the sample.
pub(in super::super) fn told(report: &str) -> Told {
    let document = read(report);
    let pair = |observation: &&Value| {
        (
            text(observation, "/subjects/0/subject-uuid").to_owned(),
            prop(observation, "rule").to_owned(),
        )
    };
    tally(observations(&document).iter().map(pair))
}

#[test]
fn every_finding_is_an_observation_and_what_is_settled_a_finding_too() {
    let scan = sample::scan();
    let document = read(&written(&scan));
    let count =
        |values: Vec<&Value>| outcomes(values.into_iter().map(|value| prop(value, "outcome")));
    let expected = outcomes_of(&scan);
    assert_eq!(count(observations(&document)), expected);
    let only = |kept: &[&str]| {
        let mut some = expected.clone();
        some.retain(|outcome, _| kept.contains(&outcome.as_str()));
        some
    };
    assert_eq!(
        count(of_result(&document, "findings")),
        only(&["pass", "fail", "waived"])
    );
    assert_eq!(
        count(of_result(&document, "risks")),
        only(&["fail", "waived"])
    );
}

#[test]
fn states_say_what_the_outcomes_say() {
    let document = read(&written(&sample::scan()));
    for finding in of_result(&document, "findings") {
        let status = (
            text(finding, "/target/status/state"),
            text(finding, "/target/status/reason"),
        );
        match prop(finding, "outcome") {
            "pass" => assert_eq!(status, ("satisfied", "pass")),
            _ => assert_eq!(status, ("not-satisfied", "fail")),
        }
    }
    for risk in of_result(&document, "risks") {
        match prop(risk, "outcome") {
            "waived" => assert_eq!(text(risk, "/status"), "deviation-approved"),
            _ => assert_eq!(text(risk, "/status"), "open"),
        }
    }
    let risks = of_result(&document, "risks");
    let waived = risks
        .iter()
        .find(|risk| prop(risk, "rule") == "mta-sts-published")
        .unwrap();
    assert_eq!(text(waived, "/deadline"), "2027-03-31T23:59:59Z");
    assert_eq!(prop(waived, "waiver-ticket"), "TICKET-17");
    let methods: BTreeSet<&str> = observations(&document)
        .iter()
        .map(|one| text(one, "/methods/0"))
        .collect();
    assert_eq!(
        methods,
        BTreeSet::from(["TEST", "UNKNOWN"]),
        "what nobody looked at was not tested"
    );
}

/// All values of members of a name, wherever they stand.
fn members<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                if key == name {
                    found.extend(value.as_str());
                }
                members(value, name, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| members(value, name, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn names_are_unique_and_every_reference_leads_to_something() {
    let document = read(&written(&sample::scan()));
    let all = |name: &str| {
        let mut found = Vec::new();
        members(&document, name, &mut found);
        found
    };
    let uuids = all("uuid");
    let unique: BTreeSet<&str> = uuids.iter().copied().collect();
    assert_eq!(unique.len(), uuids.len());
    for name in [
        "subject-uuid",
        "observation-uuid",
        "risk-uuid",
        "actor-uuid",
        "component-uuid",
    ] {
        let references = all(name);
        assert!(!references.is_empty(), "{name}");
        assert!(
            references.iter().all(|uuid| unique.contains(uuid)),
            "{name}"
        );
    }
    let objectives: BTreeSet<&str> = all("objective-id").into_iter().collect();
    assert!(all("target-id").iter().all(|id| objectives.contains(id)));
    let plan = text(&document, "/assessment-results/import-ap/href");
    assert!(unique.contains(plan.strip_prefix('#').unwrap()));
}

#[test]
fn texts_keep_to_the_types_of_the_standard() {
    let mut scan = sample::scan();
    scan.run.partial = Some(sample::HOSTILE.to_owned());
    let report = written(&scan);
    assert!(!report.contains(|character| character != '\n' && escape::acts(character)));
    let document = read(&report);
    let all = |name: &str| {
        let mut found = Vec::new();
        members(&document, name, &mut found);
        found
    };
    for name in [
        "value",
        "title",
        "version",
        "state",
        "type",
        "description",
        "remarks",
        "statement",
    ] {
        for text in all(name) {
            assert!(!text.is_empty() && text.trim() == text, "{name} {text:?}");
            assert!(
                text.lines().count() == 1 || !["value", "title"].contains(&name),
                "{name} {text:?}"
            );
        }
    }
    for name in ["name", "control-id", "objective-id", "target-id"] {
        for token in all(name) {
            assert!(
                token.starts_with(|first: char| first == '_' || first.is_ascii_alphabetic()),
                "{token}"
            );
            let inside = |next: char| next.is_ascii_alphanumeric() || "-._".contains(next);
            assert!(token.chars().all(inside), "{token}");
        }
    }
}

#[test]
fn lists_without_items_are_left_out() {
    fn empty_lists(value: &Value) -> usize {
        match value {
            Value::Object(object) => object.values().map(empty_lists).sum(),
            Value::Array(values) if values.is_empty() => 1,
            Value::Array(values) => values.iter().map(empty_lists).sum(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
        }
    }
    let full = sample::scan();
    let mut empty = full.clone();
    empty.targets.clear();
    empty.run.notices.clear();
    empty.run.baselines.clear();
    let mut bare = full.clone();
    for result in &mut bare.targets {
        result.findings.clear();
        result.scores.clear();
    }
    for scan in [full, empty, bare] {
        assert_eq!(empty_lists(&read(&written(&scan))), 0);
    }
}

#[test]
fn times_are_those_of_the_observation() {
    let document = read(&written(&sample::scan()));
    assert_eq!(
        text(&document, &format!("{RESULT}/start")),
        "2026-11-23T10:00:00Z"
    );
    assert_eq!(
        text(&document, &format!("{RESULT}/end")),
        "2026-11-24T10:00:01Z"
    );
    assert_eq!(
        text(&document, "/assessment-results/metadata/last-modified"),
        "2026-11-24T10:00:01Z"
    );
    assert!(
        observations(&document)
            .iter()
            .all(|one| text(one, "/collected") == "2026-11-23T10:00:00Z")
    );
}

#[test]
fn the_document_has_another_name_when_it_says_something_else() {
    let scan = sample::scan();
    let name = |scan: &Scan| text(&read(&written(scan)), "/assessment-results/uuid").to_owned();
    let mut changed = scan.clone();
    changed.targets[0].findings[0].outcome = crate::results::outcome::Outcome::Pass;
    let mut partial = scan.clone();
    partial.run.partial = Some("interrupted".to_owned());
    let names = BTreeSet::from([name(&scan), name(&changed), name(&partial)]);
    assert_eq!(names.len(), 3);
    assert_eq!(name(&scan), name(&scan));
}

/// A writer that is closed after some bytes.
struct Closed(usize);

impl Write for Closed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self
            .0
            .checked_sub(bytes.len())
            .ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_comes_out_as_one() {
    let scan = sample::scan();
    let whole = written(&scan).len();
    for room in [0, 100, whole / 2, whole - 1] {
        let error = render(scan.results(), &Options::default(), &mut Closed(room)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{room}");
    }
}

/// The schema is NIST's: `oscal_assessment-results_schema.json` of a release, or `oscal_complete_schema.json`.
#[test]
fn the_document_keeps_to_the_published_schema() {
    let corpora = std::env::var_os("WAXSEAL_CORPORA").unwrap_or_default();
    let folder = Path::new(&corpora).join("oscal");
    let names = [
        "oscal_assessment-results_schema.json",
        "oscal_complete_schema.json",
    ];
    let schemas: BTreeMap<&str, String> = names
        .into_iter()
        .filter_map(|name| Some((name, std::fs::read_to_string(folder.join(name)).ok()?)))
        .collect();
    if schemas.is_empty() {
        eprintln!("left out: no OSCAL schema in `oscal` below WAXSEAL_CORPORA");
    }
    for (name, schema) in schemas {
        let validator = jsonschema::validator_for(&read(&schema)).unwrap();
        let document = read(&written(&sample::scan()));
        let faults: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| error.to_string())
            .collect();
        assert!(faults.is_empty(), "{name}: {faults:#?}");
    }
}
