//! `waxseal demo`: the main job over every scenario of the lab, held against the lab's table.

use super::args::{self, Color, Command};
use super::exit::Code;
use super::failure::Failure;
use super::outputs::Draft;
use super::scan::{Work, keep};
use super::terminal;
use crate::lab;
use crate::policy::{Policy, source::Source};
use crate::report::{self, Format, Options};
use crate::results::Scan;
use crate::results::gate::Gate;
use crate::scan::plan::DEFAULT_BASELINES;
use crate::scan::{self, table::Table};
use clap::Parser as _;
use std::fs;
use std::io::Write;
use std::path::Path;

/// The domain that is shown in full.
const SHOWN: &str = "starttls-one-of-two.test";

/// Scans the lab, shows what came out, writes reports and compares.
pub(super) fn run(args: args::Demo, color: Color) -> Result<Code, Failure> {
    let out = args.out;
    fs::create_dir_all(&out).map_err(|source| Failure::Write {
        file: out.clone(),
        source,
    })?;
    let expected =
        Table::parse(lab::EXPECTED).map_err(|error| Failure::Table(error.to_string()))?;
    let scan = scan_lab(&out)?;
    for (name, format) in [
        ("report.xml", Format::Junit),
        ("results.json", Format::Json),
        ("report.txt", Format::Text),
    ] {
        let plain = Options {
            width: 100,
            color: false,
            verbose: true,
            summary: false,
        };
        Draft::open(&out.join(name))?.finish(|file| report::render(format, &scan, &plain, file))?;
    }
    let options = Options {
        width: terminal::width(),
        color: terminal::colored(color),
        verbose: false,
        summary: true,
    };
    let differences = Table::of(&scan).differences(&expected);
    terminal::print(|to| show(to, &scan, &options, &out, &differences))?;
    Ok(if differences.is_empty() {
        Code::Passed
    } else {
        Code::Failed
    })
}

/// The ordinary scan, with the ordinary defaults, over every scenario.
fn scan_lab(out: &Path) -> Result<Scan, Failure> {
    let Ok(args::Asked {
        command: Command::Scan(args),
        ..
    }) = args::Asked::try_parse_from(["waxseal", "scan", "--lab"])
    else {
        return Err(Failure::Table(
            "the ordinary scan has no defaults".to_owned(),
        ));
    };
    // Whatever settings lie about, the demo is the same everywhere.
    let baselines = DEFAULT_BASELINES.map(str::to_owned);
    let policy = Policy::load(&Source::shipped(), &baselines).map_err(Failure::Policy)?;
    let mut facts_file = Draft::open(&out.join("facts.jsonl"))?;
    let mut results = Vec::new();
    let work = Work {
        targets: &args.targets,
        network: &args.network,
        probe: None,
        quiet: false,
    };
    let end = work.run(&scan::lab::jobs(), |facts| {
        results.push(scan::correct::judge(&policy, &facts));
        keep(&mut facts_file, &facts)
    })?;
    facts_file.finish(|_| Ok(()))?;
    let basis = scan::Basis::of(&[&policy]);
    Ok(scan::assemble(
        basis,
        Gate::default(),
        results,
        end.partial(),
    ))
}

fn show(
    to: &mut dyn Write,
    scan: &Scan,
    summary: &Options,
    out: &Path,
    differences: &[String],
) -> std::io::Result<()> {
    let count = scan.targets.len();
    writeln!(
        to,
        "The lab: {count} mail domains on a mini Internet inside this process.\n"
    )?;
    report::render(Format::Text, scan, summary, to)?;
    let shown: Vec<_> = scan
        .targets
        .iter()
        .filter(|result| result.target.domain == SHOWN)
        .cloned()
        .collect();
    let counts =
        crate::results::summary::Summary::of(shown.iter().flat_map(|result| &result.findings));
    let one = Scan {
        targets: shown,
        summary: counts,
        shared_keys: Vec::new(),
        ..scan.clone()
    };
    writeln!(
        to,
        "\nOne of them in full, as `waxseal scan --lab {SHOWN}` shows it:\n"
    )?;
    report::render(
        Format::Text,
        &one,
        &Options {
            summary: false,
            ..*summary
        },
        to,
    )?;
    writeln!(
        to,
        "\nReports: {0}/report.xml (JUnit), {0}/results.json, {0}/report.txt; facts: {0}/facts.jsonl",
        out.display()
    )?;
    if differences.is_empty() {
        return writeln!(to, "Every outcome is what the lab's table expects.");
    }
    writeln!(
        to,
        "{} outcomes are not what the lab's table expects:",
        differences.len()
    )?;
    differences
        .iter()
        .try_for_each(|line| writeln!(to, "  {line}"))
}
