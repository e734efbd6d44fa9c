//! Faults in policy files, each with its place, so that all of them can be shown at once.

use super::lint::table::{self, Lint};
use super::source::Source;
use rhai::Position;
use thiserror::Error;

/// How grave a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultLevel {
    /// The policies can't be used.
    Error,
    /// Something is likely to be meant otherwise.
    Warning,
}

impl FaultLevel {
    /// The level as reports write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One fault in a policy file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct PolicyFault {
    /// The file, relative to the policy folder; empty where no file is at fault.
    pub file: String,
    /// The line, counted from 1; 0 where the fault has no place in the file.
    pub line: usize,
    /// The character in the line, counted from 1; 0 where only the line or the file is known.
    pub column: usize,
    /// The text of that line.
    pub source_line: String,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
    /// What to do about it; empty where the message says enough.
    pub help: String,
    /// The id of the lint that found it.
    pub lint: &'static str,
    /// How grave it is.
    pub level: FaultLevel,
}

/// The faults that were found so far.
pub(super) struct Faults<'a> {
    source: &'a Source,
    found: Vec<PolicyFault>,
}

impl<'a> Faults<'a> {
    pub(super) const fn new(source: &'a Source) -> Self {
        Self {
            source,
            found: Vec::new(),
        }
    }

    pub(super) const fn source(&self) -> &'a Source {
        self.source
    }

    /// Notes a declaration that is not as it has to be.
    pub(super) fn add(
        &mut self,
        file: &str,
        position: Position,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.note(&table::DECLARATION, (file, position), message, help);
    }

    /// Notes what a lint found at a place of a file.
    pub(super) fn note(
        &mut self,
        found_by: &Lint,
        (file, position): (&str, Position),
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let line = position.line().unwrap_or(0);
        let source_line = line
            .checked_sub(1)
            .and_then(|index| self.source.text(file)?.lines().nth(index))
            .unwrap_or_default();
        self.found.push(PolicyFault {
            file: file.to_owned(),
            line,
            column: position.position().unwrap_or(0),
            source_line: source_line.to_owned(),
            message: message.into(),
            help: help.into(),
            lint: found_by.id,
            level: found_by.level,
        });
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Whether any of them keeps the policies from being used.
    pub(super) fn has_errors(&self) -> bool {
        let mut found = self.found.iter();
        found.any(|fault| fault.level == FaultLevel::Error)
    }

    /// Whether a fault is known at that place.
    pub(super) fn has_at(&self, file: &str, position: Position) -> bool {
        let place = (
            position.line().unwrap_or(0),
            position.position().unwrap_or(0),
        );
        let mut known = self.found.iter();
        known.any(|fault| fault.file == file && (fault.line, fault.column) == place)
    }

    /// All faults by file and place, each once.
    pub(super) fn into_sorted(mut self) -> Vec<PolicyFault> {
        self.found.sort();
        self.found.dedup();
        self.found
    }
}
