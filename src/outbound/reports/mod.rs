//! Containers of reports: plain files, gzip, zip, e-mails and mailboxes, opened one report at a time and within limits.
//!
//! What a file is, is told by its content: names and media types of reports are often wrong. One container may stand in
//! an e-mail, and none in another one.

use std::io;
use thiserror::Error;

mod mail;
mod unpack;

use mail::Mails;
use unpack::{Meter, Whole};

/// What is taken at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of a file.
    pub file: usize,
    /// Octets of a compressed file, or of one in an e-mail.
    pub packed: usize,
    /// Octets of all that comes out of it.
    pub unpacked: usize,
    /// Octets of all that comes out of a file, its attachments and mails together.
    pub whole: usize,
    /// How many octets may come out of one, once more than a mebibyte came out.
    pub ratio: usize,
    /// Members of a gzip file.
    pub members: usize,
    /// Entries of an archive.
    pub entries: usize,
    /// Parts of an e-mail.
    pub parts: usize,
    /// Attachments of a file that may be reports, all its e-mails together.
    pub attachments: usize,
    /// Messages of a mailbox.
    pub messages: usize,
}

impl Limits {
    /// What no reporter comes near: the largest known reports have a few megabytes, and XML packs 50 to one at most.
    pub const USUAL: Self = Self {
        file: 64 << 20,
        packed: 16 << 20,
        unpacked: 64 << 20,
        whole: 128 << 20,
        ratio: 250,
        members: 64,
        entries: 1_000,
        parts: 1_000,
        attachments: 20_000,
        messages: 20_000,
    };
}

/// What kind of report it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// The XML of a DMARC aggregate report.
    Aggregate,
    /// The part `message/feedback-report` of a failure report.
    Failure,
    /// The JSON of an SMTP TLS report.
    Tls,
}

/// A report that was taken out of what held it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The file, and the way into it, each step behind a `!`.
    pub place: String,
    /// What it is.
    pub content: Content,
    /// The report itself.
    pub bytes: Vec<u8>,
}

/// A file, or something in it, that is not read.
#[derive(Debug)]
pub struct Refused {
    /// The file, and the way into it, each step behind a `!`.
    pub place: String,
    /// Why.
    pub refusal: Refusal,
}

