//! Sets of addresses as ranges of numbers, exact whatever is listed in which order.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A set of addresses of one family: ranges from first to last, in order, with a gap between each two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ranges(Vec<(u128, u128)>);

/// A family of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    V4,
    V6,
}

impl Family {
    /// Both, in the order of the facts.
    pub(super) const BOTH: [Self; 2] = [Self::V4, Self::V6];

    /// How many bits an address has.
    pub(super) const fn bits(self) -> u32 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }

    /// The greatest address.
    const fn last(self) -> u128 {
        match self {
            Self::V4 => u32::MAX as u128,
            Self::V6 => u128::MAX,
        }
    }

    fn address(self, number: u128) -> IpAddr {
        match self {
            Self::V4 => IpAddr::V4(Ipv4Addr::from(u32::try_from(number).unwrap_or(u32::MAX))),
            Self::V6 => IpAddr::V6(Ipv6Addr::from(number)),
        }
    }
}

/// The network of an address: its first and its last address as numbers.
pub(super) fn network(ip: IpAddr, prefix: u8) -> (Family, (u128, u128)) {
    let (family, number) = match ip {
        IpAddr::V4(ip) => (Family::V4, u128::from(u32::from(ip))),
        IpAddr::V6(ip) => (Family::V6, u128::from(ip)),
    };
    let host_bits = family.bits().saturating_sub(u32::from(prefix));
    let hosts = low_bits(host_bits);
    let first = number & !hosts;
    (family, (first, first | (hosts & family.last())))
}

/// So many low bits set.
const fn low_bits(bits: u32) -> u128 {
    match 1_u128.checked_shl(bits) {
        Some(power) => power - 1,
        None => u128::MAX,
    }
}

impl Ranges {
    /// Every address of a family.
    pub(super) fn all(family: Family) -> Self {
        Self(vec![(0, family.last())])
    }

    /// Networks in any order.
    pub(super) fn of(mut networks: Vec<(u128, u128)>) -> Self {
        networks.sort_unstable();
        let mut ranges: Vec<(u128, u128)> = Vec::with_capacity(networks.len());
        for (first, last) in networks {
            match ranges.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => {
                    before.1 = before.1.max(last);
                }
                Some(_) | None => ranges.push((first, last)),
            }
        }
        Self(ranges)
    }

    /// Of networks that are tested in this order, the addresses whose first match is one that passes, and the
    /// addresses that match any.
    pub(super) fn first_matches(tested: &[(bool, (u128, u128))]) -> (Self, Self) {
        let mut bounds = Vec::with_capacity(2 * tested.len());
        for (place, (_, (first, last))) in tested.iter().enumerate() {
            bounds.push((*first, true, place));
            bounds.extend(last.checked_add(1).map(|behind| (behind, false, place)));
        }
        bounds.sort_unstable();
        let (mut open, mut passing, mut any) = (BTreeSet::new(), Vec::new(), Vec::new());
        let mut bounds = bounds.into_iter().peekable();
        while let Some((at, begins, place)) = bounds.next() {
            if begins {
                open.insert(place);
            } else {
                open.remove(&place);
            }
            let next = bounds.peek().map(|(next, ..)| *next);
            let end = next.map_or(u128::MAX, |next| next.saturating_sub(1));
            if next == Some(at) {
                continue;
            }
            if let Some((passes, _)) = open.first().and_then(|place| tested.get(*place)) {
                any.push((at, end));
                if *passes {
                    passing.push((at, end));
                }
            }
        }
        (Self::of(passing), Self::of(any))
    }

    /// Whether no address is in it.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the addresses of another set.
    pub(super) fn add(&mut self, other: Self) {
        if self.is_empty() {
            *self = other;
        } else if !other.is_empty() {
            let mut both = std::mem::take(&mut self.0);
            both.extend(other.0);
            *self = Self::of(both);
        }
    }

    /// The addresses that are in both.
    pub(super) fn common(&self, other: &Self) -> Self {
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut found = Vec::new();
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            let (first, last) = (a.0.max(b.0), a.1.min(b.1));
            if first <= last {
                found.push((first, last));
            }
            if a.1 < b.1 {
                left.next();
            } else {
                right.next();
            }
        }
        Self(found)
    }

    /// Takes the addresses of another set away.
    pub(super) fn remove(&mut self, other: &Self) {
        let mut left = Vec::with_capacity(self.0.len());
        let mut holes = other.0.iter().peekable();
        for (first, last) in std::mem::take(&mut self.0) {
            let mut from = Some(first);
            while let Some(hole) = holes.peek().copied() {
                let Some(start) = from.filter(|_| hole.0 <= last) else {
                    break;
                };
                if hole.1 < start {
                    holes.next();
                    continue;
                }
                if hole.0 > start {
                    left.push((start, hole.0 - 1));
                }
                from = hole.1.checked_add(1).filter(|next| *next <= last);
                // A hole that goes on behind this range may hold a part of the next one.
                if hole.1 >= last {
                    break;
                }
                holes.next();
            }
            left.extend(from.map(|start| (start, last)));
        }
        self.0 = left;
    }

    /// Whether every address of the family is in it.
    pub(super) fn is_all(&self, family: Family) -> bool {
        self.0.as_slice() == [(0, family.last())]
    }

    /// How many networks with this many low bits it takes to hold the set; of two ranges within one
    /// network, both count.
    pub(super) fn networks(&self, low: u32) -> u128 {
        self.0.iter().fold(0, |sum, (first, last)| {
            let count = (last >> low) - (first >> low);
            sum.saturating_add(count).saturating_add(1)
        })
    }

    /// The blocks that make up the set, as address and prefix length, in the order of addresses.
    pub(super) fn blocks(&self, family: Family) -> impl Iterator<Item = (IpAddr, u32)> + '_ {
        self.0.iter().flat_map(move |(first, last)| {
            let mut next = Some(*first);
            std::iter::from_fn(move || {
                let start = next?;
                let bits = block_bits(start, *last, family);
                next = (start | low_bits(bits))
                    .checked_add(1)
                    .filter(|following| following <= last);
                Some((family.address(start), family.bits() - bits))
            })
        })
    }
}

