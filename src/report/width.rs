//! How many columns of a terminal a text takes: two for a character of East Asia or an emoji, none for a mark that
//! stands above another character.

use unicode_width::UnicodeWidthChar as _;

/// The columns of a character.
pub(super) fn of(character: char) -> usize {
    character.width().unwrap_or(0)
}

/// The columns of a text.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(of).sum()
}

/// The text and as many spaces as it takes to fill the columns.
pub(super) fn pad(text: &str, to: usize) -> String {
    let mut padded = text.to_owned();
    padded.extend(std::iter::repeat_n(' ', to.saturating_sub(columns(text))));
    padded
}

/// At most so many columns (at least 1); a longer text ends in `…`.
pub(super) fn cut(text: &str, most: usize) -> String {
    if columns(text) <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for character in text.chars() {
        used += of(character);
        if used > most {
            break;
        }
        kept.push(character);
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_and_combining_characters_take_the_columns_that_a_terminal_gives_them() {
        for (text, wide) in [
            ("abc", 3),
            ("例え.テスト", 11),
            ("🦭.example", 10),
            ("e\u{301}e", 2),
            ("★✗·", 3),
        ] {
            assert_eq!(columns(text), wide, "{text}");
            assert_eq!(columns(&pad(text, 20)), 20, "{text}");
        }
        assert_eq!(cut("例え.テスト", 6), "例え.…");
        assert_eq!(cut("例え", 4), "例え");
        assert_eq!(cut("例え", 1), "…");
    }
}
