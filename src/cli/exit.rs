//! Exit codes, never tied to the output format.

use crate::results::gate::Verdict;
use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// All that counts holds.
    Passed = 0,
    /// A requirement that counts failed.
    Failed = 1,
    /// The command line or a file that it names can't be used.
    Usage = 2,
    /// A policy does not compile.
    Policy = 3,
    /// Nothing failed, but something is unknown or a rule broke.
    Undecided = 4,
    /// There was nothing to evaluate.
    Empty = 5,
    /// Only recommendations failed, and they count.
    FailedShould = 6,
    /// A fault of waxseal itself or of the machine.
    Bug = 70,
}

/// The exit codes and what they mean, for help and documents.
pub const EXIT_CODES: &[(u8, &str)] = &[
    (0, "all required levels hold"),
    (1, "a requirement failed"),
    (
        2,
        "the command line, or a file that it names, can't be used",
    ),
    (
        3,
        "a policy has a fault, or is not the one that its lock names",
    ),
    (
        4,
        "something is unknown or a rule broke, and no requirement failed",
    ),
    (5, "nothing was evaluated"),
    (
        6,
        "only recommendations failed, under --fail-on should or may",
    ),
    (70, "a fault in waxseal itself"),
];

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

impl From<Verdict> for Code {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Passed => Self::Passed,
            Verdict::Failed => Self::Failed,
            Verdict::Undecided => Self::Undecided,
            Verdict::Empty => Self::Empty,
            Verdict::FailedShould => Self::FailedShould,
        }
    }
}
