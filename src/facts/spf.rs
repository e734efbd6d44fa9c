//! Who may send in the target's name (RFC 7208).

use super::defect::Defect;
use super::dns::Answer;
use super::observed::{Cause, Observed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The SPF records of the target and of all that they include.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spf {
    /// The target's TXT records that begin with `v=spf1` (RFC 7208 §4.5): exactly one makes a policy.
    pub records: Answer<Vec<String>>,
    /// The record, where there is exactly one.
    pub record: Observed<SpfRecord>,
    /// TXT records of the target that look like SPF and are none, such as `v=spf10 …` or a record in quotation marks.
    #[serde(default)]
    pub lookalikes: Vec<String>,
    /// How many octets the answer with all of the target's TXT records has over plain DNS; above 512 it takes TCP or EDNS (RFC 7208 §3.4).
    #[serde(default = "octets_not_known")]
    pub answer_octets: Observed<u32>,
    /// Records of the type SPF (99), which receivers must not use any more (RFC 7208 §3.1).
    #[serde(default = "type99_not_asked")]
    pub type99: Answer<Vec<String>>,
    /// The records that `include` and `redirect` lead to, in the order of a depth-first walk, the target's own first.
    #[serde(default)]
    pub tree: Vec<SpfNode>,
    /// What `a`, `mx` and `exists` of the tree lead to, as far as it does not depend on the sender: addresses (types A and AAAA) and the names of mail servers (type MX). Each question once, in the order of name and type.
    #[serde(default)]
    pub lookups: Vec<Answer<Vec<String>>>,
    /// What the record comes to, computed from the tree.
    pub evaluation: SpfEvaluation,
}

/// One SPF record, term by term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SpfRecord {
    /// The record as published, its strings joined (RFC 7208 §3.3).
    pub raw: String,
    /// Whether the whole text keeps to the grammar; if not, receivers answer permerror (RFC 7208 §4.6).
    pub valid: bool,
    /// The mechanisms in order.
    pub mechanisms: Vec<SpfMechanism>,
    /// The modifiers in order.
    pub modifiers: Vec<SpfModifier>,
    /// What is wrong with it.
    #[serde(default)]
    pub defects: Vec<Defect>,
}

/// One mechanism (RFC 7208 §5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SpfMechanism {
    /// The result when it matches.
    pub qualifier: Qualifier,
    /// `all`, `include`, `a`, `mx`, `ptr`, `ip4`, `ip6` or `exists`, in lower case.
    pub mechanism: String,
    /// The domain-spec or network behind the colon, as written; empty where there is none.
    #[serde(default)]
    pub argument: String,
    /// The IPv4 prefix length, of `a`, `mx` and `ip4`; 32 where it is not written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix4: Option<u8>,
    /// The IPv6 prefix length, of `a`, `mx` and `ip6`; 128 where it is not written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix6: Option<u8>,
    /// Where it stands in the raw text.
    pub span: [usize; 2],
}

/// The result of a mechanism that matches (RFC 7208 §4.6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Qualifier {
    /// `+`
    Pass,
    /// `-`
    Fail,
    /// `~`
    Softfail,
    /// `?`
    Neutral,
}

/// One modifier (RFC 7208 §6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SpfModifier {
    /// `redirect`, `exp` or an unknown name, in lower case.
    pub modifier: String,
    /// What stands behind the equals sign.
    pub argument: String,
    /// Where it stands in the raw text.
    pub span: [usize; 2],
}

/// One record that the evaluation can come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SpfNode {
    /// The domain whose record it is.
    pub domain: String,
    /// The index in the tree of the record that leads here; absent for the target's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<usize>,
    /// `target`, `include` or `redirect`.
    pub via: String,
    /// How many steps it is away from the target's own record.
    pub depth: u32,
    /// The qualifier of the `include` that leads here: what a pass of this record comes to one step above (RFC 7208 §5.2). Absent for `redirect` and the target's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualifier: Option<Qualifier>,
    /// The TXT records there that begin with `v=spf1`.
    pub records: Answer<Vec<String>>,
    /// The record, where there is exactly one.
    pub record: Observed<SpfRecord>,
    /// What this record and all that it leads to cost; derived.
    #[serde(default)]
    pub cost: SpfCost,
}

/// How much of the limits of RFC 7208 §4.6.4 a record takes, with all that it leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SpfCost {
    /// Terms that cause lookups: `include`, `a`, `mx`, `ptr`, `exists` and `redirect`. The limit of a check is 10.
    pub lookups: u32,
    /// Of these, how many a sender with an IPv4 address can come to: none behind a term that fits all of them.
    pub lookups_ipv4: u32,
    /// The same for a sender with an IPv6 address.
    pub lookups_ipv6: u32,
    /// Such terms whose lookup holds nothing, for a sender with an IPv4 address; receivers stop at the third.
    pub void_lookups_ipv4: u32,
    /// The same for a sender with an IPv6 address: `a` and the servers of `mx` are then asked for AAAA.
    pub void_lookups_ipv6: u32,
}

