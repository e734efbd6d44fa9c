//! Shell completions and the manual page, made from the definition of the command line.

use super::args::command;
use super::exit::Code;
use super::failure::Failure;
use super::terminal;
use clap::{Args, ValueHint};
use std::fs;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(super) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(super) struct Man {
    /// Write the pages of the program and of its subcommands into this folder
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(super) out: Option<PathBuf>,
}

/// Prints completions for a shell.
pub(super) fn completions(args: &Completions) -> Result<Code, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut command(), "waxseal", &mut text);
    terminal::print(|out| out.write_all(&text))?;
    Ok(Code::Passed)
}

/// Prints the manual page in roff, or writes those of all subcommands.
pub(super) fn man(args: &Man) -> Result<Code, Failure> {
    if let Some(folder) = &args.out {
        let failure = |source| Failure::Write {
            file: folder.clone(),
            source,
        };
        fs::create_dir_all(folder).map_err(failure)?;
        clap_mangen::generate_to(command(), folder).map_err(failure)?;
    } else {
        terminal::print(|out| clap_mangen::Man::new(command()).render(out))?;
    }
    Ok(Code::Passed)
}
