//! Policies in one file: a tar archive, compressed with gzip, read within limits and never unpacked to disk.

use crate::policy::source::RETIRED;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path};
use tar::{Archive, EntryType};

/// The most bytes that all files of an archive may have, unpacked, with the archive's own.
const LARGEST: u64 = 32 << 20;
/// The most entries.
const ENTRIES: usize = 5_000;
/// How many zeros end an archive, in bytes.
const END: usize = 1024;
/// The largest policy file, in bytes.
const LARGEST_FILE: u64 = 1 << 20;

/// The policy files of an archive with their paths. One folder around all of them is left out.
pub(super) fn read(path: &Path) -> io::Result<Vec<(String, String)>> {
    let bytes = unpacked(File::open(path)?)?;
    let mut archive = Archive::new(bytes.as_slice());
    let mut files = Vec::new();
    for (number, entry) in archive.entries()?.enumerate() {
        if number >= ENTRIES {
            return Err(invalid(format!("it has more than {ENTRIES} entries")));
        }
        let mut entry = entry?;
        let Some(name) = name_of(&entry.path()?)? else {
            continue;
        };
        if !is_policy(&name) {
            continue;
        }
        if entry.header().entry_type() != EntryType::Regular || entry.size() > LARGEST_FILE {
            return Err(invalid(format!(
                "{name}: a policy is a regular file of at most {LARGEST_FILE} bytes"
            )));
        }
        let mut text = String::new();
        entry
            .read_to_string(&mut text)
            .map_err(|error| invalid(format!("{name}: {error}")))?;
        files.push((name, text));
    }
    Ok(without_folder(files))
}

/// The tar archive, whole: to its end the checksum is looked at, and behind the last file stand two blocks of zeros.
fn unpacked(packed: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    MultiGzDecoder::new(packed)
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(invalid(format!("it unpacks to more than {LARGEST} bytes")));
    }
    let end = bytes.len().checked_sub(END).and_then(|at| bytes.get(at..));
    if end.is_some_and(|end| end.iter().all(|byte| *byte == 0)) {
        Ok(bytes)
    } else {
        Err(invalid("it is cut short, or no tar archive".to_owned()))
    }
}

fn invalid(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

fn is_policy(name: &str) -> bool {
    let extension = Path::new(name).extension();
    name.ends_with(RETIRED) || extension.is_some_and(|end| end == "rhai" || end == "toml")
}

/// The path with forward slashes; none for the folder itself. A path that leads elsewhere is an error.
fn name_of(path: &Path) -> io::Result<Option<String>> {
    let mut parts = Vec::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::Normal(part) => parts.push(part.to_string_lossy()),
            Component::Prefix(_) | Component::RootDir | Component::ParentDir => {
                let path = path.display();
                return Err(invalid(format!(
                    "{path}: the path leads out of the archive"
                )));
            }
        }
    }
    Ok((!parts.is_empty()).then(|| parts.join("/")))
}

/// `policies/rules/a.rhai` as `rules/a.rhai`, where every file has the same folder in front.
fn without_folder(files: Vec<(String, String)>) -> Vec<(String, String)> {
    let known = ["rules", "baselines", "profiles"];
    let first = |path: &str| path.split_once('/').map(|(folder, _)| folder.to_owned());
    let around = files.first().and_then(|(path, _)| first(path));
    let Some(around) = around.filter(|folder| {
        let same = |(path, _): &(String, String)| first(path).as_ref() == Some(folder);
        !known.contains(&folder.as_str()) && files.iter().all(same)
    }) else {
        return files;
    };
    let inside = |path: &str| path.get(around.len() + 1..).unwrap_or_default().to_owned();
    files
        .into_iter()
        .map(|(path, text)| (inside(&path), text))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write as _;

    fn archive(entries: &[(&str, EntryType, &[u8])]) -> tempfile::NamedTempFile {
        let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (path, kind, text) in entries {
            let mut header = tar::Header::new_gnu();
            // Written as bytes: the builder would refuse a path that leads out.
            let name = &mut header.as_old_mut().name;
            name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(text.len() as u64);
            header.set_cksum();
            builder.append(&header, *text).unwrap();
        }
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let bytes = builder.into_inner().unwrap().finish().unwrap();
        file.write_all(&bytes).unwrap();
        file
    }

    fn paths(entries: &[(&str, EntryType, &[u8])]) -> Result<Vec<String>, String> {
        let file = archive(entries);
        let files = read(file.path()).map_err(|error| error.to_string())?;
        Ok(files.into_iter().map(|(path, _)| path).collect())
    }

    #[test]
    fn policies_are_read_from_an_archive_with_or_without_a_folder_around_them() {
        let regular = EntryType::Regular;
        for (entries, found) in [
            (
                vec![
                    ("rules/a.rhai", regular, b"1".as_slice()),
                    ("README.md", regular, b"x"),
                ],
                vec!["rules/a.rhai"],
            ),
            (
                vec![
                    ("./mine/", EntryType::Directory, b"".as_slice()),
                    ("./mine/rules/a.rhai", regular, b"1"),
                    ("./mine/profiles/p.rhai", regular, b"2"),
                ],
                vec!["rules/a.rhai", "profiles/p.rhai"],
            ),
        ] {
            assert_eq!(paths(&entries).unwrap(), found);
        }
    }

    #[test]
    fn links_paths_that_lead_out_and_files_without_end_are_refused() {
        let large = vec![b' '; 1 + usize::try_from(LARGEST_FILE).unwrap()];
        for (entry, told) in [
            (
                ("../rules/a.rhai", EntryType::Regular, b"1".as_slice()),
                "leads out",
            ),
            (("/rules/a.rhai", EntryType::Regular, b"1"), "leads out"),
            (("rules/a.rhai", EntryType::Symlink, b""), "regular file"),
            (("rules/a.rhai", EntryType::Regular, &large), "regular file"),
            (("rules/a.rhai", EntryType::Regular, b"\xff"), "UTF-8"),
        ] {
            let fault = paths(&[entry]).unwrap_err();
            assert!(fault.contains(told), "{fault}");
        }
    }

    #[test]
    fn an_archive_that_unpacks_to_more_than_the_limit_is_refused() {
        let zeros = vec![0; 1 << 20];
        let entries: Vec<_> = (0..40)
            .map(|_| ("notes.bin", EntryType::Regular, zeros.as_slice()))
            .collect();
        assert!(paths(&entries).is_err());
    }

    #[test]
    fn an_archive_that_is_cut_or_damaged_is_refused() {
        let file = archive(&[("rules/a.rhai", EntryType::Regular, b"1")]);
        let whole = std::fs::read(file.path()).unwrap();
        let tar = unpacked(whole.as_slice()).unwrap();
        let packed = |bytes: &[u8]| {
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            packed.write_all(bytes).unwrap();
            packed.finish().unwrap()
        };
        let mut damaged = whole.clone();
        let checksum = damaged.len() - 8;
        damaged[checksum] ^= 1;
        for (what, bytes) in [
            ("no end of gzip", whole[..whole.len() - 8].to_vec()),
            ("another checksum", damaged),
            ("no end of tar", packed(&tar[..tar.len() - END])),
            (
                "one byte too many",
                packed(&vec![0; 1 + usize::try_from(LARGEST).unwrap()]),
            ),
        ] {
            assert!(unpacked(bytes.as_slice()).is_err(), "{what}");
        }
    }
}
