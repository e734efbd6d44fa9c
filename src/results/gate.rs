//! When a run counts as failed: the decision that CI pipelines wait for.

use super::compare::Since;
use super::finding::Finding;
use super::notice::Notice;
use super::outcome::{Level, Outcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Which findings make a run fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gate {
    /// The weakest level whose failure counts.
    pub fail_on: FailOn,
    /// What an unknown finding counts for.
    pub unknown: OnUnknown,
    /// Whether only what is new since an earlier run counts.
    #[serde(default)]
    pub new_only: bool,
}

/// The weakest level whose failure counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Only required ones.
    #[default]
    Must,
    /// Recommended ones too.
    Should,
    /// Optional ones too.
    May,
}

/// What an unknown finding counts for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnUnknown {
    /// The run is not passed.
    #[default]
    Fail,
    /// It is said, and the run passes.
    Warn,
    /// The run passes.
    Ignore,
}

/// What a target, or a whole run, came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All that counts holds.
    Passed,
    /// A requirement failed.
    Failed,
    /// No requirement failed, but something that counts is unknown, or a rule broke.
    Undecided,
    /// There was nothing to evaluate.
    #[default]
    Empty,
    /// Only recommendations (or options) failed, and they count.
    FailedShould,
}

impl Verdict {
    /// The name under which the verdict stands in documents and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Undecided => "undecided",
            Self::Empty => "empty",
            Self::FailedShould => "failed-should",
        }
    }

    /// That of the two which decides a run that came to both.
    #[must_use]
    pub const fn worse(self, other: Self) -> Self {
        if precedence(other) > precedence(self) {
            other
        } else {
            self
        }
    }
}

/// What one finding does to the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// It makes the run fail.
    Fails,
    /// It keeps the run from passing.
    Undecided,
    /// A weakness, or something open, at a level that does not count.
    Noted,
    /// Nothing.
    None,
}

impl Gate {
    /// What one finding does to the verdict. What is unknown counts at the levels whose failure counts;
    /// a rule that broke always does.
    pub fn weigh(self, finding: &Finding) -> Weight {
        match finding.outcome {
            Outcome::Fail | Outcome::Unknown
                if self.new_only && finding.since == Some(Since::Unchanged) =>
            {
                Weight::Noted
            }
            Outcome::Fail if self.counts(finding.level) => Weight::Fails,
            Outcome::Error => Weight::Undecided,
            Outcome::Unknown if self.unknown == OnUnknown::Fail && self.counts(finding.level) => {
                Weight::Undecided
            }
            Outcome::Fail | Outcome::Unknown => Weight::Noted,
            Outcome::Manual | Outcome::Waived | Outcome::Pass | Outcome::NotApplicable => {
                Weight::None
            }
        }
    }

    /// What the findings of one target come to, or with [`Verdict::worse`] those of several. Nothing evaluated goes before a failed requirement, that before anything
    /// unsettled, and that before failed recommendations.
    pub fn judge<'a>(self, findings: impl IntoIterator<Item = &'a Finding>) -> Verdict {
        let mut verdict = Verdict::Empty;
        for finding in findings {
            let next = match self.weigh(finding) {
                Weight::Fails if finding.level.strength() == Level::Must => Verdict::Failed,
                Weight::Fails => Verdict::FailedShould,
                Weight::Undecided => Verdict::Undecided,
                Weight::Noted | Weight::None => Verdict::Passed,
            };
            verdict = verdict.worse(next);
        }
        verdict
    }

    /// The verdict on a run beside what its settings need. Where nothing was evaluated, that goes first.
    pub fn with_notices(self, verdict: Verdict, notices: &[Notice]) -> Verdict {
        let counting = notices.iter().filter(|notice| self.counts(notice.level));
        let worst = counting.map(|notice| notice.level.strength()).min();
        let next = match worst.map(|level| level == Level::Must) {
            None => return verdict,
            Some(true) => Verdict::Failed,
            Some(false) => Verdict::FailedShould,
        };
        if verdict == Verdict::Empty {
            verdict
        } else {
            verdict.worse(next)
        }
    }

    /// Whether a failure at a level makes the run fail.
    pub fn counts(self, level: Level) -> bool {
        let weakest = match self.fail_on {
            FailOn::Must => Level::Must,
            FailOn::Should => Level::Should,
            FailOn::May => Level::May,
        };
        level.strength() <= weakest
    }
}

const fn precedence(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Empty => 0,
        Verdict::Passed => 1,
        Verdict::FailedShould => 2,
        Verdict::Undecided => 3,
        Verdict::Failed => 4,
    }
}

/// A word that is none of those allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is none of {allowed}")]
pub struct UnknownWord {
    word: String,
    allowed: &'static str,
}

impl FromStr for FailOn {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "must" => Ok(Self::Must),
            "should" => Ok(Self::Should),
            "may" => Ok(Self::May),
            _ => Err(UnknownWord {
                word: word.to_owned(),
                allowed: "must, should, may",
            }),
        }
    }
}

impl FromStr for OnUnknown {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "fail" => Ok(Self::Fail),
            "warn" => Ok(Self::Warn),
            "ignore" => Ok(Self::Ignore),
            _ => Err(UnknownWord {
                word: word.to_owned(),
                allowed: "fail, warn, ignore",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn findings(of: &[(&str, &str)]) -> Vec<Finding> {
        let finding = |(level, outcome): &(&str, &str)| {
            json!({ "baseline": "b", "rule": "r", "level": level, "outcome": outcome, "title": "",
                "area": "", "severity": "low", "fingerprint": "" })
        };
        of.iter()
            .map(|one| serde_json::from_value(finding(one)).unwrap())
            .collect()
    }

    #[test]
    fn the_verdict_follows_levels_and_outcomes() {
        use {FailOn::*, OnUnknown::*, Verdict::*};
        type Findings = &'static [(&'static str, &'static str)];
        let cases: &[(FailOn, OnUnknown, Findings, Verdict)] = &[
            (Must, Fail, &[], Empty),
            (Must, Fail, &[("must", "pass")], Passed),
            (Must, Fail, &[("must", "fail"), ("must", "unknown")], Failed),
            (Must, Ignore, &[("must-not", "fail")], Failed),
            (Must, Fail, &[("must", "unknown")], Undecided),
            (Must, Warn, &[("must", "unknown")], Passed),
            (Must, Fail, &[("should", "unknown")], Passed),
            (Should, Fail, &[("should", "unknown")], Undecided),
            (Must, Fail, &[("may", "error")], Undecided),
            (Must, Ignore, &[("may", "error")], Undecided),
            (Must, Fail, &[("should", "fail")], Passed),
            (Should, Fail, &[("should-not", "fail")], FailedShould),
            (Should, Fail, &[("may", "fail")], Passed),
            (May, Fail, &[("may", "fail")], FailedShould),
            (
                Should,
                Fail,
                &[("should", "fail"), ("must", "unknown")],
                Undecided,
            ),
            (
                Must,
                Fail,
                &[("must", "manual"), ("must", "waived")],
                Passed,
            ),
        ];
        for (fail_on, unknown, of, verdict) in cases {
            let gate = Gate {
                fail_on: *fail_on,
                unknown: *unknown,
                new_only: false,
            };
            assert_eq!(gate.judge(&findings(of)), *verdict, "{gate:?} {of:?}");
        }
    }
}
