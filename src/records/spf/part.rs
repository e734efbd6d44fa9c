//! A part of a record that knows where in the raw text it stands.

use crate::facts::defect::Defect;

/// Most characters of a record that are repeated in the words of one defect.
const LONGEST_QUOTE: usize = 40;

/// A part of a record and the place of its first octet in the raw text.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    /// The part.
    pub(super) text: &'a str,
    /// Where it begins in the raw text.
    pub(super) at: usize,
}

impl Part<'_> {
    /// The two parts before and from an octet of this one; past its end, all and nothing.
    pub(super) fn split(self, index: usize) -> (Self, Self) {
        let (front, back) = self.text.split_at_checked(index).unwrap_or((self.text, ""));
        let at = self.at + front.len();
        (
            Self {
                text: front,
                at: self.at,
            },
            Self { text: back, at },
        )
    }

    /// What is left without the first octets.
    pub(super) fn skip(self, octets: usize) -> Self {
        self.split(octets).1
    }

    /// The place in the raw text.
    pub(super) const fn span(self) -> [usize; 2] {
        [self.at, self.at + self.text.len()]
    }

    /// The part in backquotes, cut short where it is long.
    pub(super) fn quoted(self) -> String {
        match self.text.char_indices().nth(LONGEST_QUOTE) {
            Some((end, _)) => format!("`{}…`", self.split(end).0.text),
            None => format!("`{}`", self.text),
        }
    }

    /// A fault in this part that makes the record invalid.
    pub(super) fn fatal(self, code: &str, text: impl Into<String>, reference: &str) -> Defect {
        let [start, end] = self.span();
        Defect::fatal(code, text, reference).at(start, end)
    }

    /// A fault in this part that leaves the record valid.
    pub(super) fn minor(self, code: &str, text: impl Into<String>, reference: &str) -> Defect {
        let [start, end] = self.span();
        Defect::minor(code, text, reference).at(start, end)
    }

    /// A defect with its place in this part, with its place in the raw text.
    pub(super) fn shift(self, defect: Defect) -> Defect {
        let [start, end] = defect.span.unwrap_or([0, self.text.len()]);
        defect.at(self.at + start, self.at + end)
    }
}
