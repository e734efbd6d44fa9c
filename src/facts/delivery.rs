//! Who can deliver: what comes of the mail of five kinds of sender.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What comes of mail to the domain, by what its sender does for encryption. Derived from all other facts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Delivery {
    /// What comes of mail to the domain, over all its servers: in the order of preference, where one at which a sender does not deliver is passed over for the next (RFC 5321 §5.1).
    #[serde(flatten)]
    pub effects: Effects,
    /// What comes of it at each mail server, in the order of the servers.
    #[serde(default)]
    pub servers: Vec<ServerDelivery>,
}

/// What comes of mail at one mail server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServerDelivery {
    /// The server's name.
    pub host: String,
    /// The lowest preference under which the server is listed; 0 where the MX is implicit.
    pub preference: u16,
    /// The effects over all its addresses: of those at which a sender delivers, the worst.
    #[serde(flatten)]
    pub effects: Effects,
}

/// The effect for each kind of sender.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Effects {
    /// A sender without TLS (RFC 5321 alone).
    #[serde(default)]
    pub plain: Effect,
    /// A sender that encrypts where it can and checks nothing (RFC 3207, RFC 7435).
    #[serde(default)]
    pub opportunistic: Effect,
    /// A sender that holds to MTA-STS policies (RFC 8461), and is opportunistic where there is none.
    #[serde(default)]
    pub mta_sts: Effect,
    /// A sender that does DANE (RFC 7672), and is opportunistic where there are no signed TLSA records.
    #[serde(default)]
    pub dane: Effect,
    /// A sender that does both: DANE decides where it applies (RFC 8461 §2), else MTA-STS.
    #[serde(default)]
    pub both: Effect,
}

impl Effects {
    /// The effect for one kind of sender.
    pub const fn of(&self, sender: Sender) -> &Effect {
        match sender {
            Sender::Plain => &self.plain,
            Sender::Opportunistic => &self.opportunistic,
            Sender::MtaSts => &self.mta_sts,
            Sender::Dane => &self.dane,
            Sender::Both => &self.both,
        }
    }

    /// The effects that a function gives to each kind of sender.
    pub fn each(effect: impl Fn(Sender) -> Effect) -> Self {
        Self {
            plain: effect(Sender::Plain),
            opportunistic: effect(Sender::Opportunistic),
            mta_sts: effect(Sender::MtaSts),
            dane: effect(Sender::Dane),
            both: effect(Sender::Both),
        }
    }
}

/// What comes of the mail of one kind of sender.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Effect {
    /// The effect.
    pub effect: DeliveryEffect,
    /// Why, in words, with the address or server that differs from the others.
    pub reason: String,
}

/// What may come of mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryEffect {
    /// It arrives encrypted, and at no other server than the right one.
    EncryptedAndAuthenticated,
    /// It arrives encrypted; someone on the way could stand in for the server.
    Encrypted,
    /// It arrives, at one address or server at least in clear text.
    Clear,
    /// It waits at the sender, and is returned when nothing changes for days (RFC 5321 §4.5.4.1).
    Defers,
    /// It is returned at once: the domain takes no mail.
    Bounces,
    /// What was observed does not settle it.
    #[default]
    Unknown,
}

impl DeliveryEffect {
    /// The effect in words, as all reports write it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::EncryptedAndAuthenticated => "encrypted and authenticated",
            Self::Encrypted => "encrypted",
            Self::Clear => "in clear text",
            Self::Defers => "not delivered, waits",
            Self::Bounces => "returned",
            Self::Unknown => "unknown",
        }
    }
}

/// The five kinds of sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// No TLS at all.
    Plain,
    /// TLS where it works, without any check.
    Opportunistic,
    /// MTA-STS.
    MtaSts,
    /// DANE.
    Dane,
    /// DANE and MTA-STS.
    Both,
}

impl Sender {
    /// All kinds, in the order in which they are told.
    pub const ALL: [Self; 5] = [
        Self::Plain,
        Self::Opportunistic,
        Self::MtaSts,
        Self::Dane,
        Self::Both,
    ];

    /// The kind in words, as all reports write it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Plain => "no TLS",
            Self::Opportunistic => "opportunistic TLS",
            Self::MtaSts => "MTA-STS",
            Self::Dane => "DANE",
            Self::Both => "MTA-STS and DANE",
        }
    }
}
