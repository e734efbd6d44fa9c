//! Results written down: one file a format, one signature. A report computes nothing but layout, so
//! every format agrees on outcomes, counts and ids.

pub use junit::examples;

use crate::results::Scan;
use std::{fmt, io, io::Write, str::FromStr};

mod delivery;
mod detail;
pub mod escape;
pub mod json;
mod junit;
#[cfg(test)]
mod sample;
pub mod spf;
mod text;
mod words;

pub(crate) use text::matrix::grid;
pub(crate) use text::wrap::wrap;

/// A form in which results can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people at a terminal.
    Text,
    /// The results document itself, schema `waxseal.results/1`.
    Json,
    /// `JUnit` XML, for continuous integration.
    Junit,
}

impl Format {
    /// All formats, in the order in which they are listed to the user.
    pub const ALL: [Self; 3] = [Self::Text, Self::Json, Self::Junit];

    /// The name under which the format is asked for.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Junit => "junit",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == name)
            .ok_or_else(|| UnknownFormat {
                name: name.to_owned(),
            })
    }
}

/// A format that does not exist was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown format `{name}`; the formats are {}", Format::ALL.map(Format::as_str).join(", "))]
pub struct UnknownFormat {
    /// What was asked for.
    pub name: String,
}

/// What the reader of a report chose. Only [`Format::Text`] looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Characters on a line; taken as 50 to 120 whatever it says.
    pub width: usize,
    /// Whether colours may be used. Without, no escape sequence is written.
    pub color: bool,
    /// Whether requirements that hold or do not apply are shown too, and reasons in full.
    pub verbose: bool,
    /// Whether each target is told in one line.
    pub summary: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            width: 80,
            color: false,
            verbose: false,
            summary: false,
        }
    }
}

/// Writes the results of a scan in one format. The same results and options give the same bytes.
///
/// # Errors
///
/// Those of `out`; a closed pipe is one of them.
pub fn render(
    format: Format,
    scan: &Scan,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Text => text::render(scan, options, out),
        Format::Json => json::render(scan, options, out),
        Format::Junit => junit::render(scan, options, out),
    }
}

#[cfg(test)]
mod tests;
