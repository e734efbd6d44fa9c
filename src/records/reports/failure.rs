//! DMARC failure reports: the part `message/feedback-report` (RFC 5965 §3.1, RFC 6591 §3.1, RFC 9991).
//!
//! The fields that name people (`Original-Mail-From`, `Original-Rcpt-To`, the message itself) are passed over.

use super::{Faults, address, ahead, count, digest, mail_domain, moment, name, prose, text, word};
use crate::facts::defect::Defect;
use crate::facts::timestamp::Timestamp;
use crate::records::tags::quote;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

const FORMAT: &str = "RFC 6591 §3.1";

/// Most fields of one report.
const MOST_FIELDS: usize = 1_000;

/// One report as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureReport {
    /// Whether it can be counted: it tells of a failed authentication, and whose.
    pub valid: bool,
    /// Who reports: the name in `Reporting-MTA`, else the program in `User-Agent`.
    pub organization: String,
    /// The first 16 hexadecimal digits of SHA-256 over the part, since these reports have no id.
    pub digest: String,
    /// The domain in From, in A-labels.
    pub domain: String,
    /// The address that sent.
    pub source: Option<IpAddr>,
    /// When the message came.
    pub arrival: Option<Timestamp>,
    /// Why it failed, the words of `Auth-Failure`.
    pub reasons: Vec<String>,
    /// What the receiver did, the word of `Delivery-Result`.
    pub delivery: String,
    /// How many messages it stands for.
    pub incidents: u64,
    /// What is wrong with it.
    pub defects: Vec<Defect>,
}

impl FailureReport {
    /// The report as it can be believed now: a time in the future is a defect and is not used.
    #[must_use]
    pub fn as_of(mut self, now: Timestamp) -> Self {
        if let Some(text) = ahead([self.arrival, None], now) {
            self.arrival = None;
            self.defects
                .push(Defect::minor("failure-report-future", text, FORMAT));
        }
        self
    }
}

/// Reads the part. Whatever the bytes are, a report comes out; `valid` says whether it can be counted.
pub fn parse(bytes: &[u8]) -> FailureReport {
    let (text, _) = text::decode(bytes);
    let fields = fields(&text);
    let get = |wanted: &str| {
        let found = fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(wanted));
        found.map_or("", |field| field.value.as_str())
    };
    let mut faults = Faults::default();
    let mut fatal = |code: &str, text: String| {
        faults.add(Defect::fatal(
            &format!("failure-report-{code}"),
            text,
            FORMAT,
        ));
    };
    let kind = word(get("Feedback-Type"));
    match kind.as_str() {
        "auth-failure" => (),
        "" => fatal(
            "type-missing",
            "there is no field `Feedback-Type`".to_owned(),
        ),
        kind => fatal(
            "type",
            format!(
                "it is a report of the type `{}`, not `auth-failure`",
                quote(kind)
            ),
        ),
    }
    let written = domain_of(get("Reported-Domain"), get("DKIM-Domain"));
    let domain = mail_domain(written);
    if domain.is_none() {
        let text = format!(
            "the domain that it reports, `{}`, is no mail domain",
            quote(written)
        );
        fatal("domain", text);
    }
    // RFC 6591 §3.1: one where the field is not there.
    let written = get("Incidents");
    let incidents = if written.is_empty() {
        Some(1)
    } else {
        count(written)
    };
    if incidents.is_none() {
        let text = format!(
            "`{}` is no number of incidents that a report can stand for",
            quote(written)
        );
        fatal("incidents", text);
    }
    let arrival = moment(get("Arrival-Date")).or_else(|| moment(get("Received-Date")));
    let reasons = get("Auth-Failure").split([',', ' ']).map(word);
    let reasons = reasons
        .filter(|reason| !reason.is_empty())
        .take(10)
        .collect();
    FailureReport {
        valid: !faults.fatal,
        organization: organization(get("Reporting-MTA"), get("User-Agent")),
        digest: digest(bytes),
        domain: domain.unwrap_or_default(),
        source: address(get("Source-IP")),
        arrival,
        reasons,
        delivery: word(get("Delivery-Result")),
        incidents: incidents.unwrap_or(0),
        defects: faults.found,
    }
}

/// The domain in From; RFC 6591 has it in `Reported-Domain`, and some reporters leave that out.
fn domain_of<'a>(reported: &'a str, signing: &'a str) -> &'a str {
    let domain = if reported.is_empty() {
        signing
    } else {
        reported
    };
    // RFC 5965 §3.2 allows a list at some reporters' hands.
    domain.split([',', ' ', ';']).next().unwrap_or_default()
}

fn organization(mta: &str, agent: &str) -> String {
    // `dns; mx.example.org` (RFC 3464 §2.2.2).
    let mta = mta.split_once(';').map_or(mta, |(_, name)| name);
    let named = name(mta.split_whitespace().next().unwrap_or_default());
    if named.is_empty() {
        prose(agent)
    } else {
        named
    }
}

