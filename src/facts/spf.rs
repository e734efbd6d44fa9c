//! Who may send in the target's name (RFC 7208).

use super::defect::Defect;
use super::dns::Answer;
use super::observed::Observed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The SPF records of the target and of all that they include.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spf {
    /// The target's TXT records that begin with `v=spf1` (RFC 7208 §4.5): exactly one makes a policy.
    pub records: Answer<Vec<String>>,
    /// The record, where there is exactly one.
    pub record: Observed<SpfRecord>,
    /// The records that `include` and `redirect` lead to, in the order of a depth-first walk, the target's own first.
    #[serde(default)]
    pub tree: Vec<SpfNode>,
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
    /// The TXT records there that begin with `v=spf1`.
    pub records: Answer<Vec<String>>,
    /// The record, where there is exactly one.
    pub record: Observed<SpfRecord>,
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
    /// How many of the names that `include` and `redirect` lead to do not exist or have no TXT record; receivers stop at the third (RFC 7208 §4.6.4).
    pub void_lookups: u32,
    /// What happens to everyone that is not listed: the qualifier of the `all` that is reached, through `redirect` too; neutral where there is none (RFC 7208 §4.7). Absent without a policy, unknown where a record in between is.
    pub default_result: Observed<Qualifier>,
    /// The networks that are let in as a whole: IPv4 blocks of prefix 8 or shorter, IPv6 blocks of prefix 16 or shorter.
    #[serde(default)]
    pub wide_networks: Vec<String>,
    /// Whether a `ptr` mechanism is reached; RFC 7208 §5.5 says not to use it.
    pub uses_ptr: bool,
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
