//! What was not looked at, and why: at one domain, or over several of them once.

use super::super::words;
use super::page::{Page, Span};
use super::style;
use crate::results::TargetResult;
use crate::results::not_executed::NotExecuted;
use crate::results::outcome::Outcome;
use std::io;

/// How many things that were left out are told over all domains.
const MOST_LEFT_OUT: usize = 20;

/// What was not looked at and left findings open; with `verbose`, all that was not looked at.
pub(super) fn write(page: &mut Page<'_>, all: &[NotExecuted], verbose: bool) -> io::Result<()> {
    for one in all.iter().filter(|one| verbose || one.findings > 0) {
        let style = if one.findings > 0 {
            style::outcome(Outcome::Unknown)
        } else {
            style::FAINT
        };
        page.paragraph(0, &Span::new(&words::not_executed(one), style))?;
    }
    Ok(())
}

/// What was not looked at over several domains, told once.
#[derive(Default)]
pub(super) struct LeftOut(Vec<(NotExecuted, usize)>);

impl LeftOut {
    /// Takes up what was left out at a target.
    pub(super) fn add(&mut self, result: &TargetResult) {
        for one in &result.not_executed {
            let same = |(known, _): &&mut (NotExecuted, usize)| {
                known.what == one.what && known.why == one.why
            };
            let is_full = self.0.len() >= MOST_LEFT_OUT;
            match self.0.iter_mut().find(same) {
                Some((known, domains)) => {
                    known.findings += one.findings;
                    *domains += 1;
                }
                // What differs from domain to domain is told by `--verbose`.
                None if is_full => {}
                None => self.0.push((one.clone(), 1)),
            }
        }
    }

    /// Writes what left findings open; nothing where there is none.
    pub(super) fn write(&self, page: &mut Page<'_>) -> io::Result<()> {
        let mut told = self.0.iter().filter(|(one, _)| one.findings > 0).peekable();
        if told.peek().is_none() {
            return Ok(());
        }
        page.paragraph(0, &Span::new("What was not looked at", style::HEADING))?;
        for (one, domains) in told {
            let at = if *domains == 1 { "1 domain" } else { "domains" };
            let count = if *domains == 1 {
                String::new()
            } else {
                format!("{domains} ")
            };
            let text = format!("at {count}{at}: {}", words::not_executed(one));
            page.paragraph(2, &Span::new(&text, style::outcome(Outcome::Unknown)))?;
        }
        page.blank()
    }
}
