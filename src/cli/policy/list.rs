//! `waxseal policy list` and `show`: what rules and baselines say of themselves.

use crate::cli::failure::Failure;
use crate::cli::terminal;
use crate::policy::{Policy, Requirement};
use crate::results::rule::{BaselineInfo, RuleInfo};
use std::io::{self, Write};

/// Lists baselines, profiles and rules.
pub(super) fn list(out: &mut dyn Write, policy: &Policy) -> io::Result<()> {
    writeln!(out, "Baselines")?;
    for BaselineInfo {
        id, title, version, ..
    } in policy.baselines()
    {
        let asked = policy
            .requirements()
            .iter()
            .filter(|asked| asked.baseline == *id)
            .count();
        writeln!(
            out,
            "  {id:<34} {title}, version {version} ({asked} requirements)"
        )?;
    }
    writeln!(out, "\nRules")?;
    for RuleInfo {
        id,
        title,
        severity,
        ..
    } in policy.library()
    {
        writeln!(out, "  {id:<34} {title} ({})", severity.as_str())?;
    }
    Ok(())
}

/// Shows one of them.
pub(super) fn show(policy: &Policy, id: &str) -> Result<(), Failure> {
    let rule = policy.library().iter().find(|rule| rule.id == id);
    let baseline = policy.baselines().iter().find(|baseline| baseline.id == id);
    match (baseline, rule) {
        (Some(baseline), _) => terminal::print(|out| show_baseline(out, policy, baseline)),
        (None, Some(rule)) => terminal::print(|out| show_rule(out, policy, rule)),
        (None, None) => Err(Failure::NoSuchId(id.to_owned())),
    }
}

fn show_baseline(out: &mut dyn Write, policy: &Policy, baseline: &BaselineInfo) -> io::Result<()> {
    let BaselineInfo {
        id,
        title,
        publisher,
        version,
        source,
        file,
        sha256,
        ..
    } = baseline;
    writeln!(
        out,
        "{id}: {title}\n{publisher}, version {version}, {source}"
    )?;
    writeln!(out, "{file}, SHA-256 {sha256}\n")?;
    for asked in policy
        .requirements()
        .iter()
        .filter(|asked| asked.baseline == *id)
    {
        let Requirement {
            level,
            rule,
            title,
            clause,
            ..
        } = asked;
        writeln!(out, "  {:<10} {rule:<34} {title}", level.as_str())?;
        if !clause.is_empty() {
            writeln!(out, "  {:<45} {clause}", "")?;
        }
    }
    Ok(())
}

fn show_rule(out: &mut dyn Write, policy: &Policy, rule: &RuleInfo) -> io::Result<()> {
    let RuleInfo {
        id,
        title,
        area,
        severity,
        why,
        fix,
        refs,
        file,
        line,
    } = rule;
    writeln!(out, "{id}: {title}\n")?;
    writeln!(out, "Area      {area}\nSeverity  {}", severity.as_str())?;
    writeln!(
        out,
        "Why       {why}\nFix       {fix}\nRests on  {}",
        refs.join(", ")
    )?;
    writeln!(out, "Defined   {file}:{line}")?;
    for asked in policy
        .requirements()
        .iter()
        .filter(|asked| asked.rule == *id)
    {
        writeln!(
            out,
            "Asked by  {} ({}) {}",
            asked.baseline,
            asked.level.as_str(),
            asked.clause
        )?;
    }
    Ok(())
}
