//! How a message in a file came: by the word of the user, or of the servers that the user trusts.

use super::super::Delivered;
use crate::derive::message::border::{Border, border};
use crate::derive::message::trust::Trust;
use crate::facts::mx::Reverse;
use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::outbound::{Connection, OutboundTls, Witness};
use crate::records::message::{Message, claims, with_crlf};
use std::net::IpAddr;

/// What the user says of the connection. It goes before what any field says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stated {
    /// The address that delivered the message.
    pub client_ip: Option<IpAddr>,
    /// The name that it gave in EHLO.
    pub helo: Option<String>,
    /// The mailbox of MAIL FROM, with or without angle brackets; empty or `<>` for the null reverse-path.
    pub mail_from: Option<String>,
}

/// A message from a file, with what is known of how it came.
pub fn from_file(raw: &[u8], stated: &Stated, trust: &Trust) -> Delivered {
    let raw = with_crlf(raw).into_owned();
    let message = Message::parse(&raw);
    let border = border(&claims::all(&message), trust);
    let sure = border.as_ref().filter(|border| border.doubt.is_empty());
    let (witness, witness_host) = match (stated.client_ip, sure) {
        (Some(_), _) => (Witness::Stated, String::new()),
        (None, Some(border)) => (Witness::ReceivedLine, border.received.by.clone()),
        (None, None) => (Witness::Nobody, String::new()),
    };
    // Where the user names another client, the field is about another connection.
    let seen = sure.filter(|_| stated.client_ip.is_none());
    let why = match (&border, trust.is_empty()) {
        (Some(border), _) if !border.doubt.is_empty() => border.doubt.as_str(),
        (Some(_), _) => "the user names another client",
        (None, true) => {
            "no host is trusted; --trust names one, --client-ip and --helo state the connection"
        }
        (None, false) => "the topmost Received field is of no host that is trusted",
    };
    let received = border
        .as_ref()
        .and_then(|border| border.received.at)
        .map_or_else(
            || Observed::unknown(Cause::NotObservable, why),
            Observed::present,
        );
    Delivered {
        witness,
        witness_host,
        received,
        connection: connection(stated, seen, why),
        mail_from: mail_from(&message, stated, border.as_ref()),
        raw,
    }
}

fn connection(stated: &Stated, seen: Option<&Border>, why: &str) -> Connection {
    let unknown = || Cause::NotObservable;
    let said = |text: &str| {
        if text.is_empty() {
            Observed::unknown(unknown(), "the Received field does not say it")
        } else {
            Observed::present(text.to_owned())
        }
    };
    let hop = seen.map(|border| &border.received);
    let ip = stated.client_ip.or_else(|| hop.and_then(|hop| hop.ip));
    let ehlo = match (&stated.helo, hop) {
        (Some(helo), _) => Observed::present(helo.clone()),
        (None, Some(hop)) => said(&hop.ehlo),
        (None, None) => Observed::unknown(unknown(), why),
    };
    let protocol = hop.map_or("", |hop| hop.protocol.as_str());
    let of_protocol = |yes: bool, no: bool| match (yes, no) {
        (true, _) => Observed::present(true),
        (false, true) => Observed::present(false),
        (false, false) => Observed::unknown(unknown(), why),
    };
    Connection {
        ip: ip.map_or_else(|| Observed::unknown(unknown(), why), Observed::present),
        reverse: Reverse::default(),
        ehlo,
        esmtp: of_protocol(
            protocol.starts_with("ESMTP") || protocol.starts_with("UTF8SMTP"),
            protocol == "SMTP",
        ),
        tls: hop.map_or_else(
            || Observed::unknown(unknown(), why),
            |hop| tls(hop, protocol),
        ),
        requiretls: Observed::unknown(unknown(), "Received does not tell"),
        // Few servers write the keywords of RFC 6531 §4.3, so that others tell nothing.
        smtputf8: of_protocol(protocol.starts_with("UTF8SMTP"), false),
        retried: Observed::unknown(unknown(), "Received does not tell"),
    }
}

/// TLS as the field has it: the keyword (RFC 3848) or the comment says it.
fn tls(hop: &crate::records::message::received::Received, protocol: &str) -> Observed<OutboundTls> {
    let keywords = [
        "ESMTPS",
        "ESMTPSA",
        "UTF8SMTPS",
        "UTF8SMTPSA",
        "LMTPS",
        "LMTPSA",
    ];
    let plain = ["SMTP", "ESMTP", "ESMTPA", "UTF8SMTP", "UTF8SMTPA"];
    let told = hop.tls_version.is_some() || !hop.suite.is_empty();
    if !told && plain.contains(&protocol) {
        return Observed::Absent {
            proof: Proof::NotOffered,
            detail: format!("{} says `with {protocol}`, which is clear text", hop.by),
        };
    }
    if !told && !keywords.contains(&protocol) {
        return Observed::unknown(Cause::NotObservable, "the Received field does not say it");
    }
    let silent = |text: &str| -> Observed<String> {
        if text.is_empty() {
            Observed::unknown(Cause::NotObservable, "the Received field does not say it")
        } else {
            Observed::present(text.to_owned())
        }
    };
    Observed::present(OutboundTls {
        version: hop.tls_version.map_or_else(
            || Observed::unknown(Cause::NotObservable, "the Received field does not say it"),
            Observed::present,
        ),
        suite: silent(&hop.suite),
        group: silent(&hop.group),
        sni: silent(""),
        client_certificate: Observed::unknown(Cause::NotObservable, ""),
    })
}

