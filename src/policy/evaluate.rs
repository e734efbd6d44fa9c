//! Holds the rules against one facts document: every requirement gets an outcome, whatever happens.

use super::declare::baselines::Requirement;
use super::declare::rules::{Rule, fill};
use super::language::document::{Document, Table};
use super::language::engine;
use super::language::node::Fact;
use super::language::session::{self, Notes};
use super::language::stop::{Raised, Stop, Verdict, sort};
use super::language::values::kind;
use super::{Policy, Test, bound, scores};
use crate::facts::Facts;
use crate::results::TargetResult;
use crate::results::finding::{Evidence, Finding, Item};
use crate::results::key::SeenKey;
use crate::results::outcome::{Level, Outcome};
use crate::results::role::RoleTaken;
use crate::results::score::Score;
use crate::results::summary::Summary;
use rhai::{Dynamic, Engine, Position};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What came of one rule with one set of parameters, before any baseline looks at it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tested {
    pub(super) outcome: Outcome,
    pub(super) reason: String,
    pub(super) items: Vec<Item>,
    pub(super) recommendations: Vec<String>,
    pub(super) evidence: Vec<Evidence>,
    pub(super) position: String,
    /// How many operations it took.
    pub(super) operations: u32,
}

/// Holds all requirements of a policy against the facts. Only the rules and scores themselves run on a
/// thread of their own; where the system gives none, every requirement is an error.
pub(super) fn run(policy: &Policy, facts: &Facts) -> TargetResult {
    let document = Document::new(&serde_json::to_value(facts).unwrap_or_default());
    let domain = &facts.target.domain;
    let ran = engine::on_deep_stack(|| {
        let findings = findings(policy, domain, |test| {
            policy.rules.get(&test.rule).map_or_else(
                || broken("the rule is missing"),
                |rule| {
                    let want = (&test.parameters, &test.want);
                    one(&policy.engine, rule, want, &document)
                },
            )
        });
        let baselines = policy.baselines.iter().zip(&policy.scores);
        let scores = baselines
            .flat_map(|(baseline, rules)| {
                scores::compute(&policy.engine, (&baseline.id, rules), &findings, &document)
            })
            .collect();
        (findings, scores)
    });
    let (findings, scores) = ran.unwrap_or_else(|| {
        let nothing = |_: &Test| broken("the evaluation could not be run on this system");
        (findings(policy, domain, nothing), Vec::new())
    });
    result(policy, facts, scores, findings)
}

/// What one baseline makes of the facts. Runs on a thread with a deep stack.
pub(super) fn of_baseline(
    policy: &Policy,
    id: &str,
    domain: &str,
    document: &Document,
) -> (Vec<Finding>, Vec<Score>) {
    let mut known: BTreeMap<usize, Option<Tested>> = BTreeMap::new();
    let asked = policy.asked.iter();
    let findings: Vec<Finding> = asked
        .filter(|asked| asked.requirement.baseline == id)
        .map(|asked| {
            let tested = asked.test.and_then(|number| {
                let tested = known.entry(number).or_insert_with(|| {
                    let test = policy.tests.get(number)?;
                    let rule = policy.rules.get(&test.rule)?;
                    let want = (&test.parameters, &test.want);
                    Some(one(&policy.engine, rule, want, document))
                });
                tested.as_ref()
            });
            finding(&asked.requirement, tested, domain)
        })
        .collect();
    let baselines = policy.baselines.iter().zip(&policy.scores);
    let scores = baselines
        .filter(|(baseline, _)| baseline.id == id)
        .flat_map(|(baseline, rules)| {
            scores::compute(&policy.engine, (&baseline.id, rules), &findings, document)
        })
        .collect();
    (findings, scores)
}

