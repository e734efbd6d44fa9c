//! The files of policies: shipped ones and a user's own.

use super::failure::Failure;
use super::terminal;
use crate::policy::source::Source;
use crate::results::Scan;
use crate::results::gate::OnUnknown;
use std::fs;
use std::io;
use std::path::Path;

/// The largest policy file, in bytes.
const LARGEST_FILE: u64 = 1 << 20;

/// Whether there is every baseline that the command line asks for.
pub(super) fn check(asked: &[String], known: &[String]) -> Result<(), Failure> {
    match asked.iter().find(|asked| !known.contains(asked)) {
        Some(asked) => Err(Failure::NoSuchBaseline {
            id: asked.clone(),
            known: known.join(", "),
        }),
        None => Ok(()),
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
    let is_policy = |path: &str| Path::new(path).extension().is_some_and(|end| end == "rhai");
    let placed = |path: &str| {
        let folders = ["rules/", "baselines/", "profiles/"];
        folders.iter().any(|folder| path.starts_with(folder))
    };
    let mut policies = files.iter().filter(|(path, _)| is_policy(path)).peekable();
    if policies.peek().is_none() {
        return Err(Failure::NoPolicies(folder.to_owned()));
    }
    if let Some((path, _)) = policies.find(|(path, _)| !placed(path)) {
        return Err(Failure::StrayPolicy(folder.join(path)));
    }
    Ok(Source::shipped().with(Source::from_files(files)))
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
        } else if path
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
