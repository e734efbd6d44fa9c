//! Which signing keys are published (RFC 6376 §3.6).

use super::defect::Defect;
use super::dns::Answer;
use super::observed::Observed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The DKIM keys that could be found. Selectors cannot be listed from outside: none found is not none there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dkim {
    /// The answer for `_domainkey` itself. NXDOMAIN proves that there is no key below it (RFC 8020); anything else proves nothing.
    pub domainkey: Answer<Vec<String>>,
    /// Whether a random selector got an answer too: a wildcard, which makes found keys worth nothing (RFC 4592).
    pub wildcard: Observed<bool>,
    /// Whether a usable key is published: present and true where one was found, absent where `_domainkey` does not exist, else unknown.
    pub published: Observed<bool>,
    /// The selectors that were asked, in order.
    pub selectors_tried: Vec<String>,
    /// The selectors that have an answer other than absence.
    pub keys: Vec<DkimSelector>,
}

/// One selector and its key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DkimSelector {
    /// The selector, such as `s1`.
    pub selector: String,
    /// `given` by the user, or `common`: from the built-in list.
    pub source: String,
    /// The key record.
    pub record: Answer<DkimKey>,
}

/// One key record (RFC 6376 §3.6.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DkimKey {
    /// The record as published, its strings joined.
    pub raw: String,
    /// Whether a verifier can use it for mail.
    pub usable: bool,
    /// Whether the key was withdrawn (`p=` is empty).
    pub revoked: bool,
    /// The key type in lower case: `rsa` or `ed25519`.
    pub key_type: String,
    /// The size of the key in bits; 0 where it cannot be read.
    pub key_bits: u32,
    /// Whether the domain says that it only tests (`t=y`).
    pub testing: bool,
    /// The hash algorithms that the key is limited to (`h=`); empty: all.
    pub hashes: Vec<String>,
    /// What is wrong with it.
    #[serde(default)]
    pub defects: Vec<Defect>,
}
