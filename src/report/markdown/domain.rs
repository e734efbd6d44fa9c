//! The section of one domain.

use super::super::detail::{self, Detail};
use super::super::follows::Followers;
use super::super::open::{self, Open};
use super::super::text::{self, group};
use super::super::{delivery, escape, words};
use super::fold;
use super::prose::{cell, code, fenced, prose};
use crate::results::outcome::{Level, Outcome};
use crate::results::score::Score;
use crate::results::{Run, TargetResult};
use group::Group;

/// Less room than that is not worth a section.
const LEAST: usize = 4 << 10;

/// A section.
pub(super) struct Section {
    pub(super) text: String,
    /// How many findings did not fit.
    pub(super) cut: usize,
    /// The rules that are named.
    pub(super) rules: Vec<String>,
}

/// The section of a domain within so many bytes; none where it would hold too little. With `folded`, what holds and what
/// the findings rest on come along.
pub(super) fn section(
    run: &Run,
    target: &TargetResult,
    room: usize,
    folded: bool,
) -> Option<Section> {
    let mut section = Section {
        text: heading(target),
        cut: 0,
        rules: Vec::new(),
    };
    let audit = fold::of_target(target);
    let room = room.checked_sub(audit.len())?;
    if section.text.len() + LEAST.min(room) > room {
        return None;
    }
    let mut areas = group::by_area(target.findings.iter());
    let mut followers = Followers::take(&mut areas);
    let mut settled: Vec<&Group<'_>> = Vec::new();
    let mut published = Vec::new();
    for area in &areas {
        let (single, opens) = open::split(&area.groups);
        let (told, rest): (Vec<_>, Vec<_>) = single.into_iter().partition(|group| asks(group));
        settled.extend(rest);
        let (opens, optional): (Vec<_>, Vec<_>) = opens
            .into_iter()
            .partition(|open| open.groups.iter().any(|group| asks(group)));
        settled.extend(optional.into_iter().flat_map(|open| open.groups));
        let mut blocks: Vec<(usize, Option<&str>, String)> = Vec::new();
        for group in told {
            let mut details = fold::details(group, run);
            details.extend(followers.told(&group.first.rule));
            let block = finding(group, &details, &mut published);
            blocks.push((1, Some(&group.first.rule), block));
        }
        blocks.extend(
            opens
                .iter()
                .map(|open| (open.groups.len(), None, together(open))),
        );
        section.area(area.name, &blocks, room);
    }
    if folded && !settled.is_empty() {
        let told = fold::settled(&settled);
        if section.text.len() + told.len() <= room {
            section.text.push_str(&told);
        }
    }
    section.text.push_str(&audit);
    Some(section)
}

impl Section {
    fn area(&mut self, name: &str, blocks: &[(usize, Option<&str>, String)], room: usize) {
        let mut head = format!("#### {}\n\n", prose(name));
        for (count, rule, block) in blocks {
            if self.text.len() + head.len() + block.len() + 1 > room {
                self.cut += count;
                continue;
            }
            self.text.push_str(&head);
            self.text.push_str(block);
            head.clear();
            self.rules.extend(rule.map(str::to_owned));
        }
        if head.is_empty() {
            self.text.push('\n');
        }
    }
}

/// What a reader has to do something about.
fn asks(group: &Group<'_>) -> bool {
    match group.first.outcome {
        Outcome::Pass | Outcome::NotApplicable => false,
        Outcome::Unknown => group.first.level != Level::May,
        Outcome::Fail | Outcome::Error | Outcome::Manual | Outcome::Waived => true,
    }
}

/// Domain and verdict, the counts, what hampered the observation, the scores, and who can deliver where that is amiss.
fn heading(target: &TargetResult) -> String {
    let name = &target.target;
    let sign = super::sign_of(target.verdict);
    let mut head = format!("### {sign} {}", code(&escape::cut(&name.domain, 260)));
    if name.unicode != name.domain {
        head.extend([" (", &code(&escape::cut(&name.unicode, 260)), ")"]);
    }
    head.extend([": ", target.verdict.as_str(), "\n\n"]);
    let counts = words::counts(&target.summary);
    let counts: Vec<&str> = counts.iter().map(|(_, text)| text.as_str()).collect();
    let counts = if counts.is_empty() {
        "nothing was evaluated".to_owned()
    } else {
        counts.join(" · ")
    };
    head.extend([&counts, "\n\n"]);
    for note in text::blind_spots(&target.vantage) {
        head.extend(["> ", note, "\n\n"]);
    }
    for one in target.not_executed.iter().filter(|one| one.findings > 0) {
        let told = words::not_executed(one);
        head.extend(["> ", &prose(&escape::cut(&told, 600)), "\n\n"]);
    }
    if !target.scores.is_empty() {
        head.push_str("| Score | | |\n|---|---|---|\n");
        target
            .scores
            .iter()
            .for_each(|one| head.push_str(&score(one)));
        head.push('\n');
    }
    head.push_str(&senders(target));
    head
}