/// A finding for each requirement, in order. Each test runs once.
fn findings(policy: &Policy, domain: &str, run: impl Fn(&Test) -> Tested) -> Vec<Finding> {
    let tested: Vec<Tested> = policy.tests.iter().map(run).collect();
    policy
        .asked
        .iter()
        .map(|asked| {
            let tested = asked.test.and_then(|test| tested.get(test));
            finding(&asked.requirement, tested, domain)
        })
        .collect()
}

fn result(
    policy: &Policy,
    facts: &Facts,
    scores: Vec<Score>,
    mut findings: Vec<Finding>,
) -> TargetResult {
    bound::bound(&mut findings);
    let json = serde_json::to_vec(facts).unwrap_or_default();
    TargetResult {
        target: facts.target.clone(),
        place: None,
        role: RoleTaken::default(),
        exhibits: Vec::new(),
        not_executed: Vec::new(),
        baselines: policy.baselines.iter().map(|one| one.id.clone()).collect(),
        vantage: facts.vantage.clone(),
        delivery: facts.delivery.clone(),
        facts_sha256: data_encoding::HEXLOWER.encode(&Sha256::digest(json)),
        scores,
        summary: Summary::of(&findings),
        findings,
        keys: keys(facts),
        verdict: crate::results::gate::Verdict::Empty,
    }
}

/// The keys that say something of this target: each selector's own.
fn keys(facts: &Facts) -> Vec<SeenKey> {
    let own = facts.dkim.keys.iter().filter(|key| !key.by_wildcard);
    own.filter_map(|key| {
        let fingerprint = &key.record.value()?.fingerprint;
        (!fingerprint.is_empty()).then(|| SeenKey {
            selector: key.selector.clone(),
            fingerprint: fingerprint.clone(),
            alias_of: key.record.aliases.last().cloned().unwrap_or_default(),
        })
    })
    .collect()
}

/// Runs one rule with its own budget. Nothing that it does reaches another rule.
pub(super) fn one(
    engine: &Engine,
    rule: &Rule,
    (parameters, want): (&Map<String, Value>, &Fact),
    document: &Document,
) -> Tested {
    session::begin(Some(Arc::clone(&document.table)));
    let result = catch_unwind(AssertUnwindSafe(|| ask(engine, rule, want, document)));
    let applies = match result {
        Ok(Ok(applies)) => Ok(applies),
        Ok(Err(error)) => Err(sort(error)),
        Err(_) => Err((
            Stop::Broken("the policy engine panicked".to_owned()),
            Position::NONE,
        )),
    };
    // Values of a stopped rule name places by the notes, so these end only after the errors were read.
    let operations = session::taken();
    let notes = session::end();
    let (outcome, verdict, place) = match applies {
        Ok(true) => (Outcome::Pass, Verdict::default(), None),
        Ok(false) => {
            let reason = format!("applies {}", fill(&rule.applies, parameters));
            (Outcome::NotApplicable, said(reason), None)
        }
        Err((Stop::Fail(verdict), place)) => (Outcome::Fail, verdict, Some(place)),
        Err((Stop::Unknown(verdict), place)) => (Outcome::Unknown, verdict, Some(place)),
        Err((Stop::Manual(verdict), place)) => (Outcome::Manual, verdict, Some(place)),
        Err((Stop::Broken(message), place)) => (Outcome::Error, said(message), Some(place)),
    };
    // Where nobody has looked yet, what was read says only whom the rule is about.
    let evidence = if outcome == Outcome::Manual {
        Vec::new()
    } else {
        evidence(&notes, &document.table)
    };
    Tested {
        outcome,
        reason: verdict.reason,
        items: verdict.items,
        evidence,
        recommendations: notes.recommendations,
        position: place.map_or_else(String::new, |place| at(&rule.info.file, place)),
        operations,
    }
}

