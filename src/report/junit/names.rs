//! Names of test cases: `(classname, name)` is what consumers tell cases apart by, and some drop the
//! second of two that are alike.

use super::super::{escape, words};
use crate::results::TargetResult;
use crate::results::finding::Finding;
use std::collections::{BTreeMap, BTreeSet};

/// The first part of every class name.
pub(super) const TOOL: &str = "waxseal";

/// The names that were given so far in one document.
#[derive(Default)]
pub(super) struct Names {
    domains: BTreeSet<String>,
}

impl Names {
    /// Class name and name of each finding of a target. A name depends on what is asked, never on how
    /// it came out, so that a case keeps its history.
    pub(super) fn of(&mut self, result: &TargetResult) -> Vec<(String, String)> {
        let domain = unique(&mut self.domains, &part(&result.target.domain), "_");
        let short: Vec<(String, String)> = result
            .findings
            .iter()
            .map(|finding| {
                let class = format!("{TOOL}.{domain}.{}", part(&finding.area));
                (class, short(finding))
            })
            .collect();
        let mut times: BTreeMap<&(String, String), usize> = BTreeMap::new();
        for key in &short {
            *times.entry(key).or_default() += 1;
        }
        let mut given: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        result
            .findings
            .iter()
            .zip(&short)
            .map(|(finding, key)| {
                let alone = times.get(key) == Some(&1);
                let name = if alone {
                    key.1.clone()
                } else {
                    long(finding, &key.1)
                };
                let given = given.entry(&key.0).or_default();
                (key.0.clone(), unique(given, &name, " #"))
            })
            .collect()
    }
}

/// Rule and title on one line.
fn short(finding: &Finding) -> String {
    let title = escape::cut(&finding.title, 200);
    escape::line(&format!("{} {title}", finding.rule))
}

/// The same, with who asks.
fn long(finding: &Finding, short: &str) -> String {
    format!(
        "{short} [{} {}]",
        words::asker(finding),
        finding.level.as_str()
    )
}

/// One part of a class name: readers split it at dots.
fn part(text: &str) -> String {
    let part: String = escape::line(text)
        .chars()
        .map(|character| {
            if character.is_alphanumeric() || character == '-' {
                character
            } else {
                '_'
            }
        })
        .collect();
    if part.is_empty() {
        "_".to_owned()
    } else {
        part
    }
}

/// The name, or with a number behind it the first that is not taken; taken from then on.
pub(super) fn unique(taken: &mut BTreeSet<String>, name: &str, separator: &str) -> String {
    let mut candidate = name.to_owned();
    let mut number = 2_usize;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{name}{separator}{number}");
        number += 1;
    }
    candidate
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    fn names_of(change: impl Fn(&mut Vec<Finding>)) -> Vec<(String, String)> {
        let mut scan = sample::scan();
        let result = scan.targets.first_mut().unwrap();
        change(&mut result.findings);
        Names::default().of(result)
    }

    #[test]
    fn classes_have_three_parts_and_no_other_dot() {
        for (class, _) in names_of(|_| {}) {
            assert!(
                class.starts_with("waxseal.xn--bcher-kva_example."),
                "{class}"
            );
            assert_eq!(class.matches('.').count(), 2, "{class}");
        }
    }

    #[test]
    fn a_rule_that_is_asked_once_has_a_short_name_and_twice_says_who_asks() {
        let names = names_of(|findings| {
            findings.truncate(1);
            let mut again = findings[0].clone();
            again.baseline = "house".to_owned();
            again.clause = String::new();
            findings.push(again.clone());
            findings.push(again);
        });
        let names: Vec<&str> = names.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "dmarc-policy-at-least DMARC asks receivers to act: reject or stricter [bod-18-01 1.b must]",
                "dmarc-policy-at-least DMARC asks receivers to act: reject or stricter [house must]",
                "dmarc-policy-at-least DMARC asks receivers to act: reject or stricter [house must] #2",
            ]
        );
        let single = names_of(|findings| findings.truncate(1));
        assert!(single[0].1.ends_with("or stricter"), "{single:?}");
    }

    #[test]
    fn names_do_not_depend_on_outcomes() {
        use crate::results::outcome::Outcome;
        let passed = names_of(|findings| {
            for finding in findings {
                finding.outcome = Outcome::Pass;
                finding.reason.clear();
            }
        });
        assert_eq!(passed, names_of(|_| {}));
    }

    #[test]
    fn domains_that_differ_only_in_dots_get_different_classes() {
        let mut scan = sample::scan();
        scan.targets.truncate(1);
        let mut names = Names::default();
        let mut classes = BTreeSet::new();
        for domain in ["a.b", "a_b", "a.b", "a_b_2"] {
            let result = scan.targets.first_mut().unwrap();
            result.target.domain = domain.to_owned();
            result.findings.truncate(1);
            let (class, _) = names.of(result).remove(0);
            assert!(classes.insert(class.clone()), "{class} of {domain}");
        }
    }
}
