//! What the report rests on: the audit block that every format carries.

use super::super::audit::Entry;
use super::page::{Page, Span};
use super::style;
use std::io;

/// Where the values begin.
const COLUMN: usize = 18;

/// Writes the entries under a heading, a value a line.
pub(super) fn write(page: &mut Page<'_>, heading: &str, entries: &[Entry]) -> io::Result<()> {
    page.blank()?;
    page.paragraph(0, &Span::new(heading, style::HEADING))?;
    for entry in entries {
        for (number, value) in entry.values.iter().enumerate() {
            let label = if number == 0 { entry.name } else { "" };
            page.row(
                &Span::new(label, style::FAINT),
                COLUMN,
                &Span::new(value, style::FAINT),
            )?;
        }
    }
    Ok(())
}
