//! Texts to publish instead, each held against the requirement before it is offered.

use super::{exhibits, follow, not_executed};
use crate::derive::correct::{self, Step};
use crate::facts::Facts;
use crate::policy::Policy;
use crate::results::TargetResult;
use crate::results::correction::Correction;
use crate::results::finding::Finding;
use crate::results::outcome::{Level, Outcome};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Holds the policy against a document, looks for texts with which what fails would hold, and says what was seen
/// and what was not looked at.
pub fn judge(policy: &Policy, facts: &Facts) -> TargetResult {
    let mut result = policy.evaluate(facts);
    result.exhibits = exhibits::of(facts);
    result.not_executed = not_executed::of(facts, &result.findings);
    follow::mark(policy, facts, &mut result.findings);
    let trials = trials(policy, facts, &result.findings);
    let areas: BTreeSet<&str> = trials
        .iter()
        .map(|trial| trial.text.area.as_str())
        .collect();
    for area in areas {
        let mut of_area: Vec<&Trial> = trials.iter().filter(|one| one.text.area == area).collect();
        // First the text that settles the most of what is required, so that one text is shown for as much
        // as possible; behind it those that go further, the gentlest first.
        let required = |trial: &&Trial| trial.settled(&result.findings, Some(Level::Must)).len();
        let most = of_area.iter().map(required).max().unwrap_or(0);
        of_area.sort_by_key(|trial| (Reverse(required(trial) == most && most > 0), trial.step));
        offer(&of_area, &mut result.findings);
    }
    result
}

/// Gives each finding the first text with which it holds. At one name a later text stands behind the one before it and
/// goes further; one that takes back what that settled would contradict it and is not offered.
fn offer(trials: &[&Trial], findings: &mut [Finding]) {
    let mut offered: BTreeMap<&str, &Trial> = BTreeMap::new();
    for &trial in trials {
        let settled = trial.settled(findings, None);
        let before = offered.get(trial.text.name.as_str()).copied();
        let contradicts = before.is_some_and(|before| !trial.goes_beyond(before, findings));
        if settled.is_empty() || contradicts {
            continue;
        }
        let text = Correction {
            after: before.map(|before| before.text.text.clone()),
            ..trial.text.clone()
        };
        for index in settled {
            if let Some(finding) = findings.get_mut(index) {
                finding.correction = Some(text.clone());
            }
        }
        offered.insert(&trial.text.name, trial);
    }
}

/// One text in place of what is published, and how every requirement came out with it.
struct Trial {
    step: Step,
    text: Correction,
    outcomes: Vec<Outcome>,
}

impl Trial {
    /// The findings that failed, have no text yet and hold with this one, by their place; of one level, where
    /// that is asked. None where another requirement fails for it.
    fn settled(&self, findings: &[Finding], level: Option<Level>) -> Vec<usize> {
        let pairs = || findings.iter().zip(&self.outcomes);
        let concerned = |finding: &Finding| concerns(&self.text, finding);
        let worse = pairs().any(|(before, after)| {
            let failed_before = before.outcome == Outcome::Fail;
            concerned(before) && !failed_before && *after == Outcome::Fail
        });
        if worse {
            return Vec::new();
        }
        let settled = pairs().enumerate().filter(|(_, (before, after))| {
            let asked = level.is_none_or(|level| before.level == level);
            asked && is_open(before) && concerned(before) && **after == Outcome::Pass
        });
        settled.map(|(index, _)| index).collect()
    }

    /// Whether it is a step further, with which all holds that held with the other text.
    fn goes_beyond(&self, other: &Self, findings: &[Finding]) -> bool {
        let outcomes = other.outcomes.iter().zip(&self.outcomes);
        let mut all = findings.iter().zip(outcomes);
        let keeps = all.all(|(finding, (before, after))| {
            let held = concerns(&other.text, finding) && *before == Outcome::Pass;
            !held || *after == Outcome::Pass
        });
        keeps && self.step > other.step
    }
}

/// The texts of every step that concern something that failed, each tried. Texts of different areas do not
/// touch each other, so that one evaluation tells of all texts of a step.
fn trials(policy: &Policy, facts: &Facts, findings: &[Finding]) -> Vec<Trial> {
    let mut trials: Vec<Trial> = Vec::new();
    for step in Step::ALL {
        let mut texts = correct::texts(facts, step);
        texts.retain(|text| {
            let concerned = findings
                .iter()
                .any(|one| is_open(one) && concerns(text, one));
            concerned && !trials.iter().any(|trial| trial.text == *text)
        });
        if texts.is_empty() {
            continue;
        }
        let changed = policy.evaluate(&correct::apply(facts, &texts)).findings;
        let outcomes: Vec<Outcome> = changed.iter().map(|finding| finding.outcome).collect();
        trials.extend(texts.into_iter().map(|text| Trial {
            step,
            text,
            outcomes: outcomes.clone(),
        }));
    }
    trials
}

/// Whether a finding failed and nothing was found yet with which it holds.
fn is_open(finding: &Finding) -> bool {
    finding.outcome == Outcome::Fail && finding.correction.is_none()
}

/// A text of SPF can settle which names it points to as well.
fn concerns(text: &Correction, finding: &Finding) -> bool {
    text.area == finding.area || text.area == "spf" && finding.area == "dns"
}
