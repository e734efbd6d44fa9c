//! A text to publish in place of one that is at fault.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to publish so that a requirement holds. It was put in place of what is published, everything was
/// derived anew, and the requirement held against the outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Correction {
    /// The part of mail security that it belongs to, such as `spf`.
    pub area: String,
    /// The name to publish it at; of a file, its address.
    pub name: String,
    /// The record type, or `file`.
    #[serde(rename = "type")]
    pub rtype: String,
    /// The text, its strings joined.
    pub text: String,
    /// What is different from what is published, one sentence each.
    pub changes: Vec<String>,
    /// Of a text that goes further than what is more binding needs: the text to publish at that name before it.
    /// Absent where this one comes first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}
