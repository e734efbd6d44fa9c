//! What receivers reported: DMARC aggregate reports (RFC 9990), DMARC failure reports (RFC 9991) and SMTP TLS
//! reports (RFC 8460).

use super::dmarc::DmarcPolicy;
use super::observed::Observed;
use super::timestamp::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// All reports that were read about the target, summed up. What they say is the word of those who sent them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reported {
    /// How many aggregate reports were read.
    #[serde(default)]
    pub aggregate_reports: u32,
    /// How many failure reports were read.
    #[serde(default)]
    pub failure_reports: u32,
    /// How many SMTP TLS reports were read.
    #[serde(default)]
    pub tls_reports: u32,
    /// How many reports came a second time, by organization and report id, and were counted once.
    #[serde(default)]
    pub repeated_reports: u32,
    /// What the aggregate reports count. Unknown: none was read. Absent: they count no message.
    #[serde(default = "Observed::<ReportedMail>::unobserved")]
    pub mail: Observed<ReportedMail>,
    /// What the failure reports tell. Unknown: none was read, which says nothing, since few receivers send them.
    #[serde(default = "Observed::<ReportedFailures>::unobserved")]
    pub failures: Observed<ReportedFailures>,
    /// What the SMTP TLS reports count. Unknown: none was read. Absent: they count no session.
    #[serde(default = "Observed::<ReportedTls>::unobserved")]
    pub tls: Observed<ReportedTls>,
}

impl Default for Reported {
    fn default() -> Self {
        Self {
            aggregate_reports: 0,
            failure_reports: 0,
            tls_reports: 0,
            repeated_reports: 0,
            mail: Observed::unobserved(),
            failures: Observed::unobserved(),
            tls: Observed::unobserved(),
        }
    }
}

/// Mail with the target in From, as the receivers that report counted it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportedMail {
    /// When the earliest report begins; absent where no report says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begin: Option<Timestamp>,
    /// When the latest report ends; absent where no report says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp>,
    /// How many days lie between the end of the latest report and the observation of the other facts; absent where no report says when it ends. Derived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_old: Option<i64>,
    /// The messages and how they fared.
    pub count: MailCount,
    /// Records of reports that could not be read and are not counted.
    #[serde(default)]
    pub records_left_out: u32,
    /// What receivers did with the messages.
    pub dispositions: Dispositions,
    /// Why receivers did something else than the policy asks (RFC 9990 §3.1), most messages first.
    #[serde(default)]
    pub overrides: Vec<ReportedWord>,
    /// The addresses that sent, most failing messages first, then most messages.
    #[serde(default)]
    pub sources: Vec<ReportedSource>,
    /// The sources that are not listed.
    #[serde(default)]
    pub sources_left_out: LeftOut,
    /// The DKIM selectors that were seen on the messages, most messages first.
    #[serde(default)]
    pub selectors: Vec<ReportedSelector>,
    /// How many selectors are not listed.
    #[serde(default)]
    pub selectors_left_out: u32,
    /// The domains in From: the target and its subdomains, most messages first.
    #[serde(default)]
    pub from_domains: Vec<ReportedFrom>,
    /// How many domains in From are not listed.
    #[serde(default)]
    pub from_domains_left_out: u32,
    /// The DMARC policies that reporters saw, the latest first.
    #[serde(default)]
    pub policies: Vec<ReportedPolicy>,
    /// The tags in which the policy of the latest report differs from the record that the target has now; absent where it has no record of its own. Derived.
    #[serde(default = "Observed::<Vec<PolicyDifference>>::unobserved")]
    pub differences: Observed<Vec<PolicyDifference>>,
    /// Who reported, most messages first.
    #[serde(default)]
    pub reporters: Vec<Reporter>,
    /// How many reporters are not listed.
    #[serde(default)]
    pub reporters_left_out: u32,
}

/// Messages, and how many of them passed DMARC by which mechanism. Shares are rounded down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MailCount {
    /// All messages.
    pub messages: u64,
    /// Messages that passed DMARC: aligned by SPF or by DKIM.
    pub passing: u64,
    /// Messages that did not.
    pub failing: u64,
    /// Messages that passed by SPF for an aligned domain.
    pub aligned_spf: u64,
    /// Messages that passed by DKIM for an aligned domain.
    pub aligned_dkim: u64,
    /// Of ten thousand messages, so many passed DMARC.
    pub passing_per_10000: u32,
    /// Of ten thousand messages, so many passed by SPF.
    pub aligned_spf_per_10000: u32,
    /// Of ten thousand messages, so many passed by DKIM.
    pub aligned_dkim_per_10000: u32,
}

