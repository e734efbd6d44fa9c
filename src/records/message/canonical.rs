//! The canonical forms of header fields and bodies (RFC 6376 §3.4), and the fields that a signature takes (§5.4.2).
//!
//! These are not mail-auth's: that one keeps an empty line of white space at the end of a relaxed body, drops carriage
//! returns that stand alone, and counts `l=` before the body is made canonical.

use super::Field;
use std::collections::BTreeMap;

/// How a header or a body is made canonical.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// As it stands (RFC 6376 §3.4.1, §3.4.3).
    #[default]
    Simple,
    /// With white space reduced (RFC 6376 §3.4.2, §3.4.4).
    Relaxed,
}

impl Form {
    /// The form of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "simple" => Some(Self::Simple),
            "relaxed" => Some(Self::Relaxed),
            _ => None,
        }
    }

    /// The name, as in `c=`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Relaxed => "relaxed",
        }
    }
}

/// Whether it is white space of a line (RFC 6376 §2.8).
const fn is_wsp(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Adds a field to the text that is signed, with its line end.
pub fn put_field(form: Form, field: &Field<'_>, to: &mut Vec<u8>) {
    match form {
        Form::Simple => {
            to.extend_from_slice(field.name);
            to.push(b':');
            to.extend_from_slice(field.value);
            if !field.value.ends_with(b"\n") {
                to.extend_from_slice(b"\r\n");
            }
        }
        Form::Relaxed => {
            to.extend(field.name.trim_ascii_end().to_ascii_lowercase());
            to.push(b':');
            let unfolded = field.value.iter().copied();
            let unfolded = unfolded.filter(|byte| !matches!(byte, b'\r' | b'\n'));
            let start = to.len();
            let mut pending = false;
            for byte in unfolded {
                if is_wsp(byte) {
                    pending = true;
                    continue;
                }
                if pending && to.len() > start {
                    to.push(b' ');
                }
                pending = false;
                to.push(byte);
            }
            to.extend_from_slice(b"\r\n");
        }
    }
}

/// Adds the field of the signature itself: the value of `b=` is left out, and the line end (RFC 6376 §3.7).
pub fn put_signature(form: Form, field: &Field<'_>, to: &mut Vec<u8>) {
    let value = without_signature(field.value);
    let bare = Field {
        name: field.name,
        value: &value,
    };
    put_field(form, &bare, to);
    if to.ends_with(b"\r\n") {
        to.truncate(to.len() - 2);
    }
}

/// The value of a signature's field without that of its tag `b`, and the white space around it.
fn without_signature(value: &[u8]) -> Vec<u8> {
    let mut kept: Vec<u8> = Vec::with_capacity(value.len());
    for (number, part) in value.split(|byte| *byte == b';').enumerate() {
        if number > 0 {
            kept.push(b';');
        }
        let equals = part.iter().position(|byte| *byte == b'=');
        let (name, behind) = part.split_at(equals.map_or(0, |at| at + 1));
        let is_signature = name
            .trim_ascii()
            .strip_suffix(b"=")
            .map(<[u8]>::trim_ascii_end)
            == Some(b"b".as_slice());
        kept.extend_from_slice(name);
        if !is_signature {
            kept.extend_from_slice(behind);
        }
    }
    kept
}

/// The fields that a signature takes, in its order: of several with one name the lowest first, each once. Names
/// beyond what the message has stand for nothing (RFC 6376 §5.4.2).
pub fn taken<'a, 'b>(fields: &'b [Field<'a>], names: &[String]) -> Vec<&'b Field<'a>> {
    let mut places: BTreeMap<Vec<u8>, Vec<&'b Field<'a>>> = BTreeMap::new();
    for field in fields {
        let name = field.name.trim_ascii_end().to_ascii_lowercase();
        places.entry(name).or_default().push(field);
    }
    names
        .iter()
        .filter_map(|name| {
            places
                .get_mut(name.to_ascii_lowercase().as_bytes())
                .and_then(Vec::pop)
        })
        .collect()
}

