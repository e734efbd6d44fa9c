//! The table of who can deliver, for one target.

use super::super::delivery::{TITLE, rows};
use super::page::{Page, Span};
use super::style;
use crate::facts::delivery::{Delivery, DeliveryEffect};
use crate::results::outcome::Outcome;
use anstyle::Style;
use std::io;

/// How much of the table is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    /// All of it, with every reason.
    Full,
    /// All of it, with reasons where something is amiss.
    Short,
    /// The same, and nothing where nothing is amiss.
    Amiss,
}

/// Writes the table, its second column behind the longest kind of sender.
pub(super) fn write(page: &mut Page<'_>, delivery: &Delivery, table: Table) -> io::Result<()> {
    let rows = rows(delivery, table == Table::Full);
    let amiss = rows.iter().any(|row| row.amiss);
    if rows.is_empty() || table == Table::Amiss && !amiss {
        return Ok(());
    }
    page.blank()?;
    page.paragraph(0, &Span::new(TITLE, style::HEADING))?;
    let widest = rows.iter().map(|row| row.label.chars().count()).max();
    let column = widest.unwrap_or(0) + 4;
    for row in &rows {
        let label = Span::new(&row.label, Style::new());
        page.row(
            &label,
            column,
            &Span::new(&row.text, colour(row.effect, row.amiss)),
        )?;
    }
    Ok(())
}

const fn colour(effect: DeliveryEffect, amiss: bool) -> Style {
    match effect {
        DeliveryEffect::EncryptedAndAuthenticated => style::outcome(Outcome::Pass),
        DeliveryEffect::Defers => style::outcome(Outcome::Fail),
        DeliveryEffect::Clear if amiss => style::outcome(Outcome::Fail),
        DeliveryEffect::Unknown => style::outcome(Outcome::Unknown),
        DeliveryEffect::Encrypted | DeliveryEffect::Clear | DeliveryEffect::Bounces => Style::new(),
    }
}
