//! SMTP TLS reports (RFC 8460 §4.4), and what reporters make of them: numbers as texts, one name in place of a list, parts
//! that are missing or null.

use super::{
    Faults, address, ahead, count, id, mail_domain, moment, name, period, prose, text, word,
};
use crate::facts::defect::Defect;
use crate::facts::reported::TlsPolicyType;
use crate::facts::timestamp::Timestamp;
use crate::records::tags::quote;
use serde::de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;

const FORMAT: &str = "RFC 8460 §4.4";

/// The code of a policy that is left out.
const LEFT_OUT: &str = "tls-report-policy";

/// Most policies of one report.
pub const MOST_POLICIES: usize = 200;

/// Most failure details of one policy.
pub const MOST_DETAILS: usize = 5_000;

/// One report as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsReport {
    /// Whether it can be counted: it was read to its end, and says who sent it and about whom.
    pub valid: bool,
    /// The organization that reports, by its own word.
    pub organization: String,
    /// The id that the organization gave to the report; a long one cut, with a digest of the whole behind it.
    pub report_id: String,
    /// When the period begins.
    pub begin: Option<Timestamp>,
    /// When it ends.
    pub end: Option<Timestamp>,
    /// What was counted, a policy each.
    pub policies: Vec<TlsPolicyReport>,
    /// What is wrong with it.
    pub defects: Vec<Defect>,
}

/// The sessions under one policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsPolicyReport {
    /// The domain that the policy is of, in A-labels.
    pub domain: String,
    /// What the sender held the servers to.
    pub policy_type: TlsPolicyType,
    /// Sessions that succeeded.
    pub successful: u64,
    /// Sessions that failed.
    pub failed: u64,
    /// Why they failed.
    pub failures: Vec<TlsFailure>,
}

/// Sessions that failed for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsFailure {
    /// The result type in lower case.
    pub result_type: String,
    /// The sender's address.
    pub sending_mta: Option<IpAddr>,
    /// The mail server by the name of its MX record.
    pub receiving_mx: String,
    /// The code of the sender's TLS library.
    pub reason: String,
    /// How many sessions.
    pub sessions: u64,
}

impl TlsReport {
    /// The report as it can be believed now: a period in the future is a defect and is not used.
    #[must_use]
    pub fn as_of(mut self, now: Timestamp) -> Self {
        if let Some(text) = ahead([self.begin, self.end], now) {
            (self.begin, self.end) = (None, None);
            self.defects
                .push(Defect::minor("tls-report-future", text, FORMAT));
        }
        self
    }
}

/// Reads a report. Whatever the bytes are, a report comes out; `valid` says whether it can be counted.
pub fn parse(bytes: &[u8]) -> TlsReport {
    let (text, _) = text::decode(bytes);
    let mut faults = Faults::default();
    let written: Written = match serde_json::from_str(&text) {
        Ok(written) => written,
        Err(error) => {
            let words = format!(
                "it is no JSON document of a TLS report: {}",
                prose(&error.to_string())
            );
            let at = offset(&text, error.line(), error.column());
            faults.add(Defect::fatal("tls-report-malformed", words, FORMAT).at(at, at));
            return TlsReport {
                defects: faults.found,
                ..TlsReport::default()
            };
        }
    };
    if !written.policies.1 {
        let text = "it is a JSON document without the list `policies`";
        faults.add(Defect::fatal("tls-report-other", text, FORMAT));
    }
    let mut organization = prose(&written.organization.0);
    if organization.is_empty() {
        organization = name(&written.contact.0);
    }
    if organization.is_empty() {
        faults.add(Defect::fatal(
            "tls-report-organization",
            "it does not say who reports",
            FORMAT,
        ));
    }
    let report_id = id(written.report_id.0.trim());
    if report_id.is_empty() {
        let text = "there is no report id, so that a repetition can't be told";
        faults.add(Defect::minor("tls-report-id", text, FORMAT));
    }
    let range = written.date_range.0.unwrap_or_default();
    let (begin, end) = period(moment(&range.start.0), moment(&range.end.0));
    if begin.is_none() || end.is_none() {
        let text = "`date-range` has no period that can be read";
        faults.add(Defect::minor("tls-report-period", text, FORMAT));
    }
    let policies = written
        .policies
        .0
        .into_iter()
        .filter_map(|policy| of_policy(policy, &mut faults))
        .collect::<Vec<_>>();
    if policies.is_empty() {
        let left_out = faults.found.iter().find(|fault| fault.code == LEFT_OUT);
        let why = left_out.map_or(String::new(), |fault| format!(": {}", fault.text));
        let text = format!("there is no policy in it that can be counted{why}");
        faults.add(Defect::fatal("tls-report-no-policy", text, FORMAT));
    }
    TlsReport {
        valid: !faults.fatal,
        organization,
        report_id,
        begin,
        end,
        policies,
        defects: faults.found,
    }
}

