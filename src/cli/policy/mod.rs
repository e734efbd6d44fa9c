//! `waxseal policy`: tools for those who write rules, baselines and profiles; one file a subcommand.

pub(super) mod args;
mod eval;
mod explain;
mod facts;
mod list;
mod new;
mod profile;
mod test;

use super::exit::Code;
use super::failure::Failure;
use super::{policies, terminal};
use crate::policy::source::Source;
use crate::policy::{self, Policy};
use args::PolicyCommand;

/// Does what is asked of the policies.
pub(super) fn run(args: args::Policy) -> Result<Code, Failure> {
    if let PolicyCommand::New(new) = &args.command {
        return new::run(new);
    }
    let source = policies::source(args.policies.as_deref())?;
    match args.command {
        PolicyCommand::New(_) => {}
        PolicyCommand::Explain(args) => return explain::run(&args, &source),
        PolicyCommand::Eval(args) => return eval::run(&args),
        PolicyCommand::Profile(args) => return profile::run(&args, &source),
        PolicyCommand::Test => return test::run(&source),
        PolicyCommand::List => {
            let policy = everything(&source)?;
            terminal::print(|out| list::list(out, &policy))?;
        }
        PolicyCommand::Show { id } => list::show(&everything(&source)?, &id)?,
    }
    Ok(Code::Passed)
}

/// Rules with the baselines of these ids.
fn chosen(source: &Source, baselines: &[String]) -> Result<Policy, Failure> {
    let known = policy::available_baselines(source);
    match baselines.iter().find(|asked| !known.contains(asked)) {
        Some(asked) => Err(Failure::NoSuchBaseline {
            id: asked.clone(),
            known: known.join(", "),
        }),
        None => Policy::load(source, baselines).map_err(Failure::Policy),
    }
}

/// All rules, baselines and profiles.
fn everything(source: &Source) -> Result<Policy, Failure> {
    Policy::load(source, &policy::available_baselines(source)).map_err(Failure::Policy)
}
