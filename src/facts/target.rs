//! The mail domain that a scan is pointed at.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A mail domain, in the spellings that the protocols use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// The domain in A-labels (RFC 5890), lower case, without trailing dot.
    pub domain: String,
    /// The domain in U-labels, for people.
    pub unicode: String,
    /// The registrable domain by the Public Suffix List (RFC 7489 §3.2); the domain itself where it is a public suffix.
    pub organizational_domain: String,
    /// What the domain is used for. Until it is said, it is taken to send and receive.
    pub role: Role,
}

/// What a domain is used for.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It sends and receives mail.
    #[default]
    Mail,
    /// It sends, and does not receive.
    SendOnly,
    /// It receives, and does not send.
    ReceiveOnly,
    /// It does neither.
    Parked,
}
