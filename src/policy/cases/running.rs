//! Runs cases: each document is made once, and every case of it held against it.

use super::{Case, CaseResult, CaseVerdict, Listed, Played, Suite, threads};
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

/// Cases that can be run: what had to be played was.
pub struct Ready {
    pub(super) policy: Policy,
    pub(super) source: Source,
    pub(super) cases: Vec<Listed>,
    base: Value,
    played: Played,
}

/// A document that was made, as rules read it; or why there is none.
pub(super) type Made = Result<Read, String>;

/// A document as rules read it, and the domain that it is about.
pub(super) struct Read {
    domain: String,
    document: Document,
}

impl Suite {
    /// The cases with what was seen of [`Suite::plays`].
    pub fn ready(self, played: Played) -> Ready {
        Ready {
            policy: self.policy,
            source: self.source,
            cases: self.cases,
            base: self.base,
            played,
        }
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
    /// Runs the chosen cases, in order.
    ///
    /// # Errors
    /// Where the system gives no thread to run them on.
    pub fn run(&self) -> Result<Vec<CaseResult>, Vec<PolicyFault>> {
        let groups = self.groups(|listed| listed.chosen);
        let run = |(): &(), group: &Vec<usize>| self.run_group(group);
        let results = threads::each(&groups, || (), run).ok_or_else(|| no_thread(&self.source))?;
        let mut results: Vec<_> = results.into_iter().flatten().collect();
        results.sort_by_key(|(number, _)| *number);
        Ok(results.into_iter().map(|(_, result)| result).collect())
    }

    /// The numbers of the cases that are wanted, those together that have a document in common. No more than
    /// one document a thread is kept that way.
    pub(super) fn groups(&self, wanted: impl Fn(&Listed) -> bool) -> Vec<Vec<usize>> {
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (number, listed) in self.cases.iter().enumerate() {
            if wanted(listed) {
                let key = listed.case.document_key();
                groups.entry(key).or_default().push(number);
            }
        }
        groups.into_values().collect()
    }

    fn run_group(&self, group: &[usize]) -> Vec<(usize, CaseResult)> {
        let made = self.document(group);
        let cases = group.iter().filter_map(|number| {
            let listed = self.cases.get(*number)?;
            Some((number, listed, listed.case.run(&self.policy, &made)))
        });
        cases
            .map(|(number, listed, ran)| (*number, ran.named(listed)))
            .collect()
    }

    /// The document that a group has in common.
    pub(super) fn document(&self, group: &[usize]) -> Made {
        let first = group.first().and_then(|number| self.cases.get(*number));
        let case = &first.ok_or("its document was not made")?.case;
        let value = match case.play() {
            None => case.changed(&self.base)?,
            Some(play) => match self.played.get(&play) {
                Some(Ok(facts)) => {
                    let seen = serde_json::to_value(facts).map_err(|error| error.to_string())?;
                    case.changed(&seen)?
                }
                Some(Err(message)) => return Err(message.clone()),
                None => return Err("its scenario was not played".to_owned()),
            },
        };
        let domain = value.pointer("/target/domain").and_then(Value::as_str);
        Ok(Read {
            domain: domain.unwrap_or_default().to_owned(),
            document: Document::new(&value),
        })
    }
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

impl Case {
    fn run(&self, policy: &Policy, made: &Made) -> Ran {
        match (&self.rule, &self.baseline) {
            (Some(id), None) => match policy.rules.get(id) {
                Some(rule) => self.run_rule(&policy.engine, rule, made),
                None => Ran::faulty(format!("there is no rule `{id}`")),
            },
            (None, Some(baseline)) => match made {
                Ok(read) => self.run_baseline(policy, baseline, read),
                Err(message) => Ran::faulty(message),
            },
            (Some(_), Some(_)) | (None, None) => {
                Ran::faulty("a case has either a `rule` or a `baseline`")
            }
        }
    }

    /// Holds a rule against the case: the one that it names, or what was made of that.
    pub(super) fn run_rule(&self, engine: &Engine, rule: &Rule, made: &Made) -> Ran {
        let read = match made {
            Ok(read) => read,
            Err(message) => return Ran::faulty(message),
        };
        let Some(outcome) = self.outcome else {
            return Ran::faulty("a case of a rule has an `outcome`");
        };
        if !self.scores.is_empty() || !self.outcomes.is_empty() {
            return Ran::faulty("`scores` and `outcomes` belong to cases of baselines");
        }
        let mut parameters = rule.parameters.clone();
        for (name, value) in &self.want {
            if parameters.insert(name.clone(), value.clone()).is_none() {
                let id = &rule.info.id;
                return Ran::faulty(format!("`{id}` has no parameter `{name}`"));
            }
        }
        let want = unnoted(&Value::Object(parameters.clone()));
        let tested = evaluate::one(engine, rule, (&parameters, &want), &read.document);
        self.compare(outcome, &tested)
    }

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

    fn run_baseline(&self, policy: &Policy, id: &str, read: &Read) -> Ran {
        if self.outcome.is_some() || self.reason.is_some() || !self.want.is_empty() {
            return Ran::faulty("`outcome`, `reason` and `want` belong to cases of rules");
        }
        if self.scores.is_empty() && self.outcomes.is_empty() {
            return Ran::faulty("a case of a baseline has `scores` or `outcomes`");
        }
        if !policy.baselines.iter().any(|known| known.id == id) {
            return Ran::faulty(format!("there is no baseline `{id}`"));
        }
        let (findings, scores) = evaluate::of_baseline(policy, id, &read.domain, &read.document);
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
