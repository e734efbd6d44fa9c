//! Runs cases: each document is made once, and every case of it held against it.

use super::{Case, CaseResult, CaseVerdict, Listed, Played, Suite, threads};
use crate::facts::Facts;
use crate::policy::Policy;
use crate::policy::declare::rules::Rule;
use crate::policy::evaluate::{self, Tested};
use crate::policy::fault::{Faults, PolicyFault};
use crate::policy::language::document::{Document, unnoted};
use crate::policy::source::Source;
use crate::results::outcome::Outcome;
use rhai::{Engine, Position};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Cases with their documents.
pub struct Ready {
    pub(super) policy: Policy,
    pub(super) source: Source,
    pub(super) cases: Vec<Prepared>,
}

/// A case with its document, or why there is none.
pub(super) struct Prepared {
    pub(super) listed: Listed,
    document: Result<Arc<Made>, String>,
}

/// A document that was made, as rules read it.
struct Made {
    domain: String,
    document: Document,
    read_back: Value,
}

impl Suite {
    /// Makes the documents of all cases. `played` has what was seen of [`Suite::plays`].
    ///
    /// # Errors
    /// Where the system gives no thread to do it on.
    pub fn ready(self, played: &Played) -> Result<Ready, Vec<PolicyFault>> {
        let Self {
            policy,
            source,
            base,
            cases,
        } = self;
        let (mut first, mut keys) = (BTreeMap::new(), Vec::new());
        let mut distinct: Vec<&Case> = Vec::new();
        for Listed { case, .. } in &cases {
            let number = *first.entry(case.document_key()).or_insert_with(|| {
                distinct.push(case);
                distinct.len() - 1
            });
            keys.push(number);
        }
        let make = |(): &(), case: &&Case| case.document(&base, played).map(Arc::new);
        let made = threads::each(&distinct, || (), make).ok_or_else(|| no_thread(&source))?;
        let prepared = cases.into_iter().zip(keys).map(|(listed, number)| {
            let document = match made.get(number) {
                Some(Ok(made)) => match listed.case.lost(&made.read_back) {
                    Some(pointer) => Err(format!("set: there is no fact at `{pointer}`")),
                    None => Ok(Arc::clone(made)),
                },
                Some(Err(message)) => Err(message.clone()),
                None => Err("its document was not made".to_owned()),
            };
            Prepared { listed, document }
        });
        Ok(Ready {
            cases: prepared.collect(),
            policy,
            source,
        })
    }
}

/// What is said where the system gives no thread.
pub(super) fn no_thread(source: &Source) -> Vec<PolicyFault> {
    let mut faults = Faults::new(source);
    let message = "the cases could not be run on this system";
    faults.add("", Position::NONE, message, "");
    faults.into_sorted()
}

impl Ready {
    /// Runs all cases, in order.
    ///
    /// # Errors
    /// Where the system gives no thread to run them on.
    pub fn run(&self) -> Result<Vec<CaseResult>, Vec<PolicyFault>> {
        let run = |(): &(), case: &Prepared| case.run(&self.policy).named(&case.listed);
        threads::each(&self.cases, || (), run).ok_or_else(|| no_thread(&self.source))
    }
}

impl Case {
    fn document(&self, base: &Value, played: &Played) -> Result<Made, String> {
        let facts = match self.play() {
            None => self.facts(base)?,
            Some(play) => match played.get(&play) {
                Some(Ok(facts)) => self.facts(&as_value(facts)?)?,
                Some(Err(message)) => return Err(message.clone()),
                None => return Err("its scenario was not played".to_owned()),
            },
        };
        let read_back = as_value(&facts)?;
        Ok(Made {
            domain: facts.target.domain,
            document: Document::new(&read_back),
            read_back,
        })
    }
}

fn as_value(facts: &Facts) -> Result<Value, String> {
    serde_json::to_value(facts).map_err(|error| error.to_string())
}

/// What a case expected and got.
pub(super) struct Ran {
    expected: String,
    got: String,
    pub(super) verdict: CaseVerdict,
}

impl Ran {
    fn faulty(message: impl Into<String>) -> Self {
        Self {
            expected: "a case that can be run".to_owned(),
            got: message.into(),
            verdict: CaseVerdict::Faulty,
        }
    }

    fn named(self, listed: &Listed) -> CaseResult {
        CaseResult {
            file: listed.file.clone(),
            line: listed.line,
            subject: listed.case.subject().to_owned(),
            name: listed.case.name.clone(),
            expected: self.expected,
            got: self.got,
            verdict: self.verdict,
        }
    }
}

