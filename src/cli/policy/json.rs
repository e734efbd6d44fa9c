//! What the subcommands of `waxseal policy` print as JSON.

use crate::cli::failure::Failure;
use crate::cli::terminal;
use crate::policy::catalogue::coverage::{Coverage, Status};
use crate::policy::catalogue::pages;
use crate::policy::compare::Difference;
use crate::policy::compare::conflicts::{self, Conflict};
use crate::policy::{OutOfScope, Policy, Requirement};
use crate::report::json;
use crate::results::rule::{BaselineInfo, RuleInfo};
use serde_json::{Value, json};

/// Prints a document.
pub(super) fn print(document: &Value) -> Result<(), Failure> {
    terminal::print(|out| {
        json::write_inert(&serde_json::to_string_pretty(document)?, out)?;
        out.write_all(b"\n")
    })
}

/// A requirement; `set` are the parameters that are not the rule's defaults.
pub(super) fn requirement(policy: &Policy, asked: &Requirement) -> Value {
    let defaults = policy.defaults(&asked.rule);
    let set: serde_json::Map<String, Value> = asked
        .parameters
        .iter()
        .filter(|(name, value)| {
            defaults.and_then(|defaults| defaults.get(name.as_str())) != Some(value)
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    json!({
        "baseline": asked.baseline, "level": asked.level.as_str(), "rule": asked.rule,
        "clause": asked.clause, "title": asked.title, "area": asked.area,
        "severity": asked.severity.as_str(), "parameters": asked.parameters, "set": set,
        "manual": asked.manual, "verified": asked.verified, "origin": asked.origin,
        "changed": asked.changed, "file": asked.file, "line": asked.line,
    })
}

/// A rule with its parameters and who asks it.
pub(super) fn rule(policy: &Policy, info: &RuleInfo) -> Value {
    let asked = policy.requirements().iter();
    let asked: Vec<Value> = asked
        .filter(|asked| asked.rule == info.id)
        .map(|asked| requirement(policy, asked))
        .collect();
    let mut document = json!(info);
    if let Some(members) = document.as_object_mut() {
        members.insert("parameters".to_owned(), json!(policy.defaults(&info.id)));
        members.insert("applies".to_owned(), json!(policy.applies(&info.id)));
        members.insert("asked_by".to_owned(), Value::Array(asked));
    }
    document
}

/// A baseline or profile with the counts of what it asks.
pub(super) fn baseline(policy: &Policy, info: &BaselineInfo) -> Value {
    let [must, should, may, manual] = pages::counts(policy, &info.id);
    let mut document = json!(info);
    if let Some(members) = document.as_object_mut() {
        let counts = json!({ "must": must, "should": should, "may": may, "manual": manual });
        members.insert("counts".to_owned(), counts);
    }
    document
}

/// The same with all that it asks and leaves out.
pub(super) fn whole_baseline(policy: &Policy, info: &BaselineInfo) -> Value {
    let asked = policy.requirements().iter();
    let asked: Vec<Value> = asked
        .filter(|asked| asked.baseline == info.id)
        .map(|asked| requirement(policy, asked))
        .collect();
    let outside = policy.out_of_scope().iter();
    let outside: Vec<Value> = outside
        .filter(|line| line.baseline == info.id)
        .map(out_of_scope)
        .collect();
    let mut document = baseline(policy, info);
    if let Some(members) = document.as_object_mut() {
        members.insert("requirements".to_owned(), Value::Array(asked));
        members.insert("out_of_scope".to_owned(), Value::Array(outside));
    }
    document
}

fn out_of_scope(line: &OutOfScope) -> Value {
    json!({
        "id": line.id, "clause": line.clause, "title": line.title, "reason": line.reason,
        "verified": line.verified, "origin": line.origin,
    })
}

/// One difference between two sets of requirements.
pub(super) fn difference((left, right): (&Policy, &Policy), one: &Difference<'_>) -> Value {
    let details: Vec<Value> = one
        .details
        .iter()
        .map(|detail| {
            json!({
                "what": detail.what, "left": detail.left, "right": detail.right,
                "kind": detail.kind.as_str(),
            })
        })
        .collect();
    json!({
        "kind": one.kind.as_str(),
        "rule": one.requirement().map(|asked| &asked.rule),
        "left": one.left.map(|asked| requirement(left, asked)),
        "right": one.right.map(|asked| requirement(right, asked)),
        "details": details,
    })
}

/// One contradiction.
pub(super) fn conflict(policy: &Policy, one: &Conflict<'_>) -> Value {
    let quantity = match &one.ground {
        conflicts::Ground::Bounds(quantity) => Some(quantity),
        conflicts::Ground::Opposite | conflicts::Ground::Contrary => None,
    };
    json!({
        "ground": one.ground.as_str(), "quantity": quantity,
        "hard": one.is_hard(), "certain": one.certain,
        "left": requirement(policy, one.left), "right": requirement(policy, one.right),
        "remedies": conflicts::remedies(one),
    })
}

/// What is covered of one baseline.
pub(super) fn coverage(of: &Coverage<'_>, missing: bool) -> Value {
    let clauses = of.clauses.iter();
    let clauses: Vec<Value> = clauses
        .filter(|clause| !missing || clause.status() != Status::Checked)
        .map(|clause| {
            let lines: Vec<Value> = clause
                .lines
                .iter()
                .map(|line| {
                    json!({
                        "status": line.status.as_str(), "id": line.id, "title": line.title,
                        "level": line.level.map(crate::results::outcome::Level::as_str),
                        "reason": line.reason, "verified": line.verified,
                    })
                })
                .collect();
            json!({
                "norm": clause.norm, "clause": clause.clause, "status": clause.status().as_str(),
                "verified": clause.is_verified(), "lines": lines,
            })
        })
        .collect();
    let counts: serde_json::Map<String, Value> = Status::ALL
        .into_iter()
        .map(|status| (status.as_str().to_owned(), of.count(status).into()))
        .collect();
    json!({
        "baseline": of.baseline, "counts": counts, "unverified": of.unverified(), "clauses": clauses,
    })
}
