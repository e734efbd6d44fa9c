//! Findings as a reader wants them: what several baselines ask alike told once, areas and findings
//! in the order of their weight.

use super::super::{order, words};
use crate::results::finding::Finding;
use crate::results::outcome::Severity;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Findings that differ in nothing but who asks, and how strongly.
pub(in crate::report) struct Group<'a> {
    /// The one of the strictest level.
    pub(in crate::report) first: &'a Finding,
    all: Vec<&'a Finding>,
}

impl<'a> Group<'a> {
    fn new(finding: &'a Finding) -> Self {
        Self {
            first: finding,
            all: vec![finding],
        }
    }

    fn takes(&self, finding: &Finding) -> bool {
        let mine = self.first;
        mine.title == finding.title
            && mine.area == finding.area
            && mine.parameters == finding.parameters
            && mine.level.is_negative() == finding.level.is_negative()
            && mine.outcome == finding.outcome
            && mine.reason == finding.reason
            && mine.items == finding.items
            && mine.recommendations == finding.recommendations
            && mine.waiver == finding.waiver
            && mine.changed == finding.changed
            && mine.unverified == finding.unverified
    }

    fn add(&mut self, finding: &'a Finding) {
        if finding.level < self.first.level {
            self.first = finding;
        }
        self.all.push(finding);
    }

    /// Who asks, in brackets; with the level of those who ask less strictly.
    pub(in crate::report) fn askers(&self) -> String {
        let askers: Vec<String> = self
            .all
            .iter()
            .map(|finding| {
                let asker = words::asker(finding);
                if finding.level == self.first.level {
                    asker
                } else {
                    format!("{asker} ({})", finding.level.as_str())
                }
            })
            .collect();
        format!("[{}]", askers.join(", "))
    }

    fn weight(&self) -> (u8, Reverse<Severity>) {
        let severity = self.all.iter().map(|finding| finding.severity).max();
        (
            order::step(self.first),
            Reverse(severity.unwrap_or(Severity::Info)),
        )
    }
}

/// The groups of one area, worst first.
pub(in crate::report) struct Area<'a> {
    /// Its name, as the findings have it.
    pub(in crate::report) name: &'a str,
    /// At least one.
    pub(in crate::report) groups: Vec<Group<'a>>,
}

/// The findings by area: the area with the worst finding first, of equal ones the one that was asked
/// first.
pub(in crate::report) fn by_area<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<Area<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for finding in findings {
        let same_rule = places.entry(finding.rule.as_str()).or_default();
        let place = same_rule
            .iter()
            .copied()
            .find(|&place| groups.get(place).is_some_and(|group| group.takes(finding)));
        if let Some(group) = place.and_then(|place| groups.get_mut(place)) {
            group.add(finding);
        } else {
            same_rule.push(groups.len());
            groups.push(Group::new(finding));
        }
    }
    groups.sort_by_key(Group::weight);
    let mut areas: Vec<Area<'a>> = Vec::new();
    for group in groups {
        let name = group.first.area.as_str();
        match areas.iter_mut().find(|area| area.name == name) {
            Some(area) => area.groups.push(group),
            None => areas.push(Area {
                name,
                groups: vec![group],
            }),
        }
    }
    areas
}
