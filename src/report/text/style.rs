//! Which colours and signs stand for what.

use crate::results::outcome::{Level, Outcome};
use anstyle::{AnsiColor, Style};

/// A domain, an area, the totals.
pub(super) const HEADING: Style = Style::new().bold();
/// What helps to find one's way and need not be read.
pub(super) const FAINT: Style = Style::new().dimmed();
/// The stars of a score.
pub(super) const STARS: Style = AnsiColor::Yellow.on_default();

/// The colour of an outcome.
pub(super) const fn outcome(outcome: Outcome) -> Style {
    match outcome {
        Outcome::Fail => AnsiColor::Red.on_default().bold(),
        Outcome::Error => AnsiColor::Magenta.on_default().bold(),
        Outcome::Unknown => AnsiColor::Cyan.on_default(),
        Outcome::Manual => AnsiColor::Blue.on_default(),
        Outcome::Pass => AnsiColor::Green.on_default(),
        Outcome::Waived | Outcome::NotApplicable => FAINT,
    }
}

/// The colour of a finding: a failure is only as red as its level.
pub(super) const fn finding(of: Outcome, level: Level) -> Style {
    match (of, level.strength()) {
        (Outcome::Fail, Level::Should | Level::ShouldNot) => AnsiColor::Yellow.on_default().bold(),
        (Outcome::Fail, Level::May) => AnsiColor::Yellow.on_default(),
        _ => outcome(of),
    }
}

/// The sign of an outcome, for the eye that runs down the margin.
pub(in crate::report) const fn sign(outcome: Outcome) -> char {
    match outcome {
        Outcome::Fail => '✗',
        Outcome::Error => '!',
        Outcome::Unknown => '?',
        Outcome::Manual => '☐',
        Outcome::Waived => '~',
        Outcome::Pass => '✓',
        Outcome::NotApplicable => '–',
    }
}

/// The colour of what is said below a title, by its label: what happened and what to do stand out.
pub(super) fn detail(label: &str) -> Style {
    match label {
        "evidence" | "why" | "refs" | "severity" | "position" => FAINT,
        _ => Style::new(),
    }
}
