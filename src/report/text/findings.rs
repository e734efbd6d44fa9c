//! The findings of one target: by area, worst first, each with what there is to say and to do.

use super::super::detail::{self, Depth, Detail};
use super::super::follows::Followers;
use super::super::open::{self, Open};
use super::super::{escape, width};
use super::group::{Area, Group, by_area};
use super::page::{Page, Span};
use super::style;
use crate::results::compare::Since;
use crate::results::correction::Correction;
use crate::results::exhibit::{Exhibit, ExhibitKind};
use crate::results::finding::Finding;
use crate::results::outcome::{Level, Outcome};
use crate::results::{Run, TargetResult};
use anstyle::Style;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// The most records that are told beside a finding, and the most lines of one.
const SHORT: usize = 3;

/// The most characters of a record that is told beside a finding.
const LONGEST: usize = 400;

/// Writes what is not in order, and with `verbose` all.
pub(super) fn write(
    page: &mut Page<'_>,
    run: &Run,
    result: &TargetResult,
    verbose: bool,
) -> io::Result<()> {
    let mut areas = by_area(
        result
            .findings
            .iter()
            .filter(|finding| verbose || is_told(finding)),
    );
    let depth = if verbose {
        Depth::VERBOSE
    } else {
        Depth::BRIEF
    };
    let mut followers = if verbose {
        Followers::default()
    } else {
        Followers::take(&mut areas)
    };
    let column = column(&areas, page.width());
    for area in &areas {
        page.blank()?;
        page.paragraph(0, &Span::new(&escape::line(area.name), style::HEADING))?;
        let mut told = BTreeMap::new();
        let mut published = Vec::new();
        let mut shown = BTreeSet::new();
        let (single, opens) = if verbose {
            (area.groups.iter().collect(), Vec::new())
        } else {
            open::split(&area.groups)
        };
        for group in single {
            let rule = group.first.rule.as_str();
            let mut details = detail::of(group.first, run.rule(rule), depth);
            if !verbose {
                details.retain(|detail| detail.label != "evidence");
                details.extend(seen(&result.exhibits, group.first, &mut shown));
            }
            details.extend(followers.told(rule));
            tell_once(
                &mut details,
                group.first.correction.as_ref(),
                &mut published,
            );
            block(page, group, column, &untold(&details, told.get(rule)))?;
            told.insert(rule, details);
        }
        for open in &opens {
            together(page, open, column)?;
        }
    }
    Ok(())
}

