//! Stored results, read target by target: the JSON document, or the same as JSON Lines.

use super::escape;
use crate::results::targets::{Results, Targets};
use crate::results::{Run, SCHEMA, Scan, TargetResult};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::cell::RefCell;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

/// Why a text is not a results document of this version.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It can't be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is no JSON, or names no schema.
    #[error("not a results document: {}", escape::line(&error.to_string()))]
    NotResults {
        /// What the parser says, with line and column.
        error: serde_json::Error,
    },
    /// It is a document of another kind or major version.
    #[error("the document says `{found}`, this version reads `{SCHEMA}`{}", if found.starts_with("waxseal.facts/") { "; these are facts, of which `waxseal evaluate` makes results" } else { "" })]
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

/// What results can be read from again and again.
pub trait Reread: Read + Seek {}

impl<T: Read + Seek> Reread for T {}

/// Results in a file that was read through once, so that it is known to be sound.
pub struct Stored {
    run: Run,
    targets: StoredTargets,
}

impl Stored {
    /// Reads through a results document, or one as JSON Lines.
    ///
    /// # Errors
    ///
    /// [`ReadError`]; its text is safe to print, whatever the document holds.
    pub fn open(source: Box<dyn Reread>) -> Result<Self, ReadError> {
        let mut file = BufReader::with_capacity(1 << 16, source);
        let mut run = run(&mut file)?;
        file.rewind()?;
        let (mut count, mut findings) = (0, 0);
        read(&mut file, &mut |_, target| {
            count += 1;
            findings += target.findings.len();
            Ok(())
        })?;
        if findings != run.summary.total && run.partial.is_none() {
            let total = run.summary.total;
            run.partial = Some(format!("the file holds {findings} of {total} findings"));
        }
        Ok(Self {
            run,
            targets: StoredTargets {
                count,
                file: RefCell::new(file),
            },
        })
    }

    /// The results as reports read them.
    pub fn results(&self) -> Results<'_> {
        Results {
            run: &self.run,
            targets: &self.targets,
        }
    }

    /// Reads a text that is in memory already.
    ///
    /// # Errors
    ///
    /// Those of [`Stored::open`].
    pub fn parse(text: impl Into<String>) -> Result<Self, ReadError> {
        Self::open(Box::new(io::Cursor::new(text.into())))
    }

    /// The whole document in memory.
    ///
    /// # Errors
    ///
    /// Those of reading.
    pub fn scan(&self) -> io::Result<Scan> {
        let mut targets = Vec::new();
        self.targets.each(&mut |_, target| {
            targets.push(target.clone());
            Ok(())
        })?;
        Ok(Scan {
            run: self.run.clone(),
            targets,
        })
    }
}

struct StoredTargets {
    count: usize,
    file: RefCell<BufReader<Box<dyn Reread>>>,
}

impl Targets for StoredTargets {
    fn count(&self) -> usize {
        self.count
    }

    fn each(
        &self,
        visit: &mut dyn FnMut(usize, &TargetResult) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut file = self
            .file
            .try_borrow_mut()
            .map_err(|_| io::Error::from(io::ErrorKind::ResourceBusy))?;
        file.seek(SeekFrom::Start(0))?;
        read(&mut *file, visit).map_err(|error| match error {
            ReadError::Io(error) => error,
            changed @ (ReadError::NotResults { .. }
            | ReadError::OtherSchema { .. }
            | ReadError::Malformed { .. }) => {
                io::Error::new(io::ErrorKind::InvalidData, changed.to_string())
            }
        })
    }
}

/// What the document says of the run.
fn run(file: &mut BufReader<Box<dyn Reread>>) -> Result<Run, ReadError> {
    #[derive(Deserialize)]
    struct Head {
        schema: String,
    }
    let mut first = serde_json::Deserializer::from_reader(&mut *file);
    let run = Run::deserialize(&mut first);
    let error = match run {
        Ok(run) if run.schema == SCHEMA => return Ok(run),
        Ok(run) => return Err(other(&run.schema)),
        Err(error) => error,
    };
    file.rewind()?;
    match Head::deserialize(&mut serde_json::Deserializer::from_reader(file)) {
        Ok(head) if head.schema == SCHEMA => Err(ReadError::Malformed { error }),
        Ok(head) => Err(other(&head.schema)),
        Err(error) => Err(ReadError::NotResults { error }),
    }
}

