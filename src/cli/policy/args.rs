//! The arguments of `waxseal policy`.

use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(in crate::cli) struct Policy {
    #[command(subcommand)]
    pub(in crate::cli) command: PolicyCommand,
    /// A folder, or a .tar.gz, of rules, baselines and profiles, laid over the shipped ones
    #[arg(long, global = true, value_name = "FOLDER", value_hint = ValueHint::AnyPath)]
    pub(in crate::cli) policies: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PolicyCommand {
    /// List baselines and rules
    List,
    /// Run the examples (`*.cases.toml`) of rules and baselines
    Test(super::test::Args),
    /// Write down the digests of all policy files in force, for `--locked`
    Lock {
        /// The file to write; `-` is standard output
        #[arg(long, value_name = "FILE", default_value = "waxseal.lock", value_hint = ValueHint::FilePath)]
        out: PathBuf,
    },
    /// Show a baseline with its levels, or a rule with its reasons
    Show {
        /// The id of a baseline or rule
        id: String,
    },
}
