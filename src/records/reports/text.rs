//! Bytes of a report to text: byte order marks, and what an XML declaration says.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// Where the XML declaration stands, at most.
const BEGINNING: usize = 200;

/// The text, and whether every byte of it had a meaning.
///
/// A byte order mark wins over the declaration. A declaration that can be read as ASCII can't be in UTF-16, whatever it
/// says: some reporters write `utf-16` over a text in UTF-8.
pub fn decode(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return with(encoding, bytes.get(length..).unwrap_or_default());
    }
    match bytes {
        [b'<', 0, ..] => with(UTF_16LE, bytes),
        [0, b'<', ..] => with(UTF_16BE, bytes),
        _ => with(declared(bytes).unwrap_or(UTF_8), bytes),
    }
}

fn with<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> (Cow<'a, str>, bool) {
    let (text, broken) = encoding.decode_without_bom_handling(bytes);
    (text, !broken)
}

/// The encoding that an XML declaration names (XML 1.0 §4.3.3), where it is known and can be true.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let beginning = bytes.get(..BEGINNING.min(bytes.len()))?;
    let beginning = beginning.trim_ascii_start().strip_prefix(b"<?xml")?;
    let end = beginning.windows(2).position(|pair| pair == b"?>")?;
    let declaration = std::str::from_utf8(beginning.get(..end)?).ok()?;
    let (_, behind) = declaration.split_once("encoding")?;
    let value = behind.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let label = value.get(1..)?.split(quote).next()?;
    let encoding = Encoding::for_label(label.as_bytes())?;
    (encoding != UTF_16LE && encoding != UTF_16BE).then_some(encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_taken_from_the_mark_then_from_the_declaration() {
        let utf_16 = |text: &str, little: bool| -> Vec<u8> {
            let order = |unit: u16| {
                if little {
                    unit.to_le_bytes()
                } else {
                    unit.to_be_bytes()
                }
            };
            text.encode_utf16().flat_map(order).collect()
        };
        let mut marked = vec![0xff, 0xfe];
        marked.extend(utf_16("<a>ü</a>", true));
        for (bytes, expected) in [
            ("<a>ü</a>".as_bytes().to_vec(), "<a>ü</a>"),
            (b"\xef\xbb\xbf<a/>".to_vec(), "<a/>"),
            (
                b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xfc</a>".to_vec(),
                "<?xml version='1.0' encoding='ISO-8859-1'?><a>ü</a>",
            ),
            (
                b"<?xml version=\"1.0\" encoding=\"windows-1252\" ?><a>\x80</a>".to_vec(),
                "<?xml version=\"1.0\" encoding=\"windows-1252\" ?><a>€</a>",
            ),
            (
                b"<?xml version=\"1.0\" encoding=\"utf-16\"?><a/>".to_vec(),
                "<?xml version=\"1.0\" encoding=\"utf-16\"?><a/>",
            ),
            (marked, "<a>ü</a>"),
            (utf_16("<a/>", true), "<a/>"),
            (utf_16("<a/>", false), "<a/>"),
        ] {
            assert_eq!(decode(&bytes), (Cow::Borrowed(expected), true));
        }
    }

    #[test]
    fn bytes_without_a_meaning_are_told() {
        assert_eq!(
            decode(b"<a>\xff</a>"),
            (Cow::Borrowed("<a>\u{fffd}</a>"), false)
        );
        assert_eq!(decode(b""), (Cow::Borrowed(""), true));
        assert!(!decode(b"\xff\xfe<").1);
    }
}
