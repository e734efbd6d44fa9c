//! Stored documents of facts and of observations: one JSON document, or several behind each other (JSON Lines).

use crate::derive;
use crate::facts::outbound::{self, OutboundDocument};
use crate::facts::{Facts, SCHEMA};
use crate::report::escape::line;
use crate::report::json;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::cell::Cell;
use std::io::{self, BufReader, Read, Write};
use std::rc::Rc;

/// A kind of document, known by the schema that it names.
pub trait Document: DeserializeOwned {
    /// The name and major version of the schema.
    const SCHEMA: &'static str;

    /// Derives anew what is derived.
    fn complete(&mut self);
}

impl Document for Facts {
    const SCHEMA: &'static str = SCHEMA;

    fn complete(&mut self) {
        derive::complete(self);
    }
}

impl Document for OutboundDocument {
    const SCHEMA: &'static str = outbound::SCHEMA;

    /// It is done once the observations are part of the facts.
    fn complete(&mut self) {}
}

/// Why a file of documents can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// A document is no JSON.
    #[error("document {number} is no JSON: {}", line(&source.to_string()))]
    NotJson {
        /// Which document of the file, counted from 1.
        number: usize,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A document is of another kind.
    #[error("document {number} names no schema; `{wanted}` is read here")]
    NoSchema {
        /// Which document of the file, counted from 1.
        number: usize,
        /// What is read.
        wanted: &'static str,
    },
    /// A document says that it has another schema.
    #[error(
        "document {number} has the schema `{}`; `{wanted}` is read here",
        line(found)
    )]
    OtherSchema {
        /// Which document of the file, counted from 1.
        number: usize,
        /// What it says.
        found: String,
        /// What is read.
        wanted: &'static str,
    },
    /// A document has the right schema and the wrong shape.
    #[error("document {number} does not fit the schema `{wanted}`: {}", line(&source.to_string()))]
    Misfit {
        /// Which document of the file, counted from 1.
        number: usize,
        /// What is read.
        wanted: &'static str,
        /// What is wrong.
        source: serde_json::Error,
    },
}

/// The largest document that is read, in bytes.
const LARGEST: u64 = 256 << 20;

/// Reads every document of a text and derives anew what is derived.
pub fn read(text: &str) -> (Vec<Facts>, Option<StoredError>) {
    let mut read = Vec::new();
    for document in documents(text.as_bytes()) {
        match document {
            Ok(facts) => read.push(facts),
            Err(error) => return (read, Some(error)),
        }
    }
    (read, None)
}

/// Reads one document of a file after the other and derives anew what is derived. Documents before a faulty one
/// are not given up; behind it comes none.
pub fn documents<D: Document>(from: impl Read) -> impl Iterator<Item = Result<D, StoredError>> {
    let left = Rc::new(Cell::new(LARGEST));
    let from = Limited {
        from: BufReader::new(from),
        left: Rc::clone(&left),
    };
    let stream = serde_json::Deserializer::from_reader(from).into_iter::<Value>();
    let mut whole = true;
    (1..).zip(stream).map_while(move |(number, value)| {
        left.set(LARGEST);
        let read = value
            .map_err(|source| StoredError::NotJson { number, source })
            .and_then(|value| document(value, number));
        std::mem::replace(&mut whole, read.is_ok()).then_some(read)
    })
}

/// A reader that gives so many bytes and then fails, until it may give more.
struct Limited<R> {
    from: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        let left = self.left.get().checked_sub(read as u64);
        self.left.set(left.ok_or_else(|| {
            let why = format!("a document is larger than {LARGEST} bytes");
            io::Error::new(io::ErrorKind::FileTooLarge, why)
        })?);
        Ok(read)
    }
}

/// Writes one document on a line of its own. No character of it acts on a terminal.
pub fn write(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    json::write_inert(&serde_json::to_string(document)?, out)?;
    out.write_all(b"\n")
}

fn document<D: Document>(value: Value, number: usize) -> Result<D, StoredError> {
    let wanted = D::SCHEMA;
    let Some(found) = value.get("schema").and_then(Value::as_str) else {
        return Err(StoredError::NoSchema { number, wanted });
    };
    if found != wanted {
        return Err(StoredError::OtherSchema {
            number,
            found: found.to_owned(),
            wanted,
        });
    }
    let misfit = |source| StoredError::Misfit {
        number,
        wanted,
        source,
    };
    let mut document: D = serde_json::from_value(value).map_err(misfit)?;
    document.complete();
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_schema_is_refused_by_name() {
        let (_, error) = read(r#"{"schema":"waxseal.facts/2"}"#);
        let message = error.unwrap().to_string();
        assert_eq!(
            message,
            "document 1 has the schema `waxseal.facts/2`; `waxseal.facts/1` is read here"
        );
    }

    #[test]
    fn what_a_file_says_stays_on_its_line() {
        let text = r#"{"schema":"waxseal.facts/1","target":"a\n::error::b\u202e"}"#;
        for text in [text, r#"{"schema":"a\n::error::b\u202e"}"#] {
            let message = read(text).1.unwrap().to_string();
            assert!(!message.contains(['\n', '\u{202e}']), "{message}");
        }
    }

    #[test]
    fn text_that_is_no_json_is_named_with_its_place() {
        let (_, error) = read("{\"schema\": oops}");
        let message = error.unwrap().to_string();
        assert!(message.contains("line 1 column 12"), "{message}");
    }
}
