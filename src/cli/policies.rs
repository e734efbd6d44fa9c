//! From the policy arguments to a policy and a gate.

use super::args::Policies;
use super::failure::Failure;
use super::terminal;
use crate::policy::{Policy, available_baselines, source::Source};
use crate::results::Scan;
use crate::results::gate::{Gate, OnUnknown};
use std::fs;
use std::path::Path;

/// The policy that the arguments ask for.
pub(super) fn load(args: &Policies) -> Result<Policy, Failure> {
    let source = source(args.folder.as_deref())?;
    let known = available_baselines(&source);
    match args.baseline.iter().find(|asked| !known.contains(asked)) {
        Some(asked) => Err(Failure::NoSuchBaseline {
            id: asked.clone(),
            known: known.join(", "),
        }),
        None => Policy::load(&source, &args.baseline).map_err(Failure::Policy),
    }
}

/// The gate that the arguments ask for.
pub(super) const fn gate(args: &Policies) -> Gate {
    Gate {
        fail_on: args.fail_on,
        unknown: args.unknown,
    }
}

/// Says what `--unknown warn` lets pass.
pub(super) fn warn(scan: &Scan) {
    let unknown = scan.summary.unknown;
    if scan.gate.unknown == OnUnknown::Warn && unknown > 0 {
        terminal::note(&format!("{unknown} findings are unknown and do not count"));
    }
}

/// The shipped policies with the files of a folder laid over them.
pub(super) fn source(folder: Option<&Path>) -> Result<Source, Failure> {
    let Some(folder) = folder else {
        return Ok(Source::shipped());
    };
    let mut files = Vec::new();
    read(folder, "", &mut files)?;
    let stray = |path: &str| {
        path.ends_with(".rhai") && !path.starts_with("rules/") && !path.starts_with("baselines/")
    };
    if let Some((path, _)) = files.iter().find(|(path, _)| stray(path)) {
        return Err(Failure::StrayPolicy(folder.join(path)));
    }
    if !files.iter().any(|(path, _)| path.ends_with(".rhai")) {
        return Err(Failure::NoPolicies(folder.to_owned()));
    }
    Ok(Source::shipped().with(Source::from_files(files)))
}

/// Every file below the folder that belongs to a policy, with its path relative to it.
fn read(folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) -> Result<(), Failure> {
    let failure = |source| Failure::Read {
        file: folder.to_owned(),
        source,
    };
    let mut entries: Vec<_> = fs::read_dir(folder)
        .and_then(Iterator::collect::<Result<_, _>>)
        .map_err(failure)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if path.is_dir() {
            read(&path, &format!("{name}/"), files)?;
        } else if path
            .extension()
            .is_some_and(|end| end == "rhai" || end == "toml")
        {
            let text = fs::read_to_string(&path).map_err(|source| Failure::Read {
                file: path.clone(),
                source,
            })?;
            files.push((name, text));
        }
    }
    Ok(())
}
