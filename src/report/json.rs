//! The results document as JSON.

use super::{Options, escape};
use crate::results::Run;
use crate::results::targets::{Results, Targets};
use serde::ser::{Error as _, Serialize, SerializeSeq as _, Serializer};
use std::io::{self, Write};

/// Writes the results as indented JSON with a final newline.
pub(super) fn render(results: Results<'_>, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        run: results.run,
        targets: Each(results.targets),
    };
    serde_json::to_writer_pretty(Inert(&mut *out), &document)?;
    out.write_all(b"\n")
}

#[derive(serde::Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    run: &'a Run,
    targets: Each<'a>,
}

/// Targets that are written as they are read.
struct Each<'a>(&'a dyn Targets);

impl Serialize for Each<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.count()))?;
        let mut trouble = None;
        let read = self.0.each(&mut |_, target| {
            list.serialize_element(target).map_err(|error| {
                trouble = Some(error);
                io::Error::other("not written")
            })
        });
        match (trouble, read) {
            (Some(error), _) => Err(error),
            (None, Err(error)) => Err(S::Error::custom(error)),
            (None, Ok(())) => list.end(),
        }
    }
}

/// Writes JSON on with every character that acts on a terminal as a `\u` escape, so that it may be looked at,
/// and means the same. It takes what a serializer writes: whole characters at a time.
pub struct Inert<W>(pub W);

impl<W: Write> Write for Inert<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Outside of strings JSON has no such character but the line feeds of the layout.
        if bytes.iter().all(|byte| matches!(byte, b'\n' | b' '..=b'~')) {
            self.0.write_all(bytes)?;
        } else {
            let text = std::str::from_utf8(bytes);
            write_inert(text.map_err(io::Error::other)?, &mut self.0)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Writes a JSON document with every character that acts on a terminal as a `\u` escape, so that it may be
/// looked at, and means the same.
pub fn write_inert(document: &str, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
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

#[cfg(test)]
mod tests {
    use super::super::{sample, stored::Stored};
    use super::*;
    use crate::results::Scan;

    fn written(scan: &Scan) -> String {
        let mut bytes = Vec::new();
        render(scan.results(), &Options::default(), &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn read(text: &str) -> Scan {
        Stored::parse(text).unwrap().scan().unwrap()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let scan = sample::scan();
        let text = written(&scan);
        assert!(text.ends_with("}\n"));
        assert_eq!(read(&text), scan);
        assert!(!text.contains(|c| c != '\n' && escape::acts(c)), "{text:?}");
    }

    #[test]
    fn runs_and_astral_characters_survive_the_escaping() {
        let mut scan = sample::scan();
        scan.run.waxseal = "a\u{202e}\u{202e}\u{202e}b\u{e0041}\u{e0041}\u{9b}".to_owned();
        assert_eq!(read(&written(&scan)).run.waxseal, scan.run.waxseal);
    }

    #[test]
    fn the_streamed_document_is_the_same_as_one_made_in_memory() {
        let scan = sample::scan();
        let streamed: serde_json::Value = serde_json::from_str(&written(&scan)).unwrap();
        assert_eq!(streamed, serde_json::to_value(&scan).unwrap());
    }
}
