//! An answer of the DNS, with its DNSSEC state.

use super::observed::{Cause, Observed};
use super::timestamp::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the DNS said to one question (name, type), and how far it can be believed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AnswerOf{T}")]
pub struct Answer<T> {
    /// The name that was asked: A-labels, lower case, no trailing dot.
    pub name: String,
    /// The record type that was asked, such as `TXT`.
    #[serde(rename = "type")]
    pub rtype: String,
    /// The answer.
    #[serde(flatten)]
    pub observed: Observed<T>,
    /// For how many seconds the answer may be kept; of an alias chain, the least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_seconds: Option<u32>,
    /// The aliases (CNAME) that led to the answer, in order, without the name that was asked.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Whether and why the answer is authentic.
    pub dnssec: Dnssec,
}

impl<T> Answer<T> {
    /// The value, where the answer has one.
    pub const fn value(&self) -> Option<&T> {
        self.observed.value()
    }

    /// The answer to a question that was not put, for this cause.
    pub fn unasked(name: &str, rtype: &str, cause: Cause, why: &str) -> Self {
        Self {
            name: name.to_owned(),
            rtype: rtype.to_owned(),
            observed: Observed::unknown(cause, why),
            ttl_seconds: None,
            aliases: Vec::new(),
            dnssec: Dnssec::new(DnssecState::Indeterminate, why),
        }
    }

    /// The same answer about something made of what was observed.
    pub fn with<U>(&self, observed: Observed<U>) -> Answer<U> {
        Answer {
            name: self.name.clone(),
            rtype: self.rtype.clone(),
            observed,
            ttl_seconds: self.ttl_seconds,
            aliases: self.aliases.clone(),
            dnssec: self.dnssec.clone(),
        }
    }
}

/// The state of a set of records under DNSSEC (RFC 4035 §4.3), with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dnssec {
    /// Secure, insecure, bogus or indeterminate.
    pub state: DnssecState,
    /// Why it is not secure, in words; for a secure state, what it rests on.
    #[serde(default)]
    pub reason: String,
    /// The Extended DNS Error that fits (RFC 8914 §4), such as 7 for an expired signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ede: Option<u16>,
    /// The apex of the zone that answered, as far as the chain of trust showed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The algorithm of the signature, by its IANA mnemonic, such as `ECDSAP256SHA256`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// The tag of the key that signed (RFC 4034 §5.1.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_tag: Option<u16>,
    /// When the signature begins to hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature_begins: Option<Timestamp>,
    /// When the signature ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature_expires: Option<Timestamp>,
    /// How an absence was proven, where waxseal validated and the zone is signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denial: Option<DenialProof>,
    /// The zone cut at which the chain of trust ends, where one does although nothing is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain_end: Option<ChainEnd>,
    /// Whether the answer was made from a wildcard (RFC 4592), as its signature shows.
    #[serde(default)]
    pub wildcard: bool,
}

impl Dnssec {
    /// A state with its reason and nothing else known.
    pub fn new(state: DnssecState, reason: impl Into<String>) -> Self {
        Self {
            state,
            reason: reason.into(),
            ede: None,
            zone: None,
            algorithm: None,
            key_tag: None,
            signature_begins: None,
            signature_expires: None,
            denial: None,
            chain_end: None,
            wildcard: false,
        }
    }
}

/// By which records an absence was proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DenialProof {
    /// NSEC (RFC 4034 §4).
    Nsec,
    /// NSEC3 without the Opt-Out flag (RFC 5155).
    Nsec3,
    /// NSEC3, with the Opt-Out flag on one of the records at least (RFC 5155 §6).
    Nsec3OptOut,
    /// No record that the zone signed came along.
    None,
}

/// A zone cut at which a chain of trust ends although nothing is wrong: all below counts as unsigned (RFC 4035 §5.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChainEnd {
    /// The signed zone above.
    pub parent: String,
    /// The name at which the unsigned zone begins.
    pub child: String,
    /// Why the chain ends there.
    pub cause: ChainEndCause,
}

/// Why a chain of trust ends at a zone cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChainEndCause {
    /// The zone above proves that it has no DS record for it (RFC 4035 §5.2).
    NoDs,
    /// The zone above leaves it out of its proofs (RFC 5155 §6).
    OptOut,
    /// No DS record has an algorithm that is supported (RFC 4035 §5.2).
    UnsupportedAlgorithm,
    /// No DS record has a digest type that is supported (RFC 6840 §5.2).
    UnsupportedDigest,
    /// The proof asks for more NSEC3 iterations than a validator does (RFC 9276 §3.2).
    Nsec3Iterations,
}

/// The four states of RFC 4035 §4.3.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum DnssecState {
    /// A chain of signatures leads from the trust anchor to these records.
    Secure,
    /// A signed zone above proves that no chain leads here.
    Insecure,
    /// A chain should lead here, but does not hold.
    Bogus,
    /// It could not be found out: a query that the chain needs got no answer.
    Indeterminate,
}

impl DnssecState {
    /// The name under which the state stands in documents and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secure => "secure",
            Self::Insecure => "insecure",
            Self::Bogus => "bogus",
            Self::Indeterminate => "indeterminate",
        }
    }
}
