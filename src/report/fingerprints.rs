//! Names of findings that stay the same over runs and come once in a report.

use super::escape;
use crate::results::TargetResult;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Makes fingerprints unique: a baseline may ask one thing twice with other parameters, and stored facts may have
/// a domain more than once. Of such findings each but the first gets a number behind its fingerprint.
#[derive(Default)]
pub(super) struct Fingerprints {
    /// How often a domain came, by the first bytes of its digest: there may be a million.
    domains: BTreeMap<[u8; 8], usize>,
}

impl Fingerprints {
    /// The fingerprints of the findings of the next target.
    pub(super) fn of(&mut self, target: &TargetResult) -> Vec<String> {
        let digest = Sha256::digest(&target.target.domain);
        let key = std::array::from_fn(|at| digest.get(at).copied().unwrap_or_default());
        let times = self.domains.entry(key).or_default();
        *times += 1;
        let mut before: BTreeMap<&str, usize> = BTreeMap::new();
        let findings = target.findings.iter();
        findings
            .map(|finding| {
                let again = before.entry(&finding.fingerprint).or_default();
                *again += 1;
                let name = escape::line(&finding.fingerprint);
                match (*again, *times) {
                    (1, 1) => name,
                    (again, 1) => format!("{name}-{again}"),
                    (again, times) => format!("{name}-{again}-{times}"),
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_finding_has_its_own_and_the_first_keeps_it() {
        let scan = sample::scan();
        let mut fingerprints = Fingerprints::default();
        let targets = scan.targets.iter().chain(&scan.targets);
        let all: Vec<String> = targets.flat_map(|target| fingerprints.of(target)).collect();
        assert_eq!(all.first(), Some(&"a1".repeat(32)));
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }
}
