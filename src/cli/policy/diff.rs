//! `waxseal policy diff`: in what two baselines, or two versions of one, differ.

use super::columns::Columns;
use super::{args, ids, json, show};
use crate::cli::exit::Code;
use crate::cli::failure::Failure;
use crate::cli::{policies, terminal};
use crate::policy::compare::{Closeness, Difference, Kind, differences};
use crate::policy::source::Source;
use crate::policy::{Policy, Requirement, available_baselines};
use crate::results::rule::BaselineInfo;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io;
use std::path::Path;

/// One of the two.
struct Side {
    source: Source,
    id: String,
}

/// Compares what the arguments name.
pub(super) fn run(source: &Source, args: &args::Diff) -> Result<Code, Failure> {
    let left = side(source, &args.left)?;
    let named = args.right.as_ref().unwrap_or(&args.left);
    let right = match &args.with {
        Some(folder) => side(&policies::source(Some(folder.as_path()))?, named)?,
        None => side(source, named)?,
    };
    let (old, new) = (load(&left)?, load(&right)?);
    let closeness = if left.id == right.id {
        Closeness::Versions
    } else {
        Closeness::Norms
    };
    let found = differences(
        &asked_by(&old, &left.id),
        &asked_by(&new, &right.id),
        closeness,
    );
    let compared = Compared {
        policies: (&old, &new),
        names: (title(&old, &left.id)?, title(&new, &right.id)?),
        found,
        rule_files: if closeness == Closeness::Versions {
            changed_files((&left.source, &right.source), (&old, &new), &right.id)
        } else {
            Vec::new()
        },
        right: ids::baseline(&new, &right.id)?,
    };
    compared.print(args.json, args.all)
}

/// Compares a profile with all that it extends.
pub(super) fn against_upstream<'p>(
    policy: &'p Policy,
    info: &'p BaselineInfo,
    json: bool,
) -> Result<Code, Failure> {
    let upstream: Vec<&'p Requirement> = info
        .extends
        .iter()
        .flat_map(|id| asked_by(policy, id))
        .collect();
    // A norm's requirements are paired with those that were taken from it, and with no other's.
    let own = asked_by(policy, &info.id);
    let of = |all: &[&'p Requirement], id: &str| -> Vec<&'p Requirement> {
        let all = all.iter().copied();
        all.filter(|asked| norm(asked) == id).collect()
    };
    let norms: BTreeSet<&str> = upstream.iter().chain(&own).map(|one| norm(one)).collect();
    let mut found: Vec<Difference<'p>> = norms
        .into_iter()
        .flat_map(|id| differences(&of(&upstream, id), &of(&own, id), Closeness::Versions))
        .collect();
    found.sort_by_key(|one| one.kind);
    let compared = Compared {
        policies: (policy, policy),
        names: (info.extends.join(", "), info.id.clone()),
        found,
        rule_files: Vec::new(),
        right: info,
    };
    compared.print(json, false)
}

/// A file, which may stand in a policy folder of its own, or an id.
fn side(source: &Source, named: &str) -> Result<Side, Failure> {
    let path = Path::new(named);
    let is_path = named.contains('/') || path.extension().is_some_and(|end| end == "rhai");
    if !is_path {
        let known = available_baselines(source);
        return if known.iter().any(|id| id == named) {
            Ok(Side {
                source: source.clone(),
                id: named.to_owned(),
            })
        } else {
            Err(Failure::NoSuchBaseline {
                id: named.to_owned(),
                known: known.join(", "),
            })
        };
    }
    let stem = path.file_stem().unwrap_or_default();
    let id = stem.to_string_lossy().into_owned();
    let inside = path.parent().and_then(|folder| {
        let name = folder.file_name()?;
        (name == "baselines" || name == "profiles").then(|| folder.parent())?
    });
    let text = policies::text(path)?;
    let source = match inside {
        Some(folder) if folder.as_os_str().is_empty() => policies::source(Some(Path::new(".")))?,
        Some(folder) => policies::source(Some(folder))?,
        None => {
            let is_profile = text.lines().any(|line| line.starts_with("profile("));
            let folder = if is_profile { "profiles" } else { "baselines" };
            let file = (format!("{folder}/{id}.rhai"), text);
            source.clone().with(Source::from_files(vec![file]))
        }
    };
    Ok(Side { source, id })
}

fn load(side: &Side) -> Result<Policy, Failure> {
    Policy::load(&side.source, std::slice::from_ref(&side.id)).map_err(Failure::Policy)
}

fn title(policy: &Policy, id: &str) -> Result<String, Failure> {
    let info = ids::baseline(policy, id)?;
    Ok(format!("{id} {}", info.version))
}

fn asked_by<'p>(policy: &'p Policy, id: &str) -> Vec<&'p Requirement> {
    let all = policy.requirements().iter();
    all.filter(|asked| asked.baseline == id).collect()
}

fn norm(asked: &Requirement) -> &str {
    asked.origin.as_deref().unwrap_or(&asked.baseline)
}

