//! Failures that are only consequences of another one.

use crate::derive;
use crate::facts::Facts;
use crate::policy::Policy;
use crate::results::finding::Finding;
use crate::results::outcome::Outcome;
use serde_json::{Value, json};

/// Marks the failures that follow from another one: they are not settled any more once the facts are taken for unknown
/// whose absence a failing rule names as its root.
pub(super) fn mark(policy: &Policy, facts: &Facts, findings: &mut [Finding]) {
    let mut roots: Vec<&Finding> = findings
        .iter()
        .filter(|one| one.outcome == Outcome::Fail && !policy.root(&one.rule).is_empty())
        .collect();
    roots.sort_by_key(|one| one.level);
    let mut roots: Vec<String> = roots.iter().map(|one| one.rule.clone()).collect();
    roots.dedup();
    for root in roots {
        let follows = |one: &Finding| one.rule == root && one.follows.is_some();
        if findings.iter().any(follows) {
            continue;
        }
        let Some(doubted) = doubted(facts, policy.root(&root)) else {
            continue;
        };
        let outcomes = policy.evaluate(&doubted).findings;
        for (finding, without) in findings.iter_mut().zip(outcomes) {
            let open = matches!(without.outcome, Outcome::Unknown | Outcome::NotApplicable);
            let failed = finding.outcome == Outcome::Fail && finding.follows.is_none();
            if failed && open && finding.rule != root {
                finding.follows = Some(root.clone());
            }
        }
    }
}

/// The document with these facts unknown, wherever the first of them is absent; none where it is absent nowhere.
fn doubted(facts: &Facts, root: &[String]) -> Option<Facts> {
    let mut document = serde_json::to_value(facts).ok()?;
    let first = root.first()?;
    let mut places = Vec::new();
    absences(&document, &segments(first), &mut Vec::new(), &mut places);
    if places.is_empty() {
        return None;
    }
    for (place, pointer) in places
        .iter()
        .flat_map(|place| root.iter().map(move |p| (place, p)))
    {
        let mut numbers = place.iter();
        let mut filled = String::new();
        for segment in segments(pointer) {
            let number = (segment == "*").then(|| numbers.next()).flatten();
            filled.extend(["/", number.map_or(segment, String::as_str)]);
        }
        if let Some(fact) = document.pointer_mut(&filled) {
            *fact = json!({ "state": "unknown", "cause": "unresolved" });
        }
    }
    let mut doubted: Facts = serde_json::from_value(document).ok()?;
    derive::complete(&mut doubted);
    Some(doubted)
}

fn segments(pointer: &str) -> Vec<&str> {
    pointer.split('/').skip(1).collect()
}

/// The places in lists at which the pointer leads to an observation that is absent.
fn absences(
    value: &Value,
    segments: &[&str],
    place: &mut Vec<String>,
    found: &mut Vec<Vec<String>>,
) {
    let Some((segment, rest)) = segments.split_first() else {
        if value.get("state").is_some_and(|state| state == "absent") {
            found.push(place.clone());
        }
        return;
    };
    if *segment == "*" {
        for (number, item) in value.as_array().into_iter().flatten().enumerate() {
            place.push(number.to_string());
            absences(item, rest, place, found);
            place.pop();
        }
    } else if let Some(member) = value.get(*segment) {
        absences(member, rest, place, found);
    }
}
