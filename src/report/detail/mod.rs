//! What there is to say of one finding below its title, as labelled lines: the same for every format
//! that people read.

use super::{causes, escape};
use crate::results::compare::Since;
use crate::results::correction::Correction;
use crate::results::finding::{Evidence, Finding, Item, Waiver};
use crate::results::outcome::Outcome;
use crate::results::rule::RuleInfo;

/// How many items that share a reason are named.
const NAMED: usize = 4;

/// Most octets of one string of a TXT record (RFC 1035 §3.3).
const MOST_OCTETS: usize = 255;

/// Some lines under one label, each made safe and cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Detail {
    /// What the lines are: `reason`, `fix`, …
    pub(super) label: &'static str,
    /// One or more lines of text.
    pub(super) lines: Vec<String>,
}

/// How much is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Depth {
    /// At most so many items.
    items: usize,
    /// At most so many facts.
    evidence: usize,
    /// At most so many characters of a reason.
    text: usize,
    /// At most so many characters of a fact.
    value: usize,
    /// Whether the rule's background is told too: why, references, the place in the policy.
    background: bool,
}

impl Depth {
    /// Enough to act on.
    pub(super) const BRIEF: Self = Self {
        items: 8,
        evidence: 3,
        text: 400,
        value: 140,
        background: false,
    };
    /// All that a person at a terminal may want.
    pub(super) const VERBOSE: Self = Self {
        items: 64,
        evidence: 12,
        text: 1000,
        value: 1000,
        background: true,
    };
    /// For a file; the limits only keep one finding from filling it.
    pub(super) const FULL: Self = Self {
        items: 256,
        evidence: 48,
        text: 4000,
        value: 4000,
        background: true,
    };
}

impl Detail {
    /// All of it on one line.
    pub(super) fn on_one_line(&self) -> String {
        let Self { label, lines } = self;
        let joined = lines.join("; ");
        // Items stand in columns.
        let joined = match *label {
            "items" => escape::line(&joined),
            _ => joined,
        };
        format!("{label}: {joined}")
    }
}

/// What is told of a finding. Of a requirement that holds or does not apply, little.
pub(super) fn of(finding: &Finding, rule: Option<&RuleInfo>, depth: Depth) -> Vec<Detail> {
    let settled = matches!(finding.outcome, Outcome::Pass | Outcome::NotApplicable);
    let (head, items) = split_reason(finding);
    let open = finding.outcome == Outcome::Unknown;
    let head = if open {
        causes::plain(head)
    } else {
        counted(head, finding.outcome)
    };
    let mut details = vec![
        one("reason", &escape::line(&escape::cut(&head, depth.text))),
        one("since", finding.since.map(since).unwrap_or_default()),
        several("items", item_lines(&items, depth)),
        one(
            "waiver",
            &finding.waiver.as_ref().map(waiver).unwrap_or_default(),
        ),
        several("weakness", texts(&finding.recommendations, depth)),
    ];
    details.extend(standing(finding, depth));
    // Of what is unknown the reason says as much as the facts do, and of a list its items.
    if !settled && (depth.background || !open && finding.items.is_empty()) {
        details.push(several(
            "evidence",
            evidence_lines(&finding.evidence, depth),
        ));
    }
    if let Some(root) = finding.follows.as_ref().filter(|_| !settled) {
        let told = format!("from the failure of {root}: mend that first");
        details.push(one(
            "follows",
            &escape::line(&escape::cut(&told, depth.text)),
        ));
    }
    if !settled && (finding.follows.is_none() || depth.background) {
        details.extend(
            rule.map(|rule| advice(finding, rule, depth))
                .unwrap_or_default(),
        );
    }
    if !settled && let Some(correction) = &finding.correction {
        details.push(correction_lines(correction, depth));
    }
    if depth.background && !settled {
        details.push(one("severity", finding.severity.as_str()));
    }
    // A broken rule has to be found before anything else can be done about it.
    if finding.outcome == Outcome::Error || depth.background && !settled {
        details.push(one("position", &escape::line(&finding.position)));
    }
    details.retain(|detail| !detail.lines.is_empty());
    details
}

/// How a finding stands to the earlier run that this one was compared with.
const fn since(since: Since) -> &'static str {
    match since {
        Since::New => "new: not so in the earlier run",
        Since::Unchanged => "as in the earlier run",
        Since::Fixed => "fixed: it failed in the earlier run",
    }
}

/// How the requirement stands to the norm that it comes from.
fn standing(finding: &Finding, depth: Depth) -> [Detail; 3] {
    let told = |text: String| escape::line(&escape::cut(&text, depth.text));
    let origin = finding.origin.as_ref();
    let origin = origin.map(|norm| format!("{norm}, taken up by {}", finding.baseline));
    let unread = "the clause was not checked against the norm's own text";
    [
        one("origin", &told(origin.unwrap_or_default())),
        one(
            "changed",
            &told(finding.changed.clone().unwrap_or_default()),
        ),
        one("unverified", if finding.unverified { unread } else { "" }),
    ]
}

