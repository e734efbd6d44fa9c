//! DKIM keys that several targets of a run have in common.

use crate::results::{TargetResult, key::SharedKey};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// The most keys that a run names.
const MOST_KEYS: usize = 1_000;

/// Who has one key, and the names that hold it; an empty one where it stands at the selector itself.
#[derive(Default)]
struct Holders {
    domains: BTreeSet<String>,
    names: BTreeSet<String>,
}

impl Holders {
    /// Whether all reach it through one alias: the key is that of a provider, which signs for all.
    fn is_providers(&self) -> bool {
        self.names.len() == 1 && !self.names.contains("")
    }
}

/// The keys of a run, by fingerprint.
#[derive(Default)]
pub(super) struct Keys(BTreeMap<String, Holders>);

impl Keys {
    /// Takes up the keys of a target.
    pub(super) fn add(&mut self, target: &TargetResult) {
        for key in &target.keys {
            let holder = self.0.entry(key.fingerprint.clone()).or_default();
            holder.domains.insert(target.target.domain.clone());
            holder.names.insert(key.alias_of.clone());
        }
    }

    /// The keys that two targets or more have, most domains first, then by fingerprint.
    pub(super) fn shared(self) -> Vec<SharedKey> {
        let several = self
            .0
            .into_iter()
            .filter(|(_, holder)| holder.domains.len() > 1 && !holder.is_providers());
        let mut shared: Vec<SharedKey> = several
            .map(|(fingerprint, holder)| SharedKey {
                fingerprint,
                domains: holder.domains.into_iter().collect(),
            })
            .collect();
        shared.sort_by_key(|key| Reverse(key.domains.len()));
        shared.truncate(MOST_KEYS);
        shared
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{
        target::{Role, Target},
        timestamp::Timestamp,
        vantage::{DnssecMode, Probe, SmtpEgress, Vantage},
    };
    use crate::results::{gate::Verdict, key::SeenKey, role::RoleTaken, summary::Summary};

    fn shared(targets: &[TargetResult]) -> Vec<SharedKey> {
        let mut keys = Keys::default();
        for target in targets {
            keys.add(target);
        }
        keys.shared()
    }

    fn target(domain: &str, keys: &[(&str, &str)]) -> TargetResult {
        TargetResult {
            place: None,
            exhibits: Vec::new(),
            not_executed: Vec::new(),
            target: Target {
                domain: domain.to_owned(),
                unicode: domain.to_owned(),
                organizational_domain: domain.to_owned(),
                role: Role::Mail,
                role_declared: false,
                derived_role: None,
            },
            role: RoleTaken::default(),
            baselines: Vec::new(),
            vantage: Vantage {
                started: Timestamp::from_unix(0),
                duration_milliseconds: 0,
                waxseal: String::new(),
                resolvers: Vec::new(),
                dnssec: DnssecMode::Validate,
                ipv4: true,
                ipv6: true,
                smtp_egress: SmtpEgress::Untested,
                probe: Probe::Standard,
                trust_store: String::new(),
                ehlo_name: String::new(),
                lab: false,
            },
            delivery: crate::facts::delivery::Delivery::default(),
            facts_sha256: String::new(),
            scores: Vec::new(),
            findings: Vec::new(),
            keys: keys
                .iter()
                .map(|(fingerprint, alias)| SeenKey {
                    selector: "s1".to_owned(),
                    fingerprint: (*fingerprint).to_owned(),
                    alias_of: (*alias).to_owned(),
                })
                .collect(),
            summary: Summary::default(),
            verdict: Verdict::Empty,
        }
    }

    #[test]
    fn keys_of_two_domains_are_named_unless_they_are_a_providers() {
        let provider = "dkim.provider.test";
        let found = shared(&[
            target(
                "b.test",
                &[("two", ""), ("own", ""), ("provider", provider)],
            ),
            target(
                "a.test",
                &[("two", ""), ("three", "x.test"), ("provider", provider)],
            ),
            target("c.test", &[("three", "y.test"), ("mixed", provider)]),
            target("d.test", &[("three", ""), ("three", ""), ("mixed", "")]),
            target("d.test", &[("own-twice", ""), ("own-twice", "")]),
        ]);
        let found: Vec<String> = found
            .iter()
            .map(|key| format!("{}: {}", key.fingerprint, key.domains.join(" ")))
            .collect();
        let expected = [
            "three: a.test c.test d.test",
            "mixed: c.test d.test",
            "two: a.test b.test",
        ];
        assert_eq!(found, expected);
    }
}
