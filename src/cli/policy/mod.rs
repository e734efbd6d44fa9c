//! `waxseal policy`: tools for those who write rules, baselines and profiles; one file a subcommand.

pub(super) mod args;
mod check;
mod definitions;
mod faults;
mod list;
mod test;

use super::exit::Code;
use super::failure::Failure;
use super::{policies, terminal};
use crate::policy::source::Source;
use crate::policy::{self, Policy};
use args::PolicyCommand;

/// Does what is asked of the policies.
pub(super) fn run(args: args::Policy) -> Result<Code, Failure> {
    if let PolicyCommand::Check(check) = &args.command {
        return check::run(check, args.policies.as_deref());
    }
    let source = policies::source(args.policies.as_deref())?;
    match args.command {
        PolicyCommand::Test => return test::run(&source),
        PolicyCommand::Check(_) => {}
        PolicyCommand::Definitions { out } => definitions::run(out.as_deref())?,
        PolicyCommand::List => {
            let policy = everything(&source)?;
            terminal::print(|out| list::list(out, &policy))?;
        }
        PolicyCommand::Show { id } => list::show(&everything(&source)?, &id)?,
    }
    Ok(Code::Passed)
}

/// All rules, baselines and profiles.
fn everything(source: &Source) -> Result<Policy, Failure> {
    Policy::load(source, &policy::available_baselines(source)).map_err(Failure::Policy)
}
