//! Cases: examples that say what a rule or a baseline makes of a facts document.
//!
//! A [`Suite`] is the cases of the files as they are written. Some need documents of domains that have to be
//! played first, [`Suite::plays`]; with these they become [`Ready`], and run.

mod coverage;
mod files;
mod mutation;
pub(in crate::policy) mod pointer;
mod running;
mod threads;

pub use coverage::Gap;
pub use files::{Case, CaseFile};
pub use mutation::{Mutant, Mutation};
pub use running::Ready;

use crate::facts::Facts;
use crate::policy::fault::{Faults, PolicyFault};
use crate::policy::source::Source;
use crate::policy::{Policy, available_baselines};
use files::{base, line_of, read};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The ending of files with cases.
const ENDING: &str = ".cases.toml";

/// What came of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseResult {
    /// The file, relative to the policy folder.
    pub file: String,
    /// The line on which the case begins, counted from 1.
    pub line: usize,
    /// The rule or the baseline that it is an example of.
    pub subject: String,
    /// Its sentence.
    pub name: String,
    /// What it expects, in words.
    pub expected: String,
    /// What it got, in words; of a faulty case, what is wrong with it.
    pub got: String,
    /// How it came out.
    pub verdict: CaseVerdict,
}

/// How a case came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CaseVerdict {
    /// It got what it expects.
    Passed,
    /// It got something else.
    Failed,
    /// It can't be run.
    Faulty,
}

/// A domain that a case wants played: a scenario of the lab with other records.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Play {
    /// The domain of the scenario; none for the compliant one.
    pub scenario: Option<String>,
    /// Records that take the place of the scenario's, `NAME TYPE DATA` each.
    pub records: Vec<String>,
}

/// What was seen of each domain that was played, or why it could not be.
pub type Played = BTreeMap<Play, Result<Facts, String>>;

/// All cases of all files, by file and in its order.
pub struct Suite {
    policy: Policy,
    source: Source,
    base: Value,
    cases: Vec<Listed>,
}

/// A case and where it stands.
struct Listed {
    file: String,
    line: usize,
    case: Case,
    /// Whether it is to be run. The others only show whether a change of a rule is noticed.
    chosen: bool,
}

impl Suite {
    /// Reads all files of cases, and compiles the policies that they are about.
    ///
    /// # Errors
    /// All faults of the policy files, of the files of cases, and of the document that they start from.
    pub fn load(source: &Source) -> Result<Self, Vec<PolicyFault>> {
        let policy = Policy::load(source, &available_baselines(source))?;
        let mut faults = Faults::new(source);
        let mut cases = Vec::new();
        for path in source.paths_in("", ENDING) {
            let text = source.text(path).unwrap_or_default();
            let file = read(path, &mut faults);
            for case in file.into_iter().flat_map(|file| file.case) {
                cases.push(Listed {
                    file: path.to_owned(),
                    line: line_of(text, case.span().start),
                    case: case.into_inner(),
                    chosen: true,
                });
            }
        }
        let base = match cases.as_slice() {
            [] => Value::Null,
            _ => base(&mut faults),
        };
        if !faults.is_empty() {
            return Err(faults.into_sorted());
        }
        Ok(Self {
            policy,
            source: source.clone(),
            base,
            cases,
        })
    }

    /// Chooses only the cases that have one of these texts in their file, subject or name; all where there are none.
    #[must_use]
    pub fn matching(mut self, filters: &[String]) -> Self {
        for one in &mut self.cases {
            let texts = [&one.file, one.case.subject(), &one.case.name];
            one.chosen = filters.is_empty()
                || filters
                    .iter()
                    .any(|filter| texts.iter().any(|text| text.contains(filter.as_str())));
        }
        self
    }

    /// What the lab has to play for the chosen cases; for all of them where rules are going to be changed.
    pub fn plays(&self, all: bool) -> BTreeSet<Play> {
        self.cases
            .iter()
            .filter(|one| all || one.chosen)
            .filter_map(|one| one.case.play())
            .collect()
    }
}

