//! One requirement at one target.

use super::compare::Since;
use super::correction::Correction;
use super::outcome::{Level, Outcome, Severity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One requirement of one baseline, held against one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The baseline that asks.
    pub baseline: String,
    /// The rule that tests; of a manual requirement, its own id.
    pub rule: String,
    /// The clause of the norm; empty where it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub clause: String,
    /// The norm that a profile took it from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Why it differs from that norm, where a profile or `waxseal.toml` changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<String>,
    /// That the clause was not checked against the norm's own text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unverified: bool,
    /// How binding it is.
    pub level: Level,
    /// The requirement in one short sentence, with the baseline's parameters.
    pub title: String,
    /// The part of mail security that it belongs to.
    pub area: String,
    /// How grave a failure is.
    pub severity: Severity,
    /// How it came out.
    pub outcome: Outcome,
    /// The reason in one sentence; of a pass, empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The items that a list was judged by, failures first, where the rule looks at each of several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    /// Weaknesses that do not make it fail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recommendations: Vec<String>,
    /// The parameters that the baseline set, as the rule saw them.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub parameters: serde_json::Map<String, Value>,
    /// The facts that the outcome rests on, in the order in which they were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// Why it matters here, where the baseline says it otherwise than the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What to do, where the baseline says it otherwise than the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// What to publish instead, where a text was found with which the requirement holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<Correction>,
    /// The rule from whose failure this one follows: it would not be settled if that were not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
    /// Where the requirement that settled it stands: `rules/dmarc.rhai:12:5`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub position: String,
    /// Who answers for it, where it is waived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<Waiver>,
    /// How it stands to an earlier run, where the run was compared with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Since>,
    /// A name that stays the same over runs: SHA-256 of baseline, clause, rule, level and target.
    pub fingerprint: String,
}

/// One item of a list that the rule looked through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Item {
    /// What the item is called, such as a server's name.
    pub name: String,
    /// How it came out.
    pub outcome: Outcome,
    /// The reason.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// One fact that was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// Where it stands in the facts document: a JSON pointer (RFC 6901).
    pub pointer: String,
    /// What it was; long text is cut.
    pub value: Value,
}

/// A decision to live with a failure for some time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waiver {
    /// Who decided.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// Until which day it holds, that day included, in UTC: `YYYY-MM-DD`.
    pub until: String,
    /// Where it is being worked on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// The file that says so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// The line there, counted from 1; 0 where it is not known.
    #[serde(default)]
    pub line: usize,
}
