//! Cases: examples that say what a rule or a baseline makes of a facts document.

mod files;
pub(in crate::policy) mod pointer;

use crate::facts::Facts;
use crate::policy::evaluate::{self, Tested};
use crate::policy::fault::{Faults, PolicyFault};
use crate::policy::language::document::{Document, unnoted};
use crate::policy::language::engine;
use crate::policy::source::Source;
use crate::policy::{Policy, available_baselines};
use crate::results::outcome::Outcome;
use files::{Case, CaseFile, base, line_of, read};
use rhai::Position;
use serde_json::Value;

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

/// Runs all cases of all files, by file and in its order.
///
/// # Errors
/// All faults of the policy files, of the files of cases, and of the document that they start from.
pub fn run(source: &Source) -> Result<Vec<CaseResult>, Vec<PolicyFault>> {
    let policy = Policy::load(source, &available_baselines(source))?;
    let mut faults = Faults::new(source);
    let files: Vec<(&str, CaseFile)> = source
        .paths_in("", ENDING)
        .into_iter()
        .filter_map(|path| Some((path, read(path, &mut faults)?)))
        .collect();
    let base = if files.is_empty() {
        Value::Null
    } else {
        base(&mut faults)
    };
    if !faults.is_empty() {
        return Err(faults.into_sorted());
    }
    let results = engine::on_deep_stack(|| {
        files
            .iter()
            .flat_map(|(path, file)| file.case.iter().map(move |case| (*path, case)))
            .map(|(path, case)| {
                let line = line_of(source.text(path).unwrap_or_default(), case.span().start);
                case.get_ref()
                    .run(&policy, &base)
                    .named(path, line, case.get_ref())
            })
            .collect()
    });
    results.ok_or_else(|| {
        let message = "the cases could not be run on this system";
        faults.add("", Position::NONE, message, "");
        faults.into_sorted()
    })
}

/// What a case expected and got.
struct Ran {
    expected: String,
    got: String,
    verdict: CaseVerdict,
}

impl Ran {
    fn faulty(message: String) -> Self {
        Self {
            expected: "a case that can be run".to_owned(),
            got: message,
            verdict: CaseVerdict::Faulty,
        }
    }

    fn named(self, path: &str, line: usize, case: &Case) -> CaseResult {
        let subject = case.rule.as_ref().or(case.baseline.as_ref());
        CaseResult {
            file: path.to_owned(),
            line,
            subject: subject.cloned().unwrap_or_default(),
            name: case.name.clone(),
            expected: self.expected,
            got: self.got,
            verdict: self.verdict,
        }
    }
}

impl Case {
    fn run(&self, policy: &Policy, base: &Value) -> Ran {
        let facts = match self.facts(base) {
            Ok(facts) => facts,
            Err(message) => return Ran::faulty(message),
        };
        match (&self.rule, &self.baseline) {
            (Some(rule), None) => self.run_rule(policy, rule, &facts),
            (None, Some(baseline)) => self.run_baseline(policy, baseline, &facts),
            (Some(_), Some(_)) | (None, None) => {
                Ran::faulty("a case has either a `rule` or a `baseline`".to_owned())
            }
        }
    }

    fn run_rule(&self, policy: &Policy, id: &str, facts: &Facts) -> Ran {
        let Some(outcome) = self.outcome else {
            return Ran::faulty("a case of a rule has an `outcome`".to_owned());
        };
        if !self.scores.is_empty() || !self.outcomes.is_empty() {
            let message = "`scores` and `outcomes` belong to cases of baselines";
            return Ran::faulty(message.to_owned());
        }
        let Some(rule) = policy.rules.get(id) else {
            return Ran::faulty(format!("there is no rule `{id}`"));
        };
        let mut parameters = rule.parameters.clone();
        for (name, value) in &self.want {
            if parameters.insert(name.clone(), value.clone()).is_none() {
                return Ran::faulty(format!("`{id}` has no parameter `{name}`"));
            }
        }
        let want = unnoted(&Value::Object(parameters.clone()));
        let document = Document::new(&serde_json::to_value(facts).unwrap_or_default());
        let tested = evaluate::one(&policy.engine, rule, (&parameters, &want), &document);
        self.compare(outcome, &tested)
    }