/// Requirements that are unknown for one cause: the cause once, then their ids by level.
fn together(page: &mut Page<'_>, open: &Open<'_, '_>, column: usize) -> io::Result<()> {
    let sign = style::sign(Outcome::Unknown);
    let label = format!("{sign} {}", Outcome::Unknown.as_str());
    page.row(
        &Span::new(&label, style::outcome(Outcome::Unknown)),
        column,
        &Span::new(&open.told(), style::HEADING),
    )?;
    let mut levels: BTreeMap<Level, Vec<String>> = BTreeMap::new();
    for group in &open.groups {
        let rules = levels.entry(group.first.level).or_default();
        let rule = escape::line(&group.first.rule);
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    for (level, rules) in levels {
        page.row(
            &Span::new(&format!("  {}", level.as_str()), style::FAINT),
            column,
            &Span::linked(&rules.join(", "), style::FAINT),
        )?;
    }
    Ok(())
}

/// A requirement that holds is told only where the rule noted a weakness; of an optional one that is not
/// settled the count is enough.
fn is_told(finding: &Finding) -> bool {
    match finding.outcome {
        Outcome::Pass | Outcome::NotApplicable if finding.since == Some(Since::Fixed) => true,
        Outcome::Pass => !finding.recommendations.is_empty(),
        Outcome::NotApplicable => false,
        Outcome::Unknown => finding.level != Level::May,
        Outcome::Fail | Outcome::Error | Outcome::Manual | Outcome::Waived => true,
    }
}

/// Where the texts begin: behind the longest label, but within the first third of the page.
fn column(areas: &[Area<'_>], width: usize) -> usize {
    let longest = areas
        .iter()
        .flat_map(|area| &area.groups)
        .map(|group| width::columns(&label(group.first)))
        .max()
        .unwrap_or(0);
    (longest.max(12) + 4).min(width / 3)
}

fn label(finding: &Finding) -> String {
    format!(
        "{} {} {}",
        style::sign(finding.outcome),
        finding.outcome.as_str(),
        finding.level.as_str()
    )
}

/// The records of the finding's area where it fails, as they are published, each once.
fn seen<'a>(
    exhibits: &'a [Exhibit],
    finding: &Finding,
    shown: &mut BTreeSet<&'a str>,
) -> Option<Detail> {
    if finding.outcome != Outcome::Fail {
        return None;
    }
    let mut lines = Vec::new();
    for exhibit in exhibits {
        let is_short = exhibit.kind == ExhibitKind::Record && exhibit.lines.len() <= SHORT;
        let is_of_area = exhibit.areas.contains(&finding.area);
        if is_short && is_of_area && lines.len() < SHORT && shown.insert(&exhibit.subject) {
            let texts = exhibit.lines.iter().map(|line| line.text.as_str());
            let told = format!(
                "{}: {}",
                exhibit.subject,
                texts.collect::<Vec<_>>().join("; ")
            );
            lines.push(escape::line(&escape::cut(&told, LONGEST)));
        }
    }
    (!lines.is_empty()).then_some(Detail {
        label: "seen",
        lines,
    })
}

/// A text to publish that mends several findings is shown with the first. At one name each text but the first goes a
/// step further than the one before it, and is called so.
fn tell_once(
    details: &mut [Detail],
    correction: Option<&Correction>,
    published: &mut Vec<Vec<String>>,
) {
    let (Some(detail), Some(correction)) = (
        details.iter_mut().find(|detail| detail.label == "publish"),
        correction,
    ) else {
        return;
    };
    let further = correction.after.is_some();
    if published.contains(&detail.lines) {
        let name = escape::line(&correction.name);
        detail.lines = vec![match published.len() {
            1 => "the same text as above".to_owned(),
            _ if further => format!("the text at {name} that goes a step further, as above"),
            _ => format!("the text at {name}, as above"),
        }];
    } else {
        published.push(detail.lines.clone());
    }
    if further {
        detail.label = "then";
    }
}

/// Without what the finding before it, of the same rule, said already: only the reason and how it stands to an earlier
/// run may come twice.
fn untold<'a>(details: &'a [Detail], before: Option<&Vec<Detail>>) -> Vec<&'a Detail> {
    details
        .iter()
        .filter(|detail| {
            ["reason", "since"].contains(&detail.label)
                || !before.is_some_and(|b| b.contains(detail))
        })
        .collect()
}

/// A line of a detail; what it refers to is linked.
fn text<'a>(line: &'a str, label: &str) -> Span<'a> {
    let style = style::detail(label);
    if label == "refs" {
        Span::linked(line, style)
    } else {
        Span::new(line, style)
    }
}

fn block(
    page: &mut Page<'_>,
    group: &Group<'_>,
    column: usize,
    details: &[&Detail],
) -> io::Result<()> {
    let finding = group.first;
    page.row(
        &Span::new(
            &label(finding),
            style::finding(finding.outcome, finding.level),
        ),
        column,
        &Span::new(&escape::line(&finding.title), style::HEADING),
    )?;
    let rule = format!("{} {}", escape::line(&finding.rule), group.askers());
    page.row(
        &Span::new("", Style::new()),
        column,
        &Span::linked(&rule, style::FAINT),
    )?;
    for detail in details {
        let mut label = format!("  {}", detail.label);
        for line in &detail.lines {
            page.row(
                &Span::new(&label, style::FAINT),
                column,
                &text(line, detail.label),
            )?;
            label.clear();
        }
    }
    Ok(())
}
