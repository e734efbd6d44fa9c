//! The short report: one line a target, in columns.

use super::super::{escape, words};
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

/// Writes which scores are shown, then the line of each target, then an empty line.
pub(super) fn write(page: &mut Page<'_>, results: Results<'_>) -> io::Result<()> {
    if results.targets.count() == 0 {
        return Ok(());
    }
    let (mut legend, mut widths, mut longest) = (String::new(), Vec::new(), 0);
    results.targets.each(&mut |number, result| {
        if number == 0 {
            let titles: Vec<String> = result.scores.iter().map(title).collect();
            legend = titles.join(", ");
        }
        widen(&mut widths, &cells(result));
        longest = longest.max(name(result).chars().count());
        Ok(())
    })?;
    if !legend.is_empty() {
        let legend = format!("scores: {legend}");
        page.paragraph(0, &Span::new(&legend, style::FAINT))?;
    }
    let rest: usize = widths.iter().map(|width| width + 2).sum();
    // Of a name at least so much stays that it can be told apart, even where the line gets too long.
    let room = page.width().saturating_sub(rest + NOT_APPLICABLE).max(24);
    let column = longest.min(room);
    results.targets.each(&mut |_, result| {
        let mut line = format!("{:column$}", escape::cut(&name(result), column.max(1)));
        for (cell, &width) in cells(result).iter().zip(&widths) {
            line.extend(std::iter::repeat_n(' ', 2 + width - cell.chars().count()));
            line.push_str(cell);
        }
        let verdict = words::verdict(result.verdict);
        page.line(&[
            Span::new(&line, Style::new()),
            Span::new("  ", Style::new()),
            Span::new(verdict.as_str(), style::outcome(verdict)),
        ])
    })?;
    page.blank()
}

/// Room for the longest verdict.
const NOT_APPLICABLE: usize = Outcome::NotApplicable.as_str().len();

fn name(result: &TargetResult) -> String {
    escape::line(&result.target.unicode)
}

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

/// Makes each column as wide as its cell of this row.
fn widen(widths: &mut Vec<usize>, row: &[String]) {
    widths.resize(widths.len().max(row.len()), 0);
    for (width, cell) in widths.iter_mut().zip(row) {
        *width = (*width).max(cell.chars().count());
    }
}
