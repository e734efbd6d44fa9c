//! Where requirements contradict, so that no domain can meet all of them.

use super::direction::{Direction, direction, measured, order};
use crate::policy::Requirement;
use crate::results::outcome::Level;
use crate::results::rule::RuleInfo;
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Why two requirements contradict.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// One asks that a rule holds, the other that it does not.
    Opposite,
    /// They ask rules of which one says that the other can't hold beside it.
    Contrary,
    /// They bound one quantity, and the floor is above the ceiling.
    Bounds(String),
}

impl Ground {
    /// The word for it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Opposite => "opposite",
            Self::Contrary => "contrary",
            Self::Bounds(_) => "bounds",
        }
    }
}

/// Two requirements that contradict.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict<'p> {
    /// Why.
    pub ground: Ground,
    /// The one that comes first.
    pub left: &'p Requirement,
    /// The other one.
    pub right: &'p Requirement,
    /// Whether it is sure that they do; of parameters without an order it is not.
    pub certain: bool,
}

impl Conflict<'_> {
    /// Whether both are required: neither can give way.
    pub fn is_hard(&self) -> bool {
        [self.left, self.right].map(|asked| asked.level.strength()) == [Level::Must; 2]
    }
}

/// The norm that asks, even where a profile passes it on.
pub fn norm(asked: &Requirement) -> &str {
    asked.origin.as_deref().unwrap_or(&asked.baseline)
}

/// All contradictions, by rules. What several profiles take from one norm counts once.
pub fn conflicts<'p>(asked: &[&'p Requirement], rules: &[RuleInfo]) -> Vec<Conflict<'p>> {
    let mut seen = BTreeSet::new();
    let asked: Vec<&'p Requirement> = asked
        .iter()
        .copied()
        .filter(|asked| asked.level != Level::May && seen.insert(name(asked)))
        .collect();
    let mut by_rule: BTreeMap<&str, Vec<&'p Requirement>> = BTreeMap::new();
    for &one in &asked {
        by_rule.entry(&one.rule).or_default().push(one);
    }
    let none = Vec::new();
    let of = |rule: &str| by_rule.get(rule).unwrap_or(&none);
    let mut found = Vec::new();
    for all in by_rule.values() {
        opposite(all, &mut found);
    }
    for (one, other) in contraries(rules) {
        contrary((of(one), of(other)), &mut found);
    }
    for (quantity, measuring) in quantities(rules) {
        let all: Vec<_> = measuring.iter().flat_map(|rule| of(rule)).collect();
        bounds(quantity, &all, &mut found);
    }
    found
}

/// What makes a requirement the same one.
fn name(asked: &Requirement) -> (&str, &str, &str, Level, String) {
    let parameters = Value::Object(asked.parameters.clone()).to_string();
    (
        norm(asked),
        &asked.rule,
        &asked.clause,
        asked.level,
        parameters,
    )
}

/// Pairs of rules that contradict, each once.
fn contraries(rules: &[RuleInfo]) -> BTreeSet<(&str, &str)> {
    rules
        .iter()
        .flat_map(|rule| {
            let others = rule.contradicts.iter().map(String::as_str);
            others.map(|other| (rule.id.as_str().min(other), rule.id.as_str().max(other)))
        })
        .collect()
}

fn quantities(rules: &[RuleInfo]) -> BTreeMap<&str, Vec<&str>> {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for rule in rules.iter().filter(|rule| !rule.quantity.is_empty()) {
        found.entry(&rule.quantity).or_default().push(&rule.id);
    }
    found
}

fn opposite<'p>(all: &[&'p Requirement], found: &mut Vec<Conflict<'p>>) {
    let (negative, positive): (Vec<_>, Vec<_>) = all
        .iter()
        .copied()
        .partition(|asked| asked.level.is_negative());
    for &left in &positive {
        for &right in &negative {
            let certain = match implied(left, right) {
                Some(true) => true,
                Some(false) => continue,
                None => false,
            };
            found.push(Conflict {
                ground: Ground::Opposite,
                left,
                right,
                certain,
            });
        }
    }
}

