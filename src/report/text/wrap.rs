//! Text broken into lines of so many columns.

use super::super::width;

/// Breaks at spaces, and inside a word only where it is longer than a line. No line has more columns than
/// `most` (at least 2); no text gives no line. Runs of spaces inside a line stay, since columns are
/// made of them.
pub(crate) fn wrap(text: &str, most: usize) -> Vec<String> {
    let most = most.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    let mut gap = 0;
    for word in text.split(' ') {
        let length = width::columns(word);
        if length > 0 && used > 0 && used + gap + length > most {
            lines.push(std::mem::take(&mut line));
            (used, gap) = (0, 0);
        }
        if length > 0 {
            if used > 0 {
                line.extend(std::iter::repeat_n(' ', gap));
                used += gap;
            }
            gap = 0;
            for character in word.chars() {
                let columns = width::of(character);
                if used > 0 && used + columns > most {
                    lines.push(std::mem::take(&mut line));
                    used = 0;
                }
                line.push(character);
                used += columns;
            }
        }
        gap += 1;
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_break_at_spaces_and_inside_words_that_are_too_long() {
        for (text, width, lines) in [
            ("", 10, &[][..]),
            ("   ", 10, &[]),
            ("publish a record", 20, &["publish a record"]),
            ("publish a record", 16, &["publish a record"]),
            ("publish a record", 15, &["publish a", "record"]),
            ("a abcdefghij b", 4, &["a", "abcd", "efgh", "ij b"]),
            ("fail  mx1: late", 20, &["fail  mx1: late"]),
            ("äöü äöü", 3, &["äöü", "äöü"]),
            ("例え テスト", 4, &["例え", "テス", "ト"]),
            ("e\u{301}e\u{301}e", 2, &["e\u{301}e\u{301}", "e"]),
        ] {
            assert_eq!(wrap(text, width), lines, "{text} at {width}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn no_line_is_too_long_and_no_character_is_lost(
            text in "[a-z ★]{0,120}", width in 1_usize..40,
        ) {
            let lines = wrap(&text, width);
            prop_assert!(lines.iter().all(|line| line.chars().count() <= width));
            prop_assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        }
    }
}
