//! What the rules and baselines of a run say of themselves.

use super::outcome::{Level, Severity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rule: one requirement that can be tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleInfo {
    /// The id, which states the requirement: `dmarc-policy-at-least`.
    pub id: String,
    /// The requirement in one short sentence.
    pub title: String,
    /// The part of mail security that it belongs to: `starttls`, `x509`, `spf`, `dkim`, `dmarc`, `dane`, `dnssec`, `mta-sts`, `tls-rpt`, `mx`.
    pub area: String,
    /// How grave a failure is.
    pub severity: Severity,
    /// Why it matters.
    pub why: String,
    /// What to do when it does not hold.
    pub fix: String,
    /// The standards that it rests on.
    pub refs: Vec<String>,
    /// Rules that can't hold where this one does, because they ask the contrary.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contradicts: Vec<String>,
    /// What its parameter measures, where other rules bound the same: `dkim-rsa-bits`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub quantity: String,
    /// The file that defines it, relative to the policy folder.
    pub file: String,
    /// The line on which it is defined, counted from 1.
    pub line: usize,
}

/// A baseline: a published norm, or an organisation's own profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BaselineInfo {
    /// The id, such as `mecsa`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Who publishes it.
    pub publisher: String,
    /// Its version.
    pub version: String,
    /// Where it can be read.
    pub source: String,
    /// When that version was published, as far as it is known: `2024-01-24`, `2023-07`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub date: String,
    /// Under which terms its text stands.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub licence: String,
    /// Of a profile: the baselines and profiles that it takes its requirements from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extends: Vec<String>,
    /// What those ask and this run does not, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<Dropped>,
    /// The file that defines it, relative to the policy folder.
    pub file: String,
    /// SHA-256 over that file and all rule files, in hexadecimal.
    pub sha256: String,
}

/// A requirement of a norm that an organisation does not take up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dropped {
    /// The norm that asks.
    pub baseline: String,
    /// The rule; of a manual requirement, its own id.
    pub rule: String,
    /// The clause of the norm; empty where it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub clause: String,
    /// How binding it is there.
    pub level: Level,
    /// The requirement in one short sentence.
    pub title: String,
    /// Why it was dropped.
    pub reason: String,
    /// The domains of the run where it was, in alphabetical order; empty: all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
}

/// A file that decides what is asked and how it is tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyFile {
    /// Its path, relative to the policy folder.
    pub path: String,
    /// SHA-256 of its text, in hexadecimal.
    pub sha256: String,
}
