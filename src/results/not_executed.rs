//! What could have been looked at and was not.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A part of the work that a run left out at a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotExecuted {
    /// What was not looked at, such as `cipher suites and groups of mail servers`.
    pub what: String,
    /// Why, and what would change it.
    pub why: String,
    /// How many findings of the target are unknown for want of it.
    #[serde(default)]
    pub findings: usize,
}
