//! The files of a policy: those that are built in, a user's own, or both laid over each other.

use super::shipped;
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The file of ids that no rule may have again: one a line, `#` begins a remark.
pub const RETIRED: &str = "retired-ids.txt";

/// Policy files by their path relative to the policy folder, with forward slashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    files: BTreeMap<String, Cow<'static, str>>,
}

impl Source {
    /// The policies that are built into this program.
    pub fn shipped() -> Self {
        Self {
            files: shipped::FILES
                .iter()
                .map(|(path, text)| ((*path).to_owned(), Cow::Borrowed(*text)))
                .collect(),
        }
    }

    /// Files that the caller read: pairs of path and text. Of two with one path the last counts.
    pub fn from_files(files: Vec<(String, String)>) -> Self {
        Self {
            files: files
                .into_iter()
                .map(|(path, text)| (path, Cow::Owned(text)))
                .collect(),
        }
    }

    /// These files with others laid over them: a file of the same path is replaced, a new one added. Retired ids
    /// stay retired.
    #[must_use]
    pub fn with(mut self, over: Self) -> Self {
        let retired = self.files.get(RETIRED).cloned();
        self.files.extend(over.files);
        if let (Some(own), Some(both)) = (retired, self.files.get_mut(RETIRED))
            && *both != own
        {
            *both = Cow::Owned([&*own, &**both].join("\n"));
        }
        self
    }

    /// The ids that no rule may have again.
    pub(super) fn retired(&self) -> BTreeSet<String> {
        let lines = self.text(RETIRED).unwrap_or_default().lines();
        lines
            .filter_map(|line| line.split('#').next().map(str::trim))
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Whether a file is built in and unchanged.
    pub fn is_shipped(&self, path: &str) -> bool {
        let built_in = shipped::FILES.iter().find(|(known, _)| *known == path);
        built_in.is_some_and(|(_, text)| self.text(path) == Some(*text))
    }

    /// The text of a file, where there is one of that path.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(AsRef::as_ref)
    }

    /// The paths of all files, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The paths in a folder that end so, sorted.
    pub(super) fn paths_in(&self, folder: &str, ending: &str) -> Vec<&str> {
        self.paths()
            .filter(|path| path.starts_with(folder) && path.ends_with(ending))
            .collect()
    }

    /// SHA-256, in hexadecimal, over the file of a baseline or profile, then those that it extends, and then
    /// all rule files by path. Of each file the path, a line feed, the length of the text in bytes, a line feed
    /// and the text are hashed.
    pub(super) fn digest(&self, files: &[&str]) -> String {
        let mut hash = Sha256::new();
        let rules = self.paths_in("rules/", ".rhai");
        for path in files.iter().copied().chain(rules) {
            let text = self.text(path).unwrap_or_default();
            hash.update(format!("{path}\n{}\n{text}", text.len()));
        }
        data_encoding::HEXLOWER.encode(&hash.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn source(files: &[(&str, &str)]) -> Source {
        Source::from_files(
            files
                .iter()
                .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn a_users_file_replaces_the_one_of_the_same_path_and_others_stay() {
        let laid = source(&[("rules/a.rhai", "old"), ("rules/b.rhai", "b")])
            .with(source(&[("rules/a.rhai", "new"), ("rules/c.rhai", "c")]));
        assert_eq!(laid.text("rules/a.rhai"), Some("new"));
        assert_eq!(
            laid.paths().collect::<Vec<_>>(),
            ["rules/a.rhai", "rules/b.rhai", "rules/c.rhai"]
        );
    }

    #[test]
    fn the_digest_changes_with_the_baseline_and_with_any_rule_but_not_with_cases() {
        let files = [
            ("rules/a.rhai", "1"),
            ("rules/a.cases.toml", ""),
            ("baselines/x.rhai", "2"),
            ("baselines/y.rhai", "3"),
        ];
        let first = source(&files).digest(&["baselines/x.rhai"]);
        let over = |path: &str| {
            source(&files)
                .with(source(&[(path, "changed")]))
                .digest(&["baselines/x.rhai"])
        };
        assert_eq!(first.len(), 64);
        assert_ne!(first, over("rules/a.rhai"));
        assert_ne!(first, over("baselines/x.rhai"));
        assert_eq!(first, over("baselines/y.rhai"));
        assert_eq!(first, over("rules/a.cases.toml"));
    }

    fn files_below(folder: &Path, prefix: &str, found: &mut Vec<String>) {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return;
        };
        for entry in entries {
            let entry = entry.unwrap();
            let path = format!("{prefix}{}", entry.file_name().into_string().unwrap());
            if entry.file_type().unwrap().is_dir() {
                files_below(&entry.path(), &format!("{path}/"), found);
            } else if [".rhai", ".cases.toml", "base.facts.json", RETIRED]
                .iter()
                .any(|ending| path.ends_with(ending))
            {
                found.push(path);
            }
        }
    }

    #[test]
    fn the_table_of_built_in_files_is_the_policy_folder() {
        let mut in_folder = Vec::new();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
        files_below(&folder, "", &mut in_folder);
        in_folder.sort();
        let table = in_folder
            .iter()
            .map(|path| format!("    (\n        \"{path}\",\n        include_str!(\"../../policies/{path}\"),\n    ),\n"))
            .collect::<Vec<_>>()
            .concat();
        let built_in = Source::shipped();
        assert_eq!(
            built_in.paths().collect::<Vec<_>>(),
            in_folder,
            "write this table into src/policy/shipped.rs:\n{table}"
        );
    }
}
