//! What is new since an earlier run: its findings laid beside those of this one, by fingerprint.

use super::TargetResult;
use super::finding::Finding;
use super::outcome::Outcome;
use super::targets::Results;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io;

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

/// An earlier run, as far as a later one is compared with it.
pub struct Earlier {
    comparison: Comparison,
    domains: BTreeMap<String, Domain>,
}

/// The findings of one domain, by the digest of their fingerprint.
#[derive(Default)]
struct Domain {
    findings: BTreeMap<[u8; 16], Known>,
    looked_at: bool,
}

/// What is known of the findings of one fingerprint.
struct Known {
    /// The best outcome, so that nothing new is missed.
    outcome: Outcome,
    /// How many failed.
    failed: usize,
    asked: bool,
}

impl Earlier {
    /// What is to be known of the earlier results of this file.
    ///
    /// # Errors
    ///
    /// Those of reading the results.
    pub fn new(file: String, results: Results<'_>) -> io::Result<Self> {
        let mut domains: BTreeMap<String, Domain> = BTreeMap::new();
        results.targets.each(&mut |_, target| {
            let domain = domains.entry(target.target.domain.clone()).or_default();
            for finding in &target.findings {
                let known = domain
                    .findings
                    .entry(key(&finding.fingerprint))
                    .or_insert(Known {
                        outcome: finding.outcome,
                        failed: 0,
                        asked: false,
                    });
                known.outcome = finding.outcome.max(known.outcome);
                known.failed += usize::from(finding.outcome == Outcome::Fail);
            }
            Ok(())
        })?;
        Ok(Self {
            comparison: Comparison {
                file,
                ..Comparison::default()
            },
            domains,
        })
    }

    /// Marks each finding of a target as new, unchanged or fixed.
    pub fn mark(&mut self, target: &mut TargetResult) {
        let mut none = Domain::default();
        let domain = self.domains.get_mut(&target.target.domain);
        let domain = domain.unwrap_or(&mut none);
        domain.looked_at = true;
        for finding in &mut target.findings {
            let known = domain.findings.get_mut(&key(&finding.fingerprint));
            finding.since = since(finding, known.as_ref().map(|known| known.outcome));
            if let Some(known) = known {
                known.asked = true;
            }
            match finding.since {
                Some(Since::New) => self.comparison.new += 1,
                Some(Since::Unchanged) => self.comparison.unchanged += 1,
                Some(Since::Fixed) => self.comparison.fixed += 1,
                None => {}
            }
        }
    }

    /// What the comparison came to, once every target is marked.
    pub fn finish(self) -> Comparison {
        let mut comparison = self.comparison;
        for (name, domain) in self.domains {
            if domain.looked_at {
                let gone = domain.findings.values().filter(|known| !known.asked);
                comparison.no_longer_asked += gone.map(|known| known.failed).sum::<usize>();
            } else {
                comparison.not_looked_at.push(name);
            }
        }
        comparison
    }
}

/// The first half of a digest: enough to tell millions of findings apart, and small.
fn key(fingerprint: &str) -> [u8; 16] {
    let digest = Sha256::digest(fingerprint);
    std::array::from_fn(|at| digest.get(at).copied().unwrap_or_default())
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
