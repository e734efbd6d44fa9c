//! What the chosen norms ask and the run did not: dropped by a profile or by the settings.

use super::super::escape;
use super::page::{Page, Span};
use super::style;
use crate::results::Run;
use crate::results::rule::{BaselineInfo, Dropped};
use anstyle::Style;
use std::collections::BTreeMap;
use std::io;

/// How many domains of a dropped requirement are named.
const NAMED: usize = 5;

/// Counts them by norm, and with `verbose` lists them; nothing where there is none.
pub(super) fn write(page: &mut Page<'_>, run: &Run, verbose: bool) -> io::Result<()> {
    for baseline in &run.baselines {
        for (norm, dropped) in by_norm(baseline) {
            let (count, noun) = match dropped.len() {
                1 => (1, "requirement"),
                many => (many, "requirements"),
            };
            let by = if norm == baseline.id {
                String::new()
            } else {
                format!(" by {}", baseline.id)
            };
            let told = escape::line(&format!("{count} {noun} of {norm} dropped{by}"));
            page.paragraph(0, &Span::new(&told, style::FAINT))?;
            for one in dropped.into_iter().filter(|_| verbose) {
                page.paragraph(2, &Span::new(&line(one), Style::new()))?;
            }
        }
    }
    Ok(())
}

fn by_norm(baseline: &BaselineInfo) -> BTreeMap<&str, Vec<&Dropped>> {
    let mut norms: BTreeMap<&str, Vec<&Dropped>> = BTreeMap::new();
    for dropped in &baseline.dropped {
        norms.entry(&dropped.baseline).or_default().push(dropped);
    }
    norms
}

fn line(dropped: &Dropped) -> String {
    let Dropped {
        rule,
        clause,
        level,
        title,
        reason,
        domains,
        ..
    } = dropped;
    let clause = if clause.is_empty() {
        String::new()
    } else {
        format!(" [{clause}]")
    };
    let named: Vec<&str> = domains.iter().take(NAMED).map(String::as_str).collect();
    let left = domains.len().saturating_sub(NAMED);
    let at = match (named.is_empty(), left) {
        (true, _) => String::new(),
        (false, 0) => format!(" (at {})", named.join(", ")),
        (false, left) => format!(" (at {} and {left} more)", named.join(", ")),
    };
    let level = level.as_str();
    escape::line(&format!("{level} {rule}{clause} {title}: {reason}{at}"))
}
