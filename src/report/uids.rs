//! Names of version 5 (RFC 9562 §5.5) for formats that want UUIDs. They follow from what they name, so that the
//! same results have the same names in every report.

use crate::results::TargetResult;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The root of all names that waxseal makes.
const ROOT: &str = "urn:waxseal";

/// The name of what these parts tell, each within the one before.
pub(super) fn of(parts: &[&str]) -> Uuid {
    let root = within(Uuid::NAMESPACE_URL, ROOT);
    parts.iter().fold(root, |space, part| within(space, part))
}

/// The name of a part of something that has a name.
pub(super) fn within(space: Uuid, part: &str) -> Uuid {
    Uuid::new_v5(&space, part.as_bytes())
}

/// The names that were given so far in one document.
#[derive(Default)]
pub(super) struct Given {
    domains: BTreeMap<String, usize>,
}

/// The names of one target.
pub(super) struct Uids {
    /// The domain: the same over runs.
    pub(super) target: Uuid,
    /// The findings, in their order: the same for the same facts.
    pub(super) findings: Vec<Uuid>,
}

impl Given {
    /// The names of the next target. One domain that comes twice, and one fingerprint that comes twice, get another.
    pub(super) fn of(&mut self, result: &TargetResult) -> Uids {
        let domain = result.target.domain.as_str();
        let times = self.domains.entry(domain.to_owned()).or_default();
        let target = nth(of(&["domain", domain]), times);
        let facts = within(target, &result.facts_sha256);
        let mut fingerprints: BTreeMap<&str, usize> = BTreeMap::new();
        let findings = result.findings.iter().map(|finding| {
            let fingerprint = finding.fingerprint.as_str();
            let times = fingerprints.entry(fingerprint).or_default();
            nth(within(facts, fingerprint), times)
        });
        Uids {
            target,
            findings: findings.collect(),
        }
    }
}

/// The name as it is the first time, and one within it each time after; counts on.
fn nth(name: Uuid, times: &mut usize) -> Uuid {
    *times += 1;
    match *times {
        1 => name,
        again => within(name, &again.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_finding_has_a_name_of_its_own_that_stays_the_same() {
        let scan = sample::scan();
        let names = || {
            let mut given = Given::default();
            let twice = scan.targets.iter().chain(&scan.targets);
            let names = twice.flat_map(|result| {
                let uids = given.of(result);
                uids.findings.into_iter().chain([uids.target])
            });
            names.collect::<Vec<Uuid>>()
        };
        let all = names();
        assert_eq!(all, names());
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!(all.len(), 2 * (scan.run.summary.total + scan.targets.len()));
        assert!(all.iter().all(|name| name.get_version_num() == 5));
    }

    #[test]
    fn a_domain_keeps_its_name_when_its_facts_change_and_its_findings_do_not() {
        let mut scan = sample::scan();
        let mut name = |facts: &str| {
            let result = scan.targets.first_mut().unwrap();
            facts.clone_into(&mut result.facts_sha256);
            Given::default().of(result)
        };
        let (before, after) = (name("00"), name("01"));
        assert_eq!(before.target, after.target);
        assert_ne!(before.findings, after.findings);
    }
}
