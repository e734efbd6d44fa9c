//! `waxseal collect`: facts, written down.

use super::args;
use super::exit::Code;
use super::failure::Failure;
use super::outputs::Draft;
use super::scan::{Work, jobs, keep};
use super::terminal;
use crate::scan::stored;
use std::path::Path;

/// Collects and writes one document a line.
pub(super) fn run(args: &args::Collect) -> Result<Code, Failure> {
    let jobs = jobs(&args.targets)?;
    let to_file = args.output != Path::new("-");
    let mut file = to_file.then(|| Draft::open(&args.output)).transpose()?;
    let work = Work {
        targets: &args.targets,
        network: &args.network,
        quiet: args.quiet,
    };
    let end = work.run(&jobs, |facts| {
        if let Some(file) = &mut file {
            return keep(file, &facts);
        }
        let line = stored::write(&facts).map_err(|source| Failure::Output(source.into()))?;
        terminal::print(|out| writeln!(out, "{line}"))
    })?;
    file.map_or(Ok(()), |file| file.finish(|_| Ok(())))?;
    Ok(if end.is_whole() {
        Code::Passed
    } else {
        Code::Undecided
    })
}
