//! A message as text (RFC 5322): its header section, field by field, and its body.
//!
//! What stands in single fields is read by the modules below. Nothing here fails: what is malformed becomes a defect.

use crate::facts::defect::Defect;
use std::borrow::Cow;

pub mod address;
pub mod arc;
pub mod authentication;
pub mod canonical;
pub mod claims;
pub mod date;
pub mod header;
pub mod mbox;
pub mod received;

pub mod signature;
mod tls;
mod tokens;
mod words;

/// The largest message that is read, in octets.
pub const LARGEST: usize = 50 << 20;

/// The most fields that are kept of a header section; no sound message has a tenth of them.
pub const MOST_FIELDS: usize = 5000;

/// The longest line of a message, without its end (RFC 5322 §2.1.1).
const LONGEST_LINE: usize = 998;

/// The most characters of a field that become text; what is longer is cut.
const LONGEST_TEXT: usize = 65_536;

/// A message taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// The header fields, the topmost first.
    pub fields: Vec<Field<'a>>,
    /// What stands behind the first empty line.
    pub body: &'a [u8],
    /// Whether fields were left out, for there were too many.
    pub cut: bool,
    /// What is wrong with the form of the header section.
    pub defects: Vec<Defect>,
}

/// One header field as it stands in the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// What stands in front of the colon.
    pub name: &'a [u8],
    /// What stands behind it, up to and with the line feed that ends the field.
    pub value: &'a [u8],
}

impl Field<'_> {
    /// Whether it is the field of this name, in whatever case.
    pub fn is(&self, name: &str) -> bool {
        self.name
            .trim_ascii_end()
            .eq_ignore_ascii_case(name.as_bytes())
    }

    /// The value unfolded (RFC 5322 §2.2.3), white space around it removed; bytes that are no UTF-8 become U+FFFD.
    pub fn text(&self) -> String {
        let cut = self.value.get(..LONGEST_TEXT).unwrap_or(self.value);
        let unfolded: Vec<u8> = cut
            .iter()
            .filter(|byte| !matches!(byte, b'\r' | b'\n'))
            .copied()
            .collect();
        String::from_utf8_lossy(&unfolded).trim().to_owned()
    }
}

impl<'a> Message<'a> {
    /// Takes a message apart. Lines end with CRLF, or with a line feed alone.
    pub fn parse(raw: &'a [u8]) -> Self {
        let mut reader = Reader::default();
        let mut rest = raw;
        while !rest.is_empty() {
            let (line, behind) = first_line(rest);
            if is_empty(line) {
                rest = behind;
                break;
            }
            let (field, behind) = folded(rest);
            reader.field(field);
            rest = behind;
        }
        reader.finish(rest)
    }

    /// The fields of this name, the topmost first.
    pub fn all<'b>(&'b self, name: &'b str) -> impl DoubleEndedIterator<Item = &'b Field<'a>> {
        self.fields.iter().filter(move |field| field.is(name))
    }

    /// The topmost field of this name, unfolded.
    pub fn first(&self, name: &str) -> Option<String> {
        self.all(name).next().map(Field::text)
    }
}

/// The message with each of its lines ended by CRLF, as it goes over the wire (RFC 5321 §2.3.8).
pub fn with_crlf(raw: &[u8]) -> Cow<'_, [u8]> {
    let bare = |(index, byte): (usize, &u8)| {
        *byte == b'\n' && index.checked_sub(1).and_then(|before| raw.get(before)) != Some(&b'\r')
    };
    let count = raw.iter().enumerate().filter(|pair| bare(*pair)).count();
    if count == 0 {
        return Cow::Borrowed(raw);
    }
    let mut made = Vec::with_capacity(raw.len() + count);
    for (index, byte) in raw.iter().enumerate() {
        if bare((index, byte)) {
            made.push(b'\r');
        }
        made.push(*byte);
    }
    Cow::Owned(made)
}

/// The first line with its end, and the rest.
fn first_line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| *byte == b'\n');
    text.split_at(end.map_or(text.len(), |end| end + 1))
}

/// The first line and those that continue it, and the rest.
fn folded(text: &[u8]) -> (&[u8], &[u8]) {
    let mut end = first_line(text).0.len();
    while let Some(rest) = text.get(end..)
        && matches!(rest.first(), Some(b' ' | b'\t'))
    {
        // A line of white space alone does not end the header section (RFC 5322 §4.2).
        end += first_line(rest).0.len();
    }
    text.split_at(end)
}

fn is_empty(line: &[u8]) -> bool {
    matches!(line, b"\r\n" | b"\n")
}

/// What kinds of faults were seen, each told once.
#[derive(Default)]
struct Reader<'a> {
    fields: Vec<Field<'a>>,
    left_out: usize,
    no_fields: usize,
    long: bool,
    foreign: bool,
    control: bool,
}

