//! Short phrases that several formats share, so that all say the same.

use super::escape;
use crate::results::compare::Comparison;
use crate::results::finding::Finding;
use crate::results::gate::Verdict;
use crate::results::not_executed::NotExecuted;
use crate::results::notice::Notice;
use crate::results::outcome::{Level, Outcome};
use crate::results::score::Score;
use crate::results::summary::Summary;

/// The counts that are not zero: `3 fail (2 must, 1 should)`, `1 unknown`.
pub(super) fn counts(summary: &Summary) -> Vec<(Outcome, String)> {
    Outcome::ALL
        .into_iter()
        .filter(|&outcome| summary.count(outcome) > 0)
        .map(|outcome| (outcome, count(summary, outcome)))
        .collect()
}

fn count(summary: &Summary, outcome: Outcome) -> String {
    let mut text = format!("{} {}", summary.count(outcome), outcome.as_str());
    let by_level = match outcome {
        Outcome::Fail => [summary.fail_must, summary.fail_should, summary.fail_may],
        Outcome::Unknown => [
            summary.unknown_must,
            summary.unknown_should,
            summary.unknown_may,
        ],
        Outcome::Error
        | Outcome::Manual
        | Outcome::Waived
        | Outcome::Pass
        | Outcome::NotApplicable => [0; 3],
    };
    if by_level != [0; 3] {
        let levels: Vec<String> = [
            (by_level[0], Level::Must),
            (by_level[1], Level::Should),
            (by_level[2], Level::May),
        ]
        .into_iter()
        .filter(|&(failed, _)| failed > 0)
        .map(|(failed, level)| format!("{failed} {}", level.as_str()))
        .collect();
        text.push_str(" (");
        text.push_str(&levels.join(", "));
        text.push(')');
    }
    text
}

/// The outcome that stands for a verdict.
pub(super) const fn verdict(verdict: Verdict) -> Outcome {
    match verdict {
        Verdict::Passed => Outcome::Pass,
        Verdict::Failed | Verdict::FailedShould => Outcome::Fail,
        Verdict::Undecided => Outcome::Unknown,
        Verdict::Empty => Outcome::NotApplicable,
    }
}

/// A score as a number: `4.5 / 5`, or `none`.
pub(super) fn score(score: &Score) -> String {
    match score.value {
        Some(value) => format!("{value:.1} / {}", score.max),
        None => "none".to_owned(),
    }
}

/// Who asks: the baseline and its clause.
pub(super) fn asker(finding: &Finding) -> String {
    let baseline = escape::line(&finding.baseline);
    if finding.clause.is_empty() {
        baseline
    } else {
        format!("{baseline} {}", escape::line(&finding.clause))
    }
}

/// The requirement as a sentence that reads true where it holds: of what is forbidden, with the word that forbids it.
pub(super) fn requirement(finding: &Finding) -> String {
    let title = escape::line(&finding.title);
    if finding.level.is_negative() {
        format!("{}: {title}", finding.level.as_str())
    } else {
        title
    }
}

/// The file and line that a notice is about.
pub(super) fn place(notice: &Notice) -> String {
    escape::line(&format!("{}:{}", notice.file, notice.line))
}

/// What was not looked at, why, and what that leaves open.
pub(super) fn not_executed(left_out: &NotExecuted) -> String {
    let NotExecuted {
        what,
        why,
        findings,
    } = left_out;
    let open = match findings {
        0 => String::new(),
        1 => "; 1 finding is unknown for want of it".to_owned(),
        many => format!("; {many} findings are unknown for want of it"),
    };
    escape::line(&format!("not looked at: {what} ({why}){open}"))
}

/// A duration in seconds, to the millisecond.
pub(super) fn seconds(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}

/// What a comparison with an earlier run came to, in one sentence.
pub(super) fn comparison(comparison: &Comparison) -> String {
    let Comparison {
        file,
        new,
        unchanged,
        fixed,
        not_looked_at,
        no_longer_asked,
    } = comparison;
    let mut told = format!("since {file}: {new} new, {unchanged} unchanged, {fixed} fixed");
    if *no_longer_asked > 0 {
        told.extend([", ", &no_longer_asked.to_string(), " no longer asked"]);
    }
    if !not_looked_at.is_empty() {
        told.extend(["; not looked at any more: ", &not_looked_at.join(", ")]);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_leave_out_what_did_not_happen() {
        let summary = Summary {
            fail: 3,
            fail_must: 2,
            fail_may: 1,
            pass: 12,
            ..Summary::default()
        };
        let told: Vec<String> = counts(&summary).into_iter().map(|(_, text)| text).collect();
        assert_eq!(told, ["3 fail (2 must, 1 may)", "12 pass"]);
    }

    #[test]
    fn durations_are_plain_decimals() {
        for (milliseconds, text) in [(0, "0.000"), (7, "0.007"), (61_234, "61.234")] {
            assert_eq!(seconds(milliseconds), text);
        }
    }
}
