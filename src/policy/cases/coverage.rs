//! Which outcomes of a rule have no example.

use super::Suite;
use crate::results::outcome::Outcome;

/// A rule that lacks examples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The file of the rule, relative to the policy folder.
    pub file: String,
    /// The line on which it begins, counted from 1.
    pub line: usize,
    /// The rule.
    pub rule: String,
    /// The outcomes of which there is no example.
    pub missing: Vec<Outcome>,
}

impl Suite {
    /// The rules that have no example that passes, none that fails, none that is unknown or, where they have a
    /// `when`, none to which they do not apply. By file and place; those alone that have one of the texts in file or
    /// id, where there are any.
    pub fn gaps(&self, filters: &[String]) -> Vec<Gap> {
        let rules = self.policy.rules.values();
        let mut gaps: Vec<Gap> = rules
            .filter_map(|rule| {
                let (id, file) = (&rule.info.id, &rule.info.file);
                let asked = |filter: &String| file.contains(filter) || id.contains(filter);
                if !filters.is_empty() && !filters.iter().any(asked) {
                    return None;
                }
                let shown = |outcome| {
                    let mut cases = self.cases.iter().map(|one| &one.case);
                    cases
                        .any(|case| case.rule.as_ref() == Some(id) && case.outcome == Some(outcome))
                };
                let mut wanted = vec![Outcome::Pass, Outcome::Fail, Outcome::Unknown];
                if rule.when.is_some() {
                    wanted.push(Outcome::NotApplicable);
                }
                wanted.retain(|outcome| !shown(*outcome));
                (!wanted.is_empty()).then(|| Gap {
                    file: file.clone(),
                    line: rule.info.line,
                    rule: id.clone(),
                    missing: wanted,
                })
            })
            .collect();
        gaps.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        gaps
    }
}
