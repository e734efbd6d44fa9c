//! Results written down: one file a format, one signature. A report computes nothing but layout, so
//! every format agrees on outcomes, counts and ids.

pub use junit::examples;

use crate::results::targets::Results;
use std::{fmt, io, io::Write, str::FromStr};

mod audit;
mod causes;
mod csv;
mod delivery;
mod detail;
pub mod enforcement;
pub mod escape;
mod fingerprints;
mod follows;
mod github;
mod gitlab;
mod html;
pub mod json;
mod jsonl;
mod junit;
mod markdown;
pub mod message;
mod ocsf;
mod open;
mod order;
mod oscal;
mod paint;
pub mod received;
mod references;
pub mod reported;
#[cfg(test)]
mod sample;
mod sarif;
pub mod spf;
mod spot;
pub mod stored;
mod stream;
mod tap;
pub mod template;
mod text;
mod uids;
mod width;
mod words;

pub(crate) use text::difference;
pub(crate) use text::matrix::grid;
pub(crate) use text::wrap::wrap;

/// A form in which results can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people at a terminal.
    Text,
    /// One page for people, with all that belongs to it.
    Html,
    /// For people, as the summary of a CI job shows it.
    Markdown,
    /// The results document itself, schema `waxseal.results/1`.
    Json,
    /// The same as JSON Lines: the run, then a target a line.
    Jsonl,
    /// `JUnit` XML, for continuous integration.
    Junit,
    /// Test Anything Protocol, version 14.
    Tap,
    /// SARIF 2.1.0 with every finding.
    Sarif,
    /// SARIF 2.1.0 within what GitHub takes.
    SarifGithub,
    /// Annotations of a GitHub workflow.
    Github,
    /// A Code Quality report of GitLab.
    Gitlab,
    /// One row a finding, for spreadsheets.
    Csv,
    /// OSCAL assessment results.
    Oscal,
    /// OCSF compliance findings, one event a line.
    Ocsf,
    /// Whatever the template of the user makes of the results.
    Template,
}

impl Format {
    /// All formats, in the order in which they are listed to the user.
    pub const ALL: [Self; 15] = [
        Self::Text,
        Self::Html,
        Self::Markdown,
        Self::Json,
        Self::Jsonl,
        Self::Junit,
        Self::Tap,
        Self::Sarif,
        Self::SarifGithub,
        Self::Github,
        Self::Gitlab,
        Self::Csv,
        Self::Oscal,
        Self::Ocsf,
        Self::Template,
    ];

    /// The name under which the format is asked for.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Html => "html",
            Self::Markdown => "markdown",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Junit => "junit",
            Self::Tap => "tap",
            Self::Sarif => "sarif",
            Self::SarifGithub => "sarif-github",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Csv => "csv",
            Self::Oscal => "oscal",
            Self::Ocsf => "ocsf",
            Self::Template => "template",
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

/// What the reader of a report chose.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Options {
    /// Characters on a line of [`Format::Text`]; taken as 50 to 120 whatever it says.
    pub width: usize,
    /// Whether [`Format::Text`] may use colours. Without, no escape sequence is written.
    pub color: bool,
    /// Whether [`Format::Text`] may link names to pages (OSC 8), which not every terminal can.
    pub links: bool,
    /// Whether [`Format::Text`] shows requirements that hold or do not apply too, and reasons in full.
    pub verbose: bool,
    /// Whether [`Format::Text`] tells each target in one line.
    pub summary: bool,
    /// Whose reading of `JUnit` [`Format::Junit`] is written for.
    pub junit_dialect: JunitDialect,
    /// The template of [`Format::Template`].
    pub template: Option<Template>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            width: 80,
            color: false,
            links: false,
            verbose: false,
            summary: false,
            junit_dialect: JunitDialect::Standard,
            template: None,
        }
    }
}

/// Whose reading of `JUnit` a report is written for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JunitDialect {
    /// What the published schemas allow.
    #[default]
    Standard,
    /// The same with the file that names the domain at each case, which GitLab shows.
    Gitlab,
}

impl FromStr for JunitDialect {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "standard" => Ok(Self::Standard),
            "gitlab" => Ok(Self::Gitlab),
            _ => Err("it is standard or gitlab".to_owned()),
        }
    }
}

/// A user's template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The file that it was read from.
    pub file: String,
    /// Its text.
    pub text: String,
}

/// Writes the results of a run in one format. The same results and options give the same bytes.
///
/// # Errors
///
/// Those of `out` and of reading the results; a closed pipe is one of them.
pub fn render(
    format: Format,
    results: Results<'_>,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let render = match format {
        Format::Text => text::render,
        Format::Html => html::render,
        Format::Markdown => markdown::render,
        Format::Json => json::render,
        Format::Jsonl => jsonl::render,
        Format::Junit => junit::render,
        Format::Tap => tap::render,
        Format::Sarif => sarif::render,
        Format::SarifGithub => sarif::render_github,
        Format::Github => github::render,
        Format::Gitlab => gitlab::render,
        Format::Csv => csv::render,
        Format::Oscal => oscal::render,
        Format::Ocsf => ocsf::render,
        Format::Template => template::render,
    };
    render(results, options, out)
}

#[cfg(test)]
mod tests;
