//! `waxseal policy conflicts`: where chosen baselines contradict each other.

use super::columns::Columns;
use super::{args, ids, json, show};
use crate::cli::exit::Code;
use crate::cli::failure::Failure;
use crate::cli::terminal;
use crate::policy::compare::conflicts::{Conflict, Ground, conflicts, norm, remedies};
use crate::policy::{Policy, Requirement};
use crate::results::rule::BaselineInfo;
use serde_json::{Value, json};
use std::io;

/// Tells the contradictions among the baselines that the arguments name.
pub(super) fn run(policy: &Policy, args: &args::Conflicts) -> Result<Code, Failure> {
    let named = [args.ids.clone(), args.baseline.clone()].concat();
    let chosen = ids::chosen(policy, &named, |info| !ids::is_profile(info))?;
    let asked: Vec<&Requirement> = policy
        .requirements()
        .iter()
        .filter(|asked| chosen.iter().any(|info| info.id == asked.baseline))
        .collect();
    let found = conflicts(&asked, policy.library());
    if args.json {
        let found: Vec<Value> = found
            .iter()
            .map(|one| json::conflict(policy, one))
            .collect();
        let chosen: Vec<&str> = chosen.iter().map(|info| info.id.as_str()).collect();
        json::print(&json!({ "baselines": chosen, "conflicts": found }))?;
    } else {
        terminal::print(|out| page(policy, (&chosen, &found), &mut Columns::new(out)))?;
    }
    Ok(if found.is_empty() {
        Code::Passed
    } else {
        Code::Failed
    })
}

fn page(
    policy: &Policy,
    (chosen, found): (&[&BaselineInfo], &[Conflict<'_>]),
    columns: &mut Columns<'_>,
) -> io::Result<()> {
    let mut before = None;
    for conflict in found {
        let of = (&conflict.ground, &conflict.left.rule, &conflict.right.rule);
        if before != Some(of) {
            columns.paragraph(0, &heading(conflict))?;
        }
        before = Some(of);
        let rows = [conflict.left, conflict.right].map(|asked| row(policy, asked));
        columns.table(2, &rows)?;
        columns.paragraph(4, weight(conflict))?;
        columns.paragraph(4, "in a profile, one of:")?;
        for line in remedies(conflict) {
            columns.paragraph(6, &line)?;
        }
        columns.blank()?;
    }
    let names: Vec<&str> = chosen.iter().map(|info| info.id.as_str()).collect();
    let hard = found.iter().filter(|one| one.is_hard()).count();
    let told = match found.len() {
        0 => "no contradiction is declared".to_owned(),
        1 if hard == 1 => "1 contradiction between two requirements that must hold".to_owned(),
        1 => "1 contradiction with a recommendation".to_owned(),
        all => format!("{all} contradictions, {hard} of them between two that must hold"),
    };
    columns.paragraph(0, &format!("{told}, in {}", names.join(", ")))?;
    columns.paragraph(0, "Compared are equal rules, and rules that declare to contradict or to bound one quantity; docs/norms.md has more.")
}

fn heading(conflict: &Conflict<'_>) -> String {
    let (left, right) = (&conflict.left.rule, &conflict.right.rule);
    match &conflict.ground {
        Ground::Opposite => format!("{left} is asked and forbidden"),
        Ground::Contrary => format!("{left} and {right} can't both hold"),
        Ground::Bounds(quantity) => {
            format!("{quantity}: the floor of {left} is above the ceiling of {right}")
        }
    }
}

fn weight(conflict: &Conflict<'_>) -> &'static str {
    match (conflict.certain, conflict.is_hard()) {
        (false, _) => {
            "whether both can hold depends on parameters that have no order: compare them"
        }
        (true, true) => "both must hold, and no domain can meet both",
        (true, false) => {
            "one is a recommendation: a domain that departs from it can meet the other"
        }
    }
}

fn row(policy: &Policy, asked: &Requirement) -> Vec<String> {
    let from = if asked.origin.is_some() {
        format!("{} (by {})", norm(asked), asked.baseline)
    } else {
        norm(asked).to_owned()
    };
    let set = show::parameters(&asked.parameters, policy.defaults(&asked.rule));
    let set = if set.is_empty() {
        set
    } else {
        format!(" [{set}]")
    };
    let doubt = if asked.verified { "" } else { " (unverified)" };
    vec![
        from,
        asked.level.as_str().to_owned(),
        asked.clause.clone(),
        asked.rule.clone(),
        format!("{}{set}{doubt}", asked.title),
    ]
}