/// The most low bits that a block from `start` can leave free without going beyond `last`.
fn block_bits(start: u128, last: u128, family: Family) -> u32 {
    let aligned = start.trailing_zeros().min(family.bits());
    let span = last - start;
    let fitting = span
        .checked_add(1)
        .map_or(u128::BITS, |size| u128::BITS - 1 - size.leading_zeros());
    aligned.min(fitting)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(networks: &[&str]) -> Ranges {
        let read = |text: &&str| {
            let (ip, prefix) = text.split_once('/').unwrap();
            network(ip.parse().unwrap(), prefix.parse().unwrap()).1
        };
        Ranges::of(networks.iter().map(read).collect())
    }

    fn shown(ranges: &Ranges, family: Family) -> Vec<String> {
        let blocks = ranges.blocks(family);
        blocks.map(|(ip, bits)| format!("{ip}/{bits}")).collect()
    }

    #[test]
    fn adjacent_and_overlapping_networks_become_one() {
        let halves = set(&["128.0.0.0/1", "0.0.0.0/1"]);
        assert!(halves.is_all(Family::V4));
        assert_eq!(shown(&halves, Family::V4), ["0.0.0.0/0"]);
        let both = set(&["10.0.0.0/8", "10.1.0.0/16", "11.0.0.0/8", "192.0.2.7/32"]);
        assert_eq!(shown(&both, Family::V4), ["10.0.0.0/7", "192.0.2.7/32"]);
        let six = set(&["::/1", "8000::/1"]);
        assert!(six.is_all(Family::V6));
        assert_eq!(shown(&six, Family::V6), ["::/0"]);
        assert_eq!(six.networks(64), 1 << 64);
    }

    #[test]
    fn what_is_taken_away_is_gone_and_the_rest_stays() {
        let mut rest = set(&["192.0.2.0/24", "198.51.100.0/24"]);
        rest.remove(&set(&["192.0.2.128/25", "198.51.100.0/32"]));
        let shown = shown(&rest, Family::V4);
        assert_eq!(shown[0], "192.0.2.0/25");
        assert_eq!(rest.networks(0), 128 + 255);
        rest.remove(&Ranges::all(Family::V4));
        assert!(rest.is_empty());
    }

    proptest! {
        #[test]
        fn sets_behave_as_sets_of_small_numbers(
            left in proptest::collection::vec((0_u128..60, 0_u128..9), 0..6),
            right in proptest::collection::vec((0_u128..60, 0_u128..9), 0..6),
        ) {
            let make = |parts: &[(u128, u128)]| {
                Ranges::of(parts.iter().map(|(first, more)| (*first, first + more)).collect())
            };
            let has = |set: &Ranges, number: u128| {
                set.0.iter().any(|(first, last)| (*first..=*last).contains(&number))
            };
            let (a, b) = (make(&left), make(&right));
            let both = a.common(&b);
            let mut less = a.clone();
            less.remove(&b);
            let mut more = a.clone();
            more.add(b.clone());
            for number in 0..70 {
                prop_assert_eq!(has(&both, number), has(&a, number) && has(&b, number));
                prop_assert_eq!(has(&less, number), has(&a, number) && !has(&b, number));
                prop_assert_eq!(has(&more, number), has(&a, number) || has(&b, number));
            }
            let tested: Vec<_> = left
                .iter()
                .chain(&right)
                .enumerate()
                .map(|(place, (first, more))| (place % 2 == 0, (*first, first + more)))
                .collect();
            let (passing, any) = Ranges::first_matches(&tested);
            for number in 0..70 {
                let first = tested.iter().find(|(_, (first, last))| (*first..=*last).contains(&number));
                prop_assert_eq!(has(&any, number), first.is_some());
                prop_assert_eq!(has(&passing, number), first.is_some_and(|(passes, _)| *passes));
            }
            let covered: u128 = a.blocks(Family::V4).map(|(_, prefix)| 1 << (32 - prefix)).sum();
            prop_assert_eq!(covered, a.networks(0));
        }
    }
}
