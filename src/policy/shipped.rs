//! The policy files that are built into the program. A test of `source` compares this table with the folder.

/// Path relative to `policies/`, and text.
pub(super) const FILES: &[(&str, &str)] = &[];
