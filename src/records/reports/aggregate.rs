//! DMARC aggregate reports: RFC 9990 §3.1.1, and RFC 7489 appendix C with what reporters make of it.

use super::xml::{self, Element};
use super::{
    Faults, address, ahead, count, id, mail_domain, moment, name, period, prose, text, word,
};
use crate::facts::defect::Defect;
use crate::facts::dmarc::DmarcPolicy;
use crate::facts::reported::PublishedPolicy;
use crate::facts::timestamp::Timestamp;
use crate::records::tags::quote;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

const FORMAT: &str = "RFC 9990 §3.1.1";

/// Most records of one report.
pub const MOST_RECORDS: usize = 100_000;

/// Most signatures and most reasons of one record that are kept.
const MOST_RESULTS: usize = 100;

/// One report as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AggregateReport {
    /// Whether it can be counted: it was read to its end, and says whom it is about and who sent it.
    pub valid: bool,
    /// The organization that reports, by its own word.
    pub organization: String,
    /// The id that the organization gave to the report; a long one cut, with a digest of the whole behind it.
    pub report_id: String,
    /// The domain of the policy, in A-labels.
    pub domain: String,
    /// When the period begins.
    pub begin: Option<Timestamp>,
    /// When it ends.
    pub end: Option<Timestamp>,
    /// The policy that the reporter saw.
    pub policy: PublishedPolicy,
    /// The rows that could be read.
    pub records: Vec<AggregateRecord>,
    /// How many rows could not.
    pub records_left_out: u32,
    /// What is wrong with it.
    pub defects: Vec<Defect>,
}

/// Messages with everything in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AggregateRecord {
    /// The address that sent.
    pub source: IpAddr,
    /// How many messages.
    pub count: u64,
    /// Whether they passed by DKIM for an aligned domain.
    pub dkim: bool,
    /// Whether they passed by SPF for an aligned domain.
    pub spf: bool,
    /// What the receiver did; absent where it does not say so in a word of the standard.
    pub disposition: Option<Disposition>,
    /// Why it did something else than the policy asks, as words.
    pub overrides: Vec<String>,
    /// The domain in From.
    pub header_from: String,
    /// What was signed, and whether that verifies.
    pub dkim_results: Vec<AuthResult>,
    /// For whom SPF was checked.
    pub spf_results: Vec<AuthResult>,
}

/// What a receiver did with messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Disposition {
    /// Nothing: `none`, or `pass`.
    Accepted,
    /// `quarantine`.
    Quarantined,
    /// `reject`.
    Rejected,
}

/// One result, uninterpreted with respect to DMARC.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AuthResult {
    /// The domain that was checked.
    pub domain: String,
    /// The selector of a signature; empty for SPF.
    pub selector: String,
    /// The result in lower case.
    pub result: String,
}

impl AggregateReport {
    /// The report as it can be believed now: a period in the future is a defect and is not used.
    #[must_use]
    pub fn as_of(mut self, now: Timestamp) -> Self {
        if let Some(text) = ahead([self.begin, self.end], now) {
            (self.begin, self.end) = (None, None);
            self.defects
                .push(Defect::minor("dmarc-report-future", text, FORMAT));
        }
        self
    }
}

/// Reads a report. Whatever the bytes are, a report comes out; `valid` says whether it can be counted.
pub fn parse(bytes: &[u8]) -> AggregateReport {
    let (text, whole) = text::decode(bytes);
    let mut reading = Reading::default();
    if !whole {
        reading.minor(
            "encoding",
            "some bytes are no text in the encoding that it has",
            [0, 0],
        );
    }
    let root = xml::walk(&text, &mut |element| reading.take(&element));
    reading.finish(root, text.len())
}

#[derive(Default)]
struct Reading {
    report: AggregateReport,
    faults: Faults,
    metadata: bool,
    policies: usize,
}

impl Reading {
    fn fatal(&mut self, code: &str, text: &str, span: [usize; 2]) {
        let defect = Defect::fatal(&format!("dmarc-report-{code}"), text, FORMAT);
        self.faults.add(defect.at(span[0], span[1]));
    }

