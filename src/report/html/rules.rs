//! The glossary: what each rule is for, what to do where it does not hold, and who asks for it, once for all findings.

use super::super::escape;
use super::index::{Index, OfRule};
use super::view::{self, Link, Tally};
use crate::results::Run;
use crate::results::outcome::Level;
use crate::results::rule::RuleInfo;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How many askers of a rule are named.
const ASKERS: usize = 24;

#[derive(Serialize)]
pub(super) struct View {
    areas: Vec<Area>,
}

#[derive(Serialize)]
struct Area {
    name: String,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
struct Rule {
    anchor: String,
    id: String,
    title: String,
    severity: String,
    place: String,
    why: String,
    fix: String,
    refs: Vec<Link>,
    askers: Option<String>,
    tally: Option<String>,
}

/// All rules of the run, by area.
pub(super) fn view(run: &Run, index: &Index) -> View {
    let mut areas: BTreeMap<String, Vec<Rule>> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for (place, rule) in run.rules.iter().enumerate() {
        let anchor = view::anchor(rule, place, ids.insert(&rule.id));
        let told = told(rule, anchor, index.rules.get(&rule.id));
        areas
            .entry(view::area_name(&rule.area))
            .or_default()
            .push(told);
    }
    let areas = areas.into_iter().map(|(name, rules)| Area { name, rules });
    View {
        areas: areas.collect(),
    }
}

fn told(rule: &RuleInfo, anchor: String, seen: Option<&OfRule>) -> Rule {
    Rule {
        anchor,
        id: rule.id.clone(),
        title: rule.title.clone(),
        severity: format!("{} severity", rule.severity.as_str()),
        place: format!("{}:{}", rule.file, rule.line),
        why: escape::line(&rule.why),
        fix: escape::line(&rule.fix),
        refs: rule.refs.iter().map(|text| Link::of(text)).collect(),
        askers: seen.map(askers),
        tally: seen.map(|seen| tally(&seen.tally)),
    }
}

fn askers(seen: &OfRule) -> String {
    let told = |(baseline, clause, level): &(String, String, Level)| {
        let gap = if clause.is_empty() { "" } else { " " };
        format!("{baseline}{gap}{clause} ({})", view::level(*level))
    };
    let mut askers: Vec<String> = seen.askers.iter().take(ASKERS).map(told).collect();
    let left = seen.askers.len().saturating_sub(ASKERS);
    if left > 0 {
        askers.push(format!("and {left} more"));
    }
    askers.join(", ")
}

fn tally(tally: &Tally) -> String {
    let told = tally
        .iter()
        .map(|(outcome, count)| format!("{count} {}", outcome.as_str()));
    told.collect::<Vec<_>>().join(", ")
}
