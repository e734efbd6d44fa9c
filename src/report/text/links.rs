//! Links of a terminal (OSC 8): standards at the RFC Editor, norms at their publisher. An address is made of numbers, or
//! is what a baseline says of itself and holds nothing that could end the sequence.

use super::super::references;
use crate::results::Run;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The longest address.
const LONGEST: usize = 500;

/// What is known to have a page.
pub(super) struct Links {
    /// The addresses by id: of a baseline its source, of a rule the first standard that it rests on.
    known: BTreeMap<String, String>,
}

impl Links {
    /// What the baselines and rules of a run know.
    pub(super) fn of(run: &Run) -> Self {
        let mut known = BTreeMap::new();
        for rule in &run.rules {
            let standard = rule.refs.iter().find_map(|text| standard(text));
            known.extend(standard.map(|found| (rule.id.clone(), found.address)));
        }
        for baseline in run.baselines.iter().filter(|one| is_safe(&one.source)) {
            known.insert(baseline.id.clone(), baseline.source.clone());
        }
        Self { known }
    }

    /// The line with its links; it looks the same where a terminal leaves them out.
    pub(super) fn mark<'t>(&self, line: &'t str) -> Cow<'t, str> {
        let mut told = String::new();
        let mut rest = line;
        let mut any = false;
        while !rest.is_empty() {
            let token = token(rest);
            let found = standard(rest).map_or_else(
                || {
                    let address = self.known.get(token)?.clone();
                    Some(Found {
                        length: token.len(),
                        address,
                    })
                },
                Some,
            );
            let step = match &found {
                Some(found) => found.length,
                None if token.is_empty() => rest.chars().next().map_or(1, char::len_utf8),
                None => token.len(),
            };
            let (text, behind) = rest.split_at_checked(step).unwrap_or((rest, ""));
            if let Some(Found { address, .. }) = &found {
                any = true;
                told.extend(["\x1b]8;;", address, "\x1b\\", text, "\x1b]8;;\x1b\\"]);
            } else {
                told.push_str(text);
            }
            rest = behind;
        }
        if any {
            Cow::Owned(told)
        } else {
            Cow::Borrowed(line)
        }
    }
}

/// The word with which a text begins, as ids are written.
fn token(text: &str) -> &str {
    let end = text.find(|letter: char| !(letter.is_alphanumeric() || letter == '-'));
    text.get(..end.unwrap_or(text.len())).unwrap_or("")
}

/// Something that has a page.
struct Found {
    /// Bytes of the text that name it.
    length: usize,
    address: String,
}

/// The RFC, and its section, that a text begins with.
fn standard(text: &str) -> Option<Found> {
    let rest = text.strip_prefix("RFC ")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let number = rest.get(..digits).filter(|_| (1..=5).contains(&digits))?;
    let mut address = format!("https://www.rfc-editor.org/rfc/rfc{number}");
    let mut length = "RFC ".len() + digits;
    let behind = rest.get(digits..).unwrap_or("");
    let section = behind.strip_prefix(" §").map_or("", |rest| {
        let end = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '.'));
        let section = rest.get(..end.unwrap_or(rest.len())).unwrap_or("");
        section.trim_end_matches('.')
    });
    if let Some(first) = section.chars().next() {
        let kind = if first.is_ascii_digit() {
            "section"
        } else {
            "appendix"
        };
        address.extend(["#", kind, "-", section]);
        length += " §".len() + section.len();
    }
    Some(Found { length, address })
}

/// Whether an address can stand in an escape sequence: `https`, and printable ASCII alone.
fn is_safe(address: &str) -> bool {
    references::is_plain(address)
        && address.len() <= LONGEST
        && address.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::super::super::{Options, sample};
    use super::super::render;
    use super::*;

    fn links() -> Links {
        Links::of(&sample::scan().run)
    }

    /// The addresses of a text, and the text without its links.
    fn taken_apart(text: &str) -> (Vec<String>, String) {
        let mut pieces = text.split("\x1b]8;;");
        let mut plain = pieces.next().unwrap_or_default().to_owned();
        let mut addresses = Vec::new();
        for piece in pieces {
            let (address, text) = piece.split_once("\x1b\\").unwrap();
            addresses.extend(Some(address.to_owned()).filter(|address| !address.is_empty()));
            plain.push_str(text);
        }
        (addresses, plain)
    }

    #[test]
    fn standards_baselines_and_rules_have_pages() {
        let rfc = "https://www.rfc-editor.org/rfc/rfc";
        for (line, address) in [
            ("see RFC 7208 §4.6.4.", format!("{rfc}7208#section-4.6.4")),
            ("(RFC 9364)", format!("{rfc}9364")),
            ("RFC 8460 §A.1", format!("{rfc}8460#appendix-A.1")),
            ("dmarc-policy-at-least", format!("{rfc}9989#section-4.7")),
            ("[mecsa (should)]", "https://baseline.example/".to_owned()),
        ] {
            let marked = links().mark(line).into_owned();
            assert_eq!(taken_apart(&marked), (vec![address], line.to_owned()));
        }
        for line in [
            "RFC",
            "RFC x",
            "RFC 123456",
            "not-mecsa",
            "mecsa-2",
            "XRFC 7208",
            "",
        ] {
            assert_eq!(links().mark(line), line);
        }
    }

    #[test]
    fn an_address_that_could_do_harm_is_no_link() {
        let mut run = sample::scan().run;
        for source in [
            "http://baseline.example/",
            "https://x\x1b\\",
            "https://x\x07",
            "https://x y",
            "https://\u{202e}",
            "javascript:alert(1)",
        ] {
            source.clone_into(&mut run.baselines[1].source);
            assert_eq!(Links::of(&run).mark("mecsa"), "mecsa", "{source:?}");
        }
    }

    #[test]
    fn links_change_nothing_that_is_seen_and_go_only_to_known_pages() {
        let told = |links: bool| {
            let options = Options {
                links,
                verbose: true,
                ..Options::default()
            };
            let mut bytes = Vec::new();
            render(sample::scan().results(), &options, &mut bytes).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        let (addresses, plain) = taken_apart(&told(true));
        assert_eq!(plain, told(false));
        assert!(!addresses.is_empty());
        for address in addresses {
            let rfc = address.starts_with("https://www.rfc-editor.org/rfc/rfc");
            assert!(rfc || address == "https://baseline.example/", "{address}");
        }
    }
}
