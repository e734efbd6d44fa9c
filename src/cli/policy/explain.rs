//! `waxseal policy explain`: how a rule comes to its outcome, and what would turn it.

use super::tool_args::Explain;
use super::{chosen, facts};
use crate::cli::exit::Code;
use crate::cli::failure::Failure;
use crate::cli::terminal;
use crate::policy::explain::step::{Demand, Held, Operand, Step};
use crate::policy::explain::{Change, Explanation, When};
use crate::policy::source::Source;
use crate::report::{escape, json};
use crate::results::correction::Correction;
use crate::results::outcome::Outcome;
use crate::scan::explain::{Explained, How, Turn, explain};
use serde_json::Value;

/// Explains a rule, once for each set of parameters with which it is asked.
pub(super) fn run(args: &Explain, source: &Source) -> Result<Code, Failure> {
    let policy = chosen(source, &args.baseline)?;
    let no_such = || Failure::NoSuchId(args.rule.clone());
    let ways = policy.ways(&args.rule).ok_or_else(no_such)?;
    let facts = match (&args.lab, &args.facts) {
        (Some(domain), _) => facts::of_lab(domain)?,
        (None, Some(file)) => facts::of_file(file, args.domain.as_deref())?,
        (None, None) => return Err(Failure::NoDocuments),
    };
    let explained: Option<Vec<Explained>> = ways
        .iter()
        .map(|way| explain(&policy, source, (&args.rule, way), &facts))
        .collect();
    let explained = explained.ok_or_else(no_such)?;
    terminal::print(|out| {
        if args.json {
            let document = serde_json::to_string_pretty(&explained)?;
            json::write_inert(&document, out)?;
            return writeln!(out);
        }
        let pages: Vec<String> = explained
            .iter()
            .map(|one| page(one, &args.baseline))
            .collect();
        writeln!(out, "{}", escape::lines(pages.join("\n\n").trim_end()))
    })?;
    Ok(Code::Passed)
}

/// Lines of text that grow.
#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, text: &str) {
        // What comes from policies and records begins no line of its own.
        self.0.extend([text.replace('\n', "\\n").as_str(), "\n"]);
    }

    fn heading(&mut self, text: &str) {
        self.line("");
        self.line(text);
    }

    fn pair(&mut self, name: &str, text: &str) {
        self.line(&format!("  {name:<9} {text}"));
    }
}

fn page(explained: &Explained, baselines: &[String]) -> String {
    let Explanation {
        domain,
        rule,
        title,
        file,
        outcome,
        reason,
        position,
        source,
        recommendations,
        when,
        steps,
        facts,
        ..
    } = &explained.explanation;
    let mut page = Page::default();
    page.line(&format!("{rule} at {domain}: {}", outcome.as_str()));
    page.pair("asks", title);
    asked(&mut page, &explained.explanation, baselines);
    if !reason.is_empty() {
        page.pair("reason", reason);
    }
    if !position.is_empty() {
        page.pair("ended", &format!("{position}  {source}"));
    }
    for weakness in recommendations {
        page.pair("weakness", weakness);
    }
    if let Some(when) = when {
        condition(&mut page, file, when);
    }
    page.heading("Steps");
    if steps.is_empty() {
        page.line("  it asked nothing");
    }
    show_steps(&mut page, file, steps, 2);
    page.heading("Facts it read");
    if facts.is_empty() {
        page.line("  none");
    }
    let widest = facts.iter().map(|one| one.pointer.chars().count()).max();
    let width = widest.unwrap_or(0).min(60);
    for one in facts {
        page.line(&format!("  {:<width$}  {}", one.pointer, one.value));
    }
    page.heading("What would turn it");
    turn(&mut page, *outcome, explained.turn.as_ref());
    page.0
}