fn score(score: &Score) -> String {
    let title = cell(&prose(&escape::cut(&score.title, 200)));
    let note = cell(&prose(&escape::cut(&score.note, 600)));
    let (stars, value) = (text::stars(score), words::score(score));
    format!("| {title} | {stars} {value} | {note} |\n")
}

/// Who can deliver, where something is amiss.
fn senders(target: &TargetResult) -> String {
    let rows = delivery::rows(&target.delivery, false);
    let mut table = String::new();
    if !rows.iter().any(|row| row.amiss) {
        return table;
    }
    table.extend(["| ", delivery::TITLE, " | |\n|---|---|\n"]);
    for row in rows.iter().take(40) {
        let text = cell(&prose(&escape::cut(&row.text, 400)));
        table.extend(["| ", &cell(&prose(&row.label)), " | ", &text, " |\n"]);
    }
    table.push('\n');
    table
}

/// One requirement as an item of a list.
fn finding(group: &Group<'_>, details: &[Detail], published: &mut Vec<Vec<String>>) -> String {
    let finding = group.first;
    let sign = text::sign(finding.outcome);
    let (outcome, level) = (finding.outcome.as_str(), finding.level.as_str());
    let title = prose(&escape::cut(&finding.title, 400));
    let mut block = format!("- {sign} **{outcome} {level}** {title} (");
    block.extend([
        &code(&finding.rule),
        " ",
        &prose(&fold::askers(group)),
        ")\n",
    ]);
    for Detail { label, lines } in details {
        match (*label, lines.as_slice()) {
            ("publish", _) => publish(&mut block, group, published),
            ("items" | "evidence" | "leads to", lines) => {
                block.extend(["  - ", label, ":\n"]);
                let shown = lines.iter().map(|line| match *label {
                    "evidence" => code(line),
                    _ => prose(line),
                });
                shown.for_each(|line| block.extend(["    - ", &line, "\n"]));
            }
            (_, [one]) => block.extend(["  - ", label, ": ", &prose(one), "\n"]),
            (_, several) => {
                block.extend(["  - ", label, ":\n"]);
                let shown = several.iter().map(|line| prose(line));
                shown.for_each(|line| block.extend(["    - ", &line, "\n"]));
            }
        }
    }
    block
}

/// The text to publish in a block of its own, to be copied; only once in a section.
fn publish(block: &mut String, group: &Group<'_>, published: &mut Vec<Vec<String>>) {
    let Some(correction) = &group.first.correction else {
        return;
    };
    let lines = detail::record(correction);
    let label = match &correction.after {
        Some(_) => "then, a step further",
        None => "publish",
    };
    if published.contains(&lines) {
        let name = code(&escape::cut(&correction.name, 260));
        block.extend(["  - ", label, ": the text at ", &name, ", as above\n"]);
        return;
    }
    block.extend(["  - ", label, ":\n\n"]);
    block.push_str(&fenced(&lines, "    "));
    block.push('\n');
    if let Some(before) = &correction.after {
        let before = code(&escape::cut(before, 600));
        block.extend(["    - first publish ", &before, "\n"]);
    }
    for change in correction.changes.iter().take(8) {
        block.extend(["    - ", &prose(&escape::cut(change, 400)), "\n"]);
    }
    published.push(lines);
}

/// Several requirements that are unknown for one cause.
fn together(open: &Open<'_, '_>) -> String {
    let sign = text::sign(Outcome::Unknown);
    let mut block = format!("- {sign} {}\n", prose(&open.told()));
    for group in &open.groups {
        let finding = group.first;
        let title = prose(&escape::cut(&finding.title, 200));
        block.extend(["  - ", finding.level.as_str(), " ", &title]);
        block.extend([
            " (",
            &code(&finding.rule),
            " ",
            &prose(&fold::askers(group)),
            ")\n",
        ]);
    }
    block
}
