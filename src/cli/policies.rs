//! From the policy arguments to a policy and a gate.

use super::args::Policies;
use super::failure::Failure;
use super::terminal;
use crate::policy::source::{RETIRED, Source};
use crate::policy::{Policy, available_baselines};
use crate::results::Scan;
use crate::results::gate::{Gate, OnUnknown};
use std::fs;
use std::io;
use std::path::{Component, Path};

/// The largest policy file, in bytes.
const LARGEST_FILE: u64 = 1 << 20;

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
    Ok(Source::shipped().with(Source::from_files(files(folder)?)))
}

/// The files of a folder of policies, by their path relative to it.
pub(super) fn files(folder: &Path) -> Result<Vec<(String, String)>, Failure> {
    let mut files = Vec::new();
    read(folder, "", &mut files)?;
    let is_policy = |path: &str| Path::new(path).extension().is_some_and(|end| end == "rhai");
    let mut policies = files.iter().filter(|(path, _)| is_policy(path)).peekable();
    if policies.peek().is_none() {
        return Err(Failure::NoPolicies(folder.to_owned()));
    }
    if let Some((path, _)) = policies.find(|(path, _)| !is_placed(path)) {
        return Err(Failure::StrayPolicy(folder.join(path)));
    }
    Ok(files)
}

/// One file of a folder of policies, with its path relative to that.
pub(super) fn file(path: &Path) -> Result<(String, String), Failure> {
    let mut parts = path.components().rev().map(Component::as_os_str);
    let (name, folder) = (parts.next(), parts.next());
    let placed = name.zip(folder).map(|(name, folder)| {
        let (name, folder) = (name.to_string_lossy(), folder.to_string_lossy());
        format!("{folder}/{name}")
    });
    match placed.filter(|placed| is_placed(placed)) {
        Some(placed) => Ok((placed, text(path)?)),
        None => Err(Failure::StrayPolicy(path.to_owned())),
    }
}

fn is_placed(path: &str) -> bool {
    let folders = ["rules/", "baselines/", "profiles/"];
    folders.iter().any(|folder| path.starts_with(folder))
}

/// Every file of the folder and of its folders that belongs to a policy, with its path relative to it.
/// Links to folders are not followed, and what is no regular file of a sensible size is refused.
fn read(folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) -> Result<(), Failure> {
    let failure = |source| Failure::Read {
        file: folder.to_owned(),
        source,
    };
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = entries.map_err(failure)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) && prefix.is_empty() {
            read(&path, &format!("{name}/"), files)?;
        } else if name == RETIRED
            || path
                .extension()
                .is_some_and(|end| end == "rhai" || end == "toml")
        {
            files.push((name, text(&path)?));
        }
    }
    Ok(())
}

fn text(path: &Path) -> Result<String, Failure> {
    let failure = |source| Failure::Read {
        file: path.to_owned(),
        source,
    };
    let about = fs::metadata(path).map_err(failure)?;
    if !about.is_file() || about.len() > LARGEST_FILE {
        let why = format!("a policy is a regular file of at most {LARGEST_FILE} bytes");
        return Err(failure(io::Error::new(io::ErrorKind::InvalidInput, why)));
    }
    fs::read_to_string(path).map_err(failure)
}
