//! The results as JSON Lines: the run on the first line, then a target on each.

use super::Options;
use super::json::Inert;
use crate::results::targets::Results;
use std::io::{self, Write};

/// Writes a line for the run and one for each target.
pub(super) fn render(results: Results<'_>, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(Inert(&mut *out), results.run)?;
    out.write_all(b"\n")?;
    results.targets.each(&mut |_, target| {
        serde_json::to_writer(Inert(&mut *out), target)?;
        out.write_all(b"\n")
    })
}
