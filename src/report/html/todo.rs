//! What there is to do at a target, area by area: what fails, what was seen of it, a text to publish, and what could not
//! be settled.

use super::super::causes;
use super::super::detail::{self, Depth};
use super::super::text::group::{Area as Asked, Group};
use super::exhibits;
use super::view::{self, Tag};
use crate::results::Run;
use crate::results::correction::Correction;
use crate::results::finding::Finding;
use crate::results::outcome::Outcome;
use serde::Serialize;

/// What there is to do in one area.
#[derive(Debug, Serialize)]
pub(super) struct Todo {
    /// The area's id, for what was seen of it.
    #[serde(skip)]
    pub(super) area: String,
    pub(super) anchor: String,
    name: String,
    /// Records and files of the area.
    pub(super) exhibits: Vec<exhibits::View>,
    findings: Vec<Told>,
    publish: Vec<Publish>,
    /// What is only a consequence of another failure.
    follows: Vec<Told>,
    open: Vec<Told>,
    open_title: &'static str,
}

#[derive(Debug, Serialize)]
struct Told {
    id: String,
    tag: Tag,
    level: String,
    title: String,
    severity: Option<String>,
    reason: Option<String>,
    /// The title and the anchor of the failure that it follows from.
    root: Option<(String, String)>,
    cases: Vec<String>,
    notes: Vec<Note>,
    fix: Vec<String>,
    publish: Option<String>,
    /// Whether what to publish comes after another text.
    further: bool,
    #[serde(skip)]
    follows: Option<String>,
    rule: String,
    rule_anchor: Option<String>,
    askers: String,
}

#[derive(Debug, Serialize)]
struct Note {
    label: &'static str,
    text: String,
}

/// What to publish at one name: a text, and those that go further, to be published after it.
#[derive(Debug, Serialize)]
struct Publish {
    id: String,
    what: String,
    name: String,
    steps: Vec<Step>,
}

/// A text, and how many requirements hold with it.
#[derive(Debug, Serialize)]
struct Step {
    /// The text to publish before it, where that is not shown above it.
    after: Option<String>,
    first: String,
    rest: Vec<String>,
    zone: Option<String>,
    changes: Vec<String>,
    settles: String,
    #[serde(skip)]
    count: usize,
    #[serde(skip)]
    text: String,
}

/// The anchor of a group of findings: of the target, the area's place, and the group's place in it.
pub(super) fn anchor(target: &str, area: usize, group: usize) -> String {
    format!("{target}-f{}-{}", area + 1, group + 1)
}

/// The anchor of what there is to do in an area.
pub(super) fn area_anchor(target: &str, area: usize) -> String {
    format!("{target}-a{}", area + 1)
}

/// Whether there is anything to do about a group.
pub(super) const fn asks(group: &Group<'_>) -> bool {
    !matches!(group.first.outcome, Outcome::Pass | Outcome::NotApplicable)
}