/// The files of rules that both ask and whose text is not the same: what a rule tests may have changed.
fn changed_files(
    (left, right): (&Source, &Source),
    (old, new): (&Policy, &Policy),
    id: &str,
) -> Vec<String> {
    let file = |policy: &Policy, rule: &str| {
        let mut rules = policy.library().iter();
        rules
            .find(|info| info.id == rule)
            .map(|info| info.file.clone())
    };
    let changed: BTreeSet<String> = asked_by(new, id)
        .into_iter()
        .filter_map(|asked| file(old, &asked.rule).zip(file(new, &asked.rule)))
        .filter(|(was, is)| left.text(was) != right.text(is))
        .map(|(_, is)| is)
        .collect();
    changed.into_iter().collect()
}

/// What there is to tell.
struct Compared<'p> {
    policies: (&'p Policy, &'p Policy),
    names: (String, String),
    found: Vec<Difference<'p>>,
    rule_files: Vec<String>,
    right: &'p BaselineInfo,
}

impl Compared<'_> {
    fn print(&self, as_json: bool, all: bool) -> Result<Code, Failure> {
        let differs = |one: &Difference<'_>| one.kind != Kind::Same;
        let code = if self.found.iter().any(differs) || !self.rule_files.is_empty() {
            Code::Failed
        } else {
            Code::Passed
        };
        if as_json {
            let found = self.found.iter();
            let found: Vec<Value> = found
                .map(|one| json::difference(self.policies, one))
                .collect();
            json::print(&json!({
                "left": self.names.0, "right": self.names.1, "equal": code == Code::Passed,
                "differences": found, "changed_rule_files": self.rule_files,
            }))?;
        } else {
            terminal::print(|out| self.write(&mut Columns::new(out), all))?;
        }
        Ok(code)
    }

    fn write(&self, columns: &mut Columns<'_>, all: bool) -> io::Result<()> {
        columns.line(&format!("{} → {}", self.names.0, self.names.1))?;
        for kind in Kind::ALL {
            let of_it: Vec<_> = self.found.iter().filter(|one| one.kind == kind).collect();
            if of_it.is_empty() || kind == Kind::Same && !all {
                continue;
            }
            columns.blank()?;
            columns.line(&format!("{} ({})", heading(kind), of_it.len()))?;
            let rows: Vec<_> = of_it.iter().map(|one| self.row(one)).collect();
            columns.table(2, &rows)?;
        }
        if !self.rule_files.is_empty() {
            columns.blank()?;
            columns
                .line("Rules in these files have another text, so that they may test otherwise")?;
            for file in &self.rule_files {
                columns.line(file)?;
            }
        }
        columns.blank()?;
        let counts = Kind::ALL.map(|kind| {
            let count = self.found.iter().filter(|one| one.kind == kind).count();
            format!("{count} {}", kind.as_str())
        });
        columns.paragraph(0, &counts.join(" · "))
    }

    /// Level, rule, clauses on both sides, and what is different.
    fn row(&self, one: &Difference<'_>) -> Vec<String> {
        let asked = [one.left, one.right];
        let asked = asked.into_iter().flatten();
        let mut clauses: Vec<&str> = asked.map(|asked| asked.clause.as_str()).collect();
        clauses.dedup();
        clauses.retain(|clause| !clause.is_empty());
        let requirement = one.requirement();
        vec![
            requirement.map_or_else(String::new, |asked| asked.level.as_str().to_owned()),
            requirement.map_or_else(String::new, |asked| asked.rule.clone()),
            clauses.join(" → "),
            self.told(one),
        ]
    }

    fn told(&self, one: &Difference<'_>) -> String {
        let details: Vec<String> = one
            .details
            .iter()
            .map(|detail| {
                let (left, right) = (plain(&detail.left), plain(&detail.right));
                format!("{}: {left} → {right}", detail.what)
            })
            .collect();
        let mut told = details.join("; ");
        if let (Some(asked), true) = (one.requirement(), told.is_empty()) {
            let (old, new) = self.policies;
            let policy = if one.right.is_some() { new } else { old };
            told.clone_from(&asked.title);
            let set = show::parameters(&asked.parameters, policy.defaults(&asked.rule));
            if !set.is_empty() {
                told.push_str(&[" [", &set, "]"].concat());
            }
        }
        match self.reason(one) {
            Some(reason) => format!("{told} ({reason})"),
            None => told,
        }
    }

    /// Why the second set changed or left it out, as far as it says so.
    fn reason(&self, one: &Difference<'_>) -> Option<String> {
        if let Some(right) = one.right {
            return right.changed.clone();
        }
        let left = one.left?;
        let mut dropped = self.right.dropped.iter();
        let dropped = dropped.find(|gone| gone.rule == left.rule && gone.clause == left.clause);
        if let Some(gone) = dropped {
            return Some(gone.reason.clone());
        }
        let mut outside = self.policies.1.out_of_scope().iter();
        let outside = outside.find(|line| {
            line.baseline == self.right.id && !left.clause.is_empty() && line.clause == left.clause
        });
        outside.map(|line| format!("out of scope: {}", line.reason))
    }
}

const fn heading(kind: Kind) -> &'static str {
    match kind {
        Kind::Added => "Added",
        Kind::Dropped => "Dropped",
        Kind::Stricter => "Stricter",
        Kind::Weaker => "Weaker",
        Kind::Changed => "Changed otherwise",
        Kind::Same => "The same",
    }
}

/// A value without the quotes of text.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
