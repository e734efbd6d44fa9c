//! Macros filled in for one sender (RFC 7208 §7).

use crate::records::domain;
use crate::records::spf::domain_spec::{Macro, Piece};
use std::fmt::Write as _;
use std::net::IpAddr;

/// Most octets of a name in text (RFC 7208 §7.3: 253).
const LONGEST_NAME: usize = 253;

/// Most octets of an expanded text; what goes beyond is left out, since no name and no explanation needs it.
const LONGEST_TEXT: usize = 4096;

/// Gives the value of a macro letter (RFC 7208 §7.2).
pub(super) trait Values {
    /// What stops the expansion, such as a question without an answer yet.
    type Stop;

    /// The value of a letter in lower case.
    fn value(&mut self, letter: char) -> Result<String, Self::Stop>;
}

/// The text that pieces come to, cut behind a few thousand octets.
pub(super) fn expand<V: Values>(pieces: &[Piece<'_>], values: &mut V) -> Result<String, V::Stop> {
    let mut text = String::new();
    for piece in pieces {
        if text.len() > LONGEST_TEXT {
            break;
        }
        match piece {
            Piece::Literal(literal) => text.push_str(literal),
            Piece::Percent => text.push('%'),
            Piece::Space => text.push(' '),
            Piece::UrlSpace => text.push_str("%20"),
            Piece::Macro(found) => {
                let value = transformed(&values.value(found.letter)?, *found);
                text.push_str(&value);
            }
        }
    }
    Ok(text)
}

/// Splits, reverses, shortens and encodes a value (RFC 7208 §7.3).
fn transformed(value: &str, macro_: Macro<'_>) -> String {
    let delimiters = if macro_.delimiters.is_empty() {
        "."
    } else {
        macro_.delimiters
    };
    let mut parts: Vec<&str> = value.split(|c| delimiters.contains(c)).collect();
    if macro_.reversed {
        parts.reverse();
    }
    let keep = macro_
        .keep
        .and_then(|keep| usize::try_from(keep).ok())
        .unwrap_or(usize::MAX);
    let dropped = parts.len().saturating_sub(keep);
    let text = parts
        .into_iter()
        .skip(dropped)
        .collect::<Vec<_>>()
        .join(".");
    if macro_.url_encoded {
        url_encoded(&text)
    } else {
        text
    }
}

/// All but the unreserved characters of RFC 3986 §2.3 in percent encoding.
fn url_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The name that an expanded text means: lower case, no trailing dot, labels taken away from the left
/// where it is above 253 octets (RFC 7208 §7.3). `None` where it can't be asked for: an empty or overlong
/// label, or a single one (RFC 7208 §4.3).
pub(super) fn name(text: &str) -> Option<String> {
    let mut name = text.strip_suffix('.').unwrap_or(text);
    while name.len() > LONGEST_NAME {
        name = name.split_once('.')?.1;
    }
    (domain::fits(name) && name.contains('.')).then(|| name.to_ascii_lowercase())
}

/// The value of `i`: an IPv4 address as it is written, an IPv6 address nibble by nibble. The nibbles are in
/// upper case, as the public suite for RFC 7208 has them; to the DNS that makes no difference.
pub(super) fn dotted(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let nibbles = ip
                .octets()
                .into_iter()
                .flat_map(|byte| [byte >> 4, byte & 15]);
            let nibbles: Vec<String> = nibbles.map(|nibble| format!("{nibble:X}")).collect();
            nibbles.join(".")
        }
    }
}

/// The value of `v`.
pub(super) const fn version(ip: IpAddr) -> &'static str {
    match ip {
        IpAddr::V4(_) => "in-addr",
        IpAddr::V6(_) => "ip6",
    }
}

/// The name under which the names of an address stand (RFC 1035 §3.5, RFC 3596 §2.5).
pub fn reverse_name(ip: IpAddr) -> String {
    let mut labels: Vec<String> = dotted(ip).split('.').map(str::to_owned).collect();
    labels.reverse();
    format!("{}.{}.arpa", labels.join("."), version(ip))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::spf::domain_spec::{Place, macro_string};

    struct Rfc;

    impl Values for Rfc {
        type Stop = ();

        fn value(&mut self, letter: char) -> Result<String, ()> {
            let value = match letter {
                's' => "strong-bad@email.example.com",
                'l' => "strong-bad",
                'o' | 'd' => "email.example.com",
                'i' => "192.0.2.3",
                'v' => "in-addr",
                _ => return Err(()),
            };
            Ok(value.to_owned())
        }
    }

    #[test]
    fn the_examples_of_rfc_7208_section_7_4_come_out() {
        for (text, expected) in [
            ("%{s}", "strong-bad@email.example.com"),
            ("%{o}", "email.example.com"),
            ("%{d4}", "email.example.com"),
            ("%{d2}", "example.com"),
            ("%{d1}", "com"),
            ("%{dr}", "com.example.email"),
            ("%{d2r}", "example.email"),
            ("%{l-}", "strong.bad"),
            ("%{lr-}", "bad.strong"),
            ("%{l1r-}", "strong"),
            (
                "%{ir}.%{v}._spf.%{d2}",
                "3.2.0.192.in-addr._spf.example.com",
            ),
            ("%{S}%_%%%-", "strong-bad%40email.example.com %%20"),
        ] {
            let pieces = macro_string(text, Place::Record).unwrap();
            assert_eq!(expand(&pieces, &mut Rfc).as_deref(), Ok(expected), "{text}");
        }
        let pieces = macro_string("a.%{p}", Place::Record).unwrap();
        assert!(expand(&pieces, &mut Rfc).is_err());
    }

    #[test]
    fn long_names_lose_labels_from_the_left() {
        let long = format!(
            "{}.example.com",
            "abcdefgh.".repeat(30).trim_end_matches('.')
        );
        let short = name(&long).unwrap();
        assert!(short.len() <= LONGEST_NAME && short.ends_with(".example.com"));
        assert!(long.ends_with(&short) && short.starts_with("abcdefgh."));
        for none in ["", "com", "a..b", &format!("{}.com", "a".repeat(64))] {
            assert_eq!(name(none), None, "{none}");
        }
    }

    #[test]
    fn addresses_are_written_for_macros_and_reverse_zones() {
        let six: IpAddr = "2001:db8::cb01".parse().unwrap();
        let dotted_six = "2.0.0.1.0.D.B.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.C.B.0.1";
        assert_eq!(dotted(six), dotted_six);
        assert!(reverse_name(six).starts_with("1.0.B.C.0.0."));
        assert!(reverse_name(six).ends_with(".8.B.D.0.1.0.0.2.ip6.arpa"));
        let four: IpAddr = "192.0.2.3".parse().unwrap();
        assert_eq!(reverse_name(four), "3.2.0.192.in-addr.arpa");
    }
}
