//! What one round of messages brought: which sender delivered to which probe, and who else knocked.
//!
//! A round has a token of its own, so that its messages are told from those of others. Its senders are the domains in
//! From of the messages that arrived. A message belongs to its sender. A connection that brought none belongs to a
//! sender
//!
//! - if its address delivered a message of the sender, to the control or to another probe;
//! - or if it lies in the same network as an address that did (24 bits of IPv4, 48 of IPv6), since providers send from
//!   pools;
//! - or if it greeted with a name of the same organizational domain as a connection that did.
//!
//! An address that delivered for several senders counts for each of them: they use the same provider. All other
//! connections count for nobody. That a round has one sender only does not make them his: whoever listens on port 25
//! is visited by strangers who look at TLS and leave, and these would pass for refusals.

use super::Plan;
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::outbound::enforcement::{
    Attempt, AttemptEnd, Delivery, Enforcement, EnforcementLevel, Posture, Probe,
};
use crate::facts::timestamp::Timestamp;
use crate::records::domain::organizational;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// The most connections that are kept of a probe.
const ATTEMPTS: usize = 32;
/// The most connections and messages that a round remembers; whoever floods it loses what came later.
const REMEMBERED: usize = 20_000;

/// A message that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The domain in From.
    pub sender: String,
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
    arrived: Vec<Seen>,
    attempts: Vec<(Posture, Attempt, String)>,
}

impl Round {
    /// A round that begins now.
    pub fn new(plan: &Plan, started: Timestamp) -> Self {
        let probes = plan.probes.iter();
        let probes = probes.map(|probe| (probe.posture, probe.domain.clone()));
        Self::over(probes.collect(), started)
    }

    /// A round at these probes, each with its mail domain.
    pub const fn over(probes: Vec<(Posture, String)>, started: Timestamp) -> Self {
        Self {
            started,
            probes,
            arrived: Vec::new(),
            attempts: Vec::new(),
        }
    }

    /// Notes a message.
    pub fn arrived(&mut self, seen: Seen) {
        if self.arrived.len() < REMEMBERED && !seen.sender.is_empty() {
            self.arrived.push(seen);
        }
    }

    /// Notes a connection, and the name that it greeted with.
    pub fn attempted(&mut self, posture: Posture, attempt: Attempt, ehlo: &str) {
        if self.attempts.len() < REMEMBERED {
            self.attempts.push((posture, attempt, ehlo.to_owned()));
        }
    }

