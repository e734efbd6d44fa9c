//! A Code Quality report of GitLab: what fails, or keeps the run from passing, as a list of Code Climate issues.
//!
//! GitLab reads description, fingerprint, severity and location of each (its schema `codeclimate.json`) and lets
//! further members stand, so that an issue says what it rests on.

use super::fingerprints::Fingerprints;
use super::json::Inert;
use super::spot::Spot;
use super::stream::Stream;
use super::{Options, escape, order};
use crate::results::finding::Finding;
use crate::results::outcome::{Level, Outcome, Severity};
use crate::results::targets::Results;
use crate::results::{Run, TargetResult};
use serde::Serialize;
use std::io::{self, Write};

/// The most characters of a description, which GitLab shows as one line.
const MOST_DESCRIPTION: usize = 1000;

/// One issue.
#[derive(Serialize)]
struct Issue {
    #[serde(rename = "type")]
    kind: &'static str,
    categories: [&'static str; 1],
    check_name: String,
    description: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
    /// What the issue rests on; GitLab does not read it.
    waxseal: Audit,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
}

#[derive(Serialize)]
struct Audit {
    version: String,
    outcome: Outcome,
    level: Level,
    baseline: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    clause: String,
    /// SHA-256 over the file of the baseline and all rules.
    #[serde(skip_serializing_if = "String::is_empty")]
    baseline_sha256: String,
    facts_sha256: String,
    collected: String,
}

/// Writes the list.
pub(super) fn render(results: Results<'_>, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    let run = results.run;
    let issues = Stream::<Issue, _>::new(|visit| {
        let mut fingerprints = Fingerprints::default();
        results.targets.each(&mut |_, target| {
            let own = fingerprints.of(target);
            let all = target.findings.iter().zip(own);
            let mut issues = all.filter(|(finding, _)| order::is_problem(run.gate, finding));
            issues.try_for_each(|(finding, own)| visit(&issue(run, target, finding, own)))
        })
    });
    serde_json::to_writer_pretty(Inert(&mut *out), &issues)?;
    out.write_all(b"\n")
}

fn issue(run: &Run, target: &TargetResult, finding: &Finding, fingerprint: String) -> Issue {
    let Spot { path, line, .. } = Spot::of(run, target, finding);
    let told = format!(
        "{}: {} ({}): {}: {}",
        target.target.domain,
        finding.outcome.as_str(),
        finding.level.as_str(),
        finding.title,
        finding.reason
    );
    let told = escape::line(&told);
    let told = told.trim_end_matches([' ', ':']);
    let mut baselines = run.baselines.iter();
    let baseline = baselines.find(|one| one.id == finding.baseline);
    Issue {
        kind: "issue",
        categories: ["Security"],
        check_name: escape::line(&finding.rule),
        description: escape::cut(told, MOST_DESCRIPTION).into_owned(),
        fingerprint,
        severity: severity(finding),
        location: Location {
            path: escape::line(&path),
            lines: Lines { begin: line },
        },
        waxseal: Audit {
            version: escape::line(&run.waxseal),
            outcome: finding.outcome,
            level: finding.level,
            baseline: escape::line(&finding.baseline),
            clause: escape::line(&finding.clause),
            baseline_sha256: baseline.map_or_else(String::new, |one| escape::line(&one.sha256)),
            facts_sha256: escape::line(&target.facts_sha256),
            collected: target.started().to_string(),
        },
    }
}

/// The severity of the rule, a step lower for what is only recommended, two for what is optional, and one more
/// for what is not settled.
fn severity(finding: &Finding) -> &'static str {
    let grave = match finding.severity {
        Severity::Info => 0_u8,
        Severity::Low => 1,
        Severity::Medium => 2,
        Severity::High => 3,
        Severity::Critical => 4,
    };
    let level = match finding.level.strength() {
        Level::Must | Level::MustNot => 0,
        Level::Should | Level::ShouldNot => 1,
        Level::May => 2,
    };
    let open = u8::from(finding.outcome != Outcome::Fail);
    match grave.saturating_sub(level + open) {
        0 => "info",
        1 => "minor",
        2 => "major",
        3 => "critical",
        _ => "blocker",
    }
}

#[cfg(test)]
pub(super) mod tests;
