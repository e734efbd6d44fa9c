//! Addresses in From and its like (RFC 5322 §3.4), and the ways in which they mislead people.

use super::tokens::{self, Kind, Token};
use super::words::decoded;
use crate::facts::defect::Defect;
use crate::facts::target::Role;
use crate::records::domain;
use crate::records::tags::quote;
use std::net::IpAddr;

/// The most addresses of a field that are kept.
const MOST_ADDRESSES: usize = 64;

const FROM: &str = "RFC 5322 §3.6.2";

/// One address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The name in front of the address, encoded words decoded; empty where there is none.
    pub display: String,
    /// What stands in front of the last `@`.
    pub local: String,
    /// The domain in lower case and A-labels; empty where it is none.
    pub domain: String,
}

/// The addresses of a field's unfolded text, those of groups included, and what is wrong.
pub fn list(text: &str) -> (Vec<Mailbox>, Vec<Defect>) {
    let tokens = tokens::split(text, "<>,;:@");
    let mut boxes = Vec::new();
    let mut defects = Vec::new();
    // A colon outside angle brackets ends a group's name; a semicolon ends the group.
    let mut in_angle = false;
    let mut part: Vec<&Token> = Vec::new();
    for token in tokens.iter().filter(|token| !token.is_comment()) {
        match token.kind {
            Kind::Mark('<') => in_angle = true,
            Kind::Mark('>') => in_angle = false,
            Kind::Mark(':') if !in_angle => {
                part.clear();
                continue;
            }
            Kind::Mark(',' | ';') if !in_angle => {
                take(&part, &mut boxes, &mut defects);
                part.clear();
                continue;
            }
            Kind::Mark(_) | Kind::Word | Kind::Quoted | Kind::Comment | Kind::Literal => {}
        }
        part.push(token);
    }
    take(&part, &mut boxes, &mut defects);
    (boxes, defects)
}

/// The domain that a text names, in lower case and A-labels; none for address literals and what is no name.
pub fn domain_of(text: &str) -> Option<String> {
    if let Ok(target) = domain::target(text, Role::Mail) {
        return Some(target.domain);
    }
    // Names that no user would type as a target, but that a message may have: one label, an underscore.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name = text.trim().trim_end_matches('.').to_ascii_lowercase();
    let fits = domain::fits(&name) && name.chars().all(plain) && name.parse::<IpAddr>().is_err();
    fits.then_some(name)
}

/// Reads one address from its parts.
fn take(part: &[&Token], boxes: &mut Vec<Mailbox>, defects: &mut Vec<Defect>) {
    if part.is_empty() || boxes.len() >= MOST_ADDRESSES {
        return;
    }
    let open = part.iter().position(|token| token.is_mark('<'));
    let (display, address) = match open {
        Some(open) => {
            let (display, rest) = part.split_at(open);
            let inner = rest.get(1..).unwrap_or_default();
            let close = inner.iter().position(|token| token.is_mark('>'));
            let whole = close.is_some_and(|close| close + 1 == inner.len());
            if !whole {
                let text = "an address is not ended by `>`, or something stands behind it";
                defects.push(Defect::minor("from-malformed", text, FROM));
            }
            (
                display,
                inner
                    .get(..close.unwrap_or(inner.len()))
                    .unwrap_or_default(),
            )
        }
        None => (&[][..], part),
    };
    // A source route (RFC 5322 §4.4) ends with a colon.
    let route = address.iter().rposition(|token| token.is_mark(':'));
    let address = address
        .get(route.map_or(0, |at| at + 1)..)
        .unwrap_or_default();
    let Some(at) = address.iter().rposition(|token| token.is_mark('@')) else {
        let words = joined(part, " ");
        let text = format!("`{}` is no address", quote(&words));
        defects.push(Defect::fatal("from-malformed", text, FROM));
        return;
    };
    let (local, behind) = address.split_at(at);
    let local = joined(local, "");
    let named = joined(behind.get(1..).unwrap_or_default(), "");
    let domain = domain_of(&named).unwrap_or_default();
    if domain.is_empty() {
        let text = format!("`{}` is no domain", quote(&named));
        defects.push(Defect::fatal("from-no-domain", text, FROM));
    }
    if local.is_empty() {
        let text = "nothing stands in front of the `@`";
        defects.push(Defect::minor("from-malformed", text, FROM));
    }
    let display = decoded(&joined(display, " ").replace(" @ ", "@"));
    tricks(&display, &local, &domain, defects);
    boxes.push(Mailbox {
        display,
        local,
        domain,
    });
}

fn joined(tokens: &[&Token], between: &str) -> String {
    let texts: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
    texts.join(between)
}

