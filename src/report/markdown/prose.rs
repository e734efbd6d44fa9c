//! Text from strangers as Markdown that says nothing but the text.
//!
//! Backslashes keep no renderer from making a link of `www.`, a mention of `@` or an issue of `#1`, since those are
//! looked for in the text once it is read. So every word that is more than letters and plain punctuation becomes a code
//! span, in which nothing is looked for. That is how names and records want to be set anyway.

use super::super::escape;

/// Opening punctuation that may stand before a word, and what may stand behind one.
const BEFORE: [char; 3] = ['(', '"', '„'];
const BEHIND: [char; 8] = ['.', ',', ';', ':', ')', '?', '"', '%'];

/// What else may stand behind a quoted part: `p`'s, `a`-like, `a`/`b`.
const CLOSING: [char; 4] = ['\'', '-', '/', '!'];

/// From so many hexadecimal digits on, a word may be taken for a commit.
const COMMIT: usize = 7;

/// A piece of a line: as it is, or in a code span.
struct Piece {
    code: bool,
    text: String,
}

/// Prose on one line. Pairs of backticks stay code spans.
pub(in crate::report) fn prose(text: &str) -> String {
    let line = escape::line(text);
    let mut pieces = Vec::new();
    let mut rest = line.as_str();
    while let Some((before, inside, after)) = quoted(rest) {
        words(&mut pieces, before);
        add(&mut pieces, true, inside);
        rest = after;
    }
    words(&mut pieces, rest);
    let mut told = String::with_capacity(line.len() + 16);
    for piece in &pieces {
        if piece.code {
            told.push_str(&code(&piece.text));
        } else if told.is_empty() {
            told.push_str(&unlisted(&piece.text));
        } else {
            told.push_str(&piece.text);
        }
    }
    told
}

/// The first part of a text that stands between backticks, and what stands before and behind it. A backtick inside a
/// word, or one between spaces, is part of what is told.
fn quoted(text: &str) -> Option<(&str, &str, &str)> {
    let opens = |before: &str, behind: &str| {
        let free = before
            .chars()
            .next_back()
            .is_none_or(|last| last == ' ' || BEFORE.contains(&last));
        free && behind.starts_with(|first: char| first != ' ')
    };
    let (at, _) = text.match_indices('`').find(|(at, tick)| {
        let (before, behind) = text.split_at_checked(*at).unwrap_or_default();
        opens(before, behind.strip_prefix(tick).unwrap_or_default())
    })?;
    let (before, behind) = text.split_at_checked(at)?;
    let behind = behind.strip_prefix('`')?;
    let closing = behind.match_indices('`').find_map(|(at, tick)| {
        let (inside, after) = behind.split_at_checked(at)?;
        let after = after.strip_prefix(tick)?;
        let ends = after
            .chars()
            .next()
            .is_none_or(|next| next == ' ' || CLOSING.contains(&next) || BEHIND.contains(&next));
        (ends && !inside.is_empty() && !inside.ends_with(' ')).then_some((inside, after))
    });
    let (inside, after) = closing?;
    Some((before, inside, after))
}

