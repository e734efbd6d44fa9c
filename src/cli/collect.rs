//! `waxseal collect`: facts, written down.

use super::args;
use super::exit::Code;
use super::failure::Failure;
use super::outputs::Draft;
use super::scan::{Work, jobs, keep};
use super::{settings, terminal};
use crate::scan::stored;
use std::path::Path;

/// Collects and writes one document a line.
pub(super) fn run(args: &args::Collect) -> Result<Code, Failure> {
    let found = settings::find(&args.config)?;
    let (jobs, _) = jobs(&args.targets, &found.settings)?;
    let to_file = args.output != Path::new("-");
    let mut file = to_file.then(|| Draft::open(&args.output)).transpose()?;
    let work = Work {
        targets: &args.targets,
        network: &args.network,
        probe: found.settings.probe,
        quiet: args.quiet,
    };
    let end = work.run(&jobs, |facts| match &mut file {
        Some(file) => keep(file, &facts),
        None => terminal::print(|out| stored::write(&facts, out)),
    })?;
    file.map_or(Ok(()), |file| file.finish(|_| Ok(())))?;
    Ok(if end.is_whole() {
        Code::Passed
    } else {
        Code::Undecided
    })
}
