//! What a run was held against: the baselines and rules of all of its policies, each once.

use crate::policy::Policy;
use crate::results::notice::Notice;
use crate::results::rule::{BaselineInfo, PolicyFile, RuleInfo};
use std::collections::BTreeMap;

/// What the results of a run say of its policies and settings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Basis {
    /// The baselines, in the order in which they were first asked.
    pub baselines: Vec<BaselineInfo>,
    /// The rules that findings may name, by id.
    pub rules: Vec<RuleInfo>,
    /// The policy files in force, by path.
    pub files: Vec<PolicyFile>,
    /// What the settings need.
    pub notices: Vec<Notice>,
}

impl Basis {
    /// That of these policies, without notices.
    pub fn of(policies: &[&Policy]) -> Self {
        let mut basis = Self::default();
        let mut rules = BTreeMap::new();
        for policy in policies {
            for baseline in policy.baselines() {
                basis.add(baseline);
            }
            // All policies of a run are read from the same files.
            basis.files = policy.files().to_vec();
            for rule in policy.rules() {
                rules.entry(&rule.id).or_insert(rule);
            }
        }
        basis.rules = rules.into_values().cloned().collect();
        basis
    }

    /// Adds a baseline, or what it drops where it is known already.
    fn add(&mut self, baseline: &BaselineInfo) {
        let known = self.baselines.iter_mut().find(|one| one.id == baseline.id);
        let Some(known) = known else {
            self.baselines.push(baseline.clone());
            return;
        };
        for dropped in &baseline.dropped {
            if !known.dropped.contains(dropped) {
                known.dropped.push(dropped.clone());
            }
        }
    }
}
