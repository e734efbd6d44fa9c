//! SPF terms that break the grammar, to what was meant by them.

use crate::facts::spf::SpfRecord;
use crate::records::spf;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Reads one term as a record of its own.
pub(super) fn alone(term: &str) -> SpfRecord {
    spf::parse(&format!("v=spf1 {term}"))
}

/// Whether a term keeps to the grammar and does something.
fn is_sound(term: &str) -> bool {
    let record = alone(term);
    let modifiers = record.modifiers.iter();
    let known = modifiers.filter(|it| matches!(it.modifier.as_str(), "redirect" | "exp"));
    record.valid && record.mechanisms.len() + known.count() == 1
}

/// What was probably meant by a term that is not sound; none where that is anybody's guess.
pub(super) fn meant(term: &str) -> Option<String> {
    let bare = term.trim_matches(|c: char| matches!(c, '"' | '\'' | ',' | ';') || !c.is_ascii());
    let bare = bare.trim_end_matches('.');
    let guesses = [
        Some(bare.to_owned()),
        with_colon(bare),
        other_name(bare),
        address(bare),
        modifier(bare),
    ];
    guesses.into_iter().flatten().find(|guess| is_sound(guess))
}

/// `include=x`, `a=x` and the like are written with a colon.
fn with_colon(term: &str) -> Option<String> {
    let (name, argument) = term.split_once('=')?;
    let mechanism = name
        .trim_start_matches(['+', '-', '~', '?'])
        .to_ascii_lowercase();
    let takes = ["include", "a", "mx", "ptr", "exists", "ip4", "ip6"];
    takes
        .contains(&mechanism.as_str())
        .then(|| format!("{name}:{argument}"))
}

/// `ipv4:`, `ip:` and addresses behind the wrong name.
fn other_name(term: &str) -> Option<String> {
    let sign = term.starts_with(['+', '-', '~', '?']);
    let (qualifier, body) = term.split_at(usize::from(sign));
    let (name, argument) = body.split_once([':', '='])?;
    let known = [
        "ip", "ip4", "ip6", "ipv4", "ipv6", "a", "mx", "include", "ip4v", "pi4",
    ];
    if !known.contains(&name.to_ascii_lowercase().as_str()) {
        return None;
    }
    network(argument).map(|network| format!("{qualifier}{network}"))
}

/// An address without a mechanism.
fn address(term: &str) -> Option<String> {
    let sign = term.starts_with(['+', '-', '~', '?']);
    let (qualifier, body) = term.split_at(usize::from(sign));
    network(body).map(|network| format!("{qualifier}{network}"))
}

/// `redirect:x` and `exp:x` are written with an equals sign.
fn modifier(term: &str) -> Option<String> {
    let (name, argument) = term.split_once(':')?;
    let name = name
        .trim_start_matches(['+', '-', '~', '?'])
        .to_ascii_lowercase();
    matches!(name.as_str(), "redirect" | "exp").then(|| format!("{name}={argument}"))
}

/// The mechanism for a network, whatever its family; leading zeros and a port are taken away.
fn network(text: &str) -> Option<String> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse::<u8>().ok()?)),
        None => (text, None),
    };
    let suffix = prefix.map_or_else(String::new, |prefix| format!("/{prefix}"));
    if let Ok(ip) = address.parse::<Ipv6Addr>() {
        return Some(format!("ip6:{ip}{suffix}"));
    }
    let host = match address.split_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => host,
        Some(_) => return None,
        None => address,
    };
    let numbers: Option<Vec<u8>> = host.split('.').map(|part| part.parse().ok()).collect();
    let octets: [u8; 4] = numbers?.try_into().ok()?;
    Some(format!("ip4:{}{suffix}", Ipv4Addr::from(octets)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_by_a_broken_term_is_guessed_only_where_it_is_plain() {
        for (term, expected) in [
            ("ipv4:192.0.2.1", Some("ip4:192.0.2.1")),
            ("ip:192.0.2.0/24", Some("ip4:192.0.2.0/24")),
            ("-ipv6:2001:db8::/32", Some("-ip6:2001:db8::/32")),
            ("192.0.2.1", Some("ip4:192.0.2.1")),
            ("2001:db8::1", Some("ip6:2001:db8::1")),
            ("a:192.0.2.1", Some("ip4:192.0.2.1")),
            ("ip4:2001:db8::1", Some("ip6:2001:db8::1")),
            ("ip6:192.0.2.1", Some("ip4:192.0.2.1")),
            ("ip4:192.0.02.1", Some("ip4:192.0.2.1")),
            ("ip4:192.0.2.1/024", Some("ip4:192.0.2.1/24")),
            ("ip4:192.0.2.1:25", Some("ip4:192.0.2.1")),
            ("include=_spf.example.net", Some("include:_spf.example.net")),
            (
                "redirect:_spf.example.net",
                Some("redirect=_spf.example.net"),
            ),
            ("?redirect=_spf.example.net", None),
            ("-all\"", Some("-all")),
            ("~all;", Some("~all")),
            (
                "include:_spf.example.net,",
                Some("include:_spf.example.net"),
            ),
            ("ip4:192.0.2.300", None),
            ("moo", None),
            ("allinclude:x.example", None),
            ("mail.example.org", None),
            ("moo=cow", None),
            ("include:mail", None),
        ] {
            assert_eq!(meant(term).as_deref(), expected, "{term}");
        }
    }
}
