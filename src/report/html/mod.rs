//! One self-contained page for people: no script, nothing loaded from anywhere, a strict policy for what it may do.
//!
//! Three passes: an index of all targets, the details of the worst ones within [`MOST_DETAILS`], then the page.
//! In memory are one target, the index, and the details that will be in the page.

use super::Options;
use crate::results::targets::Results;
use index::Index;
use pen::Pen;
use std::collections::BTreeMap;
use std::io::{self, Write};

mod audit;
mod domain;
mod exhibits;
mod facts;
mod head;
mod index;
mod overview;
mod pen;
mod rules;
mod servers;
#[cfg(test)]
mod tests;
mod todo;
mod view;

/// Bytes of details that a page may have, so that every browser opens it. The worst target is in whatever it needs.
const MOST_DETAILS: usize = 6 << 20;

/// Rows of the overview that are drawn at once.
const ROWS: usize = 256;

/// Writes the page.
pub(super) fn render(results: Results<'_>, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    write(results, MOST_DETAILS, out)
}

fn write(results: Results<'_>, most: usize, out: &mut dyn Write) -> io::Result<()> {
    let pen = Pen::new()?;
    let index = Index::of(results)?;
    let details = details(results, &index, &pen, most)?;
    let shown = details.len();
    out.write_all(
        pen.draw("head.html", &head::view(results.run, &index))?
            .as_bytes(),
    )?;
    if index.rows.len() != 1 {
        overview(results, &index, &pen, shown, out)?;
    }
    for section in details.values() {
        out.write_all(section.as_bytes())?;
    }
    out.write_all(
        pen.draw("rules.html", &rules::view(results.run, &index))?
            .as_bytes(),
    )?;
    out.write_all(
        pen.draw("audit.html", &audit::view(results.run))?
            .as_bytes(),
    )
}

/// All domains in one table, some rows at a time.
fn overview(
    results: Results<'_>,
    index: &Index,
    pen: &Pen,
    shown: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let view = overview::view(results.run, index, shown);
    out.write_all(pen.draw("overview.html", &view)?.as_bytes())?;
    for (number, rows) in index.rows.chunks(ROWS).enumerate() {
        let view = overview::rows(index, rows, number * ROWS, shown);
        out.write_all(pen.draw("rows.html", &view)?.as_bytes())?;
    }
    out.write_all(pen.draw("overview_end.html", &())?.as_bytes())
}

/// The sections of the worst targets by their rank: as many as fit. What is not as bad as something that did not fit
/// is left out too.
fn details(
    results: Results<'_>,
    index: &Index,
    pen: &Pen,
    most: usize,
) -> io::Result<BTreeMap<usize, String>> {
    let ranks = index.ranks();
    let mut kept: BTreeMap<usize, String> = BTreeMap::new();
    let mut size = 0;
    let mut full = usize::MAX;
    results.targets.each(&mut |place, target| {
        let rank = ranks.get(place).copied().unwrap_or(usize::MAX);
        if rank >= full {
            return Ok(());
        }
        let view = domain::view(results.run, target, rank);
        let section = pen.draw("domain.html", &view)?;
        size += section.len();
        kept.insert(rank, section);
        while size > most
            && kept.len() > 1
            && let Some((worse, dropped)) = kept.pop_last()
        {
            size -= dropped.len();
            full = worse;
        }
        Ok(())
    })?;
    Ok(kept)
}
