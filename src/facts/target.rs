//! The mail domain that a scan is pointed at.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

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
    /// Whether somebody said so, in `waxseal.toml`.
    #[serde(default)]
    pub role_declared: bool,
    /// What the domain's records say that it is used for; derived. Absent where they do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived_role: Option<DerivedRole>,
}

/// A role as records show it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct DerivedRole {
    /// The role.
    pub role: Role,
    /// How sure that is.
    pub confidence: Confidence,
    /// What it rests on, one short sentence each.
    pub reasons: Vec<String>,
}

/// How sure a conclusion is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Everything that was seen says the same, and the domain says it itself.
    High,
    /// It is likely, and something that would settle it is missing or says otherwise.
    Low,
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

impl Role {
    /// All roles, in the order in which they are listed to the user.
    pub const ALL: [Self; 4] = [Self::Mail, Self::SendOnly, Self::ReceiveOnly, Self::Parked];

    /// The name under which the role stands in documents and settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::SendOnly => "send-only",
            Self::ReceiveOnly => "receive-only",
            Self::Parked => "parked",
        }
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Self, UnknownRole> {
        let named = Self::ALL.into_iter().find(|role| role.as_str() == word);
        named.ok_or_else(|| UnknownRole {
            word: word.to_owned(),
        })
    }
}

/// A word that names no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is none of mail, send-only, receive-only, parked")]
pub struct UnknownRole {
    word: String,
}
