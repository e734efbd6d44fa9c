//! A number that a baseline computes from its findings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One score of one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Score {
    /// The baseline that computes it.
    pub baseline: String,
    /// The id, such as `confidential-delivery`.
    pub id: String,
    /// What it measures.
    pub title: String,
    /// The value, in steps of a half. Absent: what it rests on is not known, and the note says what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The best value there is.
    pub max: f64,
    /// What the value rests on and what it leaves out, in one sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}
