//! Files of observations that the arguments name.

use super::args;
use super::failure::Failure;
use super::terminal;
use crate::scan::outbound::Observations;
use std::fs::File;

/// The most domains without facts that are named.
const NAMED: usize = 5;

/// Reads all of the files.
pub(super) fn read(args: &args::Observed) -> Result<Observations, Failure> {
    let mut observations = Observations::default();
    for file in &args.outbound {
        let open = File::open(file).map_err(|source| Failure::Read {
            file: file.clone(),
            source,
        })?;
        let read = observations.read(open);
        read.map_err(|source| Failure::Observations {
            file: file.clone(),
            source,
        })?;
    }
    Ok(observations)
}

/// Says of which domains there are observations and no facts.
pub(super) fn note_unused(observations: &Observations) {
    let unused: Vec<&str> = observations.unused().collect();
    if unused.is_empty() {
        return;
    }
    let more = match unused.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let named = unused.iter().take(NAMED).copied().collect::<Vec<_>>();
    terminal::note(&format!(
        "not used: observations of {}{more}, which is not among the domains looked at",
        named.join(", ")
    ));
}
