//! The bytes behind DATA (RFC 5321 §4.1.1.4 and §4.5.2). Nothing but CRLF ends a line, and nothing but
//! `CRLF . CRLF` a message: what other servers might take for an end is refused, so that no message hides in another.

use super::limits::Limits;

/// The message as far as it came.
#[derive(Debug)]
pub(super) struct Body {
    message: Vec<u8>,
    at: At,
    line: usize,
    /// Bytes that came, stuffing and all.
    came: usize,
    most: usize,
    longest_line: usize,
    fault: Option<Fault>,
}

/// Where in a line the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// At its first byte.
    Start,
    /// Behind a dot at its start.
    Dot,
    /// Behind a dot at its start and CR.
    DotCr,
    /// Behind other bytes.
    Text,
    /// Behind a CR.
    Cr,
}

/// Reads a message from its portions, with the limits of a server. Gives it, or why it is none, and how many bytes
/// it took; none where it did not end.
pub fn read<'a>(
    portions: impl IntoIterator<Item = &'a [u8]>,
    limits: &Limits,
) -> (Result<Vec<u8>, Fault>, Option<usize>) {
    let mut body = Body::new(limits.message, limits.text_line);
    let mut before = 0;
    for portion in portions {
        match body.push(portion) {
            Progress::More => before += portion.len(),
            Progress::End(count) => return (body.finish(), Some(before + count)),
            Progress::Broken(fault) => return (Err(fault), None),
        }
    }
    (body.finish(), None)
}

/// Why a message is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// LF without CR.
    BareLf,
    /// CR without LF.
    BareCr,
    /// A line is too long.
    Line,
    /// The message is too large.
    Size,
}

/// What some bytes led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// More has to come.
    More,
    /// The message ended behind so many of the bytes.
    End(usize),
    /// Nothing further is read: the end of the message can't be told, or is too far away.
    Broken(Fault),
}

impl Body {
    /// A message of at most so many bytes, in lines of at most so many.
    pub(super) const fn new(most: usize, longest_line: usize) -> Self {
        Self {
            message: Vec::new(),
            at: At::Start,
            line: 0,
            came: 0,
            most,
            longest_line,
            fault: None,
        }
    }

