//! What is remembered of an earlier run, and how a later one is laid beside it.

use super::{
    Cause, Difference, DomainChange, FindingChange, ScoreChange, SeenChange, changed_tools,
};
use crate::results::exhibit::{Exhibit, ExhibitKind};
use crate::results::finding::{Evidence, Finding};
use crate::results::gate::{Gate, Verdict, Weight};
use crate::results::outcome::{Level, Outcome};
use crate::results::targets::Results;
use crate::results::{Run, TargetResult};
use sha2::{Digest as _, Sha256};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// Facts that change without anybody doing anything.
const OF_TIME: [&str; 2] = ["days_left", "in_time"];

/// An earlier run, as far as a later one is laid beside it.
pub struct Past {
    run: Run,
    domains: BTreeMap<String, Then>,
}

/// What one domain was like.
struct Then {
    verdict: Verdict,
    scores: BTreeMap<(String, String), Option<f64>>,
    exhibits: BTreeMap<(ExhibitKind, String), Vec<String>>,
    findings: BTreeMap<String, FindingThen>,
    met: bool,
}

/// How one requirement came out.
struct FindingThen {
    rule: String,
    title: String,
    asker: String,
    outcome: Outcome,
    level: Level,
    reason: String,
    read: BTreeMap<u64, u64>,
}

impl Past {
    /// What is to be remembered of these results.
    ///
    /// # Errors
    ///
    /// Those of reading them.
    pub fn new(results: Results<'_>) -> io::Result<Self> {
        let mut domains = BTreeMap::new();
        results.targets.each(&mut |_, target| {
            domains.insert(target.target.domain.clone(), Then::of(target));
            Ok(())
        })?;
        Ok(Self {
            run: results.run.clone(),
            domains,
        })
    }

    /// In what later results differ.
    ///
    /// # Errors
    ///
    /// Those of reading them.
    pub fn until(mut self, results: Results<'_>) -> io::Result<Difference> {
        let mut difference = Difference {
            changed_tools: changed_tools(&self.run, results.run),
            domains: Vec::new(),
            unchanged: 0,
            added: Vec::new(),
            removed: Vec::new(),
        };
        let gate = results.run.gate;
        results.targets.each(&mut |_, target| {
            let domain = &target.target.domain;
            match self.domains.get_mut(domain) {
                None => difference.added.push(domain.clone()),
                Some(then) => {
                    then.met = true;
                    match then.until(gate, target) {
                        Some(change) => difference.domains.push(change),
                        None => difference.unchanged += 1,
                    }
                }
            }
            Ok(())
        })?;
        let removed = self.domains.into_iter().filter(|(_, then)| !then.met);
        difference.removed = removed.map(|(domain, _)| domain).collect();
        Ok(difference)
    }
}

impl Then {
    fn of(target: &TargetResult) -> Self {
        let scores = target.scores.iter();
        let exhibits = target.exhibits.iter();
        let findings = target.findings.iter();
        Self {
            verdict: target.verdict,
            scores: scores
                .map(|one| ((one.baseline.clone(), one.id.clone()), one.value))
                .collect(),
            exhibits: exhibits
                .map(|one| ((one.kind, one.subject.clone()), lines(one)))
                .collect(),
            findings: findings
                .map(|one| (one.fingerprint.clone(), FindingThen::of(one)))
                .collect(),
            met: false,
        }
    }

    /// In what the target differs now; nothing where it does not.
    fn until(&self, gate: Gate, target: &TargetResult) -> Option<DomainChange> {
        let change = DomainChange {
            domain: target.target.domain.clone(),
            verdict: [self.verdict, target.verdict],
            scores: self.scores(target),
            seen: self.seen(&target.exhibits),
            findings: self.findings(gate, &target.findings),
        };
        let same = self.verdict == target.verdict
            && change.scores.is_empty()
            && change.seen.is_empty()
            && change.findings.is_empty();
        (!same).then_some(change)
    }

    fn scores(&self, target: &TargetResult) -> Vec<ScoreChange> {
        let scores = target.scores.iter().filter_map(|score| {
            let then = self
                .scores
                .get(&(score.baseline.clone(), score.id.clone()))?;
            (*then != score.value).then(|| ScoreChange {
                title: score.title.clone(),
                before: *then,
                after: score.value,
            })
        });
        scores.collect()
    }