fn of_policy(written: WrittenPolicy, faults: &mut Faults) -> Option<TlsPolicyReport> {
    let policy = written.policy.0.unwrap_or_default();
    let summary = written.summary.0.unwrap_or_default();
    let mut left_out = |text: String| {
        let text = format!("a policy is left out: {text}");
        faults.add(Defect::minor(LEFT_OUT, text, FORMAT));
    };
    let Some(domain) = mail_domain(&policy.domain.0) else {
        left_out(format!("`{}` is no mail domain", quote(&policy.domain.0)));
        return None;
    };
    let (Some(successful), Some(failed)) = (summary.successful.number(), summary.failed.number())
    else {
        left_out(format!(
            "`{}` and `{}` of {domain} are no counts that a report can have",
            quote(&summary.successful.0),
            quote(&summary.failed.0)
        ));
        return None;
    };
    let failures = written.details.0.into_iter();
    let failures = failures.filter_map(|detail| of_detail(&detail, faults));
    Some(TlsPolicyReport {
        domain,
        policy_type: match word(&policy.kind.0).as_str() {
            "tlsa" => TlsPolicyType::Tlsa,
            "sts" => TlsPolicyType::Sts,
            "no-policy-found" => TlsPolicyType::NoPolicyFound,
            _ => TlsPolicyType::Other,
        },
        successful,
        failed,
        failures: failures.collect(),
    })
}

fn of_detail(written: &Detail, faults: &mut Faults) -> Option<TlsFailure> {
    let sessions = match written.sessions.0.as_str() {
        "" => Some(0),
        _ => written.sessions.number(),
    };
    if sessions.is_none() {
        let text = format!(
            "a failure detail is left out: `{}` is no count that a report can have",
            quote(&written.sessions.0)
        );
        faults.add(Defect::minor("tls-report-detail", text, FORMAT));
    }
    Some(TlsFailure {
        result_type: word(&written.result_type.0),
        sending_mta: address(&written.sending_mta.0),
        receiving_mx: name(&written.receiving_mx.0),
        reason: prose(&written.reason.0),
        sessions: sessions?,
    })
}

/// Where a line and column of the JSON reader stand in the text, in bytes.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let mut at = (before + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Written {
    #[serde(rename = "organization-name")]
    organization: Loose,
    #[serde(rename = "contact-info")]
    contact: Loose,
    report_id: Loose,
    date_range: Part<Range>,
    policies: Several<WrittenPolicy, MOST_POLICIES>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Range {
    #[serde(rename = "start-datetime")]
    start: Loose,
    #[serde(rename = "end-datetime")]
    end: Loose,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WrittenPolicy {
    policy: Part<Policy>,
    summary: Part<Summary>,
    #[serde(rename = "failure-details")]
    details: Several<Detail, MOST_DETAILS>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Policy {
    #[serde(rename = "policy-type")]
    kind: Loose,
    #[serde(rename = "policy-domain")]
    domain: Loose,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Summary {
    #[serde(rename = "total-successful-session-count")]
    successful: Loose,
    #[serde(rename = "total-failure-session-count")]
    failed: Loose,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Detail {
    #[serde(rename = "result-type")]
    result_type: Loose,
    #[serde(rename = "sending-mta-ip")]
    sending_mta: Loose,
    #[serde(rename = "receiving-mx-hostname")]
    receiving_mx: Loose,
    #[serde(rename = "failure-reason-code")]
    reason: Loose,
    #[serde(rename = "failed-session-count")]
    sessions: Loose,
}

/// A text or number, as text; empty for anything else.
#[derive(Default)]
struct Loose(String);

impl Loose {
    fn number(&self) -> Option<u64> {
        count(&self.0)
    }
}

/// An object, or nothing where something else stands there.
struct Part<T>(Option<T>);

impl<T> Default for Part<T> {
    fn default() -> Self {
        Self(None)
    }
}

/// A list of at most so many, or one object alone, and whether it was there; empty where something else stands there.
struct Several<T, const MOST: usize>(Vec<T>, bool);

impl<T, const MOST: usize> Default for Several<T, MOST> {
    fn default() -> Self {
        Self(Vec::new(), false)
    }
}

macro_rules! scalars {
    ($make:expr) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }

        fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
            Ok($make(number.to_string()))
        }

        fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
            Ok($make(number.to_string()))
        }

        fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
            Ok($make(number.to_string()))
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok($make(text.to_owned()))
        }
    };
}

struct Loosely;

impl<'de> Visitor<'de> for Loosely {
    type Value = Loose;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a number")
    }

    scalars!(Loose);

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Loose, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Loose, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose::default())
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Loosely)
    }
}

struct Partly<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Partly<T> {
    type Value = Part<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    scalars!(|_| Part::default());

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Part<T>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Part::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Part<T>, A::Error> {
        T::deserialize(serde::de::value::MapAccessDeserializer::new(map))
            .map(|part| Part(Some(part)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Part<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Partly(PhantomData))
    }
}

struct Severally<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Severally<T, MOST> {
    type Value = Several<T, MOST>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    scalars!(|_| Several::default());

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut found = Vec::new();
        while let Some(Part(item)) = list.next_element::<Part<T>>()? {
            if found.len() >= MOST {
                return Err(A::Error::custom(format!(
                    "more than {MOST} entries in a list"
                )));
            }
            found.extend(item);
        }
        Ok(Several(found, true))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let one = T::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        Ok(Several(vec![one], true))
    }
}

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for Several<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Severally(PhantomData))
    }
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
