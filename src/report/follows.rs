//! Failures that are only consequences of another one, told below that.

use super::detail::Detail;
use super::escape;
use super::text::group::{Area, Group};
use crate::results::outcome::Outcome;
use std::collections::BTreeMap;

/// The most characters of a title.
const LONGEST: usize = 400;

/// The consequences, by the rule that they follow from.
#[derive(Default)]
pub(super) struct Followers<'a>(BTreeMap<&'a str, Vec<Group<'a>>>);

impl<'a> Followers<'a> {
    /// Takes the consequences out of their areas. What is more binding than its root stays in its place, and so does
    /// what has no root in these areas.
    pub(super) fn take(areas: &mut Vec<Area<'a>>) -> Self {
        let groups = areas.iter().flat_map(|area| &area.groups);
        let mut roots = BTreeMap::new();
        for finding in groups.map(|group| group.first) {
            let level = roots.entry(finding.rule.as_str()).or_insert(finding.level);
            *level = finding.level.min(*level);
        }
        let mut taken: BTreeMap<&'a str, Vec<Group<'a>>> = BTreeMap::new();
        for area in areas.iter_mut() {
            let groups = std::mem::take(&mut area.groups);
            for group in groups {
                let finding = group.first;
                let root = finding.follows.as_deref();
                let fails = finding.outcome == Outcome::Fail;
                let below = |root: &&str| {
                    let level = roots.get(root);
                    fails && level.is_some_and(|level| *level <= finding.level)
                };
                match root.filter(below) {
                    Some(root) => taken.entry(root).or_default().push(group),
                    None => area.groups.push(group),
                }
            }
        }
        areas.retain(|area| !area.groups.is_empty());
        Self(taken)
    }

    /// The consequences of a rule, a line each, safe to print. Who asks again is told nothing.
    pub(super) fn told(&mut self, rule: &str) -> Option<Detail> {
        let groups = self.0.remove(rule)?;
        let told = |group: &Group<'_>| {
            let finding = group.first;
            let (level, title) = (finding.level.as_str(), escape::cut(&finding.title, LONGEST));
            escape::line(&format!("{level} {title} ({})", finding.rule))
        };
        Some(Detail {
            label: "leads to",
            lines: groups.iter().map(told).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::super::text::group::by_area;
    use super::*;
    use crate::results::finding::Finding;
    use crate::results::outcome::Level;

    #[test]
    fn consequences_leave_their_area_unless_they_bind_more_than_their_root() {
        let finding = |rule: &str, level, follows: Option<&str>| Finding {
            follows: follows.map(str::to_owned),
            ..sample::finding(rule, rule, level, Outcome::Fail)
        };
        let findings = [
            finding("mx-root", Level::Should, None),
            finding("dane-a", Level::Should, Some("mx-root")),
            finding("dane-b", Level::May, Some("mx-root")),
            finding("spf-c", Level::Must, Some("mx-root")),
            finding("spf-d", Level::May, Some("elsewhere")),
        ];
        let mut areas = by_area(findings.iter());
        let mut followers = Followers::take(&mut areas);
        let left: Vec<&str> = areas
            .iter()
            .flat_map(|area| &area.groups)
            .map(|group| group.first.rule.as_str())
            .collect();
        assert_eq!(left, ["spf-c", "spf-d", "mx-root"]);
        let told = followers.told("mx-root").unwrap();
        assert_eq!(
            told.lines,
            ["should dane-a (dane-a)", "may dane-b (dane-b)"]
        );
        assert!(followers.told("mx-root").is_none());
    }
}
