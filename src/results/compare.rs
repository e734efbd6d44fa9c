//! What is new since an earlier run: its findings laid beside those of this one, by fingerprint.

use super::Scan;
use super::finding::Finding;
use super::outcome::Outcome;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How a finding stands to the same one of an earlier run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Since {
    /// It fails, broke or is unknown, and did not, or was not asked, then.
    New,
    /// It fails, broke or is unknown, and was no better then.
    Unchanged,
    /// It failed then, and holds, or does not apply any more.
    Fixed,
}

impl Since {
    /// The name under which it stands in documents and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Unchanged => "unchanged",
            Self::Fixed => "fixed",
        }
    }
}

/// What a comparison with an earlier run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// The file of the earlier results.
    pub file: String,
    /// How many findings are new.
    pub new: usize,
    /// How many are as bad as they were.
    pub unchanged: usize,
    /// How many were mended.
    pub fixed: usize,
    /// Domains of the earlier run that this one did not look at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_looked_at: Vec<String>,
    /// How many findings that failed then are not asked any more at the domains that both runs looked at.
    #[serde(default)]
    pub no_longer_asked: usize,
}

impl Scan {
    /// Marks each finding as new, unchanged or fixed since an earlier run, and judges anew under the gate.
    pub fn compare(&mut self, earlier: &Self, file: String) {
        let known = fingerprints(earlier);
        let mut comparison = Comparison {
            file,
            ..Comparison::default()
        };
        let mut asked = BTreeSet::new();
        let findings = self.targets.iter_mut().flat_map(|one| &mut one.findings);
        for finding in findings {
            asked.insert(finding.fingerprint.clone());
            finding.since = since(finding, known.get(finding.fingerprint.as_str()).copied());
            match finding.since {
                Some(Since::New) => comparison.new += 1,
                Some(Since::Unchanged) => comparison.unchanged += 1,
                Some(Since::Fixed) => comparison.fixed += 1,
                None => {}
            }
        }
        let here: BTreeSet<&str> = self
            .targets
            .iter()
            .map(|one| one.target.domain.as_str())
            .collect();
        for target in &earlier.targets {
            if !here.contains(target.target.domain.as_str()) {
                let domain = target.target.domain.clone();
                comparison.not_looked_at.push(domain);
                continue;
            }
            let gone = target.findings.iter().filter(|finding| {
                finding.outcome == Outcome::Fail && !asked.contains(&finding.fingerprint)
            });
            comparison.no_longer_asked += gone.count();
        }
        self.comparison = Some(comparison);
    }
}

/// The outcomes by fingerprint. Of two findings with one name the better one counts, so that nothing new is missed.
fn fingerprints(scan: &Scan) -> BTreeMap<&str, Outcome> {
    let mut known: BTreeMap<&str, Outcome> = BTreeMap::new();
    for finding in scan.targets.iter().flat_map(|one| &one.findings) {
        let best = known.entry(&finding.fingerprint).or_insert(finding.outcome);
        *best = finding.outcome.max(*best);
    }
    known
}

/// What is unknown now may be as it was: it is neither new where it failed before, nor fixed.
const fn since(finding: &Finding, then: Option<Outcome>) -> Option<Since> {
    match (finding.outcome, then) {
        (Outcome::Fail, Some(Outcome::Fail))
        | (Outcome::Unknown, Some(Outcome::Fail | Outcome::Unknown | Outcome::Error))
        | (Outcome::Error, Some(Outcome::Fail | Outcome::Error)) => Some(Since::Unchanged),
        (Outcome::Fail | Outcome::Unknown | Outcome::Error, _) => Some(Since::New),
        (Outcome::Pass | Outcome::NotApplicable, Some(Outcome::Fail)) => Some(Since::Fixed),
        (Outcome::Pass | Outcome::NotApplicable | Outcome::Manual | Outcome::Waived, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn finding(fingerprint: &str, outcome: &str) -> Finding {
        serde_json::from_value(json!({
            "baseline": "b", "rule": "r", "level": "must", "outcome": outcome, "title": "",
            "area": "", "severity": "low", "fingerprint": fingerprint
        }))
        .unwrap()
    }

    #[test]
    fn what_failed_before_is_unchanged_what_did_not_is_new_and_what_holds_again_is_fixed() {
        use Outcome as O;
        for (now, then, is) in [
            ("fail", None, Some(Since::New)),
            ("fail", Some(O::Pass), Some(Since::New)),
            ("fail", Some(O::Unknown), Some(Since::New)),
            ("fail", Some(O::Waived), Some(Since::New)),
            ("fail", Some(O::Fail), Some(Since::Unchanged)),
            ("unknown", Some(O::Fail), Some(Since::Unchanged)),
            ("unknown", Some(O::Unknown), Some(Since::Unchanged)),
            ("unknown", Some(O::Pass), Some(Since::New)),
            ("error", Some(O::Unknown), Some(Since::New)),
            ("error", Some(O::Error), Some(Since::Unchanged)),
            ("pass", Some(O::Fail), Some(Since::Fixed)),
            ("not-applicable", Some(O::Fail), Some(Since::Fixed)),
            ("pass", Some(O::Unknown), None),
            ("pass", None, None),
            ("waived", Some(O::Fail), None),
        ] {
            assert_eq!(since(&finding("x", now), then), is, "{now} {then:?}");
        }
    }
}
