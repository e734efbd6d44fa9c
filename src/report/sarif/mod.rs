//! SARIF 2.1.0: with every finding, or what GitHub takes of it.
//!
//! A first pass over the targets gathers what there is to say of rules, the next one writes results as it reads.

use super::fingerprints::Fingerprints;
use super::json::Inert;
use super::stream::Stream;
use super::{Options, audit, escape};
use crate::results::Run;
use crate::results::outcome::Level;
use crate::results::targets::Results;
use findings::Asked;
use limits::{Cut, Limits};
use model::{AutomationDetails, Driver, Invocation, Log, ResultObject, RunObject, SCHEMA, Tool};
use notifications::Notifications;
use seen::Seen;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

mod findings;
mod limits;
mod model;
mod notifications;
mod prose;
mod rules;
mod seen;
#[cfg(test)]
pub(super) mod tests;

/// The most characters of the name by which runs are told apart.
const MOST_ID: usize = 200;

/// For whom the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Profile {
    /// Readers of the whole standard.
    Full,
    /// GitHub's code scanning, which reads a part of it and shows text as it stands.
    Github,
}

impl Profile {
    /// A message string. GitHub shows doubled braces as two.
    fn message(self, text: &str) -> String {
        match self {
            Self::Full => prose::doubled(text),
            Self::Github => text.to_owned(),
        }
    }
}

/// How bad a failure at a level is (§3.27.10).
const fn level(level: Level) -> &'static str {
    match level.strength() {
        Level::Must | Level::MustNot => "error",
        Level::Should | Level::ShouldNot => "warning",
        Level::May => "note",
    }
}

/// Writes every finding.
pub(super) fn render(results: Results<'_>, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    let seen = Seen::of(results, 0)?;
    let report = Report {
        results,
        seen: &seen,
        chosen: None,
    };
    report.write(out)
}

/// Writes the findings that somebody has to act on, the worst of them where there are more than GitHub takes.
pub(super) fn render_github(
    results: Results<'_>,
    _: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    within(limits::GITHUB, results, out)
}

fn within(limits: Limits, results: Results<'_>, out: &mut dyn Write) -> io::Result<()> {
    let seen = Seen::of(results, limits.results)?;
    let mut kept = seen.worst.len();
    loop {
        let report = Report {
            results,
            seen: &seen,
            chosen: Some(seen.worst.iter().take(kept).copied().collect()),
        };
        let bytes = limits::compressed(|out| report.write(out))?;
        if bytes <= limits.bytes || kept == 0 {
            return report.write(out);
        }
        kept = limits::fewer(kept, bytes, limits);
    }
}

/// A file about to be written.
struct Report<'a> {
    results: Results<'a>,
    seen: &'a Seen,
    /// The numbers of target and finding that GitHub gets; none: it is the file with every finding.
    chosen: Option<BTreeSet<(usize, usize)>>,
}

impl Report<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let run = self.results.run;
        let profile = self.profile();
        let cut = self
            .chosen
            .as_ref()
            .and_then(|chosen| Cut::of(self.seen.problems, chosen.len()));
        let rules = rules::descriptors(run, self.seen, profile);
        let notifications = Notifications::of(run, self.seen, cut, profile);
        let version = escape::line(&run.waxseal);
        let id = id(run);
        let log = Log {
            schema: SCHEMA,
            version: "2.1.0",
            runs: [RunObject {
                tool: Tool {
                    driver: Driver {
                        name: "waxseal",
                        version: &version,
                        semantic_version: is_semantic(&version).then_some(&version),
                        rules: &rules,
                        notifications: &notifications.descriptors,
                    },
                },
                invocations: [Invocation {
                    execution_successful: run.partial.is_none(),
                    tool_execution_notifications: &notifications.execution,
                    tool_configuration_notifications: &notifications.configuration,
                }],
                automation_details: AutomationDetails { id: &id },
                column_kind: "unicodeCodePoints",
                results: Stream::<ResultObject, _>::new(|visit| self.each(visit)),
                properties: Properties {
                    audit: entries(audit::of_run(run)),
                    cut: cut.map(Cut::told),
                    targets: (profile == Profile::Full)
                        .then(|| Stream::<Audit, _>::new(|visit| self.audits(visit))),
                },
            }],
        };
        serde_json::to_writer_pretty(Inert(&mut *out), &log)?;
        out.write_all(b"\n")
    }

    const fn profile(&self) -> Profile {
        match self.chosen {
            None => Profile::Full,
            Some(_) => Profile::Github,
        }
    }

    /// Hands on the result of each finding that belongs into the file.
    fn each(&self, visit: &mut dyn FnMut(&ResultObject) -> io::Result<()>) -> io::Result<()> {
        let mut fingerprints = Fingerprints::default();
        self.results.targets.each(&mut |target_number, target| {
            let own = fingerprints.of(target);
            let findings = target.findings.iter().zip(&own).enumerate();
            for (number, (finding, fingerprint)) in findings {
                let chosen = self.chosen.as_ref();
                if chosen.is_some_and(|chosen| !chosen.contains(&(target_number, number))) {
                    continue;
                }
                visit(&findings::result(&Asked {
                    run: self.results.run,
                    target,
                    finding,
                    fingerprint,
                    index: self.seen.rules.get(&finding.rule).map(|rule| rule.index),
                    profile: self.profile(),
                    waived: self.seen.waived,
                }))?;
            }
            Ok(())
        })
    }

    /// Hands on what each target rests on.
    fn audits(&self, visit: &mut dyn FnMut(&Audit) -> io::Result<()>) -> io::Result<()> {
        self.results.targets.each(&mut |_, target| {
            visit(&Audit {
                domain: escape::line(&target.target.domain),
                audit: entries(audit::of_target(target)),
            })
        })
    }
}

/// What there is no other place for (§3.8).
#[derive(Serialize)]
struct Properties<T> {
    #[serde(rename = "waxseal/audit")]
    audit: BTreeMap<&'static str, Vec<String>>,
    #[serde(rename = "waxseal/cut", skip_serializing_if = "Option::is_none")]
    cut: Option<String>,
    #[serde(rename = "waxseal/targets", skip_serializing_if = "Option::is_none")]
    targets: Option<T>,
}

/// What a target rests on.
#[derive(Serialize)]
struct Audit {
    domain: String,
    audit: BTreeMap<&'static str, Vec<String>>,
}

fn entries(entries: Vec<audit::Entry>) -> BTreeMap<&'static str, Vec<String>> {
    let told = entries.into_iter().map(|entry| (entry.name, entry.values));
    told.collect()
}

/// The name by which GitHub tells runs of one commit apart: what stands before the last slash is the category.
fn id(run: &Run) -> String {
    let baselines: Vec<&str> = run.baselines.iter().map(|one| one.id.as_str()).collect();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '+');
    let joined = baselines.join("+");
    let name: String = joined
        .chars()
        .map(|c| if plain(c) { c } else { '-' })
        .take(MOST_ID)
        .collect();
    format!("waxseal/{name}/")
}

/// Whether a version is one of Semantic Versioning, as far as that matters here.
fn is_semantic(version: &str) -> bool {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<&str> = core.split('.').collect();
    let is_number = |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    numbers.len() == 3 && numbers.iter().all(is_number)
}
