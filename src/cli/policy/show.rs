//! `waxseal policy show`: one baseline, profile or rule in full.

use super::columns::Columns;
use super::{args, diff, ids, json};
use crate::cli::exit::Code;
use crate::cli::failure::Failure;
use crate::cli::terminal;
use crate::policy::catalogue::{effective, pages};
use crate::policy::{Policy, Requirement};
use crate::report::escape;
use crate::results::rule::{BaselineInfo, RuleInfo};
use serde_json::{Map, Value};
use std::io;

/// Shows one of them.
pub(super) fn run(policy: &Policy, args: &args::Show) -> Result<Code, Failure> {
    let id = &args.id;
    if args.effective {
        ids::baseline(policy, id)?;
        let text = effective::text(policy, id).unwrap_or_default();
        terminal::print(|out| write!(out, "{}", escape::lines(&text)))?;
        return Ok(Code::Passed);
    }
    if args.against_upstream {
        let info = ids::baseline(policy, id)?;
        if !ids::is_profile(info) {
            return Err(Failure::NoProfile(id.clone()));
        }
        return diff::against_upstream(policy, info, args.json);
    }
    let rule = policy.library().iter().find(|rule| rule.id == *id);
    let baseline = policy.baselines().iter().find(|info| info.id == *id);
    match (baseline, rule, args.json) {
        (Some(info), _, true) => json::print(&json::whole_baseline(policy, info))?,
        (Some(info), _, false) => {
            terminal::print(|out| baseline_page(policy, info, &mut Columns::new(out)))?;
        }
        (None, Some(rule), true) => json::print(&json::rule(policy, rule))?,
        (None, Some(rule), false) => {
            terminal::print(|out| rule_page(policy, rule, &mut Columns::new(out)))?;
        }
        (None, None, _) => return Err(Failure::NoSuchId(id.clone())),
    }
    Ok(Code::Passed)
}

fn baseline_page(
    policy: &Policy,
    info: &BaselineInfo,
    columns: &mut Columns<'_>,
) -> io::Result<()> {
    columns.paragraph(0, &format!("{}: {}", info.id, info.title))?;
    let about = format!("{}, version {}", info.publisher, pages::dated(info));
    let extends = info.extends.join(", ");
    let facts = [
        ("From", about.as_str()),
        ("Source", info.source.as_str()),
        ("Licence", info.licence.as_str()),
        ("Extends", extends.as_str()),
        ("Defined", info.file.as_str()),
        ("SHA-256", info.sha256.as_str()),
    ];
    columns.table(0, &labelled(&facts))?;
    columns.blank()?;
    let asked = policy.requirements().iter();
    let rows: Vec<Vec<String>> = asked
        .filter(|asked| asked.baseline == info.id)
        .map(|asked| {
            vec![
                asked.level.as_str().to_owned(),
                asked.rule.clone(),
                asked.clause.clone(),
                told(policy, asked),
            ]
        })
        .collect();
    columns.table(2, &rows)?;
    let outside = policy.out_of_scope().iter();
    let outside = outside.filter(|line| line.baseline == info.id).map(|line| {
        let doubt = if line.verified { "" } else { " (unverified)" };
        let told = format!("{}{doubt}: {}", line.title, line.reason);
        vec![line.id.clone(), line.clause.clone(), told]
    });
    part(columns, "Out of scope", &outside.collect::<Vec<_>>())?;
    let dropped = info.dropped.iter().map(|line| {
        let place = format!("{} {}", line.baseline, line.clause);
        let told = format!("{}: {}", line.title, line.reason);
        vec![
            line.level.as_str().to_owned(),
            line.rule.clone(),
            place.trim_end().to_owned(),
            told,
        ]
    });
    part(columns, "Dropped", &dropped.collect::<Vec<_>>())
}

fn part(columns: &mut Columns<'_>, title: &str, rows: &[Vec<String>]) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    columns.blank()?;
    columns.line(title)?;
    columns.table(2, rows)
}

/// Labels and what they stand for, without what is empty.
fn labelled(facts: &[(&str, &str)]) -> Vec<Vec<String>> {
    let facts = facts.iter().filter(|(_, text)| !text.is_empty());
    facts
        .map(|(label, text)| vec![(*label).to_owned(), (*text).to_owned()])
        .collect()
}

/// The requirement with all that is special about it: parameters, how it came into a profile, doubts.
fn told(policy: &Policy, asked: &Requirement) -> String {
    let mut remarks = Vec::new();
    if asked.manual {
        remarks.push("(manual)".to_owned());
    }
    let set = parameters(&asked.parameters, policy.defaults(&asked.rule));
    if !set.is_empty() {
        remarks.push(format!("[{set}]"));
    }
    if !asked.verified {
        remarks.push("(unverified)".to_owned());
    }
    if let Some(origin) = &asked.origin {
        remarks.push(format!("(from {origin})"));
    }
    if let Some(why) = &asked.changed {
        remarks.push(format!("changed: {why}"));
    }
    format!("{} {}", asked.title, remarks.join(" "))
}

/// Parameters as `name: value`; only those that are not the defaults, where these are given.
pub(super) fn parameters(of: &Map<String, Value>, defaults: Option<&Map<String, Value>>) -> String {
    let differ = |name: &str, value: &Value| {
        defaults.is_none_or(|defaults| defaults.get(name) != Some(value))
    };
    let set: Vec<String> = of
        .iter()
        .filter(|(name, value)| differ(name, value))
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    set.join(", ")
}

fn rule_page(policy: &Policy, rule: &RuleInfo, columns: &mut Columns<'_>) -> io::Result<()> {
    columns.paragraph(0, &format!("{}: {}", rule.id, rule.title))?;
    columns.blank()?;
    let defaults = policy.defaults(&rule.id);
    let parameters = defaults.map_or_else(String::new, |defaults| parameters(defaults, None));
    let applies = policy.applies(&rule.id).unwrap_or_default();
    let (refs, contrary) = (rule.refs.join("; "), rule.contradicts.join(", "));
    let defined = format!("{}:{}", rule.file, rule.line);
    let facts = [
        ("Area", rule.area.as_str()),
        ("Severity", rule.severity.as_str()),
        ("Why", rule.why.as_str()),
        ("Fix", rule.fix.as_str()),
        ("Rests on", refs.as_str()),
        ("Applies", applies.as_str()),
        ("Parameters", parameters.as_str()),
        ("Contradicts", contrary.as_str()),
        ("Quantity", rule.quantity.as_str()),
        ("Defined", defined.as_str()),
    ];
    columns.table(0, &labelled(&facts))?;
    let asked = policy.requirements().iter();
    let rows: Vec<Vec<String>> = asked
        .filter(|asked| asked.rule == rule.id)
        .map(|asked| {
            let mut told = parameters_told(policy, asked);
            if !asked.verified {
                told.push("(unverified)".to_owned());
            }
            if let Some(origin) = &asked.origin {
                told.push(format!("from {origin}"));
            }
            vec![
                asked.baseline.clone(),
                asked.level.as_str().to_owned(),
                asked.clause.clone(),
                told.join(" "),
            ]
        })
        .collect();
    part(columns, "Asked by", &rows)
}

fn parameters_told(policy: &Policy, asked: &Requirement) -> Vec<String> {
    let set = parameters(&asked.parameters, policy.defaults(&asked.rule));
    if set.is_empty() {
        Vec::new()
    } else {
        vec![format!("[{set}]")]
    }
}
