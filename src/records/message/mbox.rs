//! Several messages in one file: mbox with the quoting of mboxrd (RFC 4155 and its appendix A).

use super::first_line;

/// Whether a file is an mbox: it begins with a line `From ` that has a time.
pub fn is_mbox(raw: &[u8]) -> bool {
    is_separator(first_line(raw).0)
}

/// The messages of an mbox, their lines unquoted: one `>` is taken from each line that begins with `>` and more of them,
/// and `From `. The empty line in front of the next message belongs to none.
///
/// A line `From ` separates only behind an empty line, and where it has a time.
pub fn split(raw: &[u8]) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    let mut rest = raw;
    let mut behind_empty = true;
    while !rest.is_empty() {
        let (line, behind) = first_line(rest);
        rest = behind;
        if behind_empty && is_separator(line) {
            if let Some(before) = messages.last_mut() {
                drop_last_empty(before);
            }
            messages.push(Vec::new());
            behind_empty = false;
            continue;
        }
        behind_empty = matches!(line, b"\n" | b"\r\n");
        if let Some(message) = messages.last_mut() {
            message.extend_from_slice(unquoted(line));
        }
    }
    if let Some(last) = messages.last_mut() {
        drop_last_empty(last);
    }
    messages
}

fn is_separator(line: &[u8]) -> bool {
    let time = |four: &[u8]| matches!(four, [a, b':', b, c] if a.is_ascii_digit() && b.is_ascii_digit() && c.is_ascii_digit());
    line.starts_with(b"From ") && line.windows(4).any(time)
}

fn unquoted(line: &[u8]) -> &[u8] {
    let marks = line.iter().take_while(|byte| **byte == b'>').count();
    let quoted = marks > 0
        && line
            .get(marks..)
            .is_some_and(|rest| rest.starts_with(b"From "));
    if quoted {
        line.get(1..).unwrap_or_default()
    } else {
        line
    }
}

/// Takes the empty line from the end, where one is there behind the end of another line.
fn drop_last_empty(message: &mut Vec<u8>) {
    for (end, kept) in [(&b"\r\n\r\n"[..], 2), (b"\n\n", 1)] {
        if message.ends_with(end) {
            let length = message.len() - kept;
            message.truncate(length);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "From a@example.org Mon Nov 30 01:02:03 2026\n";

    #[test]
    fn messages_are_parted_at_from_lines_and_unquoted() {
        for (text, expected) in [
            (
                format!("{LINE}A: 1\n\nx\n\n{LINE}B: 2\n\ny\n"),
                vec!["A: 1\n\nx\n", "B: 2\n\ny\n"],
            ),
            (
                format!("{LINE}A: 1\n\n>From x\n>>From y\n> From z\n"),
                vec!["A: 1\n\nFrom x\n>From y\n> From z\n"],
            ),
            (
                format!("{LINE}A: 1\n\nx\n{LINE}y\n"),
                vec![&format!("A: 1\n\nx\n{LINE}y\n")],
            ),
            (
                format!("{LINE}A: 1\n\n\nFrom here on\n"),
                vec!["A: 1\n\n\nFrom here on\n"],
            ),
            (
                format!("{LINE}A: 1\r\n\r\nx\r\n\r\n{LINE}"),
                vec!["A: 1\r\n\r\nx\r\n", ""],
            ),
            (LINE.to_owned(), vec![""]),
        ] {
            let found = split(text.as_bytes());
            let expected: Vec<Vec<u8>> = expected.iter().map(|it| it.as_bytes().to_vec()).collect();
            assert_eq!(found, expected, "{text}");
            assert!(is_mbox(text.as_bytes()));
        }
    }

    #[test]
    fn a_single_message_is_no_mbox() {
        for text in [
            "From: a@example.org\n\n",
            "From here on\n",
            "",
            "Subject: From 1:23",
        ] {
            assert!(!is_mbox(text.as_bytes()), "{text}");
        }
    }
}
