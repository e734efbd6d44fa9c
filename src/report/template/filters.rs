//! What templates have beside minijinja's own filters.

use super::super::markdown;
use super::show;
use super::store::Domains;
use crate::results::gate::Verdict;
use crate::results::outcome::{Level, Outcome, Severity};
use minijinja::value::{Rest, Value};
use minijinja::{Environment, Error, ErrorKind};
use std::cmp::Reverse;

/// Their names, and those of minijinja's that are asked for most.
pub(super) const NAMES: [&str; 22] = [
    "csv",
    "default",
    "escape",
    "first",
    "groupby",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "md",
    "only",
    "reject",
    "replace",
    "selectattr",
    "sort",
    "tojson",
    "upper",
    "worst_first",
    "round",
];

/// The verdicts that targets come to.
const VERDICTS: [Verdict; 5] = [
    Verdict::Failed,
    Verdict::Undecided,
    Verdict::FailedShould,
    Verdict::Empty,
    Verdict::Passed,
];

/// Adds them.
pub(super) fn add(environment: &mut Environment<'_>) {
    environment.add_filter("only", |list: &Value, words: Rest<String>| {
        only(list, &words)
    });
    environment.add_filter("worst_first", worst_first);
    environment.add_filter("tojson", |value: &Value| {
        show::json(value).map(Value::from_safe_string)
    });
    environment.add_filter("csv", |value: &Value| {
        show::csv(value).map(Value::from_safe_string)
    });
    environment.add_filter("md", |text: String| {
        Value::from_safe_string(markdown::prose(&text))
    });
}

/// The findings with one of these outcomes, or the targets with one of these verdicts.
fn only(list: &Value, words: &[String]) -> Result<Value, Error> {
    if let Some(domains) = list.downcast_object_ref::<Domains>() {
        known(words, &VERDICTS.map(Verdict::as_str))?;
        return Ok(Value::from_object(domains.only(words)));
    }
    known(words, &Outcome::ALL.map(Outcome::as_str))?;
    let mut kept = Vec::new();
    for finding in list.try_iter()? {
        let outcome = finding.get_attr("outcome")?;
        if words.iter().any(|word| outcome.as_str() == Some(word)) {
            kept.push(finding);
        }
    }
    Ok(Value::from(kept))
}

fn known(words: &[String], known: &[&str]) -> Result<(), Error> {
    match words.iter().find(|word| !known.contains(&word.as_str())) {
        None => Ok(()),
        Some(word) => Err(Error::new(
            ErrorKind::InvalidOperation,
            format!("`{word}` is none of {}", known.join(", ")),
        )),
    }
}

/// Targets or findings, those first that ask for something.
fn worst_first(list: &Value) -> Result<Value, Error> {
    if let Some(domains) = list.downcast_object_ref::<Domains>() {
        return Ok(Value::from_object(domains.worst_first()));
    }
    let mut findings = Vec::new();
    for finding in list.try_iter()? {
        findings.push((weight(&finding)?, finding));
    }
    findings.sort_by_key(|(weight, _)| *weight);
    let sorted = findings.into_iter().map(|(_, finding)| finding);
    Ok(Value::from(sorted.collect::<Vec<_>>()))
}

/// By outcome, then by level, then by severity.
fn weight(finding: &Value) -> Result<(usize, usize, Reverse<usize>), Error> {
    let place = |member: &str, words: &[&str]| -> Result<usize, Error> {
        let word = finding.get_attr(member)?;
        let found = words.iter().position(|known| word.as_str() == Some(known));
        Ok(found.unwrap_or(words.len()))
    };
    let levels = [
        Level::Must,
        Level::MustNot,
        Level::Should,
        Level::ShouldNot,
        Level::May,
    ];
    let severities = [
        Severity::Info,
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ];
    Ok((
        place("outcome", &Outcome::ALL.map(Outcome::as_str))?,
        place("level", &levels.map(Level::as_str))?,
        Reverse(place("severity", &severities.map(Severity::as_str))?),
    ))
}