/// What there is to do in each area that has anything, worst first.
pub(super) fn view(run: &Run, target: &str, areas: &[Asked<'_>]) -> Vec<Todo> {
    let asking = areas.iter().enumerate();
    let asking = asking.filter(|(_, area)| area.groups.iter().any(asks));
    asking
        .map(|(place, area)| todo(run, target, place, area))
        .map(|mut todo| {
            todo.set_apart(target, areas);
            todo
        })
        .collect()
}

fn todo(run: &Run, target: &str, place: usize, area: &Asked<'_>) -> Todo {
    let mut todo = Todo {
        area: area.name.to_owned(),
        anchor: area_anchor(target, place),
        name: view::area_name(area.name),
        exhibits: Vec::new(),
        findings: Vec::new(),
        publish: Vec::new(),
        follows: Vec::new(),
        open: Vec::new(),
        open_title: "Not settled, to be looked at, or waived",
    };
    for (number, group) in area
        .groups
        .iter()
        .enumerate()
        .filter(|(_, group)| asks(group))
    {
        let mut told = told(run, group);
        told.id = anchor(target, place, number);
        if let Some(correction) = &group.first.correction {
            let stem = format!("{}-p", todo.anchor);
            told.further = correction.after.is_some();
            told.publish = Some(publish(&mut todo.publish, correction, &stem));
        }
        match group.first.outcome {
            Outcome::Fail | Outcome::Error => todo.findings.push(told),
            Outcome::Unknown
            | Outcome::Manual
            | Outcome::Waived
            | Outcome::Pass
            | Outcome::NotApplicable => todo.open.push(told),
        }
    }
    if todo
        .open
        .iter()
        .all(|told| told.tag.class() == Outcome::Unknown.as_str())
    {
        todo.open_title = "Not settled";
    }
    todo
}

impl Todo {
    /// Puts what follows from another failure behind what does not.
    fn set_apart(&mut self, target: &str, areas: &[Asked<'_>]) {
        let all = std::mem::take(&mut self.findings);
        for mut told in all {
            let root = told.follows.as_deref();
            told.root = root.and_then(|rule| root_of(rule, target, areas));
            let list = match told.root {
                Some(_) => &mut self.follows,
                None => &mut self.findings,
            };
            list.push(told);
        }
    }
}

/// The title and the anchor of what fails of a rule.
fn root_of(rule: &str, target: &str, areas: &[Asked<'_>]) -> Option<(String, String)> {
    areas.iter().enumerate().find_map(|(place, area)| {
        let is_root = |group: &Group<'_>| group.first.rule == rule && asks(group);
        let number = area.groups.iter().position(is_root)?;
        let group = area.groups.get(number)?;
        Some((group.first.title.clone(), anchor(target, place, number)))
    })
}

fn told(run: &Run, group: &Group<'_>) -> Told {
    let finding = group.first;
    let askers = group.askers();
    let mut told = Told {
        id: String::new(),
        tag: Tag::of(finding.outcome),
        level: view::level(finding.level),
        title: finding.title.clone(),
        severity: None,
        reason: None,
        root: None,
        cases: Vec::new(),
        notes: Vec::new(),
        fix: Vec::new(),
        publish: None,
        further: false,
        follows: finding.follows.clone(),
        rule: finding.rule.clone(),
        rule_anchor: view::rule_anchor(run, &finding.rule),
        askers: askers
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned(),
    };
    if finding.outcome == Outcome::Fail {
        told.severity = Some(format!("{} severity", finding.severity.as_str()));
    }
    for one in detail::of(finding, run.rule(&finding.rule), Depth::FULL) {
        let label = match one.label {
            "reason" => {
                told.reason = Some(one.lines.join(" "));
                continue;
            }
            "items" => {
                let outcome = finding.outcome;
                told.cases = one.lines.iter().map(|text| case(text, outcome)).collect();
                continue;
            }
            "fix" => {
                told.fix = one.lines;
                continue;
            }
            "since" => "Compared with the earlier run",
            "waiver" => "Waived",
            "weakness" => "Weakness",
            "changed" => "Changed",
            "origin" => "From",
            "unverified" => "Note",
            "position" if finding.outcome == Outcome::Error => "Position",
            _ => continue,
        };
        told.notes
            .extend(one.lines.into_iter().map(|text| Note { label, text }));
    }
    if let Some(alike) = alike(finding) {
        told.reason = Some(alike);
        told.cases.clear();
    }
    told
}

/// A line of [`detail`] about one item, or about how many pass: the outcome is told only where it is another one than
/// the finding's.
fn case(line: &str, outcome: Outcome) -> String {
    let rest = line.strip_prefix(outcome.as_str());
    if let Some(text) = rest.and_then(|rest| rest.strip_prefix("  ")) {
        return text.trim_start().to_owned();
    }
    match line.strip_suffix(" pass") {
        Some("1") => "1 other passes".to_owned(),
        Some(many) if many.parse::<usize>().is_ok() => format!("{many} others pass"),
        _ => line.to_owned(),
    }
}

/// Where all items of a finding have one reason, it is told once, with their names.
fn alike(finding: &Finding) -> Option<String> {
    let [first, others @ ..] = finding.items.as_slice() else {
        return None;
    };
    let same = |item: &&crate::results::finding::Item| {
        item.outcome == first.outcome && item.reason == first.reason && !item.reason.is_empty()
    };
    if others.is_empty() || !others.iter().all(|item| same(&item)) {
        return None;
    }
    let names: Vec<&str> = finding
        .items
        .iter()
        .take(SHOWN)
        .map(|item| item.name.as_str())
        .collect();
    let left = finding.items.len().saturating_sub(SHOWN);
    let more = if left > 0 {
        format!(" and {left} more")
    } else {
        String::new()
    };
    Some(format!(
        "{} ({}{more})",
        causes::plain(&first.reason),
        names.join(", ")
    ))
}

/// How many names are told of items that are alike.
const SHOWN: usize = 8;

/// The anchor of what to publish at a name; several findings may be mended by one text.
fn publish(all: &mut Vec<Publish>, correction: &Correction, stem: &str) -> String {
    let place = all.iter().position(|one| one.name == correction.name);
    let next = all.len();
    if place.is_none() {
        all.push(Publish {
            id: format!("{stem}{}", next + 1),
            what: if correction.rtype == "file" {
                "this file:".to_owned()
            } else {
                format!("this {} record at", correction.rtype)
            },
            name: correction.name.clone(),
            steps: Vec::new(),
        });
    }
    let Some(publish) = all.get_mut(place.unwrap_or(next)) else {
        return String::new();
    };
    let mut steps = publish.steps.iter_mut();
    if let Some(known) = steps.find(|one| one.text == correction.text) {
        known.count += 1;
        known.settles = format!("{} of these requirements hold", known.count);
    } else {
        let further = step(correction, &publish.steps);
        publish.steps.push(further);
    }
    publish.id.clone()
}

fn step(correction: &Correction, before: &[Step]) -> Step {
    let file = correction.rtype == "file";
    let mut lines: Vec<String> = if file {
        correction.text.lines().map(ToOwned::to_owned).collect()
    } else {
        vec![correction.text.clone()]
    };
    let rest = lines.split_off(lines.len().min(1));
    let after = correction.after.as_ref();
    Step {
        after: after
            .filter(|text| !before.iter().any(|one| one.text == **text))
            .cloned(),
        first: lines.pop().unwrap_or_default(),
        rest,
        // The correction as a line of a zone file, as all formats write it.
        zone: (!file)
            .then(|| detail::record(correction).into_iter().next())
            .flatten(),
        changes: correction.changes.clone(),
        settles: "this requirement holds".to_owned(),
        count: 1,
        text: correction.text.clone(),
    }
}
