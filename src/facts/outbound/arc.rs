//! The Authenticated Received Chain of a message (RFC 8617).

use super::super::observed::Observed;
use super::super::timestamp::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The whole chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArcChain {
    /// Whether it verifies (RFC 8617 §5.2): unknown where a key could not be looked up.
    pub verifies: Observed<bool>,
    /// Why it does not, in words; empty where it does.
    #[serde(default)]
    pub reason: String,
    /// The oldest instance whose signature of the message still holds; 0 where only the newest was looked at or none does.
    #[serde(default)]
    pub oldest_pass: u32,
    /// The sets, oldest first.
    pub sets: Vec<ArcSet>,
}

/// What one intermediary added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArcSet {
    /// The instance (`i=`), from 1 to 50.
    pub instance: u32,
    /// The domain that sealed (`d=`).
    pub domain: String,
    /// Its selector (`s=`).
    pub selector: String,
    /// The algorithm of the seal (`a=`).
    pub algorithm: String,
    /// What the intermediary found of the chain so far (`cv=`): `none`, `pass` or `fail`.
    pub chain_validation: String,
    /// When it was sealed (`t=`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_at: Option<Timestamp>,
    /// The host that the results are of (`authserv-id`, RFC 8601 §2.5).
    #[serde(default)]
    pub authserv_id: String,
}
