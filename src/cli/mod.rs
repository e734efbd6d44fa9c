//! The command line: the only part that prints, reads the environment or exits.

use std::process::ExitCode;

mod archive;
mod args;
mod collect;
mod demo;
mod diff;
mod evaluate;
mod exit;
mod failure;
mod generate;
mod init;
mod lab;
mod message;
mod network;
mod outbound;
mod outputs;
mod policies;
mod policy;
mod receive;
mod report;
mod reports;
mod scan;
mod settings;
mod spf;
mod terminal;

pub use args::command;
pub use exit::EXIT_CODES;

use args::Command;
use failure::Failure;

/// Runs the program: reads the arguments, does what they ask and gives the exit code that is documented
/// in [`EXIT_CODES`].
pub fn main() -> ExitCode {
    let asked = match args::parse() {
        Ok(asked) => asked,
        Err(error) => return terminal::usage(&error),
    };
    let color = asked.color;
    match run(asked.command, color) {
        Ok(code) => code.into(),
        Err(failure) => terminal::failure(&failure, color),
    }
}

fn run(command: Command, color: args::Color) -> Result<exit::Code, Failure> {
    match command {
        Command::Scan(args) => scan::run(&args, color),
        Command::Collect(args) => collect::run(&args),
        Command::Evaluate(args) => evaluate::run(args, color),
        Command::Report(args) => report::run(args, color),
        Command::Diff(args) => diff::run(&args, color),
        Command::Spf(args) => spf::run(&args, color),
        Command::Receive(args) => receive::run(&args, color),
        Command::Reports(args) => reports::run(&args, color),
        Command::Message(args) => message::run(&args, color),
        Command::Demo(args) => demo::run(args, color),
        Command::Lab(args) => lab::run(&args),
        Command::Policy(args) => policy::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Config(args) => settings::show(&args),
        Command::Completions(args) => generate::completions(&args),
        Command::Man(args) => generate::man(&args),
    }
}
