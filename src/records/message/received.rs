//! `Received` (RFC 5321 §4.4) in the forms of Postfix, Exim, Sendmail, qmail, Gmail and Exchange.

use super::date;
use super::tls;
use super::tokens::{self, Kind, Token};
use crate::facts::outbound::header::Hop;
use crate::facts::timestamp::Timestamp;
use crate::facts::tls::TlsVersion;
use std::net::IpAddr;

/// The most characters of a name that are kept.
const LONGEST_NAME: usize = 255;

/// One `Received` field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Whether there is a `from` clause: without one, the message came from the same host.
    pub from: bool,
    /// The name that the client gave in EHLO or HELO; empty where the field does not say.
    pub ehlo: String,
    /// The name that the server found for the client's address; empty where it found none, or doubts it.
    pub reverse: String,
    /// The client's address.
    pub ip: Option<IpAddr>,
    /// The server.
    pub by: String,
    /// The protocol in upper case.
    pub protocol: String,
    /// The address of MAIL FROM, where the field says it in a comment.
    pub envelope_from: Option<String>,
    /// The version of TLS.
    pub tls_version: Option<TlsVersion>,
    /// The cipher suite.
    pub suite: String,
    /// The key exchange group, as written.
    pub group: String,
    /// When the server took the message.
    pub at: Option<Timestamp>,
    /// Whether the server names itself as Exim.
    exim: bool,
}

impl Received {
    /// The hop as a fact.
    pub fn hop(&self) -> Hop {
        Hop {
            ehlo: self.ehlo.clone(),
            ip: self.ip,
            protocol: self.protocol.clone(),
            tls_version: self.tls_version,
            suite: self.suite.clone(),
            at: self.at,
        }
    }
}

/// Reads the unfolded text of the field. What can't be made out stays empty.
pub fn parse(text: &str) -> Received {
    let tokens = tokens::split(text, ";");
    let end = tokens.iter().rposition(|token| token.is_mark(';'));
    let clauses = tokens
        .get(..end.unwrap_or(tokens.len()))
        .unwrap_or_default();
    let mut read = Received::default();
    let mut comments = Vec::new();
    let mut clause = "";
    let mut values = 0;
    for token in clauses {
        match (token.kind, keyword(token)) {
            (Kind::Comment, _) => {
                if clause == "from" {
                    comments.push(token.text.as_str());
                }
                read.notes(&token.text);
            }
            // The word behind a keyword is always its value, whatever it is.
            (_, Some(word)) if values > 0 || clause.is_empty() => {
                (clause, values) = (word, 0);
            }
            _ => {
                read.value(clause, values, token);
                values += 1;
            }
        }
    }
    if read.from {
        read.client(&comments);
    }
    let date = end
        .and_then(|end| tokens.get(end))
        .and_then(|mark| text.get(mark.end..));
    read.at = date.and_then(date::parse);
    read
}

fn keyword(token: &Token) -> Option<&'static str> {
    const CLAUSES: [&str; 7] = ["from", "by", "via", "with", "id", "for", "tls"];
    let word = token.text.as_str();
    CLAUSES
        .into_iter()
        .find(|clause| token.kind == Kind::Word && word.eq_ignore_ascii_case(clause))
}

impl Received {
    fn value(&mut self, clause: &str, number: usize, token: &Token) {
        let text = || -> String { token.text.chars().take(LONGEST_NAME).collect() };
        match (clause, number) {
            ("from", 0) => {
                self.from = true;
                self.ehlo = text();
            }
            ("by", 0) => self.by = text().to_ascii_lowercase(),
            // `Microsoft SMTP Server` has three words.
            ("with", 0) => self.protocol = text().to_ascii_uppercase(),
            ("with", 1..=3) => {
                self.protocol.push(' ');
                self.protocol.push_str(&text().to_ascii_uppercase());
            }
            ("tls", 0) if self.suite.is_empty() => self.suite = tls::suite(&token.text),
            _ => {}
        }
    }

