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

/// Whether a folder is one and belongs to this user, and is closed to others. One that is open to them is closed, if
/// nothing is in it but what may be: a folder with other things is in use otherwise.
pub(super) fn own(folder: &Path, may_be: impl Fn(&str) -> bool) -> io::Result<bool> {
    let known = fs::symlink_metadata(folder)?;
    if !known.is_dir() {
        return Ok(false);
    }
    // Who this user is shows in a file that was just made.
    let user = tempfile::tempfile_in(folder)?.metadata()?.uid();
    if known.uid() != user {
        return Ok(false);
    }
    let others = 0o077;
    if known.mode() & others == 0 {
        return Ok(true);
    }
    for entry in fs::read_dir(folder)? {
        if !entry?.file_name().to_str().is_some_and(&may_be) {
            return Ok(false);
        }
    }
    fs::set_permissions(folder, Permissions::from_mode(0o700)).map(|()| true)
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
