//! The one document that a tool for policies looks at: of a file, or of the lab.

use crate::cli::args::{Asked, Command};
use crate::cli::failure::Failure;
use crate::cli::scan::{Work, jobs, read};
use crate::cli::terminal;
use crate::facts::Facts;
use crate::lab;
use crate::scan::stored;
use crate::settings::Settings;
use clap::Parser as _;
use std::path::Path;

/// How many domains a message names.
const NAMED: usize = 8;

/// The document of a domain in a file; of several, where none is named, the first, and says so.
pub(super) fn of_file(file: &Path, domain: Option<&str>) -> Result<Facts, Failure> {
    let (documents, fault) = stored::read(&read(file)?);
    if let Some(source) = fault {
        let file = file.to_owned();
        return Err(Failure::Facts { file, source });
    }
    let count = documents.len();
    let domains: Vec<String> = documents
        .iter()
        .take(NAMED)
        .map(|facts| facts.target.domain.clone())
        .collect();
    let mut documents = documents.into_iter();
    let Some(asked) = domain else {
        let first = documents.next().ok_or(Failure::NoDocuments)?;
        if count > 1 {
            terminal::note(&format!(
                "the file has {count} documents; this is {}, --domain chooses another",
                first.target.domain
            ));
        }
        return Ok(first);
    };
    let wanted = asked.trim_end_matches('.').to_lowercase();
    let found =
        documents.find(|facts| facts.target.domain == wanted || facts.target.unicode == wanted);
    found.ok_or_else(|| no_such(asked, &domains, count))
}

fn no_such(asked: &str, domains: &[String], count: usize) -> Failure {
    let more = count.saturating_sub(domains.len());
    let mut known = domains.join(", ");
    if more > 0 {
        known.extend([" and ", &more.to_string(), " more"]);
    }
    Failure::NoSuchDomain {
        asked: asked.to_owned(),
        known,
    }
}

/// The document of a domain of the lab, collected from it with the ordinary options.
pub(super) fn of_lab(domain: &str) -> Result<Facts, Failure> {
    let wanted = domain.trim_end_matches('.').to_lowercase();
    if !lab::scenarios().any(|scenario| scenario.domain == wanted) {
        let known: Vec<String> = lab::scenarios()
            .map(|scenario| scenario.domain.to_owned())
            .collect();
        let some = known.get(..NAMED).unwrap_or(&known);
        return Err(no_such(domain, some, known.len()));
    }
    let asked = Asked::try_parse_from(["waxseal", "collect", "--lab", "--quiet", wanted.as_str()]);
    let Ok(Asked {
        command: Command::Collect(args),
        ..
    }) = asked
    else {
        return Err(Failure::NoTargets);
    };
    let work = Work {
        targets: &args.targets,
        network: &args.network,
        probe: None,
        quiet: true,
    };
    let mut document = None;
    let (jobs, _) = jobs(&args.targets, &Settings::default())?;
    work.run(&jobs, |facts| {
        document = Some(facts);
        Ok(())
    })?;
    document.ok_or(Failure::NoDocuments)
}
