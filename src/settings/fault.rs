//! Faults in `waxseal.toml`, each with its place, so that all of them can be shown at once.

use std::ops::Range;

/// How many faults are told at most.
const MOST: usize = 200;

/// Where something stands in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, counted from 1; 0 where it has none.
    pub line: usize,
    /// The character in the line, counted from 1; 0 where it has none.
    pub column: usize,
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
    /// The bytes at which lines begin.
    lines: Vec<usize>,
    found: Vec<SettingsFault>,
}

impl<'a> Faults<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        let feeds = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            file,
            text,
            lines: std::iter::once(0).chain(feeds).collect(),
            found: Vec::new(),
        }
    }

    /// The place of what stands in these bytes.
    pub(super) fn place(&self, span: &Range<usize>) -> Place {
        let line = self.lines.partition_point(|start| *start <= span.start);
        let start = line.checked_sub(1).and_then(|at| self.lines.get(at));
        let before = self.text.get(*start.unwrap_or(&0)..span.start);
        Place {
            line,
            column: before.unwrap_or_default().chars().count() + 1,
        }
    }

    /// How many characters these bytes have on the line on which they begin.
    pub(super) fn width(&self, span: &Range<usize>) -> usize {
        let text = self.text.get(span.clone()).unwrap_or_default();
        text.lines().next().unwrap_or_default().chars().count()
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
        if self.found.len() > MOST {
            return;
        }
        let told = if self.found.len() == MOST {
            (
                "there are more faults, which are not told".to_owned(),
                String::new(),
            )
        } else {
            (message.into(), help.into())
        };
        self.found.push(fault(self.file, self.text, place, told));
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
