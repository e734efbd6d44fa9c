//! The connections that a round remembers: a share for each network and probe, so that nobody who floods the servers
//! makes the round forget others.

use crate::facts::outbound::enforcement::{Attempt, Posture};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// The most connections that are remembered of one network at one probe.
pub(super) const SHARE: usize = 64;
/// The most connections that are remembered in all.
const MOST: usize = 20_000;

/// The network that an address lies in: 24 bits of IPv4, 48 of IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Network {
    V4(u32),
    V6(u128),
}

impl Network {
    pub(super) fn of(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(ip) => Self::V4(u32::from(ip) >> 8),
            IpAddr::V6(ip) => Self::V6(u128::from(ip) >> 80),
        }
    }
}

/// A connection to a probe, and the name that it greeted with.
#[derive(Clone, Debug)]
pub(super) struct Knock {
    pub(super) attempt: Attempt,
    pub(super) ehlo: String,
}

/// The connections of all networks.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    kept: BTreeMap<(Network, Posture), Vec<Knock>>,
    /// The networks that delivered, which are forgotten last.
    delivering: BTreeSet<Network>,
    most: usize,
    count: usize,
    left_out: u64,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            kept: BTreeMap::new(),
            delivering: BTreeSet::new(),
            most: MOST,
            count: 0,
            left_out: 0,
        }
    }
}

impl Memory {
    /// Notes a connection. Where a network has its share, or all have, one of those that have most is forgotten.
    pub(super) fn note(&mut self, posture: Posture, knock: Knock) {
        let kept = self
            .kept
            .entry((Network::of(knock.attempt.ip), posture))
            .or_default();
        kept.push(knock);
        if kept.len() > SHARE {
            thin(kept);
            self.left_out += 1;
            return;
        }
        self.count += 1;
        if self.count > self.most {
            self.forget();
        }
    }

    /// Notes that a message came from an address.
    pub(super) fn delivers(&mut self, ip: IpAddr) {
        self.delivering.insert(Network::of(ip));
    }

    /// The connections of a network to a probe.
    pub(super) fn of(&self, network: Network, posture: Posture) -> impl Iterator<Item = &Knock> {
        self.kept.get(&(network, posture)).into_iter().flatten()
    }

    /// How many connections are forgotten.
    pub(super) const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Forgets one connection of the network that has most, first of those that delivered nothing.
    fn forget(&mut self) {
        let all = self.kept.iter();
        let most =
            all.max_by_key(|((network, _), kept)| (!self.delivering.contains(network), kept.len()));
        let Some(key) = most.map(|(key, _)| *key) else {
            return;
        };
        if let Some(kept) = self.kept.get_mut(&key) {
            thin(kept);
            self.count -= 1;
            self.left_out += 1;
            if kept.is_empty() {
                self.kept.remove(&key);
            }
        }
    }
}

/// Forgets a connection of the address that has most: that in the middle, so that the first and the last stay.
fn thin(kept: &mut Vec<Knock>) {
    let mut counts: BTreeMap<IpAddr, usize> = BTreeMap::new();
    for knock in kept.iter() {
        *counts.entry(knock.attempt.ip).or_default() += 1;
    }
    let Some((ip, count)) = counts.into_iter().max_by_key(|(_, count)| *count) else {
        return;
    };
    let all = kept.iter().enumerate();
    let mut of_it = all.filter(|(_, knock)| knock.attempt.ip == ip);
    if let Some((at, _)) = of_it.nth(count / 2) {
        kept.remove(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::observed::{Observed, Proof};
    use crate::facts::outbound::enforcement::AttemptEnd;
    use crate::facts::timestamp::Timestamp;

    fn knock(ip: &str, second: i64) -> Knock {
        Knock {
            attempt: Attempt {
                at: Timestamp::from_unix(second),
                ip: ip.parse().unwrap(),
                tls: Observed::absent(Proof::NotOffered),
                end: AttemptEnd::LeftAfterEhlo,
                alert: String::new(),
            },
            ehlo: String::new(),
        }
    }

    fn seconds(memory: &Memory, ip: &str) -> Vec<i64> {
        let ip: IpAddr = ip.parse().unwrap();
        let here = memory.of(Network::of(ip), Posture::Good);
        let own = here.filter(|knock| knock.attempt.ip == ip);
        own.map(|knock| knock.attempt.at.unix()).collect()
    }

    #[test]
    fn a_neighbour_who_floods_loses_what_came_between_his_first_and_last() {
        let mut memory = Memory::default();
        memory.note(Posture::Good, knock("192.0.2.1", 0));
        for second in 1..=1000 {
            memory.note(Posture::Good, knock("192.0.2.9", second));
        }
        memory.note(Posture::Good, knock("192.0.2.1", 1001));
        assert_eq!(seconds(&memory, "192.0.2.1"), [0, 1001]);
        let flood = seconds(&memory, "192.0.2.9");
        assert_eq!(flood.len(), SHARE - 2);
        assert_eq!((flood.first(), flood.last()), (Some(&1), Some(&1000)));
        assert_eq!(memory.left_out(), 1002 - SHARE as u64);
    }

    #[test]
    fn where_all_have_too_much_those_with_most_lose_and_deliverers_last() {
        let mut memory = Memory {
            most: 40,
            ..Memory::default()
        };
        memory.delivers("198.51.100.1".parse().unwrap());
        for second in 0..10 {
            memory.note(Posture::Good, knock("198.51.100.1", second));
        }
        memory.note(Posture::Good, knock("203.0.113.1", 0));
        for second in 0..300 {
            let ip = format!("10.0.{}.1", second % 5);
            memory.note(Posture::Good, knock(&ip, second));
        }
        assert_eq!(seconds(&memory, "198.51.100.1").len(), 10);
        assert_eq!(seconds(&memory, "203.0.113.1"), [0]);
        assert_eq!((memory.count, memory.left_out()), (40, 271));
        assert_eq!(memory.kept.values().map(Vec::len).sum::<usize>(), 40);
    }

    #[test]
    fn networks_are_24_bits_of_ipv4_and_48_of_ipv6() {
        let same = |one: &str, other: &str| {
            Network::of(one.parse().unwrap()) == Network::of(other.parse().unwrap())
        };
        assert!(same("192.0.2.1", "192.0.2.255"));
        assert!(same("192.0.2.1", "::ffff:192.0.2.2"));
        assert!(!same("192.0.2.1", "192.0.3.1"));
        assert!(same("2001:db8:1::1", "2001:db8:1:ffff::1"));
        assert!(!same("2001:db8:1::1", "2001:db8:2::1"));
    }
}
