//! Text from strangers, made safe for a terminal, for XML 1.0 and for one line.
//!
//! Every character that can move a cursor, turn the writing direction or hide is shown as what it
//! is: `\x1b`, `\u{202e}`.

use data_encoding::HEXUPPER;
use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character acts on the display, or is not seen on it, instead of standing there: control
/// characters (C0, DEL, C1), line separators, marks that turn the direction (UAX #9), and characters
/// of no width.
pub(super) const fn acts(character: char) -> bool {
    matches!(character,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The text with every character that [`acts`] shown as an escape, line breaks and tabs too.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if !acts(character) {
            shown.push(character);
            continue;
        }
        let code = u32::from(character);
        // Writing to a String does not fail.
        let _ = if code < 0x100 {
            write!(shown, "\\x{code:02x}")
        } else {
            write!(shown, "\\u{{{code:x}}}")
        };
    }
    Cow::Owned(shown)
}

/// Prose on one line: line breaks, tabs and runs of spaces become one space, the rest is [`visible`].
pub fn line(text: &str) -> String {
    let words: Vec<_> = text
        .split([' ', '\t', '\n'])
        .map(|word| word.strip_suffix('\r').unwrap_or(word))
        .filter(|word| !word.is_empty())
        .map(visible)
        .collect();
    words.join(" ")
}

/// The text for a terminal, its line feeds kept and everything else that acts shown as an escape.
pub fn lines(text: &str) -> Cow<'_, str> {
    xml(text)
}

/// The text as XML 1.0 may hold it (§2.2): [`visible`], except that line feeds and tabs stay.
/// `<`, `>` and `&` are left to the writer.
pub(super) fn xml(text: &str) -> Cow<'_, str> {
    let stays = |character| matches!(character, '\n' | '\t');
    if !text.contains(|character| acts(character) && !stays(character)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for piece in text.split_inclusive(stays) {
        match piece.strip_suffix(stays) {
            Some(before) => {
                shown.push_str(&visible(before));
                shown.extend(piece.chars().next_back());
            }
            None => shown.push_str(&visible(piece)),
        }
    }
    Cow::Owned(shown)
}

/// Text behind `::` of a workflow command of GitHub, as the runner reads it (actions/toolkit, `command.ts`). What begins
/// a command of the old kind, which the runner takes up anywhere in a line (actions/runner, `ActionCommand.cs`), is
/// broken up.
pub fn command(text: &str) -> String {
    uncommanded(text)
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property of such a command: what parts properties is escaped too.
pub fn command_property(text: &str) -> String {
    command(text).replace(':', "%3A").replace(',', "%2C")
}

/// A line for the log of a workflow that holds no command behind its beginning.
pub(super) fn uncommanded(text: &str) -> String {
    text.replace("##[", "## [")
}

/// A path as a URI reference: everything but unreserved characters and slashes as `%XX` (RFC 3986 §2.1, §2.3).
pub fn uri_path(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.extend(["%", &HEXUPPER.encode(&[byte])]);
        }
    }
    uri
}

/// At most `most` characters (at least 1): a longer text ends in `…`.
pub(super) fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.chars().nth(most).is_none() {
        return Cow::Borrowed(text);
    }
    let mut kept: String = text.chars().take(most.saturating_sub(1)).collect();
    kept.push('…');
    Cow::Owned(kept)
}

/// Text as HTML and XML hold it, between tags and in attributes with quotes. What acts is made visible elsewhere.
pub fn html(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&#39;"),
            other => shown.push(other),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_acts_on_a_terminal_is_shown_and_the_rest_is_left_alone() {
        for (given, shown) in [
            ("v=spf1 -all", "v=spf1 -all"),
            ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
            ("\u{9b}2J", "\\x9b2J"),
            ("a\0b\x7fc", "a\\x00b\\x7fc"),
            ("moc.\u{202e}evil", "moc.\\u{202e}evil"),
            ("pay\u{200b}pal\u{feff}", "pay\\u{200b}pal\\u{feff}"),
            ("\u{e0041}", "\\u{e0041}"),
            ("bücher.example ★", "bücher.example ★"),
        ] {
            assert_eq!(visible(given), shown);
        }
    }

    #[test]
    fn prose_comes_on_one_line() {
        for (given, shown) in [
            (
                "  publish\n    a record\r\n\tsoon ",
                "publish a record soon",
            ),
            ("a\rb", "a\\x0db"),
            ("\n", ""),
        ] {
            assert_eq!(line(given), shown);
        }
    }

    #[test]
    fn xml_keeps_line_breaks_and_nothing_else_that_acts() {
        assert_eq!(
            xml("a\n\tb\x0b\r\n\u{ffff}]]>"),
            "a\n\tb\\x0b\\x0d\n\\u{ffff}]]>"
        );
    }

    #[test]
    fn commands_of_a_workflow_hold_no_others_and_paths_are_uri_references() {
        assert_eq!(command("100 %:\r\n::error"), "100 %25:%0D%0A::error");
        assert_eq!(command_property("a,b:c%"), "a%2Cb%3Ac%25");
        assert_eq!(command("x ##[add-mask]y"), "x ## [add-mask]y");
        for (path, uri) in [
            ("rules/a.rhai", "rules/a.rhai"),
            ("my rules/ä.rhai", "my%20rules/%C3%A4.rhai"),
            ("c:/x#y?%", "c%3A/x%23y%3F%25"),
        ] {
            assert_eq!(uri_path(path), uri);
        }
    }

    #[test]
    fn long_text_ends_in_an_ellipsis() {
        for (given, most, shown) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("äöüß", 2, "ä…"),
            ("ab", 1, "…"),
        ] {
            assert_eq!(cut(given, most), shown);
        }
    }

    /// XML 1.0 §2.2, production 2.
    fn allowed_in_xml(character: char) -> bool {
        matches!(character,
            '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn nothing_that_acts_gets_through(text in any::<String>(), raw in any::<Vec<u8>>()) {
            for text in [text, String::from_utf8_lossy(&raw).into_owned()] {
                prop_assert!(!visible(&text).contains(acts));
                prop_assert!(!visible(&text).contains(char::is_control));
                prop_assert!(!line(&text).contains(acts));
                let once = visible(&text);
                prop_assert_eq!(visible(&once), once.as_ref());
            }
        }

        #[test]
        fn nothing_that_xml_forbids_gets_through(text in any::<String>(), raw in any::<Vec<u8>>()) {
            for text in [text, String::from_utf8_lossy(&raw).into_owned()] {
                prop_assert!(xml(&text).chars().all(allowed_in_xml));
                prop_assert_eq!(
                    xml(&text).matches('\n').count(), text.matches('\n').count());
            }
        }

        #[test]
        fn a_cut_text_is_never_longer_than_asked(text in any::<String>(), most in 1_usize..50) {
            prop_assert!(cut(&text, most).chars().count() <= most);
        }
    }
}
