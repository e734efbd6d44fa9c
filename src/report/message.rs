//! What `waxseal message` shows: one block a message, with whose word everything is.

use super::escape;
use super::paint::painted;
use crate::facts::observed::Observed;
use crate::facts::outbound::arc::ArcChain;
use crate::facts::outbound::authentication::{DmarcResult, DmarcVerdict, SenderCheck};
use crate::facts::outbound::header::{Claim, MessageHeader};
use crate::facts::outbound::signature::{DkimResult, DkimSignature};
use crate::facts::outbound::{OutboundDocument, OutboundObservation, OutboundTls, Witness};
use crate::facts::spf::SpfResult;
use crate::facts::tls::TlsVersion;
use anstyle::{AnsiColor, Style};
use std::fmt::Display;
use std::io::{self, Write};

/// Most characters of a row.
const LONGEST: usize = 600;
/// Most claims that are shown of a message.
const MOST_CLAIMS: usize = 40;
const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

/// Writes one block a message, each with the name of its file; with colours where that is wanted.
pub fn render(
    documents: &[(&str, &OutboundDocument)],
    colored: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page { out, colored };
    let messages = documents
        .iter()
        .flat_map(|(name, document)| document.messages.iter().map(move |it| (name, it)));
    for (number, (name, message)) in messages.enumerate() {
        if number > 0 {
            writeln!(page.out)?;
        }
        page.message(name, message)?;
    }
    Ok(())
}

struct Page<'a> {
    out: &'a mut dyn Write,
    colored: bool,
}

/// How good a word is.
#[derive(Clone, Copy)]
enum Mood {
    Good,
    Bad,
    Open,
    Plain,
}

