//! `waxseal policy definitions`: everything that policies may call, for editors.

use crate::cli::failure::Failure;
use crate::cli::terminal;
use crate::policy::DEFINITIONS;
use std::fs;
use std::path::Path;

/// Prints the definitions, or writes them to a file.
pub(super) fn run(out: Option<&Path>) -> Result<(), Failure> {
    match out {
        None => terminal::print(|out| out.write_all(DEFINITIONS.as_bytes())),
        Some(file) => fs::write(file, DEFINITIONS).map_err(|source| Failure::Write {
            file: file.to_owned(),
            source,
        }),
    }
}
