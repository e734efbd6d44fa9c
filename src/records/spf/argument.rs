//! What stands behind the name of a mechanism: domains, networks and prefix lengths (RFC 7208 §5, §12).

use super::domain_spec;
use super::part::Part;
use crate::facts::defect::Defect;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Longest IPv4 prefix, and what is meant where none is written (RFC 7208 §5.6).
const PREFIX4: u8 = 32;

/// Longest IPv6 prefix, and what is meant where none is written (RFC 7208 §5.6).
const PREFIX6: u8 = 128;

/// The argument of a mechanism.
#[derive(Default)]
pub(super) struct Argument {
    /// The domain-spec or network as written; empty where there is none.
    pub(super) text: String,
    /// The IPv4 prefix length, of mechanisms that have one.
    pub(super) prefix4: Option<u8>,
    /// The IPv6 prefix length, of mechanisms that have one.
    pub(super) prefix6: Option<u8>,
}

impl Argument {
    /// An argument without prefix lengths.
    fn of(text: String) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }
}

/// Reads the argument of a mechanism that takes none: `all`.
pub(super) fn none(rest: Part<'_>, name: &str, defects: &mut Vec<Defect>) -> Option<Argument> {
    if rest.text.is_empty() {
        return Some(Argument::default());
    }
    defects.push(if rest.text.starts_with('/') {
        no_prefix(rest, name)
    } else {
        let words = format!("`{name}` takes no argument");
        rest.fatal("spf-unexpected-argument", words, "RFC 7208 §5.1")
    });
    None
}

/// Reads the argument of a mechanism that takes a domain: `include`, `exists`.
pub(super) fn required_domain(
    rest: Part<'_>,
    name: &str,
    defects: &mut Vec<Defect>,
) -> Option<Argument> {
    if rest.text.is_empty() {
        let words = format!("`{name}` needs a domain: `{name}:example.org`");
        defects.push(rest.fatal("spf-missing-argument", words, "RFC 7208 §5"));
        return None;
    }
    optional_domain(rest, name, defects)
}

/// Reads the argument of a mechanism that may take a domain: `ptr`.
pub(super) fn optional_domain(
    rest: Part<'_>,
    name: &str,
    defects: &mut Vec<Defect>,
) -> Option<Argument> {
    if rest.text.is_empty() {
        return Some(Argument::default());
    }
    if rest.text.starts_with('/') {
        defects.push(no_prefix(rest, name));
        return None;
    }
    domain(rest.skip(1), defects).map(Argument::of)
}

/// Reads the argument of a mechanism that may take a domain and prefix lengths: `a`, `mx`.
pub(super) fn domain_and_prefixes(rest: Part<'_>, defects: &mut Vec<Defect>) -> Option<Argument> {
    let (front, four, six) = prefixes(rest);
    let text = if front.text.is_empty() {
        Some(String::new())
    } else if front.text.starts_with('/') {
        let words = "behind the name stand `:` and a domain, `/` and an IPv4 prefix length, `//` and an IPv6 prefix length, in this order";
        defects.push(rest.fatal("spf-bad-prefix", words, "RFC 7208 §5.3"));
        None
    } else {
        domain_without_prefix(front.skip(1), defects)
    };
    let prefix4 = four.map_or(Some(PREFIX4), |digits| prefix(digits, PREFIX4, defects));
    let prefix6 = six.map_or(Some(PREFIX6), |digits| prefix(digits, PREFIX6, defects));
    Some(Argument {
        text: text?,
        prefix4: Some(prefix4?),
        prefix6: Some(prefix6?),
    })
}

/// Reads the argument of `ip4` (RFC 7208 §5.6).
pub(super) fn network4(rest: Part<'_>, defects: &mut Vec<Defect>) -> Option<Argument> {
    let (address, length) = network(rest, "`ip4` needs a network: `ip4:192.0.2.0/24`", defects)?;
    let read = address.text.parse::<Ipv4Addr>();
    if read.is_err() {
        defects.push(if address.text.parse::<Ipv6Addr>().is_ok() {
            wrong_family(
                address,
                "an IPv6 address stands behind `ip4`; its mechanism is `ip6`",
            )
        } else {
            let words =
                "an IPv4 network has four numbers from 0 to 255 without leading zeros, and no port";
            address.fatal("spf-bad-address", words, "RFC 7208 §5.6")
        });
    }
    let prefix4 = length.map_or(Some(PREFIX4), |digits| prefix(digits, PREFIX4, defects))?;
    read.is_ok().then(|| Argument {
        text: address.text.to_owned(),
        prefix4: Some(prefix4),
        prefix6: None,
    })
}

