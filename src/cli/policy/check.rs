//! `waxseal policy check`: all faults of rules, baselines and profiles in one run.

use super::args::{Check, FaultFormat};
use super::faults;
use crate::cli::exit::Code;
use crate::cli::failure::Failure;
use crate::cli::{policies, terminal};
use crate::policy;
use crate::policy::fault::{FaultLevel, PolicyFault};
use crate::policy::source::Source;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Checks the policies that the arguments name, and tells all faults.
pub(super) fn run(args: &Check, folder: Option<&Path>) -> Result<Code, Failure> {
    let mut source = policies::source(folder)?;
    let mut places = BTreeMap::new();
    let mut lay = |source: Source, files: Vec<(String, String)>, root: Option<&Path>| {
        for (file, _) in &files {
            places.insert(file.clone(), root.map(|root| root.join(file)));
        }
        source.with(Source::from_files(files))
    };
    if let Some(folder) = folder {
        source = lay(source, policies::files(folder)?, Some(folder));
    }
    for path in &args.paths {
        if path.is_dir() {
            source = lay(source, policies::files(path)?, Some(path));
        } else {
            fs::metadata(path).map_err(|source| Failure::Read {
                file: path.clone(),
                source,
            })?;
            let file = policies::file(path)?;
            let root = path.parent().and_then(Path::parent);
            source = lay(source, vec![file], root);
        }
    }
    let own = !places.is_empty();
    let found: Vec<PolicyFault> = policy::check(&source)
        .into_iter()
        .filter(|fault| {
            // What is likely to be meant otherwise in a built-in file is no matter of whoever wrote others.
            !own || fault.level == FaultLevel::Error || !source.is_shipped(&fault.file)
        })
        .map(|fault| placed(fault, &places))
        .collect();
    let is_policy = |path: &&str| Path::new(path).extension().is_some_and(|end| end == "rhai");
    let checked = source.paths().filter(is_policy).count();
    terminal::print(|out| match args.format {
        FaultFormat::Text => faults::text(out, &found, checked),
        FaultFormat::Json => faults::json(out, &found),
        FaultFormat::Sarif => faults::sarif(out, &found),
        FaultFormat::Github => faults::github(out, &found),
    })?;
    let fails = |fault: &PolicyFault| args.strict || fault.level == FaultLevel::Error;
    Ok(if found.iter().any(fails) {
        Code::Policy
    } else {
        Code::Passed
    })
}

/// The fault with its file as the user named it.
fn placed(mut fault: PolicyFault, places: &BTreeMap<String, Option<PathBuf>>) -> PolicyFault {
    if let Some(Some(path)) = places.get(&fault.file) {
        fault.file = path.to_string_lossy().replace('\\', "/");
    }
    fault
}
