//! What servers on the way wrote into a message, with the place at which it stands.

use super::authentication;
use super::received::{self, Received};
use super::tokens;
use super::{Field, Message};
use crate::facts::outbound::header::Claim;

/// The most fields that are kept.
const MOST_CLAIMS: usize = 200;

/// The longest text that is kept, in characters.
const LONGEST_TEXT: usize = 998;

/// A claim and where it stands.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The number of the field, the topmost 0.
    pub place: usize,
    /// What it says; nobody is trusted yet.
    pub claim: Claim,
    /// What a `Received` says of the hop.
    pub received: Option<Received>,
}

/// All claims, the topmost first.
pub fn all(message: &Message<'_>) -> Vec<Placed> {
    let fields = message.fields.iter().enumerate();
    let read = fields.filter_map(|(place, field)| one(place, field));
    read.take(MOST_CLAIMS).collect()
}

fn one(place: usize, field: &Field<'_>) -> Option<Placed> {
    const NAMES: [&str; 4] = [
        "Received",
        "Authentication-Results",
        "ARC-Authentication-Results",
        "Received-SPF",
    ];
    let name = NAMES.into_iter().find(|name| field.is(name))?;
    let text = field.text();
    let mut claim = Claim {
        field: name.to_owned(),
        host: String::new(),
        trusted: false,
        text: folded(&text),
        results: Vec::new(),
        hop: None,
    };
    let mut hop = None;
    match name {
        "Received" => {
            let received = received::parse(&text);
            claim.host.clone_from(&received.by);
            claim.hop = Some(received.hop());
            hop = Some(received);
        }
        "Received-SPF" => claim.host = spf_receiver(&text),
        _ => {
            let read = authentication::parse(&text);
            claim.host = read.host;
            claim.results = read.results;
        }
    }
    Some(Placed {
        place,
        claim,
        received: hop,
    })
}

/// Who checked (RFC 7208 §9.1): `receiver=HOST`, or the host in front of the colon in the comment.
fn spf_receiver(text: &str) -> String {
    let tokens = tokens::split(text, ";");
    let named = tokens
        .iter()
        .find_map(|token| token.text.strip_prefix("receiver="));
    let told = || {
        let comment = tokens.iter().find(|token| token.is_comment())?;
        let (host, _) = comment.text.split_once(':')?;
        host.contains('.')
            .then_some(host)
            .filter(|host| !host.contains(' '))
    };
    let host = named.or_else(told).unwrap_or_default();
    host.chars()
        .take(255)
        .collect::<String>()
        .to_ascii_lowercase()
}

/// The text with each run of white space as one space, and no longer than is kept.
fn folded(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(LONGEST_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_keep_their_order_their_place_and_who_makes_them() {
        let raw = b"Return-Path: <a@x.test>\r\n\
            Received: from h (r.test [192.0.2.1])\r\n\tby MX.test with ESMTPS id 1; Mon, 30 Nov 2026 01:02:03 +0000\r\n\
            Authentication-Results: mx.test; spf=pass smtp.mailfrom=x.test\r\n\
            Received-SPF: pass (mx.google.com: domain of a@x.test designates 192.0.2.1 as permitted) client-ip=192.0.2.1;\r\n\
            Received-SPF: Pass (x) receiver=mx.other.test; client-ip=192.0.2.1\r\n\
            ARC-Authentication-Results: i=1; lists.test; none\r\n\r\n";
        let found = all(&Message::parse(raw));
        let shown: Vec<_> = found
            .iter()
            .map(|it| (it.place, it.claim.field.as_str(), it.claim.host.as_str()))
            .collect();
        assert_eq!(
            shown,
            [
                (1, "Received", "mx.test"),
                (2, "Authentication-Results", "mx.test"),
                (3, "Received-SPF", "mx.google.com"),
                (4, "Received-SPF", "mx.other.test"),
                (5, "ARC-Authentication-Results", "lists.test"),
            ]
        );
        assert!(found.iter().all(|it| !it.claim.trusted));
        assert!(
            found[0]
                .claim
                .text
                .starts_with("from h (r.test [192.0.2.1]) by MX.test")
        );
        assert_eq!(found[0].claim.hop.as_ref().unwrap().protocol, "ESMTPS");
        assert_eq!(found[1].claim.results[0].result, "pass");
    }
}
