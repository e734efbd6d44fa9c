//! The tokens of a policy file with their places.
//!
//! Rhai's own tokenizer needs the parser to tell where a text with `${…}` goes on, and its syntax tree keeps one
//! place for a whole chain of `&&`. So the text is read once more, as far as changes need it.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a word of the language.
    Word,
    Number,
    /// A text between double quotes.
    Text,
    /// A text between backticks; what it fills in follows as tokens that are `shown`.
    Template,
    Symbol,
}

/// One token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Where it begins, in bytes.
    pub(super) at: usize,
    /// Whether it stands in `${…}`, and so is only shown.
    pub(super) shown: bool,
}

impl Token<'_> {
    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text && matches!(self.kind, Kind::Word | Kind::Symbol)
    }

    pub(super) const fn end(&self) -> usize {
        self.at + self.text.len()
    }
}

/// Symbols of more than one character, the longest first.
const SYMBOLS: [&str; 17] = [
    "...", "..=", "**=", "==", "!=", "<=", ">=", "&&", "||", "=>", "::", "..", "+=", "-=", "*=",
    "/=", "??",
];

/// Reads a text that compiles; of another one some tokens are wrong.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut reader = Reader {
        text,
        at: 0,
        found: Vec::new(),
    };
    reader.read(false);
    reader.found
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    found: Vec<Token<'a>>,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// How long the text is up to where a condition ends to hold.
    fn while_holds(&self, holds: impl Fn(char) -> bool) -> usize {
        let rest = self.rest();
        rest.find(|letter| !holds(letter)).unwrap_or(rest.len())
    }

    fn push(&mut self, kind: Kind, length: usize, shown: bool) {
        let text = self.text.get(self.at..self.at + length).unwrap_or_default();
        self.found.push(Token {
            kind,
            text,
            at: self.at,
            shown,
        });
        self.at += text.len().max(1);
    }

    /// Reads to the end, or within `${` to the `}` that ends it.
    fn read(&mut self, shown: bool) {
        let mut depth = 0_usize;
        while let Some(letter) = self.rest().chars().next() {
            let rest = self.rest();
            if letter.is_whitespace() {
                self.at += self.while_holds(char::is_whitespace);
            } else if rest.starts_with("//") {
                self.at += self.while_holds(|letter| letter != '\n');
            } else if rest.starts_with("/*") {
                self.at += rest.find("*/").map_or(rest.len(), |end| end + 2);
            } else if letter.is_alphabetic() || letter == '_' {
                let length = self.while_holds(|one| one.is_alphanumeric() || one == '_');
                self.push(Kind::Word, length, shown);
            } else if letter.is_ascii_digit() {
                self.push(Kind::Number, number(rest), shown);
            } else if letter == '"' {
                self.push(Kind::Text, quoted(rest), shown);
            } else if letter == '`' {
                self.template(shown);
            } else {
                match letter {
                    '{' => depth += 1,
                    '}' if shown && depth == 0 => return,
                    '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
                let length = symbol.map_or(letter.len_utf8(), |symbol| symbol.len());
                self.push(Kind::Symbol, length, shown);
            }
        }
    }

    /// A text between backticks, and the tokens of what it fills in.
    fn template(&mut self, shown: bool) {
        self.push(Kind::Template, 1, shown);
        while let Some(next) = self.rest().find(['`', '$']) {
            self.at += next;
            let rest = self.rest();
            if rest.starts_with("``") {
                self.at += 2;
            } else if rest.starts_with('`') {
                self.at += 1;
                return;
            } else if rest.starts_with("${") {
                self.at += 2;
                self.read(true);
                self.at += 1;
            } else {
                self.at += 1;
            }
        }
        self.at = self.text.len();
    }
}

/// How long the number is that a text begins with.
fn number(text: &str) -> usize {
    let digits = |text: &str| {
        text.find(|one: char| !one.is_alphanumeric() && one != '_')
            .unwrap_or(text.len())
    };
    let whole = digits(text);
    match text.get(whole..).and_then(|rest| rest.strip_prefix('.')) {
        Some(fraction) if fraction.starts_with(|one: char| one.is_ascii_digit()) => {
            whole + 1 + digits(fraction)
        }
        Some(_) | None => whole,
    }
}

/// How long the text between double quotes is that a text begins with, the quotes included.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_numbers_texts_and_symbols_are_told_apart() {
        let read = tokens("a1 >= 1.5 && !(x[0]..2) // c \"\n/* ` */ \"q\\\"}\" ||");
        let texts: Vec<_> = read.iter().map(|token| token.text).collect();
        assert_eq!(
            texts,
            [
                "a1",
                ">=",
                "1.5",
                "&&",
                "!",
                "(",
                "x",
                "[",
                "0",
                "]",
                "..",
                "2",
                ")",
                "\"q\\\"}\"",
                "||"
            ]
        );
    }

    #[test]
    fn what_a_text_fills_in_is_shown_only_and_its_end_is_found() {
        let read = tokens("f(`a ${g(#{x: `${h}}`})} \" $ ``b`) + 1");
        let told: Vec<_> = read.iter().map(|token| (token.text, token.shown)).collect();
        for (text, shown) in [
            ("f", false),
            ("g", true),
            ("h", true),
            ("+", false),
            ("1", false),
        ] {
            assert!(told.contains(&(text, shown)), "{text}: {told:?}");
        }
        assert_eq!(read.last().unwrap().text, "1");
    }
}
