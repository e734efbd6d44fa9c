//! What the settings of a run need: findings about `waxseal.toml` itself, beside those about domains.

use super::outcome::Level;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One finding about the settings. It counts as a failure at its level.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    /// The file that it is about.
    pub file: String,
    /// The line there, counted from 1.
    pub line: usize,
    /// The id: `waiver-expired`, `waiver-expires-soon`, `waiver-unused`, `waiver-names-no-rule`, `adjustment-unused` or `role-differs`.
    pub id: String,
    /// How much it matters.
    pub level: Level,
    /// What is the matter, in one sentence.
    pub text: String,
}
