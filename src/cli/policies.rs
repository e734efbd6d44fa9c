//! The files of policies: shipped ones and a user's own.

use super::args::Policies;
use super::failure::Failure;
use super::{archive, scan, terminal};
use crate::policy::lock::Lock;
use crate::policy::source::{RETIRED, Source};
use crate::report::stored::{Reread, Stored};
use crate::results::Run;
use crate::results::compare::Earlier;
use crate::results::gate::OnUnknown;
use std::fs;
use std::io;
use std::path::{Component, Path};

/// How deep folders of policies may lie in each other.
const DEEPEST: usize = 8;
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

/// Refuses policy files that are not those of the lock.
pub(super) fn hold(file: &Path, source: &Source) -> Result<(), Failure> {
    if !file.exists() {
        return Err(Failure::NoLock(file.to_owned()));
    }
    let lock = Lock::read(&text(file)?).map_err(|cause| Failure::Lock {
        file: file.to_owned(),
        cause,
    })?;
    let differences = lock.differences(source);
    if differences.is_empty() {
        return Ok(());
    }
    Err(Failure::Unlocked {
        file: file.to_owned(),
        differences: differences.join("\n  "),
    })
}

/// The earlier run that the arguments name, read before any work begins.
pub(super) fn earlier(args: &Policies) -> Result<Option<Earlier>, Failure> {
    let Some(file) = &args.baseline_results else {
        return Ok(None);
    };
    let stored = results(file)?;
    let name = file.display().to_string();
    let earlier = Earlier::new(name, stored.results());
    earlier.map(Some).map_err(|source| Failure::Read {
        file: file.clone(),
        source,
    })
}

/// Results of an earlier run; of standard input for `-`.
pub(super) fn results(file: &Path) -> Result<Stored, Failure> {
    let is_pipe = fs::metadata(file).is_ok_and(|about| !about.is_file() && !about.is_dir());
    let source: Box<dyn Reread> = if file == Path::new("-") || is_pipe {
        Box::new(io::Cursor::new(scan::read(file)?))
    } else {
        let open = fs::File::open(file).map_err(|source| Failure::Read {
            file: file.to_owned(),
            source,
        })?;
        Box::new(open)
    };
    Stored::open(source).map_err(|source| Failure::Results {
        file: file.to_owned(),
        source,
    })
}

/// Says what `--unknown warn` lets pass.
pub(super) fn warn(run: &Run) {
    let unknown = run.summary.unknown;
    if run.gate.unknown == OnUnknown::Warn && unknown > 0 {
        terminal::note(&format!("{unknown} findings are unknown and do not count"));
    }
}

/// The shipped policies with the files of a folder, or of an archive, laid over them.
pub(super) fn source(folder: Option<&Path>) -> Result<Source, Failure> {
    let Some(folder) = folder else {
        return Ok(Source::shipped());
    };
    Ok(Source::shipped().with(Source::from_files(files(folder)?)))
}

/// The files of a folder of policies, or of an archive, by their path relative to it.
pub(super) fn files(folder: &Path) -> Result<Vec<(String, String)>, Failure> {
    let files = if folder.is_file() {
        archive::read(folder).map_err(|source| Failure::Read {
            file: folder.to_owned(),
            source,
        })?
    } else {
        let mut files = Vec::new();
        read(folder, "", &mut files)?;
        files
    };
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

fn depth(path: &str) -> usize {
    path.matches('/').count()
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
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) && depth(prefix) < DEEPEST {
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

/// The text of one policy file.
pub(super) fn text(path: &Path) -> Result<String, Failure> {
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