fn asked(page: &mut Page, explanation: &Explanation, baselines: &[String]) {
    let way = &explanation.way;
    for by in &way.asked {
        let clause = if by.clause.is_empty() {
            String::new()
        } else {
            format!(", {}", by.clause)
        };
        let negative = if by.level.is_negative() {
            "; what the rule passes fails there"
        } else {
            ""
        };
        let level = by.level.as_str();
        let text = format!("{} ({level}{clause}){negative}", by.baseline);
        page.pair("asked by", &text);
    }
    if way.asked.is_empty() && !baselines.is_empty() {
        page.pair(
            "asked by",
            &format!("none of {}; the defaults hold", baselines.join(", ")),
        );
    }
    if way.parameters.is_empty() {
        return;
    }
    let parameters: Vec<String> = way
        .parameters
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    let whose = if way.asked.is_empty() {
        " (the rule's defaults)"
    } else {
        ""
    };
    page.pair("with", &format!("{}{whose}", parameters.join(", ")));
}

fn condition(page: &mut Page, file: &str, when: &When) {
    let value = match when.value {
        Some(true) => "true: it applies".to_owned(),
        Some(false) => "false: it does not apply".to_owned(),
        None => when.trouble.clone(),
    };
    page.heading("When");
    page.line(&format!("  {file}:{}  {}", when.line, when.text));
    page.line(&format!("    = {value}"));
    if !when.facts.is_empty() {
        page.line(&format!("    read {}", when.facts.join(", ")));
    }
}

fn show_steps(page: &mut Page, file: &str, steps: &[Step], indent: usize) {
    for step in steps {
        match step {
            Step::Demand(demand) => show_demand(page, file, demand, indent),
            Step::Item {
                name,
                outcome,
                reason,
                steps,
            } => {
                let reason = if reason.is_empty() {
                    String::new()
                } else {
                    format!(": {reason}")
                };
                page.line(&format!(
                    "{:indent$}{name}: {}{reason}",
                    "",
                    outcome.as_str()
                ));
                show_steps(page, file, steps, indent + 2);
            }
        }
    }
}

fn show_demand(page: &mut Page, file: &str, demand: &Demand, indent: usize) {
    let Demand {
        line,
        source,
        held,
        operands,
        message,
        ..
    } = demand;
    let held = match held {
        Held::Yes => "held",
        Held::No => "not held",
        Held::Unknown => "unknown",
        Held::Error => "broke",
    };
    page.line(&format!("{:indent$}{held:<9}{file}:{line}  {source}", ""));
    let below = indent + 9;
    for Operand {
        text,
        value,
        trouble,
    } in operands
    {
        let value = match value {
            Some(value) => value.to_string(),
            None => format!("({trouble})"),
        };
        page.line(&format!("{:below$}{text} = {value}", ""));
    }
    if !message.is_empty() {
        page.line(&format!("{:below$}because: {message}", ""));
    }
}

fn turn(page: &mut Page, before: Outcome, turn: Option<&Turn>) {
    let Some(turn) = turn else {
        let why = if before == Outcome::Error {
            "the rule is broken: mend it first"
        } else {
            "no single change, nor two, of what it read or of what is published was found"
        };
        return page.line(&format!("  {why}"));
    };
    let verb = match turn.outcome {
        Outcome::Pass => "it passes if",
        Outcome::Fail => "it fails if",
        Outcome::NotApplicable
        | Outcome::Unknown
        | Outcome::Error
        | Outcome::Manual
        | Outcome::Waived => "it comes out otherwise if",
    };
    match &turn.how {
        How::Publish(text) => publish(page, verb, text),
        How::Facts { changes, observed } => {
            let mut lead = format!("  {verb}");
            for change in changes {
                page.line(&format!("{lead} {}", changed(change)));
                "    and".clone_into(&mut lead);
            }
            if !observed {
                let note = "(derived from other facts: what is published has to change so that this comes of it)";
                page.line(&format!("  {note}"));
            }
        }
    }
}

fn publish(page: &mut Page, verb: &str, text: &Correction) {
    let what = if text.rtype == "file" {
        format!("the file {}", text.name)
    } else {
        format!("{} {}", text.name, text.rtype)
    };
    page.line(&format!("  {verb} {what} is"));
    for line in text.text.lines() {
        page.line(&format!("    {line}"));
    }
    for change in &text.changes {
        page.line(&format!("  - {change}"));
    }
}

fn changed(change: &Change) -> String {
    let word = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    format!(
        "{} is {}, and not {}",
        change.pointer,
        word(&change.to),
        word(&change.from)
    )
}