struct Field<'a> {
    name: &'a str,
    value: String,
}

/// The fields as header fields are written (RFC 5322 §2.2), folded lines joined.
fn fields(text: &str) -> Vec<Field<'_>> {
    let mut found: Vec<Field<'_>> = Vec::new();
    for line in text.lines().take(10 * MOST_FIELDS) {
        if line.starts_with([' ', '\t']) {
            if let Some(last) = found.last_mut().filter(|last| last.value.len() < 4_000) {
                last.value.push(' ');
                last.value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            if found.len() >= MOST_FIELDS {
                break;
            }
            found.push(Field {
                name: name.trim(),
                value: value.trim().to_owned(),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "Feedback-Type: auth-failure\r\nUser-Agent: Receiver/2\r\nVersion: 1\r\n\
        Original-Mail-From: <person@example.org>\r\nOriginal-Rcpt-To: <other@receiver.test>\r\n\
        Arrival-Date: Mon, 30 Nov 2026 01:53:20 +0100\r\nSource-IP: 192.0.2.77\r\n\
        Reporting-MTA: dns; mx.receiver.test\r\nReported-Domain: Example.ORG\r\n\
        Auth-Failure: dmarc\r\nDelivery-Result:\r\n  reject\r\nIdentity-Alignment: none\r\nIncidents: 3\r\n";

    #[test]
    fn what_failed_is_kept_and_whose_mail_it_was_is_not() {
        let report = parse(SOUND.as_bytes());
        assert!(report.valid, "{report:?}");
        assert_eq!(report.domain, "example.org");
        assert_eq!(report.organization, "mx.receiver.test");
        assert_eq!(report.source, "192.0.2.77".parse().ok());
        assert_eq!(report.arrival, Some(Timestamp::from_unix(1_796_000_000)));
        assert_eq!(
            (report.reasons, report.delivery.as_str(), report.incidents),
            (vec!["dmarc".to_owned()], "reject", 3)
        );
        let kept = serde_json::to_string(&parse(SOUND.as_bytes())).unwrap();
        assert!(
            !kept.contains("person") && !kept.contains("other@"),
            "{kept}"
        );
    }

    #[test]
    fn variants_of_reporters_are_read() {
        for (from, to, check) in [
            (
                "Feedback-Type: auth-failure",
                "FEEDBACK-TYPE:Auth-Failure",
                true,
            ),
            (
                "Arrival-Date: Mon, 30 Nov 2026 01:53:20 +0100",
                "Received-Date: 2026-11-30T00:53:20Z",
                true,
            ),
            ("Auth-Failure: dmarc", "Auth-Failure: spf, signature", true),
            ("Incidents: 3\r\n", "", true),
            ("Incidents: 3", "Incidents: 1000000000001", false),
            ("Incidents: 3", "Incidents: -3", false),
            (
                "Source-IP: 192.0.2.77",
                "Source-IP: [IPv6:2001:db8::1]",
                true,
            ),
            ("Source-IP: 192.0.2.77", "Source-IP: unknown", true),
            ("Reporting-MTA: dns; mx.receiver.test\r\n", "", true),
            (
                "Reported-Domain: Example.ORG",
                "DKIM-Domain: example.org",
                true,
            ),
            ("Feedback-Type: auth-failure", "Feedback-Type: abuse", false),
            ("Feedback-Type: auth-failure\r\n", "", false),
            (
                "Reported-Domain: Example.ORG",
                "Reported-Domain: nowhere",
                false,
            ),
            ("Reported-Domain: Example.ORG\r\n", "", false),
        ] {
            let text = SOUND.replace(from, to);
            assert_ne!(text, SOUND);
            let report = parse(text.as_bytes());
            assert_eq!(report.valid, check, "{to}: {report:?}");
            assert_eq!(report.valid, report.defects.is_empty(), "{to}");
        }
    }

    #[test]
    fn a_time_in_the_future_is_a_defect_and_is_not_used() {
        let sound = parse(SOUND.as_bytes());
        assert_eq!(
            sound.clone().as_of(Timestamp::from_unix(1_796_000_000)),
            sound
        );
        let early = sound.as_of(Timestamp::from_unix(1_795_000_000));
        assert!(early.valid && early.arrival.is_none());
        assert_eq!(early.defects[0].code, "failure-report-future");
    }

    #[test]
    fn nothing_of_it_is_too_long_or_too_much() {
        let long = format!(
            "Feedback-Type: auth-failure\nReported-Domain: example.org\nUser-Agent: {}\n{}",
            "x".repeat(10_000),
            " y\n".repeat(100_000)
        );
        let report = parse(long.as_bytes());
        assert!(
            report.valid && report.organization.len() == 100,
            "{report:?}"
        );
        assert!(!parse(&[0xff; 1000]).valid);
        assert!(!parse(b"").valid);
    }
}
