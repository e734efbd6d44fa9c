//! What may become of a message at a place: the set of all that is possible, and why.

use crate::facts::delivery::{Arrival, Effect};
use std::collections::BTreeSet;

/// One of the things that may become of a message at an address or a server, the worst delivery first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// It goes through in clear text.
    Clear,
    /// It goes through encrypted.
    Encrypted,
    /// It goes through encrypted, to a server that authenticates.
    Authenticated,
    /// It does not go through: the sender tries elsewhere, or later.
    Not,
}

/// All that may become of a message, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Prospect {
    possible: BTreeSet<Way>,
    /// Why, in words.
    pub(super) reason: String,
}

impl Prospect {
    /// It is settled.
    pub(super) fn certain(way: Way, reason: impl Into<String>) -> Self {
        Self::open([way], reason)
    }

    /// It is one of these.
    pub(super) fn open(ways: impl IntoIterator<Item = Way>, reason: impl Into<String>) -> Self {
        Self {
            possible: ways.into_iter().collect(),
            reason: reason.into(),
        }
    }

    /// All that is possible of both, for the reason of the second.
    pub(super) fn widened(mut self, other: Self) -> Self {
        self.possible.extend(other.possible);
        self.reason = other.reason;
        self
    }

    /// The same for another reason, made of the one that it has.
    pub(super) fn because(mut self, reword: impl FnOnce(&str) -> String) -> Self {
        self.reason = reword(&self.reason);
        self
    }

    /// The one thing that is possible.
    pub(super) fn only(&self) -> Option<Way> {
        let mut ways = self.possible.iter();
        ways.next().filter(|_| ways.next().is_none()).copied()
    }

    /// What the document says of it.
    pub(super) fn effect(&self) -> Effect {
        let arrival = match self.only() {
            Some(Way::Clear) => Arrival::Clear,
            Some(Way::Encrypted) => Arrival::Encrypted,
            Some(Way::Authenticated) => Arrival::EncryptedAndAuthenticated,
            Some(Way::Not) => Arrival::Defers,
            None => Arrival::Unknown,
        };
        Effect {
            effect: arrival,
            reason: self.reason.clone(),
        }
    }

    /// This, and where it does not deliver the other.
    pub(super) fn or_else(&self, other: &Self) -> Self {
        let mut possible = self.possible.clone();
        let passed = possible.remove(&Way::Not);
        let mut reasons = Vec::new();
        if self.only().is_none() {
            reasons.push(self.reason.as_str());
        }
        if passed {
            possible.extend(&other.possible);
            if other.only().is_none() {
                reasons.push(other.reason.as_str());
            }
        }
        Self {
            possible,
            reason: super::joined(&reasons),
        }
    }

    /// The sender takes any of several places and goes on to the next where it can't deliver: the worst of those
    /// at which it does. `named` puts the name before the reason even where all reasons are alike.
    pub(super) fn any_of(parts: &[(&str, &Self)], named: bool) -> Self {
        let nowhere = BTreeSet::from([Way::Not]);
        let possible = parts.iter().fold(nowhere, |before, (_, part)| {
            before
                .iter()
                .flat_map(|&one| part.possible.iter().map(move |&other| one.min(other)))
                .collect()
        });
        let mut all = Self {
            possible,
            reason: String::new(),
        };
        let only = all.only();
        let decisive =
            |part: &Self| only.map_or(part.only().is_none(), |way| part.only() == Some(way));
        let told: Vec<(&str, &str)> = parts
            .iter()
            .filter(|(_, part)| decisive(part))
            .map(|(name, part)| (*name, part.reason.as_str()))
            .collect();
        all.reason = tell(&told, parts, named);
        all
    }
}

/// The reasons of the decisive parts, with names where the parts differ.
fn tell(told: &[(&str, &str)], parts: &[(&str, &Prospect)], named: bool) -> String {
    let alike = parts.windows(2).all(|pair| match pair {
        [(_, one), (_, other)] => one.reason == other.reason,
        _ => true,
    });
    if alike && !named {
        return told.first().map_or("", |(_, reason)| reason).to_owned();
    }
    let mut by_reason: Vec<(Vec<&str>, &str)> = Vec::new();
    for &(name, reason) in told {
        match by_reason.iter_mut().find(|(_, known)| *known == reason) {
            Some((who, _)) => who.push(name),
            None => by_reason.push((vec![name], reason)),
        }
    }
    let texts: Vec<String> = by_reason
        .iter()
        .map(|(who, reason)| format!("{}: {reason}", who.join(", ")))
        .collect();
    texts.join("; ")
}