/// What the target's record comes to, whoever sends (RFC 7208 §4.6.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SpfEvaluation {
    /// What a receiver gets: a policy, nothing, or an error.
    pub status: SpfStatus,
    /// The status in words.
    pub reason: String,
    /// The most lookups that a sender's check can take: each `include`, `a`, `mx`, `ptr`, `exists` and `redirect` that can be reached counts one; the limit is 10.
    pub lookups: u32,
    /// The most lookups that hold nothing in one sender's check: the greater of the two families of `cost`. Receivers stop at the third (RFC 7208 §4.6.4).
    pub void_lookups: u32,
    /// What it costs to check a sender that nothing lists, by the family of its address.
    #[serde(default)]
    pub cost: SpfCost,
    /// What happens to everyone that is not listed: the qualifier of the `all` that is reached, through `redirect` too; neutral where there is none (RFC 7208 §4.7). Absent without a policy, unknown where a record in between is.
    pub default_result: Observed<Qualifier>,
    /// The networks that are let in as a whole: IPv4 blocks of prefix 8 or shorter, IPv6 blocks of prefix 16 or shorter, adjacent ones joined.
    #[serde(default)]
    pub wide_networks: Vec<String>,
    /// The addresses that get a pass.
    #[serde(default)]
    pub authorized: SpfAuthorized,
    /// Whether a `ptr` mechanism is reached; RFC 7208 §5.5 says not to use it.
    pub uses_ptr: bool,
}

/// The addresses that get a pass, whatever name they send for (RFC 7208 §5): first matches count, so that a network behind a `-ip4` that covers it is not among them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SpfAuthorized {
    /// How many IPv4 addresses; 4294967296 are all there are.
    pub ipv4_addresses: u64,
    /// How many IPv6 networks of prefix length 64, those counted that are listed in part; at most 9223372036854775807.
    pub ipv6_networks: u64,
    /// The largest blocks in CIDR notation, adjacent ones joined, at most five of each family, IPv4 first.
    pub largest: Vec<String>,
    /// Whether every IPv4 address or every IPv6 address is among them, however it is written.
    pub everyone: bool,
    /// Terms that depend on the sender (macros, `exists`, `ptr`), whose addresses are not counted here.
    pub open: Vec<String>,
    /// Names whose lookup got no answer, so that there may be more.
    pub unsettled: Vec<String>,
}

/// The results of a check (RFC 7208 §2.6).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum SpfResult {
    /// The address may send for the domain.
    Pass,
    /// It may not.
    Fail,
    /// It probably may not.
    Softfail,
    /// The domain says nothing about it.
    Neutral,
    /// There is no policy, or no domain to look for one at.
    None,
    /// The published records cannot be interpreted.
    Permerror,
    /// A lookup failed for now.
    Temperror,
}

impl SpfResult {
    /// The word of RFC 7208 §2.6.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Softfail => "softfail",
            Self::Neutral => "neutral",
            Self::None => "none",
            Self::Permerror => "permerror",
            Self::Temperror => "temperror",
        }
    }
}

impl From<Qualifier> for SpfResult {
    fn from(qualifier: Qualifier) -> Self {
        match qualifier {
            Qualifier::Pass => Self::Pass,
            Qualifier::Fail => Self::Fail,
            Qualifier::Softfail => Self::Softfail,
            Qualifier::Neutral => Self::Neutral,
        }
    }
}

/// One check of one sender: the function `check_host` of RFC 7208 §4, with the way to its result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SpfCheck {
    /// The address that sends.
    pub ip: std::net::IpAddr,
    /// The identity that was checked, as local part and domain.
    pub sender: String,
    /// The result.
    pub result: SpfResult,
    /// The result in words.
    pub reason: String,
    /// The explanation that the domain publishes for a fail (RFC 7208 §6.2); empty where there is none.
    #[serde(default)]
    pub explanation: String,
    /// How many terms caused lookups.
    pub lookups: u32,
    /// How many of them found nothing.
    pub void_lookups: u32,
    /// Every term that was looked at, in order.
    pub trace: Vec<SpfStep>,
}

/// One term that was looked at during a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SpfStep {
    /// How many `include` and `redirect` lead to the record; 0 for the sender's own domain.
    pub depth: u32,
    /// The domain whose record the term stands in.
    pub domain: String,
    /// The term as written; `v=spf1` for the record itself.
    pub term: String,
    /// What came of it, in words.
    pub outcome: String,
    /// Whether it settled the result of its record.
    pub matched: bool,
}

/// What a receiver gets when it reads the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SpfStatus {
    /// A policy that can be evaluated.
    Policy,
    /// No record (RFC 7208 §2.6.1).
    None,
    /// The published records cannot be interpreted (RFC 7208 §2.6.7).
    Permerror,
    /// A lookup failed for now (RFC 7208 §2.6.6).
    Temperror,
}

/// What an older document says of what it did not look at.
fn octets_not_known() -> Observed<u32> {
    Observed::unknown(Cause::NotAttempted, "")
}

/// The question for records of type 99 in a document that did not put it.
fn type99_not_asked() -> Answer<Vec<String>> {
    Answer::unasked("", "TYPE99", Cause::NotAttempted, "")
}
