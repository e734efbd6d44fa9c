//! Numbers that a baseline computes from its own findings.

use super::declare::baselines::ScoreRule;
use super::language::document::Document;
use super::language::session;
use super::language::stop::{Raised, Stop, broken, sort};
use super::language::values::kind;
use super::suggest::did_you_mean;
use crate::results::finding::Finding;
use crate::results::outcome::Outcome;
use crate::results::score::Score;
use rhai::{Dynamic, Engine, Map};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What came of each rule that a baseline asks. Of a rule that it asks more than once, the gravest.
#[derive(Clone)]
struct Outcomes(Arc<BTreeMap<String, (Outcome, String)>>);

impl Outcomes {
    fn of(baseline: &str, findings: &[Finding]) -> Self {
        let mut outcomes: BTreeMap<String, (Outcome, String)> = BTreeMap::new();
        for finding in findings.iter().filter(|found| found.baseline == baseline) {
            let entry = (finding.outcome, finding.reason.clone());
            outcomes
                .entry(finding.rule.clone())
                .and_modify(|known| {
                    if entry.0 < known.0 {
                        known.clone_from(&entry);
                    }
                })
                .or_insert(entry);
        }
        Self(Arc::new(outcomes))
    }

    fn get(&self, rule: &str) -> Raised<&(Outcome, String)> {
        self.0.get(rule).ok_or_else(|| {
            let help = did_you_mean(rule, self.0.keys().map(String::as_str));
            broken(format!("this baseline does not ask `{rule}`; {help}"))
        })
    }
}

/// Teaches an engine to read outcomes.
pub(super) fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<Outcomes>("outcomes")
        .register_fn("outcome", |all: Outcomes, rule: &str| {
            all.get(rule).map(|(outcome, _)| outcome.as_str())
        })
        .register_fn("passes", |all: Outcomes, rule: &str| {
            all.get(rule).map(|(outcome, _)| *outcome == Outcome::Pass)
        })
        .register_fn("reason", |all: Outcomes, rule: &str| {
            all.get(rule).map(|(_, reason)| reason.clone())
        });
}

/// Computes the scores of one baseline.
pub(super) fn compute(
    engine: &Engine,
    (baseline, rules): (&str, &[ScoreRule]),
    findings: &[Finding],
    document: &Document,
) -> Vec<Score> {
    if rules.is_empty() {
        return Vec::new();
    }
    let outcomes = Outcomes::of(baseline, findings);
    rules
        .iter()
        .map(|rule| {
            session::begin(Some(Arc::clone(&document.table)));
            let computed = catch_unwind(AssertUnwindSafe(|| {
                let arguments = vec![
                    Dynamic::from(outcomes.clone()),
                    Dynamic::from(document.root.clone()),
                ];
                let answer = rule.body.call(engine, arguments)?;
                value_and_note(answer, rule.max)
            }));
            let (value, note) = match computed {
                Ok(Ok(computed)) => computed,
                Ok(Err(error)) => (None, why_not(sort(error).0)),
                Err(_) => (None, "the policy engine panicked".to_owned()),
            };
            session::end();
            Score {
                baseline: baseline.to_owned(),
                id: rule.id.clone(),
                title: rule.title.clone(),
                value,
                max: rule.max,
                note,
            }
        })
        .collect()
}

fn why_not(stop: Stop) -> String {
    match stop {
        Stop::Unknown(verdict) | Stop::Manual(verdict) | Stop::Fail(verdict) => verdict.reason,
        Stop::Broken(message) => format!("the score is broken: {message}"),
    }
}

/// Reads what a score gave: a number, or `#{ value: …, note: … }` with either left out.
fn value_and_note(answer: Dynamic, max: f64) -> Raised<(Option<f64>, String)> {
    let mut members = match answer.try_cast_result::<Map>() {
        Ok(members) => members,
        Err(number) => {
            let mut members = Map::new();
            members.insert("value".into(), number);
            members
        }
    };
    let note = members.remove("note").unwrap_or_else(|| "".into());
    let value = match members.remove("value") {
        None => None,
        Some(value) => Some(in_range(&value, max)?),
    };
    if !members.is_empty() || !note.is_string() {
        return Err(broken("a score gives `#{ value: a number, note: text }`"));
    }
    let note = note.to_string();
    if value.is_none() && note.is_empty() {
        return Err(broken("a score without a value needs a note"));
    }
    Ok((value, note))
}

fn in_range(value: &Dynamic, max: f64) -> Raised<f64> {
    let number = value
        .as_float()
        .or_else(|_| {
            value
                .as_int()
                .map(|number| i32::try_from(number).map_or(f64::NAN, f64::from))
        })
        .map_err(|_| broken(format!("a score is a number, not {}", kind(value))))?;
    if (0.0..=max).contains(&number) {
        Ok(number)
    } else {
        Err(broken(format!(
            "the score {number} is not between 0 and {max}"
        )))
    }
}
