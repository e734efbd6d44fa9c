//! `waxseal policy test`: runs the examples of rules and baselines.

use crate::cli::exit::Code;
use crate::cli::failure::Failure;
use crate::cli::terminal;
use crate::policy::cases::{self, CaseResult, CaseVerdict};
use crate::policy::source::Source;
use crate::report::escape;

/// Runs all cases and tells those that did not hold.
pub(super) fn run(source: &Source) -> Result<Code, Failure> {
    let cases = cases::run(source).map_err(Failure::Policy)?;
    let held = |case: &&CaseResult| case.verdict == CaseVerdict::Passed;
    let passed = cases.iter().filter(held).count();
    terminal::print(|out| {
        for case in cases.iter().filter(|case| !held(case)) {
            let CaseResult {
                file,
                line,
                subject,
                name,
                expected,
                got,
                ..
            } = case;
            let told = format!(
                "{file}:{line}: {subject}: {name}\n  expected  {expected}\n  got       {got}"
            );
            writeln!(out, "{}", escape::lines(&told))?;
        }
        writeln!(out, "{passed} of {} cases hold", cases.len())
    })?;
    Ok(if passed == cases.len() {
        Code::Passed
    } else {
        Code::Failed
    })
}
