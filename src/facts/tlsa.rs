//! TLSA records and what DANE makes of a mail server (RFC 6698, 7671, 7672).

use super::defect::Defect;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One TLSA record (RFC 6698 §2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tlsa {
    /// Certificate usage: 2 trust anchor, 3 end entity; 0 and 1 are not usable with SMTP (RFC 7672 §3.1.3).
    pub usage: u8,
    /// Selector: 0 the whole certificate, 1 the public key.
    pub selector: u8,
    /// Matching type: 0 exact, 1 SHA-256, 2 SHA-512.
    pub matching_type: u8,
    /// The association data in hexadecimal.
    pub data: String,
    /// Whether a sender can use the record (RFC 7672 §3.1): usage, selector and matching type known, data of the right length.
    pub usable: bool,
    /// What is wrong with it.
    #[serde(default)]
    pub defects: Vec<Defect>,
}

impl Tlsa {
    /// Usage, selector and matching type, as a record begins: `3 1 1`.
    pub fn numbers(&self) -> String {
        format!("{} {} {}", self.usage, self.selector, self.matching_type)
    }
}

/// What a sender that does DANE concludes about one mail server (RFC 7672 §2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dane {
    /// The conclusion.
    pub verdict: DaneVerdict,
    /// The conclusion in words.
    pub reason: String,
    /// For each address with a chain, whether a record matches, in the order of `addresses`. Where a server has both an RSA and an ECDSA certificate, a record has to match each (RFC 7671 §8).
    #[serde(default)]
    pub matches: Vec<DaneMatch>,
    /// Whether the records are ready for the next key or certificate (RFC 7671 §8).
    #[serde(default)]
    pub rollover: Rollover,
    /// Records that add nothing, as another one is about the same certificate or key under the same usage; each in words.
    #[serde(default)]
    pub duplicates: Vec<String>,
}

/// Whether the server's key can be changed without a moment in which no record matches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rollover {
    /// The conclusion.
    pub state: RolloverState,
    /// The conclusion in words.
    #[serde(default)]
    pub reason: String,
}

/// How far a set of TLSA records is ready for a change of key (RFC 7671 §8.1 to §8.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RolloverState {
    /// One record matches, and another one that senders use is about another key: the next one, or the authority's.
    Prepared,
    /// All records that senders use are about what is served now.
    Single,
    /// It can't be told: no certificates were seen, or none matches.
    #[default]
    Unclear,
}

/// What TLSA records say of the chain at one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DaneMatch {
    /// The address.
    pub ip: std::net::IpAddr,
    /// Whether some usable record authenticates the chain.
    pub matched: bool,
    /// Which record did (`3 1 1`), or why none does.
    pub reason: String,
}

/// The conclusions that RFC 7672 leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DaneVerdict {
    /// Secure records, and the chain at every observed address matches: encrypted and authenticated.
    Valid,
    /// Secure and usable records, and some chain does not match or no TLS came about: delivery is deferred.
    Invalid,
    /// Secure records, none of them usable: TLS is mandatory but not authenticated (RFC 7672 §2.2).
    Unusable,
    /// As `valid`, but the MX records are not signed, so that an attacker can lead elsewhere (RFC 7672 §2.2.1).
    Partial,
    /// Records that are not signed: ignored (RFC 7672 §2.2).
    Insecure,
    /// No TLSA records.
    None,
    /// The lookup failed or does not validate: delivery is deferred (RFC 7672 §2.1.1).
    LookupFailed,
    /// Secure records, but no address could be observed.
    Unknown,
}