/// What makes people see another sender than the one that is checked.
fn tricks(display: &str, local: &str, domain: &str, defects: &mut Vec<Defect>) {
    const SEEN: &str = "RFC 9989 §11.4";
    let named = |text: &str| {
        text.split(|c: char| c.is_whitespace() || "<>()\"',;".contains(c))
            .filter_map(|word| word.rsplit_once('@'))
            .filter_map(|(_, behind)| domain_of(behind))
            .find(|other| other != domain)
    };
    if let Some(other) = named(display) {
        let text = format!(
            "the name in front of the address shows an address of {}",
            quote(&other)
        );
        defects.push(Defect::minor("from-name-shows-address", text, SEEN));
    }
    if let Some(other) = named(local) {
        let text = format!(
            "the part in front of the `@` shows an address of {}",
            quote(&other)
        );
        defects.push(Defect::minor("from-local-part-shows-address", text, SEEN));
    }
    if display.contains(hides) {
        let text = "the name in front of the address has characters that hide, or that turn the direction of writing";
        defects.push(Defect::minor("from-name-hidden-characters", text, SEEN));
    }
}

/// Control characters, marks of direction and characters of no width.
const fn hides(character: char) -> bool {
    matches!(character,
        '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> (Vec<(String, String, String)>, Vec<String>) {
        let (boxes, defects) = list(text);
        let boxes = boxes
            .into_iter()
            .map(|it| (it.display, it.local, it.domain));
        (
            boxes.collect(),
            defects.into_iter().map(|it| it.code).collect(),
        )
    }

    #[test]
    fn addresses_are_read_with_names_groups_and_routes() {
        for (text, expected) in [
            ("a@example.org", vec![("", "a", "example.org")]),
            ("Ann <a@Example.ORG>", vec![("Ann", "a", "example.org")]),
            ("\"Doe, J.\" <j@x.test>", vec![("Doe, J.", "j", "x.test")]),
            (
                "a@x.test, b@y.test",
                vec![("", "a", "x.test"), ("", "b", "y.test")],
            ),
            (
                "Us: a@x.test, B <b@y.test>;",
                vec![("", "a", "x.test"), ("B", "b", "y.test")],
            ),
            ("<@r.test,@s.test:a@x.test>", vec![("", "a", "x.test")]),
            ("a.b (comment) @ x.test (c)", vec![("", "a.b", "x.test")]),
            (
                "=?utf-8?q?M=C3=BC?= <m@bücher.example>",
                vec![("Mü", "m", "xn--bcher-kva.example")],
            ),
            ("\"a b\"@x.test", vec![("", "a b", "x.test")]),
            ("root@localhost", vec![("", "root", "localhost")]),
            ("undisclosed:;", vec![]),
            ("", vec![]),
        ] {
            let (boxes, defects) = read(text);
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()))
                .collect();
            assert_eq!(boxes, expected, "{text}");
            assert!(defects.is_empty(), "{text}: {defects:?}");
        }
    }

    #[test]
    fn what_misleads_people_is_told() {
        for (text, domain, code) in [
            (
                "\"ceo@bank.example\" <x@evil.test>",
                "evil.test",
                "from-name-shows-address",
            ),
            ("\"x@evil.test\" <x@evil.test>", "evil.test", ""),
            (
                "=?utf-8?B?Y2VvQGJhbmsuZXhhbXBsZQ==?= <x@evil.test>",
                "evil.test",
                "from-name-shows-address",
            ),
            (
                "\"a@bank.example\"@evil.test",
                "evil.test",
                "from-local-part-shows-address",
            ),
            (
                "Bank\u{202e} <x@evil.test>",
                "evil.test",
                "from-name-hidden-characters",
            ),
            (
                "a@bank.example <x@evil.test>",
                "evil.test",
                "from-name-shows-address",
            ),
            (
                "<x@evil.test> a@bank.example",
                "evil.test",
                "from-malformed",
            ),
            ("<x@evil.test", "evil.test", "from-malformed"),
            (
                "a@b.test@evil.test",
                "evil.test",
                "from-local-part-shows-address",
            ),
            ("x@[192.0.2.1]", "", "from-no-domain"),
        ] {
            let (boxes, codes) = read(text);
            assert_eq!(boxes[0].2, domain, "{text}");
            assert_eq!(codes.first().map_or("", String::as_str), code, "{text}");
        }
        assert_eq!(read("nobody").1, ["from-malformed"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[ -~üß<>@,;:\"()\u{202e}]{0,80}") {
            let (boxes, defects) = list(&text);
            prop_assert!(boxes.len() <= MOST_ADDRESSES);
            prop_assert!(defects.len() <= 4 * (text.len() + 1));
        }
    }
}
