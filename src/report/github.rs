//! Annotations of a GitHub workflow.

use super::Options;
use crate::results::targets::Results;
use std::io::{self, Write};

/// Writes the report.
pub(super) fn render(_: Results<'_>, _: &Options, _: &mut dyn Write) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
