//! What one round of messages brought: which sender delivered to which probe, and who else knocked.
//!
//! A round has a token of its own, so that its messages are told from those of others. Its senders are the domains in
//! From of the messages that arrived and that SPF or DKIM proves to be theirs: From alone is anybody's to write, and a
//! message that nothing proves counts for nobody.
//!
//! A connection that brought no message belongs to a sender
//!
//! - if its address delivered a message of the sender, to the control or to another probe;
//! - or if two things agree: it lies in the same network as such an address (24 bits of IPv4, 48 of IPv6), since providers
//!   send from pools, and it greeted with a name of the sender's organizational domain or with that of a connection that
//!   delivered.
//!
//! The name in EHLO is a claim that strangers can make, and a network may have many tenants; so neither counts by itself.
//! An address that delivered for several senders counts for each of them: they use the same provider. All other
//! connections count for nobody. That a round has one sender only does not make them his: whoever listens on port 25
//! is visited by strangers who look at TLS and leave, and these would pass for refusals.

use super::Plan;
use super::memory::{Knock, Memory, Network, SHARE};
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::outbound::enforcement::{
    Attempt, AttemptEnd, Delivery, Enforcement, EnforcementLevel, Posture, Probe,
};
use crate::facts::timestamp::Timestamp;
use crate::records::domain::organizational;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

#[cfg(test)]
mod tests;

/// The most connections that are told of a probe.
const ATTEMPTS: usize = 32;
/// The most different messages that a round remembers.
const MESSAGES: usize = 4_000;
/// The most domains that are remembered of messages that nothing proves.
const UNPROVEN: usize = 1_000;

/// A message that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The domain in From.
    pub sender: String,
    /// Whether SPF or DKIM proves it to be of that domain.
    pub authenticated: bool,
    /// Where it arrived.
    pub posture: Posture,
    /// How.
    pub delivery: Delivery,
    /// The address that delivered it.
    pub ip: Option<IpAddr>,
    /// The name that it greeted with; empty where none is known.
    pub ehlo: String,
}

/// One round.
#[derive(Clone, Debug)]
pub struct Round {
    started: Timestamp,
    probes: Vec<(Posture, String)>,
    /// The different messages that are proven, by network and probe.
    arrived: BTreeMap<(Option<Network>, Posture), Vec<Seen>>,
    memory: Memory,
    /// The domains in From of messages that nothing proves, and where these arrived.
    unproven: BTreeMap<String, BTreeSet<Posture>>,
    messages_left_out: u64,
}

impl Round {
    /// A round that begins now.
    pub fn new(plan: &Plan, started: Timestamp) -> Self {
        let probes = plan.probes.iter();
        let probes = probes.map(|probe| (probe.posture, probe.domain.clone()));
        Self::over(probes.collect(), started)
    }

    /// A round at these probes, each with its mail domain.
    pub fn over(probes: Vec<(Posture, String)>, started: Timestamp) -> Self {
        Self {
            started,
            probes,
            arrived: BTreeMap::new(),
            memory: Memory::default(),
            unproven: BTreeMap::new(),
            messages_left_out: 0,
        }
    }

    /// Notes a message.
    pub fn arrived(&mut self, seen: Seen) {
        if seen.sender.is_empty() {
            return;
        }
        if !seen.authenticated {
            self.note_unproven(seen);
            return;
        }
        let count: usize = self.arrived.values().map(Vec::len).sum();
        let key = (seen.ip.map(Network::of), seen.posture);
        let here = self.arrived.entry(key).or_default();
        if here.contains(&seen) {
            return;
        }
        if here.len() >= SHARE || count >= MESSAGES {
            self.messages_left_out += 1;
            return;
        }
        if let Some(ip) = seen.ip {
            self.memory.delivers(ip);
        }
        here.push(seen);
    }

    fn note_unproven(&mut self, seen: Seen) {
        if self.unproven.len() < UNPROVEN || self.unproven.contains_key(&seen.sender) {
            let at = self.unproven.entry(seen.sender).or_default();
            at.insert(seen.posture);
        } else {
            self.messages_left_out += 1;
        }
    }

    /// Notes a connection, and the name that it greeted with.
    pub fn attempted(&mut self, posture: Posture, attempt: Attempt, ehlo: &str) {
        let ehlo = ehlo.to_owned();
        self.memory.note(posture, Knock { attempt, ehlo });
    }

    /// The senders: domains that messages are proven to be of. One whose control message is not is none of them.
    pub fn senders(&self) -> BTreeSet<&str> {
        let mut senders: BTreeSet<_> = self.messages().map(|seen| seen.sender.as_str()).collect();
        let forged = |at: &BTreeSet<Posture>| at.contains(&Posture::Good);
        for (domain, _) in self.unproven.iter().filter(|(_, at)| forged(at)) {
            if !self.reached(domain).contains(&Posture::Good) {
                senders.remove(domain.as_str());
            }
        }
        senders
    }

    /// The domains in From that are no senders, since nothing proves the message to be theirs, and the first probe at
    /// which one arrived.
    pub fn unproven(&self) -> impl Iterator<Item = (&str, Posture)> {
        let senders = self.senders();
        self.unproven.iter().filter_map(move |(domain, at)| {
            let first = *at.first()?;
            (!senders.contains(domain.as_str())).then_some((domain.as_str(), first))
        })
    }

