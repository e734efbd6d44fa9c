//! Which requirement of one set is which of another: a norm may ask one rule several times.

use crate::policy::Requirement;
use std::collections::BTreeMap;

/// A requirement in the first set and in the second.
pub(super) type Pair<'p> = (Option<&'p Requirement>, Option<&'p Requirement>);

/// Pairs of one rule each: those that are alike first, then those of the same clause, of the same level, and at last
/// in their order. What is left over has no partner.
pub(super) fn of<'p>(left: &[&'p Requirement], right: &[&'p Requirement]) -> Vec<Pair<'p>> {
    let mut open: BTreeMap<&str, (Vec<&Requirement>, Vec<&Requirement>)> = BTreeMap::new();
    for &asked in left {
        open.entry(&asked.rule).or_default().0.push(asked);
    }
    for &asked in right {
        open.entry(&asked.rule).or_default().1.push(asked);
    }
    let mut pairs = Vec::new();
    for (mut left, mut right) in open.into_values() {
        for fits in [alike, of_one_clause, of_one_level, always] {
            take(&mut left, &mut right, fits, &mut pairs);
        }
        pairs.extend(left.into_iter().map(|asked| (Some(asked), None)));
        pairs.extend(right.into_iter().map(|asked| (None, Some(asked))));
    }
    pairs
}

fn take<'p>(
    left: &mut Vec<&'p Requirement>,
    right: &mut Vec<&'p Requirement>,
    fits: fn(&Requirement, &Requirement) -> bool,
    pairs: &mut Vec<Pair<'p>>,
) {
    left.retain(|one| {
        let Some(at) = right.iter().position(|other| fits(one, other)) else {
            return true;
        };
        pairs.push((Some(one), Some(right.remove(at))));
        false
    });
}

fn alike(left: &Requirement, right: &Requirement) -> bool {
    left.level == right.level && left.parameters == right.parameters
}

fn of_one_clause(left: &Requirement, right: &Requirement) -> bool {
    !left.clause.is_empty() && left.clause == right.clause
}

fn of_one_level(left: &Requirement, right: &Requirement) -> bool {
    left.level == right.level
}

fn always(_: &Requirement, _: &Requirement) -> bool {
    true
}
