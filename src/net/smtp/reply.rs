//! Replies of an SMTP server (RFC 5321 §4.2), read from bytes that come in any portions.

use super::super::tcp::Failure;
use crate::facts::observed::Cause;
use crate::facts::smtp::{Ehlo, Keyword, Reply};

/// The longest line that is read, in bytes. RFC 5321 §4.5.3.1.5 allows servers 512.
const LONGEST_LINE: usize = 4096;
/// The most lines of one reply.
const MOST_LINES: usize = 128;
/// How much of a line is kept, in characters.
const KEPT: usize = 512;
/// How much of what was heard goes into the words of a failure, in characters.
const HEARD: usize = 200;

/// The whole replies in what was recorded of a server, whatever the portions; and why it ends where it is no SMTP.
pub fn replies<'a>(portions: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Reply>, Option<Failure>) {
    let (mut reader, mut found) = (Reader::default(), Vec::new());
    for portion in portions {
        reader.feed(portion);
        loop {
            match reader.next() {
                Ok(Some(reply)) => found.push(reply),
                Ok(None) => break,
                Err(failure) => return (found, Some(failure)),
            }
        }
    }
    (found, None)
}

/// Gathers bytes and gives whole replies.
#[derive(Debug, Default)]
pub(super) struct Reader {
    buffer: Vec<u8>,
    scanned: usize,
    lines: Vec<String>,
}

impl Reader {
    /// Takes in bytes as they came.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole reply; none until more bytes have come.
    pub(super) fn next(&mut self) -> Result<Option<Reply>, Failure> {
        while let Some(line) = self.line()? {
            let Some((code, more, text)) = split(&line) else {
                let detail = format!("no SMTP reply: `{}`", cut(&lossy(&line), HEARD));
                return Err(Failure::unknown(Cause::SmtpProtocol, detail));
            };
            self.lines.push(cut(&lossy(text), KEPT));
            if !more {
                let lines = std::mem::take(&mut self.lines);
                return Ok(Some(Reply { code, lines }));
            }
            if self.lines.len() >= MOST_LINES {
                let detail = format!("a reply of more than {MOST_LINES} lines; {}", self.heard());
                return Err(Failure::unknown(Cause::LimitReached, detail));
            }
        }
        Ok(None)
    }

    /// The bytes that came behind the last whole reply.
    pub(super) fn rest(&self) -> &[u8] {
        &self.buffer
    }

    /// What was heard of the unfinished reply, for people.
    pub(super) fn heard(&self) -> String {
        let mut heard = self.lines.join(" / ");
        heard.push_str(&lossy(&self.buffer));
        if heard.is_empty() {
            "nothing was heard".to_owned()
        } else {
            format!("heard `{}`", cut(&heard, HEARD))
        }
    }

    fn line(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        let unseen = self.buffer.get(self.scanned..).unwrap_or_default();
        let end = unseen.iter().position(|&byte| byte == b'\n');
        let length = end.map_or(self.buffer.len(), |end| self.scanned + end);
        if length > LONGEST_LINE {
            let detail = format!("a line of more than {LONGEST_LINE} bytes; {}", self.heard());
            return Err(Failure::unknown(Cause::LimitReached, detail));
        }
        self.scanned = if end.is_some() { 0 } else { length };
        Ok(end.map(|_| {
            let mut line: Vec<u8> = self.buffer.drain(..=length).collect();
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            line
        }))
    }
}

/// The code of a line, whether another line follows, and the text.
fn split(line: &[u8]) -> Option<(u16, bool, &[u8])> {
    let (digits, rest) = line.split_at_checked(3)?;
    let code = digits.iter().try_fold(0_u16, |sum, digit| {
        digit
            .is_ascii_digit()
            .then(|| sum * 10 + u16::from(digit - b'0'))
    })?;
    if !(200..=599).contains(&code) {
        return None;
    }
    match rest.split_first() {
        None => Some((code, false, rest)),
        Some((b' ', text)) => Some((code, false, text)),
        Some((b'-', text)) => Some((code, true, text)),
        Some(_) => None,
    }
}

/// Reads the answer to EHLO, or to HELO, which lists no extensions.
pub fn capabilities(reply: Reply, helo_only: bool) -> Ehlo {
    let mut lines = reply.lines.iter();
    let greeting = lines.next().map_or("", String::as_str);
    let name = greeting.split_whitespace().next().unwrap_or("").to_owned();
    let keywords = lines
        .filter(|_| !helo_only)
        .filter_map(|line| keyword(line))
        .collect();
    Ehlo {
        reply,
        helo_only,
        name,
        keywords,
    }
}

