//! What a file of rules is made of: its functions and rules, which part is a condition and which only a message.

use super::tokens::{Kind, Token, tokens};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A file of rules.
pub(super) struct Layout<'a> {
    text: &'a str,
    pub(super) tokens: Vec<Token<'a>>,
    /// By token, whether it can have a part in the outcome.
    decides: Vec<bool>,
    /// By token, the token behind the statement that it begins, where it is a `require`.
    pub(super) requires: BTreeMap<usize, usize>,
    functions: BTreeMap<&'a str, Range<usize>>,
    pub(super) rules: BTreeMap<&'a str, RuleParts>,
}

/// Where a rule stands, in tokens.
pub(super) struct RuleParts {
    /// From `rule` to the parenthesis that ends it.
    pub(super) whole: Range<usize>,
    when: Range<usize>,
    body: Range<usize>,
}

/// A part of the file that decides, and the rules that may come out otherwise when it changes.
pub(super) struct Part {
    pub(super) tokens: Range<usize>,
    pub(super) rules: Vec<String>,
}

impl<'a> Layout<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let tokens = tokens(text);
        let mut layout = Self {
            text,
            decides: tokens.iter().map(|token| !token.shown).collect(),
            tokens,
            requires: BTreeMap::new(),
            functions: BTreeMap::new(),
            rules: BTreeMap::new(),
        };
        layout.declarations();
        layout.messages();
        layout
    }

    pub(super) fn decides(&self, token: usize) -> bool {
        self.decides.get(token) == Some(&true)
    }

    /// A piece of the file by bytes.
    pub(super) fn slice(&self, bytes: Range<usize>) -> Option<&'a str> {
        self.text.get(bytes)
    }

    pub(super) fn is(&self, token: usize, text: &str) -> bool {
        self.tokens.get(token).is_some_and(|one| one.is(text))
    }

    fn word(&self, token: usize) -> Option<&'a str> {
        let token = self.tokens.get(token)?;
        (token.kind == Kind::Word).then_some(token.text)
    }

    /// The bracket that closes the one at a token.
    pub(super) fn closing(&self, open: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for (number, token) in self.tokens.iter().enumerate().skip(open) {
            if token.kind == Kind::Symbol {
                match token.text {
                    "(" | "[" | "{" => depth += 1,
                    ")" | "]" | "}" => depth = depth.saturating_sub(1),
                    _ => {}
                }
            }
            if depth == 0 {
                return Some(number);
            }
        }
        None
    }

    /// The first token from here on, at the same depth, that fits; at the latest the bracket around all that.
    fn seek(&self, from: usize, fits: impl Fn(&Token<'_>) -> bool) -> usize {
        let mut at = from;
        while let Some(token) = self.tokens.get(at) {
            let symbol = token.kind == Kind::Symbol;
            if fits(token) || symbol && matches!(token.text, ")" | "]" | "}") {
                return at;
            }
            let opens = symbol && matches!(token.text, "(" | "[" | "{");
            at = match self.closing(at) {
                Some(end) if opens => end + 1,
                Some(_) | None => at + 1,
            };
        }
        at
    }

    /// Finds functions and rules.
    fn declarations(&mut self) {
        let mut at = 0;
        while at < self.tokens.len() {
            let next = match self.word(at) {
                Some("fn") => self.function(at),
                Some("rule") if self.is(at + 1, "(") => self.rule(at),
                Some(_) | None => None,
            };
            let end = || self.closing(at).map_or(at + 1, |end| end.max(at) + 1);
            at = next.unwrap_or_else(end);
        }
    }

    fn function(&mut self, at: usize) -> Option<usize> {
        let name = self.word(at + 1)?;
        let open = self.closing(at + 2)? + 1;
        let end = self.closing(open)?;
        self.functions.insert(name, open..end + 1);
        Some(end + 1)
    }

    fn rule(&mut self, at: usize) -> Option<usize> {
        let end = self.closing(at + 1)?;
        let id = self.tokens.get(at + 2)?.text.trim_matches('"');
        let header = at + 5;
        let header_end = self.closing(header)?;
        let mut when = 0..0;
        let mut key = header + 1;
        while key < header_end {
            // The parameters of a closure are parted by commas too.
            let value = if self.is(key + 2, "|") {
                self.seek(key + 3, |token| token.is("|"))
            } else {
                key
            };
            let value_end = self.seek(value, |token| token.is(","));
            if self.is(key, "when") {
                when = key + 2..value_end;
            }
            key = value_end + 1;
        }
        let parts = RuleParts {
            whole: at..end + 1,
            when,
            body: header_end + 2..end,
        };
        self.rules.insert(id, parts);
        Some(end + 1)
    }

    /// Marks what only makes up messages: behind `else` of a `require`, all of a `recommend`, the text of `unknown` and `manual`.
    fn messages(&mut self) {
        for at in 0..self.tokens.len() {
            let behind_dot = at > 0 && self.is(at - 1, ".");
            let message = match self.word(at).filter(|_| !behind_dot) {
                Some("require") => {
                    let from = self.seek(at + 1, |token| token.is("else"));
                    let end = self.seek(from, |token| token.is(";"));
                    self.requires.insert(at, end);
                    from..end
                }
                Some("recommend") => at..self.seek(at, |token| token.is(";")),
                Some("unknown" | "manual") if self.is(at + 1, "(") => {
                    at..self.closing(at + 1).map_or(at, |end| end + 1)
                }
                Some(_) | None => continue,
            };
            for decides in self.decides.get_mut(message).into_iter().flatten() {
                *decides = false;
            }
        }
    }

    /// The functions that a part names, and those that these name.
    fn reached(&self, parts: &[&Range<usize>], messages_too: bool) -> BTreeSet<&'a str> {
        let mut open: Vec<Range<usize>> = parts.iter().map(|part| (*part).clone()).collect();
        let mut reached = BTreeSet::new();
        while let Some(part) = open.pop() {
            for at in part {
                if !messages_too && !self.decides(at) {
                    continue;
                }
                if let Some(name) = self.word(at)
                    && let Some(body) = self.functions.get(name)
                    && reached.insert(name)
                {
                    open.push(body.clone());
                }
            }
        }
        reached
    }

    /// The conditions and bodies of rules, and the functions that have a part in an outcome.
    pub(super) fn parts(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut deciding = BTreeSet::new();
        let mut users: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (id, rule) in &self.rules {
            let own = [&rule.when, &rule.body];
            deciding.extend(self.reached(&own, false));
            for function in self.reached(&own, true) {
                users.entry(function).or_default().push((*id).to_owned());
            }
            parts.extend(own.map(|tokens| Part {
                tokens: tokens.clone(),
                rules: vec![(*id).to_owned()],
            }));
        }
        for name in deciding {
            if let (Some(tokens), Some(rules)) = (self.functions.get(name), users.remove(name)) {
                let tokens = tokens.clone();
                parts.push(Part { tokens, rules });
            }
        }
        parts.sort_by_key(|part| part.tokens.start);
        parts
    }
}