    fn minor(&mut self, code: &str, text: &str, span: [usize; 2]) {
        let defect = Defect::minor(&format!("dmarc-report-{code}"), text, FORMAT);
        self.faults.add(defect.at(span[0], span[1]));
    }

    fn take(&mut self, element: &Element) {
        match element.name.as_str() {
            "version" if !matches!(element.text.as_str(), "1" | "1.0") => {
                let text = format!("the version `{}` is not 1.0", quote(&element.text));
                self.minor("version", &text, element.span);
            }
            "report_metadata" => self.metadata(element),
            "policy_published" => self.policy(element),
            "record" => self.record(element),
            _ => (),
        }
    }

    fn metadata(&mut self, element: &Element) {
        if std::mem::replace(&mut self.metadata, true) {
            return self.minor(
                "metadata-repeated",
                "`report_metadata` stands there more than once, the first counts",
                element.span,
            );
        }
        self.report.organization = prose(element.text_of("org_name"));
        if self.report.organization.is_empty() {
            // Reporters without a name have at least an address, of which the domain is kept.
            self.report.organization = name(element.text_of("email"));
        }
        self.report.report_id = id(element.text_of("report_id"));
        let range = element.child("date_range");
        let at = |name| range.and_then(|range| moment(range.text_of(name)));
        let read = (at("begin"), at("end"));
        (self.report.begin, self.report.end) = period(read.0, read.1);
        if self.report.begin.is_none() || self.report.end.is_none() {
            self.minor(
                "period",
                "`date_range` has no period that can be read",
                element.span,
            );
        }
        if self.report.report_id.is_empty() {
            self.minor(
                "report-id",
                "there is no report id, so that a repetition can't be told",
                element.span,
            );
        }
    }

    fn policy(&mut self, element: &Element) {
        self.policies += 1;
        if self.policies > 1 {
            // RFC 9990 §3.1.1: one policy a report. Some reporters write it anew for each subdomain.
            return self.minor(
                "policy-repeated",
                "`policy_published` stands there more than once, the first counts",
                element.span,
            );
        }
        let domain = element.text_of("domain");
        if let Some(domain) = mail_domain(domain) {
            self.report.domain = domain;
        } else {
            let text = format!(
                "the domain of the policy, `{}`, is no mail domain",
                quote(domain)
            );
            self.fatal("domain", &text, element.span);
        }
        let policy = |name| match element.text_of(name).to_ascii_lowercase().as_str() {
            "none" => Some(DmarcPolicy::None),
            "quarantine" => Some(DmarcPolicy::Quarantine),
            "reject" => Some(DmarcPolicy::Reject),
            _ => None,
        };
        let alignment = |name| match element.text_of(name).to_ascii_lowercase().as_str() {
            "s" | "strict" => "s".to_owned(),
            _ => "r".to_owned(),
        };
        self.report.policy = PublishedPolicy {
            p: policy("p"),
            sp: policy("sp"),
            np: policy("np"),
            adkim: alignment("adkim"),
            aspf: alignment("aspf"),
            pct: element
                .text_of("pct")
                .parse()
                .ok()
                .filter(|percent| *percent <= 100),
            testing: match element.text_of("testing").to_ascii_lowercase().as_str() {
                "y" => Some(true),
                "n" => Some(false),
                _ => None,
            },
        };
        if self.report.policy.p.is_none() {
            self.minor("policy", "the policy `p` has no known value", element.span);
        }
    }

    fn record(&mut self, element: &Element) {
        if self.report.records.len() >= MOST_RECORDS {
            if !self.faults.fatal {
                let text = format!("it has more than {MOST_RECORDS} records");
                self.fatal("limit", &text, element.span);
            }
            return;
        }
        match row(element) {
            Ok(record) => self.report.records.push(record),
            Err(text) => {
                self.report.records_left_out = self.report.records_left_out.saturating_add(1);
                self.minor(
                    "record",
                    &format!("a record is left out: {text}"),
                    element.span,
                );
            }
        }
    }

