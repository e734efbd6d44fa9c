//! `waxseal report`: stored results to reports.

use super::args::{self, Destination};
use super::exit::Code;
use super::failure::Failure;
use super::outputs::Outputs;
use super::policies;
use super::scan::gathering;
use crate::facts::target::Role;
use crate::records::domain;
use crate::report::escape;
use crate::results::targets::Results;
use crate::scan::Basis;
use crate::scan::gather::{Gathered, Gatherer};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// How many domains are named where one is missing.
const MOST_NAMED: usize = 10;

/// Reads the results and writes every report that is asked for. The exit code is no verdict: that was given when
/// the results were made.
pub(super) fn run(args: args::ReportOf, color: args::Color) -> Result<Code, Failure> {
    let args::ReportOf {
        results: file,
        format,
        domain,
        mut output,
    } = args;
    output.report.extend(format.map(|format| Destination {
        format,
        file: PathBuf::from("-"),
    }));
    let stored = policies::results(&file)?;
    let outputs = Outputs::open(&output, None, &[&file], color)?;
    if domain.is_empty() {
        outputs.write(stored.results())?;
    } else {
        let chosen = choose(stored.results(), &file, &domain)?;
        outputs.write(chosen.results())?;
    }
    Ok(Code::Passed)
}

/// The results of some domains, counted and judged as if only they had been looked at.
fn choose(results: Results<'_>, file: &Path, domains: &[String]) -> Result<Gathered, Failure> {
    let mut missing: BTreeSet<String> = domains.iter().map(|name| canonical(name)).collect();
    let wanted = missing.clone();
    let run = results.run;
    let mut gatherer = Gatherer::new(run.gate, None, tempfile::tempfile);
    let read = results.targets.each(&mut |_, target| {
        if wanted.contains(&target.target.domain) {
            missing.remove(&target.target.domain);
            gatherer.add(target.clone())?;
        }
        Ok(())
    });
    read.map_err(gathering)?;
    if let Some(asked) = missing.into_iter().next() {
        let known = format!(
            "{} has {}",
            file.display(),
            named(results).map_err(gathering)?
        );
        return Err(Failure::NoSuchResult {
            asked: escape::line(&asked),
            known,
        });
    }
    let basis = Basis {
        baselines: run.baselines.clone(),
        rules: run.rules.clone(),
        files: run.policy_files.clone(),
        notices: run.notices.clone(),
    };
    let chosen: io::Result<Gathered> =
        gatherer.finish(basis, run.settings.clone(), run.partial.clone());
    chosen.map_err(gathering)
}

/// The name as results have it; what is no domain stays as it is, and is not found.
fn canonical(name: &str) -> String {
    domain::target(name, Role::Mail).map_or_else(|_| name.to_owned(), |target| target.domain)
}

/// The first domains of the results, and how many more there are.
fn named(results: Results<'_>) -> io::Result<String> {
    let mut names = Vec::new();
    results.targets.each(&mut |_, target| {
        if names.len() < MOST_NAMED {
            names.push(escape::line(&target.target.domain));
        }
        Ok(())
    })?;
    let more = results.targets.count() - names.len();
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Ok(format!("{}{more}", names.join(", ")))
}
