//! How much the findings of one target may say together: rules are limited one by one, and a baseline may ask a
//! chatty one hundreds of times.

use crate::results::finding::{Finding, Item};
use serde_json::Value;

/// The most bytes of text that the findings of one target hold before the rest is shortened.
const MOST: usize = 4 << 20;
/// What a shortened finding keeps: characters of its reason, items, weaknesses, and facts that it rests on.
const KEPT_REASON: usize = 400;
const KEPT: usize = 8;

/// Shortens the findings behind the limit, and says so in each of them.
pub(super) fn bound(findings: &mut [Finding]) {
    let mut left = MOST;
    for finding in findings {
        let size = size(finding);
        if size > left && size > KEPT_REASON * KEPT {
            shorten(finding);
        }
        left = left.saturating_sub(size);
    }
}

fn size(finding: &Finding) -> usize {
    let item = |item: &Item| item.name.len() + item.reason.len();
    let items: usize = finding.items.iter().map(item).sum();
    let weaknesses: usize = finding.recommendations.iter().map(String::len).sum();
    let facts = finding.evidence.iter().map(|fact| {
        let value = fact.value.as_str().map_or(8, str::len);
        let items = fact.value.as_array().map_or(0, Vec::len) * 32;
        fact.pointer.len() + value + items
    });
    finding.reason.len() + items + weaknesses + facts.sum::<usize>()
}

fn shorten(finding: &mut Finding) {
    let note = "… (cut: the findings of this target say more than a report should hold)";
    if let Some((end, _)) = finding.reason.char_indices().nth(KEPT_REASON) {
        finding.reason.truncate(end);
    }
    finding.reason.push_str(note);
    finding.items.truncate(KEPT);
    for item in &mut finding.items {
        cut(&mut item.name);
        cut(&mut item.reason);
    }
    finding.recommendations.truncate(KEPT);
    finding.recommendations.iter_mut().for_each(cut);
    // What was read last settled it.
    let first = finding.evidence.len().saturating_sub(KEPT);
    finding.evidence.drain(..first);
    for fact in &mut finding.evidence {
        if let Value::String(text) = &mut fact.value {
            cut(text);
        }
    }
}

fn cut(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(KEPT_REASON) {
        text.truncate(end);
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn many_long_findings_are_shortened_together_and_short_ones_never() {
        let long = json!({
            "baseline": "b", "rule": "r", "level": "must", "outcome": "fail", "title": "",
            "area": "", "severity": "low", "fingerprint": "f", "reason": "ä".repeat(300_000),
            "items": [{"name": "n", "outcome": "fail", "reason": "x".repeat(300_000)}],
            "evidence": [{"pointer": "/a", "value": "y".repeat(5_000)}]
        });
        let mut short = long.clone();
        short["reason"] = "late".into();
        short["items"] = json!([]);
        short["evidence"] = json!([]);
        let long: Finding = serde_json::from_value(long).unwrap();
        let mut findings = vec![long; 200];
        findings.push(serde_json::from_value(short).unwrap());
        bound(&mut findings);
        let bytes: usize = findings.iter().map(size).sum();
        assert!(bytes < 2 * MOST, "{bytes}");
        assert!(!findings[0].reason.contains("cut:") && findings[199].reason.contains("cut:"));
        assert_eq!(findings[200].reason, "late");
    }
}
