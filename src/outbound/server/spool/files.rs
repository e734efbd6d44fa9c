//! Files that are whole or not there, and that nobody else reads.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::Path;

/// How the name of a file ends that is not whole.
const UNFINISHED: &str = ".unfinished";

/// Makes a folder for this user alone, and the folders above it, where it is missing.
pub(super) fn folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Opens a file of this user alone, made where it is missing; never through a link.
pub(super) fn private(file: &Path) -> io::Result<File> {
    if fs::symlink_metadata(file).is_ok_and(|known| !known.is_file()) {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(file)
}

/// Whether a folder is one, and it and all that a spool may have in it are this user's. One that is open to others is
/// closed, if nothing else is in it; one in which others can write, only if nothing at all is: it may be theirs.
pub(super) fn own(folder: &Path, may_be: impl Fn(&str) -> bool) -> io::Result<bool> {
    let known = fs::symlink_metadata(folder)?;
    if !known.is_dir() {
        return Ok(false);
    }
    // Who this user is shows in a file that was just made.
    let user = tempfile::tempfile_in(folder)?.metadata()?.uid();
    let (others, writers) = (0o077, 0o022);
    let (open, writable) = (known.mode() & others != 0, known.mode() & writers != 0);
    let sound = || -> io::Result<bool> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let file = entry.path().symlink_metadata()?;
            let ours = entry.file_name().to_str().is_some_and(&may_be);
            let theirs = file.uid() != user || !file.is_file();
            if (ours && theirs) || (open && !ours) || writable {
                return Ok(false);
            }
        }
        Ok(true)
    };
    if known.uid() != user || !sound()? {
        return Ok(false);
    }
    if !open {
        return Ok(true);
    }
    fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    // What somebody put there in the meantime is not taken for our own.
    sound()
}

/// Whether a file was not finished by a server that ended in the middle.
pub(super) fn is_unfinished(name: &str) -> bool {
    name.ends_with(UNFINISHED)
}

/// Writes a file for this user alone. It has its name, and survives a loss of power, once this is done.
pub(super) fn write(folder: &Path, name: &str, parts: &[&[u8]]) -> io::Result<()> {
    let temporary = folder.join(format!("{name}{UNFINISHED}"));
    let done = whole(&temporary, parts)
        .and_then(|()| fs::rename(&temporary, folder.join(name)))
        .and_then(|()| File::open(folder)?.sync_all());
    if done.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    done
}

fn whole(temporary: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(temporary)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.sync_all()
}