/// A text in a code span, with a fence longer than what is inside; nothing for no text.
pub(in crate::report) fn code(text: &str) -> String {
    let text = escape::line(text);
    if text.is_empty() {
        return text;
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    let edge = |at: Option<char>| at.is_some_and(|character| character == '`');
    let pad = if edge(text.chars().next()) || edge(text.chars().next_back()) {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The same for a cell of a table, where a stroke would end the cell even inside a code span.
pub(in crate::report) fn cell(markdown: &str) -> String {
    markdown.replace('|', "\\|")
}

/// Lines in a block of their own, each as it is. A line that a workflow would take for a command begins with an escape.
pub(super) fn fenced(lines: &[String], indent: &str) -> String {
    let longest = lines.iter().map(|line| longest_run(line)).max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    let mut block = format!("{indent}{fence}text\n");
    for line in lines {
        let line = escape::visible(line).replace("##[", "##\\x5b");
        let line = match line.trim_start().strip_prefix("::") {
            Some(rest) => format!("\\x3a:{rest}"),
            None => line,
        };
        block.extend([indent, &line, "\n"]);
    }
    block.extend([indent, &fence, "\n"]);
    block
}

fn longest_run(text: &str) -> usize {
    let runs = text.split(|character| character != '`').map(str::len);
    runs.max().unwrap_or(0)
}

/// Puts the words of a text behind the pieces; those of a record stay together in one code span.
fn words(pieces: &mut Vec<Piece>, text: &str) {
    let mut own = Vec::new();
    split(&mut own, text);
    let mut own = own.into_iter().peekable();
    while let Some(mut piece) = own.next() {
        while piece.code
            && own.peek().is_some_and(|gap| joins(&gap.text))
            && let Some(gap) = own.next()
        {
            match own.peek() {
                Some(next) if next.code => {
                    piece.text.extend([gap.text.as_str(), &next.text]);
                    own.next();
                }
                _ => {
                    add(pieces, true, &piece.text);
                    piece = gap;
                }
            }
        }
        add(pieces, piece.code, &piece.text);
    }
}

/// Whether what stands between two words in code is part of the same record: a space, the end of a tag, or the
/// mechanisms of SPF that are plain words.
fn joins(gap: &str) -> bool {
    let mut words = gap.trim_start_matches(';').split(' ');
    words.all(|word| matches!(word, "" | "mx" | "ptr" | "all")) && gap.contains(' ')
}

fn split(pieces: &mut Vec<Piece>, text: &str) {
    for (number, word) in text.split(' ').enumerate() {
        if number > 0 {
            add(pieces, false, " ");
        }
        let core = word.trim_start_matches(BEFORE);
        let (before, _) = word
            .split_at_checked(word.len() - core.len())
            .unwrap_or_default();
        let inner = core.trim_end_matches(BEHIND);
        let (inner, behind) = core.split_at_checked(inner.len()).unwrap_or_default();
        add(pieces, false, before);
        add(pieces, !is_plain(inner), inner);
        add(pieces, false, behind);
    }
}

/// Pieces of one kind that touch become one: the fences of two code spans would run into each other.
fn add(pieces: &mut Vec<Piece>, code: bool, text: &str) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(last) if last.code == code => last.text.push_str(text),
        _ => pieces.push(Piece {
            code,
            text: text.to_owned(),
        }),
    }
}

/// Whether a word means nothing to any reader of Markdown: letters and digits of any script, with a hyphen, an
/// apostrophe or a stroke inside, or a decimal number.
fn is_plain(word: &str) -> bool {
    let mut before = ' ';
    let mut characters = word.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied().unwrap_or(' ');
        let fits = match character {
            '-' | '\'' | '/' => before.is_alphanumeric() && next.is_alphanumeric(),
            '.' => before.is_ascii_digit() && next.is_ascii_digit(),
            other => other.is_alphanumeric() || !other.is_ascii(),
        };
        if !fits {
            return false;
        }
        before = character;
    }
    !is_reference(word)
}

/// What forges make links of without any sign: commits, and issues as `GH-1`.
fn is_reference(word: &str) -> bool {
    let hexadecimal = word.len() >= COMMIT && word.chars().all(|letter| letter.is_ascii_hexdigit());
    let upper = word.to_ascii_uppercase();
    hexadecimal || upper.starts_with("GH-")
}