fn other(schema: &str) -> ReadError {
    ReadError::OtherSchema {
        found: escape::line(&escape::cut(schema, 80)),
    }
}

type Visit<'a> = dyn FnMut(usize, &TargetResult) -> io::Result<()> + 'a;

/// Hands on each target of a document; where that has none, those of the lines behind it.
fn read(file: &mut impl BufRead, visit: &mut Visit<'_>) -> Result<(), ReadError> {
    let mut visiting = Visiting {
        visit,
        trouble: None,
        met: false,
    };
    let mut first = serde_json::Deserializer::from_reader(&mut *file);
    let read = first.deserialize_map(DocumentVisitor(&mut visiting));
    let Visiting { trouble, met, .. } = visiting;
    if let Some(error) = trouble {
        return Err(error.into());
    }
    read.map_err(|error| ReadError::Malformed { error })?;
    if met {
        return first.end().map_err(|error| ReadError::Malformed { error });
    }
    drop(first);
    lines(file, visit).map_err(|error| match error.downcast() {
        Ok(error) => ReadError::Malformed { error },
        Err(error) => error.into(),
    })
}

/// Hands on each target of a text with one a line.
///
/// # Errors
///
/// Those of `visit` and of reading. A line that is no target is one of kind
/// [`io::ErrorKind::InvalidData`] with a [`serde_json::Error`] inside.
pub fn lines(
    file: impl BufRead,
    visit: &mut dyn FnMut(usize, &TargetResult) -> io::Result<()>,
) -> io::Result<()> {
    let stream = serde_json::Deserializer::from_reader(file).into_iter::<TargetResult>();
    for (number, target) in stream.enumerate() {
        let target = target.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        visit(number, &target)?;
    }
    Ok(())
}

/// Who gets the targets, and what came of it.
struct Visiting<'a, 'b> {
    visit: &'a mut Visit<'b>,
    /// An error of the visit, which the parser can't carry.
    trouble: Option<io::Error>,
    /// Whether the document has targets of its own.
    met: bool,
}

struct DocumentVisitor<'a, 'b, 'c>(&'a mut Visiting<'b, 'c>);

impl<'de> Visitor<'de> for DocumentVisitor<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a results document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "targets" {
                if self.0.met {
                    return Err(serde::de::Error::duplicate_field("targets"));
                }
                self.0.met = true;
                map.next_value_seed(TargetsSeed(self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct TargetsSeed<'a, 'b, 'c>(&'a mut Visiting<'b, 'c>);

impl<'de> DeserializeSeed<'de> for TargetsSeed<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for TargetsSeed<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of targets")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut targets: A) -> Result<(), A::Error> {
        let mut number = 0;
        while let Some(target) = targets.next_element::<TargetResult>()? {
            if let Err(error) = (self.0.visit)(number, &target) {
                self.0.trouble = Some(error);
                return Err(serde::de::Error::custom("stopped"));
            }
            number += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Options, render, sample};
    use super::*;

    fn opened(text: &str) -> Result<Stored, ReadError> {
        Stored::parse(text)
    }

    #[test]
    fn both_forms_give_what_was_written() {
        let scan = sample::scan();
        for format in [Format::Json, Format::Jsonl] {
            let mut bytes = Vec::new();
            render(format, scan.results(), &Options::default(), &mut bytes).unwrap();
            let stored = opened(&String::from_utf8(bytes).unwrap()).unwrap();
            assert_eq!(stored.results().targets.count(), scan.targets.len());
            assert_eq!(stored.scan().unwrap(), scan, "{format}");
            assert_eq!(stored.scan().unwrap(), scan, "{format}, read again");
        }
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
            let error = opened(text).err().unwrap().to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn a_target_that_is_none_is_named_with_its_line() {
        let scan = sample::scan();
        let mut bytes = Vec::new();
        render(
            Format::Jsonl,
            scan.results(),
            &Options::default(),
            &mut bytes,
        )
        .unwrap();
        let text = String::from_utf8(bytes).unwrap();
        for (text, message) in [
            (format!("{text}{{}}\n"), "missing field `target`"),
            (format!("{text}{{\n"), "EOF while parsing"),
            (text.replace("\"targets\"", "x"), ""),
        ] {
            let Err(error) = opened(&text) else { continue };
            let error = error.to_string();
            assert!(error.contains(message) && error.contains("line"), "{error}");
        }
    }
}
