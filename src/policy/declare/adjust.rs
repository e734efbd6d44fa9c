//! Changes to what a norm asks: by a profile, or by `waxseal.toml`.

use super::baselines::{Baseline, Requirement, lay};
use super::rules::{Library, fill};
use crate::policy::fault::Faults;
use crate::policy::lint::table;
use crate::policy::suggest::did_you_mean;
use crate::results::outcome::{Level, Severity};
use crate::results::rule::Dropped;
use rhai::Position;
use serde_json::{Map, Value};

/// A change to the requirements that a rule has in the chosen baselines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Adjustment {
    /// The rule, or the id of a manual requirement; a `*` stands for any text.
    pub rule: String,
    /// The baseline whose requirements are meant; all where there is none.
    pub from: Option<String>,
    /// The level of the requirements that are meant; any where there is none.
    pub at: Option<Level>,
    /// What becomes of them.
    pub change: Change,
    /// Why.
    pub reason: String,
    /// The file that says so.
    pub file: String,
    /// The line there, counted from 1; 0 where it is not known.
    pub line: usize,
    /// The character in that line, counted from 1; 0 where it is not known.
    pub column: usize,
}

/// What becomes of a requirement.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It is not asked.
    Drop,
    /// It is asked otherwise.
    Set {
        /// At another level.
        level: Option<Level>,
        /// With another severity.
        severity: Option<Severity>,
        /// With these parameters.
        parameters: Map<String, Value>,
    },
}

impl Default for Change {
    fn default() -> Self {
        Self::Set {
            level: None,
            severity: None,
            parameters: Map::new(),
        }
    }
}

impl Adjustment {
    /// Changes a baseline and gives how many of its requirements were meant. A parameter that a rule does not have
    /// is a fault.
    pub(in crate::policy) fn apply(
        &self,
        baseline: &mut Baseline,
        library: &Library,
        faults: &mut Faults<'_>,
    ) -> usize {
        let own = baseline.info.id.clone();
        let mut met = 0;
        let asked = std::mem::take(&mut baseline.requirements);
        for mut requirement in asked {
            if self.means(&requirement) {
                met += 1;
                match &self.change {
                    Change::Drop => {
                        baseline.info.dropped.push(self.dropped(requirement, &own));
                        continue;
                    }
                    Change::Set {
                        level,
                        severity,
                        parameters,
                    } => {
                        requirement.level = level.unwrap_or(requirement.level);
                        requirement.severity = severity.unwrap_or(requirement.severity);
                        self.set(&mut requirement, parameters, library, faults);
                        requirement.changed = Some(self.reason.clone());
                    }
                }
            }
            baseline.requirements.push(requirement);
        }
        met
    }

    fn means(&self, requirement: &Requirement) -> bool {
        let norm = requirement.origin.as_ref().unwrap_or(&requirement.baseline);
        let from = |from: &String| *from == *norm || *from == requirement.baseline;
        matches(&self.rule, &requirement.rule)
            && self.from.as_ref().is_none_or(from)
            && self.at.is_none_or(|at| at == requirement.level)
    }

    fn dropped(&self, requirement: Requirement, own: &str) -> Dropped {
        Dropped {
            baseline: requirement.origin.unwrap_or_else(|| own.to_owned()),
            rule: requirement.rule,
            clause: requirement.clause,
            level: requirement.level,
            title: requirement.title,
            reason: self.reason.clone(),
            domains: Vec::new(),
        }
    }

    fn set(
        &self,
        requirement: &mut Requirement,
        parameters: &Map<String, Value>,
        library: &Library,
        faults: &mut Faults<'_>,
    ) {
        let Some(rule) = library.rules.get(&requirement.rule) else {
            if !parameters.is_empty() {
                let message = format!("`{}` has no parameters", requirement.rule);
                let help = "it is a manual requirement: somebody has to look";
                faults.add(&self.file, self.position(), message, help);
            }
            return;
        };
        for (key, value) in parameters {
            let set = lay(
                rule,
                &mut requirement.parameters,
                (key, value.clone()),
                &["level", "severity", "reason"],
            );
            if let Err((message, help)) = set {
                faults.add(&self.file, self.position(), message, help);
            }
        }
        requirement.title = fill(&requirement.heading, &requirement.parameters);
    }

    /// Notes a fault where no rule and no manual requirement of this id is there at all.
    pub(in crate::policy) fn check_rule(
        &self,
        library: &Library,
        baselines: &[Baseline],
        faults: &mut Faults<'_>,
    ) {
        let asked = baselines.iter().flat_map(|baseline| &baseline.requirements);
        let dropped = baselines
            .iter()
            .flat_map(|baseline| &baseline.info.dropped)
            .map(|dropped| dropped.rule.as_str());
        let known: Vec<&str> = library
            .rules
            .keys()
            .map(String::as_str)
            .chain(asked.map(|requirement| requirement.rule.as_str()))
            .chain(dropped)
            .collect();
        if !known.iter().any(|id| matches(&self.rule, id)) {
            let help = did_you_mean(&self.rule, known);
            let message = format!("there is no rule `{}`", self.rule);
            let place = (self.file.as_str(), self.position());
            faults.note(&table::UNKNOWN_RULE, place, message, help);
        }
    }

    pub(in crate::policy) fn position(&self) -> Position {
        match (u16::try_from(self.line), u16::try_from(self.column)) {
            (Ok(line), Ok(column)) if line > 0 => Position::new(line, column),
            (Ok(_) | Err(_), _) => Position::NONE,
        }
    }
}

/// Whether text fits a pattern in which each `*` stands for any text, none included.
pub fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut left) = text.strip_prefix(start) else {
        return false;
    };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return left.ends_with(part);
        }
        match left.find(part) {
            Some(at) => left = left.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text_and_nothing_else_does() {
        for (pattern, text, fits) in [
            ("dmarc-valid", "dmarc-valid", true),
            ("dmarc-valid", "dmarc-valid-x", false),
            ("dmarc-*", "dmarc-valid", true),
            ("dmarc-*", "spf-valid", false),
            ("*-valid", "dmarc-valid", true),
            ("*", "anything", true),
            ("mx-*-at-*", "mx-tls-version-at-least", true),
            ("a*a", "a", false),
            ("a**b", "ab", true),
            ("mx-?", "mx-1", false),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }
}
