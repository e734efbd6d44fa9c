//! Faults in `waxseal.toml`, each with its place, so that all of them can be shown at once.

use std::ops::Range;

/// Where something stands in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, counted from 1; 0 where it has none.
    pub line: usize,
    /// The character in the line, counted from 1; 0 where it has none.
    pub column: usize,
}

impl Place {
    /// The place of a byte of a text.
    pub(super) fn of(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(start..).unwrap_or_default().chars().count() + 1;
        Self {
            line: before.matches('\n').count() + 1,
            column,
        }
    }
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{file}:{}:{}: {message}", place.line, place.column)]
pub struct SettingsFault {
    /// The file, as it was found.
    pub file: String,
    /// Where it stands there.
    pub place: Place,
    /// The text of that line.
    pub source_line: String,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
    /// What to do about it; empty where the message says enough.
    pub help: String,
}

/// The faults of one file that were found so far.
pub(super) struct Faults<'a> {
    file: &'a str,
    text: &'a str,
    found: Vec<SettingsFault>,
}

impl<'a> Faults<'a> {
    pub(super) const fn new(file: &'a str, text: &'a str) -> Self {
        Self {
            file,
            text,
            found: Vec::new(),
        }
    }

    /// The place of what stands in these bytes.
    pub(super) fn place(&self, span: &Range<usize>) -> Place {
        Place::of(self.text, span.start)
    }

    /// Notes a fault at some bytes of the file.
    pub(super) fn add(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add_at(self.place(span), message, help);
    }

    /// Notes a fault at a place of the file.
    pub(super) fn add_at(
        &mut self,
        place: Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let (message, help) = (message.into(), help.into());
        self.found
            .push(fault(self.file, self.text, place, (message, help)));
    }

    /// All faults by place, each once; none is a good sign.
    pub(super) fn into_result(mut self) -> Result<(), Vec<SettingsFault>> {
        self.found.sort();
        self.found.dedup();
        if self.found.is_empty() {
            Ok(())
        } else {
            Err(self.found)
        }
    }
}

pub(super) fn fault(
    file: &str,
    text: &str,
    place: Place,
    (message, help): (String, String),
) -> SettingsFault {
    let line = place.line.checked_sub(1);
    let source_line = line
        .and_then(|line| text.lines().nth(line))
        .unwrap_or_default();
    SettingsFault {
        file: file.to_owned(),
        place,
        source_line: source_line.to_owned(),
        message,
        help,
    }
}