    /// Takes the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Progress {
        for (index, byte) in bytes.iter().enumerate() {
            match self.take(*byte) {
                Progress::More => (),
                Progress::End(_) => return Progress::End(index + 1),
                broken @ Progress::Broken(_) => return broken,
            }
        }
        Progress::More
    }

    /// How many bytes of the message are held.
    pub(super) const fn held(&self) -> usize {
        self.message.capacity()
    }

    /// Reads on to the end without keeping anything.
    pub(super) fn give_up(&mut self) {
        self.refuse(Fault::Size);
    }

    /// The message, or why it is none.
    pub(super) fn finish(self) -> Result<Vec<u8>, Fault> {
        self.fault.map_or(Ok(self.message), Err)
    }

    fn take(&mut self, byte: u8) -> Progress {
        self.came = self.came.saturating_add(1);
        // What is too large is read on for as much again, so that the client hears why.
        if self.came > self.most.saturating_mul(2).saturating_add(1 << 16) {
            return Progress::Broken(self.fault.unwrap_or(Fault::Size));
        }
        self.at = match (self.at, byte) {
            (At::DotCr, b'\n') => return Progress::End(0),
            (At::Cr, b'\n') => {
                self.keep(b'\r');
                self.keep(b'\n');
                self.line = 0;
                At::Start
            }
            (At::Cr | At::DotCr, _) => return Progress::Broken(Fault::BareCr),
            (_, b'\n') => return Progress::Broken(Fault::BareLf),
            (At::Dot, b'\r') => At::DotCr,
            (_, b'\r') => At::Cr,
            (At::Start, b'.') => At::Dot,
            (_, byte) => {
                self.line += 1;
                if self.line > self.longest_line {
                    self.refuse(Fault::Line);
                }
                self.keep(byte);
                At::Text
            }
        };
        Progress::More
    }

    fn keep(&mut self, byte: u8) {
        if self.fault.is_some() {
            return;
        }
        if self.message.len() >= self.most {
            self.refuse(Fault::Size);
        } else {
            self.message.push(byte);
        }
    }

    /// From here on nothing is kept.
    fn refuse(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
        self.message = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use super::{Body, Fault, Progress};

    fn read(text: &str) -> (Progress, Result<String, Fault>) {
        let mut body = Body::new(40, 20);
        let progress = body.push(text.as_bytes());
        let message = body
            .finish()
            .map(|message| String::from_utf8(message).unwrap());
        // However the bytes are cut, the same comes of them.
        let mut slow = Body::new(40, 20);
        let cut = text
            .bytes()
            .enumerate()
            .find_map(|(index, byte)| match slow.push(&[byte]) {
                Progress::More => None,
                Progress::End(_) => Some(Progress::End(index + 1)),
                broken @ Progress::Broken(_) => Some(broken),
            });
        assert_eq!(cut.unwrap_or(Progress::More), progress, "{text:?}");
        (progress, message)
    }

    #[test]
    fn dots_are_taken_away_and_the_end_is_found() {
        for (text, end, message) in [
            (".\r\n", 3, ""),
            ("a\r\n.\r\nQUIT", 6, "a\r\n"),
            ("..\r\n.\r\n", 7, ".\r\n"),
            (".a\r\n..b\r\n.\r\n", 12, "a\r\n.b\r\n"),
            ("a.\r\n.b.\r\n.\r\n", 12, "a.\r\nb.\r\n"),
            ("\r\n\r\n.\r\n", 7, "\r\n\r\n"),
        ] {
            assert_eq!(
                read(text),
                (Progress::End(end), Ok(message.to_owned())),
                "{text:?}"
            );
        }
        assert_eq!(read("a\r\n.").0, Progress::More);
        assert_eq!(read("a\r\n.\r").0, Progress::More);
    }

    #[test]
    fn no_other_sequence_ends_a_message() {
        for (text, fault) in [
            ("a\n.\n", Fault::BareLf),
            ("a\n.\r\n", Fault::BareLf),
            ("a\r\n.\n", Fault::BareLf),
            ("a\r.\r", Fault::BareCr),
            ("a\r.\r\n", Fault::BareCr),
            ("a\r\n.\rQUIT", Fault::BareCr),
            ("a\r\r\n.\r\n", Fault::BareCr),
            ("a\r\n.\r\r\n", Fault::BareCr),
            ("a\n\n.\r\n", Fault::BareLf),
            ("a\r\n\n.\r\n", Fault::BareLf),
            (".\n", Fault::BareLf),
            ("\n", Fault::BareLf),
        ] {
            assert_eq!(read(text).0, Progress::Broken(fault), "{text:?}");
        }
        // Other bytes that some take for the end of a line.
        for text in [
            "a\0.\0\r\n.\r\n",
            "a\u{85}.\u{85}\r\n.\r\n",
            "a\u{b}.\u{c}\r\n.\r\n",
        ] {
            assert_eq!(read(text).0, Progress::End(text.len()), "{text:?}");
        }
    }

    #[test]
    fn what_is_too_large_or_too_long_is_not_kept_and_read_to_its_end() {
        let large = format!("{}.\r\n", "0123456789\r\n".repeat(4));
        assert_eq!(read(&large), (Progress::End(large.len()), Err(Fault::Size)));
        let long = format!("{}\r\n.\r\n", "0".repeat(21));
        assert_eq!(read(&long), (Progress::End(long.len()), Err(Fault::Line)));
        let fits = format!("{}\r\n.\r\n", "0".repeat(20));
        assert!(read(&fits).1.is_ok());
        let endless = "0\r\n".repeat(30_000);
        assert_eq!(read(&endless).0, Progress::Broken(Fault::Size));
    }
}
