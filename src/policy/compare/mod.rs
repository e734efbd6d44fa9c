//! Sets of requirements held beside each other: what one asks that the other does not, and where they contradict.

pub mod conflicts;
pub mod direction;
mod pairs;

use crate::policy::Requirement;
use crate::results::outcome::Level;
use direction::{Direction, order};
use serde_json::Value;
use std::cmp::Ordering;

/// What becomes of a requirement on the way from one set to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Only the second set has it.
    Added,
    /// Only the first set has it.
    Dropped,
    /// The second set asks more.
    Stricter,
    /// The second set asks less.
    Weaker,
    /// They differ, and which one asks more can't be told.
    Changed,
    /// Both ask the same.
    Same,
}

impl Kind {
    /// All kinds, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::Added,
        Self::Dropped,
        Self::Stricter,
        Self::Weaker,
        Self::Changed,
        Self::Same,
    ];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Dropped => "dropped",
            Self::Stricter => "stricter",
            Self::Weaker => "weaker",
            Self::Changed => "changed",
            Self::Same => "same",
        }
    }

    /// Two findings about one requirement as one: opposite ones make a change of no direction.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Same, kind) | (kind, Self::Same) => kind,
            (one, two) if one == two => one,
            _ => Self::Changed,
        }
    }
}

/// In what two requirements of one rule differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    /// A parameter, or `level`, `severity`, `clause`, `test`.
    pub what: String,
    /// The value in the first set.
    pub left: Value,
    /// The value in the second set.
    pub right: Value,
    /// Which one asks more.
    pub kind: Kind,
}

/// One requirement in two sets.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference<'p> {
    /// What became of it.
    pub kind: Kind,
    /// As the first set asks it.
    pub left: Option<&'p Requirement>,
    /// As the second set asks it.
    pub right: Option<&'p Requirement>,
    /// In what they differ, where both ask it.
    pub details: Vec<Detail>,
}

impl<'p> Difference<'p> {
    /// The requirement as the second set has it, or the first where only that does.
    pub fn requirement(&self) -> Option<&'p Requirement> {
        self.right.or(self.left)
    }
}

/// How closely two sets are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closeness {
    /// Two norms: levels and parameters.
    Norms,
    /// Two versions of one norm: severities and clauses, too.
    Versions,
}

/// What becomes of the first set's requirements in the second, by kind, area and rule.
pub fn differences<'p>(
    left: &[&'p Requirement],
    right: &[&'p Requirement],
    closeness: Closeness,
) -> Vec<Difference<'p>> {
    let mut found: Vec<Difference<'p>> = pairs::of(left, right)
        .into_iter()
        .map(|pair| compared(pair, closeness))
        .collect();
    found.sort_by_key(|one| {
        let place = one.requirement().map(|asked| (&asked.area, &asked.rule));
        (one.kind, place)
    });
    found
}

fn compared<'p>(
    pair: (Option<&'p Requirement>, Option<&'p Requirement>),
    closeness: Closeness,
) -> Difference<'p> {
    let (kind, details) = match pair {
        (Some(left), Some(right)) => {
            let details = details(left, right, closeness);
            let kind = details
                .iter()
                .fold(Kind::Same, |kind, detail| kind.and(detail.kind));
            (kind, details)
        }
        (Some(_), None) => (Kind::Dropped, Vec::new()),
        (None, _) => (Kind::Added, Vec::new()),
    };
    Difference {
        kind,
        left: pair.0,
        right: pair.1,
        details,
    }
}

fn details(left: &Requirement, right: &Requirement, closeness: Closeness) -> Vec<Detail> {
    let mut found = Vec::new();
    let mut note = |what: &str, left: Value, right: Value, kind: Kind| {
        if left != right {
            found.push(Detail {
                what: what.to_owned(),
                left,
                right,
                kind,
            });
        }
    };
    let level = levels(left.level, right.level);
    note("level", word(left.level), word(right.level), level);
    let names: std::collections::BTreeSet<&String> = left
        .parameters
        .keys()
        .chain(right.parameters.keys())
        .collect();
    let negative = left.level.is_negative();
    for name in names {
        let value = |of: &Requirement| of.parameters.get(name).cloned().unwrap_or_default();
        let (old, new) = (value(left), value(right));
        let kind = parameter((&left.rule, name), &old, &new, negative);
        note(name, old, new, kind);
    }
    let test = |of: &Requirement| Value::from(if of.manual { "manual" } else { "rule" });
    note("test", test(left), test(right), Kind::Changed);
    if closeness == Closeness::Versions {
        let severity = |of: &Requirement| Value::from(of.severity.as_str());
        let kind = by(left.severity.cmp(&right.severity));
        note("severity", severity(left), severity(right), kind);
        let clause = |of: &Requirement| Value::from(of.clause.as_str());
        note("clause", clause(left), clause(right), Kind::Changed);
    }
    found
}

fn word(level: Level) -> Value {
    Value::from(level.as_str())
}

/// Of two levels of one sign the more binding is stricter; a requirement and its contrary are not comparable.
fn levels(left: Level, right: Level) -> Kind {
    let either_may = left == Level::May || right == Level::May;
    if left.is_negative() != right.is_negative() && !either_may {
        return Kind::Changed;
    }
    // Levels are ordered from the most binding down.
    by(right.strength().cmp(&left.strength()))
}

/// What a greater value on the right means, where greater is stricter.
const fn by(left_to_right: Ordering) -> Kind {
    match left_to_right {
        Ordering::Less => Kind::Stricter,
        Ordering::Equal => Kind::Same,
        Ordering::Greater => Kind::Weaker,
    }
}

/// Which of two values of a parameter asks more. Under a negative level a floor becomes a ceiling.
fn parameter((rule, name): (&str, &str), left: &Value, right: &Value, negative: bool) -> Kind {
    if left == right {
        return Kind::Same;
    }
    let way = direction::direction(rule, name, left);
    let (Some(way), Some(order)) = (way, order(left, right)) else {
        return Kind::Changed;
    };
    if (way == Direction::Lower) == negative {
        by(order)
    } else {
        by(order.reverse())
    }
}

#[cfg(test)]
mod tests;
