//! `waxseal diff`: two runs side by side.

use super::args;
use super::exit::Code;
use super::failure::Failure;
use super::scan::gathering;
use super::{policies, settings, terminal};
use crate::report::stored::Stored;
use crate::report::{Options, difference, json};
use crate::results::difference::Past;
use crate::results::gate::Gate;
use crate::results::targets::Results;
use crate::scan::gather::{Gathered, Gatherer};
use crate::scan::stored;
use serde::Deserialize;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

/// Compares two files of results, or of facts, which are evaluated for it.
pub(super) fn run(args: &args::Diff, color: args::Color) -> Result<Code, Failure> {
    let found = settings::find(&args.config)?;
    let open = |file: &Path| Side::open(file, args, &found);
    let (old, new) = (open(&args.old)?, open(&args.new)?);
    let reading = |file: &Path| {
        let file = file.to_owned();
        move |source| Failure::Read { file, source }
    };
    let past = Past::new(old.results()).map_err(reading(&args.old))?;
    let difference = past.until(new.results()).map_err(reading(&args.new))?;
    let options = Options {
        width: terminal::width(),
        color: terminal::colored(color),
        verbose: args.verbose,
        ..Options::default()
    };
    terminal::print(|out| {
        if !args.json {
            return difference::render(&difference, &options, out);
        }
        serde_json::to_writer_pretty(json::Inert(&mut *out), &difference)?;
        out.write_all(b"\n")
    })?;
    let cut_short = new.results().run.partial.is_some();
    Ok(if difference.is_worse() {
        Code::Failed
    } else if cut_short {
        Code::Undecided
    } else {
        Code::Passed
    })
}

/// One of the two runs.
enum Side {
    /// Stored results.
    Stored(Box<Stored>),
    /// Facts that were evaluated just now.
    Evaluated(Box<Gathered>),
}

impl Side {
    fn open(file: &Path, args: &args::Diff, found: &settings::Found) -> Result<Self, Failure> {
        if is_facts(file)? {
            evaluate(file, args, found).map(|run| Self::Evaluated(Box::new(run)))
        } else {
            policies::results(file).map(|run| Self::Stored(Box::new(run)))
        }
    }

    fn results(&self) -> Results<'_> {
        match self {
            Self::Stored(stored) => stored.results(),
            Self::Evaluated(evaluated) => evaluated.results(),
        }
    }
}

/// Whether the first document of a file says that it has facts.
fn is_facts(file: &Path) -> Result<bool, Failure> {
    #[derive(Deserialize)]
    struct Head {
        schema: String,
    }
    let opened = File::open(file).map_err(|source| Failure::Read {
        file: file.to_owned(),
        source,
    })?;
    let first = serde_json::Deserializer::from_reader(BufReader::new(opened))
        .into_iter::<Head>()
        .next();
    // What is no document at all is told better by whoever reads results.
    Ok(matches!(first, Some(Ok(head)) if head.schema.starts_with("waxseal.facts/")))
}

fn evaluate(file: &Path, args: &args::Diff, found: &settings::Found) -> Result<Gathered, Failure> {
    let mut plan = found.plan(&args.policies())?;
    let mut gatherer = Gatherer::new(Gate::default(), None, tempfile::tempfile);
    let opened = File::open(file).map_err(|source: io::Error| Failure::Read {
        file: file.to_owned(),
        source,
    })?;
    for document in stored::documents(opened) {
        let facts = document.map_err(|source| Failure::Facts {
            file: file.to_owned(),
            source,
        })?;
        let judged = plan.judge(&facts).map_err(|faults| found.failure(faults));
        gatherer.add(judged?).map_err(gathering)?;
    }
    let complete = gatherer.finish(plan.finish(false), found.digest(), None);
    complete.map_err(gathering)
}
