//! Text as SARIF's messages may hold it, so that no text of a stranger becomes a link or a placeholder.

use super::super::escape;

/// The most characters of a description (GitHub).
pub(super) const MOST_DESCRIPTION: usize = 1024;

/// One line that links to nothing: `[text](target)` would be a link in plain text too (§3.11.6).
pub(super) fn line(text: &str) -> String {
    unlinked(&escape::line(text))
}

/// The same for text that is safe for a terminal already.
pub(super) fn unlinked(text: &str) -> String {
    text.replace("](", "] (")
}

/// With its braces doubled, as message strings have to have them (§3.11.5): single ones are placeholders.
pub(super) fn doubled(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// A line of Markdown (`CommonMark`) in which nothing acts but the spans in backticks that a policy's author wrote.
pub(super) fn markdown(text: &str) -> String {
    let text = escape::line(text);
    // Runs of backticks match runs of the same length, or stand for themselves.
    if text.contains("``") {
        return literal(&text);
    }
    let pieces: Vec<&str> = text.split('`').collect();
    // Of an odd number of backticks the last one opens nothing.
    let closed = pieces.len() % 2 == 1;
    let last = pieces.len() - 1;
    let mut told = String::with_capacity(text.len() + 16);
    for (number, piece) in pieces.iter().enumerate() {
        let is_code = number % 2 == 1 && (closed || number < last);
        match (number, is_code) {
            (0, _) => {}
            (number, false) if number == last && !closed => told.push_str("\\`"),
            _ => told.push('`'),
        }
        if is_code {
            told.push_str(piece);
        } else {
            escape_into(&mut told, piece);
        }
    }
    told
}

/// A line of Markdown in which nothing acts.
pub(super) fn literal(text: &str) -> String {
    let mut told = String::with_capacity(text.len() + 16);
    escape_into(&mut told, &escape::line(text));
    told
}

/// Any ASCII punctuation may stand behind a backslash (`CommonMark` §2.4).
fn escape_into(told: &mut String, text: &str) {
    let acts = |c: char| {
        matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '#' | '|' | '~' | '!' | '@'
        )
    };
    for character in text.chars() {
        if acts(character) {
            told.push('\\');
        }
        told.push(character);
    }
}

/// Lines as a block of code that none of them can end.
pub(super) fn fenced(lines: &[String]) -> String {
    let text = lines.join("\n");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{text}\n{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_make_no_links_and_no_markup() {
        assert_eq!(
            line("[a](https://evil.example)"),
            "[a] (https://evil.example)"
        );
        assert_eq!(doubled("exists:%{i}._spf"), "exists:%{{i}}._spf");
        for (given, told) in [
            ("plain", "plain"),
            ("set `p=reject` *now*", "set `p=reject` \\*now\\*"),
            ("<b>[x](y)", "\\<b\\>\\[x\\](y)"),
            ("a ` b", "a \\` b"),
            ("`a` and ` <b>", "`a` and \\` \\<b\\>"),
            ("`<b>`", "`<b>`"),
            ("``` <b> `x", "\\`\\`\\` \\<b\\> \\`x"),
        ] {
            assert_eq!(markdown(given), told, "{given}");
        }
        assert_eq!(literal("`a`"), "\\`a\\`");
    }

    #[test]
    fn no_line_ends_a_block_of_code() {
        let block = fenced(&["```".to_owned(), "x".to_owned()]);
        assert_eq!(block, "````text\n```\nx\n````");
        assert_eq!(fenced(&["x".to_owned()]), "```text\nx\n```");
    }
}
