//! What receivers are asked to do with mail that does not authenticate (RFC 9989).

use super::defect::Defect;
use super::dns::Answer;
use super::mx::MxRecord;
use super::observed::{Cause, Observed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, Ipv6Addr};

/// The DMARC policy that holds for the target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dmarc {
    /// The questions of the tree walk (RFC 9989 §4.10), the target's own name first, with the TXT records found. Where the walk passes by the organizational domain of the Public Suffix List, that stands last.
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
    /// What receivers come to that still follow RFC 7489: they look at the target and at its organizational domain by the Public Suffix List, and nowhere else.
    #[serde(default)]
    pub rfc7489: DmarcOlder,
    /// Where receivers that follow RFC 9989 and such that follow RFC 7489 come to different things, as far as both are known.
    #[serde(default)]
    pub differences: Vec<DmarcDifference>,
    /// Names near `_dmarc` at which a DMARC record stands that no receiver looks at, such as the target itself, and those of them that gave no answer. They are asked only where `_dmarc` has no DMARC record.
    #[serde(default)]
    pub misplaced: Vec<Answer<Vec<String>>>,
    /// Where the reports of the record that holds go, address by address (RFC 9990 §4, RFC 9991 §5).
    #[serde(default)]
    pub report_addresses: Vec<DmarcReportAddress>,
    /// What was asked of the domains that the reports go to, each once, in the order of the record.
    #[serde(default)]
    pub report_hosts: Vec<DmarcReportHost>,
}

/// What a receiver comes to that follows RFC 7489, which RFC 9989 replaced in 2026.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DmarcOlder {
    /// The organizational domain by the Public Suffix List (RFC 7489 §3.2).
    pub organizational_domain: String,
    /// The domain, without `_dmarc`, whose record holds; empty where none does.
    pub domain: String,
    /// The record that holds: the target's own, else that of its organizational domain. Several at one name end the search (RFC 7489 §6.6.3).
    pub record: Observed<DmarcRecord>,
    /// What these receivers do: absent without a record.
    pub effective: Observed<DmarcOlderEffective>,
}

impl Default for DmarcOlder {
    /// What a document says that was written before this was looked at.
    fn default() -> Self {
        Self {
            organizational_domain: String::new(),
            domain: String::new(),
            record: Observed::unknown(Cause::NotAttempted, ""),
            effective: Observed::unknown(Cause::NotAttempted, ""),
        }
    }
}

/// What receivers do that follow RFC 7489 (§6.3, §6.6.3, §6.6.4). They know neither `t` nor `np` nor `psd`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DmarcOlderEffective {
    /// For mail in the target's own name.
    pub policy: DmarcPolicy,
    /// For mail in the name of a subdomain without a record of its own, whether it exists or not; `none` too where no record holds for subdomains.
    pub subdomain_policy: DmarcPolicy,
    /// To how many percent of the mail in the target's own name the policy is applied (`pct`); the rest gets the next weaker one.
    pub share_percent: u32,
    /// To how many percent of the mail in the name of subdomains their policy is applied.
    pub subdomain_share_percent: u32,
    /// How the policy came about, in words.
    pub reason: String,
}

/// One thing that the two generations of receivers see differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DmarcDifference {
    /// What differs: `organizational-domain`, `record`, `policy`, `subdomain-policy`, `nonexistent-subdomain-policy`, `test-mode` (the same record, lowered by `t=y` for the newer only) or `percentage` (`pct` below 100, for the older only).
    pub code: String,
    /// Both readings in words.
    pub text: String,
}

/// One address that reports are to go to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DmarcReportAddress {
    /// The tag that names it: `rua` for aggregate reports, `ruf` for failure reports.
    pub tag: String,
    /// The address as written.
    pub uri: String,
    /// The domain that the reports go to.
    pub domain: String,
    /// Whether reports are sent there at all: failure reports are not by the record of a public suffix, `psd=y` (RFC 9989 §4.7).
    pub used: bool,
    /// Whether it belongs to another organization than the record: the organizational domains differ by the tree walk (RFC 9990 §4) or, for older reporters, by the Public Suffix List (RFC 7489 §7.1).
    pub external: Observed<bool>,
    /// Whether reporters may send there: the address is not external, or its domain agrees by a record at `<domain>._report._dmarc.<address domain>` (RFC 9990 §4).
    pub authorized: Observed<bool>,
    /// The addresses that the agreeing domain puts in place of this one, each at the same domain (RFC 9990 §4).
    #[serde(default)]
    pub replaced_by: Vec<String>,
    /// Whether the domain receives mail: it has MX records or, without any, an address of its own (RFC 5321 §5.1); a null MX says no (RFC 7505).
    pub receives: Observed<bool>,
}

/// What was asked of a domain that reports go to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DmarcReportHost {
    /// The domain.
    pub domain: String,
    /// The tree walk from there, for its organizational domain (RFC 9989 §4.10.2); empty where it is the domain of the record.
    pub walk: Vec<DmarcStep>,
    /// The TXT records with which the domain agrees (RFC 9990 §4); not asked where it is the domain of the record.
    pub consent: Answer<Vec<String>>,
    /// Its MX records.
    pub mx: Answer<Vec<MxRecord>>,
    /// Its IPv4 addresses, asked only where it has no MX records.
    pub a: Answer<Vec<Ipv4Addr>>,
    /// Its IPv6 addresses, asked only where it has no MX records.
    pub aaaa: Answer<Vec<Ipv6Addr>>,
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

impl DmarcPolicy {
    /// The policy as records and documents spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Quarantine => "quarantine",
            Self::Reject => "reject",
        }
    }
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
