//! The lock of a policy: the digest of every file in force, so that a run can refuse anything else.

use super::source::Source;
use crate::results::rule::PolicyFile;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The text above the digests.
const HEAD: &str = "# The policy files in force, by SHA-256. `--locked` refuses any others.\n# Written by `waxseal policy lock`.\n\n";

/// The digests of all policy files, by path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// SHA-256 in hexadecimal, by the path relative to the policy folder.
    files: BTreeMap<String, String>,
}

impl Lock {
    /// The lock of these files. Cases are left out: they decide nothing.
    pub fn of(source: &Source) -> Self {
        Self {
            files: files(source)
                .into_iter()
                .map(|PolicyFile { path, sha256 }| (path, sha256))
                .collect(),
        }
    }

    /// Reads a lock file.
    ///
    /// # Errors
    /// What is wrong with the text, with line and column.
    pub fn read(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// The text of a lock file.
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEAD}[files]\n");
        for (path, digest) in &self.files {
            // Writing to a string does not fail.
            let path = toml::Value::from(path.as_str());
            let _ = writeln!(text, "{path} = \"{digest}\"");
        }
        text
    }

    /// What is otherwise than the lock says, a sentence each; empty where nothing is.
    pub fn differences(&self, source: &Source) -> Vec<String> {
        let here = Self::of(source).files;
        let mut found = Vec::new();
        for (path, digest) in &here {
            match self.files.get(path) {
                None => found.push(format!("{path} is not in the lock")),
                Some(locked) if locked != digest => {
                    found.push(format!(
                        "{path} has changed: it is {digest}, and the lock has {locked}"
                    ));
                }
                Some(_) => {}
            }
        }
        let gone = self.files.keys().filter(|path| !here.contains_key(*path));
        found.extend(gone.map(|path| format!("{path} is in the lock, and missing here")));
        found
    }
}

/// The files that decide something, with their digests, sorted by path.
pub(super) fn files(source: &Source) -> Vec<PolicyFile> {
    let paths = source.paths_in("", ".rhai").into_iter();
    paths
        .map(|path| PolicyFile {
            path: path.to_owned(),
            sha256: data_encoding::HEXLOWER
                .encode(&Sha256::digest(source.text(path).unwrap_or_default())),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(files: &[(&str, &str)]) -> Source {
        let files = files.iter();
        Source::from_files(
            files
                .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn a_lock_names_every_file_that_changed_came_or_went_and_no_cases() {
        let locked = source(&[
            ("rules/a.rhai", "1"),
            ("rules/b.rhai", "2"),
            ("rules/a.cases.toml", ""),
        ]);
        let lock = Lock::read(&Lock::of(&locked).to_text()).unwrap();
        assert_eq!(lock.differences(&locked), Vec::<String>::new());
        let other = source(&[
            ("rules/a.rhai", "x"),
            ("rules/c.rhai", "3"),
            ("rules/a.cases.toml", "changed"),
        ]);
        let told = lock.differences(&other);
        assert_eq!(told.len(), 3);
        assert!(told[0].starts_with("rules/a.rhai has changed: it is 2d711642b726b044"));
        assert_eq!(told[1], "rules/c.rhai is not in the lock");
        assert_eq!(told[2], "rules/b.rhai is in the lock, and missing here");
    }

    #[test]
    fn a_text_that_is_no_lock_is_told_with_its_place() {
        for text in ["files = 3", "[files]\na = 1", "[other]\n", "["] {
            assert!(Lock::read(text).is_err(), "{text}");
        }
    }
}
