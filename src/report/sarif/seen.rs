//! What the findings of a run say of its rules, gathered before the first of them is written.

use super::super::order::{self, Worst};
use crate::results::Run;
use crate::results::finding::Finding;
use crate::results::outcome::{Level, Outcome, Severity};
use crate::results::targets::Results;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// What is known of the rules of a run, in the order of their ids, and which findings are the worst.
pub(super) struct Seen {
    /// By id.
    pub(super) rules: BTreeMap<String, SeenRule>,
    /// The findings that somebody has to act on, as numbers of target and finding: the worst of them, worst first.
    pub(super) worst: Vec<(usize, usize)>,
    /// How many of these there are in all.
    pub(super) problems: usize,
    /// Whether anything is waived.
    pub(super) waived: bool,
}

/// What the findings of one rule say of it.
#[derive(Default)]
pub(super) struct SeenRule {
    /// Its place among the rules.
    pub(super) index: usize,
    /// The strictest level at which it is asked; none where it was asked of no target.
    pub(super) level: Option<Level>,
    /// Who asks.
    pub(super) baselines: BTreeSet<String>,
    /// What a finding says of it, for manual requirements, which have no rule.
    pub(super) title: String,
    pub(super) area: String,
    pub(super) severity: Option<Severity>,
    /// How it broke, where it did.
    pub(super) broke: Option<Broke>,
}

/// A rule that broke.
pub(super) struct Broke {
    /// At how many findings.
    pub(super) times: usize,
    /// The first of these: domain, reason and place in the policy.
    pub(super) domain: String,
    pub(super) reason: String,
    pub(super) position: String,
}

impl Seen {
    /// Looks through all findings and keeps so many of the worst at most.
    pub(super) fn of(results: Results<'_>, most: usize) -> io::Result<Self> {
        let Run { gate, rules, .. } = results.run;
        let known = rules
            .iter()
            .map(|rule| (rule.id.clone(), SeenRule::default()));
        let mut seen = Self {
            rules: known.collect(),
            worst: Vec::new(),
            problems: 0,
            waived: false,
        };
        let mut worst = Worst::new(most);
        results.targets.each(&mut |target_number, target| {
            for (number, finding) in target.findings.iter().enumerate() {
                seen.add(&target.target.domain, finding);
                if order::is_problem(*gate, finding) {
                    worst.add(order::rank(finding), || (target_number, number));
                }
            }
            Ok(())
        })?;
        for (index, rule) in seen.rules.values_mut().enumerate() {
            rule.index = index;
        }
        seen.problems = worst.seen();
        seen.worst = worst.into_worst().collect();
        Ok(seen)
    }

    fn add(&mut self, domain: &str, finding: &Finding) {
        self.waived |= finding.waiver.is_some();
        if !self.rules.contains_key(&finding.rule) {
            self.rules.insert(finding.rule.clone(), SeenRule::default());
        }
        let Some(rule) = self.rules.get_mut(&finding.rule) else {
            return;
        };
        let stricter = |level: Level| finding.level.strength() < level.strength();
        if rule.level.is_none_or(stricter) {
            rule.level = Some(finding.level);
        }
        if !rule.baselines.contains(&finding.baseline) {
            rule.baselines.insert(finding.baseline.clone());
        }
        if rule.title.is_empty() {
            finding.title.clone_into(&mut rule.title);
            finding.area.clone_into(&mut rule.area);
        }
        rule.severity = rule.severity.max(Some(finding.severity));
        if finding.outcome == Outcome::Error {
            let broke = rule.broke.get_or_insert_with(|| Broke {
                times: 0,
                domain: domain.to_owned(),
                reason: finding.reason.clone(),
                position: finding.position.clone(),
            });
            broke.times += 1;
        }
    }
}
