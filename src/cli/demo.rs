//! `waxseal demo`: the main job over every scenario of the lab, held against the lab's table.

use super::args::{self, Color, Command};
use super::exit::Code;
use super::failure::Failure;
use super::outputs::Draft;
use super::scan::{Work, gathering, keep};
use super::terminal;
use crate::lab;
use crate::policy::{Policy, source::Source};
use crate::report::{self, Format, Options};
use crate::results::gate::Gate;
use crate::results::summary::Summary;
use crate::results::{Run, Scan};
use crate::scan::gather::{Gathered, Gatherer};
use crate::scan::plan::DEFAULT_BASELINES;
use crate::scan::{self, table::Table};
use clap::Parser as _;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// The domain that is shown in full.
const SHOWN: &str = "starttls-one-of-two.test";

/// The reports that are kept, by file.
const REPORTS: [(&str, Format); 5] = [
    ("report.html", Format::Html),
    ("report.xml", Format::Junit),
    ("report.sarif", Format::Sarif),
    ("results.json", Format::Json),
    ("report.txt", Format::Text),
];

/// Scans the lab, shows what came out, writes reports and compares.
pub(super) fn run(args: args::Demo, color: Color) -> Result<Code, Failure> {
    let out = args.out;
    fs::create_dir_all(&out).map_err(|source| Failure::Write {
        file: out.clone(),
        source,
    })?;
    let expected =
        Table::parse(lab::EXPECTED).map_err(|error| Failure::Table(error.to_string()))?;
    let gathered = scan_lab(&out)?;
    let results = gathered.results();
    let plain = Options {
        width: 100,
        verbose: true,
        ..Options::default()
    };
    for (name, format) in REPORTS {
        let file = Draft::open(&out.join(name))?;
        file.finish(|file| report::render(format, results, &plain, file))?;
    }
    let options = Options {
        width: terminal::width(),
        color: terminal::colored(color),
        summary: true,
        ..Options::default()
    };
    let table = Table::of(results).map_err(gathering)?;
    let differences = table.differences(&expected);
    terminal::print(|to| show(to, &gathered, &options, &out, &differences))?;
    Ok(if differences.is_empty() {
        Code::Passed
    } else {
        Code::Failed
    })
}

/// The ordinary scan, with the ordinary defaults, over every scenario.
fn scan_lab(out: &Path) -> Result<Gathered, Failure> {
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
    let mut gatherer = Gatherer::new(Gate::default(), None, tempfile::tempfile);
    let work = Work {
        targets: &args.targets,
        network: &args.network,
        probe: None,
        quiet: false,
    };
    let end = work.run(&scan::lab::jobs(), |facts| {
        let judged = scan::correct::judge(&policy, &facts);
        gatherer.add(judged).map_err(gathering)?;
        keep(&mut facts_file, &facts)
    })?;
    facts_file.finish(|_| Ok(()))?;
    let basis = scan::Basis::of(&[&policy]);
    gatherer
        .finish(basis, None, end.partial())
        .map_err(gathering)
}

fn show(
    to: &mut dyn Write,
    gathered: &Gathered,
    summary: &Options,
    out: &Path,
    differences: &[String],
) -> io::Result<()> {
    let results = gathered.results();
    let count = results.targets.count();
    writeln!(
        to,
        "The lab: {count} mail domains on a mini Internet inside this process.\n"
    )?;
    report::render(Format::Text, results, summary, to)?;
    let mut shown = Vec::new();
    results.targets.each(&mut |_, result| {
        if result.target.domain == SHOWN {
            shown.push(result.clone());
        }
        Ok(())
    })?;
    let run = Run {
        summary: Summary::of(shown.iter().flat_map(|result| &result.findings)),
        shared_keys: Vec::new(),
        ..gathered.run.clone()
    };
    let one = Scan {
        run,
        targets: shown,
    };
    writeln!(
        to,
        "\nOne of them in full, as `waxseal scan --lab {SHOWN}` shows it:\n"
    )?;
    let full = Options {
        summary: false,
        ..summary.clone()
    };
    report::render(Format::Text, one.results(), &full, to)?;
    writeln!(
        to,
        "\nReports: {0}/report.html, {0}/report.xml (JUnit), {0}/report.sarif, {0}/results.json, {0}/report.txt; facts: {0}/facts.jsonl",
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
