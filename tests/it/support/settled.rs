//! Runs over the lab with settings, and what to look at in their results.

use super::app::{App, Run};
use serde_json::Value;

/// The time of every run.
pub(crate) const NOW: &str = "2026-11-23T10:00:00Z";

/// A run over the lab at a fixed time, with its results.
pub(crate) fn scan(app: &App, args: &[&str]) -> (Run, Value) {
    let fixed = ["scan", "--lab", "--now", NOW, "--report", "json=out.json"];
    let run = app.run(fixed.iter().chain(args));
    let results = serde_json::from_str(&app.read("out.json")).unwrap_or_else(|_| panic!("{run:?}"));
    (run, results)
}

/// A folder with these settings.
pub(crate) fn with(settings: &str) -> App {
    let app = App::new();
    app.file("waxseal.toml", settings);
    app
}

/// The report without its layout.
pub(crate) fn flat(run: &Run) -> String {
    run.out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The findings of one rule at one domain, as level, outcome and reason.
pub(crate) fn findings(results: &Value, domain: &str, rule: &str) -> Vec<(String, String, String)> {
    let targets = results["targets"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    targets
        .filter(|one| one["target"]["domain"] == domain)
        .flat_map(|one| one["findings"].as_array().unwrap())
        .filter(|one| one["rule"] == rule)
        .map(|one| {
            (
                text(&one["level"]),
                text(&one["outcome"]),
                text(&one["reason"]),
            )
        })
        .collect()
}

/// The notices, as id, level and line.
pub(crate) fn notices(results: &Value) -> Vec<(String, String, u64)> {
    let all = results["notices"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    all.iter()
        .map(|one| {
            (
                text(&one["id"]),
                text(&one["level"]),
                one["line"].as_u64().unwrap(),
            )
        })
        .collect()
}

/// The same from literals.
pub(crate) fn expected(all: &[(&str, &str, u64)]) -> Vec<(String, String, u64)> {
    let owned = |&(id, level, line): &(&str, &str, u64)| (id.to_owned(), level.to_owned(), line);
    all.iter().map(owned).collect()
}
