//! Which addresses a policy lets in, worked out term by term in the order in which receivers test them.

use super::ranges::{Family, Ranges, network};
use crate::facts::spf::{Qualifier, SpfAuthorized};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Longest IPv4 prefix of a wide network.
const WIDE4: u32 = 8;

/// Longest IPv6 prefix of a wide network.
const WIDE6: u32 = 16;

/// Most wide networks that are listed.
const MOST_WIDE: usize = 32;

/// Most blocks of one family that are shown.
const MOST_SHOWN: usize = 5;

/// Most terms that are listed as open or unsettled.
const MOST_NOTES: usize = 16;

/// Addresses of both families.
#[derive(Clone, Debug, Default)]
pub(super) struct Addresses {
    pub(super) v4: Ranges,
    pub(super) v6: Ranges,
}

impl Addresses {
    /// Every address there is.
    pub(super) fn all() -> Self {
        Self {
            v4: Ranges::all(Family::V4),
            v6: Ranges::all(Family::V6),
        }
    }

    /// The networks of some addresses, by the prefix length of their family.
    pub(super) fn networks(addresses: impl Iterator<Item = IpAddr>, prefix: [u8; 2]) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for ip in addresses {
            let [four, six] = prefix;
            match network(ip, if ip.is_ipv4() { four } else { six }) {
                (Family::V4, range) => v4.push(range),
                (Family::V6, range) => v6.push(range),
            }
        }
        Self {
            v4: Ranges::of(v4),
            v6: Ranges::of(v6),
        }
    }

    pub(super) const fn of(&self, family: Family) -> &Ranges {
        match family {
            Family::V4 => &self.v4,
            Family::V6 => &self.v6,
        }
    }

    const fn of_mut(&mut self, family: Family) -> &mut Ranges {
        match family {
            Family::V4 => &mut self.v4,
            Family::V6 => &mut self.v6,
        }
    }

    fn add(&mut self, other: Self) {
        self.v4.add(other.v4);
        self.v6.add(other.v6);
    }

    fn common(&self, other: &Self) -> Self {
        Self {
            v4: self.v4.common(&other.v4),
            v6: self.v6.common(&other.v6),
        }
    }

    fn remove(&mut self, other: &Self) {
        self.v4.remove(&other.v4);
        self.v6.remove(&other.v6);
    }
}

/// The addresses that pass one record, once all of it is worked out.
#[derive(Clone, Debug, Default)]
pub(super) struct Passing {
    pub(super) addresses: Addresses,
    /// Terms whose addresses depend on the sender.
    pub(super) open: BTreeSet<String>,
    /// Names whose lookup got no answer.
    pub(super) unsettled: BTreeSet<String>,
}

/// One record under way: who has passed, and who has not met a term that fits.
#[derive(Debug)]
pub(super) struct Space {
    passing: Passing,
    remaining: Addresses,
    /// Networks of terms that follow each other, not yet counted.
    batch: Vec<(Qualifier, IpNetwork)>,
    /// The terms with lookups that were tested.
    tested: BTreeSet<String>,
}

type IpNetwork = (IpAddr, u8);

impl Space {
    /// A record of which no term was tested yet.
    pub(super) fn new() -> Self {
        Self {
            passing: Passing::default(),
            remaining: Addresses::all(),
            batch: Vec::new(),
            tested: BTreeSet::new(),
        }
    }

    /// Whether some address of the family has not met a term that fits.
    pub(super) fn goes_on(&mut self, family: Family) -> bool {
        self.settle();
        !self.remaining.of(family).is_empty()
    }

    /// A term with one network.
    pub(super) fn network(&mut self, qualifier: Qualifier, network: IpNetwork) {
        self.batch.push((qualifier, network));
    }

    /// Notes a term with a lookup; false where it was tested before.
    pub(super) fn note_tested(&mut self, term: String) -> bool {
        self.tested.insert(term)
    }

    /// A term that fits these addresses.
    pub(super) fn fits(&mut self, qualifier: Qualifier, addresses: &Addresses) {
        self.settle();
        if qualifier == Qualifier::Pass {
            self.passing.addresses.add(self.remaining.common(addresses));
        }
        self.remaining.remove(addresses);
    }

    /// A term whose addresses depend on the sender.
    pub(super) fn open(&mut self, qualifier: Qualifier, term: &str) {
        if qualifier == Qualifier::Pass && self.passing.open.len() < MOST_NOTES {
            self.passing.open.insert(term.to_owned());
        }
    }

    /// A name whose lookup got no answer.
    pub(super) fn unsettled(&mut self, name: &str) {
        if self.passing.unsettled.len() < MOST_NOTES {
            self.passing.unsettled.insert(name.to_owned());
        }
    }

    /// What another record leaves open, where its pass is one here.
    pub(super) fn absorb(&mut self, qualifier: Qualifier, other: &Passing) {
        for name in &other.unsettled {
            self.unsettled(name);
        }
        for term in &other.open {
            self.open(qualifier, term);
        }
    }

    /// Who passes, now that all terms were tested.
    pub(super) fn end(mut self) -> Passing {
        self.settle();
        self.passing
    }

    /// Counts the networks of the terms before this one.
    fn settle(&mut self) {
        let (mut four, mut six) = (Vec::new(), Vec::new());
        for (qualifier, (ip, prefix)) in self.batch.drain(..) {
            let passes = qualifier == Qualifier::Pass;
            match network(ip, prefix) {
                (Family::V4, range) => four.push((passes, range)),
                (Family::V6, range) => six.push((passes, range)),
            }
        }
        for (family, tested) in [(Family::V4, four), (Family::V6, six)] {
            if tested.is_empty() {
                continue;
            }
            let (passing, any) = Ranges::first_matches(&tested);
            let remaining = self.remaining.of_mut(family);
            let passing = remaining.common(&passing);
            remaining.remove(&any);
            self.passing.addresses.of_mut(family).add(passing);
        }
    }
}

/// The networks that are let in as a whole, and the addresses as a fact.
pub(super) fn facts(passing: Passing) -> (Vec<String>, SpfAuthorized) {
    let Passing {
        addresses,
        open,
        unsettled,
    } = passing;
    let (mut wide, mut largest) = (Vec::new(), Vec::new());
    for (family, limit) in Family::BOTH.into_iter().zip([WIDE4, WIDE6]) {
        let mut blocks: Vec<_> = addresses.of(family).blocks(family).collect();
        let text = |(ip, prefix): &(IpAddr, u32)| format!("{ip}/{prefix}");
        let wide_ones = blocks.iter().filter(|(_, prefix)| *prefix <= limit);
        wide.extend(wide_ones.take(MOST_WIDE).map(text));
        blocks.sort_by_key(|(ip, prefix)| (*prefix, *ip));
        largest.extend(blocks.iter().take(MOST_SHOWN).map(text));
    }
    let count = |number: u128, most: u64| u64::try_from(number).unwrap_or(most).min(most);
    let authorized = SpfAuthorized {
        ipv4_addresses: count(addresses.v4.networks(0), u64::MAX),
        ipv6_networks: count(addresses.v6.networks(64), u64::MAX / 2),
        largest,
        everyone: addresses.v4.is_all(Family::V4) || addresses.v6.is_all(Family::V6),
        open: open.into_iter().collect(),
        unsettled: unsettled.into_iter().collect(),
    };
    (wide, authorized)
}
