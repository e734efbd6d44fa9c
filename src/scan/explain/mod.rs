//! Why a rule came out as it did, with the smallest change that would turn it: of what is published where
//! that is enough, else of a fact. Each was held against the rule before it is told.

use crate::derive::{self, correct};
use crate::facts::Facts;
use crate::policy::Policy;
use crate::policy::explain::{Change, Explanation, Found, Probe, Way};
use crate::policy::source::Source;
use crate::results::correction::Correction;
use crate::results::outcome::Outcome;
use serde::Serialize;

mod drafts;

/// How one rule came to its outcome, and what would turn it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained {
    /// How it came to its outcome.
    #[serde(flatten)]
    pub explanation: Explanation,
    /// What would turn it; nothing where no small change was found.
    pub turn: Option<Turn>,
}

/// A change with which a rule comes out otherwise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Turn {
    /// How the rule then comes out.
    pub outcome: Outcome,
    /// What would be otherwise.
    #[serde(flatten)]
    pub how: How,
}

/// What would be otherwise.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum How {
    /// What the domain publishes. Everything was derived anew from it.
    Publish(Correction),
    /// Facts.
    Facts {
        /// All of them together.
        changes: Vec<Change>,
        /// Whether they are what is observed, so that everything else was derived anew from them. Else they are
        /// themselves derived from other facts, and these were left as they are.
        observed: bool,
    },
}

/// Explains a rule at a document. None: there is no such rule, or the system gives no thread.
pub fn explain(
    policy: &Policy,
    source: &Source,
    (rule, way): (&str, &Way),
    facts: &Facts,
) -> Option<Explained> {
    let explanation = policy.explain(source, (rule, way), facts)?;
    let probe = Probe::new(policy, source, rule, way)?;
    let wanted: &[&[Outcome]] = match explanation.outcome {
        Outcome::Pass => &[&[Outcome::Fail]],
        Outcome::Fail => &[&[Outcome::Pass]],
        Outcome::Unknown => &[&[Outcome::Pass], &[Outcome::Fail]],
        Outcome::NotApplicable => &[&[Outcome::Pass, Outcome::Fail]],
        Outcome::Error | Outcome::Manual | Outcome::Waived => &[],
    };
    let turn = wanted.iter().find_map(|wanted| {
        by_publishing(&probe, facts, &explanation, wanted)
            .or_else(|| by_facts(&probe, facts, &explanation, wanted))
    });
    Some(Explained { explanation, turn })
}

/// The text to publish that differs the least from what is published.
fn by_publishing(
    probe: &Probe<'_>,
    facts: &Facts,
    explanation: &Explanation,
    wanted: &[Outcome],
) -> Option<Turn> {
    let drafts = drafts::of(facts, explanation);
    let documents: Vec<Facts> = drafts
        .iter()
        .map(|draft| correct::apply(facts, std::slice::from_ref(&draft.text)))
        .collect();
    let outcomes = probe.outcomes(&documents);
    let turning = drafts.into_iter().zip(outcomes);
    let turning = turning.filter(|(_, outcome)| wanted.contains(outcome));
    let (draft, outcome) = turning.min_by_key(|(draft, _)| draft.distance)?;
    Some(Turn {
        outcome,
        how: How::Publish(draft.text),
    })
}

/// The first change of facts that stays when everything is derived anew, else the first one.
fn by_facts(
    probe: &Probe<'_>,
    facts: &Facts,
    explanation: &Explanation,
    wanted: &[Outcome],
) -> Option<Turn> {
    let found = probe.turning(facts, explanation, wanted);
    let derived: Vec<Facts> = found
        .iter()
        .map(|one| {
            let mut anew = one.facts.clone();
            derive::complete(&mut anew);
            anew
        })
        .collect();
    let outcomes = probe.outcomes(&derived);
    let stays = |(found, (anew, outcome)): &(&Found, (&Facts, &Outcome))| {
        wanted.contains(outcome) && found.holds_in(anew)
    };
    let observed = found.iter().zip(derived.iter().zip(&outcomes)).find(stays);
    let (chosen, outcome) = match observed {
        Some((found, (_, outcome))) => (found, *outcome),
        None => found.first().map(|found| (found, found.outcome))?,
    };
    Some(Turn {
        outcome,
        how: How::Facts {
            changes: chosen.changes.clone(),
            observed: observed.is_some(),
        },
    })
}