impl Prepared {
    fn run(&self, policy: &Policy) -> Ran {
        let case = &self.listed.case;
        match (&case.rule, &case.baseline) {
            (Some(id), None) => match policy.rules.get(id) {
                Some(rule) => self.run_rule(&policy.engine, rule),
                None => Ran::faulty(format!("there is no rule `{id}`")),
            },
            (None, Some(baseline)) => match &self.document {
                Ok(made) => case.run_baseline(policy, baseline, made),
                Err(message) => Ran::faulty(message),
            },
            (Some(_), Some(_)) | (None, None) => {
                Ran::faulty("a case has either a `rule` or a `baseline`")
            }
        }
    }

    /// Holds a rule against the case: the one that it names, or what was made of that.
    pub(super) fn run_rule(&self, engine: &Engine, rule: &Rule) -> Ran {
        let case = &self.listed.case;
        let made = match &self.document {
            Ok(made) => made,
            Err(message) => return Ran::faulty(message),
        };
        let Some(outcome) = case.outcome else {
            return Ran::faulty("a case of a rule has an `outcome`");
        };
        if !case.scores.is_empty() || !case.outcomes.is_empty() {
            return Ran::faulty("`scores` and `outcomes` belong to cases of baselines");
        }
        let mut parameters = rule.parameters.clone();
        for (name, value) in &case.want {
            if parameters.insert(name.clone(), value.clone()).is_none() {
                let id = &rule.info.id;
                return Ran::faulty(format!("`{id}` has no parameter `{name}`"));
            }
        }
        let want = unnoted(&Value::Object(parameters.clone()));
        let tested = evaluate::one(engine, rule, (&parameters, &want), &made.document);
        case.compare(outcome, &tested)
    }
}

impl Case {
    fn compare(&self, outcome: Outcome, tested: &Tested) -> Ran {
        let reason_fits = self
            .reason
            .as_ref()
            .is_none_or(|part| tested.reason.contains(part));
        let expected = self.reason.as_ref().map_or_else(
            || outcome.as_str().to_owned(),
            |part| format!("{}, with `{part}` in the reason", outcome.as_str()),
        );
        let mut got = tested.outcome.as_str().to_owned();
        if !tested.reason.is_empty() {
            got = format!("{got}: {}", tested.reason);
        }
        if tested.outcome == Outcome::Error && !tested.position.is_empty() {
            got = format!("{got} ({})", tested.position);
        }
        Ran {
            expected,
            got,
            verdict: passed(outcome == tested.outcome && reason_fits),
        }
    }

    fn run_baseline(&self, policy: &Policy, id: &str, made: &Made) -> Ran {
        if self.outcome.is_some() || self.reason.is_some() || !self.want.is_empty() {
            return Ran::faulty("`outcome`, `reason` and `want` belong to cases of rules");
        }
        if self.scores.is_empty() && self.outcomes.is_empty() {
            return Ran::faulty("a case of a baseline has `scores` or `outcomes`");
        }
        if !policy.baselines.iter().any(|known| known.id == id) {
            return Ran::faulty(format!("there is no baseline `{id}`"));
        }
        let (findings, scores) =
            evaluate::of_baseline(policy, id, &made.domain, &made.document);
        let (mut expected, mut got) = (Vec::new(), Vec::new());
        for (rule, outcome) in &self.outcomes {
            let found = findings.iter().filter(|finding| finding.rule == *rule);
            let Some(found) = found.min_by_key(|finding| finding.outcome) else {
                return Ran::faulty(format!("`{id}` does not ask `{rule}`"));
            };
            if found.outcome != *outcome {
                expected.push(format!("{rule} {}", outcome.as_str()));
                let (outcome, reason) = (found.outcome.as_str(), &found.reason);
                got.push(format!("{rule} {outcome}: {reason}"));
            }
        }
        for (score, value) in &self.scores {
            let Some(found) = scores.iter().find(|known| known.id == *score) else {
                return Ran::faulty(format!("`{id}` has no score `{score}`"));
            };
            let same = value
                .as_f64()
                .map_or(found.value.is_none(), |value| found.value == Some(value));
            if !same {
                expected.push(format!("{score} {value}"));
                let value = found.value;
                let value = value.map_or("none".to_owned(), |value| value.to_string());
                got.push(format!("{score} {value} {}", found.note));
            }
        }
        let fits = got.is_empty();
        if fits {
            expected.push("these outcomes and scores".to_owned());
            got.push("these outcomes and scores".to_owned());
        }
        Ran {
            expected: expected.join("; "),
            got: got.join("; "),
            verdict: passed(fits),
        }
    }
}

const fn passed(fits: bool) -> CaseVerdict {
    if fits {
        CaseVerdict::Passed
    } else {
        CaseVerdict::Failed
    }
}
