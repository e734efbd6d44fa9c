//! What a domain was taken to be used for.

use crate::facts::target::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The role by which the baselines of a target were chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RoleTaken {
    /// The role.
    pub role: Role,
    /// Who says so.
    pub source: RoleSource,
    /// Why, in one sentence; empty where nothing was said and nothing shows otherwise.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// Who says what a domain is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RoleSource {
    /// Nobody: it is taken to send and receive.
    #[default]
    Default,
    /// `waxseal.toml`.
    Settings,
    /// The facts: it was declared when they were collected.
    Facts,
    /// The domain's own records, with high confidence.
    Derived,
}
