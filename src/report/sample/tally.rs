//! What a report tells, counted, to be held against the results.

use super::super::escape;
use crate::results::Scan;
use std::collections::BTreeMap;

/// How often each rule is told, by target.
pub(in super::super) type Told = Vec<BTreeMap<String, usize>>;

/// The rules that a report tells, each with its domain: targets are told one after the other.
pub(in super::super) fn tally(told: impl IntoIterator<Item = (String, String)>) -> Told {
    let mut all: Told = Vec::new();
    let mut before = None;
    for (domain, rule) in told {
        if before.as_ref() != Some(&domain) {
            all.push(BTreeMap::new());
            before = Some(domain);
        }
        if let Some(last) = all.last_mut() {
            *last.entry(rule).or_default() += 1;
        }
    }
    all
}

/// The outcomes of a report and how often each is told, over all targets.
pub(in super::super) fn outcomes<'a>(
    told: impl IntoIterator<Item = &'a str>,
) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for outcome in told {
        *counts.entry(outcome.to_owned()).or_default() += 1;
    }
    counts
}

/// The same of the results themselves.
pub(in super::super) fn outcomes_of(scan: &Scan) -> BTreeMap<String, usize> {
    let findings = scan.targets.iter().flat_map(|result| &result.findings);
    outcomes(findings.map(|finding| finding.outcome.as_str()))
}

/// The domain and rule of each finding, as reports show them.
pub(in super::super) fn pairs(scan: &Scan) -> Vec<(String, String)> {
    let of_target = scan.targets.iter().flat_map(|result| {
        let domain = escape::line(&result.target.domain);
        let rules = result
            .findings
            .iter()
            .map(|finding| escape::line(&finding.rule));
        rules.map(move |rule| (domain.clone(), rule))
    });
    of_target.collect()
}
