//! What the rules and baselines of a run say of themselves.

use super::outcome::Severity;
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
    /// The file that defines it, relative to the policy folder.
    pub file: String,
    /// SHA-256 over that file and all rule files, in hexadecimal.
    pub sha256: String,
}
