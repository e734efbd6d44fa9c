//! `waxseal evaluate`: stored facts to results, without a network.

use super::args;
use super::exit::Code;
use super::failure::Failure;
use super::outputs::Outputs;
use super::scan::gathering;
use super::{outbound, policies, settings};
use crate::scan::gather::Gatherer;
use crate::scan::stored;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Evaluates every document of every file. What stands before a fault in a file is evaluated and reported,
/// and the report says that it is not whole.
pub(super) fn run(args: args::Evaluate, color: args::Color) -> Result<Code, Failure> {
    let found = settings::find(&args.config)?;
    let mut plan = found.plan(&args.policies)?;
    let gate = found.gate(&args.policies);
    let earlier = policies::earlier(&args.policies)?;
    let mut gatherer = Gatherer::new(gate, earlier, tempfile::tempfile);
    let output = found.output(&args.output)?;
    let settings = Path::new(&found.settings.file);
    let mut inputs: Vec<&Path> = args.files.iter().map(PathBuf::as_path).collect();
    inputs.extend(args.observed.outbound.iter().map(PathBuf::as_path));
    inputs.push(settings);
    let outputs = Outputs::open(&output, None, &inputs, color)?;
    let mut observations = outbound::read(&args.observed)?;
    let mut faulty = None;
    for file in args.files {
        for document in stored::documents(open(&file)?) {
            match document {
                Ok(mut facts) => {
                    observations.attach(&mut facts);
                    let judged = plan.judge(&facts).map_err(|faults| found.failure(faults));
                    gatherer.add(judged?).map_err(gathering)?;
                }
                Err(source) => {
                    let file = file.clone();
                    faulty = faulty.or(Some(Failure::Facts { file, source }));
                    break;
                }
            }
        }
    }
    outbound::note_unused(&observations);
    if gatherer.is_empty() {
        return Err(faulty.unwrap_or(Failure::NoDocuments));
    }
    let partial = faulty.as_ref().map(ToString::to_string);
    let complete = gatherer
        .finish(plan.finish(false), found.digest(), partial)
        .map_err(gathering)?;
    let written = outputs.write(complete.results());
    if let Some(failure) = faulty {
        return written.and(Err(failure));
    }
    written?;
    policies::warn(&complete.run);
    Ok(complete.run.verdict.into())
}

fn open(file: &Path) -> Result<Box<dyn Read>, Failure> {
    if file == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let open = File::open(file).map_err(|source| Failure::Read {
        file: file.to_owned(),
        source,
    })?;
    Ok(Box::new(open))
}