    fn finish(mut self, root: Result<String, xml::Broken>, length: usize) -> AggregateReport {
        match root {
            Err(broken) => {
                let at = broken.at.min(length);
                self.fatal(broken.code, &broken.text, [at, at]);
            }
            Ok(root) if root != "feedback" => {
                let text = format!(
                    "the outermost element is `{}`, not `feedback`",
                    quote(&root)
                );
                self.fatal("root", &text, [0, 0]);
            }
            Ok(_) => {
                if self.report.organization.is_empty() {
                    self.fatal("organization", "it does not say who reports", [0, 0]);
                }
                if self.policies == 0 {
                    self.fatal(
                        "policy-missing",
                        "there is no `policy_published`, so that nobody knows whom it is about",
                        [0, 0],
                    );
                }
                if self.report.records.is_empty() {
                    self.minor("no-record", "there is no record in it", [0, 0]);
                }
            }
        }
        self.report.valid = !self.faults.fatal;
        self.report.defects = self.faults.found;
        self.report
    }
}

/// Reads one record, or says why it can't be counted.
fn row(record: &Element) -> Result<AggregateRecord, String> {
    let row = record.child("row").ok_or("it has no `row`")?;
    let written = row.text_of("source_ip");
    let source = address(written).ok_or_else(|| format!("`{}` is no address", quote(written)))?;
    let written = row.text_of("count");
    let count = count(written)
        .ok_or_else(|| format!("`{}` is no count that a record can have", quote(written)))?;
    let evaluated = row
        .child("policy_evaluated")
        .ok_or("it has no `policy_evaluated`")?;
    let (dkim, spf) = (
        aligned(evaluated.text_of("dkim")),
        aligned(evaluated.text_of("spf")),
    );
    // One that passes settles it; without one, both must be known.
    let settled = dkim == Some(true) || spf == Some(true) || dkim.is_some() && spf.is_some();
    if !settled {
        return Err("`policy_evaluated` does not say whether DKIM and SPF pass".to_owned());
    }
    let results = record.child("auth_results");
    let auth = |kind| {
        results
            .map(|results| auth_results(results, kind))
            .unwrap_or_default()
    };
    let reasons = evaluated.all("reason").take(MOST_RESULTS);
    Ok(AggregateRecord {
        source,
        count,
        dkim: dkim == Some(true),
        spf: spf == Some(true),
        disposition: match evaluated
            .text_of("disposition")
            .to_ascii_lowercase()
            .as_str()
        {
            "none" | "pass" => Some(Disposition::Accepted),
            "quarantine" => Some(Disposition::Quarantined),
            "reject" => Some(Disposition::Rejected),
            _ => None,
        },
        overrides: reasons
            .map(|reason| word(reason.text_of("type")))
            .filter(|word| !word.is_empty())
            .collect(),
        header_from: record
            .child("identifiers")
            .map(|ids| name(ids.text_of("header_from")))
            .unwrap_or_default(),
        dkim_results: auth("dkim"),
        spf_results: auth("spf"),
    })
}

/// Whether a word of `policy_evaluated` says that an aligned domain passed. Some reporters put the bare result there.
fn aligned(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "pass" => Some(true),
        "fail" | "none" | "neutral" | "softfail" | "hardfail" | "policy" | "temperror"
        | "permerror" | "unknown" => Some(false),
        _ => None,
    }
}

fn auth_results(results: &Element, kind: &str) -> Vec<AuthResult> {
    let results = results
        .all(kind)
        .take(MOST_RESULTS)
        .map(|result| AuthResult {
            domain: name(result.text_of("domain")),
            selector: name(result.text_of("selector")),
            result: match word(result.text_of("result")) {
                // Results of older drafts (RFC 4408, and OpenDKIM's).
                hard if hard == "hardfail" => "fail".to_owned(),
                old if old == "error" || old == "unknown" => "permerror".to_owned(),
                result => result,
            },
        });
    results
        .filter(|result| !result.domain.is_empty() || !result.result.is_empty())
        .collect()
}

#[cfg(test)]
#[path = "aggregate_tests.rs"]
mod tests;
