//! `waxseal policy coverage`: which clauses of a norm a machine checks, and which it does not.

use super::columns::Columns;
use super::{args, ids, json};
use crate::cli::failure::Failure;
use crate::cli::terminal;
use crate::policy::Policy;
use crate::policy::catalogue::coverage::{self, Clause, Coverage, Line, Status};
use serde_json::Value;
use std::io;

/// Tells the coverage of the baselines that the arguments name.
pub(super) fn run(policy: &Policy, args: &args::Coverage) -> Result<(), Failure> {
    let chosen = ids::chosen(policy, &args.ids, |_| true)?;
    let found: Vec<Coverage<'_>> = chosen
        .iter()
        .map(|info| coverage::of(policy, &info.id))
        .collect();
    if args.json {
        let found = found.iter().map(|one| json::coverage(one, args.missing));
        return json::print(&Value::Array(found.collect()));
    }
    terminal::print(|out| {
        let mut columns = Columns::new(out);
        // Of all baselines at once only the counts, unless what is missing is asked for.
        if args.ids.is_empty() && !args.missing {
            return overview(&found, &mut columns);
        }
        for one in &found {
            page(one, args.missing, &mut columns)?;
        }
        Ok(())
    })
}

fn overview(found: &[Coverage<'_>], columns: &mut Columns<'_>) -> io::Result<()> {
    let rows: Vec<Vec<String>> = found
        .iter()
        .map(|one| vec![one.baseline.to_owned(), counts(one)])
        .collect();
    columns.table(0, &rows)
}

/// `12 clauses: 8 machine-checked · 4 manual · 2 unverified`.
fn counts(of: &Coverage<'_>) -> String {
    let by_status = Status::ALL.map(|status| (of.count(status), status.as_str()));
    let counted = by_status
        .into_iter()
        .chain([(of.unverified(), "unverified")])
        .filter(|(count, _)| *count > 0);
    let counted: Vec<String> = counted
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    format!("{} clauses: {}", of.clauses.len(), counted.join(" · "))
}

fn page(of: &Coverage<'_>, missing: bool, columns: &mut Columns<'_>) -> io::Result<()> {
    columns.paragraph(0, &format!("{}: {}", of.baseline, counts(of)))?;
    let mut norm = of.baseline;
    let mut rows = Vec::new();
    for clause in &of.clauses {
        if missing && clause.status() == Status::Checked {
            continue;
        }
        if clause.norm != norm {
            columns.table(2, &rows)?;
            rows.clear();
            norm = clause.norm;
            columns.paragraph(0, &format!("from {norm}"))?;
        }
        rows.extend(clause_rows(clause, missing));
    }
    columns.table(2, &rows)?;
    columns.blank()
}

/// A row for each line of the clause; clause and status stand in the first.
fn clause_rows(clause: &Clause<'_>, missing: bool) -> Vec<Vec<String>> {
    let lines = clause.lines.iter();
    let lines = lines.filter(|line| !missing || line.status != Status::Checked);
    lines
        .enumerate()
        .map(|(at, line)| {
            let name = match (at, clause.clause) {
                (0, "") => "(no clause)",
                (0, clause) => clause,
                (_, _) => "",
            };
            vec![
                name.to_owned(),
                line.status.as_str().to_owned(),
                line.level
                    .map_or("", crate::results::outcome::Level::as_str)
                    .to_owned(),
                line.id.to_owned(),
                told(line),
            ]
        })
        .collect()
}

fn told(line: &Line<'_>) -> String {
    let doubt = if line.verified { "" } else { " (unverified)" };
    let reason = if line.reason.is_empty() {
        String::new()
    } else {
        format!(": {}", line.reason)
    };
    format!("{}{doubt}{reason}", line.title)
}