    /// What a comment says of TLS and of MAIL FROM, wherever it stands.
    fn notes(&mut self, comment: &str) {
        if let Some(mailbox) = comment.strip_prefix("envelope-from ") {
            let mailbox = mailbox.trim().trim_start_matches('<').trim_end_matches('>');
            self.envelope_from.get_or_insert_with(|| mailbox.to_owned());
        }
        self.exim |= comment.starts_with("Exim ");
        let words: Vec<&str> = comment
            .split(|c: char| c.is_whitespace() || ",=:".contains(c))
            .filter(|word| !word.is_empty())
            .collect();
        let behind = |name: &str| {
            let at = words
                .iter()
                .position(|word| word.eq_ignore_ascii_case(name));
            at.and_then(|at| words.get(at + 1)).copied()
        };
        // `(using TLSv1.3 with cipher …)`, `(version=TLS1_3 cipher=… bits=256/256)`, `(TLS1.3)`, `(TLSv1.2:…:256)`.
        let told = behind("using")
            .or_else(|| behind("version"))
            .or(words.first().copied());
        let Some(version) = told.and_then(tls::version) else {
            return;
        };
        self.tls_version.get_or_insert(version);
        let next = words
            .get(1)
            .copied()
            .filter(|_| told == words.first().copied());
        if let Some(suite) = behind("cipher").or(next)
            && self.suite.is_empty()
        {
            self.suite = tls::suite(suite);
        }
        if let Some(group) = behind("key-exchange")
            && self.group.is_empty()
        {
            group.clone_into(&mut self.group);
        }
    }

    /// The client, from the comments behind its name.
    fn client(&mut self, comments: &[&str]) {
        let literal = address(&self.ehlo).filter(|_| self.ehlo.starts_with('['));
        for comment in comments {
            // What stands behind the address may be the client's own text, such as the name in its certificate.
            if self.ip.is_none() {
                self.client_comment(comment);
            }
        }
        // Exim puts the address in the place of the name where it finds none. With others that is what the client said.
        let exim = self.exim || comments.iter().any(|comment| comment.starts_with("helo="));
        self.ip = self.ip.or(literal.filter(|_| exim));
    }

    /// `(name [address])`, `([address] helo=name)`, `(HELO name)`, `(address)`, `(helo=name)`.
    fn client_comment(&mut self, comment: &str) {
        let mut words = comment.split_whitespace().peekable();
        let mut name = "";
        let mut helo = None;
        let mut found = None;
        let mut number = 0;
        while let Some(word) = words.next() {
            let lower = word.to_ascii_lowercase();
            if let Some(given) = word.get(5..).filter(|_| lower.starts_with("helo=")) {
                helo = Some(given);
            } else if matches!(lower.as_str(), "helo" | "ehlo") && number == 0 {
                helo = words.next();
            } else if let Some(ip) = address(word) {
                found = found.or(Some(ip));
            } else if number == 0 && !word.contains('=') {
                name = word;
            }
            number += 1;
        }
        let doubted = comment.contains("may be forged");
        let named = name.trim_end_matches('.').to_ascii_lowercase();
        if let Some(helo) = helo {
            // The word behind `from` is the verified name then.
            let found = !self.ehlo.starts_with('[') && !self.ehlo.eq_ignore_ascii_case("unknown");
            if self.reverse.is_empty() && !doubted && found {
                self.reverse = self.ehlo.to_ascii_lowercase();
            }
            self.ehlo = helo.chars().take(LONGEST_NAME).collect();
        } else if found.is_some()
            && self.ip.is_none()
            && !doubted
            && !matches!(named.as_str(), "" | "unknown")
        {
            self.reverse = named.chars().take(LONGEST_NAME).collect();
        }
        self.ip = self.ip.or(found);
    }
}

/// `[192.0.2.1]`, `[IPv6:2001:db8::1]`, `[192.0.2.1]:25`, `192.0.2.1`, `2001:db8::1`.
fn address(word: &str) -> Option<IpAddr> {
    let inner = match word.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        None => word,
    };
    let tagged = inner
        .get(..5)
        .is_some_and(|tag| tag.eq_ignore_ascii_case("ipv6:"));
    let plain = if tagged { inner.get(5..)? } else { inner };
    let plain = plain.split('%').next().unwrap_or(plain);
    plain.parse().ok().map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
#[path = "received_tests.rs"]
mod tests;
