//! Shell completions and the manual page, made from the definition of the command line.

use super::args::{Completions, command};
use super::exit::Code;
use super::failure::Failure;
use super::terminal;

/// Prints completions for a shell.
pub(super) fn completions(args: &Completions) -> Result<Code, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut command(), "waxseal", &mut text);
    terminal::print(|out| out.write_all(&text))?;
    Ok(Code::Passed)
}

/// Prints the manual page in roff.
pub(super) fn man() -> Result<Code, Failure> {
    terminal::print(|out| clap_mangen::Man::new(command()).render(out))?;
    Ok(Code::Passed)
}
