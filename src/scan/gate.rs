//! When a run counts as failed: the decision that CI pipelines wait for.

use crate::results::Scan;
use crate::results::summary::Summary;
use std::str::FromStr;

/// Which findings make a run fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate {
    /// The weakest level whose failure counts.
    pub fail_on: FailOn,
    /// What an unknown or broken finding counts for.
    pub unknown: OnUnknown,
}

/// The weakest level whose failure counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailOn {
    /// Only required ones.
    #[default]
    Must,
    /// Recommended ones too.
    Should,
    /// Optional ones too.
    May,
}

/// What an unknown or broken finding counts for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnUnknown {
    /// The run is not passed.
    #[default]
    Fail,
    /// It is said, and the run passes.
    Warn,
    /// The run passes.
    Ignore,
}

/// What a run came to. The order of the variants is not that of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All that counts holds.
    Passed,
    /// A requirement that counts failed.
    Failed,
    /// Nothing that counts failed, but something is unknown or broke.
    Undecided,
    /// There was nothing to evaluate.
    Empty,
    /// Only recommendations (or options) failed, and they count.
    FailedShould,
}

impl Gate {
    /// What the run came to: nothing evaluated before failed before undecided before failed recommendations.
    pub fn judge(self, scan: &Scan) -> Verdict {
        if scan.summary.total == 0 { Verdict::Empty } else { self.judge_counts(&scan.summary) }
    }

    /// What these counts come to.
    pub const fn judge_counts(self, counts: &Summary) -> Verdict {
        let unsettled = counts.unknown + counts.error > 0;
        let weaker = match self.fail_on {
            FailOn::Must => 0,
            FailOn::Should => counts.fail_should,
            FailOn::May => counts.fail_should + counts.fail_may,
        };
        if counts.fail_must > 0 {
            Verdict::Failed
        } else if unsettled && matches!(self.unknown, OnUnknown::Fail) {
            Verdict::Undecided
        } else if weaker > 0 {
            Verdict::FailedShould
        } else {
            Verdict::Passed
        }
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
            _ => Err(UnknownWord { word: word.to_owned(), allowed: "must, should, may" }),
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
            _ => Err(UnknownWord { word: word.to_owned(), allowed: "fail, warn, ignore" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn gate(fail_on: FailOn, unknown: OnUnknown) -> Gate {
        Gate { fail_on, unknown }
    }

    #[test]
    fn a_failed_must_outweighs_everything_unknown() {
        let counts = Summary { total: 3, fail: 1, fail_must: 1, unknown: 2, ..Summary::default() };
        assert_eq!(gate(FailOn::Must, OnUnknown::Fail).judge_counts(&counts), Verdict::Failed);
    }

    #[test]
    fn unknown_neither_passes_nor_fails() {
        let counts = Summary { total: 2, pass: 1, unknown: 1, ..Summary::default() };
        assert_eq!(gate(FailOn::Must, OnUnknown::Fail).judge_counts(&counts), Verdict::Undecided);
        assert_eq!(gate(FailOn::Must, OnUnknown::Warn).judge_counts(&counts), Verdict::Passed);
    }

    #[test]
    fn a_failed_should_counts_only_where_it_is_asked_for() {
        let counts = Summary { total: 1, fail: 1, fail_should: 1, ..Summary::default() };
        let judge = |fail_on| gate(fail_on, OnUnknown::Fail).judge_counts(&counts);
        assert_eq!(judge(FailOn::Must), Verdict::Passed);
        assert_eq!(judge(FailOn::Should), Verdict::FailedShould);
    }
}