/// What receivers did with messages, in messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dispositions {
    /// Taken as if there were no policy: `none`, and `pass` of RFC 9990.
    pub accepted: u64,
    /// Treated as suspicious: `quarantine`.
    pub quarantined: u64,
    /// Turned away: `reject`.
    pub rejected: u64,
    /// The report does not say, or in a word that the standard does not have.
    pub unsaid: u64,
}

/// What did not get into a list that is bounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// How many entries.
    pub entries: u32,
    /// How many messages they stand for.
    pub messages: u64,
    /// How many of these did not pass.
    pub failing: u64,
}

/// One word of reports and how often it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportedWord {
    /// The word in lower case; `other` where it is none that the standard could have.
    pub word: String,
    /// How many messages, incidents or sessions it was said of.
    pub count: u64,
}

/// One address that sent in the target's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportedSource {
    /// The address.
    pub address: IpAddr,
    /// Its messages and how they fared.
    pub count: MailCount,
    /// What the results look like together.
    pub pattern: SourcePattern,
    /// Messages that failed DMARC, and passed SPF or DKIM for a domain that is not aligned.
    pub other_domain: u64,
    /// How many reporters saw it.
    pub reporters: u32,
    /// What receivers did with its messages.
    pub dispositions: Dispositions,
    /// Why receivers did something else than the policy asks, most messages first.
    #[serde(default)]
    pub overrides: Vec<ReportedWord>,
    /// The domains in From, at most ten.
    #[serde(default)]
    pub from_domains: Vec<String>,
    /// The domains for which SPF was checked, with results, most messages first, at most ten.
    #[serde(default)]
    pub spf: Vec<ReportedIdentity>,
    /// The domains and selectors of DKIM signatures, with results, most messages first, at most ten.
    #[serde(default)]
    pub dkim: Vec<ReportedIdentity>,
}

/// What the results of most messages of a source look like; at least half of them, and the first that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SourcePattern {
    /// SPF passes for an aligned domain: the target's own record lets the address in.
    SpfAligned,
    /// Receivers say that it forwards: `forwarded`, `trusted_forwarder` or `mailing_list`.
    Forwarded,
    /// DKIM passes for an aligned domain, SPF does not: a forwarder, or a sender that the SPF record does not name.
    DkimOnly,
    /// SPF or DKIM passes for another domain: a service that sends in the target's name as itself, or a mailing list.
    OtherDomain,
    /// Nothing passes: a sender that was forgotten, or somebody else.
    Unauthenticated,
}

/// One identity that SPF or DKIM was checked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportedIdentity {
    /// The domain of MAIL FROM or EHLO, or the signing domain.
    pub domain: String,
    /// The selector of a signature; empty for SPF, and where the report does not say it.
    #[serde(default)]
    pub selector: String,
    /// The result in lower case, such as `pass` or `softfail` (RFC 8601 §2.7).
    pub result: String,
    /// How many messages had it.
    pub messages: u64,
}

/// One DKIM selector that was seen on messages in the target's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportedSelector {
    /// The signing domain.
    pub domain: String,
    /// The selector.
    pub selector: String,
    /// How many messages had its signature.
    pub messages: u64,
    /// On how many of them it verified.
    pub passing: u64,
}

/// One domain in From.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportedFrom {
    /// The domain.
    pub domain: String,
    /// Its messages.
    pub messages: u64,
    /// How many of them passed DMARC.
    pub passing: u64,
}

/// A DMARC policy as reporters saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportedPolicy {
    /// What it says.
    pub published: PublishedPolicy,
    /// When the earliest report with it begins; absent where none says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begin: Option<Timestamp>,
    /// When the latest report with it ends; absent where none says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp>,
    /// How many reports say so.
    pub reports: u32,
    /// Who says so, at most ten.
    #[serde(default)]
    pub reporters: Vec<String>,
}

/// One tag that reporters saw otherwise than it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyDifference {
    /// The tag.
    pub tag: String,
    /// Its value in the latest report.
    pub reported: String,
    /// Its value in the record, or the default.
    pub published: String,
}

/// The tags of a DMARC record that a report repeats (RFC 9990 §3.1, RFC 7489 appendix C). A report may put the
/// default where the record does not have the tag.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct PublishedPolicy {
    /// The policy; absent where the report does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p: Option<DmarcPolicy>,
    /// The policy for subdomains; absent where the report does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sp: Option<DmarcPolicy>,
    /// The policy for subdomains that do not exist; absent where the report does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub np: Option<DmarcPolicy>,
    /// DKIM alignment: `r` relaxed or `s` strict.
    pub adkim: String,
    /// SPF alignment: `r` relaxed or `s` strict.
    pub aspf: String,
    /// The percentage of RFC 7489; absent where the report does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pct: Option<u32>,
    /// Test mode; absent where the report does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub testing: Option<bool>,
}

