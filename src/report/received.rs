//! What `waxseal receive` shows: a line for each message as it comes, and a summary at the end.

use super::escape;
use crate::facts::observed::Observed;
use crate::facts::outbound::authentication::{DmarcResult, SenderCheck};
use crate::facts::outbound::{Connection, OutboundDocument, OutboundObservation, OutboundTls};
use crate::facts::spf::SpfResult;
use crate::facts::tls::TlsVersion;
use anstyle::Style;
use std::collections::BTreeSet;
use std::path::Path;

/// Most characters of a name that are shown.
const LONGEST: usize = 100;
const BOLD: Style = Style::new().bold();

/// One message on a line, and a second one for the address that it was for.
pub fn line(document: &OutboundDocument, address: &str, colored: bool) -> String {
    let domain = shown(&document.domain);
    let domain = match (domain.is_empty(), colored) {
        (true, _) => "a message without a domain in From".to_owned(),
        (false, true) => format!("{BOLD}{domain}{BOLD:#}"),
        (false, false) => domain,
    };
    let Some(message) = document.messages.first() else {
        return format!("{domain}: nothing could be told of the message");
    };
    let time = message.received.value().map(ToString::to_string);
    let connection = &message.connection;
    format!(
        "{} {domain}: from {}, {}; SPF {}, DKIM {}, DMARC {}{}\n  to {}",
        time.unwrap_or_default(),
        origin(connection),
        secrecy(connection),
        spf(&message.spf),
        dkim(&message.dkim),
        dmarc(message.dmarc.rfc9989.result),
        retry(connection),
        shown(address),
    )
}

fn origin(connection: &Connection) -> String {
    let ip = connection
        .ip
        .value()
        .map_or_else(|| "nobody knows where".to_owned(), ToString::to_string);
    connection
        .ehlo
        .value()
        .map_or_else(|| ip.clone(), |name| format!("{ip} as {}", shown(name)))
}

fn secrecy(connection: &Connection) -> String {
    match &connection.tls {
        Observed::Present { value } => tls(value),
        Observed::Absent { .. } => "in clear text".to_owned(),
        Observed::Unknown { .. } => "over who knows what".to_owned(),
    }
}

fn tls(tls: &OutboundTls) -> String {
    let version = tls.version.value().map_or("TLS", |version| match version {
        TlsVersion::Ssl30 => "SSLv3",
        TlsVersion::Tls10 => "TLSv1.0",
        TlsVersion::Tls11 => "TLSv1.1",
        TlsVersion::Tls12 => "TLSv1.2",
        TlsVersion::Tls13 => "TLSv1.3",
    });
    let group = tls
        .group
        .value()
        .map(|group| format!(" with {}", shown(group)));
    format!("{version}{}", group.unwrap_or_default())
}

fn spf(check: &Observed<SenderCheck>) -> &'static str {
    check
        .value()
        .map_or("unknown", |check| check.result.as_str())
}

const fn dkim(verifies: &Observed<bool>) -> &'static str {
    match verifies {
        Observed::Present { value: true } => "valid",
        Observed::Present { value: false } => "invalid",
        Observed::Absent { .. } => "none",
        Observed::Unknown { .. } => "unknown",
    }
}

const fn dmarc(result: DmarcResult) -> &'static str {
    match result {
        DmarcResult::Pass => "pass",
        DmarcResult::Fail => "fail",
        DmarcResult::None => "none",
        DmarcResult::Temperror => "temperror",
        DmarcResult::Permerror => "permerror",
    }
}

fn retry(connection: &Connection) -> String {
    connection
        .retried
        .value()
        .map_or_else(String::new, |retry| {
            let whence = if retry.same_address {
                ""
            } else {
                ", from another address"
            };
            let (seconds, refused) = (retry.after_seconds, retry.refused);
            format!("; came again {seconds} s after the first of {refused} refusals{whence}")
        })
}

/// What a stranger wrote, on one line and short.
fn shown(text: &str) -> String {
    let text: String = text.chars().take(LONGEST).collect();
    escape::line(&text)
}

/// What is said where not every message authenticates.
const UNAUTHENTICATED: &str = ", and messages that do not authenticate only with --outbound-unauthenticated, as they may be \
    forged";

/// Counts over all messages of a run.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    messages: u32,
    domains: BTreeSet<String>,
    tls: u32,
    spf: u32,
    dkim: u32,
    dmarc: u32,
    ipv6: u32,
    authentic: u32,
}

impl Summary {
    /// Counts what a document tells.
    pub fn add(&mut self, document: &OutboundDocument) {
        if !document.domain.is_empty() {
            self.domains.insert(document.domain.clone());
        }
        for message in &document.messages {
            self.count(message);
        }
    }

    fn count(&mut self, message: &OutboundObservation) {
        let spf = message
            .spf
            .value()
            .is_some_and(|check| check.result == SpfResult::Pass);
        self.messages += 1;
        self.tls += u32::from(message.connection.tls.value().is_some());
        self.spf += u32::from(spf);
        self.dkim += u32::from(message.dkim.value() == Some(&true));
        self.dmarc += u32::from(message.dmarc.rfc9989.result == DmarcResult::Pass);
        self.authentic += u32::from(message.dmarc.authenticates());
        self.ipv6 += u32::from(
            message
                .connection
                .ip
                .value()
                .is_some_and(std::net::IpAddr::is_ipv6),
        );
    }

    /// The counts in words, and what to do next.
    pub fn text(&self, output: Option<&Path>) -> String {
        if self.messages == 0 {
            return "No message came.".to_owned();
        }
        let Self {
            messages,
            tls,
            spf,
            dkim,
            dmarc,
            ipv6,
            ..
        } = self;
        let plural = if *messages == 1 {
            "message"
        } else {
            "messages"
        };
        let domains: Vec<_> = self.domains.iter().map(|domain| shown(domain)).collect();
        let of = match (domains.len(), domains.first()) {
            (1, Some(only)) => format!(" of {only}"),
            (0, _) => String::new(),
            (count, _) => format!(" of {count} domains"),
        };
        let next = output.map_or_else(String::new, |file| {
            let domain = domains.first().map_or("DOMAIN", String::as_str);
            let file = file.display().to_string();
            let file = escape::line(&file);
            let flag = if self.authentic < self.messages { UNAUTHENTICATED } else { "" };
            format!("\nWritten to {file}; `waxseal scan {domain} --outbound {file}` takes it into account{flag}.")
        });
        format!(
            "{messages} {plural}{of}: {tls} over TLS, {ipv6} over IPv6, SPF passes for {spf}, DKIM is valid for {dkim}, \
             DMARC passes for {dmarc}.{next}"
        )
    }
}
