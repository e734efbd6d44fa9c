//! What becomes of a message to the target, by the kind of sender: derived from everything else in the document.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who can deliver, and how well protected, for the domain and for each of its mail servers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Delivery {
    /// What becomes of a message, servers tried by preference (RFC 5321 §5.1).
    #[serde(flatten)]
    pub senders: Senders,
    /// The same for each server alone, in the order of `mx.hosts`.
    #[serde(default)]
    pub servers: Vec<ServerDelivery>,
}

/// One mail server, as if it were the only one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServerDelivery {
    /// The server's name.
    pub host: String,
    /// Its preference; lower is tried first.
    pub preference: u16,
    /// What becomes of a message at this server. Where it defers, the next server is tried.
    #[serde(flatten)]
    pub senders: Senders,
}

/// The effect for each kind of sender.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Senders {
    /// A sender without TLS. That a server refuses clear text can't be seen from outside: no public server may (RFC 3207 §4).
    #[serde(default)]
    pub plain: Effect,
    /// A sender that encrypts where it can and checks nothing (RFC 7435).
    #[serde(default)]
    pub opportunistic: Effect,
    /// A sender that does MTA-STS (RFC 8461) and not DANE, and that meets the domain for the first time.
    #[serde(default)]
    pub mta_sts: Effect,
    /// A sender that does DANE (RFC 7672) and not MTA-STS.
    #[serde(default)]
    pub dane: Effect,
    /// A sender that does both: DANE decides where it applies (RFC 8461 §2).
    #[serde(default)]
    pub both: Effect,
}

impl Senders {
    /// All kinds, by the name of their field.
    pub const fn each(&self) -> [(&'static str, &Effect); 5] {
        [
            ("plain", &self.plain),
            ("opportunistic", &self.opportunistic),
            ("mta_sts", &self.mta_sts),
            ("dane", &self.dane),
            ("both", &self.both),
        ]
    }
}

/// What becomes of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Effect {
    /// Whether and how it arrives.
    pub effect: Arrival,
    /// Why, in words.
    pub reason: String,
}

/// Whether and how a message arrives.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Arrival {
    /// In clear text: everybody on the way can read and change it.
    Clear,
    /// Encrypted, to a server that may be another than the right one.
    Encrypted,
    /// Encrypted, to a server that proved to be the right one.
    EncryptedAndAuthenticated,
    /// It does not: the sender keeps it, tries again for days and gives up (RFC 5321 §4.5.4.1).
    Defers,
    /// It does not: the sender returns it at once (RFC 5321 §5.1, RFC 7505 §3).
    Bounces,
    /// What was observed does not settle it.
    #[default]
    Unknown,
}

impl Arrival {
    /// The name under which the outcome stands in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Encrypted => "encrypted",
            Self::EncryptedAndAuthenticated => "encrypted-and-authenticated",
            Self::Defers => "defers",
            Self::Bounces => "bounces",
            Self::Unknown => "unknown",
        }
    }
}
