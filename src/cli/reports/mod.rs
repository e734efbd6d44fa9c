//! `waxseal reports`: what receivers and senders report about domains, summed up.

pub(super) mod args;
mod files;

use super::args::Color;
use super::exit::Code;
use super::failure::Failure;
use super::outputs::Draft;
use super::terminal;
use crate::derive::reported::Ledger;
use crate::facts::defect::Defect;
use crate::facts::outbound::{OutboundDocument, SCHEMA};
use crate::outbound::reports::{Content, Found, Refusal, Refused};
use crate::records::reports::{aggregate, failure, tls};
use crate::report::{json, reported};
use crate::scan::targets::Targets;
use args::ReportsOf;
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

/// Defects by which XML and JSON are no report at all.
const OTHER_KINDS: [&str; 2] = ["dmarc-report-root", "tls-report-other"];

/// What `--json` prints.
#[derive(Serialize)]
struct Page<'a> {
    /// Whether something was refused or could not be read.
    partial: bool,
    /// Places that were not read, and why.
    refused: Vec<Unread<'a>>,
    /// How many files and e-mails have no report.
    passed_over: usize,
    domains: &'a [OutboundDocument],
}

#[derive(Serialize)]
struct Unread<'a> {
    place: &'a str,
    reason: &'a str,
}

/// What was made of the files so far.
#[derive(Default)]
struct Reading {
    ledger: Ledger,
    reports: usize,
    refused: Vec<(String, String)>,
    passed_over: usize,
}

/// Reads every file and shows what the reports come to.
pub(super) fn run(args: &ReportsOf, color: Color) -> Result<Code, Failure> {
    let wanted = wanted(&args.domain)?;
    files::are_there(&args.files)?;
    if let Some(output) = args
        .output
        .as_ref()
        .filter(|file| files::has(&args.files, file))
    {
        return Err(Failure::OutputIsInput(output.clone()));
    }
    let mut reading = Reading::default();
    for file in &args.files {
        files::read(file, &mut |one, named| reading.take(one, named))?;
    }
    let Reading {
        ledger,
        reports,
        refused,
        passed_over,
    } = reading;
    let domains = documents(ledger, &wanted)?;
    if reports == 0 {
        for (place, why) in &refused {
            terminal::note(&crate::report::escape::line(&format!("{place}: {why}")));
        }
        return Err(Failure::NoReports);
    }
    let to_output = args.output.as_deref() == Some(Path::new("-"));
    if let Some(file) = &args.output {
        keep(file, &domains)?;
    }
    if to_output {
        for (place, why) in &refused {
            terminal::note(&crate::report::escape::line(&format!("{place}: {why}")));
        }
    } else {
        let summary = reported::Summary {
            domains: &domains,
            refused: &refused,
            passed_over,
        };
        terminal::print(|out| {
            if args.json {
                return write_json(&summary, out);
            }
            reported::render(&summary, terminal::colored(color), out)
        })?;
    }
    Ok(if refused.is_empty() {
        Code::Passed
    } else {
        Code::Undecided
    })
}

impl Reading {
    /// Counts a report, or notes why something is none. What the user named is expected to be one.
    fn take(&mut self, one: Result<Found, Refused>, named: bool) {
        match one {
            Ok(found) => self.found(found, named),
            Err(Refused { refusal, .. }) if !named && refusal.is_beside_the_point() => {
                self.passed_over += 1;
            }
            Err(Refused { place, refusal }) => self.refused.push((place, refusal.to_string())),
        }
    }

    fn found(&mut self, found: Found, named: bool) {
        let faults = match found.content {
            Content::Aggregate => {
                let report = aggregate::parse(&found.bytes);
                self.ledger.aggregate(&report);
                report.defects
            }
            Content::Tls => {
                let report = tls::parse(&found.bytes);
                self.ledger.tls(&report);
                report.defects
            }
            Content::Failure => {
                let report = failure::parse(&found.bytes);
                let defects = report.defects.clone();
                self.ledger.failure(report);
                defects
            }
        };
        match faults.iter().find(|defect| defect.fatal) {
            None => self.reports += 1,
            // XML or JSON of another kind, as stands in folders beside reports.
            Some(fault) if !named && OTHER_KINDS.contains(&fault.code.as_str()) => {
                self.passed_over += 1;
            }
            Some(fault) => self
                .refused
                .push((found.place, Refusal::Faulty(told(fault)).to_string())),
        }
    }
}

/// A fault with its place.
fn told(fault: &Defect) -> String {
    let at = fault
        .span
        .filter(|[start, _]| *start > 0)
        .map(|[start, _]| format!(" at byte {start}"));
    format!(
        "the report can't be counted: {}{} ({})",
        fault.text,
        at.unwrap_or_default(),
        fault.reference
    )
}

/// The domains that are asked for, as reports spell them.
fn wanted(texts: &[String]) -> Result<BTreeSet<String>, Failure> {
    let mut targets = Targets::default();
    targets.arguments(texts.iter().map(String::as_str));
    let (named, _) = targets.finish().map_err(Failure::Targets)?;
    Ok(named.into_iter().map(|target| target.domain).collect())
}

/// A document for each domain that is asked for, or for all.
fn documents(ledger: Ledger, wanted: &BTreeSet<String>) -> Result<Vec<OutboundDocument>, Failure> {
    let sums = ledger.finish();
    if let Some(asked) = wanted
        .iter()
        .find(|domain| !sums.contains_key(*domain))
        .filter(|_| !sums.is_empty())
    {
        let known: Vec<_> = sums.keys().take(20).map(String::as_str).collect();
        return Err(Failure::NoSuchResult {
            asked: asked.clone(),
            known: format!("the reports are about {}", known.join(", ")),
        });
    }
    let asked = sums
        .into_iter()
        .filter(|(domain, _)| wanted.is_empty() || wanted.contains(domain));
    let documents = asked.map(|(domain, reported)| OutboundDocument {
        schema: SCHEMA.to_owned(),
        waxseal: env!("CARGO_PKG_VERSION").to_owned(),
        domain,
        messages: Vec::new(),
        enforcement: None,
        reported: Some(reported),
    });
    Ok(documents.collect())
}

fn keep(file: &Path, documents: &[OutboundDocument]) -> Result<(), Failure> {
    Draft::open(file)?.finish(|out| {
        for document in documents {
            json::write_inert(&serde_json::to_string(document)?, out)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    })
}

fn write_json(summary: &reported::Summary<'_>, out: &mut dyn Write) -> io::Result<()> {
    let refused = summary
        .refused
        .iter()
        .map(|(place, reason)| Unread { place, reason });
    let page = Page {
        partial: !summary.refused.is_empty(),
        refused: refused.collect(),
        passed_over: summary.passed_over,
        domains: summary.domains,
    };
    json::write_inert(&serde_json::to_string_pretty(&page)?, out)?;
    out.write_all(b"\n")
}