    fn seen(&self, exhibits: &[Exhibit]) -> Vec<SeenChange> {
        // Results of older versions have none: that is no change.
        if self.exhibits.is_empty() || exhibits.is_empty() {
            return Vec::new();
        }
        let mut left = self.exhibits.clone();
        let mut changes = Vec::new();
        for exhibit in exhibits {
            let then = left.remove(&(exhibit.kind, exhibit.subject.clone()));
            let (then, now) = (then.unwrap_or_default(), lines(exhibit));
            let change = |gone, new| SeenChange {
                kind: exhibit.kind,
                subject: exhibit.subject.clone(),
                gone,
                new,
            };
            // A greeting often has a time or a number in it, which says nothing.
            let counts = exhibit.kind != ExhibitKind::Session
                || without_digits(&then) != without_digits(&now);
            if counts && then != now {
                changes.push(change(without(&then, &now), without(&now, &then)));
            }
        }
        for ((kind, subject), gone) in left {
            changes.push(SeenChange {
                kind,
                subject,
                gone,
                new: Vec::new(),
            });
        }
        changes
    }

    fn findings(&self, gate: Gate, findings: &[Finding]) -> Vec<FindingChange> {
        let mut changes: Vec<FindingChange> = Vec::new();
        let mut now = BTreeSet::new();
        for finding in findings {
            now.insert(finding.fingerprint.as_str());
            let then = self.findings.get(&finding.fingerprint);
            if let Some(change) = change(gate, then, finding) {
                add(&mut changes, change);
            }
        }
        let gone = self.findings.iter().filter(|(fingerprint, then)| {
            let settled = matches!(then.outcome, Outcome::Pass | Outcome::NotApplicable);
            !now.contains(fingerprint.as_str()) && !settled
        });
        for (_, then) in gone {
            let change = FindingChange {
                rule: then.rule.clone(),
                title: then.title.clone(),
                askers: vec![then.asker.clone()],
                before: Some(then.outcome),
                after: None,
                reason: then.reason.clone(),
                cause: Cause::Policy,
                worse: false,
            };
            add(&mut changes, change);
        }
        changes.sort_by_key(|change| (Reverse(change.worse), change.after.is_none(), change.after));
        changes
    }
}

impl FindingThen {
    fn of(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.clone(),
            title: finding.title.clone(),
            asker: asker(finding),
            outcome: finding.outcome,
            level: finding.level,
            reason: finding.reason.clone(),
            read: finding.evidence.iter().map(read).collect(),
        }
    }
}

/// In what a requirement came out otherwise; nothing where it did not, or where it is new and in order.
fn change(gate: Gate, then: Option<&FindingThen>, now: &Finding) -> Option<FindingChange> {
    let settled = matches!(now.outcome, Outcome::Pass | Outcome::NotApplicable);
    let cause = match then {
        None if settled => return None,
        None => Cause::Policy,
        Some(then) if then.outcome == now.outcome => return None,
        Some(then) => cause(then, now),
    };
    let counts = matches!(gate.weigh(now), Weight::Fails | Weight::Undecided);
    let before = then.map(|then| then.outcome);
    Some(FindingChange {
        rule: now.rule.clone(),
        title: now.title.clone(),
        askers: vec![asker(now)],
        before,
        after: Some(now.outcome),
        reason: now.reason.clone(),
        cause,
        // What failed and can't be settled now is no worse.
        worse: counts && before.is_none_or(|before| now.outcome < before),
    })
}

/// Why a requirement came out otherwise, from what the rule read then and now.
fn cause(then: &FindingThen, now: &Finding) -> Cause {
    if then.outcome == Outcome::Waived || now.outcome == Outcome::Waived {
        return Cause::Waiver;
    }
    if then.level != now.level {
        return Cause::Policy;
    }
    let (mut differs, mut time) = (false, false);
    for fact in &now.evidence {
        let (pointer, value) = read(fact);
        if then
            .read
            .get(&pointer)
            .is_some_and(|before| *before != value)
        {
            let name = fact.pointer.rsplit('/').next().unwrap_or_default();
            if OF_TIME.contains(&name) {
                time = true;
            } else {
                differs = true;
            }
        }
    }
    let open = |outcome| matches!(outcome, Outcome::Unknown | Outcome::Error);
    match (differs, time) {
        (true, _) if open(then.outcome) || open(now.outcome) => Cause::View,
        (true, _) => Cause::Domain,
        (false, true) => Cause::Time,
        (false, false) => Cause::Policy,
    }
}