/// One line of extensions; some old servers write `AUTH=LOGIN` instead of `AUTH LOGIN`.
fn keyword(line: &str) -> Option<Keyword> {
    let line = line.trim();
    let (keyword, parameters) = line.split_once([' ', '\t', '=']).unwrap_or((line, ""));
    (!keyword.is_empty()).then(|| Keyword {
        keyword: keyword.to_ascii_uppercase(),
        parameters: parameters.trim().to_owned(),
    })
}

/// The code and text of a reply in one line, for people.
pub(super) fn said(reply: &Reply) -> String {
    cut(
        &format!("{} {}", reply.code, reply.lines.join(" / ")),
        HEARD,
    )
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or("")),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(bytes: &[u8]) -> Result<Vec<Reply>, Failure> {
        let mut reader = Reader::default();
        reader.feed(bytes);
        let mut replies = Vec::new();
        while let Some(reply) = reader.next()? {
            replies.push(reply);
        }
        Ok(replies)
    }

    #[test]
    fn replies_are_read_from_any_portions() {
        let bytes = b"220-mx.example.org\r\n220 ready\r\n250 \r\n354\n";
        let whole = all(bytes).unwrap();
        let codes: Vec<u16> = whole.iter().map(|reply| reply.code).collect();
        assert_eq!(codes, [220, 250, 354]);
        assert_eq!(whole[0].lines, ["mx.example.org", "ready"]);
        assert_eq!(whole[2].lines, [""]);
        for portion in 1..7 {
            let mut reader = Reader::default();
            let mut replies = Vec::new();
            for bytes in bytes.chunks(portion) {
                reader.feed(bytes);
                while let Some(reply) = reader.next().unwrap() {
                    replies.push(reply);
                }
            }
            assert_eq!(replies, whole, "portions of {portion}");
        }
    }

    #[test]
    fn the_code_of_the_last_line_counts() {
        let replies = all(b"220-wait\r\n554 go away\r\n").unwrap();
        assert_eq!(replies[0].code, 554);
    }

    #[test]
    fn what_is_no_reply_is_a_protocol_failure() {
        let cases: &[&[u8]] = &[
            b"SSH-2.0-OpenSSH_9.2\r\n",
            b"HTTP/1.1 400 Bad Request\r\n",
            b"22\r\n",
            b"220mx\r\n",
            b"999 no\r\n",
            b"\r\n",
            b"\xff\xfe\xfd\r\n",
        ];
        for case in cases {
            let failure = all(case).unwrap_err();
            let Failure::Unknown { cause, .. } = failure else {
                panic!("{case:?}")
            };
            assert_eq!(cause, Cause::SmtpProtocol, "{case:?}");
        }
    }

    #[test]
    fn a_line_or_a_reply_without_end_reaches_a_limit() {
        for bytes in [vec![b'2'; 5000], b"220-x\r\n".repeat(200)] {
            let failure = all(&bytes).unwrap_err();
            assert!(
                matches!(&failure, Failure::Unknown { cause: Cause::LimitReached, detail } if detail.contains("heard `")),
                "{failure:?}"
            );
        }
    }

    #[test]
    fn keywords_are_in_upper_case_with_their_parameters() {
        let reply = all(b"250-MX.example.org hello\r\n250-size 1000\r\n250-AUTH=LOGIN PLAIN\r\n250-\r\n250 StartTLS\r\n")
            .unwrap()
            .remove(0);
        let ehlo = capabilities(reply.clone(), false);
        assert_eq!(ehlo.name, "MX.example.org");
        let read: Vec<(&str, &str)> = ehlo
            .keywords
            .iter()
            .map(|keyword| (keyword.keyword.as_str(), keyword.parameters.as_str()))
            .collect();
        assert_eq!(
            read,
            [("SIZE", "1000"), ("AUTH", "LOGIN PLAIN"), ("STARTTLS", "")]
        );
        assert!(capabilities(reply, true).keywords.is_empty());
    }

    #[test]
    fn long_lines_are_cut_and_other_bytes_replaced() {
        let mut bytes = b"250 \xff".to_vec();
        bytes.extend([b'y'; 2000]);
        bytes.extend(b"\r\n");
        let reply = all(&bytes).unwrap().remove(0);
        assert_eq!(reply.lines[0].chars().count(), KEPT + 1);
        assert!(reply.lines[0].starts_with('\u{fffd}'));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            if let Ok(replies) = all(&bytes) {
                for reply in replies {
                    let _ = said(&reply);
                    let _ = capabilities(reply, false);
                }
            }
        }

        #[test]
        fn what_looks_like_a_reply_never_panics(text in "[2-5][0-9]{2}[- ]\\PC{0,40}(\r\n|\n)([2-5][0-9]{2}[- ]?\\PC{0,10}\r\n){0,3}") {
            let _ = all(text.as_bytes());
        }
    }
}
