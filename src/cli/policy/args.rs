//! The arguments of `waxseal policy`.

use clap::{Args, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;

const CHECK_HELP: &str = "\
Exit codes:
  0  no errors; with --strict, no warnings either
  2  a file or folder can't be used
  3  faults were found";

#[derive(Debug, Args)]
pub(in crate::cli) struct Policy {
    #[command(subcommand)]
    pub(in crate::cli) command: PolicyCommand,
    /// A folder of rules and baselines, laid over the shipped ones
    #[arg(long, global = true, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(in crate::cli) policies: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PolicyCommand {
    /// List baselines and rules
    List,
    /// Run the examples (`*.cases.toml`) of rules and baselines
    Test,
    /// Look for faults in rules, baselines and profiles, all at once
    #[command(after_help = CHECK_HELP)]
    Check(Check),
    /// Print everything that policies may call, as definitions for editors
    Definitions {
        /// Where to write them, instead of standard output
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        out: Option<PathBuf>,
    },
    /// Show a baseline with its levels, or a rule with its reasons
    Show {
        /// The id of a baseline or rule
        id: String,
    },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Check {
    /// Folders of policies, or single files in them; without any, those of --policies
    #[arg(value_name = "FILE or FOLDER", value_hint = ValueHint::AnyPath)]
    pub(in crate::cli) paths: Vec<PathBuf>,
    /// How faults are shown
    #[arg(long, value_name = "FORMAT", default_value = "text", value_enum)]
    pub(in crate::cli) format: FaultFormat,
    /// Let warnings fail the check, too
    #[arg(long)]
    pub(in crate::cli) strict: bool,
}

/// How faults are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum FaultFormat {
    /// Each with its line and a mark below the place
    Text,
    /// One JSON document
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// Annotations of GitHub workflows
    Github,
}
