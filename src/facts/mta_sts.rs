//! Whether senders are told to insist on authenticated TLS (RFC 8461).

use super::certificate::Chain;
use super::defect::Defect;
use super::dns::Answer;
use super::observed::{Cause, Observed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, Ipv6Addr};

/// The MTA-STS record, the policy, and which servers the policy covers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MtaSts {
    /// The TXT records at `_mta-sts` that begin with `v=STSv1;` (RFC 8461 §3.1): exactly one announces a policy.
    pub records: Answer<Vec<String>>,
    /// The record, where there is exactly one.
    pub record: Observed<StsRecord>,
    /// The host that holds the policy, `mta-sts.` and the domain (RFC 8461 §3.3); absent where no record announces a policy.
    #[serde(default = "not_asked")]
    pub host: Observed<StsHost>,
    /// How the policy was fetched; absent where no record announces one.
    pub fetch: Observed<StsFetch>,
    /// The policy as a sender gets it (RFC 8461 §3.3): absent where there is none that a sender may use.
    pub policy: Observed<StsPolicy>,
    /// Whether a valid policy is announced and can be fetched, with mode `enforce`, `testing` or `none`.
    pub mode: Observed<StsMode>,
    /// Whether the policy in effect takes MTA-STS back: mode `none`, published until the last policy before it has run out (RFC 8461 §8.3).
    #[serde(default)]
    pub removal: bool,
    /// For each mail server, whether the policy names it.
    #[serde(default)]
    pub coverage: Vec<StsCoverage>,
    /// The patterns of the policy that match none of the mail servers.
    #[serde(default)]
    pub unused_patterns: Vec<String>,
}

/// Documents of earlier versions say nothing of the policy host.
fn not_asked() -> Observed<StsHost> {
    Observed::unknown(Cause::NotAttempted, "")
}

/// The web server of the policy. Where it is an alias, the answers tell of what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StsHost {
    /// The host name.
    pub name: String,
    /// Its IPv4 addresses.
    pub a: Answer<Vec<Ipv4Addr>>,
    /// Its IPv6 addresses.
    pub aaaa: Answer<Vec<Ipv6Addr>>,
}

/// The TXT record (RFC 8461 §3.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StsRecord {
    /// The record as published, its strings joined.
    pub raw: String,
    /// Whether it keeps to the grammar.
    pub valid: bool,
    /// The version of the policy: 1 to 32 letters and digits.
    pub id: String,
    /// What is wrong with it.
    #[serde(default)]
    pub defects: Vec<Defect>,
}

/// The HTTPS request for the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StsFetch {
    /// The address that was asked.
    pub url: String,
    /// The HTTP status. It is asked for even where the certificate does not authenticate the host; a sender must not use the answer then.
    pub status: u16,
    /// The media type of the answer in lower case, without parameters.
    #[serde(default)]
    pub content_type: String,
    /// Where a redirection would have led; senders must not follow it.
    #[serde(default)]
    pub location: String,
    /// The certificates of the web server.
    pub chain: Chain,
}

/// The policy file (RFC 8461 §3.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StsPolicy {
    /// The file as it came.
    pub raw: String,
    /// Whether it keeps to the grammar and has all that it needs.
    pub valid: bool,
    /// What senders do; absent where the key is missing or has no known value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<StsMode>,
    /// For how many seconds senders keep the policy; absent where the key is missing or no number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age_seconds: Option<u64>,
    /// The patterns of server names, in lower case.
    pub mx: Vec<String>,
    /// What is wrong with it.
    #[serde(default)]
    pub defects: Vec<Defect>,
}

/// What senders do when a server does not authenticate (RFC 8461 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StsMode {
    /// They do not deliver there.
    Enforce,
    /// They deliver, and report.
    Testing,
    /// They act as if there were no policy.
    None,
}

/// Whether the policy names a mail server (RFC 8461 §4.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StsCoverage {
    /// The server's name.
    pub host: String,
    /// Whether a pattern matches it; a wildcard stands for exactly one label.
    pub covered: bool,
    /// The pattern that matches.
    #[serde(default)]
    pub pattern: String,
}