/// Why something is not read.
#[derive(Debug, Error)]
pub enum Refusal {
    /// Nothing is in it.
    #[error("it is empty")]
    Empty,
    /// It is something else.
    #[error("it is no report: {0}")]
    NoReport(&'static str),
    /// An e-mail that has no report.
    #[error("it is an e-mail without a report")]
    NoReportInMail,
    /// It is beyond a limit.
    #[error("it is refused: {what}, and the limit is {limit}")]
    Limit {
        /// What is beyond it.
        what: String,
        /// The limit, with its unit.
        limit: String,
    },
    /// A container in a container.
    #[error("it is refused: {0} inside a compressed file, and only reports may be there")]
    Nested(&'static str),
    /// A container that can't be opened.
    #[error("it can't be unpacked: {0}")]
    Broken(String),
    /// It could not be read from where it stands.
    #[error("{0}")]
    Unreadable(io::Error),
    /// The report itself has a fault.
    #[error("{0}")]
    Faulty(String),
}

impl Refusal {
    /// Whether it is only something that is no report, as stands in mailboxes and folders beside reports.
    pub const fn is_beside_the_point(&self) -> bool {
        matches!(self, Self::Empty | Self::NoReport(_) | Self::NoReportInMail)
    }

    pub(in crate::outbound) fn octets(what: &str, limit: usize) -> Self {
        Self::Limit {
            what: what.to_owned(),
            limit: format!("{limit} octets"),
        }
    }

    fn number(what: &str, limit: usize, of: &str) -> Self {
        Self::Limit {
            what: what.to_owned(),
            limit: format!("{limit} {of}"),
        }
    }
}

/// Takes every report out of a file and hands it over, or says what is not read and why. The rest is read on.
pub fn open(
    place: &str,
    bytes: &[u8],
    limits: &Limits,
    take: &mut dyn FnMut(Result<Found, Refused>),
) {
    if bytes.len() > limits.file {
        let refusal = Refusal::octets("the file is too large", limits.file);
        return take(Err(Refused {
            place: place.to_owned(),
            refusal,
        }));
    }
    let mut whole = Whole::new(limits);
    match Shape::of(bytes) {
        Shape::Mail => Mails { whole, take }.one(place, bytes),
        Shape::Mailbox => Mails { whole, take }.mailbox(place, bytes),
        Shape::Report(_) | Shape::Gzip | Shape::Zip | Shape::Empty | Shape::Other(_) => {
            outer(place, bytes, &mut whole, take);
        }
    }
}

/// Opens what may stand in a file or in an e-mail: a report, or a compressed file of reports.
fn outer(
    place: &str,
    bytes: &[u8],
    whole: &mut Whole<'_>,
    take: &mut dyn FnMut(Result<Found, Refused>),
) {
    let refuse = |refusal| {
        Err(Refused {
            place: place.to_owned(),
            refusal,
        })
    };
    if let Err(refusal) = whole.attachment() {
        return take(refuse(refusal));
    }
    let shape = Shape::of(bytes);
    let most = whole.limits.packed;
    if matches!(shape, Shape::Gzip | Shape::Zip) && bytes.len() > most {
        return take(refuse(Refusal::octets(
            "the compressed file is too large",
            most,
        )));
    }
    let mut meter = Meter::new(bytes.len(), whole);
    match shape {
        Shape::Gzip => match unpack::gzip(bytes, &mut meter) {
            Ok(bytes) => take(report(place.to_owned(), bytes)),
            Err(refusal) => take(refuse(refusal)),
        },
        Shape::Zip => unpack::zip(place, bytes, &mut meter, take),
        Shape::Report(content) => take(Ok(Found {
            place: place.to_owned(),
            content,
            bytes: bytes.to_vec(),
        })),
        Shape::Empty => take(refuse(Refusal::Empty)),
        Shape::Other(what) => take(refuse(Refusal::NoReport(what))),
        Shape::Mail | Shape::Mailbox => take(refuse(Refusal::NoReport(
            "it is an e-mail inside an e-mail's attachment",
        ))),
    }
}

/// What came out of a compressed file: a report, or it is refused.
fn report(place: String, bytes: Vec<u8>) -> Result<Found, Refused> {
    let refusal = match Shape::of(&bytes) {
        Shape::Report(content) => {
            return Ok(Found {
                place,
                content,
                bytes,
            });
        }
        Shape::Gzip => Refusal::Nested("a gzip file"),
        Shape::Zip => Refusal::Nested("a zip archive"),
        Shape::Mail | Shape::Mailbox => Refusal::Nested("an e-mail"),
        Shape::Empty => Refusal::Empty,
        Shape::Other(what) => Refusal::NoReport(what),
    };
    Err(Refused { place, refusal })
}

/// What bytes look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Report(Content),
    Gzip,
    Zip,
    Mail,
    Mailbox,
    Empty,
    Other(&'static str),
}

/// What other archives begin with.
const OTHERS: [(&[u8], &str); 6] = [
    (b"BZh", "bzip2 files are not read"),
    (b"\xfd7zXZ\0", "xz files are not read"),
    (b"\x28\xb5\x2f\xfd", "zstd files are not read"),
    (b"7z\xbc\xaf\x27\x1c", "7z archives are not read"),
    (b"Rar!\x1a\x07", "rar archives are not read"),
    (b"%PDF", "it is a PDF file"),
];

impl Shape {
    fn of(bytes: &[u8]) -> Self {
        if bytes.starts_with(b"\x1f\x8b") {
            return Self::Gzip;
        }
        if [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"]
            .iter()
            .any(|magic| bytes.starts_with(*magic))
        {
            return Self::Zip;
        }
        if let Some((_, what)) = OTHERS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
            return Self::Other(what);
        }
        let text = bytes
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(bytes)
            .trim_ascii_start();
        match text {
            [] => Self::Empty,
            // UTF-16 has a mark, or a zero in front of or behind the first character.
            [b'<', ..] | [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, b'<', ..] => {
                Self::Report(Content::Aggregate)
            }
            [b'{', ..] => Self::Report(Content::Tls),
            text if text.starts_with(b"From ") => Self::Mailbox,
            text if is_header(text) => Self::Mail,
            _ => Self::Other("it begins as neither XML, JSON, gzip, zip nor an e-mail does"),
        }
    }
}

/// Whether a text begins with a header field (RFC 5322 §2.2).
fn is_header(text: &[u8]) -> bool {
    let name = text
        .iter()
        .take_while(|byte| byte.is_ascii_graphic() && **byte != b':')
        .count();
    name > 0
        && name < 80
        && text
            .get(name..)
            .is_some_and(|rest| rest.trim_ascii_start().starts_with(b":"))
}

#[cfg(test)]
mod tests;