    /// How many connections and messages were more than a round remembers.
    pub const fn left_out(&self) -> u64 {
        self.memory.left_out() + self.messages_left_out
    }

    /// The postures at which a message of the sender arrived.
    pub fn reached(&self, sender: &str) -> BTreeSet<Posture> {
        self.messages_of(sender).map(|seen| seen.posture).collect()
    }

    /// What was seen of a sender until now, before anything is concluded.
    pub fn enforcement(&self, sender: &str, now: Timestamp) -> Enforcement {
        let waited_seconds = u64::try_from(now.unix() - self.started.unix()).unwrap_or(0);
        let control = self.reached(sender).contains(&Posture::Good);
        let probe = |(posture, domain): &(Posture, String)| {
            let attempts = self.attempts_of(sender, *posture);
            let delivered = match self.delivery(sender, *posture) {
                Some(delivery) => Observed::present(delivery),
                None if control => Observed::Absent {
                    proof: Proof::NotArrived,
                    detail: not_arrived(&attempts, waited_seconds),
                },
                None => Observed::unknown(
                    Cause::Timeout,
                    format!("no control message arrived in {waited_seconds} seconds"),
                ),
            };
            Probe {
                posture: *posture,
                domain: domain.clone(),
                delivered,
                attempts,
            }
        };
        Enforcement {
            started: self.started,
            waited_seconds,
            probes: self.probes.iter().map(probe).collect(),
            uses_tls: Observed::unobserved(),
            delivers_in_clear: Observed::unobserved(),
            validates_certificates: Observed::unobserved(),
            enforces_dane: Observed::unobserved(),
            enforces_mta_sts: Observed::unobserved(),
            level: EnforcementLevel::Unknown,
        }
    }

    fn messages(&self) -> impl Iterator<Item = &Seen> {
        self.arrived.values().flatten()
    }

    fn messages_of<'a>(&'a self, sender: &'a str) -> impl Iterator<Item = &'a Seen> {
        self.messages().filter(move |seen| seen.sender == sender)
    }

    /// How the sender's messages arrived: in clear text if one of them did.
    fn delivery(&self, sender: &str, posture: Posture) -> Option<Delivery> {
        let here = self
            .messages_of(sender)
            .filter(|seen| seen.posture == posture);
        here.map(|seen| seen.delivery)
            .max_by_key(|delivery| matches!(delivery, Delivery::Clear))
    }

    /// The first and the last connections of the sender to a probe; those of addresses that delivered come before others.
    fn attempts_of(&self, sender: &str, posture: Posture) -> Vec<Attempt> {
        let (mut addresses, mut names) = (BTreeSet::new(), BTreeSet::new());
        for seen in self.messages_of(sender) {
            addresses.extend(seen.ip);
            names.extend(host_name(&seen.ehlo));
        }
        let networks: BTreeSet<_> = addresses.iter().copied().map(Network::of).collect();
        let owner = organizational(sender);
        let (mut own, mut pooled) = (Vec::new(), Vec::new());
        for network in networks {
            for knock in self.memory.of(network, posture) {
                let name = host_name(&knock.ehlo);
                if addresses.contains(&knock.attempt.ip) {
                    own.push(knock.attempt.clone());
                } else if name
                    .is_some_and(|name| names.contains(&name) || organizational(&name) == owner)
                {
                    pooled.push(knock.attempt.clone());
                }
            }
        }
        let mut attempts = first_and_last(own, ATTEMPTS);
        let room = ATTEMPTS - attempts.len();
        attempts.extend(first_and_last(pooled, room));
        attempts.sort_by_key(|attempt| attempt.at);
        attempts
    }
}

/// The first and the last connections, so many in all, in their order.
fn first_and_last(mut all: Vec<Attempt>, most: usize) -> Vec<Attempt> {
    all.sort_by_key(|attempt| attempt.at);
    let last = most / 2;
    if all.len() > most {
        let rest = all.split_off(most - last);
        let surplus = rest.len() - last;
        all.extend(rest.into_iter().skip(surplus));
    }
    all
}

/// A name given in EHLO, in lower case; none where it is an address or has no dot, as every host may call itself.
fn host_name(ehlo: &str) -> Option<String> {
    let name = ehlo.trim_end_matches('.').to_ascii_lowercase();
    (name.contains('.') && !name.starts_with('[')).then_some(name)
}

/// In words, what was seen in place of the message.
fn not_arrived(attempts: &[Attempt], waited_seconds: u64) -> String {
    let Some(last) = attempts.last() else {
        return format!("no message and no connection in {waited_seconds} seconds");
    };
    let how = match last.end {
        AttemptEnd::Delivered => "brought another message",
        AttemptEnd::LeftAfterEhlo => "left before a handshake",
        AttemptEnd::HandshakeFailed => "broke off the handshake",
        AttemptEnd::LeftAfterHandshake => "left after the handshake",
        AttemptEnd::LeftLater => "left later",
    };
    let count = match attempts.len() {
        1 => "the one connection".to_owned(),
        more => format!("the last of {more} connections"),
    };
    format!("no message in {waited_seconds} seconds; {count} {how}")
}
