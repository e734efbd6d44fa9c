//! The short report: one line a target, in columns.

use super::super::{escape, words};
use super::page::{Page, Span};
use super::style;
use crate::results::outcome::Outcome;
use crate::results::score::Score;
use crate::results::{Scan, TargetResult};
use anstyle::Style;
use std::io;

/// The outcomes that have a column.
const COUNTED: [Outcome; 4] = [
    Outcome::Fail,
    Outcome::Error,
    Outcome::Unknown,
    Outcome::Pass,
];

/// Writes which scores are shown, then the line of each target, then an empty line.
pub(super) fn write(page: &mut Page<'_>, scan: &Scan) -> io::Result<()> {
    let Some(first) = scan.targets.first() else {
        return Ok(());
    };
    if !first.scores.is_empty() {
        let titles: Vec<String> = first.scores.iter().map(title).collect();
        let legend = format!("scores: {}", titles.join(", "));
        page.paragraph(0, &Span::new(&legend, style::FAINT))?;
    }
    let rows: Vec<Vec<String>> = scan.targets.iter().map(cells).collect();
    let widths = widths(&rows);
    let rest: usize = widths.iter().map(|width| width + 2).sum();
    let names: Vec<String> = scan
        .targets
        .iter()
        .map(|result| escape::line(&result.target.unicode))
        .collect();
    let longest = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0);
    // Of a name at least so much stays that it can be told apart, even where the line gets too long.
    let room = page.width().saturating_sub(rest + NOT_APPLICABLE).max(24);
    let column = longest.min(room);
    for ((result, name), row) in scan.targets.iter().zip(&names).zip(&rows) {
        let mut line = format!("{:column$}", escape::cut(name, column.max(1)));
        for (cell, &width) in row.iter().zip(&widths) {
            line.extend(std::iter::repeat_n(' ', 2 + width - cell.chars().count()));
            line.push_str(cell);
        }
        let verdict = words::verdict(result.verdict);
        page.line(&[
            Span::new(&line, Style::new()),
            Span::new("  ", Style::new()),
            Span::new(verdict.as_str(), style::outcome(verdict)),
        ])?;
    }
    page.blank()
}

/// Room for the longest verdict.
const NOT_APPLICABLE: usize = Outcome::NotApplicable.as_str().len();

fn title(score: &Score) -> String {
    escape::line(&score.title)
}

/// The scores, then the counts.
fn cells(result: &TargetResult) -> Vec<String> {
    let scores = result.scores.iter().map(words::score);
    let counts =
        COUNTED.map(|outcome| format!("{} {}", result.summary.count(outcome), outcome.as_str()));
    scores.chain(counts).collect()
}

/// The longest cell of each column.
fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let mut widths = Vec::new();
    for row in rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    widths
}
