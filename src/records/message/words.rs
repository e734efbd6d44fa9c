//! Encoded words in header fields (RFC 2047), as far as display names are looked through for tricks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The text with its encoded words decoded, those in UTF-8, US-ASCII and ISO 8859-1. Others stay as they are.
pub(super) fn decoded(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("=?") {
        let (before, from) = rest.split_at(start);
        made.push_str(before);
        let Some((word, behind)) = one(from) else {
            made.push_str("=?");
            rest = from.get(2..).unwrap_or_default();
            continue;
        };
        made.push_str(&word);
        // White space between two encoded words belongs to neither (RFC 2047 §6.2).
        let next = behind.trim_start();
        rest = if next.starts_with("=?") { next } else { behind };
    }
    made.push_str(rest);
    made
}

/// The word at the beginning, decoded, and the rest.
fn one(text: &str) -> Option<(String, &str)> {
    let (charset, rest) = text.strip_prefix("=?")?.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let (encoded, behind) = rest.split_once("?=")?;
    if encoded.contains([' ', '\t']) {
        return None;
    }
    let bytes = match encoding {
        "B" | "b" => STANDARD.decode(encoded).ok()?,
        "Q" | "q" => quoted(encoded),
        _ => return None,
    };
    let charset = charset.split('*').next().unwrap_or_default();
    let word = match charset.to_ascii_lowercase().as_str() {
        "utf-8" | "us-ascii" => String::from_utf8_lossy(&bytes).into_owned(),
        "iso-8859-1" => bytes.into_iter().map(char::from).collect(),
        _ => return None,
    };
    Some((word, behind))
}

fn quoted(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut made = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        made.push(match byte {
            b'_' => b' ',
            b'=' => {
                let digits = [bytes.next().unwrap_or(b'?'), bytes.next().unwrap_or(b'?')];
                let number = std::str::from_utf8(&digits).unwrap_or_default();
                u8::from_str_radix(number, 16).unwrap_or(b'?')
            }
            other => other,
        });
    }
    made
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn encoded_words_are_decoded_and_everything_else_stays() {
        for (text, expected) in [
            ("plain", "plain"),
            ("=?utf-8?B?w7xiZXI=?= x", "über x"),
            ("=?UTF-8?Q?a=40b_c?=", "a@b c"),
            ("=?iso-8859-1?q?=fc?= =?utf-8?q?x?=", "üx"),
            ("=?koi8-r?q?=fc?=", "=?koi8-r?q?=fc?="),
            ("=?utf-8?B?!!?= =?", "=?utf-8?B?!!?= =?"),
            ("=?utf-8?Q?=4?=", "?"),
            ("=?", "=?"),
        ] {
            assert_eq!(decoded(text), expected, "{text}");
        }
    }
}
