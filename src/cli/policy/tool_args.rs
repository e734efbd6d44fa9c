//! The arguments of the tools that look at rules one by one, and of `new`.

use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(in crate::cli) struct Explain {
    /// The id of the rule
    pub(in crate::cli) rule: String,
    /// A file of facts, as `collect` writes them; `-` is standard input
    #[arg(value_name = "FACTS", required_unless_present = "lab", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) facts: Option<PathBuf>,
    /// Collect the facts of this domain of the mini Internet inside this process
    #[arg(long, value_name = "DOMAIN", conflicts_with = "facts")]
    pub(in crate::cli) lab: Option<String>,
    /// Take the parameters with which this baseline asks, instead of the rule's defaults; may be repeated
    #[arg(long, short, value_name = "ID")]
    pub(in crate::cli) baseline: Vec<String>,
    /// The domain, where the file has several
    #[arg(long, value_name = "DOMAIN", conflicts_with = "lab")]
    pub(in crate::cli) domain: Option<String>,
    /// Print it as JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(allow_missing_positional = true)]
pub(in crate::cli) struct Eval {
    /// The expression, such as `mail.dmarc.effective.policy`
    #[arg(value_name = "EXPRESSION")]
    pub(in crate::cli) expression: Option<String>,
    /// A file of facts, as `collect` writes them; `-` is standard input
    #[arg(value_name = "FACTS", required = true, value_hint = ValueHint::FilePath)]
    pub(in crate::cli) facts: PathBuf,
    /// The domain, where the file has several
    #[arg(long, value_name = "DOMAIN")]
    pub(in crate::cli) domain: Option<String>,
    /// Show the facts that were read, too
    #[arg(long, short)]
    pub(in crate::cli) verbose: bool,
    /// Print it as JSON, with the facts that were read
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Profile {
    /// A file of facts, as `collect` writes them; `-` is standard input
    #[arg(value_name = "FACTS", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) facts: PathBuf,
    /// The domain, where the file has several
    #[arg(long, value_name = "DOMAIN")]
    pub(in crate::cli) domain: Option<String>,
    /// A baseline whose rules are run; may be repeated
    #[arg(long, short, value_name = "ID", default_values = ["baseline", "mecsa"])]
    pub(in crate::cli) baseline: Vec<String>,
    /// How often each rule is run, for the median of its time
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub(in crate::cli) repeat: u16,
    /// Print it as JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct New {
    #[command(subcommand)]
    pub(in crate::cli) what: NewWhat,
    /// The folder of policies to write into; made where it is missing
    #[arg(long, global = true, value_name = "FOLDER", default_value = "policies", value_hint = ValueHint::DirPath)]
    pub(in crate::cli) out: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum NewWhat {
    /// A rule in rules/<area>.rhai; behind those of the file, where it is there
    Rule {
        /// The id: the requirement in words, such as `mx-servers-at-least`
        id: String,
        /// The part of mail security that it belongs to, such as `mx`
        #[arg(long, value_name = "AREA")]
        area: String,
    },
    /// A baseline in `baselines/<id>.rhai`
    Baseline {
        /// The id of the norm
        id: String,
    },
    /// A profile in `profiles/<id>.rhai`
    Profile {
        /// The id of the profile
        id: String,
        /// A baseline or profile that it extends; may be repeated
        #[arg(long, value_name = "ID", required = true)]
        extends: Vec<String>,
    },
}
