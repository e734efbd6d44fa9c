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
    /// Whether a random selector got an answer too: a wildcard, which makes found keys worth nothing unless they say something else (RFC 4592).
    pub wildcard: Observed<bool>,
    /// What the random selector was answered; empty where nothing was.
    #[serde(default)]
    pub wildcard_texts: Vec<String>,
    /// Where that wildcard stands: `domainkey` for `*._domainkey`, `above` for one above, which answers for `_domainkey` too; empty where there is none.
    #[serde(default)]
    pub wildcard_place: String,
    /// Whether a usable key is published: present and true where one was found that no wildcard made, absent where `_domainkey` does not exist, else unknown.
    pub published: Observed<bool>,
    /// The mail providers that the SPF record and the MX records name, whose selectors are asked for.
    #[serde(default)]
    pub providers: Vec<DkimProvider>,
    /// The selectors that were asked, in order.
    pub selectors_tried: Vec<String>,
    /// The selectors that have an answer other than absence, those that were given, and those that are aliases of something that is absent.
    pub keys: Vec<DkimSelector>,
    /// The key types of the usable keys that were found, wildcards left out, in alphabetical order and each once.
    #[serde(default)]
    pub key_types: Vec<String>,
}

/// A mail provider that the domain seems to use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DkimProvider {
    /// Its name.
    pub name: String,
    /// What names it, such as `include:_spf.google.com` or `MX aspmx.l.google.com`.
    pub why: String,
    /// The selectors that it is known to use; empty where it makes up a new one for each customer, so that they cannot be listed.
    pub selectors: Vec<String>,
}

/// One selector and its key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DkimSelector {
    /// The selector, such as `s1`.
    pub selector: String,
    /// `given` by the user, `provider: NAME` where a provider that the domain uses has it, or `common`: from the built-in list.
    pub source: String,
    /// Whether the answer is that of a selector which nobody published: a wildcard's, and no key of its own.
    #[serde(default)]
    pub by_wildcard: bool,
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
    /// The size of the key in bits, of an RSA key that of its modulus; 0 where it cannot be read.
    pub key_bits: u32,
    /// The public exponent of an RSA key (RFC 8017 §3.1); 0 where there is none to read. One above 2^63-1 stands as that.
    #[serde(default)]
    pub key_exponent: u64,
    /// SHA-256 of the key as it stands in `p=`, decoded, in hexadecimal; empty where there is none to read.
    #[serde(default)]
    pub fingerprint: String,
    /// Whether the domain says that it only tests (`t=y`).
    pub testing: bool,
    /// The flags (`t=`) in lower case: `y` for a test, `s` for signatures in the name of this very domain only.
    #[serde(default)]
    pub flags: Vec<String>,
    /// The hash algorithms that the key is limited to (`h=`); empty: all.
    pub hashes: Vec<String>,
    /// The services that the key is for (`s=`), such as `email` and `*`; empty: all.
    #[serde(default)]
    pub services: Vec<String>,
    /// The note for people (`n=`) as written; empty where there is none.
    #[serde(default)]
    pub note: String,
    /// The names of the tags that are there, in order; `v` and `k` may be left out (`DKIM1`, `rsa`).
    #[serde(default)]
    pub tags: Vec<String>,
    /// What is wrong with it.
    #[serde(default)]
    pub defects: Vec<Defect>,
}
