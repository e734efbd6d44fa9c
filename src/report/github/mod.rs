//! Annotations of a GitHub workflow: workflow commands, one a line, which the runner turns into notes beside files.
//!
//! A step shows ten of each kind (actions/toolkit, "Problem matchers: limitations"), so that the worst of all
//! targets come, and the last of a kind says how many there are besides. Each line begins with a command of this file, never with text from
//! elsewhere: such a line could be a command of its own.

use super::detail::{self, Depth, Detail};
use super::order::{self, Rank, Worst};
use super::spot::Spot;
use super::{Options, audit, escape, words};
use crate::results::compare::Since;
use crate::results::finding::Finding;
use crate::results::gate::{Gate, Weight};
use crate::results::outcome::{Level, Outcome, Severity};
use crate::results::targets::Results;
use crate::results::{Run, TargetResult};
use std::cmp::Reverse;
use std::io::{self, Write};

/// The most annotations of one kind.
const MOST: usize = 10;

/// The most targets whose facts are named in the log.
const MOST_TARGETS: usize = 100;

/// What an annotation has no room for.
const UNTOLD: [&str; 4] = ["evidence", "origin", "changed", "unverified"];

/// The most characters of a title, and of a text.
const MOST_TITLE: usize = 200;
const MOST_TEXT: usize = 4000;

/// How bad the runner shows an annotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// It makes the run fail.
    Error,
    /// Another failure, or something unsettled that keeps the run from passing.
    Warning,
    /// Something to look at.
    Notice,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Notice];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }

    /// The kind of a finding; none: there is nothing to say of it.
    fn of(gate: Gate, finding: &Finding) -> Option<Self> {
        match (gate.weigh(finding), finding.outcome) {
            (Weight::Fails, _) => Some(Self::Error),
            (Weight::Undecided, _) | (_, Outcome::Fail) => Some(Self::Warning),
            (_, Outcome::Unknown) => (finding.level != Level::May).then_some(Self::Notice),
            (_, Outcome::Error | Outcome::Manual | Outcome::Waived) => Some(Self::Notice),
            (_, Outcome::Pass | Outcome::NotApplicable) => {
                let tells = finding.since == Some(Since::Fixed)
                    || finding.outcome == Outcome::Pass && !finding.recommendations.is_empty();
                tells.then_some(Self::Notice)
            }
        }
    }
}

/// One annotation, and the findings that it stands for.
struct Annotation {
    spot: Option<Spot>,
    title: String,
    text: String,
    findings: usize,
}

/// The annotations of one kind, and how many findings there are of it.
struct Told {
    kind: Kind,
    worst: Worst<Annotation>,
    findings: usize,
}

/// The annotations of all kinds.
struct Board([Told; 3]);

impl Board {
    fn new() -> Self {
        Self(Kind::ALL.map(|kind| Told {
            kind,
            worst: Worst::new(MOST),
            findings: 0,
        }))
    }

    fn add(&mut self, kind: Kind, rank: Rank, findings: usize, make: impl FnOnce() -> Annotation) {
        if let Some(told) = self.0.iter_mut().find(|told| told.kind == kind) {
            told.findings += findings;
            told.worst.add(rank, make);
        }
    }
}

/// Writes the annotations, and what they rest on as a group of the log.
pub(super) fn render(results: Results<'_>, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    let run = results.run;
    let mut board = Board::new();
    of_run(run, &mut board);
    results.targets.each(&mut |_, target| {
        for same in alike(run.gate, target) {
            let rank = order::rank(same.first);
            board.add(same.kind, rank, same.askers.len(), || {
                annotation(run, target, &same)
            });
        }
        Ok(())
    })?;
    for told in board.0 {
        write_all(told, out)?;
    }
    write_audit(results, out)
}

/// What there is to say of the run as a whole.
fn of_run(run: &Run, board: &mut Board) {
    if let Some(why) = &run.partial {
        let rank = (0, Reverse(Severity::Critical));
        board.add(Kind::Warning, rank, 0, || Annotation {
            spot: None,
            title: "waxseal: not whole".to_owned(),
            text: escape::line(why),
            findings: 0,
        });
    }
    for notice in &run.notices {
        let kind = match notice.level.strength() {
            _ if run.gate.counts(notice.level) => Kind::Error,
            Level::May => Kind::Notice,
            Level::Must | Level::MustNot | Level::Should | Level::ShouldNot => Kind::Warning,
        };
        let rank = (order::failure(notice.level), Reverse(Severity::Medium));
        board.add(kind, rank, 1, || Annotation {
            spot: Spot::of_notice(notice),
            title: escape::line(&notice.id),
            text: escape::line(&notice.text),
            findings: 1,
        });
    }
}

