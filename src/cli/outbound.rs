//! Files of observations that the arguments name.

use super::failure::Failure;
use super::terminal;
use crate::report::escape;
use crate::scan::outbound::Observations;
use clap::{Args, ValueHint};
use std::fs::File;
use std::path::PathBuf;

/// The most domains without facts that are named.
const NAMED: usize = 5;

/// What was observed of the domains' mail.
#[derive(Debug, Default, Args)]
pub(super) struct Observed {
    /// Take in what was observed of mail that the domains send: files that `message`, `receive` or `reports` wrote
    /// with --output; may be repeated
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Targets")]
    pub(super) outbound: Vec<PathBuf>,
    /// Count messages too that neither SPF nor DKIM proves to be of the domain in From, where you know that they are:
    /// anybody can write that name
    #[arg(long, requires = "outbound", help_heading = "Targets")]
    outbound_unauthenticated: bool,
}

/// Reads all of the files.
pub(super) fn read(args: &Observed) -> Result<Observations, Failure> {
    let mut observations = if args.outbound_unauthenticated {
        Observations::counting_all()
    } else {
        Observations::default()
    };
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

/// Says what of the observations was not used: messages that may be forged, and those of domains without facts.
pub(super) fn note_unused(observations: &Observations) {
    note_unproven(observations);
    note_unknown(observations);
}

fn note_unproven(observations: &Observations) {
    for (domain, count) in observations.unproven().take(NAMED) {
        let (messages, do_not, they) = match count {
            1 => ("message", "does not", "it"),
            _ => ("messages", "do not", "they"),
        };
        let (were, domain) = (
            if count == 1 { "was" } else { "were" },
            escape::line(domain),
        );
        terminal::note(&format!(
            "{count} {messages} that {do_not} authenticate as {domain} {were} left out: {they} may be forged \
             (count them with --outbound-unauthenticated)"
        ));
    }
    let more = observations.unproven().skip(NAMED).count();
    if more > 0 {
        terminal::note(&format!("the same of {more} more domains"));
    }
}

fn note_unknown(observations: &Observations) {
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
