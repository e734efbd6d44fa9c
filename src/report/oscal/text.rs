//! Text in the forms that OSCAL knows: tokens, strings on one line, and markup.

use super::super::escape;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// Most characters of a string.
const MOST: usize = 4000;

/// A token (an XML name without colon) of several parts. Parts of letters, digits, `.` and `-` stay as they are;
/// others are rewritten, and a digest keeps them apart.
pub(super) fn token(parts: &[&str]) -> String {
    let stays = |character: char| character.is_ascii_alphanumeric() || "-.".contains(character);
    let parts: Vec<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    let plain = parts.iter().all(|part| part.chars().all(stays));
    let whole = parts.join("_");
    let mut token = String::new();
    if !whole.starts_with(|first: char| first.is_ascii_alphabetic()) {
        token.push('_');
    }
    let rewritten = whole.chars().take(100);
    token.extend(rewritten.map(|character| if stays(character) { character } else { '_' }));
    if !plain || whole.chars().nth(100).is_some() {
        let digest = Sha256::digest(parts.join("\0"));
        token.push('_');
        for byte in digest.iter().take(4) {
            // Writing to a String does not fail.
            let _ = write!(token, "{byte:02x}");
        }
    }
    token
}

/// A string: one line, without space at its ends. Nothing where nothing is left.
pub(super) fn string(text: &str) -> Option<String> {
    let line = escape::line(&escape::cut(text, MOST));
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// One line of markup that shows the text as it stands: OSCAL's markup is Markdown, with places for parameters.
pub(super) fn markup(text: &str) -> String {
    let Some(line) = string(text) else {
        return "-".to_owned();
    };
    let mut shown = String::with_capacity(line.len() + 8);
    for (at, character) in line.char_indices() {
        if "\\`*_[]<>{}~^&#|".contains(character) || at == 0 && "-+=".contains(character) {
            shown.push('\\');
        }
        shown.push(character);
    }
    shown
}

/// Several lines of markup under a label of ours.
pub(super) fn labelled(label: &str, lines: &[String]) -> String {
    match lines {
        [line] => format!("{label}: {}", markup(line)),
        lines => {
            let items: Vec<String> = lines
                .iter()
                .map(|line| format!("\n- {}", markup(line)))
                .collect();
            format!("{label}:\n{}", items.concat())
        }
    }
}

/// A relative reference (RFC 3986 §4.2) to a file.
pub(super) fn href(path: &str) -> String {
    let mut href = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            href.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(href, "%{byte:02X}");
        }
    }
    href
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn parts_become_one_token_and_stay_apart() {
        for (parts, is) in [
            (&["bod-18-01", "1.b"][..], "bod-18-01_1.b"),
            (&["mecsa", "", "must"], "mecsa_must"),
            (&["3", "a"], "_3_a"),
            (&[], "_"),
        ] {
            assert_eq!(token(parts), is);
        }
        let long = "x".repeat(300);
        let mut seen = BTreeSet::new();
        for parts in [
            &["a_b", "c"][..],
            &["a", "b_c"],
            &["a", "b", "c"],
            &["ä"],
            &["ö"],
            &["a b"],
            &[sample::HOSTILE],
            &[&long],
            &[&long, "y"],
        ] {
            let token = token(parts);
            let mut characters = token.chars();
            assert!(
                characters
                    .next()
                    .is_some_and(|first| first == '_' || first.is_ascii_alphabetic())
            );
            assert!(
                characters.all(|next| next.is_ascii_alphanumeric() || "-._".contains(next)),
                "{token}"
            );
            assert!(
                token.len() < 120 && seen.insert(token.clone()),
                "{token} twice"
            );
        }
    }

    #[test]
    fn markup_shows_what_stands_there() {
        for (text, shown) in [
            ("no record at `_dmarc`", "no record at \\`\\_dmarc\\`"),
            (
                "# <b>{{ insert: param, x }}</b>",
                "\\# \\<b\\>\\{\\{ insert: param, x \\}\\}\\</b\\>",
            ),
            ("- a - b", "\\- a - b"),
            ("  a\r\n  b ", "a b"),
            ("\u{3000}", "-"),
        ] {
            assert_eq!(markup(text), shown);
        }
        assert_eq!(labelled("reason", &["x".to_owned()]), "reason: x");
        assert_eq!(
            labelled("items", &["x".to_owned(), "- y".to_owned()]),
            "items:\n\n- x\n- \\- y"
        );
    }
}
