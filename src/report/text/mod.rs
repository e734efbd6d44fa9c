//! The report for people at a terminal: a block for each target, worst first, then the totals.

use super::audit::{of_run, of_target};
use super::{Options, escape, order, width, words};
use crate::facts::vantage::{SmtpEgress, Vantage};
use crate::results::TargetResult;
use crate::results::outcome::Outcome;
use crate::results::role::{RoleSource, RoleTaken};
use crate::results::score::Score;
use crate::results::summary::Summary;
use crate::results::targets::Results;
use anstyle::Style;
use left_out::LeftOut;
use links::Links;
use page::{Page, Span};
use std::collections::BTreeMap;
use std::io::{self, Write};

mod audit;
mod delivery;
pub(crate) mod difference;
mod exhibits;
mod findings;
pub(super) mod group;
mod keys;
mod left_out;
mod lines;
mod links;
pub(super) mod matrix;
mod norms;
mod notices;
mod page;
mod style;
pub(super) mod wrap;

pub(super) use style::sign;

/// Writes the whole report, or one line a target.
pub(super) fn render(
    results: Results<'_>,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(out, options);
    let run = results.run;
    if options.links {
        page.link(Links::of(run));
    }
    if options.summary {
        lines::write(&mut page, results)?;
    } else {
        let only = results.targets.count() == 1;
        let mut left_out = LeftOut::default();
        order::targets::worst_first(results.targets, &mut |_, result| {
            heading(&mut page, result, run.gate.new_only)?;
            if options.verbose || only {
                left_out::write(&mut page, &result.not_executed, options.verbose)?;
            } else {
                left_out.add(result);
            }
            scores(&mut page, &result.scores)?;
            let table = if options.verbose {
                delivery::Table::Full
            } else if only {
                delivery::Table::Short
            } else {
                delivery::Table::Amiss
            };
            delivery::write(&mut page, &result.delivery, table)?;
            findings::write(&mut page, run, result, options.verbose)?;
            if options.verbose || only && run.baselines.len() > 2 {
                matrix::write(&mut page, run, result)?;
            }
            if options.verbose {
                exhibits::write(&mut page, &result.exhibits)?;
                audit::write(&mut page, "Rests on", &of_target(result))?;
            }
            page.blank()
        })?;
        left_out.write(&mut page)?;
        keys::write(&mut page, run)?;
    }
    notices::write(&mut page, run)?;
    totals(&mut page, results)?;
    norms::write(&mut page, run, options.verbose)?;
    if options.verbose {
        audit::write(&mut page, "What all of it rests on", &of_run(run))?;
    }
    Ok(())
}

/// Domain and verdict, a rule, the counts, and what hampered the observation.
fn heading(page: &mut Page<'_>, result: &TargetResult, new_only: bool) -> io::Result<()> {
    let domain = escape::line(&result.target.domain);
    let name = if result.target.unicode == result.target.domain {
        domain
    } else {
        format!("{domain} ({})", escape::line(&result.target.unicode))
    };
    let verdict = words::verdict(result.verdict);
    let told = if new_only && verdict == Outcome::Pass {
        "pass: nothing that counts is new"
    } else {
        verdict.as_str()
    };
    page.ends(
        &Span::new(&name, style::HEADING),
        &Span::new(told, style::outcome(verdict)),
    )?;
    page.rule()?;
    counts(page, &result.summary)?;
    page.paragraph(
        0,
        &Span::new(&format!("collected {}", result.started()), style::FAINT),
    )?;
    role(page, &result.role)?;
    for note in blind_spots(&result.vantage) {
        page.paragraph(0, &Span::new(note, style::outcome(Outcome::Unknown)))?;
    }
    Ok(())
}

/// What the domain was taken for, where somebody said so or its records tell more than that.
fn role(page: &mut Page<'_>, taken: &RoleTaken) -> io::Result<()> {
    if taken.source == RoleSource::Default && taken.reason.is_empty() {
        return Ok(());
    }
    let text = format!("taken as {}: {}", taken.role.as_str(), taken.reason);
    page.paragraph(0, &Span::new(&escape::line(&text), style::FAINT))
}

