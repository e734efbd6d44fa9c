//! Texts that users give, and texts on their way to a terminal.

use super::{lossy, settled};
use waxseal::facts::target::Role;
use waxseal::net::dns::names;
use waxseal::records::domain::{fits, target};
use waxseal::report::{escape as safe, json};
use waxseal::scan::targets::Targets;

/// A domain is within the limits of its protocol and means itself; anything else is refused in words.
pub fn domain(bytes: &[u8]) {
    let text = lossy(bytes);
    match target(&text, Role::Mail) {
        Ok(_) => {
            let read = settled(|| target(&text, Role::Mail).expect("it was read before"));
            assert!(fits(&read.domain) && read.domain.is_ascii());
            assert_eq!(read.domain, read.domain.to_ascii_lowercase());
            assert!(read.domain.ends_with(&read.organizational_domain));
            let again = target(&read.domain, Role::Mail).expect("a domain means itself");
            assert_eq!(again, read);
        }
        Err(refused) => {
            let words = refused.to_string();
            assert!(
                !words.is_empty() && !words.contains(char::is_control),
                "{words:?}"
            );
        }
    }
    let mut targets = Targets::default();
    targets.list("list", &text);
    match targets.finish() {
        Ok((found, places)) => {
            for one in found {
                assert!(fits(&one.domain));
                let place = places.of(&one.domain).expect("a list has lines");
                let line = text
                    .trim_start_matches('\u{feff}')
                    .lines()
                    .nth(place.line - 1);
                let named = line.unwrap_or_default().chars().skip(place.column - 1);
                let named: String = named.take(place.end_column - place.column).collect();
                let cut: String = named.chars().take(300).collect();
                let read = target(&cut, Role::Mail).expect("the domain stands there");
                assert_eq!(read.domain, one.domain);
            }
        }
        Err(bad) => {
            let words = bad.to_string();
            let acts = |c: char| c.is_control() && c != '\n';
            assert!(!words.is_empty() && !words.contains(acts), "{words:?}");
        }
    }
}

/// A name is written as it was read, in lower case.
pub fn domain_name(bytes: &[u8]) {
    let Some(name) = names::parse(&lossy(bytes)) else {
        return;
    };
    let text = names::text(&name);
    assert!(
        text.is_ascii() && !text.contains(|c: char| c.is_ascii_control() || c.is_ascii_uppercase())
    );
    assert_eq!(names::parse(&text), Some(name), "{text:?}");
}

/// What is shown has no character that acts, and what has none is shown as it is.
pub fn escape(bytes: &[u8]) {
    let text = lossy(bytes);
    let shown = safe::lines(&text);
    let acts = |c: char| acts_on_a_terminal(c) && !matches!(c, '\n' | '\t');
    assert!(!shown.contains(acts), "{shown:?}");
    assert_eq!(safe::lines(&shown), shown);
    assert_eq!(text.matches('\n').count(), shown.matches('\n').count());
    let document = serde_json::to_string(&text).expect("a text is JSON");
    let mut inert = Vec::new();
    json::write_inert(&document, &mut inert).expect("memory takes all");
    let inert = String::from_utf8(inert).expect("JSON is a text");
    assert!(!inert.contains(acts_on_a_terminal), "{inert:?}");
    let read: String = serde_json::from_str(&inert).expect("JSON stays JSON");
    assert_eq!(read, text);
}

/// Characters that move a cursor, end a line or turn the direction of writing, told apart from the program's own table.
pub(super) fn acts_on_a_terminal(character: char) -> bool {
    let turns = matches!(character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = matches!(character, '\u{2028}' | '\u{2029}');
    let hides = matches!(
        character,
        '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'
    );
    character.is_control() || turns || breaks || hides
}
