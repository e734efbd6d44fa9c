//! Markdown as GitHub reads it, for the summary of a CI job: the worst first, what holds folded away, and no more than a
//! summary may have. What is left out is counted, with the command that shows it.

use super::{Options, escape, order, words};
use crate::results::Run;
use crate::results::TargetResult;
use crate::results::gate::Verdict;
use crate::results::outcome::Outcome;
use crate::results::score::Score;
use crate::results::targets::Results;
pub(super) use prose::prose;
use prose::{cell, code};
use std::collections::BTreeMap;
use std::io::{self, Write};

mod domain;
mod fold;
mod prose;

/// The most bytes of a report. GitHub takes 1 MiB a step and drops the whole summary if there is more.
const MOST: usize = 900 << 10;

/// The most rows of the table of domains, and its most bytes.
const ROWS: usize = 200;
const TABLE: usize = 64 << 10;

/// Room for what is said about what was left out.
const NOTES: usize = 4 << 10;

/// The most notices that are told.
const NOTICES: usize = 20;

/// Writes the report.
pub(super) fn render(results: Results<'_>, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    let run = results.run;
    let head = head(results)?;
    let audit = fold::of_run(run);
    let room = MOST.saturating_sub(head.len() + audit.len() + NOTES);
    let mut body = Body {
        run,
        several: results.targets.count() > 1,
        scores: scores_of(results)?,
        room,
        ..Body::default_of(run)
    };
    let walked = order::targets::worst_first(results.targets, &mut |_, target| body.add(target));
    if !body.full {
        walked?;
    }
    let count = results.targets.count();
    out.write_all(head.as_bytes())?;
    out.write_all(body.overview(count).as_bytes())?;
    out.write_all(body.sections.as_bytes())?;
    out.write_all(body.left_out(count).as_bytes())?;
    let used = body.overview(count).len() + body.sections.len();
    let glossary = fold::rules(run, &body.rules);
    if !glossary.is_empty() && used + glossary.len() <= room {
        out.write_all(glossary.as_bytes())?;
    }
    out.write_all(audit.as_bytes())
}

/// The verdict, the counts, and what holds for the run as a whole.
fn head(results: Results<'_>) -> io::Result<String> {
    let run = results.run;
    let mut verdicts: BTreeMap<Outcome, usize> = BTreeMap::new();
    results.targets.each(&mut |_, target| {
        *verdicts.entry(words::verdict(target.verdict)).or_default() += 1;
        Ok(())
    })?;
    let tally = verdicts.iter();
    let tally: Vec<String> = tally
        .map(|(outcome, count)| format!("{count} {}", outcome.as_str()))
        .collect();
    let domains = match results.targets.count() {
        0 => "No domain".to_owned(),
        1 => format!("1 domain: {}", tally.join(", ")),
        many => format!("{many} domains: {}", tally.join(", ")),
    };
    let sign = sign_of(run.verdict);
    let mut head = format!("## {sign} waxseal: {}\n\n", run.verdict.as_str());
    let counts = words::counts(&run.summary);
    let counts: Vec<&str> = counts.iter().map(|(_, text)| text.as_str()).collect();
    let counts = if counts.is_empty() {
        "nothing was evaluated".to_owned()
    } else {
        counts.join(" · ")
    };
    head.extend(["**", &domains, "** · ", &counts, "\n\n"]);
    let against = run.baselines.iter();
    let against: Vec<String> = against
        .map(|one| prose(&format!("{} {}", one.id, one.version)))
        .collect();
    if !against.is_empty() {
        head.extend(["Held against ", &against.join(", "), "\n\n"]);
    }
    if let Some(why) = &run.partial {
        head.extend(["**Not whole:** ", &prose(why), "\n\n"]);
    }
    if let Some(comparison) = &run.comparison {
        let told = escape::cut(&words::comparison(comparison), 2000).into_owned();
        head.extend(["Compared ", &prose(&told), "\n\n"]);
    }
    head.push_str(&notices(run));
    Ok(head)
}

/// What the settings of the run need.
fn notices(run: &Run) -> String {
    let mut told = String::new();
    if run.notices.is_empty() {
        return told;
    }
    told.push_str("### What the settings need\n\n");
    for notice in run.notices.iter().take(NOTICES) {
        let text = escape::cut(&notice.text, 500).into_owned();
        let place = code(&words::place(notice));
        let id = code(&notice.id);
        let line = format!(
            "- ✗ **{}** {} ({id}, {place})\n",
            notice.level.as_str(),
            prose(&text)
        );
        told.push_str(&line);
    }
    let left = run.notices.len().saturating_sub(NOTICES);
    if left > 0 {
        told.extend(["- and ", &left.to_string(), " more\n"]);
    }
    told.push('\n');
    told
}