/// Reads the argument of `ip6` (RFC 7208 §5.6).
pub(super) fn network6(rest: Part<'_>, defects: &mut Vec<Defect>) -> Option<Argument> {
    let (address, length) = network(rest, "`ip6` needs a network: `ip6:2001:db8::/32`", defects)?;
    let read = address.text.parse::<Ipv6Addr>();
    if read.is_err() {
        defects.push(if address.text.parse::<Ipv4Addr>().is_ok() {
            wrong_family(
                address,
                "an IPv4 address stands behind `ip6`; its mechanism is `ip4`",
            )
        } else {
            let words = "this is no IPv6 address in the form of RFC 4291 §2.2";
            address.fatal("spf-bad-address", words, "RFC 7208 §5.6")
        });
    }
    let prefix6 = length.map_or(Some(PREFIX6), |digits| prefix(digits, PREFIX6, defects))?;
    read.is_ok().then(|| Argument {
        text: address.text.to_owned(),
        prefix4: None,
        prefix6: Some(prefix6),
    })
}

/// Reads a domain-spec that can't be followed by a prefix length (RFC 7208 §7.1).
pub(super) fn domain(spec: Part<'_>, defects: &mut Vec<Defect>) -> Option<String> {
    match last_prefix(spec) {
        // No valid domain-spec ends in a slash and digits: its last label would have the slash in it.
        Some((front, _)) if !front.text.is_empty() => {
            let words = "a prefix length stands where only a domain is allowed";
            let place = spec.skip(front.text.len());
            defects.push(place.fatal("spf-unexpected-prefix", words, "RFC 7208 §5"));
            None
        }
        Some(_) | None => domain_without_prefix(spec, defects),
    }
}

/// Reads a domain-spec from which prefix lengths have been taken off.
fn domain_without_prefix(spec: Part<'_>, defects: &mut Vec<Defect>) -> Option<String> {
    let read = match domain_spec::domain_spec(spec.text) {
        Ok(read) => read,
        Err(defect) => {
            defects.push(spec.shift(defect));
            return None;
        }
    };
    if read.uses('p') {
        let words = "the macro letter `p` is slow and unreliable and should not be published";
        defects.push(spec.minor("spf-macro-p", words, "RFC 7208 §7.2"));
    }
    if !domain_spec::has_macro(spec.text) && domain_spec::fixed_name(spec.text).is_none() {
        let words = "no such name can be looked up: a label is empty or above 63 octets, or the name above 253";
        defects.push(spec.minor("spf-unusable-name", words, "RFC 7208 §4.3"));
    }
    Some(spec.text.to_owned())
}

/// The address behind the colon and the digits behind the slash, of `ip4` and `ip6`.
fn network<'a>(
    rest: Part<'a>,
    missing: &str,
    defects: &mut Vec<Defect>,
) -> Option<(Part<'a>, Option<Part<'a>>)> {
    let (address, slash) = rest.split(rest.text.find('/').unwrap_or(rest.text.len()));
    if address.text.len() < 2 {
        defects.push(rest.fatal("spf-missing-argument", missing, "RFC 7208 §5.6"));
        return None;
    }
    let digits = (!slash.text.is_empty()).then(|| slash.skip(1));
    Some((address.skip(1), digits))
}

/// Takes the prefix lengths off the end: what is before, the digits behind `/` and behind `//`.
fn prefixes(part: Part<'_>) -> (Part<'_>, Option<Part<'_>>, Option<Part<'_>>) {
    let Some((front, digits)) = last_prefix(part) else {
        return (part, None, None);
    };
    let Some(before_slashes) = front.text.strip_suffix('/') else {
        return (front, Some(digits), None);
    };
    let front = front.split(before_slashes.len()).0;
    match last_prefix(front) {
        Some((first, four)) => (first, Some(four), Some(digits)),
        None => (front, None, Some(digits)),
    }
}

/// Takes a slash and the digits behind it, if any, off the end.
fn last_prefix(part: Part<'_>) -> Option<(Part<'_>, Part<'_>)> {
    let stem = part.text.trim_end_matches(|c: char| c.is_ascii_digit());
    let front = stem.strip_suffix('/')?;
    Some((part.split(front.len()).0, part.skip(stem.len())))
}

/// Reads a prefix length of at most `most` (RFC 7208 §12: no leading zeros).
fn prefix(digits: Part<'_>, most: u8, defects: &mut Vec<Defect>) -> Option<u8> {
    let plain = !digits.text.is_empty() && digits.text.bytes().all(|b| b.is_ascii_digit());
    let leading_zero = digits.text.len() > 1 && digits.text.starts_with('0');
    let read = digits.text.parse::<u8>().ok().filter(|it| *it <= most);
    let words = if !plain {
        format!("behind the slash stands a number from 0 to {most}")
    } else if leading_zero {
        "a prefix length has no leading zeros".to_owned()
    } else if read.is_none() {
        format!("the prefix length is above {most}")
    } else {
        return read;
    };
    defects.push(digits.fatal("spf-bad-prefix", words, "RFC 7208 §5.6"));
    None
}

/// A prefix length where none is allowed.
fn no_prefix(rest: Part<'_>, name: &str) -> Defect {
    let words = format!("`{name}` takes no prefix length");
    rest.fatal("spf-unexpected-prefix", words, "RFC 7208 §5")
}

/// An address of the other family.
fn wrong_family(address: Part<'_>, words: &str) -> Defect {
    address.fatal("spf-wrong-address-family", words, "RFC 7208 §5.6")
}