/// Who reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reporter {
    /// The organization by its own word.
    pub name: String,
    /// How many reports it sent.
    pub reports: u32,
    /// How many messages, incidents or sessions these count.
    pub count: u64,
    /// When the earliest begins; absent where none says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begin: Option<Timestamp>,
    /// When the latest ends; absent where none says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp>,
}

/// Single messages that failed, as receivers tell them (RFC 9991, RFC 6591). Addresses of people, subjects and text are
/// not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportedFailures {
    /// When the earliest message came; absent where no report says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begin: Option<Timestamp>,
    /// When the latest message came; absent where no report says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp>,
    /// How many messages failed: a report may stand for several (RFC 6591 §3.1, `Incidents`).
    pub incidents: u64,
    /// Why, by the words of `Auth-Failure` (RFC 6591 §3.3), most incidents first.
    pub reasons: Vec<ReportedWord>,
    /// What the receivers did, by the words of `Delivery-Result` (RFC 6591 §3.2.2), most incidents first.
    pub deliveries: Vec<ReportedWord>,
    /// The domains that were reported, most incidents first.
    pub domains: Vec<ReportedWord>,
    /// The addresses that sent, most incidents first.
    pub sources: Vec<FailureSource>,
    /// How many sources are not listed.
    #[serde(default)]
    pub sources_left_out: u32,
    /// Who reported, most incidents first.
    pub reporters: Vec<Reporter>,
}

/// One address whose messages failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FailureSource {
    /// The address.
    pub address: IpAddr,
    /// How many messages failed.
    pub incidents: u64,
}

/// TLS sessions of senders with the target's mail servers, as the senders counted them (RFC 8460 §4.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportedTls {
    /// When the earliest report begins; absent where no report says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begin: Option<Timestamp>,
    /// When the latest report ends; absent where no report says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp>,
    /// All sessions.
    pub count: SessionCount,
    /// The sessions by the policy that the senders applied, in the order of their types.
    pub policies: Vec<ReportedTlsPolicy>,
    /// Why sessions failed (RFC 8460 §4.3), most sessions first.
    pub failures: Vec<ReportedTlsFailure>,
    /// How many kinds of failure are not listed.
    #[serde(default)]
    pub failures_left_out: u32,
    /// Who reported, most sessions first.
    pub reporters: Vec<Reporter>,
    /// How many reporters are not listed.
    #[serde(default)]
    pub reporters_left_out: u32,
}

/// Sessions, and how many of them succeeded. The share is rounded down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionCount {
    /// All sessions.
    pub sessions: u64,
    /// Sessions with TLS as the policy asks.
    pub successful: u64,
    /// Sessions without.
    pub failed: u64,
    /// Of ten thousand sessions, so many succeeded.
    pub successful_per_10000: u32,
}

/// The sessions under one type of policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportedTlsPolicy {
    /// What the senders held the servers to.
    pub policy_type: TlsPolicyType,
    /// The sessions.
    pub count: SessionCount,
}

/// What a sender holds mail servers to (RFC 8460 §4.2).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum TlsPolicyType {
    /// DANE: TLSA records (RFC 7672).
    Tlsa,
    /// An MTA-STS policy (RFC 8461).
    Sts,
    /// Neither was found: TLS is opportunistic.
    NoPolicyFound,
    /// The report says it in a word that the standard does not have, or not at all.
    Other,
}

impl TlsPolicyType {
    /// The type as reports spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tlsa => "tlsa",
            Self::Sts => "sts",
            Self::NoPolicyFound => "no-policy-found",
            Self::Other => "other",
        }
    }
}

/// Sessions that failed for one reason at one server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportedTlsFailure {
    /// The result type in lower case, such as `certificate-expired` or `sts-policy-fetch-error` (RFC 8460 §4.3); `other` where it is none that the standard could have.
    pub result_type: String,
    /// What the senders held the server to.
    pub policy_type: TlsPolicyType,
    /// The mail server by the name of its MX record; empty where the report does not say it.
    pub receiving_mx: String,
    /// The sender's address; absent where the report does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sending_mta: Option<IpAddr>,
    /// The error of the sender's TLS library, as it came and cut short; empty where the report does not say it.
    #[serde(default)]
    pub reason: String,
    /// How many sessions failed so.
    pub sessions: u64,
}
