//! Texts to publish instead, each held against the requirement before it is offered.

use crate::derive::correct::{self, Step};
use crate::facts::Facts;
use crate::policy::Policy;
use crate::results::TargetResult;
use crate::results::correction::Correction;
use crate::results::finding::Finding;
use crate::results::outcome::Outcome;

/// Holds the policy against a document, and looks for texts with which what fails would hold.
pub fn judge(policy: &Policy, facts: &Facts) -> TargetResult {
    let mut result = policy.evaluate(facts);
    for step in Step::ALL {
        if !result.findings.iter().any(is_open) {
            break;
        }
        let mut texts = correct::texts(facts, step);
        // Texts of different areas do not touch each other, so that one evaluation tells of all of them.
        texts.retain(|text| {
            result
                .findings
                .iter()
                .any(|one| is_open(one) && concerns(text, one))
        });
        if texts.is_empty() {
            continue;
        }
        let changed = policy.evaluate(&correct::apply(facts, &texts));
        for text in &texts {
            offer(text, &mut result.findings, &changed.findings);
        }
    }
    result
}

/// Whether a finding failed and nothing was found yet with which it holds.
fn is_open(finding: &Finding) -> bool {
    finding.outcome == Outcome::Fail && finding.correction.is_none()
}

/// A text of SPF can settle which names it points to as well.
fn concerns(text: &Correction, finding: &Finding) -> bool {
    text.area == finding.area || text.area == "spf" && finding.area == "dns"
}

/// Gives the text to the findings that hold with it, unless it makes another one fail.
fn offer(text: &Correction, findings: &mut [Finding], changed: &[Finding]) {
    let pairs = || findings.iter().zip(changed);
    let worse = pairs().any(|(before, after)| {
        concerns(text, before) && before.outcome != Outcome::Fail && after.outcome == Outcome::Fail
    });
    if worse {
        return;
    }
    for (before, after) in findings.iter_mut().zip(changed) {
        if is_open(before) && concerns(text, before) && after.outcome == Outcome::Pass {
            before.correction = Some(text.clone());
        }
    }
}
