//! OSCAL assessment results, as JSON: one result for the run, an inventory item for each mail domain, an observation
//! for each finding.
//!
//! OSCAL wants items, observations, risks and findings in lists of their own, so the targets are gone through once
//! for each list, and once before that; one target is in memory at a time.

use super::Options;
use super::json::Inert;
use super::uids::{Given, Uids};
use crate::results::targets::Results;
use crate::results::{Run, TargetResult};
use index::Index;
use serde::ser::{Error as _, SerializeSeq as _};
use serde::{Serialize, Serializer};
use serde_json::ser::Formatter;
use std::io::{self, Write};

mod document;
mod index;
mod model;
mod observed;
#[cfg(test)]
pub(super) mod tests;
mod text;

/// The release of OSCAL that is written: the newest that `compliance-trestle` reads.
const VERSION: &str = "1.2.1";

/// Writes the document with a final newline.
pub(super) fn render(results: Results<'_>, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    let index = Index::of(results)?;
    let document = document::whole(results, &index);
    let inert = Inert(&mut *out);
    document.serialize(&mut serde_json::Serializer::with_formatter(inert, Lines))?;
    out.write_all(b"\n")
}

/// Lays out each item of a list on a line of its own.
struct Lines;

impl Formatter for Lines {
    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        writer.write_all(if first { b"\n" } else { b",\n" })
    }
}

/// The items that one target has in a list.
type Items<T> = fn(&Run, &TargetResult, &Uids) -> Vec<T>;

/// A list that is made of the targets while it is written.
struct Stream<'a, T> {
    results: Results<'a>,
    /// The items of one target.
    items: Items<T>,
    /// Those of the run as a whole, after them.
    rest: Vec<T>,
}

impl<T: Serialize> Serialize for Stream<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        let mut given = Given::default();
        // The error of the writer must come out as it is: a closed pipe is none.
        let mut trouble = None;
        let read = self.results.targets.each(&mut |_, result| {
            let items = (self.items)(self.results.run, result, &given.of(result));
            for item in &items {
                if let Err(error) = list.serialize_element(item) {
                    trouble = Some(error);
                    return Err(io::ErrorKind::Other.into());
                }
            }
            Ok(())
        });
        if let Some(error) = trouble {
            return Err(error);
        }
        read.map_err(S::Error::custom)?;
        for item in &self.rest {
            list.serialize_element(item)?;
        }
        list.end()
    }
}
