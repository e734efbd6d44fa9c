//! What the settings of the run need.

use super::super::{escape, words};
use super::page::{Page, Span};
use super::style;
use crate::results::Run;
use crate::results::outcome::Outcome;
use anstyle::Style;
use std::io;

/// Writes every notice in one section; nothing where there is none.
pub(super) fn write(page: &mut Page<'_>, run: &Run) -> io::Result<()> {
    if run.notices.is_empty() {
        return Ok(());
    }
    page.paragraph(0, &Span::new("What the settings need", style::HEADING))?;
    let column = labels(run).map(|label| label.chars().count()).max();
    let column = column.unwrap_or(0) + 4;
    for (notice, label) in run.notices.iter().zip(labels(run)) {
        let text = escape::line(&notice.text);
        let paint = style::finding(Outcome::Fail, notice.level);
        page.row(
            &Span::new(&label, paint),
            column,
            &Span::new(&text, Style::new()),
        )?;
        let place = format!("{} [{}]", escape::line(&notice.id), words::place(notice));
        page.row(
            &Span::new("", Style::new()),
            column,
            &Span::new(&place, style::FAINT),
        )?;
    }
    page.blank()
}

fn labels(run: &Run) -> impl Iterator<Item = String> {
    let sign = style::sign(Outcome::Fail);
    let levels = run.notices.iter().map(|notice| notice.level.as_str());
    levels.map(move |level| format!("{sign} {level}"))
}
