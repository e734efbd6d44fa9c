//! The files that are named, and those in the folders that are named.

use crate::cli::failure::Failure;
use crate::outbound::reports::{self, Found, Limits, Refusal, Refused};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How deep folders are gone into: mail programs nest them.
const DEEPEST: usize = 16;

/// What is handed over, and whether the user named the file itself.
type Take<'a> = dyn FnMut(Result<Found, Refused>, bool) + 'a;

/// Stops where a file that is named is not there: a slip of the pen, told before anything is read.
pub(super) fn are_there(files: &[PathBuf]) -> Result<(), Failure> {
    for file in files.iter().filter(|file| *file != Path::new("-")) {
        fs::metadata(file).map_err(|source| Failure::Read {
            file: file.clone(),
            source,
        })?;
    }
    Ok(())
}

/// Whether a file is one of those that are named.
pub(super) fn has(files: &[PathBuf], file: &Path) -> bool {
    let Ok(whole) = fs::canonicalize(file) else {
        return false;
    };
    let mut named = files
        .iter()
        .filter_map(|named| fs::canonicalize(named).ok());
    named.any(|named| named == whole)
}

/// Hands over every report of a file, or of all files of a folder in the order of their names.
pub(super) fn read(file: &Path, take: &mut Take<'_>) -> Result<(), Failure> {
    let failure = |source| Failure::Read {
        file: file.to_owned(),
        source,
    };
    if file == Path::new("-") {
        open("standard input", true, io::stdin().lock(), take);
    } else if fs::metadata(file).map_err(failure)?.is_dir() {
        for entry in entries(file).map_err(failure)? {
            within(&entry, DEEPEST, take);
        }
    } else {
        open(
            &file.display().to_string(),
            true,
            File::open(file).map_err(failure)?,
            take,
        );
    }
    Ok(())
}

/// Links are not followed, and what begins with a dot belongs to a program; folders of a Maildir do, too, and are read.
fn within(path: &Path, depth: usize, take: &mut Take<'_>) {
    let place = path.display().to_string();
    let mut refuse = |error| {
        take(
            Err(Refused {
                place: place.clone(),
                refusal: Refusal::Unreadable(error),
            }),
            false,
        );
    };
    let kind = match fs::symlink_metadata(path) {
        Ok(found) => found.file_type(),
        Err(error) => return refuse(error),
    };
    let hidden = path
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with('.'));
    if kind.is_dir() && depth > 0 {
        match entries(path) {
            Ok(entries) => entries
                .iter()
                .for_each(|entry| within(entry, depth - 1, take)),
            Err(error) => refuse(error),
        }
    } else if kind.is_file() && !hidden {
        match File::open(path) {
            Ok(file) => open(&place, false, file, take),
            Err(error) => refuse(error),
        }
    }
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut entries = entries.collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

fn open(place: &str, named: bool, from: impl Read, take: &mut Take<'_>) {
    let limits = Limits::USUAL;
    let mut bytes = Vec::new();
    // One octet beyond the limit tells that there is more.
    let most = u64::try_from(limits.file)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    match from.take(most).read_to_end(&mut bytes) {
        Ok(_) => reports::open(place, &bytes, &limits, &mut |one| take(one, named)),
        Err(error) => take(
            Err(Refused {
                place: place.to_owned(),
                refusal: Refusal::Unreadable(error),
            }),
            named,
        ),
    }
}
