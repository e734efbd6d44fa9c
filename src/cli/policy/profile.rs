//! `waxseal policy profile`: what each rule costs.

use super::tool_args::Profile;
use super::{chosen, facts};
use crate::cli::exit::Code;
use crate::cli::failure::Failure;
use crate::cli::terminal;
use crate::policy::explain::Cost;
use crate::policy::source::Source;
use crate::report::{escape, json};
use serde::Serialize;
use serde_json::{Map, Value};
use std::io::{self, Write};
use std::time::Instant;

/// What `--json` prints.
#[derive(Serialize)]
struct Page<'a> {
    domain: &'a str,
    repeat: u16,
    rules: &'a [Cost],
    total: Total,
}

/// Of all rules together.
#[derive(Serialize)]
struct Total {
    rules: usize,
    operations: u64,
    facts: usize,
    microseconds: f64,
}

/// Runs every rule and shows what each costs, the dearest first.
pub(super) fn run(args: &Profile, source: &Source) -> Result<Code, Failure> {
    let policy = chosen(source, &args.baseline)?;
    let facts = facts::of_file(&args.facts, args.domain.as_deref())?;
    let began = Instant::now();
    let costs = policy.costs(&facts, usize::from(args.repeat), &|| began.elapsed());
    let total = Total {
        rules: costs.len(),
        operations: costs.iter().map(|cost| u64::from(cost.operations)).sum(),
        facts: costs.iter().map(|cost| cost.facts).sum(),
        microseconds: costs.iter().map(|cost| cost.microseconds).sum(),
    };
    terminal::print(|out| {
        if args.json {
            let page = Page {
                domain: &facts.target.domain,
                repeat: args.repeat,
                rules: &costs,
                total,
            };
            json::write_inert(&serde_json::to_string_pretty(&page)?, out)?;
            return writeln!(out);
        }
        table(out, &costs, &total)
    })?;
    Ok(Code::Passed)
}

fn table(out: &mut dyn Write, costs: &[Cost], total: &Total) -> io::Result<()> {
    let names: Vec<String> = costs
        .iter()
        .map(|cost| format!("{}{}", cost.rule, with(&cost.parameters)))
        .collect();
    let longest = names.iter().map(|name| name.chars().count()).max();
    let width = longest.unwrap_or(0).clamp(10, 70);
    let head = ["operations", "microseconds", "facts"];
    writeln!(
        out,
        "{:<width$}  {:>10}  {:>12}  {:>5}  outcome",
        "rule", head[0], head[1], head[2]
    )?;
    for (name, cost) in names.iter().zip(costs) {
        let Cost {
            outcome,
            operations,
            facts,
            microseconds,
            ..
        } = cost;
        let name = escape::line(name);
        let outcome = outcome.as_str();
        writeln!(
            out,
            "{name:<width$}  {operations:>10}  {microseconds:>12.1}  {facts:>5}  {outcome}"
        )?;
    }
    let Total {
        rules,
        operations,
        facts,
        microseconds,
    } = total;
    let name = format!("{rules} in all");
    writeln!(
        out,
        "{name:<width$}  {operations:>10}  {microseconds:>12.1}  {facts:>5}"
    )
}

/// The parameters behind the id, as `(policy=reject)`.
fn with(parameters: &Map<String, Value>) -> String {
    if parameters.is_empty() {
        return String::new();
    }
    let word = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let all: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={}", word(value)))
        .collect();
    format!(" ({})", all.join(", "))
}
