//! Two runs side by side, for people at a terminal.

use super::super::{Options, escape, words};
use super::page::{Page, Span};
use super::style;
use crate::results::difference::{Cause, Difference, DomainChange, FindingChange, SeenChange};
use crate::results::gate::Verdict;
use crate::results::outcome::Outcome;
use anstyle::Style;
use std::io::{self, Write};

/// How many domains are named that only one of the runs has.
const NAMED: usize = 20;
/// How many lines of one exhibit are shown without `verbose`.
const LINES: usize = 8;
/// Characters of a line that are shown.
const LONGEST: usize = 1000;

/// Writes what changed: at each domain what is published and seen, then what that did to the verdict; at the end
/// what else looked.
pub(crate) fn render(
    difference: &Difference,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(out, options);
    for (number, tool) in difference.changed_tools.iter().enumerate() {
        let label = if number == 0 { "not the same" } else { "" };
        let told = escape::line(tool);
        page.row(
            &Span::new(label, style::HEADING),
            18,
            &Span::new(&told, Style::new()),
        )?;
    }
    if !difference.changed_tools.is_empty() {
        page.blank()?;
    }
    for change in &difference.domains {
        domain(&mut page, change, options.verbose)?;
    }
    for (what, names) in [
        ("only in the later run", &difference.added),
        ("only in the earlier run", &difference.removed),
    ] {
        if !names.is_empty() {
            let shown: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
            let more = match names.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let told = escape::line(&format!("{what}: {}{more}", shown.join(", ")));
            page.paragraph(0, &Span::new(&told, Style::new()))?;
        }
    }
    let judged = difference.domains.iter().filter(|one| one.is_only_judged());
    let judged = judged.count();
    let changed = match difference.domains.len() - judged {
        0 => "no domain changed".to_owned(),
        1 => "1 domain changed".to_owned(),
        many => format!("{many} domains changed"),
    };
    let judged = match judged {
        0 => String::new(),
        1 => ", 1 is only judged otherwise".to_owned(),
        many => format!(", {many} are only judged otherwise"),
    };
    let told = format!("{changed}{judged}, {} as before", difference.unchanged);
    page.paragraph(0, &Span::new(&told, style::HEADING))
}

fn domain(page: &mut Page<'_>, change: &DomainChange, verbose: bool) -> io::Result<()> {
    let [before, after] = change.verdict;
    let verdict = |verdict: Verdict| words::verdict(verdict).as_str();
    let told = if before == after {
        format!("{} as before", verdict(after))
    } else {
        format!("{} → {}", verdict(before), verdict(after))
    };
    let paint = style::outcome(words::verdict(after));
    page.ends(
        &Span::new(&escape::line(&change.domain), style::HEADING),
        &Span::new(&told, paint),
    )?;
    page.rule()?;
    for score in &change.scores {
        let value =
            |value: Option<f64>| value.map_or_else(|| "none".to_owned(), |v| format!("{v:.1}"));
        let told = format!(
            "{}: {} → {}",
            score.title,
            value(score.before),
            value(score.after)
        );
        page.paragraph(2, &Span::new(&escape::line(&told), style::STARS))?;
    }
    for seen in &change.seen {
        exhibit(page, seen, verbose)?;
    }
    for cause in Cause::ALL {
        let mut of_cause = change
            .findings
            .iter()
            .filter(|one| one.cause == cause)
            .peekable();
        if of_cause.peek().is_some() {
            page.paragraph(0, &Span::new(heading(cause), style::HEADING))?;
        }
        let mut hidden = 0;
        for finding in of_cause {
            if !verbose && (finding.before.is_none() || finding.after.is_none()) {
                hidden += 1;
            } else {
                requirement(page, finding)?;
            }
        }
        if hidden > 0 {
            let told = format!(
                "{hidden} requirements that only one of the runs asks (--verbose lists them)"
            );
            page.paragraph(2, &Span::new(&told, style::FAINT))?;
        }
    }
    page.blank()
}

const fn heading(cause: Cause) -> &'static str {
    match cause {
        Cause::Domain => "because the domain changed",
        Cause::Time => "because time went by",
        Cause::View => "because it could be seen at one of the times only",
        Cause::Waiver => "because of a waiver",
        Cause::Policy => "only because the tool, the policy or the settings changed",
    }
}

fn exhibit(page: &mut Page<'_>, seen: &SeenChange, verbose: bool) -> io::Result<()> {
    let subject = escape::line(&format!("{} {}", seen.kind.as_str(), seen.subject));
    page.paragraph(2, &Span::new(&subject, Style::new()))?;
    for (sign, lines, paint) in [
        ("-", &seen.gone, style::outcome(Outcome::Fail)),
        ("+", &seen.new, style::outcome(Outcome::Pass)),
    ] {
        let most = if verbose { usize::MAX } else { LINES };
        for line in lines.iter().take(most) {
            let line = escape::line(&escape::cut(line, LONGEST));
            page.row(
                &Span::new(&format!("  {sign}"), paint),
                6,
                &Span::new(&line, paint),
            )?;
        }
        if lines.len() > most {
            let more = format!("… and {} more", lines.len() - most);
            page.paragraph(6, &Span::new(&more, style::FAINT))?;
        }
    }
    Ok(())
}

fn requirement(page: &mut Page<'_>, finding: &FindingChange) -> io::Result<()> {
    let word = |outcome: Option<Outcome>| outcome.map_or("not asked", Outcome::as_str);
    let label = format!("{} → {}", word(finding.before), word(finding.after));
    let paint = finding.after.map_or(style::FAINT, style::outcome);
    let title = escape::line(&finding.title);
    page.row(
        &Span::new(&label, paint),
        26,
        &Span::new(&title, Style::new()),
    )?;
    let asked = escape::line(&format!("{} [{}]", finding.rule, finding.askers.join(", ")));
    page.row(&Span::new("", paint), 26, &Span::new(&asked, style::FAINT))?;
    let reason = escape::line(&escape::cut(&finding.reason, LONGEST));
    page.row(&Span::new("", paint), 26, &Span::new(&reason, Style::new()))
}