/// Why and how: in the baseline's words where it has its own, else in the rule's. A negative requirement
/// forbids what the rule describes, so that the rule's remedy would lead the wrong way.
fn advice(finding: &Finding, rule: &RuleInfo, depth: Depth) -> Vec<Detail> {
    let negative = finding.level.is_negative();
    let why = finding
        .why
        .as_ref()
        .or_else(|| (!negative).then_some(&rule.why));
    let fix = finding
        .fix
        .as_ref()
        .or_else(|| (!negative).then_some(&rule.fix));
    let mut details = Vec::new();
    if let Some(why) = why.filter(|_| depth.background) {
        details.push(one("why", &escape::line(why)));
    }
    let open = matches!(
        finding.outcome,
        Outcome::Fail | Outcome::Waived | Outcome::Manual
    );
    // A text to copy says more than advice in general.
    let advised = finding.correction.is_none() || depth.background;
    if let Some(fix) = fix.filter(|_| open && advised) {
        details.push(one("fix", &escape::line(fix)));
    }
    if depth.background {
        let refs: Vec<String> = rule.refs.iter().map(|text| escape::line(text)).collect();
        details.push(one("refs", &refs.join(", ")));
    }
    details
}

fn one(label: &'static str, text: &str) -> Detail {
    several(label, Some(text.to_owned()).filter(|text| !text.is_empty()))
}

fn several(label: &'static str, lines: impl IntoIterator<Item = String>) -> Detail {
    Detail {
        label,
        lines: lines.into_iter().collect(),
    }
}

/// The reason and the items to list below it, without telling anything twice: a reason of one item
/// makes the item superfluous, one that strings several together keeps only its head (`2 of 3`).
fn split_reason(finding: &Finding) -> (&str, Vec<&Item>) {
    let reason = finding.reason.as_str();
    let text = |item: &Item| format!("{}: {}", item.name, item.reason);
    let (told, untold): (Vec<&Item>, Vec<&Item>) = finding
        .items
        .iter()
        .partition(|item| !item.name.is_empty() && reason.contains(&text(item)));
    if told.len() < 2 {
        return (reason, untold);
    }
    let start = told
        .iter()
        .filter_map(|item| reason.find(&text(item)))
        .min();
    let head = start
        .and_then(|start| reason.get(..start))
        .unwrap_or_default();
    let mut rest = reason.get(head.len()..).unwrap_or_default().to_owned();
    for item in &told {
        rest = rest.replacen(&text(item), "", 1);
    }
    if told_all(rest.trim_matches([' ', ';', ','])) {
        (
            head.trim_end_matches([' ', ':']),
            finding.items.iter().collect(),
        )
    } else {
        (reason, untold)
    }
}

/// The head of a reason; a bare count of items (`2 of 3`) with what they do.
fn counted(head: &str, outcome: Outcome) -> String {
    let words: Vec<&str> = head.split(' ').collect();
    let is_number = |word: &str| word.parse::<usize>().is_ok();
    match words.as_slice() {
        [some, "of", all] if is_number(some) && is_number(all) && outcome == Outcome::Fail => {
            format!("{head} fail")
        }
        _ => head.to_owned(),
    }
}

/// Whether nothing is left of a reason but the count of items that it does not tell.
fn told_all(rest: &str) -> bool {
    let count = rest
        .strip_prefix("and ")
        .and_then(|rest| rest.strip_suffix(" more"));
    rest.is_empty() || count.is_some_and(|count| count.parse::<usize>().is_ok())
}

/// Items that pass are only counted; the others come with name and reason. In short, those that share a reason are one
/// line.
fn item_lines(items: &[&Item], depth: Depth) -> Vec<String> {
    let (fine, rest): (Vec<&Item>, Vec<&Item>) = items
        .iter()
        .copied()
        .partition(|item| item.outcome == Outcome::Pass);
    let width = rest
        .iter()
        .map(|item| item.outcome.as_str().len())
        .max()
        .unwrap_or(0);
    let alike = alike(&rest, depth);
    let shown = alike.iter().take(depth.items);
    let mut lines: Vec<String> = shown.map(|items| item_line(items, width, depth)).collect();
    let left = alike.iter().skip(depth.items).map(Vec::len).sum::<usize>();
    lines.extend(left_out(left + depth.items, depth.items));
    if !fine.is_empty() && !lines.is_empty() {
        lines.push(format!("{} {}", fine.len(), Outcome::Pass.as_str()));
    }
    lines
}

