//! All domains on one screen: verdicts, areas, what fails most often, and a row for each domain.

use super::super::words;
use super::index::{Index, Measure, Row};
use super::view::{self, Area, Tag};
use crate::results::Run;
use crate::results::gate::Verdict;
use crate::results::outcome::Outcome;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// How many rules that fail most often are named.
const WORST: usize = 8;

/// How many scores have a column: more do not fit on a telephone.
const COLUMNS: usize = 3;

#[derive(Serialize)]
pub(super) struct View {
    verdicts: Vec<Group>,
    filters: Vec<Group>,
    total: usize,
    domains: usize,
    counts: String,
    areas: Vec<Area>,
    worst: Vec<Worst>,
    cut: Option<String>,
    heads: Vec<Head>,
}

/// Some rows of the table of domains.
#[derive(Serialize)]
pub(super) struct Rows {
    rows: Vec<Line>,
}

#[derive(Clone, Serialize)]
struct Group {
    class: &'static str,
    word: &'static str,
    count: usize,
}

#[derive(Serialize)]
struct Worst {
    anchor: Option<String>,
    title: String,
    text: String,
}

#[derive(Serialize)]
struct Head {
    short: String,
    title: String,
    max: String,
}

#[derive(Serialize)]
struct Line {
    anchor: Option<String>,
    name: String,
    unicode: Option<String>,
    tag: Tag,
    counts: String,
    scores: Vec<String>,
}

/// The overview; so many of the worst targets have their details below.
pub(super) fn view(run: &Run, index: &Index, detailed: usize) -> View {
    let domains = index.rows.len();
    let verdicts = verdicts(index);
    let mut filters = Vec::new();
    if verdicts.len() > 1 {
        let (class, word, count) = ("all", "all", domains);
        filters.push(Group { class, word, count });
        filters.extend(verdicts.iter().cloned());
    }
    let counts: Vec<String> = words::counts(&run.summary)
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    let mut areas: Vec<_> = index.areas.iter().collect();
    areas.sort_by_key(|(_, tally)| Reverse(tally.get(&Outcome::Fail).copied().unwrap_or(0)));
    let areas = areas
        .into_iter()
        .map(|(id, tally)| Area::new(id, tally, None));
    let cut = format!(
        "This file has the details of the worst {detailed} of {domains} domains, so that it stays small enough to open."
    );
    let heads: Vec<Head> = index.scores.iter().take(COLUMNS).map(head).collect();
    View {
        verdicts,
        filters,
        total: run.summary.total,
        domains,
        counts: counts.join(", "),
        areas: areas.collect(),
        worst: worst(run, index),
        cut: (detailed < domains).then_some(cut),
        heads,
    }
}

/// The rows of these targets, of which the first has this rank.
pub(super) fn rows(index: &Index, targets: &[Row], rank: usize, detailed: usize) -> Rows {
    let columns = index.scores.len().min(COLUMNS);
    let rows = targets.iter().zip(rank..);
    Rows {
        rows: rows
            .map(|(row, rank)| line(row, rank, detailed, columns))
            .collect(),
    }
}

/// How many domains came to what, by the outcome that stands for the verdict.
fn verdicts(index: &Index) -> Vec<Group> {
    let mut counts: BTreeMap<Outcome, usize> = BTreeMap::new();
    for row in &index.rows {
        *counts.entry(words::verdict(row.verdict)).or_default() += 1;
    }
    let group = |(outcome, count): (Outcome, usize)| {
        let verdict = match outcome {
            Outcome::Fail => Verdict::Failed,
            Outcome::Unknown => Verdict::Undecided,
            Outcome::Pass => Verdict::Passed,
            Outcome::Error | Outcome::Manual | Outcome::Waived | Outcome::NotApplicable => {
                Verdict::Empty
            }
        };
        Group {
            class: outcome.as_str(),
            word: verdict.as_str(),
            count,
        }
    };
    counts.into_iter().map(group).collect()
}

fn worst(run: &Run, index: &Index) -> Vec<Worst> {
    let mut failing: Vec<_> = index
        .rules
        .iter()
        .filter(|(_, rule)| rule.failed > 0)
        .collect();
    failing.sort_by_key(|(_, rule)| Reverse(rule.failed));
    let told = |(id, rule): (&String, &super::index::OfRule)| Worst {
        anchor: view::rule_anchor(run, id),
        title: rule.title.clone(),
        text: format!("at {} of {} domains", rule.failed, index.rows.len()),
    };
    failing.into_iter().take(WORST).map(told).collect()
}

/// The heading of a column is the first word of the score's id.
fn head(measure: &Measure) -> Head {
    let word = measure.id().split('-').next().unwrap_or_default();
    let mut letters = word.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().collect::<String>());
    Head {
        short: first.unwrap_or_default() + letters.as_str(),
        title: measure.title.clone(),
        max: measure.max.to_string(),
    }
}

fn line(row: &Row, rank: usize, detailed: usize, columns: usize) -> Line {
    let counts = words::counts(&row.counts).into_iter().map(|(_, text)| text);
    let counts: Vec<String> = counts.collect();
    let told =
        |value: &Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.1}"));
    let mut scores: Vec<String> = row.scores.iter().take(columns).map(told).collect();
    scores.resize(columns, told(&None));
    Line {
        anchor: (rank < detailed).then(|| format!("d{}", rank + 1)),
        name: row.domain.clone(),
        unicode: row.unicode.clone(),
        tag: view::verdict_tag(row.verdict),
        counts: counts.join(" · "),
        scores,
    }
}