/// What could not be seen from where the facts were collected.
pub(super) fn blind_spots(vantage: &Vantage) -> Vec<&'static str> {
    let mut notes = Vec::new();
    if vantage.smtp_egress == SmtpEgress::Unproven {
        notes.push(
            "No mail server answered on port 25; many networks block it, and this one may too.",
        );
    }
    if vantage.smtp_egress == SmtpEgress::Blocked {
        notes.push(
            "This network lets no connections to port 25 out: the control hosts do not answer either. Nothing could be seen of the mail servers; scan from elsewhere.",
        );
    }
    if !vantage.ipv6 {
        notes.push("IPv6 was not available: mail servers were looked at over IPv4 only.");
    }
    if !vantage.ipv4 {
        notes.push("IPv4 was not available: mail servers were looked at over IPv6 only.");
    }
    notes
}

/// The counts on one line; each in its colour where they fit.
fn counts(page: &mut Page<'_>, summary: &Summary) -> io::Result<()> {
    let counts = words::counts(summary);
    if counts.is_empty() {
        return page.paragraph(0, &Span::new("nothing was evaluated", Style::new()));
    }
    let spans: Vec<Span<'_>> = counts
        .iter()
        .map(|(outcome, text)| Span::new(text, style::outcome(*outcome)))
        .collect();
    page.list(&spans)
}

/// Each score as stars and number, with its note below.
fn scores(page: &mut Page<'_>, scores: &[Score]) -> io::Result<()> {
    if scores.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let titles: Vec<String> = scores
        .iter()
        .map(|score| escape::line(&score.title))
        .collect();
    let longest = titles
        .iter()
        .map(|title| width::columns(title))
        .max()
        .unwrap_or(0);
    // Stars and number take sixteen columns.
    let column = (longest + 4).min(page.width() - 16);
    for (score, title) in scores.iter().zip(&titles) {
        let value = format!("{}  {}", stars(score), words::score(score));
        page.row(
            &Span::new(title, Style::new()),
            column,
            &Span::new(&value, style::STARS),
        )?;
        page.paragraph(4, &Span::new(&escape::line(&score.note), style::FAINT))?;
    }
    Ok(())
}

/// Five signs: full, half and empty stars by the share of the best value, dots where it is unknown.
pub(super) fn stars(score: &Score) -> String {
    let Some(value) = score.value else {
        return "·····".to_owned();
    };
    // A hair more, so that a value which is meant to be a half is not lost to rounding.
    let share = value / score.max * 5.0 + 1e-9;
    [1.0, 2.0, 3.0, 4.0, 5.0]
        .map(|step| {
            if share >= step {
                '★'
            } else if share >= step - 0.5 {
                '½'
            } else {
                '☆'
            }
        })
        .iter()
        .collect()
}

/// The verdicts and counts over all targets, and what they were held against.
fn totals(page: &mut Page<'_>, results: Results<'_>) -> io::Result<()> {
    let run = results.run;
    if let Some(why) = &run.partial {
        let note = format!("Not whole: {}", escape::line(why));
        page.paragraph(0, &Span::new(&note, style::outcome(Outcome::Error)))?;
    }
    let mut verdicts: BTreeMap<Outcome, usize> = BTreeMap::new();
    results.targets.each(&mut |_, result| {
        *verdicts.entry(words::verdict(result.verdict)).or_default() += 1;
        Ok(())
    })?;
    let tally: Vec<String> = Outcome::ALL
        .iter()
        .filter_map(|outcome| verdicts.get(outcome).map(|count| (outcome, count)))
        .map(|(outcome, count)| format!("{count} {}", outcome.as_str()))
        .collect();
    let domains = match results.targets.count() {
        0 => "no domain".to_owned(),
        1 => format!("1 domain: {}", tally.join(", ")),
        many => format!("{many} domains: {}", tally.join(", ")),
    };
    page.paragraph(0, &Span::new(&domains, style::HEADING))?;
    page.rule()?;
    counts(page, &run.summary)?;
    if let Some(comparison) = &run.comparison {
        let told = escape::line(&words::comparison(comparison));
        page.paragraph(0, &Span::new(&told, Style::new()))?;
    }
    let mut against = vec![format!("waxseal {}", escape::line(&run.waxseal))];
    against.extend(
        run.baselines
            .iter()
            .map(|baseline| escape::line(&format!("{} {}", baseline.id, baseline.version))),
    );
    page.paragraph(0, &Span::new(&against.join(" · "), style::FAINT))
}

#[cfg(test)]
mod tests;
