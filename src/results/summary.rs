//! Counts of outcomes.

use super::finding::Finding;
use super::outcome::{Level, Outcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many findings came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// All findings.
    pub total: usize,
    /// Failed requirements, whatever their level.
    pub fail: usize,
    /// Of these, those of level must or must-not.
    pub fail_must: usize,
    /// Of these, those of level should or should-not.
    pub fail_should: usize,
    /// Of these, those of level may.
    pub fail_may: usize,
    /// Broken rules.
    pub error: usize,
    /// Not settled.
    pub unknown: usize,
    /// Of these, those of level must or must-not.
    pub unknown_must: usize,
    /// Of these, those of level should or should-not.
    #[serde(default)]
    pub unknown_should: usize,
    /// Of these, those of level may.
    #[serde(default)]
    pub unknown_may: usize,
    /// For somebody to look at.
    pub manual: usize,
    /// Waived failures.
    pub waived: usize,
    /// Requirements that hold.
    pub pass: usize,
    /// Requirements that do not apply.
    pub not_applicable: usize,
}

impl Summary {
    /// The counts of these findings.
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let mut counts = Self::default();
        for finding in findings {
            counts.add(finding);
        }
        counts
    }

    /// How many findings came out so.
    pub const fn count(&self, outcome: Outcome) -> usize {
        match outcome {
            Outcome::Fail => self.fail,
            Outcome::Error => self.error,
            Outcome::Unknown => self.unknown,
            Outcome::Manual => self.manual,
            Outcome::Waived => self.waived,
            Outcome::Pass => self.pass,
            Outcome::NotApplicable => self.not_applicable,
        }
    }

    /// Counts one more finding.
    pub const fn add(&mut self, finding: &Finding) {
        self.total += 1;
        match finding.outcome {
            Outcome::Fail => {
                self.fail += 1;
                match finding.level.strength() {
                    Level::Must | Level::MustNot => self.fail_must += 1,
                    Level::Should | Level::ShouldNot => self.fail_should += 1,
                    Level::May => self.fail_may += 1,
                }
            }
            Outcome::Error => self.error += 1,
            Outcome::Unknown => {
                self.unknown += 1;
                match finding.level.strength() {
                    Level::Must | Level::MustNot => self.unknown_must += 1,
                    Level::Should | Level::ShouldNot => self.unknown_should += 1,
                    Level::May => self.unknown_may += 1,
                }
            }
            Outcome::Manual => self.manual += 1,
            Outcome::Waived => self.waived += 1,
            Outcome::Pass => self.pass += 1,
            Outcome::NotApplicable => self.not_applicable += 1,
        }
    }
}
