//! The short report: one line a target, in columns.

use super::super::{escape, order, width, words};
use super::page::{Page, Span};
use super::style;
use crate::results::TargetResult;
use crate::results::outcome::Outcome;
use crate::results::score::Score;
use crate::results::targets::Results;
use anstyle::Style;
use std::io;

/// The outcomes that have a column.
const COUNTED: [Outcome; 4] = [
    Outcome::Fail,
    Outcome::Error,
    Outcome::Unknown,
    Outcome::Pass,
];

/// Writes which scores are shown, then the line of each target, worst first, then an empty line.
pub(super) fn write(page: &mut Page<'_>, results: Results<'_>) -> io::Result<()> {
    if results.targets.count() == 0 {
        return Ok(());
    }
    let (mut scores, mut longest) = (Vec::new(), 0);
    results.targets.each(&mut |_, result| {
        measure(&mut scores, result);
        longest = longest.max(width::columns(&name(result)));
        Ok(())
    })?;
    let mut widths = Vec::new();
    results.targets.each(&mut |_, result| {
        widen(&mut widths, &cells(result, &scores));
        Ok(())
    })?;
    if !scores.is_empty() {
        let titles: Vec<&str> = scores.iter().map(|score| score.title.as_str()).collect();
        let legend = format!("scores: {}", titles.join(", "));
        page.paragraph(0, &Span::new(&legend, style::FAINT))?;
    }
    let rest: usize = widths.iter().map(|width| width + 2).sum::<usize>() + 2;
    // Of a name at least so much stays that it can be told apart, even where the line gets too long.
    let room = page.width().saturating_sub(rest + VERDICT).max(24);
    let column = longest.min(room).max(1);
    order::targets::worst_first(results.targets, &mut |_, result| {
        let mut line = width::pad(&width::cut(&name(result), column), column);
        for (cell, &columns) in cells(result, &scores).iter().zip(&widths) {
            if columns == 0 {
                continue;
            }
            line.extend(std::iter::repeat_n(' ', 2 + columns - width::columns(cell)));
            line.push_str(cell);
        }
        let verdict = words::verdict(result.verdict);
        let label = format!("{:VERDICT$}", verdict.as_str());
        page.line(&[
            Span::new(&label, style::outcome(verdict)),
            Span::new("  ", Style::new()),
            Span::new(line.trim_end(), Style::new()),
        ])
    })?;
    page.blank()
}

/// A column of scores: one of one baseline.
struct Measure {
    baseline: String,
    id: String,
    title: String,
}

impl Measure {
    fn is(&self, score: &Score) -> bool {
        self.baseline == score.baseline && self.id == score.id
    }
}

/// Takes up the scores of a target that have no column yet.
fn measure(measures: &mut Vec<Measure>, result: &TargetResult) {
    for score in &result.scores {
        if !measures.iter().any(|measure| measure.is(score)) {
            measures.push(Measure {
                baseline: score.baseline.clone(),
                id: score.id.clone(),
                title: escape::line(&score.title),
            });
        }
    }
}

/// Room for the verdicts that domains come to; one that was held against nothing is longer.
const VERDICT: usize = Outcome::Unknown.as_str().len();

fn name(result: &TargetResult) -> String {
    escape::line(&result.target.unicode)
}

/// The scores, where the target has no such score blank, then the counts.
fn cells(result: &TargetResult, measures: &[Measure]) -> Vec<String> {
    let of = |measure: &Measure| result.scores.iter().find(|score| measure.is(score));
    let scores = measures
        .iter()
        .map(|measure| of(measure).map_or_else(String::new, words::score));
    let counts = COUNTED.map(|outcome| match result.summary.count(outcome) {
        0 if outcome == Outcome::Error => String::new(),
        count => format!("{count} {}", outcome.as_str()),
    });
    scores.chain(counts).collect()
}

/// Makes each column as wide as its cell of this row.
fn widen(widths: &mut Vec<usize>, row: &[String]) {
    widths.resize(widths.len().max(row.len()), 0);
    for (width, cell) in widths.iter_mut().zip(row) {
        *width = (*width).max(width::columns(cell));
    }
}
