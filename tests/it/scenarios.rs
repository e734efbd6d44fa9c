//! Every outcome of every rule in every scenario of the lab, in one table.

use super::support::app::App;
use super::support::held::held;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use waxseal::lab;
use waxseal::report::stored::Stored;
use waxseal::scan::table::Table;

/// How many scenarios the lab has at the least.
const LEAST: usize = 40;

#[test]
fn every_outcome_in_the_lab_is_the_expected_one() {
    let app = App::new();
    let run = app.run([
        "scan",
        "--lab",
        "--quiet",
        "--report",
        "json=results.json",
        "--facts",
        "facts.jsonl",
    ]);
    assert_eq!(run.code, 1, "{run:?}");
    let stored = Stored::parse(app.read("results.json")).unwrap();
    let scan = stored.scan().unwrap();
    assert!(
        scan.targets.len() >= LEAST,
        "only {} scenarios",
        scan.targets.len()
    );
    held(
        "src/lab/expected.toml",
        &Table::of(stored.results()).unwrap().to_text(),
    );

    scan.targets.iter().for_each(super::seen::hold);
    let domains: BTreeSet<_> = scan
        .targets
        .iter()
        .map(|one| one.target.domain.as_str())
        .collect();
    let played: BTreeSet<_> = lab::scenarios().map(|scenario| scenario.domain).collect();
    assert_eq!(domains, played);
    assert_eq!(scan.run.summary.error, 0, "no rule may break");
    let facts = app.read("facts.jsonl");
    let documents = facts
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    assert_valid("schemas/facts.schema.json", documents);
    let results = serde_json::from_str(&app.read("results.json")).unwrap();
    assert_valid("schemas/results.schema.json", [results]);
}

/// Holds documents against a schema of the repository.
fn assert_valid(schema: &str, documents: impl IntoIterator<Item = Value>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(schema);
    let schema = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for document in documents {
        if let Err(error) = schema.validate(&document) {
            panic!("{}: {error}", error.instance_path());
        }
    }
}

#[test]
fn evaluating_kept_facts_gives_the_bytes_of_the_scan() {
    let app = App::new();
    let scan = [
        "scan",
        "--lab",
        "--quiet",
        "--facts",
        "facts.jsonl",
        "--report",
        "json=scan.json",
        "--report",
        "junit=scan.xml",
    ];
    let scanned = app.run(scan.into_iter().chain(["--now", "2026-11-23T10:00:00Z"]));
    assert_eq!(scanned.code, 1, "{}", scanned.err);
    let evaluated = app.run([
        "evaluate",
        "facts.jsonl",
        "--quiet",
        "--report",
        "json=evaluate.json",
        "--report",
        "junit=evaluate.xml",
    ]);
    assert_eq!(evaluated.code, 1, "{}", evaluated.err);
    assert_eq!(app.read("scan.json"), app.read("evaluate.json"));
    assert_eq!(app.read("scan.xml"), app.read("evaluate.xml"));
}

#[test]
fn nothing_that_strangers_publish_reaches_the_terminal_raw() {
    let run = App::new().run([
        "scan",
        "--lab",
        "hostile-banner.test",
        "hostile-txt.test",
        "--verbose",
    ]);
    let raw = run.out.chars().find(|c| c.is_control() && *c != '\n');
    assert_eq!(raw, None);
}
