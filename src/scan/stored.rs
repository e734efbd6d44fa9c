//! Stored fact documents: one JSON document, or several behind each other (JSON Lines).

use crate::derive;
use crate::facts::{Facts, SCHEMA};
use crate::report::json;
use serde_json::Value;
use std::io::{self, Write};

/// Why a file of facts can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// A document is no JSON.
    #[error("document {number} is no JSON: {source}")]
    NotJson {
        /// Which document of the file, counted from 1.
        number: usize,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A document is of another kind.
    #[error("document {number} names no schema; this version reads `{SCHEMA}`")]
    NoSchema {
        /// Which document of the file, counted from 1.
        number: usize,
    },
    /// A document says that it has another schema.
    #[error("document {number} has the schema `{found}`; this version reads `{SCHEMA}`")]
    OtherSchema {
        /// Which document of the file, counted from 1.
        number: usize,
        /// What it says.
        found: String,
    },
    /// A document has the right schema and the wrong shape.
    #[error("document {number} does not fit the schema `{SCHEMA}`: {source}")]
    Misfit {
        /// Which document of the file, counted from 1.
        number: usize,
        /// What is wrong.
        source: serde_json::Error,
    },
}

/// Reads every document of a file and derives anew what is derived. Documents before a faulty one are
/// not given up: they come with the error.
pub fn read(text: &str) -> (Vec<Facts>, Option<StoredError>) {
    let mut documents = Vec::new();
    let stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    for (number, value) in (1..).zip(stream) {
        match value
            .map_err(|source| StoredError::NotJson { number, source })
            .and_then(|value| document(value, number))
        {
            Ok(facts) => documents.push(facts),
            Err(error) => return (documents, Some(error)),
        }
    }
    (documents, None)
}

/// Writes one document on a line of its own. No character of it acts on a terminal.
pub fn write(facts: &Facts, out: &mut dyn Write) -> io::Result<()> {
    json::write_inert(&serde_json::to_string(facts)?, out)?;
    out.write_all(b"\n")
}

fn document(value: Value, number: usize) -> Result<Facts, StoredError> {
    let Some(found) = value.get("schema").and_then(Value::as_str) else {
        return Err(StoredError::NoSchema { number });
    };
    if found != SCHEMA {
        return Err(StoredError::OtherSchema {
            number,
            found: found.to_owned(),
        });
    }
    let misfit = |source| StoredError::Misfit { number, source };
    let mut facts: Facts = serde_json::from_value(value).map_err(misfit)?;
    derive::complete(&mut facts);
    Ok(facts)
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
            "document 1 has the schema `waxseal.facts/2`; this version reads `waxseal.facts/1`"
        );
    }

    #[test]
    fn text_that_is_no_json_is_named_with_its_place() {
        let (_, error) = read("{\"schema\": oops}");
        let message = error.unwrap().to_string();
        assert!(message.contains("line 1 column 12"), "{message}");
    }
}