/// Items that came out alike for the same reason, where that reason is long and there are several of them.
fn alike<'a>(items: &[&'a Item], depth: Depth) -> Vec<Vec<&'a Item>> {
    let mut alike: Vec<Vec<&Item>> = Vec::new();
    for item in items {
        let same = |others: &&mut Vec<&Item>| {
            others
                .first()
                .is_some_and(|other| other.outcome == item.outcome && other.reason == item.reason)
        };
        let together = !depth.background && !item.name.is_empty();
        match alike.iter_mut().find(same).filter(|_| together) {
            Some(others) => others.push(item),
            None => alike.push(vec![item]),
        }
    }
    alike
}

fn item_line(items: &[&Item], width: usize, depth: Depth) -> String {
    let Some(item) = items.first() else {
        return String::new();
    };
    let name = |item: &&Item| escape::line(&escape::cut(&item.name, depth.text));
    let names: Vec<String> = items.iter().take(NAMED).map(name).collect();
    let more = match items.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let reason = if item.outcome == Outcome::Unknown {
        causes::plain(&item.reason)
    } else {
        item.reason.clone()
    };
    let reason = escape::line(&escape::cut(&reason, depth.text));
    let colon = if reason.is_empty() { "" } else { ": " };
    let names = names.join(", ");
    format!(
        "{:width$}  {names}{more}{colon}{reason}",
        item.outcome.as_str()
    )
}

/// Of many facts the last ones: what was read last settled it.
fn evidence_lines(evidence: &[Evidence], depth: Depth) -> Vec<String> {
    let mut lines: Vec<String> = evidence
        .iter()
        .skip(evidence.len().saturating_sub(depth.evidence))
        .map(|fact| {
            let pointer = escape::visible(&fact.pointer);
            let value = fact.value.to_string();
            let value = escape::visible(&value);
            format!("{pointer} = {}", escape::cut(&value, depth.value))
        })
        .collect();
    lines.extend(left_out(evidence.len(), depth.evidence));
    lines
}

/// What to publish, ready to copy, and below it what is different.
fn correction_lines(correction: &Correction, depth: Depth) -> Detail {
    let mut lines = record(correction);
    let told = |text: &str| escape::line(&escape::cut(text, depth.text));
    if let Some(before) = &correction.after {
        lines.push(format!(
            "(a step further: first publish `{}`)",
            told(before)
        ));
    }
    let changes = correction.changes.iter().take(depth.items);
    lines.extend(changes.map(|change| format!("({})", told(change))));
    several("publish", lines)
}

/// What to publish: a line of a zone file, or a file with its address above it.
pub(super) fn record(correction: &Correction) -> Vec<String> {
    let Correction {
        name, rtype, text, ..
    } = correction;
    if rtype == "file" {
        let rows = text.lines().map(escape::line);
        std::iter::once(escape::line(name)).chain(rows).collect()
    } else {
        vec![escape::line(&format!("{name}. {rtype} {}", strings(text)))]
    }
}

/// A text as the strings of a TXT record in a zone file, at most 255 octets each (RFC 1035 §3.3.14, §5.1).
fn strings(text: &str) -> String {
    let mut strings = vec![String::new()];
    let mut octets = 0;
    for character in text.chars() {
        octets += character.len_utf8();
        if octets > MOST_OCTETS {
            strings.push(String::new());
            octets = character.len_utf8();
        }
        if let Some(last) = strings.last_mut() {
            if matches!(character, '"' | '\\') {
                last.push('\\');
            }
            last.push(character);
        }
    }
    let quoted: Vec<String> = strings.iter().map(|one| format!("\"{one}\"")).collect();
    quoted.join(" ")
}

fn texts(texts: &[String], depth: Depth) -> Vec<String> {
    let mut lines: Vec<String> = texts
        .iter()
        .take(depth.items)
        .map(|text| escape::line(&escape::cut(text, depth.text)))
        .collect();
    lines.extend(left_out(texts.len(), depth.items));
    lines
}

fn left_out(all: usize, shown: usize) -> Option<String> {
    (all > shown).then(|| format!("… and {} more", all - shown))
}

/// Who answers for a failure, why and until when, and where that is said.
pub(super) fn waiver(waiver: &Waiver) -> String {
    let Waiver {
        owner,
        reason,
        until,
        ticket,
        file,
        line,
    } = waiver;
    let ticket = ticket
        .as_ref()
        .map_or_else(String::new, |ticket| format!(", {ticket}"));
    let place = if file.is_empty() {
        String::new()
    } else {
        format!(" [{file}:{line}]")
    };
    escape::line(&format!("until {until}: {reason} ({owner}{ticket}){place}"))
}

#[cfg(test)]
mod tests;