    fn compare(&self, outcome: Outcome, tested: &Tested) -> Ran {
        let reason_fits = self
            .reason
            .as_ref()
            .is_none_or(|part| tested.reason.contains(part));
        let expected = self.reason.as_ref().map_or_else(
            || outcome.as_str().to_owned(),
            |part| format!("{}, with `{part}` in the reason", outcome.as_str()),
        );
        let mut got = tested.outcome.as_str().to_owned();
        if !tested.reason.is_empty() {
            got = format!("{got}: {}", tested.reason);
        }
        if tested.outcome == Outcome::Error && !tested.position.is_empty() {
            got = format!("{got} ({})", tested.position);
        }
        Ran {
            expected,
            got,
            verdict: passed(outcome == tested.outcome && reason_fits),
        }
    }

    fn run_baseline(&self, policy: &Policy, id: &str, facts: &Facts) -> Ran {
        if self.outcome.is_some() || self.reason.is_some() || !self.want.is_empty() {
            let message = "`outcome`, `reason` and `want` belong to cases of rules";
            return Ran::faulty(message.to_owned());
        }
        if self.scores.is_empty() && self.outcomes.is_empty() {
            let message = "a case of a baseline has `scores` or `outcomes`";
            return Ran::faulty(message.to_owned());
        }
        if !policy.baselines.iter().any(|known| known.id == id) {
            return Ran::faulty(format!("there is no baseline `{id}`"));
        }
        let result = evaluate::run(policy, facts);
        let (mut expected, mut got, mut fits) = (Vec::new(), Vec::new(), true);
        for (rule, outcome) in &self.outcomes {
            let found = result
                .findings
                .iter()
                .filter(|finding| finding.baseline == id && finding.rule == *rule)
                .min_by_key(|finding| finding.outcome);
            let Some(found) = found else {
                return Ran::faulty(format!("`{id}` does not ask `{rule}`"));
            };
            if found.outcome != *outcome {
                fits = false;
                expected.push(format!("{rule} {}", outcome.as_str()));
                got.push(format!(
                    "{rule} {}: {}",
                    found.outcome.as_str(),
                    found.reason
                ));
            }
        }
        for (score, value) in &self.scores {
            let found = result
                .scores
                .iter()
                .find(|known| known.baseline == id && known.id == *score);
            let Some(found) = found else {
                return Ran::faulty(format!("`{id}` has no score `{score}`"));
            };
            let same = value
                .as_f64()
                .map_or(found.value.is_none(), |value| found.value == Some(value));
            if !same {
                fits = false;
                expected.push(format!("{score} {value}"));
                let value = found
                    .value
                    .map_or("none".to_owned(), |value| value.to_string());
                got.push(format!("{score} {value} {}", found.note));
            }
        }
        if fits {
            expected.push("these outcomes and scores".to_owned());
            got.push("these outcomes and scores".to_owned());
        }
        Ran {
            expected: expected.join("; "),
            got: got.join("; "),
            verdict: passed(fits),
        }
    }
}

const fn passed(fits: bool) -> CaseVerdict {
    if fits {
        CaseVerdict::Passed
    } else {
        CaseVerdict::Failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::facts_for_tests::{baseline, document, rule, source};

    fn run_cases(cases: &str) -> Result<Vec<CaseResult>, Vec<PolicyFault>> {
        let rules = rule(
            "r",
            "require mail.dmarc.record.p.at_least(want.policy) else `it is ${mail.dmarc.record.p}`;",
        );
        let base = document().to_string();
        run(&source(&[
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

    #[test]
    fn every_case_of_the_built_in_policies_holds() {
        let results = run(&Source::shipped()).unwrap_or_else(|faults| panic!("{faults:#?}"));
        let wrong: Vec<_> = results
            .iter()
            .filter(|result| result.verdict != CaseVerdict::Passed)
            .collect();
        assert!(results.len() > 100 && wrong.is_empty(), "{wrong:#?}");
    }
}
