//! Two runs side by side: what changed at the domains, what in the verdict, and what only because another tool or
//! policy looked.

use super::Run;
use super::exhibit::ExhibitKind;
use super::gate::Verdict;
use super::outcome::Outcome;
use serde::Serialize;
use std::collections::BTreeMap;

mod past;

pub use past::Past;

/// In what a later run differs from an earlier one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// What else looked, in words: another version, other policy files, another gate. Empty where all was the same.
    pub changed_tools: Vec<String>,
    /// The domains of both runs at which something changed, in the order of the later run.
    pub domains: Vec<DomainChange>,
    /// How many domains of both runs are as they were.
    pub unchanged: usize,
    /// Domains of the later run only.
    pub added: Vec<String>,
    /// Domains of the earlier run only.
    pub removed: Vec<String>,
}

impl Difference {
    /// Whether a requirement that counts in the later run fails or is unsettled now, and was not so before.
    pub fn is_worse(&self) -> bool {
        let findings = self.domains.iter().flat_map(|domain| &domain.findings);
        findings.into_iter().any(|finding| finding.worse)
    }
}

impl DomainChange {
    /// Whether nothing is otherwise at the domain: another tool, policy or setting, or a waiver, judges it.
    pub fn is_only_judged(&self) -> bool {
        let judged = |change: &FindingChange| matches!(change.cause, Cause::Policy | Cause::Waiver);
        self.seen.is_empty() && self.findings.iter().all(judged)
    }
}

/// What changed at one domain.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DomainChange {
    /// The domain.
    pub domain: String,
    /// What it came to before and after.
    pub verdict: [Verdict; 2],
    /// The scores that changed.
    pub scores: Vec<ScoreChange>,
    /// What was published or seen otherwise.
    pub seen: Vec<SeenChange>,
    /// The requirements that came out otherwise, were not asked before or are no longer, worst first.
    pub findings: Vec<FindingChange>,
}

/// A score before and after; none where it was not known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreChange {
    /// What it measures.
    pub title: String,
    /// The value before.
    pub before: Option<f64>,
    /// The value after.
    pub after: Option<f64>,
}

/// Lines of one exhibit that are not there any more, and lines that are new.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeenChange {
    /// What kind of thing it is.
    pub kind: ExhibitKind,
    /// What it was seen at.
    pub subject: String,
    /// The lines that are gone.
    pub gone: Vec<String>,
    /// The lines that are new.
    pub new: Vec<String>,
}

/// A requirement that came out otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FindingChange {
    /// The rule.
    pub rule: String,
    /// The requirement.
    pub title: String,
    /// Who asks, with clause and level.
    pub askers: Vec<String>,
    /// How it came out before; none where it was not asked.
    pub before: Option<Outcome>,
    /// How it comes out now; none where it is not asked any more.
    pub after: Option<Outcome>,
    /// The reason of what it comes to now; where it is not asked any more, the one from before.
    pub reason: String,
    /// Why it changed.
    pub cause: Cause,
    /// Whether it counts, and is worse than before.
    pub worse: bool,
}

/// Why a requirement came out otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// What the rule looked at is otherwise at the domain.
    Domain,
    /// Nothing changed but the time: something expired, or came into force.
    Time,
    /// What the rule looked at could be seen at one of the times only.
    View,
    /// Somebody answers for it, or does no longer.
    Waiver,
    /// The facts are the same: another version, policy or setting asks or judges otherwise.
    Policy,
}

impl Cause {
    /// All causes, in the order in which they are shown.
    pub const ALL: [Self; 5] = [
        Self::Domain,
        Self::Time,
        Self::View,
        Self::Waiver,
        Self::Policy,
    ];

    /// The name under which the cause stands in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Time => "time",
            Self::View => "view",
            Self::Waiver => "waiver",
            Self::Policy => "policy",
        }
    }
}

/// What looked otherwise in the later run.
fn changed_tools(old: &Run, new: &Run) -> Vec<String> {
    let mut changed = Vec::new();
    if old.waxseal != new.waxseal {
        changed.push(format!(
            "evaluated by waxseal {}, before by {}",
            new.waxseal, old.waxseal
        ));
    }
    for (run, which) in [(old, "earlier"), (new, "later")] {
        if let Some(why) = &run.partial {
            changed.push(format!("the {which} run is not whole: {why}"));
        }
    }
    let baselines = |run: &Run| -> BTreeMap<String, String> {
        let all = run.baselines.iter();
        all.map(|one| (one.id.clone(), one.version.clone()))
            .collect()
    };
    changed.extend(changes("baseline", &baselines(old), &baselines(new)));
    let files = |run: &Run| -> BTreeMap<String, String> {
        let all = run.policy_files.iter().chain(&run.settings);
        all.map(|one| (one.path.clone(), one.sha256.clone()))
            .collect()
    };
    // Results of older versions name no files.
    if !old.policy_files.is_empty() && !new.policy_files.is_empty() {
        changed.extend(changes("file", &files(old), &files(new)));
    }
    if old.gate != new.gate {
        changed.push("another gate decides which findings count".to_owned());
    }
    changed
}

/// What came, went or changed, by name.
fn changes(
    what: &str,
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
) -> Vec<String> {
    let gone = old.keys().filter(|name| !new.contains_key(*name));
    let mut told: Vec<String> = gone
        .map(|name| format!("the {what} `{name}` is in the earlier run only"))
        .collect();
    for (name, version) in new {
        match old.get(name) {
            None => told.push(format!("the {what} `{name}` is in the later run only")),
            Some(before) if before == version => {}
            Some(before) if before.len() == 64 => {
                told.push(format!("the {what} `{name}` was changed"));
            }
            Some(before) => told.push(format!("the {what} `{name}` is {version}, was {before}")),
        }
    }
    told
}