/// Whether the rule applies; an error where it does not hold.
fn ask(engine: &Engine, rule: &Rule, want: &Fact, document: &Document) -> Raised<bool> {
    let arguments = || {
        vec![
            Dynamic::from(document.root.clone()),
            Dynamic::from(want.clone()),
        ]
    };
    if let Some(when) = &rule.when {
        let answer = when.call(engine, arguments())?;
        match answer.as_bool() {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(_) => {
                return Err(super::language::stop::broken(format!(
                    "`when` gives true or false, and gave {}",
                    kind(&answer)
                )));
            }
        }
    }
    rule.body.call(engine, arguments()).map(|_| true)
}

const fn said(reason: String) -> Verdict {
    Verdict {
        reason,
        items: Vec::new(),
    }
}

pub(super) fn broken(message: &str) -> Tested {
    Tested {
        outcome: Outcome::Error,
        reason: message.to_owned(),
        items: Vec::new(),
        recommendations: Vec::new(),
        evidence: Vec::new(),
        position: String::new(),
        operations: 0,
    }
}

fn at(file: &str, place: Position) -> String {
    match (place.line(), place.position()) {
        (Some(line), Some(column)) => format!("{file}:{line}:{column}"),
        (Some(line), None) => format!("{file}:{line}"),
        (None, _) => file.to_owned(),
    }
}

fn evidence(notes: &Notes, table: &Table) -> Vec<Evidence> {
    notes
        .reads
        .iter()
        .filter_map(|fact| {
            Some(Evidence {
                pointer: table.pointer(fact.id()?),
                value: fact.evidence(),
            })
        })
        .collect()
}

/// What a requirement makes of its rule's outcome. Without one, somebody has to look.
fn finding(requirement: &Requirement, tested: Option<&Tested>, domain: &str) -> Finding {
    let level = requirement.level;
    let tested = match tested {
        Some(tested) if level.is_negative() => negated(tested.clone(), level),
        Some(tested) => tested.clone(),
        None => Tested {
            outcome: Outcome::Manual,
            ..broken("it can't be seen from outside: somebody has to look")
        },
    };
    Finding {
        baseline: requirement.baseline.clone(),
        rule: requirement.rule.clone(),
        clause: requirement.clause.clone(),
        origin: requirement.origin.clone(),
        changed: requirement.changed.clone(),
        unverified: !requirement.verified,
        level,
        title: requirement.title.clone(),
        area: requirement.area.clone(),
        severity: requirement.severity,
        outcome: tested.outcome,
        reason: tested.reason,
        items: tested.items,
        recommendations: tested.recommendations,
        parameters: requirement.parameters.clone(),
        evidence: tested.evidence,
        position: tested.position,
        why: requirement.why.clone(),
        fix: requirement.fix.clone(),
        correction: None,
        follows: None,
        waiver: None,
        since: None,
        fingerprint: fingerprint(requirement, domain),
    }
}

/// At a negative level the rule must not hold: pass and fail change places.
fn negated(mut tested: Tested, level: Level) -> Tested {
    match tested.outcome {
        Outcome::Fail => {
            tested.outcome = Outcome::Pass;
            tested.reason.clear();
            tested.items.clear();
            tested.position.clear();
        }
        Outcome::Pass => {
            tested.outcome = Outcome::Fail;
            tested.reason = if level == Level::MustNot {
                "it holds, and must not".to_owned()
            } else {
                "it holds, and should not".to_owned()
            };
        }
        Outcome::Error
        | Outcome::Unknown
        | Outcome::Manual
        | Outcome::Waived
        | Outcome::NotApplicable => {}
    }
    tested
}

/// A name that stays the same over runs and changes of measured values.
fn fingerprint(requirement: &Requirement, domain: &str) -> String {
    let mut hash = Sha256::new();
    for part in [
        requirement.baseline.as_str(),
        &requirement.clause,
        &requirement.rule,
        requirement.level.as_str(),
        domain,
    ] {
        hash.update(part);
        hash.update([0]);
    }
    if requirement.repetition > 0 {
        hash.update(requirement.repetition.to_string());
    }
    data_encoding::HEXLOWER.encode(&hash.finalize())
}
