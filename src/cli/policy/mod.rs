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

use super::args::Config;
use super::exit::Code;
use super::failure::Failure;
use super::{policies, settings};
use crate::policy::source::Source;
use crate::policy::{self, Policy};
use args::PolicyCommand;

/// Does what is asked of the policies: those of `--policies`, else those that `waxseal.toml` names, over the shipped ones.
pub(super) fn run(args: &args::Policy) -> Result<Code, Failure> {
    if let PolicyCommand::New(new) = &args.command {
        return new::run(new);
    }
    let folder = match &args.policies {
        Some(folder) => Some(folder.clone()),
        None => settings::find(&Config::default())?.policies(),
    };
    if let PolicyCommand::Check(check) = &args.command {
        return check::run(check, folder.as_deref());
    }
    let source = policies::source(folder.as_deref())?;
    with(&args.command, &source)
}

fn with(command: &PolicyCommand, source: &Source) -> Result<Code, Failure> {
    let all = || everything(source);
    match command {
        PolicyCommand::Explain(args) => explain::run(args, source),
        PolicyCommand::Eval(args) => eval::run(args),
        PolicyCommand::Profile(args) => profile::run(args, source),
        PolicyCommand::Test(args) => test::run(source, args),
        PolicyCommand::Definitions { out } => done(definitions::run(out.as_deref())),
        PolicyCommand::Lock { out } => done(lock::run(source, out)),
        PolicyCommand::Diff(args) => diff::run(source, args),
        PolicyCommand::Show(args) => show::run(&all()?, args),
        PolicyCommand::Conflicts(args) => conflicts::run(&all()?, args),
        PolicyCommand::List(args) => done(list::run(&all()?, args)),
        PolicyCommand::Doc(args) => done(doc::run(&all()?, args)),
        PolicyCommand::Coverage(args) => done(coverage::run(&all()?, args)),
        PolicyCommand::Matrix(args) => done(matrix::run(&all()?, args)),
        // Done before any policy is read.
        PolicyCommand::Check(_) | PolicyCommand::New(_) => Ok(Code::Passed),
    }
}

fn done(result: Result<(), Failure>) -> Result<Code, Failure> {
    result.map(|()| Code::Passed)
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
