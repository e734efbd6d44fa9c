//! What receivers are asked to do with mail that does not authenticate (RFC 9989).

use super::defect::Defect;
use super::dns::Answer;
use super::observed::Observed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The DMARC policy that holds for the target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dmarc {
    /// The questions of the tree walk (RFC 9989 §4.10), the target's own name first, with the TXT records found.
    pub walk: Vec<DmarcStep>,
    /// The record that holds for the target.
    pub record: Observed<DmarcRecord>,
    /// The domain, without `_dmarc`, whose record holds; empty where none does.
    #[serde(default)]
    pub domain: String,
    /// The organizational domain by the tree walk (RFC 9989 §4.10.2); empty where the walk could not be ended.
    #[serde(default)]
    pub organizational_domain: String,
    /// Whether the record is the target's own, or stands at its organizational domain.
    pub inherited: bool,
    /// What receivers do, derived from the record: absent without a record, unknown where the walk was cut off.
    pub effective: Observed<DmarcEffective>,
}

/// One question of the tree walk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DmarcStep {
    /// The domain, without `_dmarc`.
    pub domain: String,
    /// All TXT records at `_dmarc` below it.
    pub txt: Answer<Vec<String>>,
    /// How many of them are DMARC records: begin with `v=DMARC1`. Two or more are all set aside (RFC 9989 §4.10).
    pub candidates: u32,
    /// The record, where there is exactly one candidate.
    pub record: Observed<DmarcRecord>,
}

/// One DMARC record (RFC 9989 §4.7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DmarcRecord {
    /// The record as published, its strings joined.
    pub raw: String,
    /// Whether receivers take it for a DMARC record (RFC 9989 §4.10.1).
    pub valid: bool,
    /// The policy as written, in lower case; absent where the tag is missing or has no known value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p: Option<DmarcPolicy>,
    /// The policy for existing subdomains, where the tag is there and has a known value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sp: Option<DmarcPolicy>,
    /// The policy for subdomains that do not exist, where the tag is there and has a known value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub np: Option<DmarcPolicy>,
    /// DKIM alignment: `r` relaxed or `s` strict.
    pub adkim: String,
    /// SPF alignment: `r` relaxed or `s` strict.
    pub aspf: String,
    /// Test mode: receivers apply one level less (`t=y`).
    pub testing: bool,
    /// Whether the domain says that it is a public suffix: `y`, `n` or `u` (not said).
    pub psd: String,
    /// The percentage of RFC 7489 §6.3, where the tag is there; RFC 9989 removed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pct: Option<u32>,
    /// Where aggregate reports go (RFC 9990).
    pub rua: Vec<ReportUri>,
    /// Where failure reports go (RFC 9991).
    pub ruf: Vec<ReportUri>,
    /// Every tag in order, as written.
    pub tags: Vec<Tag>,
    /// What is wrong with it.
    #[serde(default)]
    pub defects: Vec<Defect>,
}

/// One `tag=value` of a record (RFC 6376 §3.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tag {
    /// The name as written.
    pub tag: String,
    /// The value, white space around it removed.
    pub content: String,
    /// Where the pair stands in the raw text.
    pub span: [usize; 2],
}

/// An address for reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportUri {
    /// The address as written, without the size limit of RFC 7489 §6.2.
    pub uri: String,
    /// Whether it is a URI that a reporter can use: `mailto:` with an address, or `https:` where the standard knows it.
    pub valid: bool,
    /// The domain that the reports go to, in lower case; empty where it is not valid.
    #[serde(default)]
    pub domain: String,
}

/// The three policies. Stricter is greater.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum DmarcPolicy {
    /// Do nothing about it.
    None,
    /// Treat it as suspicious.
    Quarantine,
    /// Turn it away.
    Reject,
}

/// What receivers do, once inheritance, defaults and test mode are applied (RFC 9989 §4.7, §4.10.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DmarcEffective {
    /// For mail in the target's own name.
    pub policy: DmarcPolicy,
    /// For mail in the name of a subdomain that exists.
    pub subdomain_policy: DmarcPolicy,
    /// For mail in the name of a subdomain that does not exist.
    pub nonexistent_subdomain_policy: DmarcPolicy,
    /// How the policy came about, in words.
    pub reason: String,
}
