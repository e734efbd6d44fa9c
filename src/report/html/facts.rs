//! Every requirement of a target for those who check the check, and the facts that they rest on, each told once.

use super::super::detail::{self, Depth};
use super::super::{escape, words};
use super::view::{self, Tag};
use crate::results::finding::Finding;
use crate::results::outcome::Outcome;
use crate::results::{Run, TargetResult};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Most characters of one value.
const VALUE: usize = 4000;

/// What a row tells beside level, outcome and evidence, by its label in [`detail`]. What is told elsewhere on the page
/// (fix, why, references) is left out.
const TOLD: [&str; 9] = [
    "reason",
    "since",
    "items",
    "waiver",
    "weakness",
    "origin",
    "changed",
    "unverified",
    "position",
];

/// One requirement.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    tag: Tag,
    level: String,
    title: String,
    rule: String,
    rule_anchor: Option<String>,
    asker: String,
    details: Vec<Detail>,
    evidence: Vec<Range>,
}

#[derive(Debug, Serialize)]
struct Detail {
    label: &'static str,
    lines: Vec<String>,
}

/// Facts with numbers that follow one another.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Range {
    id: String,
    text: String,
}

/// One fact.
#[derive(Debug, Serialize)]
pub(super) struct Fact {
    id: String,
    number: usize,
    pointer: String,
    value: String,
}

/// The facts of a target by their pointers, numbered in that order from 1.
pub(super) struct Facts<'a> {
    target: &'a str,
    places: BTreeMap<&'a str, (usize, &'a Value)>,
}

impl<'a> Facts<'a> {
    /// All that the findings of a target rest on; `target` begins the anchors.
    pub(super) fn of(result: &'a TargetResult, target: &'a str) -> Self {
        let mut places = BTreeMap::new();
        for fact in result.findings.iter().flat_map(|finding| &finding.evidence) {
            places
                .entry(fact.pointer.as_str())
                .or_insert((0, &fact.value));
        }
        for (place, entry) in places.values_mut().enumerate() {
            entry.0 = place + 1;
        }
        Self { target, places }
    }

    /// The facts with their values.
    pub(super) fn table(&self) -> Vec<Fact> {
        let fact = |(pointer, (number, value)): (&&str, &(usize, &Value))| Fact {
            id: format!("{}-e{number}", self.target),
            number: *number,
            pointer: (*pointer).to_owned(),
            value: escape::cut(&value.to_string(), VALUE).into_owned(),
        };
        self.places.iter().map(fact).collect()
    }

    /// A row for each finding, in the order of the results.
    pub(super) fn rows(&self, run: &Run, result: &TargetResult) -> Vec<Row> {
        result
            .findings
            .iter()
            .map(|finding| self.row(run, finding))
            .collect()
    }

    fn row(&self, run: &Run, finding: &Finding) -> Row {
        let told = detail::of(finding, run.rule(&finding.rule), Depth::FULL);
        let told = told.into_iter().filter(|one| TOLD.contains(&one.label));
        let mut details: Vec<Detail> = told
            .map(|one| Detail {
                label: one.label,
                lines: one.lines,
            })
            .collect();
        if !finding.parameters.is_empty() {
            let pairs = finding.parameters.iter();
            let lines = pairs
                .map(|(name, value)| format!("{name} = {value}"))
                .collect();
            details.push(Detail {
                label: "parameters",
                lines,
            });
        }
        if finding.outcome == Outcome::Fail {
            let lines = vec![finding.severity.as_str().to_owned()];
            details.push(Detail {
                label: "severity",
                lines,
            });
        }
        Row {
            tag: Tag::of(finding.outcome),
            level: view::level(finding.level),
            title: finding.title.clone(),
            rule: finding.rule.clone(),
            rule_anchor: view::rule_anchor(run, &finding.rule),
            asker: words::asker(finding),
            details,
            evidence: self.ranges(finding),
        }
    }

    fn ranges(&self, finding: &Finding) -> Vec<Range> {
        let facts = finding.evidence.iter();
        let numbers: BTreeSet<usize> = facts
            .filter_map(|fact| self.places.get(fact.pointer.as_str()))
            .map(|(number, _)| *number)
            .collect();
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for number in numbers {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == number => *last = number,
                _ => ranges.push((number, number)),
            }
        }
        let range = |(first, last): (usize, usize)| Range {
            id: format!("{}-e{first}", self.target),
            text: if first == last {
                first.to_string()
            } else {
                format!("{first}–{last}")
            },
        };
        ranges.into_iter().map(range).collect()
    }
}