/// A line must not begin as an item of a numbered list does.
fn unlisted(text: &str) -> String {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    match text.split_at_checked(digits) {
        Some((number, rest)) if digits > 0 && rest.starts_with(['.', ')']) => {
            format!("{number}\\{rest}")
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::sample::HOSTILE;
    use super::*;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    /// All that a reader of Markdown may know, but for typographic quotes, which change the text.
    fn options() -> Options {
        Options::all().difference(Options::ENABLE_SMART_PUNCTUATION)
    }

    /// The text that a reader sees, and whether it stood in code; panics where anything else comes of it.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what is not named is what must not come"
    )]
    fn seen(markdown: &str) -> Vec<(bool, String)> {
        let mut seen = Vec::new();
        for event in Parser::new_ext(markdown, options()) {
            match event {
                Event::Text(text) => seen.push((false, text.to_string())),
                Event::Code(text) => seen.push((true, text.to_string())),
                Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
                other => panic!("{other:?} in {markdown:?}"),
            }
        }
        seen
    }

    /// The cells of a table; none where a link, a picture or a tag is in it.
    fn cells_of(table: &str) -> Option<usize> {
        let mut cells = 0;
        for event in Parser::new_ext(table, options()) {
            if matches!(
                event,
                Event::Start(Tag::Link { .. } | Tag::Image { .. })
                    | Event::Html(_)
                    | Event::InlineHtml(_)
            ) {
                return None;
            }
            cells += usize::from(event == Event::Start(Tag::TableCell));
        }
        Some(cells)
    }

    fn text(markdown: &str) -> String {
        seen(markdown).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn words_stay_words_and_names_are_set_as_code() {
        for (given, told) in [
            ("the domain is not signed", "the domain is not signed"),
            (
                "2 of 3: mx1.example.org: late",
                "2 of 3: `mx1.example.org`: late",
            ),
            ("no record at `_mta-sts`", "no record at `_mta-sts`"),
            ("policy is p=none; pct=10.", "policy is `p=none; pct=10`."),
            (
                "it is v=spf1 mx -all and so on",
                "it is `v=spf1 mx -all` and so on",
            ),
            (
                "2 of 2: a.test; b.test: late",
                "2 of 2: `a.test; b.test`: late",
            ),
            (
                "says `v=spf1 ` mx`, not `x`",
                "says ``v=spf1 ` mx``, not `x`",
            ),
            ("`p`'s record, (`q`)", "`p's` record, (`q`)"),
            ("(RFC 7208 §4.5), 80% of 4.5", "(RFC 7208 §4.5), 80% of 4.5"),
            ("a lone ` here", "a lone `` ` `` here"),
            ("`none`x@y", "`` `none`x@y ``"),
            ("1. first", "1\\. first"),
            ("- item", "`-` item"),
            ("well-known and/or don't", "well-known and/or don't"),
        ] {
            assert_eq!(prose(given), told, "{given}");
        }
    }

    #[test]
    fn nothing_becomes_a_link_a_mention_a_picture_or_a_tag() {
        for given in [
            "https://evil.example/",
            "www.evil.example",
            "a@evil.example",
            "@everyone",
            "see #12 and GH-12 and owner/name#3",
            "![x](https://evil.example/x.png)",
            "[x]: https://evil.example/",
            "<img src=x onerror=alert(1)>",
            "&lt;b&gt;",
            "a | b",
            "# heading",
            "> [!NOTE]",
            "- [ ] task",
            "***",
            "===",
            "~~~",
            "```",
            "``` `` ` a",
            "$x$ and $`y`$",
            ":smile: ::error::x",
            "deadbeef1234567",
            "[^1]",
            "a\\",
            HOSTILE,
        ] {
            let markdown = prose(given);
            for (code, text) in seen(&markdown) {
                let acts = [
                    "://", "www.", "@", "#", "<", "[", "|", "$", "*", "_", "~", "::", "\\",
                ];
                assert!(
                    code || !acts.iter().any(|sign| text.contains(sign)),
                    "{markdown:?}"
                );
            }
        }
    }

    #[test]
    fn a_block_ends_where_it_should() {
        let lines = [
            "```".to_owned(),
            "````x".to_owned(),
            "::error::x".to_owned(),
        ];
        let block = fenced(&lines, "");
        assert!(block.starts_with("`````text\n```\n````x\n\\x3a:error::x\n`````"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn whatever_comes_is_told_as_it_is(given in "[-a-z0-9 .:;/|`*_~#@<>&\\[\\]()!\\\\$=+^'\"\n]{0,60}") {
            let told = text(&prose(&given));
            prop_assert_eq!(told.replace(['`', ' '], ""), escape::line(&given).replace(['`', ' '], ""));
        }

        #[test]
        fn code_spans_and_cells_hold_any_text(given in any::<String>()) {
            let span = code(&given);
            prop_assert!(seen(&span).len() < 2);
            prop_assert!(text(&span).trim() == escape::line(&given).trim(), "{span:?}");
            let table = format!("| a | b |\n|---|---|\n| {} | x |\n", cell(&prose(&given)));
            let cells = cells_of(&table);
            prop_assert_eq!(cells, Some(4), "{:?}", table);
        }
    }
}