/// Findings of one target that differ in nothing but who asks.
struct Alike<'a> {
    kind: Kind,
    first: &'a Finding,
    askers: Vec<String>,
}

/// The findings of a target that there is something to say of; what several baselines ask alike comes once.
fn alike(gate: Gate, target: &TargetResult) -> Vec<Alike<'_>> {
    let mut all: Vec<Alike<'_>> = Vec::new();
    for finding in &target.findings {
        let Some(kind) = Kind::of(gate, finding) else {
            continue;
        };
        let known = all.iter_mut().find(|known| {
            let first = known.first;
            known.kind == kind
                && first.rule == finding.rule
                && first.title == finding.title
                && first.level == finding.level
                && first.outcome == finding.outcome
                && first.reason == finding.reason
        });
        let asker = words::asker(finding);
        match known {
            Some(known) => known.askers.push(asker),
            None => all.push(Alike {
                kind,
                first: finding,
                askers: vec![asker],
            }),
        }
    }
    all
}

fn annotation(run: &Run, target: &TargetResult, same: &Alike<'_>) -> Annotation {
    let finding = same.first;
    let head = format!(
        "{} ({}): {} [{}]",
        finding.outcome.as_str(),
        finding.level.as_str(),
        escape::line(&finding.title),
        same.askers.join(", ")
    );
    let details = detail::of(finding, run.rule(&finding.rule), Depth::BRIEF);
    let details = details
        .iter()
        .filter(|one| !UNTOLD.contains(&one.label))
        .map(Detail::on_one_line);
    let lines: Vec<String> = std::iter::once(head).chain(details).collect();
    Annotation {
        spot: Spot::near(run, target, finding),
        title: escape::line(&format!("{}: {}", target.target.domain, finding.rule)),
        text: lines.join("\n"),
        findings: same.askers.len(),
    }
}

/// The annotations of one kind, worst first. The last one says how many findings none is left for.
fn write_all(told: Told, out: &mut dyn Write) -> io::Result<()> {
    let Told {
        kind,
        worst,
        findings,
    } = told;
    let annotations: Vec<Annotation> = worst.into_worst().collect();
    let shown: usize = annotations.iter().map(|one| one.findings).sum();
    let last = annotations.len().saturating_sub(1);
    let more = findings - shown;
    for (number, annotation) in annotations.into_iter().enumerate() {
        let mut text = escape::cut(&annotation.text, MOST_TEXT).into_owned();
        if number == last && more > 0 {
            text.extend([
                "\nand ",
                &more.to_string(),
                " more of this kind, in the other reports of this run",
            ]);
        }
        let title = escape::cut(&annotation.title, MOST_TITLE);
        let place = annotation.spot.as_ref().map_or_else(String::new, place);
        writeln!(
            out,
            "::{} {place}title={}::{}",
            kind.as_str(),
            escape::command_property(&title),
            escape::command(&text)
        )?;
    }
    Ok(())
}

fn place(spot: &Spot) -> String {
    let columns = spot.columns.map_or_else(String::new, |(start, end)| {
        format!("col={start},endColumn={end},")
    });
    let file = escape::command_property(&escape::line(&spot.path));
    format!("file={file},line={},{columns}", spot.line)
}

/// What the run rests on, folded away in the log. The name of an entry begins each line.
fn write_audit(results: Results<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "::group::waxseal: what this rests on")?;
    for entry in audit::of_run(results.run) {
        for value in entry.values {
            writeln!(out, "{}: {}", entry.name, escape::uncommanded(&value))?;
        }
    }
    results.targets.each(&mut |number, target| {
        if number >= MOST_TARGETS {
            return Ok(());
        }
        let entries = audit::of_target(target).into_iter();
        let told: Vec<String> = entries
            .map(|entry| format!("{}: {}", entry.name, entry.values.join("; ")))
            .collect();
        let domain = escape::line(&target.target.domain);
        let line = format!("target {domain}: {}", told.join(" · "));
        writeln!(out, "{}", escape::uncommanded(&line))
    })?;
    let more = results.targets.count().saturating_sub(MOST_TARGETS);
    if more > 0 {
        writeln!(out, "targets: {more} more")?;
    }
    writeln!(out, "::endgroup::")
}

#[cfg(test)]
pub(super) mod tests;
