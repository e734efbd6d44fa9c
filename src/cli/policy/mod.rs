//! `waxseal policy`: tools for those who write rules, baselines and profiles, and for those who audit them; one file
//! a subcommand.

pub(super) mod args;
mod check;
mod columns;
mod conflicts;
mod coverage;
mod definitions;
mod diff;
mod doc;
mod eval;
mod explain;
mod facts;
mod faults;
mod ids;
mod json;
mod list;
mod lock;
mod matrix;
mod new;
mod profile;
mod show;
mod test;
mod tool_args;

use super::exit::Code;
use super::failure::Failure;
use super::policies;
use crate::policy::source::Source;
use crate::policy::{self, Policy};
use args::PolicyCommand;

/// Does what is asked of the policies.
pub(super) fn run(args: &args::Policy) -> Result<Code, Failure> {
    if let PolicyCommand::Check(check) = &args.command {
        return check::run(check, args.policies.as_deref());
    }
    if let PolicyCommand::New(new) = &args.command {
        return new::run(new);
    }
    let source = policies::source(args.policies.as_deref())?;
    match &args.command {
        PolicyCommand::Explain(args) => return explain::run(args, &source),
        PolicyCommand::Eval(args) => return eval::run(args),
        PolicyCommand::Profile(args) => return profile::run(args, &source),
        PolicyCommand::Test(args) => return test::run(&source, args),
        PolicyCommand::Check(_) | PolicyCommand::New(_) => {}
        PolicyCommand::Definitions { out } => definitions::run(out.as_deref())?,
        PolicyCommand::Lock { out } => lock::run(&source, out)?,
        PolicyCommand::Diff(args) => return diff::run(&source, args),
        PolicyCommand::Show(args) => return show::run(&everything(&source)?, args),
        PolicyCommand::Conflicts(args) => return conflicts::run(&everything(&source)?, args),
        PolicyCommand::List(args) => list::run(&everything(&source)?, args)?,
        PolicyCommand::Doc(args) => doc::run(&everything(&source)?, args)?,
        PolicyCommand::Coverage(args) => coverage::run(&everything(&source)?, args)?,
        PolicyCommand::Matrix(args) => matrix::run(&everything(&source)?, args)?,
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