impl Case {
    /// The rule or the baseline that it is an example of.
    fn subject(&self) -> &str {
        let subject = self.rule.as_deref().or(self.baseline.as_deref());
        subject.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::facts_for_tests::{baseline, document, rule, source};

    fn run_all(source: &Source) -> Result<Vec<CaseResult>, Vec<PolicyFault>> {
        Suite::load(source)?.ready(Played::new()).run()
    }

    fn run_cases(cases: &str) -> Result<Vec<CaseResult>, Vec<PolicyFault>> {
        let rules = rule(
            "r",
            "require mail.dmarc.record.p.at_least(want.policy) else `it is ${mail.dmarc.record.p}`;",
        );
        let base = document().to_string();
        run_all(&source(&[
            ("rules/r.rhai", &rules),
            ("rules/r.cases.toml", cases),
            (
                "baselines/b.rhai",
                &baseline(
                    "must(\"r\", #{}); score(\"s\", #{ title: \"S\", max: 2 }, |f| if f.passes(\"r\") { 2 } else { #{ note: \"none\" } });",
                ),
            ),
            ("base.facts.json", &base),
        ]))
    }

    const CASES: &str = r#"
[[case]]
rule = "r"
name = "the base passes"
outcome = "pass"
[[case]]
rule = "r"
name = "a parameter and a part of the reason"
want = { policy = "reject" }
outcome = "fail"
reason = "is quarantine"
[[case]]
rule = "r"
name = "something else comes out"
outcome = "fail"
set = { "/dmarc/record/value/p" = "reject" }
[[case]]
rule = "r"
name = "unknown"
outcome = "unknown"
set = { "/dmarc/record" = { state = "unknown", cause = "timeout", detail = "no answer" } }
[[case]]
rule = "r"
name = "a pointer with a slip"
outcome = "pass"
set = { "/dmarc/recrod/value/p" = "reject" }
[[case]]
rule = "r"
name = "no facts any more"
outcome = "pass"
remove = ["/dmarc/domain", "/dmarc/record/state"]
[[case]]
rule = "rr"
name = "no such rule"
outcome = "pass"
[[case]]
baseline = "b"
name = "scores and outcomes"
outcomes = { r = "pass" }
scores = { s = 2.0 }
copy = { "/mx/hosts/2" = "/mx/hosts/0" }
[[case]]
baseline = "b"
name = "another score"
scores = { s = 2 }
set = { "/dmarc/record/value/p" = "none" }
[[case]]
baseline = "b"
name = "no score"
scores = { s = "none" }
set = { "/dmarc/record/value/p" = "none" }
"#;

    #[test]
    fn cases_pass_fail_or_are_faulty_each_for_itself() {
        let results = run_cases(CASES).unwrap();
        let came: Vec<_> = results
            .iter()
            .map(|result| (result.line, result.verdict, result.got.as_str()))
            .collect();
        assert_eq!(
            came,
            [
                (2, CaseVerdict::Passed, "pass"),
                (6, CaseVerdict::Passed, "fail: it is quarantine"),
                (12, CaseVerdict::Failed, "pass"),
                (17, CaseVerdict::Passed, "unknown: timeout (no answer)"),
                (
                    22,
                    CaseVerdict::Faulty,
                    "set: there is no fact at `/dmarc/recrod/value/p`"
                ),
                (
                    27,
                    CaseVerdict::Faulty,
                    "the document is no facts document any more: missing field `state`"
                ),
                (32, CaseVerdict::Faulty, "there is no rule `rr`"),
                (36, CaseVerdict::Passed, "these outcomes and scores"),
                (42, CaseVerdict::Failed, "s none none"),
                (47, CaseVerdict::Passed, "these outcomes and scores"),
            ]
        );
    }

    #[test]
    fn a_file_of_cases_that_can_t_be_read_is_a_fault_with_its_place() {
        for (text, line, part) in [
            (
                "[[case]]\nrule = \"r\"\nnme = \"x\"\n",
                3,
                "unknown field `nme`",
            ),
            (
                "[[case]]\nrule = \"r\"\nname = \"x\"\noutcome = \"green\"\n",
                4,
                "unknown variant `green`",
            ),
            ("[[case]\n", 1, ""),
        ] {
            let faults = run_cases(text).unwrap_err();
            assert_eq!(faults[0].file, "rules/r.cases.toml");
            assert_eq!(faults[0].line, line, "{faults:?}");
            assert!(faults[0].message.contains(part), "{faults:?}");
        }
    }
}