impl Page<'_> {
    fn word(&self, mood: Mood, word: &str) -> String {
        let style = match mood {
            Mood::Good => AnsiColor::Green.on_default().bold(),
            Mood::Bad => AnsiColor::Red.on_default().bold(),
            Mood::Open => AnsiColor::Cyan.on_default().bold(),
            Mood::Plain => AnsiColor::Yellow.on_default().bold(),
        };
        painted(self.colored, style, word)
    }

    fn row(&mut self, label: &str, text: &str) -> io::Result<()> {
        let text = escape::line(&escape::cut(text, LONGEST));
        writeln!(self.out, "  {label:16}{text}")
    }

    /// A row that begins with a coloured word.
    fn told(&mut self, label: &str, (mood, word): (Mood, &str), text: &str) -> io::Result<()> {
        let word = self.word(mood, word);
        let text = escape::line(&escape::cut(text, LONGEST));
        let text = if text.is_empty() {
            text
        } else {
            format!(": {text}")
        };
        writeln!(self.out, "  {label:16}{word}{text}")
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        let text = painted(self.colored, BOLD, text);
        writeln!(self.out, "{text}")
    }

    fn message(&mut self, name: &str, message: &OutboundObservation) -> io::Result<()> {
        let from = match &message.dmarc.from {
            Observed::Present { value } => value.clone(),
            Observed::Absent { detail, .. } | Observed::Unknown { detail, .. } => detail.clone(),
        };
        let title = format!("{}  {}", escape::line(name), escape::line(&from));
        self.heading(&title)?;
        self.row(
            "message",
            &format!(
                "{} octets, sha256 {}…",
                message.header.octets, message.digest
            ),
        )?;
        self.connection(message)?;
        self.sender("SPF", &message.spf)?;
        self.sender("SPF of EHLO", &message.spf_helo)?;
        if message.signatures.is_empty() {
            self.told(
                "DKIM",
                (Mood::Plain, "none"),
                "the message has no signature",
            )?;
        }
        for signature in &message.signatures {
            self.signature(signature)?;
        }
        self.arc(&message.arc)?;
        self.verdict("DMARC, RFC 9989", &message.dmarc.rfc9989)?;
        self.verdict("DMARC, RFC 7489", &message.dmarc.rfc7489)?;
        self.header(&message.header)?;
        self.claims(&message.claims)
    }

    fn connection(&mut self, message: &OutboundObservation) -> io::Result<()> {
        let connection = &message.connection;
        let whose = match message.witness {
            Witness::Receive => "waxseal's own server took the message".to_owned(),
            Witness::ReceivedLine => {
                format!(
                    "by the Received field of {}, which is trusted",
                    message.witness_host
                )
            }
            Witness::Stated => "as the command line says".to_owned(),
            Witness::Nobody => "not known: nobody who is trusted says it".to_owned(),
        };
        self.row("connection", &whose)?;
        if let Observed::Unknown { detail, .. } = &connection.ip
            && !detail.is_empty()
        {
            self.row("", detail)?;
        }
        if let Some(ip) = connection.ip.value() {
            let ehlo = shown(&connection.ehlo, "no name");
            let reverse = match &connection.reverse.confirmed {
                Observed::Present { value } if !value.is_empty() => {
                    format!(", reverse DNS {} (confirmed)", value.join(" "))
                }
                Observed::Present { .. } => ", reverse DNS not confirmed".to_owned(),
                Observed::Absent { .. } => ", no reverse DNS".to_owned(),
                Observed::Unknown { .. } => String::new(),
            };
            self.row("client", &format!("{ip}, EHLO {ehlo}{reverse}"))?;
        }
        if let Some(received) = message.received.value() {
            self.row("taken", &received.to_string())?;
        }
        match &connection.tls {
            Observed::Present { value } => self.told("TLS", (Mood::Good, "used"), &tls(value))?,
            Observed::Absent { detail, .. } => self.told("TLS", (Mood::Bad, "not used"), detail)?,
            Observed::Unknown { .. } => {}
        }
        let path = shown(&message.mail_from, "null");
        self.row("MAIL FROM", &path)
    }

    fn sender(&mut self, label: &str, check: &Observed<SenderCheck>) -> io::Result<()> {
        match check {
            Observed::Present { value } => {
                let mood = match value.result {
                    SpfResult::Pass => Mood::Good,
                    SpfResult::Fail | SpfResult::Permerror => Mood::Bad,
                    SpfResult::Temperror => Mood::Open,
                    SpfResult::Softfail | SpfResult::Neutral | SpfResult::None => Mood::Plain,
                };
                let text = format!("{}, {}", value.domain, value.reason);
                self.told(label, (mood, value.result.as_str()), &text)
            }
            Observed::Absent { .. } => self.told(
                label,
                (Mood::Plain, "not checked"),
                "there is no domain to ask",
            ),
            Observed::Unknown { detail, cause } => {
                let why = if detail.is_empty() {
                    cause.as_str()
                } else {
                    detail
                };
                self.told(label, (Mood::Open, "unknown"), why)
            }
        }
    }

    fn signature(&mut self, signature: &DkimSignature) -> io::Result<()> {
        let (mood, word) = match signature.result {
            DkimResult::Pass => (Mood::Good, "pass"),
            DkimResult::Fail => (Mood::Bad, "fail"),
            DkimResult::Neutral => (Mood::Plain, "neutral"),
            DkimResult::Policy => (Mood::Bad, "policy"),
            DkimResult::Permerror => (Mood::Bad, "permerror"),
            DkimResult::Temperror => (Mood::Open, "temperror"),
        };
        self.told("DKIM", (mood, word), &signature.reason)?;
        let bits = signature
            .key
            .value()
            .map_or(String::new(), |key| format!(", {} bits", key.key_bits));
        let dates = [
            ("made", signature.signed_at),
            ("expires", signature.expires),
        ];
        let dates: Vec<String> = dates
            .iter()
            .filter_map(|(word, at)| at.map(|at| format!(", {word} {at}")))
            .collect();
        let what = format!(
            "{} selector {}, {}{bits}, {}{}",
            signature.domain,
            signature.selector,
            signature.algorithm,
            signature.canonicalization,
            dates.concat()
        );
        self.row("", &what)?;
        self.row("  signs", &signature.headers.join(" "))?;
        if !signature.oversigned.is_empty() {
            self.row("  oversigned", &signature.oversigned.join(" "))?;
        }
        if let Some(length) = signature.body_length {
            let text = format!(
                "{length} octets; {} stand behind them",
                signature.unsigned_octets
            );
            self.row("  body length", &text)?;
        }
        Ok(())
    }

    fn arc(&mut self, arc: &Observed<ArcChain>) -> io::Result<()> {
        let Some(chain) = arc.value() else {
            return Ok(());
        };
        let told = match &chain.verifies {
            Observed::Present { value: true } => (Mood::Good, "pass"),
            Observed::Present { value: false } | Observed::Absent { .. } => (Mood::Bad, "fail"),
            Observed::Unknown { .. } => (Mood::Open, "unknown"),
        };
        let text = if chain.reason.is_empty() {
            format!(
                "{} sets; the message is unchanged since set {}",
                chain.sets.len(),
                chain.oldest_pass
            )
        } else {
            chain.reason.clone()
        };
        self.told("ARC", told, &text)?;
        for set in &chain.sets {
            let text = format!(
                "{} sealed by {}, selector {}, cv={}, results of {}",
                set.instance, set.domain, set.selector, set.chain_validation, set.authserv_id
            );
            self.row("", &text)?;
        }
        Ok(())
    }

    fn verdict(&mut self, label: &str, verdict: &DmarcVerdict) -> io::Result<()> {
        let told = match verdict.result {
            DmarcResult::Pass => (Mood::Good, "pass"),
            DmarcResult::Fail => (Mood::Bad, "fail"),
            DmarcResult::None => (Mood::Plain, "none"),
            DmarcResult::Temperror => (Mood::Open, "temperror"),
            DmarcResult::Permerror => (Mood::Bad, "permerror"),
        };
        self.told(label, told, &verdict.reason)?;
        if !verdict.record_domain.is_empty() {
            let policy = verdict
                .policy
                .value()
                .map_or("not known", |policy| policy.as_str());
            let text = format!(
                "record of {}, policy {policy}, organizational domain {}",
                verdict.record_domain, verdict.organizational_domain
            );
            self.row("", &text)?;
        }
        Ok(())
    }

    fn header(&mut self, header: &MessageHeader) -> io::Result<()> {
        if header.from_domains.len() > 1 {
            self.row("From", &header.from_domains.join(" "))?;
        }
        self.row(
            "Message-ID",
            &shown(&header.message_id_domain, "none, or malformed"),
        )?;
        self.row("Date", &shown(&header.date, "none, or malformed"))?;
        if let Some(list) = header.list_unsubscribe.value() {
            let click = if list.one_click { ", one click" } else { "" };
            let signed = match &list.signed {
                Observed::Present { value: true } => "signed",
                Observed::Present { value: false } | Observed::Absent { .. } => "not signed",
                Observed::Unknown { .. } => "not known whether signed",
            };
            self.row(
                "unsubscribe",
                &format!("{}{click}, {signed}", list.schemes.join(" ")),
            )?;
        }
        for defect in &header.defects {
            let text = format!("{} ({}, {})", defect.text, defect.code, defect.reference);
            self.row("header", &text)?;
        }
        Ok(())
    }

    fn claims(&mut self, claims: &[Claim]) -> io::Result<()> {
        if claims.is_empty() {
            return Ok(());
        }
        self.row(
            "claims",
            "what servers wrote into the message, the last one first",
        )?;
        for claim in claims.iter().take(MOST_CLAIMS) {
            let (mood, word) = if claim.trusted {
                (Mood::Good, "trusted    ")
            } else {
                (Mood::Plain, "not trusted")
            };
            let word = self.word(mood, word);
            let host = if claim.host.is_empty() {
                "nobody named"
            } else {
                &claim.host
            };
            let text = if claim.results.is_empty() {
                claim.text.clone()
            } else {
                let results = claim.results.iter();
                let results = results
                    .map(|it| format!("{}={} {}", it.method, it.result, it.properties.join(" ")));
                results.collect::<Vec<_>>().join("; ")
            };
            let line = format!("{} of {host}: {}", claim.field, escape::cut(&text, 200));
            writeln!(self.out, "    {word}  {}", escape::line(&line))?;
        }
        if claims.len() > MOST_CLAIMS {
            let more = format!("    and {} more", claims.len() - MOST_CLAIMS);
            let more = painted(self.colored, FAINT, &more);
            writeln!(self.out, "{more}")?;
        }
        Ok(())
    }
}

fn shown<T: Display>(observed: &Observed<T>, absent: &str) -> String {
    match observed {
        Observed::Present { value } => value.to_string(),
        Observed::Absent { .. } => absent.to_owned(),
        Observed::Unknown { detail, cause } if detail.is_empty() => {
            format!("not known: {}", cause.as_str())
        }
        Observed::Unknown { detail, .. } => format!("not known: {detail}"),
    }
}

fn tls(tls: &OutboundTls) -> String {
    let version = match tls.version.value() {
        Some(TlsVersion::Ssl30) => "SSL 3.0",
        Some(TlsVersion::Tls10) => "TLS 1.0",
        Some(TlsVersion::Tls11) => "TLS 1.1",
        Some(TlsVersion::Tls12) => "TLS 1.2",
        Some(TlsVersion::Tls13) => "TLS 1.3",
        None => "version not known",
    };
    let more = [&tls.suite, &tls.group];
    let more = more
        .into_iter()
        .filter_map(Observed::value)
        .map(String::as_str);
    let all: Vec<&str> = std::iter::once(version).chain(more).collect();
    all.join(", ")
}
