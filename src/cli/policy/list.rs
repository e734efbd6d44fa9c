//! `waxseal policy list`: all baselines, profiles and rules in a line each.

use super::columns::Columns;
use super::{args, ids, json};
use crate::cli::failure::Failure;
use crate::cli::terminal;
use crate::policy::Policy;
use crate::policy::catalogue::pages;
use crate::results::rule::{BaselineInfo, RuleInfo};
use serde_json::json;
use std::io;

/// Lists what is asked for.
pub(super) fn run(policy: &Policy, args: &args::List) -> Result<(), Failure> {
    if let Some(id) = &args.baseline {
        ids::baseline(policy, id)?;
    }
    if let Some(area) = &args.area
        && !policy.library().iter().any(|rule| rule.area == *area)
    {
        return Err(Failure::NoSuchArea(area.clone()));
    }
    let listed = Listed::of(policy, args);
    if args.json {
        let baselines = listed
            .baselines
            .iter()
            .map(|info| json::baseline(policy, info));
        let profiles = listed
            .profiles
            .iter()
            .map(|info| json::baseline(policy, info));
        let rules = listed.rules.iter().map(|info| json::rule(policy, info));
        return json::print(&json!({
            "baselines": baselines.collect::<Vec<_>>(),
            "profiles": profiles.collect::<Vec<_>>(),
            "rules": rules.collect::<Vec<_>>(),
        }));
    }
    terminal::print(|out| listed.write(policy, &mut Columns::new(out)))
}

struct Listed<'p> {
    baselines: Vec<&'p BaselineInfo>,
    profiles: Vec<&'p BaselineInfo>,
    rules: Vec<&'p RuleInfo>,
}

impl<'p> Listed<'p> {
    fn of(policy: &'p Policy, args: &args::List) -> Self {
        let one_kind = args.rules || args.baselines || args.profiles;
        let norms = |profiles: bool, wanted: bool| {
            let all = policy.baselines().iter();
            all.filter(move |info| {
                // An area is one of rules: without more said, only these are listed.
                (wanted || !one_kind && args.area.is_none())
                    && ids::is_profile(info) == profiles
                    && args.baseline.as_ref().is_none_or(|id| info.id == *id)
            })
        };
        let asked = |rule: &RuleInfo, id: &str| {
            let mut all = policy.requirements().iter();
            all.any(|asked| asked.rule == rule.id && asked.baseline == id)
        };
        let rules = policy.library().iter().filter(|rule| {
            (args.rules || !one_kind)
                && args.area.as_ref().is_none_or(|area| rule.area == *area)
                && args.baseline.as_ref().is_none_or(|id| asked(rule, id))
        });
        Self {
            baselines: norms(false, args.baselines).collect(),
            profiles: norms(true, args.profiles).collect(),
            rules: rules.collect(),
        }
    }

    fn write(&self, policy: &Policy, columns: &mut Columns<'_>) -> io::Result<()> {
        let mut begun = false;
        for (title, norms) in [("Baselines", &self.baselines), ("Profiles", &self.profiles)] {
            if norms.is_empty() {
                continue;
            }
            if begun {
                columns.blank()?;
            }
            begun = true;
            columns.line(title)?;
            let rows: Vec<_> = norms.iter().map(|info| norm_row(policy, info)).collect();
            columns.table(2, &rows)?;
        }
        if !self.rules.is_empty() {
            if begun {
                columns.blank()?;
            }
            columns.line("Rules")?;
            let rows: Vec<_> = self
                .rules
                .iter()
                .map(|rule| rule_row(policy, rule))
                .collect();
            columns.table(2, &rows)?;
        }
        Ok(())
    }
}

/// Id, counts by level, title with version.
fn norm_row(policy: &Policy, info: &BaselineInfo) -> Vec<String> {
    let [must, should, may, manual] = pages::counts(policy, &info.id);
    let named = [
        (must, "must"),
        (should, "should"),
        (may, "may"),
        (manual, "manual"),
    ];
    let counts = named.map(|(count, level)| {
        if count == 0 {
            String::new()
        } else {
            format!("{count} {level}")
        }
    });
    let mut row = vec![info.id.clone()];
    row.extend(counts);
    row.push(format!("{}, version {}", info.title, pages::dated(info)));
    row
}

/// Id, severity, by how many baselines it is asked, title.
fn rule_row(policy: &Policy, rule: &RuleInfo) -> Vec<String> {
    let asking = policy.baselines().iter();
    let asking = asking
        .filter(|info| !pages::levels(policy, &rule.id, &info.id).is_empty())
        .count();
    vec![
        rule.id.clone(),
        rule.severity.as_str().to_owned(),
        format!("asked by {asking}"),
        rule.title.clone(),
    ]
}