impl<'a> Reader<'a> {
    fn field(&mut self, text: &'a [u8]) {
        self.long |= text
            .split(|byte| *byte == b'\n')
            .any(|line| line.strip_suffix(b"\r").unwrap_or(line).len() > LONGEST_LINE);
        self.foreign |= std::str::from_utf8(text).is_err();
        self.control |= text.contains(&0) || has_bare_cr(text);
        let colon = text.iter().position(|byte| *byte == b':');
        let parts = colon.and_then(|at| Some((text.get(..at)?, text.get(at + 1..)?)));
        let is_name = |name: &[u8]| {
            let name = name.trim_ascii_end();
            !name.is_empty() && name.iter().all(u8::is_ascii_graphic)
        };
        match parts.filter(|(name, _)| is_name(name)) {
            Some((name, value)) if self.fields.len() < MOST_FIELDS => {
                self.fields.push(Field { name, value });
            }
            Some(_) => self.left_out += 1,
            None => self.no_fields += 1,
        }
    }

    fn finish(self, body: &'a [u8]) -> Message<'a> {
        let mut defects = Vec::new();
        let mut note = |holds: bool, code: &str, text: String, reference: &str| {
            if holds {
                defects.push(Defect::minor(code, text, reference));
            }
        };
        note(
            self.left_out > 0,
            "message-too-many-fields",
            format!(
                "the header section has {} fields more than the {MOST_FIELDS} that are read",
                self.left_out
            ),
            "RFC 5322 §3.6",
        );
        note(
            self.no_fields > 0,
            "message-not-a-field",
            format!(
                "{} of the header section's lines are no fields",
                self.no_fields
            ),
            "RFC 5322 §2.2",
        );
        note(
            self.long,
            "message-line-too-long",
            format!("a line of the header section has more than {LONGEST_LINE} characters"),
            "RFC 5322 §2.1.1",
        );
        note(
            self.foreign,
            "message-header-not-utf8",
            "the header section has bytes that are no UTF-8".to_owned(),
            "RFC 6532 §3.2",
        );
        note(
            self.control,
            "message-control-character",
            "the header section has a NUL, or a carriage return inside a line".to_owned(),
            "RFC 5322 §2.2",
        );
        Message {
            cut: self.left_out > 0,
            fields: self.fields,
            body,
            defects,
        }
    }
}

fn has_bare_cr(text: &[u8]) -> bool {
    text.windows(2)
        .any(|pair| pair.first() == Some(&b'\r') && pair.last() != Some(&b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(message: &Message<'_>) -> Vec<String> {
        let name = |field: &Field<'_>| String::from_utf8_lossy(field.name).into_owned();
        message.fields.iter().map(name).collect()
    }

    #[test]
    fn fields_end_where_no_line_continues_them_and_the_body_begins_behind_the_empty_line() {
        for (raw, fields, body) in [
            ("A: 1\r\nB: 2\r\n\r\nbody", vec!["A", "B"], "body"),
            ("A: 1\n b\n\n\nbody", vec!["A"], "\nbody"),
            ("A: 1\r\n \r\n\tx\r\nB:\r\n\r\n", vec!["A", "B"], ""),
            ("A: 1", vec!["A"], ""),
            ("\r\nbody", vec![], "body"),
            ("", vec![], ""),
            ("Subject : x\r\n\r\n", vec!["Subject "], ""),
            ("no field\r\nA: 1\r\n\r\nx", vec!["A"], "x"),
            (": empty\r\nA b: c\r\n\r\nx", vec![], "x"),
        ] {
            let message = Message::parse(raw.as_bytes());
            assert_eq!(names(&message), fields, "{raw:?}");
            assert_eq!(message.body, body.as_bytes(), "{raw:?}");
        }
    }

    #[test]
    fn a_value_is_unfolded_and_foreign_bytes_are_kept_apart() {
        let message = Message::parse(b"Subject: one\r\n\ttwo \xff\r\nsubject : three\r\n\r\n");
        let texts: Vec<_> = message.all("SUBJECT").map(Field::text).collect();
        assert_eq!(texts, ["one\ttwo \u{fffd}", "three"]);
        assert_eq!(message.first("Subject").unwrap(), texts[0]);
        assert_eq!(message.defects[0].code, "message-header-not-utf8");
    }

    #[test]
    fn each_fault_of_the_form_is_told_once() {
        let long = format!("A: {}\r\n\r\n", "x".repeat(999));
        let many = format!("{}\r\n", "A: 1\r\n".repeat(MOST_FIELDS + 7));
        for (raw, code) in [
            ("oops\r\noops\r\n\r\n", "message-not-a-field"),
            (&long, "message-line-too-long"),
            (&many, "message-too-many-fields"),
            ("A: \0\r\n\r\n", "message-control-character"),
            ("A: x\ry\r\n\r\n", "message-control-character"),
        ] {
            let message = Message::parse(raw.as_bytes());
            let codes: Vec<_> = message.defects.iter().map(|it| it.code.as_str()).collect();
            assert_eq!(codes, [code]);
            assert!(message.fields.len() <= MOST_FIELDS);
        }
    }

    #[test]
    fn lines_get_the_ends_of_the_wire() {
        for (raw, made) in [
            ("a\nb\n", "a\r\nb\r\n"),
            ("a\r\nb\n", "a\r\nb\r\n"),
            ("\n", "\r\n"),
            ("a\r\n", "a\r\n"),
            ("a\rb", "a\rb"),
        ] {
            assert_eq!(&*with_crlf(raw.as_bytes()), made.as_bytes(), "{raw:?}");
        }
    }
}
