//! `waxseal policy test`: runs the examples of rules and baselines, and tells what they leave open.

use crate::cli::exit::Code;
use crate::cli::failure::Failure;
use crate::cli::outputs::Draft;
use crate::cli::terminal;
use crate::net::clock::Clock;
use crate::policy::cases::{CaseResult, CaseVerdict, Gap, Mutation, Play, Played, Ready, Suite};
use crate::policy::source::Source;
use crate::report::{escape, examples};
use crate::scan::cases;
use clap::ValueHint;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::PathBuf;
use tokio::runtime::Runtime;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Only cases with this text in their file, rule, baseline or name; may be given more than once
    #[arg(long, value_name = "TEXT")]
    filter: Vec<String>,
    /// Write a `JUnit` report of the cases to a file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    junit: Option<PathBuf>,
    /// Name the rules that lack a case that passes, fails, is unknown or does not apply; then the exit code is 1
    #[arg(long)]
    coverage: bool,
    /// Change the rules, one operator or constant at a time, and name the changes that no case notices
    #[arg(long)]
    mutate: bool,
}

/// Runs the cases that are asked for and tells those that did not hold.
pub(super) fn run(source: &Source, args: &Args) -> Result<Code, Failure> {
    let junit = args.junit.as_deref().map(Draft::open).transpose()?;
    let suite = Suite::load(source).map_err(Failure::Policy)?;
    let gaps = args.coverage.then(|| suite.gaps(&args.filter));
    let suite = suite.matching(&args.filter);
    let played = play(suite.plays(args.mutate))?;
    let ready = suite.ready(played);
    let results = ready.run().map_err(Failure::Policy)?;
    let passed = results.iter().filter(|case| held(case)).count();
    let all = passed == results.len();
    let mutation = (args.mutate && all).then(|| mutate(&ready)).transpose()?;
    if let Some(draft) = junit {
        let now = Clock::System.now();
        draft.finish(|out| examples::write(&suites(&results), now, out))?;
    }
    terminal::print(|out| {
        for case in results.iter().filter(|case| !held(case)) {
            let (file, line) = (&case.file, case.line);
            let told = format!("{file}:{line}: {}", told(case));
            writeln!(out, "{}", escape::lines(&told))?;
        }
        if let Some(mutation) = &mutation {
            survivors(out, mutation)?;
        }
        if let Some(gaps) = &gaps {
            uncovered(out, gaps)?;
        }
        if args.mutate && !all {
            writeln!(out, "no rule was changed: first let every case hold")?;
        }
        writeln!(out, "{passed} of {} cases hold", results.len())
    })?;
    Ok(if !all || gaps.is_some_and(|gaps| !gaps.is_empty()) {
        Code::Failed
    } else if results.is_empty() {
        Code::Empty
    } else {
        Code::Passed
    })
}

fn held(case: &CaseResult) -> bool {
    case.verdict == CaseVerdict::Passed
}

/// What the lab shows of the domains that cases ask for.
fn play(plays: BTreeSet<Play>) -> Result<Played, Failure> {
    if plays.is_empty() {
        return Ok(Played::new());
    }
    let runtime = Runtime::new().map_err(Failure::Runtime)?;
    runtime
        .block_on(cases::play(plays))
        .map_err(|error| Failure::Lab(error.to_string()))
}

fn mutate(ready: &Ready) -> Result<Mutation, Failure> {
    let mutants = ready.mutants();
    ready.try_mutants(&mutants).map_err(Failure::Policy)
}

fn told(case: &CaseResult) -> String {
    let CaseResult {
        subject,
        name,
        expected,
        got,
        ..
    } = case;
    format!("{subject}: {name}\n  expected  {expected}\n  got       {got}")
}

fn survivors(out: &mut dyn Write, mutation: &Mutation) -> io::Result<()> {
    for mutant in &mutation.survived {
        let (file, line, column) = (&mutant.file, mutant.line, mutant.column);
        let becomes = match mutant.becomes.as_str() {
            "" => "left out".to_owned(),
            becomes => format!("→ `{becomes}`"),
        };
        let rules = mutant.rules.join(", ");
        let told = format!(
            "{file}:{line}:{column}: no case notices `{}` {becomes}: {rules}",
            mutant.was
        );
        writeln!(out, "{}", escape::lines(&told))?;
    }
    let (score, survived) = (mutation.permille(), mutation.survived.len());
    writeln!(
        out,
        "{} of {} changes noticed, {}.{} %; {} more give no policy that can be loaded",
        mutation.killed,
        mutation.killed + survived,
        score / 10,
        score % 10,
        mutation.unloadable
    )
}

fn uncovered(out: &mut dyn Write, gaps: &[Gap]) -> io::Result<()> {
    for gap in gaps {
        let missing = gap.missing.iter().map(|outcome| outcome.as_str());
        let missing: Vec<_> = missing.collect();
        let told = format!(
            "{}:{}: {}: no case is {}",
            gap.file,
            gap.line,
            gap.rule,
            missing.join(", ")
        );
        writeln!(out, "{}", escape::lines(&told))?;
    }
    match gaps.len() {
        0 => writeln!(out, "every outcome of every rule has a case"),
        1 => writeln!(out, "1 rule lacks cases"),
        count => writeln!(out, "{count} rules lack cases"),
    }
}

/// The results as suites, one a file.
fn suites(results: &[CaseResult]) -> Vec<examples::Suite> {
    let mut suites: BTreeMap<&str, Vec<examples::Example>> = BTreeMap::new();
    for case in results {
        let trouble = (!held(case)).then(|| examples::Trouble {
            broken: case.verdict == CaseVerdict::Faulty,
            message: format!("expected {}, got {}", case.expected, case.got),
            body: format!("{}:{}: {}", case.file, case.line, told(case)),
        });
        suites
            .entry(&case.file)
            .or_default()
            .push(examples::Example {
                subject: case.subject.clone(),
                name: case.name.clone(),
                trouble,
            });
    }
    suites
        .into_iter()
        .map(|(name, examples)| examples::Suite {
            name: name.to_owned(),
            examples,
        })
        .collect()
}
