//! What was seen, to be shown beside what was concluded of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that a person can look at to see for themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exhibit {
    /// What kind of thing it is.
    pub kind: ExhibitKind,
    /// The areas that it says something about, such as `spf`.
    pub areas: Vec<String>,
    /// What it was seen at: `_dmarc.example.org TXT`, `mx1.example.org [192.0.2.1]:25`.
    pub subject: String,
    /// The text, line by line.
    pub lines: Vec<ExhibitLine>,
}

/// What kind of thing an exhibit is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum ExhibitKind {
    /// A record of the DNS.
    Record,
    /// A file that was fetched over HTTPS.
    File,
    /// An SMTP dialogue.
    Session,
    /// What TLS agreed on.
    Handshake,
    /// A certificate.
    Certificate,
}

impl ExhibitKind {
    /// The name under which it stands in documents and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::File => "file",
            Self::Session => "session",
            Self::Handshake => "handshake",
            Self::Certificate => "certificate",
        }
    }
}

/// One line of an exhibit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExhibitLine {
    /// Who said it.
    #[serde(default, skip_serializing_if = "Speaker::is_nobody")]
    pub from: Speaker,
    /// What it says, as it came.
    pub text: String,
    /// The faulty parts, in the order of the text, without overlaps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
}

/// Who said a line of a dialogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// Nobody: it is no dialogue.
    #[default]
    Nobody,
    /// The server.
    Server,
    /// waxseal.
    Client,
}

impl Speaker {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde calls it with a reference"
    )]
    const fn is_nobody(&self) -> bool {
        matches!(self, Self::Nobody)
    }
}

/// A part of a line that something is wrong with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mark {
    /// Its first byte in the text of the line; on the border of a character.
    pub start: usize,
    /// The byte behind its last one.
    pub end: usize,
    /// What is wrong, in words.
    pub note: String,
    /// Whether it makes the whole record invalid.
    #[serde(default)]
    pub fatal: bool,
}