/// The reverse-path: Return-Path counts only above the border's `Received`, where nobody but own servers wrote.
fn mail_from(message: &Message<'_>, stated: &Stated, border: Option<&Border>) -> Observed<String> {
    let bare = |text: &str| {
        text.trim()
            .trim_start_matches('<')
            .trim_end_matches('>')
            .to_owned()
    };
    if let Some(given) = &stated.mail_from {
        return Observed::present(bare(given));
    }
    let Some(border) = border else {
        let why = "Return-Path is believed only where a host that is trusted wrote it; --mail-from states it";
        return Observed::unknown(Cause::NotObservable, why);
    };
    let above = message.fields.iter().take(border.place);
    let path = above.rev().find(|field| field.is("Return-Path"));
    if let Some(path) = path {
        return Observed::present(bare(&path.text()));
    }
    border.received.envelope_from.as_ref().map_or_else(
        || {
            let by = &border.received.by;
            let why = format!("no Return-Path stands above the Received field of {by}");
            Observed::unknown(Cause::NotObservable, why)
        },
        |path| Observed::present(bare(path)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECEIVED: &str = "Received: from c.test (c.test [203.0.113.9]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)) by mx.own.test (Postfix) with ESMTPS id 1; Mon, 30 Nov 2026 01:02:03 +0000\r\n";

    fn of(text: &str, stated: &Stated, trusted: &[&str]) -> Delivered {
        let entries = trusted.iter().map(|text| text.parse().unwrap());
        from_file(text.as_bytes(), stated, &Trust::new(entries.collect()))
    }

    #[test]
    fn the_border_tells_the_connection_and_flags_go_before_it() {
        let text = format!("Return-Path: <a@c.test>\n{RECEIVED}From: a@c.test\n\nx\n");
        let found = of(&text, &Stated::default(), &["mx.own.test"]);
        assert_eq!(
            (found.witness, found.witness_host.as_str()),
            (Witness::ReceivedLine, "mx.own.test")
        );
        assert_eq!(
            found.connection.ip.value().unwrap().to_string(),
            "203.0.113.9"
        );
        assert_eq!(
            found.connection.ehlo,
            Observed::present("c.test".to_owned())
        );
        assert_eq!(found.mail_from, Observed::present("a@c.test".to_owned()));
        assert_eq!(
            found.received.value().unwrap().to_string(),
            "2026-11-30T01:02:03Z"
        );
        let tls = found.connection.tls.value().unwrap();
        assert_eq!(
            tls.suite,
            Observed::present("TLS_AES_256_GCM_SHA384".to_owned())
        );
        assert!(found.raw.ends_with(b"\r\n\r\nx\r\n"));
        let stated = Stated {
            client_ip: Some("192.0.2.1".parse().unwrap()),
            helo: None,
            mail_from: Some("<>".to_owned()),
        };
        let found = of(&text, &stated, &["mx.own.test"]);
        assert_eq!(found.witness, Witness::Stated);
        assert_eq!(found.mail_from, Observed::present(String::new()));
        assert!(found.connection.tls.is_unknown() && found.connection.ehlo.is_unknown());
    }

    #[test]
    fn nothing_is_believed_of_hosts_that_are_not_trusted() {
        let above = format!("Return-Path: <a@c.test>\n{RECEIVED}From: a@c.test\n\n");
        let below = format!("{RECEIVED}Return-Path: <a@bank.test>\nFrom: a@c.test\n\n");
        let found = of(&above, &Stated::default(), &[]);
        assert_eq!(found.witness, Witness::Nobody);
        assert!(found.connection.ip.is_unknown() && found.mail_from.is_unknown());
        assert!(found.received.is_unknown());
        let found = of(&below, &Stated::default(), &["mx.own.test"]);
        assert!(found.connection.ip.value().is_some() && found.mail_from.is_unknown());
    }

    #[test]
    fn clear_text_is_told_by_the_keyword() {
        for (with, clear, unknown) in [
            ("ESMTP", true, false),
            ("ESMTPS", false, false),
            ("HTTP", false, true),
        ] {
            let text = format!(
                "Received: from c.test (c.test [203.0.113.9]) by mx.own.test with {with} id 1; x\n\n"
            );
            let tls = of(&text, &Stated::default(), &["mx.own.test"])
                .connection
                .tls;
            assert_eq!(
                (tls.is_absent(), tls.is_unknown()),
                (clear, unknown),
                "{with}"
            );
        }
    }
}
