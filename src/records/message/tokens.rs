//! The parts of structured header fields: words, quoted strings, comments and separators (RFC 5322 §3.2).

/// One part of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// The text: of comments and quoted strings without their marks, escapes undone.
    pub(super) text: String,
    /// Where it begins in the field's text, in bytes.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
}

/// What a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Characters without white space and separators.
    Word,
    /// What stood in quotation marks.
    Quoted,
    /// What stood in parentheses.
    Comment,
    /// What stood in square brackets, with them.
    Literal,
    /// One of the separators.
    Mark(char),
}

impl Token {
    pub(super) const fn is_mark(&self, mark: char) -> bool {
        matches!(self.kind, Kind::Mark(found) if found == mark)
    }

    pub(super) const fn is_comment(&self) -> bool {
        matches!(self.kind, Kind::Comment)
    }
}

/// Splits a field's text. `marks` are the characters that stand alone; others belong to words. What is not closed
/// reaches to the end.
pub(super) fn split(text: &str, marks: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, character)) = rest.next() {
        if character.is_whitespace() {
            continue;
        }
        let (kind, read, end) = match character {
            '(' => {
                let (read, end) = enclosed(&mut rest, ('(', ')'), text.len());
                (Kind::Comment, read, end)
            }
            '"' => {
                let (read, end) = enclosed(&mut rest, ('"', '"'), text.len());
                (Kind::Quoted, read, end)
            }
            '[' => {
                let (read, end) = enclosed(&mut rest, ('\0', ']'), text.len());
                (Kind::Literal, format!("[{read}]"), end)
            }
            mark if marks.contains(mark) => {
                let end = start + mark.len_utf8();
                (Kind::Mark(mark), mark.to_string(), end)
            }
            first => {
                let mut word = String::from(first);
                let mut end = start + first.len_utf8();
                while let Some((at, next)) = rest.next_if(|(_, next)| {
                    !next.is_whitespace() && !marks.contains(*next) && !"(\"[".contains(*next)
                }) {
                    word.push(next);
                    end = at + next.len_utf8();
                }
                (Kind::Word, word, end)
            }
        };
        tokens.push(Token {
            kind,
            text: read,
            start,
            end,
        });
    }
    tokens
}

/// What stands up to the mark that closes, inner pairs of the same marks included, and the byte behind it.
fn enclosed(
    rest: &mut std::iter::Peekable<std::str::CharIndices<'_>>,
    (open, close): (char, char),
    length: usize,
) -> (String, usize) {
    let mut read = String::new();
    let mut depth = 0_usize;
    while let Some((at, character)) = rest.next() {
        if character == '\\' {
            read.extend(rest.next().map(|(_, escaped)| escaped));
        } else if character == close {
            if depth == 0 {
                return (read, at + character.len_utf8());
            }
            depth -= 1;
            read.push(character);
        } else {
            if character == open {
                depth += 1;
            }
            read.push(character);
        }
    }
    (read, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_nest_quotes_hide_separators_and_what_is_open_reaches_to_the_end() {
        for (text, expected) in [
            ("a b;c", vec!["a", "b", ";", "c"]),
            ("a(x (y) \\) z)b", vec!["a", "x (y) ) z", "b"]),
            ("\"a;\\\"b\" c", vec!["a;\"b", "c"]),
            ("[192.0.2.1] x", vec!["[192.0.2.1]", "x"]),
            ("a (open", vec!["a", "open"]),
            ("\"", vec![""]),
            ("", vec![]),
            ("ü;ß", vec!["ü", ";", "ß"]),
        ] {
            let tokens = split(text, ";");
            let texts: Vec<_> = tokens.iter().map(|token| token.text.as_str()).collect();
            assert_eq!(texts, expected, "{text}");
            for token in &tokens {
                assert!(text.get(token.start..token.end).is_some(), "{text}");
            }
        }
    }
}
