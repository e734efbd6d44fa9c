//! When a run counts as failed: the decision that CI pipelines wait for.

use crate::results::Scan;
use crate::results::finding::Finding;
use crate::results::outcome::{Level, Outcome};
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
    /// What the run came to. Nothing evaluated goes before a failed requirement, that before anything
    /// unsettled, and that before failed recommendations. What is unknown counts at the levels whose
    /// failure counts; a rule that broke always does.
    pub fn judge(self, scan: &Scan) -> Verdict {
        let findings = || scan.targets.iter().flat_map(|target| &target.findings);
        let any = |is: &dyn Fn(&Finding) -> bool| findings().any(is);
        let failed = |finding: &Finding| finding.outcome == Outcome::Fail;
        if findings().next().is_none() {
            Verdict::Empty
        } else if any(&|finding| failed(finding) && finding.level.strength() == Level::Must) {
            Verdict::Failed
        } else if self.unknown == OnUnknown::Fail && any(&|finding| self.unsettled(finding)) {
            Verdict::Undecided
        } else if any(&|finding| failed(finding) && self.counts(finding)) {
            Verdict::FailedShould
        } else {
            Verdict::Passed
        }
    }

    fn unsettled(self, finding: &Finding) -> bool {
        match finding.outcome {
            Outcome::Error => true,
            Outcome::Unknown => self.counts(finding),
            Outcome::Fail
            | Outcome::Manual
            | Outcome::Waived
            | Outcome::Pass
            | Outcome::NotApplicable => false,
        }
    }

    fn counts(self, finding: &Finding) -> bool {
        let weakest = match self.fail_on {
            FailOn::Must => Level::Must,
            FailOn::Should => Level::Should,
            FailOn::May => Level::May,
        };
        finding.level.strength() <= weakest
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

    /// A run with findings of these levels and outcomes.
    fn run(findings: &[(&str, &str)]) -> Scan {
        let finding = |(level, outcome): &(&str, &str)| {
            json!({ "baseline": "b", "rule": "r", "level": level, "outcome": outcome, "title": "",
                "area": "", "severity": "low", "fingerprint": "" })
        };
        let findings: Vec<_> = findings.iter().map(finding).collect();
        let summary = serde_json::to_value(crate::results::summary::Summary::default()).unwrap();
        let target = json!({ "domain": "a.test", "unicode": "a.test",
            "organizational_domain": "a.test", "role": "mail" });
        let vantage = json!({ "started": "2026-01-01T00:00:00Z", "duration_milliseconds": 0,
            "waxseal": "0", "resolvers": [], "dnssec": "validate", "ipv4": true, "ipv6": true,
            "smtp_egress": "open", "probe": "gentle", "trust_store": "", "ehlo_name": "" });
        serde_json::from_value(
            json!({ "schema": "", "waxseal": "", "baselines": [], "rules": [],
            "summary": summary, "targets": [{ "target": target, "vantage": vantage,
            "facts_sha256": "", "scores": [], "summary": summary, "findings": findings }] }),
        )
        .unwrap()
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
        for (fail_on, unknown, findings, verdict) in cases {
            let gate = Gate {
                fail_on: *fail_on,
                unknown: *unknown,
            };
            assert_eq!(
                gate.judge(&run(findings)),
                *verdict,
                "{gate:?} {findings:?}"
            );
        }
    }
}