/// The scores that targets have, by baseline and id, with their titles.
fn scores_of(results: Results<'_>) -> io::Result<Vec<(String, String, String)>> {
    let mut scores: Vec<(String, String, String)> = Vec::new();
    if results.targets.count() < 2 {
        return Ok(scores);
    }
    results.targets.each(&mut |_, target| {
        for score in &target.scores {
            let known = scores
                .iter()
                .any(|(baseline, id, _)| is(score, baseline, id));
            if !known && scores.len() < MOST_SCORES {
                scores.push((
                    score.baseline.clone(),
                    score.id.clone(),
                    score.title.clone(),
                ));
            }
        }
        Ok(())
    })?;
    Ok(scores)
}

/// More columns nobody can read.
const MOST_SCORES: usize = 6;

fn is(score: &Score, baseline: &str, id: &str) -> bool {
    score.baseline == baseline && score.id == id
}

/// What is gathered of the targets, the worst first.
struct Body<'a> {
    run: &'a Run,
    several: bool,
    scores: Vec<(String, String, String)>,
    /// Bytes for the table and the sections.
    room: usize,
    rows: String,
    row_count: usize,
    sections: String,
    told: usize,
    /// Domains whose findings were cut, and how many findings.
    cut: usize,
    /// Rules that something was said about, in the order of their first finding.
    rules: Vec<String>,
    full: bool,
}

impl<'a> Body<'a> {
    const fn default_of(run: &'a Run) -> Self {
        Self {
            run,
            several: false,
            scores: Vec::new(),
            room: 0,
            rows: String::new(),
            row_count: 0,
            sections: String::new(),
            told: 0,
            cut: 0,
            rules: Vec::new(),
            full: false,
        }
    }

    /// Takes up a target; an error says that no more are wanted.
    fn add(&mut self, target: &TargetResult) -> io::Result<()> {
        if self.several && self.row_count < ROWS {
            let row = row(target, &self.scores);
            if self.rows.len() + row.len() <= TABLE {
                self.rows.push_str(&row);
                self.row_count += 1;
            }
        }
        let table = if self.several { TABLE } else { 0 };
        let free = self.room.saturating_sub(self.sections.len() + table);
        // What is folded away gives way to failures of domains further down.
        let fold = !self.several || self.sections.len() < self.room / 2;
        let section = domain::section(self.run, target, free, fold);
        if let Some(section) = section {
            self.sections.push_str(&section.text);
            self.cut += section.cut;
            self.told += 1;
            for rule in section.rules {
                if !self.rules.contains(&rule) {
                    self.rules.push(rule);
                }
            }
            return Ok(());
        }
        if !self.several || self.row_count >= ROWS {
            self.full = true;
            return Err(io::ErrorKind::Interrupted.into());
        }
        Ok(())
    }

    /// The table of the domains.
    fn overview(&self, count: usize) -> String {
        if !self.several {
            return String::new();
        }
        let mut table = String::from("| Domain | Verdict |");
        for (_, _, title) in &self.scores {
            table.extend([" ", &cell(&prose(&escape::cut(title, 80))), " |"]);
        }
        table.push_str(" Fail must | Fail should | Unknown |\n|---|---|");
        table.push_str(&"---|".repeat(self.scores.len()));
        table.push_str("--:|--:|--:|\n");
        table.push_str(&self.rows);
        let left = count.saturating_sub(self.row_count);
        if left > 0 {
            let told =
                format!("\n{left} more domains, none of them worse, are not in this table.\n");
            table.push_str(&told);
        }
        table.push('\n');
        table
    }

    /// How much of the results did not fit.
    fn left_out(&self, count: usize) -> String {
        let mut told = String::new();
        let domains = count.saturating_sub(self.told);
        let size = MOST >> 10;
        if domains > 0 {
            let domains = if domains == 1 {
                "1 domain is".to_owned()
            } else {
                format!("{domains} domains, the least bad, are")
            };
            let line = format!(
                "> {domains} not told here: a summary has {size} KiB at most. `waxseal report RESULTS --format markdown --domain DOMAIN` shows one.\n\n"
            );
            told.push_str(&line);
        }
        if self.cut > 0 {
            let line = format!(
                "> {} findings are left out above: a summary has {size} KiB at most. `waxseal report RESULTS --domain DOMAIN` shows all of a domain.\n\n",
                self.cut
            );
            told.push_str(&line);
        }
        told
    }
}

fn row(target: &TargetResult, scores: &[(String, String, String)]) -> String {
    let name = code(&escape::cut(&target.target.unicode, 100));
    let sign = sign_of(target.verdict);
    let mut row = format!("| {} | {sign} {} |", cell(&name), target.verdict.as_str());
    for (baseline, id, _) in scores {
        let score = target.scores.iter().find(|score| is(score, baseline, id));
        let told = score.map_or_else(String::new, |score| {
            format!("{} {}", super::text::stars(score), words::score(score))
        });
        row.extend([" ", &told, " |"]);
    }
    let counts = &target.summary;
    let numbers = [counts.fail_must, counts.fail_should, counts.unknown];
    for number in numbers {
        row.extend([" ", &number.to_string(), " |"]);
    }
    row.push('\n');
    row
}

/// The sign of a verdict.
const fn sign_of(verdict: Verdict) -> char {
    super::text::sign(words::verdict(verdict))
}

#[cfg(test)]
mod tests;