/// A body in its canonical form.
pub fn body(form: Form, raw: &[u8]) -> Vec<u8> {
    let mut made = Vec::with_capacity(raw.len() + 2);
    let mut rest = raw;
    while !rest.is_empty() {
        let end = rest.windows(2).position(|pair| pair == b"\r\n");
        let (line, behind) = match end {
            Some(end) => (
                rest.get(..end).unwrap_or_default(),
                rest.get(end + 2..).unwrap_or_default(),
            ),
            None => (rest, &[][..]),
        };
        match form {
            Form::Simple => made.extend_from_slice(line),
            Form::Relaxed => reduced(line, &mut made),
        }
        made.extend_from_slice(b"\r\n");
        rest = behind;
    }
    while made.ends_with(b"\r\n\r\n") {
        made.truncate(made.len() - 2);
    }
    match (form, made.as_slice()) {
        (Form::Simple, []) => made.extend_from_slice(b"\r\n"),
        (Form::Relaxed, b"\r\n") => made.clear(),
        (Form::Simple | Form::Relaxed, _) => {}
    }
    made
}

/// A line with runs of white space as one space, and none at the end.
fn reduced(line: &[u8], to: &mut Vec<u8>) {
    let mut pending = false;
    for byte in line {
        if is_wsp(*byte) {
            pending = true;
            continue;
        }
        if pending {
            to.push(b' ');
        }
        pending = false;
        to.push(*byte);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Message;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_example_of_the_standard_comes_out() {
        // RFC 6376 §3.4.5.
        let raw = b"A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n";
        let message = Message::parse(raw);
        for (form, header, text) in [
            (Form::Relaxed, "a:X\r\nb:Y Z\r\n", " C\r\nD E\r\n"),
            (
                Form::Simple,
                "A: X\r\nB : Y\t\r\n\tZ  \r\n",
                " C \r\nD \t E\r\n",
            ),
        ] {
            let mut made = Vec::new();
            for field in &message.fields {
                put_field(form, field, &mut made);
            }
            assert_eq!(String::from_utf8(made).unwrap(), header);
            assert_eq!(String::from_utf8(body(form, message.body)).unwrap(), text);
        }
    }

    #[test]
    fn bodies_end_as_the_standard_asks() {
        for (raw, simple, relaxed) in [
            ("", "\r\n", ""),
            ("\r\n", "\r\n", ""),
            ("\r\n\r\n", "\r\n", ""),
            (" \r\n", " \r\n", ""),
            ("x", "x\r\n", "x\r\n"),
            ("x\r\n \r\n", "x\r\n \r\n", "x\r\n"),
            ("x\r\n\r\n\r\n", "x\r\n", "x\r\n"),
            (" x\t\ty \r\n", " x\t\ty \r\n", " x y\r\n"),
            ("x\ry\nz\r\n", "x\ry\nz\r\n", "x\ry\nz\r\n"),
        ] {
            let shown = |form| String::from_utf8(body(form, raw.as_bytes())).unwrap();
            assert_eq!(shown(Form::Simple), simple, "{raw:?}");
            assert_eq!(shown(Form::Relaxed), relaxed, "{raw:?}");
        }
    }

    #[test]
    fn the_value_of_b_is_left_out_and_nothing_else() {
        for (value, expected) in [
            (" a=1; b=xyz==; d=e\r\n", " a=1; b=; d=e\r\n"),
            (" bh=b=; b = x\r\n\ty ;\r\n", " bh=b=; b =;\r\n"),
            (" a=1; b=xyz\r\n", " a=1; b="),
            (" a=b=c; B=1; bb=2", " a=b=c; B=1; bb=2"),
            ("", ""),
        ] {
            let made = without_signature(value.as_bytes());
            assert_eq!(String::from_utf8(made).unwrap(), expected, "{value:?}");
        }
    }

    #[test]
    fn of_fields_with_one_name_the_lowest_is_taken_first() {
        let message = Message::parse(b"A: 1\r\nB: 2\r\na: 3\r\n\r\n");
        let names =
            |list: &[&str]| -> Vec<String> { list.iter().map(|&it| it.to_owned()).collect() };
        for (h, expected) in [
            (names(&["a"]), vec![" 3\r\n"]),
            (
                names(&["A", "b", "a", "a", "c"]),
                vec![" 3\r\n", " 2\r\n", " 1\r\n"],
            ),
        ] {
            let found = taken(&message.fields, &h);
            let values: Vec<_> = found
                .iter()
                .map(|field| std::str::from_utf8(field.value).unwrap())
                .collect();
            assert_eq!(values, expected);
        }
    }

    proptest! {
        #[test]
        fn a_canonical_body_stays_as_it_is(raw in "([a ]|\t|\r\n){0,24}") {
            for form in [Form::Simple, Form::Relaxed] {
                let once = body(form, raw.as_bytes());
                prop_assert_eq!(&body(form, &once), &once);
                prop_assert!(once.is_empty() || once.ends_with(b"\r\n"));
            }
        }
    }
}
