//! `waxseal policy matrix`: which baseline asks which rule, and how strictly.

use super::columns::Columns;
use super::{args, ids};
use crate::cli::failure::Failure;
use crate::cli::terminal;
use crate::policy::Policy;
use crate::policy::catalogue::pages;
use crate::report::grid;

/// Shows the table; rules that none of the chosen ones asks are left out.
pub(super) fn run(policy: &Policy, args: &args::Matrix) -> Result<(), Failure> {
    let chosen = ids::chosen(policy, &args.ids, |_| true)?;
    let rules = policy.library().iter();
    let rules = rules.filter(|rule| args.area.as_ref().is_none_or(|area| rule.area == *area));
    let rows: Vec<(String, Vec<String>)> = rules
        .map(|rule| {
            let cells = chosen.iter();
            let cells = cells.map(|info| pages::levels(policy, &rule.id, &info.id));
            (rule.id.clone(), cells.collect())
        })
        .filter(|(_, cells): &(String, Vec<String>)| cells.iter().any(|cell| !cell.is_empty()))
        .collect();
    let head: Vec<String> = chosen.iter().map(|info| info.id.clone()).collect();
    terminal::print(|out| {
        let mut columns = Columns::new(out);
        for line in grid(&head, &rows, columns.width()) {
            columns.laid(&line)?;
        }
        Ok(())
    })
}
