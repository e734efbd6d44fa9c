//! `waxseal policy lock`: the digests of the policy files in force.

use crate::cli::failure::Failure;
use crate::cli::outputs::Draft;
use crate::policy::lock::Lock;
use crate::policy::source::Source;
use std::path::Path;

/// Writes the lock.
pub(super) fn run(source: &Source, out: &Path) -> Result<(), Failure> {
    let text = Lock::of(source).to_text();
    Draft::open(out)?.finish(|file| file.write_all(text.as_bytes()))
}