/// A fact that was read, as two short digests.
fn read(fact: &Evidence) -> (u64, u64) {
    let digest = |text: &str| {
        let digest = Sha256::digest(text);
        let bytes = std::array::from_fn(|at| digest.get(at).copied().unwrap_or_default());
        u64::from_be_bytes(bytes)
    };
    (digest(&fact.pointer), digest(&fact.value.to_string()))
}

/// What several baselines ask alike is told once.
fn add(changes: &mut Vec<FindingChange>, change: FindingChange) {
    let alike = changes.iter_mut().find(|known| {
        known.rule == change.rule
            && known.title == change.title
            && known.before == change.before
            && known.after == change.after
            && known.reason == change.reason
            && known.cause == change.cause
    });
    match alike {
        Some(known) => {
            known.worse |= change.worse;
            known.askers.extend(change.askers);
        }
        None => changes.push(change),
    }
}

fn asker(finding: &Finding) -> String {
    let clause = if finding.clause.is_empty() {
        String::new()
    } else {
        format!(" {}", finding.clause)
    };
    format!("{}{clause} {}", finding.baseline, finding.level.as_str())
}

fn lines(exhibit: &Exhibit) -> Vec<String> {
    let lines = exhibit.lines.iter();
    lines.map(|line| line.text.clone()).collect()
}

/// The lines that are not among the others.
fn without(lines: &[String], others: &[String]) -> Vec<String> {
    let own = lines.iter().filter(|line| !others.contains(line));
    own.cloned().collect()
}

fn without_digits(lines: &[String]) -> Vec<String> {
    let plain = |line: &String| line.chars().filter(|c| !c.is_ascii_digit()).collect();
    lines.iter().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn finding(outcome: &str, evidence: &[(&str, i64)]) -> Finding {
        let evidence: Vec<_> = evidence
            .iter()
            .map(|(pointer, value)| json!({"pointer": pointer, "value": value}))
            .collect();
        serde_json::from_value(json!({
            "baseline": "b", "rule": "r", "level": "must", "outcome": outcome, "title": "",
            "area": "", "severity": "low", "fingerprint": "f", "evidence": evidence
        }))
        .unwrap()
    }

    #[test]
    fn a_change_is_put_down_to_what_the_rule_read() {
        for (then, now, cause) in [
            (
                ("pass", [("/a", 1), ("/b", 1)]),
                ("fail", [("/a", 2), ("/b", 1)]),
                Cause::Domain,
            ),
            (
                ("pass", [("/a", 1), ("/b", 1)]),
                ("fail", [("/a", 1), ("/b", 1)]),
                Cause::Policy,
            ),
            (
                ("pass", [("/a", 1), ("/b", 1)]),
                ("fail", [("/a", 1), ("/c", 1)]),
                Cause::Policy,
            ),
            (
                ("pass", [("/a", 1), ("/b", 1)]),
                ("unknown", [("/a", 2), ("/b", 1)]),
                Cause::View,
            ),
            (
                ("unknown", [("/a", 1), ("/b", 1)]),
                ("fail", [("/a", 2), ("/b", 1)]),
                Cause::View,
            ),
            (
                ("fail", [("/a", 1), ("/b", 1)]),
                ("waived", [("/a", 1), ("/b", 1)]),
                Cause::Waiver,
            ),
            (
                ("pass", [("/a", 1), ("/mx/days_left", 1)]),
                ("fail", [("/a", 1), ("/mx/days_left", -1)]),
                Cause::Time,
            ),
        ] {
            let before = FindingThen::of(&finding(then.0, &then.1));
            let change = change(Gate::default(), Some(&before), &finding(now.0, &now.1)).unwrap();
            assert_eq!(change.cause, cause, "{then:?} {now:?}");
        }
    }

    #[test]
    fn only_what_counts_and_got_worse_is_worse() {
        for (then, now, worse) in [
            ("pass", "fail", true),
            ("pass", "unknown", true),
            ("unknown", "fail", true),
            ("fail", "unknown", false),
            ("fail", "pass", false),
            ("waived", "fail", true),
        ] {
            let before = FindingThen::of(&finding(then, &[]));
            let change = change(Gate::default(), Some(&before), &finding(now, &[])).unwrap();
            assert_eq!(change.worse, worse, "{then} {now}");
        }
        assert!(change(Gate::default(), None, &finding("pass", &[])).is_none());
        assert!(
            change(Gate::default(), None, &finding("fail", &[]))
                .unwrap()
                .worse
        );
    }
}
