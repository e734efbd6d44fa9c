//! The first pass: what the overview and the glossary need to know of all targets, a few numbers each.

use super::super::order::targets::{Rank, rank};
use super::view::Tally;
use crate::results::TargetResult;
use crate::results::finding::Finding;
use crate::results::gate::Verdict;
use crate::results::outcome::{Level, Outcome};
use crate::results::score::Score;
use crate::results::summary::Summary;
use crate::results::targets::Results;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// What is known of all targets.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// A row for each target, worst first.
    pub(super) rows: Vec<Row>,
    /// The outcomes by area.
    pub(super) areas: BTreeMap<String, Tally>,
    /// What became of each rule.
    pub(super) rules: BTreeMap<String, OfRule>,
    /// The scores that targets have, in the order in which they occur.
    pub(super) scores: Vec<Measure>,
}

/// One target.
#[derive(Debug)]
pub(super) struct Row {
    /// Its number among the targets of the run.
    place: usize,
    /// How bad it is: the order of all reports for people.
    rank: Rank,
    /// The domain.
    pub(super) domain: String,
    /// The domain for people, where that differs.
    pub(super) unicode: Option<String>,
    /// What it came to.
    pub(super) verdict: Verdict,
    /// Its counts.
    pub(super) counts: Summary,
    /// The value of each of [`Index::scores`] that it has.
    pub(super) scores: Vec<Option<f64>>,
}

/// One score that targets have.
#[derive(Debug)]
pub(super) struct Measure {
    /// Its baseline and id.
    key: (String, String),
    /// What it measures.
    pub(super) title: String,
    /// The best value there is.
    pub(super) max: f64,
}

impl Measure {
    /// The id of the score.
    pub(super) fn id(&self) -> &str {
        &self.key.1
    }
}

/// One rule over all targets.
#[derive(Debug, Default)]
pub(super) struct OfRule {
    /// The requirement, as the first finding says it.
    pub(super) title: String,
    /// How its findings came out.
    pub(super) tally: Tally,
    /// At how many targets it fails.
    pub(super) failed: usize,
    /// Who asks it, with clause and level.
    pub(super) askers: BTreeSet<(String, String, Level)>,
}

impl Index {
    /// Reads all targets once.
    pub(super) fn of(results: Results<'_>) -> io::Result<Self> {
        let mut index = Self::default();
        results.targets.each(&mut |place, target| {
            index.add(place, target);
            Ok(())
        })?;
        index.rows.sort_by_key(|row| (row.rank, row.place));
        Ok(index)
    }

    /// The rank of each target by its number: 0 is the worst.
    pub(super) fn ranks(&self) -> Vec<usize> {
        let mut ranks = vec![usize::MAX; self.rows.len()];
        for (rank, row) in self.rows.iter().enumerate() {
            if let Some(slot) = ranks.get_mut(row.place) {
                *slot = rank;
            }
        }
        ranks
    }

    fn add(&mut self, place: usize, target: &TargetResult) {
        for score in &target.scores {
            self.measure(score);
        }
        let value = |measure: &Measure| {
            let same = |score: &&Score| key(score) == measure.key;
            target
                .scores
                .iter()
                .find(same)
                .and_then(|score| score.value)
        };
        let names = &target.target;
        let differs = names.unicode != names.domain;
        self.rows.push(Row {
            place,
            rank: rank(target),
            domain: names.domain.clone(),
            unicode: differs.then(|| names.unicode.clone()),
            verdict: target.verdict,
            counts: target.summary,
            scores: self.scores.iter().map(value).collect(),
        });
        let mut failed = BTreeSet::new();
        for finding in &target.findings {
            self.count(finding);
            if finding.outcome == Outcome::Fail && failed.insert(finding.rule.as_str()) {
                self.rules.entry(finding.rule.clone()).or_default().failed += 1;
            }
        }
    }

    fn measure(&mut self, score: &Score) {
        let key = key(score);
        if self.scores.iter().all(|known| known.key != key) {
            self.scores.push(Measure {
                key,
                title: score.title.clone(),
                max: score.max,
            });
        }
    }

    fn count(&mut self, finding: &Finding) {
        let outcome = finding.outcome;
        let area = self.areas.entry(finding.area.clone()).or_default();
        *area.entry(outcome).or_default() += 1;
        let rule = self.rules.entry(finding.rule.clone()).or_default();
        *rule.tally.entry(outcome).or_default() += 1;
        if rule.title.is_empty() {
            rule.title.clone_from(&finding.title);
        }
        let asker = (
            finding.baseline.clone(),
            finding.clause.clone(),
            finding.level,
        );
        rule.askers.insert(asker);
    }
}

fn key(score: &Score) -> (String, String) {
    (score.baseline.clone(), score.id.clone())
}
