//! The results document as JSON, written and read.

use super::{Options, escape};
use crate::results::{SCHEMA, Scan};
use serde::Deserialize;
use std::io::{self, Write};

/// Writes the scan as indented JSON with a final newline.
pub(super) fn render(scan: &Scan, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    write_inert(&serde_json::to_string_pretty(scan)?, out)?;
    out.write_all(b"\n")
}

/// Writes a JSON document with every character that acts on a terminal as a `\u` escape, so that it may be
/// looked at, and means the same.
pub fn write_inert(document: &str, out: &mut dyn Write) -> io::Result<()> {
    // Outside of strings JSON has no such character but the line feeds of the layout.
    let acts = |character| character != '\n' && escape::acts(character);
    for piece in document.split_inclusive(acts) {
        match piece.chars().next_back().filter(|&last| acts(last)) {
            Some(last) => {
                out.write_all(piece.strip_suffix(last).unwrap_or(piece).as_bytes())?;
                for unit in last.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
            None => out.write_all(piece.as_bytes())?,
        }
    }
    Ok(())
}

/// Why a text is not a results document of this version.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is no JSON, or names no schema.
    #[error("not a results document: {}", escape::line(&error.to_string()))]
    NotResults {
        /// What the parser says, with line and column.
        error: serde_json::Error,
    },
    /// It is a document of another kind or major version.
    #[error("the document says `{found}`, this version reads `{SCHEMA}`")]
    OtherSchema {
        /// The schema that it names, made safe to print.
        found: String,
    },
    /// It names the right schema and does not keep to it.
    #[error("the document says `{SCHEMA}` and does not keep to it: {}", escape::line(&error.to_string()))]
    Malformed {
        /// What the parser says, with line and column.
        error: serde_json::Error,
    },
}

/// Reads a results document.
///
/// # Errors
///
/// [`ReadError`]; its text is safe to print, whatever the document holds.
pub fn read(text: &str) -> Result<Scan, ReadError> {
    #[derive(Deserialize)]
    struct Head {
        schema: String,
    }
    let head: Head = serde_json::from_str(text).map_err(|error| ReadError::NotResults { error })?;
    if head.schema != SCHEMA {
        return Err(ReadError::OtherSchema {
            found: escape::line(&escape::cut(&head.schema, 80)),
        });
    }
    serde_json::from_str(text).map_err(|error| ReadError::Malformed { error })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn written(scan: &Scan) -> String {
        let mut bytes = Vec::new();
        render(scan, &Options::default(), &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let scan = sample::scan();
        let text = written(&scan);
        assert!(text.ends_with("}\n"));
        assert_eq!(read(&text).unwrap(), scan);
        assert!(!text.contains(|c| c != '\n' && escape::acts(c)), "{text:?}");
    }

    #[test]
    fn runs_and_astral_characters_survive_the_escaping() {
        let mut scan = sample::scan();
        scan.waxseal = "a\u{202e}\u{202e}\u{202e}b\u{e0041}\u{e0041}\u{9b}".to_owned();
        assert_eq!(read(&written(&scan)).unwrap().waxseal, scan.waxseal);
    }

    #[test]
    fn another_document_is_refused_with_the_reason() {
        for (text, message) in [
            ("", "not a results document: EOF while parsing"),
            ("[]", "not a results document"),
            ("{}", "not a results document: missing field `schema`"),
            (
                r#"{"schema":"waxseal.facts/1"}"#,
                "the document says `waxseal.facts/1`, this version reads `waxseal.results/1`",
            ),
            (
                r#"{"schema":"waxseal.results/2\u001b[2J"}"#,
                "`waxseal.results/2\\x1b[2J`",
            ),
            (
                r#"{"schema":"waxseal.results/1"}"#,
                "does not keep to it: missing field `waxseal`",
            ),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
