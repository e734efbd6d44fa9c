//! What is to be read first, in one place for all formats, and the worst of many.

use crate::results::finding::Finding;
use crate::results::gate::{Gate, Weight};
use crate::results::outcome::{Level, Outcome, Severity};
use std::cmp::Reverse;
use std::collections::BTreeMap;

pub(super) mod targets;

/// The order of findings: less is worse.
pub(super) type Rank = (u8, Reverse<Severity>);

/// Where a finding stands among others: by outcome and level, then by severity.
pub(super) const fn rank(finding: &Finding) -> Rank {
    (step(finding), Reverse(finding.severity))
}

/// What is to be read first: required failures, recommended ones, what is not settled, the rest.
pub(super) const fn step(finding: &Finding) -> u8 {
    match finding.outcome {
        Outcome::Fail => failure(finding.level),
        Outcome::Error => 2,
        Outcome::Unknown => match finding.level.strength() {
            Level::May => 5,
            Level::Must | Level::MustNot | Level::Should | Level::ShouldNot => 3,
        },
        Outcome::Manual => 4,
        Outcome::Waived => 6,
        Outcome::Pass => 7,
        Outcome::NotApplicable => 8,
    }
}

/// Where a failure of a level stands.
pub(super) const fn failure(level: Level) -> u8 {
    match level.strength() {
        Level::Must | Level::MustNot => 0,
        Level::Should | Level::ShouldNot => 1,
        Level::May => 5,
    }
}

/// Whether somebody has to act on a finding: it fails, or keeps the run from passing.
pub(super) fn is_problem(gate: Gate, finding: &Finding) -> bool {
    finding.outcome == Outcome::Fail || gate.weigh(finding) == Weight::Undecided
}

/// The worst of many, of equal ones the first.
pub(super) struct Worst<T> {
    most: usize,
    seen: usize,
    kept: BTreeMap<(Rank, usize), T>,
}

impl<T> Worst<T> {
    /// Keeps so many at most.
    pub(super) const fn new(most: usize) -> Self {
        Self {
            most,
            seen: 0,
            kept: BTreeMap::new(),
        }
    }

    /// Takes one up, which is made only if it is among the worst so far.
    pub(super) fn add(&mut self, rank: Rank, make: impl FnOnce() -> T) {
        let key = (rank, self.seen);
        self.seen += 1;
        let last = self.kept.last_key_value().map(|(last, _)| *last);
        if self.kept.len() < self.most {
            self.kept.insert(key, make());
        } else if last.is_some_and(|last| key < last) {
            self.kept.insert(key, make());
            self.kept.pop_last();
        }
    }

    /// How many were taken up, kept or not.
    pub(super) const fn seen(&self) -> usize {
        self.seen
    }

    /// Those that are kept, worst first.
    pub(super) fn into_worst(self) -> impl ExactSizeIterator<Item = T> {
        self.kept.into_values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_are_kept_and_of_equal_ones_the_first() {
        use Severity::{High, Low};
        let mut worst = Worst::new(3);
        for (number, (step, severity)) in [(1, Low), (0, Low), (1, High), (0, High), (0, Low)]
            .into_iter()
            .enumerate()
        {
            worst.add((step, Reverse(severity)), || number);
        }
        assert_eq!(worst.seen(), 5);
        assert_eq!(worst.into_worst().collect::<Vec<_>>(), [3, 1, 4]);
        let mut none = Worst::new(0);
        none.add((0, Reverse(High)), || ());
        assert_eq!(none.into_worst().len(), 0);
    }
}
