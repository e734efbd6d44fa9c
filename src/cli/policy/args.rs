//! The arguments of `waxseal policy`.

use super::tool_args;
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
    /// A folder, or a .tar.gz, of rules, baselines and profiles, laid over the shipped ones
    #[arg(long, global = true, value_name = "FOLDER", value_hint = ValueHint::AnyPath)]
    pub(in crate::cli) policies: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PolicyCommand {
    /// List baselines, profiles and rules
    List(List),
    /// Run the examples (`*.cases.toml`) of rules and baselines
    Test(super::test::Args),
    /// Look for faults in rules, baselines and profiles, all at once
    #[command(after_help = CHECK_HELP)]
    Check(Check),
    /// Print everything that policies may call, as definitions for editors
    Definitions {
        /// Where to write them, instead of standard output
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        out: Option<PathBuf>,
    },
    /// Write down the digests of all policy files in force, for `--locked`
    Lock {
        /// The file to write; `-` is standard output
        #[arg(long, value_name = "FILE", default_value = "waxseal.lock", value_hint = ValueHint::FilePath)]
        out: PathBuf,
    },
    /// Show a baseline or profile with its levels, or a rule with its reasons
    Show(Show),
    /// Write pages about all rules, baselines and profiles
    Doc(Doc),
    /// Tell in what two baselines, or two versions of one, differ
    Diff(Diff),
    /// Tell where baselines contradict each other
    Conflicts(Conflicts),
    /// Tell which clauses of baselines are checked, and how
    Coverage(Coverage),
    /// Show which baseline asks which rule, and how strictly
    Matrix(Matrix),
    /// Show how a rule comes to its outcome at a domain, and the smallest change that would turn it
    Explain(tool_args::Explain),
    /// Evaluate an expression with `mail` bound to facts; without one, line by line from standard input
    Eval(tool_args::Eval),
    /// Show what each rule costs at a domain
    Profile(tool_args::Profile),
    /// Write a rule, a baseline or a profile to begin with, and its examples
    New(tool_args::New),
}

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(in crate::cli) struct List {
    /// Only rules of this area, such as `dmarc`
    #[arg(long, value_name = "AREA")]
    pub(in crate::cli) area: Option<String>,
    /// Only what this baseline or profile asks
    #[arg(long, short, value_name = "ID")]
    pub(in crate::cli) baseline: Option<String>,
    /// List rules only
    #[arg(long)]
    pub(in crate::cli) rules: bool,
    /// List baselines only
    #[arg(long, conflicts_with = "rules")]
    pub(in crate::cli) baselines: bool,
    /// List profiles only
    #[arg(long, conflicts_with_all = ["rules", "baselines"])]
    pub(in crate::cli) profiles: bool,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Show {
    /// The id of a baseline, a profile or a rule
    #[arg(value_name = "ID")]
    pub(in crate::cli) id: String,
    /// Print what a profile asks in the end, as a plain baseline file
    #[arg(long, conflicts_with_all = ["json", "against_upstream"])]
    pub(in crate::cli) effective: bool,
    /// Tell in what a profile differs from the baselines that it extends
    #[arg(long)]
    pub(in crate::cli) against_upstream: bool,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// The form of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum PageFormat {
    /// Markdown; with --out a file each for the index, the areas, the baselines
    Markdown,
    /// One HTML document without scripts
    Html,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Doc {
    /// The folder for the pages, made where it is missing; without it all goes to standard output
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(in crate::cli) out: Option<PathBuf>,
    /// The form of the pages
    #[arg(long, value_name = "FORMAT", default_value = "markdown", value_enum)]
    pub(in crate::cli) format: PageFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  waxseal policy diff bsi-tr-03182 nl-forum                     two norms
  waxseal policy diff --policies OLD --with NEW baseline        one norm in two policy folders
  waxseal policy diff OLD/baselines/x.rhai NEW/baselines/x.rhai the same by files

Exit codes:
  0  they ask the same
  1  they differ")]
pub(in crate::cli) struct Diff {
    /// The id of a baseline or profile, or its file
    #[arg(value_name = "BASELINE")]
    pub(in crate::cli) left: String,
    /// The other one; with --with, the same where it is left out
    #[arg(value_name = "BASELINE", required_unless_present = "with")]
    pub(in crate::cli) right: Option<String>,
    /// The policy folder that the other one is taken from, laid over the shipped policies
    #[arg(long = "with", value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(in crate::cli) with: Option<PathBuf>,
    /// List what both ask alike, too
    #[arg(long)]
    pub(in crate::cli) all: bool,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes:
  0  nothing contradicts
  1  something does")]
pub(in crate::cli) struct Conflicts {
    /// Baselines and profiles; without any, all baselines
    #[arg(value_name = "BASELINE")]
    pub(in crate::cli) ids: Vec<String>,
    /// Another baseline or profile; may be repeated
    #[arg(long, short, value_name = "ID")]
    pub(in crate::cli) baseline: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Coverage {
    /// Baselines and profiles; without any, a line for each
    #[arg(value_name = "BASELINE")]
    pub(in crate::cli) ids: Vec<String>,
    /// List only what no machine checks
    #[arg(long)]
    pub(in crate::cli) missing: bool,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Matrix {
    /// Baselines and profiles; without any, all
    #[arg(value_name = "BASELINE")]
    pub(in crate::cli) ids: Vec<String>,
    /// Only rules of this area, such as `dmarc`
    #[arg(long, value_name = "AREA")]
    pub(in crate::cli) area: Option<String>,
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
