//! `waxseal policy eval`: expressions over one facts document, one or line by line.

use super::facts;
use super::tool_args::Eval;
use crate::cli::exit::Code;
use crate::cli::failure::Failure;
use crate::cli::terminal;
use crate::facts::Facts;
use crate::policy::explain::{Answer, Dictionary, Expressions, Given};
use crate::report::{escape, json};
use serde_json::Value;
use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::path::Path;

const HELP: &str = "\
An expression, such as `mail.dmarc.effective.policy`, shows its value.
  :facts PATH   the members of a fact, such as `:facts dmarc` or `:facts mx.hosts[0]`
  :help         this
  :quit         ends";

/// Evaluates one expression, or line by line.
pub(super) fn run(args: &Eval) -> Result<Code, Failure> {
    if args.expression.is_none() && args.facts == Path::new("-") {
        return Err(Failure::TwoFromInput);
    }
    let facts = facts::of_file(&args.facts, args.domain.as_deref())?;
    let expressions = Expressions::new();
    let Some(text) = &args.expression else {
        return Session {
            expressions,
            facts,
            verbose: args.verbose,
            json: args.json,
        }
        .run();
    };
    let answer = expressions
        .evaluate(text, &facts)
        .map_err(Failure::Expression)?;
    terminal::print(|out| show(out, &answer, args.verbose, args.json))?;
    Ok(match answer.given {
        Given::Present { .. } | Given::Absent { .. } => Code::Passed,
        Given::Unknown { .. } => Code::Undecided,
        Given::Fail { .. } => Code::Failed,
    })
}

fn show(out: &mut dyn Write, answer: &Answer, verbose: bool, as_json: bool) -> io::Result<()> {
    if as_json {
        json::write_inert(&serde_json::to_string_pretty(answer)?, out)?;
        return writeln!(out);
    }
    let mut text = words(&answer.given)?;
    if verbose {
        let read = answer.facts.iter();
        text.extend(read.map(|one| format!("\n  read {} = {}", one.pointer, one.value)));
    }
    writeln!(out, "{}", escape::lines(&text))
}

/// What an expression gave, in words.
fn words(given: &Given) -> io::Result<String> {
    Ok(match given {
        Given::Present {
            value: Value::String(text),
        } => text.clone(),
        Given::Present { value: Value::Null } => "nothing".to_owned(),
        Given::Present { value } => serde_json::to_string_pretty(value)?,
        Given::Absent { proof } => format!(
            "absent ({proof}): an answer proved that it is not there; a rule asks `.present` before it reads inside"
        ),
        Given::Unknown { reason } => format!(
            "unknown: {reason}; no answer settled it, and a rule that reads it is neither passed nor failed"
        ),
        Given::Fail { reason } => format!("fails: {reason}"),
    })
}

/// Expressions line by line.
struct Session {
    expressions: Expressions,
    facts: Facts,
    verbose: bool,
    json: bool,
}

impl Session {
    fn run(&self) -> Result<Code, Failure> {
        let prompts = io::stdin().is_terminal();
        let prompt = || {
            if prompts {
                terminal::print(|out| write!(out, "{}> ", self.facts.target.domain))
            } else {
                Ok(())
            }
        };
        prompt()?;
        for line in io::stdin().lock().lines() {
            let line = line.map_err(|source| Failure::Read {
                file: "-".into(),
                source,
            })?;
            let line = line.trim();
            if matches!(line, ":quit" | ":q") {
                break;
            }
            if !line.is_empty() {
                self.answer(line)?;
            }
            prompt()?;
        }
        Ok(Code::Passed)
    }

    fn answer(&self, line: &str) -> Result<(), Failure> {
        if line == ":help" {
            return terminal::print(|out| writeln!(out, "{HELP}"));
        }
        if let Some(path) = line.strip_prefix(":facts") {
            let told = members(path.trim());
            return terminal::print(|out| writeln!(out, "{}", escape::lines(told.trim_end())));
        }
        if line.starts_with(':') {
            return terminal::print(|out| {
                writeln!(
                    out,
                    "there is no `{}`; `:help` shows what there is",
                    escape::lines(line)
                )
            });
        }
        match self.expressions.evaluate(line, &self.facts) {
            Ok(answer) => terminal::print(|out| show(out, &answer, self.verbose, self.json)),
            Err(faults) => {
                let told = Failure::Expression(faults).to_string();
                terminal::print(|out| writeln!(out, "{}", escape::lines(&told)))
            }
        }
    }
}

/// The members of a fact with types and meanings, aligned.
fn members(path: &str) -> String {
    let dictionary = Dictionary::new();
    let Some(members) = dictionary.members(path) else {
        return format!("there is no fact `{path}`");
    };
    let mut page = String::new();
    if let Some((kind, meaning)) = dictionary.about(path) {
        let path = if path.is_empty() { "mail" } else { path };
        page.extend([path, "  ", &kind, "  ", &meaning, "\n"]);
        if kind.starts_with("observation") {
            page.push_str("  .present and .absent say its state; .proof, .cause and .detail why\n");
        }
    }
    let widest = |text: fn(&crate::policy::explain::Member) -> &str| {
        let longest = members.iter().map(|one| text(one).chars().count()).max();
        longest.unwrap_or(0).min(40)
    };
    let (name, kind) = (widest(|one| &one.name), widest(|one| &one.kind));
    for one in &members {
        let line = format!(
            "  {:<name$}  {:<kind$}  {}",
            one.name, one.kind, one.meaning
        );
        page.extend([line.trim_end(), "\n"]);
    }
    page
}
