//! The TLSA records that a sender uses (RFC 7672 §3.1), and whether one of them authenticates a chain.

use super::super::chain::name_matches;
use super::matching::{self, Leaf};
use crate::facts::certificate::Chain;
use crate::facts::timestamp::Timestamp;
use crate::facts::tlsa::Tlsa;

/// The most records that are tried. Servers that roll keys over have four.
const MOST_RECORDS: usize = 24;

/// The records of one server that can be used.
pub(super) struct Records<'a> {
    used: Vec<&'a Tlsa>,
    published: usize,
}

impl<'a> Records<'a> {
    /// Leaves out what can't be used, and of several digests of the same thing all but the strongest
    /// (RFC 7671 §9). Records with full data are always used.
    pub(super) fn usable(published: &'a [Tlsa]) -> Self {
        let usable = |one: &&Tlsa| one.usable && matches!(one.usage, 2 | 3);
        let strongest = |one: &Tlsa| {
            published
                .iter()
                .filter(usable)
                .filter(|other| (other.usage, other.selector) == (one.usage, one.selector))
                .map(|other| other.matching_type)
                .max()
        };
        let used = published
            .iter()
            .filter(usable)
            .filter(|one| one.matching_type == 0 || strongest(one) == Some(one.matching_type))
            .collect();
        Self {
            used,
            published: published.len(),
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.used.is_empty()
    }

    /// The records themselves.
    pub(super) fn used(&self) -> &[&'a Tlsa] {
        &self.used
    }

    pub(super) const fn published(&self) -> usize {
        self.published
    }

    /// Which record authenticates the chain (`3 1 1`), or why none does.
    pub(super) fn authenticate(
        &self,
        chain: &Chain,
        names: &[String],
        now: Timestamp,
    ) -> Result<String, String> {
        if self.used.is_empty() {
            return Err(matching::NONE_USABLE.to_owned());
        }
        let ders = matching::decoded(chain);
        let leaf_names = chain
            .certificates
            .first()
            .map_or(&[][..], |leaf| &leaf.dns_names);
        let leaf = Leaf {
            ders: &ders,
            named: names.iter().any(|name| name_matches(leaf_names, name)),
            names,
            now,
        };
        let mut reasons = Vec::new();
        for record in self.used.iter().take(MOST_RECORDS) {
            match leaf.judged_by(record) {
                Ok(()) => return Ok(record.numbers()),
                Err(reason) => reasons.push(format!("{}: {reason}", record.numbers())),
            }
        }
        reasons.dedup();
        Err(reasons.join("; "))
    }
}
