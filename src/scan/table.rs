//! The outcomes of a run as a table that can be kept, read and compared whole.

use crate::results::TargetResult;
use crate::results::outcome::Outcome;
use crate::results::targets::Results;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io;

/// For each domain, how every requirement came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Table(BTreeMap<String, Row>);

/// How every requirement came out at one domain. A requirement is `baseline level rule`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Row {
    scores: Vec<String>,
    #[serde(default)]
    fail: BTreeSet<String>,
    #[serde(default)]
    error: BTreeSet<String>,
    #[serde(default)]
    unknown: BTreeSet<String>,
    #[serde(default)]
    manual: BTreeSet<String>,
    #[serde(default)]
    waived: BTreeSet<String>,
    #[serde(default)]
    not_applicable: BTreeSet<String>,
    pass: usize,
}

impl Table {
    /// The table of a run.
    ///
    /// # Errors
    ///
    /// Those of reading the results.
    pub fn of(results: Results<'_>) -> io::Result<Self> {
        let mut rows = BTreeMap::new();
        results.targets.each(&mut |_, result| {
            rows.insert(result.target.domain.clone(), Row::of(result));
            Ok(())
        })?;
        Ok(Self(rows))
    }

    /// Reads a table that [`Table::to_text`] wrote.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// The table as TOML, one requirement a line.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (domain, row) in &self.0 {
            let scores: Vec<_> = row
                .scores
                .iter()
                .map(|score| format!("{score:?}"))
                .collect();
            let _ = writeln!(text, "[{domain:?}]\nscores = [{}]", scores.join(", "));
            for (outcome, names) in row.named() {
                if !names.is_empty() {
                    let lines: Vec<_> = names
                        .iter()
                        .map(|name| format!("    {name:?},\n"))
                        .collect();
                    let _ = writeln!(text, "{outcome} = [\n{}]", lines.concat());
                }
            }
            let _ = writeln!(text, "pass = {}\n", row.pass);
        }
        text
    }

    /// Every difference from what was expected, a line each.
    pub fn differences(&self, expected: &Self) -> Vec<String> {
        let domains: BTreeSet<_> = self.0.keys().chain(expected.0.keys()).collect();
        let mut found = Vec::new();
        for domain in domains {
            match (self.0.get(domain), expected.0.get(domain)) {
                (Some(row), Some(expected)) => row.differences(expected, domain, &mut found),
                (None, _) => found.push(format!("{domain}: not evaluated")),
                (_, None) => found.push(format!("{domain}: not in the table")),
            }
        }
        found
    }
}

impl Row {
    fn of(result: &TargetResult) -> Self {
        let score = |score: &crate::results::score::Score| {
            score
                .value
                .map_or_else(|| "none".to_owned(), |value| format!("{value:.1}"))
        };
        let mut row = Self {
            scores: result.scores.iter().map(score).collect(),
            ..Self::default()
        };
        for finding in &result.findings {
            let name = format!(
                "{} {} {}",
                finding.baseline,
                finding.level.as_str(),
                finding.rule
            );
            match finding.outcome {
                Outcome::Fail => drop(row.fail.insert(name)),
                Outcome::Error => drop(row.error.insert(name)),
                Outcome::Unknown => drop(row.unknown.insert(name)),
                Outcome::Manual => drop(row.manual.insert(name)),
                Outcome::Waived => drop(row.waived.insert(name)),
                Outcome::NotApplicable => drop(row.not_applicable.insert(name)),
                Outcome::Pass => row.pass += 1,
            }
        }
        row
    }

    fn named(&self) -> [(&'static str, &BTreeSet<String>); 6] {
        [
            (Outcome::Fail.as_str(), &self.fail),
            (Outcome::Error.as_str(), &self.error),
            (Outcome::Unknown.as_str(), &self.unknown),
            (Outcome::Manual.as_str(), &self.manual),
            (Outcome::Waived.as_str(), &self.waived),
            (Outcome::NotApplicable.as_str(), &self.not_applicable),
        ]
    }

    fn differences(&self, expected: &Self, domain: &str, found: &mut Vec<String>) {
        if self.scores != expected.scores {
            let (got, want) = (self.scores.join(" "), expected.scores.join(" "));
            found.push(format!("{domain}: scores {got}, expected {want}"));
        }
        for ((outcome, got), (_, want)) in self.named().into_iter().zip(expected.named()) {
            let more = got
                .difference(want)
                .map(|name| format!("{domain}: {name}: unexpected {outcome}"));
            let less = want
                .difference(got)
                .map(|name| format!("{domain}: {name}: expected {outcome}"));
            found.extend(more.chain(less));
        }
        if self.pass != expected.pass {
            found.push(format!(
                "{domain}: {} passes, expected {}",
                self.pass, expected.pass
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "[\"a.test\"]\nscores = [\"5.0\"]\nfail = [\n    \"baseline must x\",\n]\npass = 3\n\n";

    #[test]
    fn a_table_reads_back_as_it_was_written() {
        assert_eq!(Table::parse(TEXT).unwrap().to_text(), TEXT);
    }

    #[test]
    fn differences_name_domain_requirement_and_outcome() {
        let expected = Table::parse(TEXT).unwrap();
        let got = Table::parse(&TEXT.replace("must x", "must y")).unwrap();
        assert_eq!(
            got.differences(&expected),
            [
                "a.test: baseline must y: unexpected fail",
                "a.test: baseline must x: expected fail"
            ]
        );
    }
}