/// Whether a domain that meets the first also meets what the second forbids; none where nobody can tell.
fn implied(asked: &Requirement, forbidden: &Requirement) -> Option<bool> {
    let mut all = Some(true);
    for (name, wanted) in &asked.parameters {
        let limit = forbidden.parameters.get(name)?;
        if wanted == limit {
            continue;
        }
        let way = direction(&asked.rule, name, wanted);
        match (way, order(wanted, limit)) {
            (Some(Direction::Higher), Some(Ordering::Less))
            | (Some(Direction::Lower), Some(Ordering::Greater)) => return Some(false),
            (Some(_), Some(_)) => {}
            _ => all = None,
        }
    }
    all
}

fn contrary<'p>(
    (one, other): (&[&'p Requirement], &[&'p Requirement]),
    found: &mut Vec<Conflict<'p>>,
) {
    for &left in one.iter().filter(|asked| !asked.level.is_negative()) {
        for &right in other.iter().filter(|asked| !asked.level.is_negative()) {
            found.push(Conflict {
                ground: Ground::Contrary,
                left,
                right,
                certain: true,
            });
        }
    }
}

/// A floor above a ceiling.
fn bounds<'p>(quantity: &str, all: &[&&'p Requirement], found: &mut Vec<Conflict<'p>>) {
    let bound = |asked: &&&'p Requirement, way: Direction| {
        let measured = measured(&asked.rule, &asked.parameters);
        !asked.level.is_negative() && measured.is_some_and(|(.., is)| is == way)
    };
    let value = |asked: &Requirement| {
        measured(&asked.rule, &asked.parameters).map(|(_, value, _)| value.clone())
    };
    for &&left in all.iter().filter(|asked| bound(asked, Direction::Higher)) {
        for &&right in all.iter().filter(|asked| bound(asked, Direction::Lower)) {
            let above = value(left).zip(value(right)).and_then(|(floor, ceiling)| {
                order(&floor, &ceiling).map(|order| order == Ordering::Greater)
            });
            if above == Some(true) {
                found.push(Conflict {
                    ground: Ground::Bounds(quantity.to_owned()),
                    left,
                    right,
                    certain: true,
                });
            }
        }
    }
}

/// What a profile can do about it: lines that drop either side, or bring a bound to the other one's.
pub fn remedies(conflict: &Conflict<'_>) -> Vec<String> {
    let pair = [
        (conflict.left, conflict.right),
        (conflict.right, conflict.left),
    ];
    let mut lines: Vec<String> = pair
        .iter()
        .map(|(gone, _)| {
            let at = at(gone, conflict);
            format!(
                "drop(\"{}\", #{{ from: \"{}\", {at}reason: \"…\" }});",
                gone.rule,
                norm(gone)
            )
        })
        .collect();
    if matches!(conflict.ground, Ground::Bounds(_)) {
        lines.extend(pair.iter().filter_map(|(changed, kept)| {
            let (name, ..) = measured(&changed.rule, &changed.parameters)?;
            let (_, value, _) = measured(&kept.rule, &kept.parameters)?;
            let at = at(changed, conflict);
            Some(format!(
                "change(\"{}\", #{{ from: \"{}\", {at}{name}: {value}, reason: \"…\" }});",
                changed.rule,
                norm(changed)
            ))
        }));
    }
    lines
}

/// The level, where one norm asks both, so that the line means only one of them.
fn at(asked: &Requirement, conflict: &Conflict<'_>) -> String {
    let both = norm(conflict.left) == norm(conflict.right);
    if both && conflict.left.rule == conflict.right.rule {
        format!("at: \"{}\", ", asked.level.as_str().replace('-', "_"))
    } else {
        String::new()
    }
}

#[cfg(test)]
#[path = "conflict_tests.rs"]
mod tests;