    /// The domains in From of what arrived.
    pub fn senders(&self) -> BTreeSet<&str> {
        self.arrived
            .iter()
            .map(|seen| seen.sender.as_str())
            .collect()
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

    fn messages_of<'a>(&'a self, sender: &'a str) -> impl Iterator<Item = &'a Seen> {
        self.arrived
            .iter()
            .filter(move |seen| seen.sender == sender)
    }

    /// How the sender's messages arrived: in clear text if one of them did.
    fn delivery(&self, sender: &str, posture: Posture) -> Option<Delivery> {
        let here = self
            .messages_of(sender)
            .filter(|seen| seen.posture == posture);
        here.map(|seen| seen.delivery)
            .max_by_key(|delivery| matches!(delivery, Delivery::Clear))
    }

    /// The first connections of the sender to a probe.
    fn attempts_of(&self, sender: &str, posture: Posture) -> Vec<Attempt> {
        let deliveries: Vec<_> = self.messages_of(sender).collect();
        let here = self.attempts.iter().filter(|(at, ..)| *at == posture);
        let mine = here.filter(|(_, attempt, ehlo)| {
            deliveries.iter().any(|seen| {
                seen.ip.is_some_and(|ip| near(ip, attempt.ip)) || same_owner(&seen.ehlo, ehlo)
            })
        });
        let mut attempts: Vec<_> = mine.map(|(_, attempt, _)| attempt.clone()).collect();
        attempts.sort_by_key(|attempt| attempt.at);
        attempts.truncate(ATTEMPTS);
        attempts
    }
}

/// Whether two addresses are the same or lie in the same network.
fn near(one: IpAddr, other: IpAddr) -> bool {
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => u32::from(one) >> 8 == u32::from(other) >> 8,
        (IpAddr::V6(one), IpAddr::V6(other)) => u128::from(one) >> 80 == u128::from(other) >> 80,
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

/// Whether two names given in EHLO have the same organizational domain; a name without a dot has none.
fn same_owner(one: &str, other: &str) -> bool {
    let owner = |name: &str| {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let owner = organizational(&name);
        (owner.contains('.') && !name.starts_with('[')).then(|| owner.to_owned())
    };
    owner(one).is_some_and(|one| owner(other) == Some(one))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::derive::enforcement::conclude;

    const START: i64 = 1_795_428_000;

    fn round() -> Round {
        let probes = Posture::ALL.map(|posture| (posture, format!("{}.p.test", posture.as_str())));
        Round {
            started: Timestamp::from_unix(START),
            probes: probes.into(),
            arrived: Vec::new(),
            attempts: Vec::new(),
        }
    }

    fn seen(sender: &str, posture: Posture, ip: &str, ehlo: &str) -> Seen {
        Seen {
            sender: sender.to_owned(),
            posture,
            delivery: Delivery::Tls,
            ip: Some(ip.parse().unwrap()),
            ehlo: ehlo.to_owned(),
        }
    }

    fn attempt(ip: &str, second: i64, end: AttemptEnd) -> Attempt {
        Attempt {
            at: Timestamp::from_unix(START + second),
            ip: ip.parse().unwrap(),
            tls: Observed::absent(Proof::NotOffered),
            end,
            alert: String::new(),
        }
    }

    fn at(round: &Round, sender: &str, posture: Posture) -> Probe {
        let it = round.enforcement(sender, Timestamp::from_unix(START + 60));
        it.probes
            .into_iter()
            .find(|probe| probe.posture == posture)
            .unwrap()
    }

    #[test]
    fn a_connection_without_a_message_belongs_to_whom_it_can_be_put_down_to() {
        let mut round = round();
        round.arrived(seen(
            "a.example",
            Posture::Good,
            "192.0.2.1",
            "out1.a.example",
        ));
        round.arrived(seen(
            "b.example",
            Posture::Good,
            "198.51.100.1",
            "[198.51.100.1]",
        ));
        let left = AttemptEnd::LeftAfterHandshake;
        let table = [
            ("192.0.2.1", "x", true, false),
            ("192.0.2.200", "x", true, false),
            ("192.0.3.1", "x", false, false),
            ("203.0.113.1", "OUT2.A.example.", true, false),
            ("203.0.113.1", "a.example.evil.test", false, false),
            ("198.51.100.7", "", false, true),
            ("203.0.113.1", "[198.51.100.1]", false, false),
            ("203.0.113.1", "scanner", false, false),
            ("2001:db8::1", "", false, false),
        ];
        for (ip, ehlo, a, b) in table {
            let mut round = round.clone();
            round.attempted(Posture::DaneMismatch, attempt(ip, 5, left), ehlo);
            let of = |sender| at(&round, sender, Posture::DaneMismatch).attempts.len() == 1;
            assert_eq!((of("a.example"), of("b.example")), (a, b), "{ip} {ehlo}");
        }
    }

    #[test]
    fn not_arriving_is_absent_with_a_control_and_unknown_without() {
        let mut round = round();
        round.arrived(seen("a.example", Posture::SelfSigned, "192.0.2.1", ""));
        assert!(
            at(&round, "a.example", Posture::Expired)
                .delivered
                .is_unknown()
        );
        round.arrived(seen("a.example", Posture::Good, "192.0.2.1", ""));
        assert!(
            at(&round, "a.example", Posture::Expired)
                .delivered
                .is_absent()
        );
        assert!(
            at(&round, "other.example", Posture::Good)
                .delivered
                .is_unknown()
        );
    }

    #[test]
    fn one_message_in_clear_text_outweighs_those_over_tls() {
        let mut round = round();
        round.arrived(seen("a.example", Posture::Good, "192.0.2.1", ""));
        let mut clear = seen("a.example", Posture::Good, "192.0.2.1", "");
        clear.delivery = Delivery::Clear;
        round.arrived(clear);
        let good = at(&round, "a.example", Posture::Good);
        assert_eq!(good.delivered, Observed::present(Delivery::Clear));
    }

    #[test]
    fn connections_are_kept_oldest_first_and_no_more_than_a_document_holds() {
        let mut round = round();
        round.arrived(seen("a.example", Posture::Good, "192.0.2.1", ""));
        for second in (0..40).rev() {
            let one = attempt("192.0.2.1", second, AttemptEnd::HandshakeFailed);
            round.attempted(Posture::SelfSigned, one, "");
        }
        let attempts = at(&round, "a.example", Posture::SelfSigned).attempts;
        assert_eq!(attempts.len(), 32);
        assert_eq!(attempts[0].at, Timestamp::from_unix(START));
    }

    #[test]
    fn a_round_leads_to_conclusions() {
        let mut round = round();
        for posture in Posture::ALL {
            let ends = if posture == Posture::DaneMismatch {
                AttemptEnd::LeftAfterHandshake
            } else {
                round.arrived(seen("a.example", posture, "192.0.2.1", ""));
                AttemptEnd::Delivered
            };
            round.attempted(posture, attempt("192.0.2.1", 1, ends), "");
        }
        let mut it = round.enforcement("a.example", Timestamp::from_unix(START + 60));
        conclude(&mut it);
        assert_eq!(it.enforces_dane, Observed::present(true));
        assert_eq!(it.enforces_mta_sts, Observed::present(false));
        assert_eq!(it.level, EnforcementLevel::Published);
    }
}
