//! Signing keys of targets, for what can be seen only over several of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A DKIM key that was found at a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SeenKey {
    /// The selector.
    pub selector: String,
    /// SHA-256 of the key's bytes, in hexadecimal.
    pub fingerprint: String,
    /// The name that holds the key, where the selector is an alias (CNAME); else empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub alias_of: String,
}

/// A DKIM key that several targets of a run have. Whoever signs for one of them can sign for all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SharedKey {
    /// SHA-256 of the key's bytes, in hexadecimal.
    pub fingerprint: String,
    /// The domains that have it, in alphabetical order.
    pub domains: Vec<String>,
}
