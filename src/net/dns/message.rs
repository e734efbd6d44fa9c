//! DNS messages: writing a question, telling whether an answer belongs to it, reading an answer.

use super::names;
use crate::net::dnssec::Evidence;
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder};

/// The largest UDP answer that is asked for (RFC 6891 §6.2.3): below it nothing is fragmented.
const MAX_UDP: u16 = 1232;

/// Bytes before the question.
const HEADER: usize = 12;

/// How much of an Extended DNS Error's text is kept, in characters.
const MAX_TEXT: usize = 200;

/// Flags of the header's second half.
pub(super) const RECURSION_DESIRED: u16 = 0x0100;
pub(super) const AUTHENTIC_DATA: u16 = 0x0020;
pub(super) const CHECKING_DISABLED: u16 = 0x0010;
const RESPONSE: u16 = 0x8000;
const TRUNCATED: u16 = 0x0200;

/// The question section for a name and type in class IN; also the key under which its answer is kept.
pub(super) fn question(name: &Name, rtype: RecordType) -> Vec<u8> {
    let mut out = names::wire(name);
    out.extend(u16::from(rtype).to_be_bytes());
    out.extend(u16::from(DNSClass::IN).to_be_bytes());
    out
}

/// A query with this question and an OPT record that asks for DNSSEC records (RFC 6891 §6.1, RFC 3225).
pub(super) fn query(id: u16, flags: u16, question: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER + question.len() + 11);
    for field in [id, flags, 1, 0, 0, 1] {
        out.extend(field.to_be_bytes());
    }
    out.extend(question);
    out.push(0);
    for field in [41, MAX_UDP, 0, 0x8000, 0] {
        out.extend(field.to_be_bytes());
    }
    out
}

/// The identifier of a message.
pub(super) fn id(message: &[u8]) -> Option<u16> {
    word(message, 0)
}

/// Whether the message is a response with exactly this question (RFC 5452 §9.1).
pub(super) fn belongs(message: &[u8], question: &[u8]) -> bool {
    let response = word(message, 2).is_some_and(|flags| flags & RESPONSE != 0);
    response
        && word(message, 4) == Some(1)
        && message
            .get(HEADER..HEADER + question.len())
            .is_some_and(|echo| echo.eq_ignore_ascii_case(question))
}

/// Whether the answer did not fit (RFC 2181 §9).
pub(super) fn truncated(message: &[u8]) -> bool {
    word(message, 2).is_some_and(|flags| flags & TRUNCATED != 0)
}

/// An answer as far as it is of use here.
#[derive(Clone, Debug)]
pub(super) struct Message {
    /// The response code with its upper bits from EDNS (RFC 6891 §6.1.3).
    pub(super) rcode: u16,
    /// Whether the resolver vouches for the answer (RFC 4035 §3.2.3).
    pub(super) authentic: bool,
    /// Extended DNS Errors: code and text (RFC 8914).
    pub(super) errors: Vec<(u16, String)>,
    /// The sections of records.
    pub(super) evidence: Evidence,
}

/// The message breaks off, or a record that was asked for cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

impl Message {
    /// Reads an answer to a question of this length and type. A record of another type that cannot be
    /// read counts as not there, as if its type were not known.
    pub(super) fn read(
        bytes: &[u8],
        question: usize,
        rtype: RecordType,
    ) -> Result<Self, Unreadable> {
        let flags = word(bytes, 2).ok_or(Unreadable)?;
        let count = |at| word(bytes, at).ok_or(Unreadable);
        let (answers, authorities, additionals) = (count(6)?, count(8)?, count(10)?);
        let mut reader = Reader {
            bytes,
            at: HEADER + question,
            wanted: rtype,
        };
        let answers = reader.section(answers)?;
        let authorities = reader.section(authorities)?;
        let mut rcode = flags & 0x000F;
        let mut errors = Vec::new();
        for _ in 0..additionals {
            let frame = reader.frame()?;
            if frame.rtype == u16::from(RecordType::OPT) {
                rcode |= (frame.ttl_upper) << 4;
                errors = extended_errors(frame.data);
            }
        }
        Ok(Self {
            rcode,
            authentic: flags & AUTHENTIC_DATA != 0,
            errors,
            evidence: Evidence {
                nxdomain: rcode == 3,
                answers,
                authorities,
            },
        })
    }

    /// The Extended DNS Errors in words, where there are any.
    pub(super) fn errors_in_words(&self) -> String {
        let words = self.errors.iter().map(|(code, text)| match text.as_str() {
            "" => format!("EDE {code}"),
            text => format!("EDE {code}: {text}"),
        });
        words.collect::<Vec<_>>().join("; ")
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..)
        .and_then(<[u8]>::first_chunk)
        .map(|pair| u16::from_be_bytes(*pair))
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    wanted: RecordType,
}

/// One record without its name.
struct Frame<'a> {
    start: usize,
    rtype: u16,
    class: u16,
    ttl_upper: u16,
    data: &'a [u8],
}

impl<'a> Reader<'a> {
    fn section(&mut self, count: u16) -> Result<Vec<Record>, Unreadable> {
        let mut records = Vec::with_capacity(usize::from(count).min(16));
        for _ in 0..count {
            let frame = self.frame()?;
            if frame.class != u16::from(DNSClass::IN) {
                continue;
            }
            let start = u16::try_from(frame.start).map_err(|_| Unreadable)?;
            let mut decoder = BinDecoder::new(self.bytes).clone(start);
            match Record::read(&mut decoder) {
                Ok(record) if !matches!(record.data, RData::Update0(_)) => records.push(record),
                Ok(_) | Err(_) if frame.rtype == u16::from(self.wanted) => return Err(Unreadable),
                Ok(_) | Err(_) => {}
            }
        }
        Ok(records)
    }

    /// Steps over one record.
    fn frame(&mut self) -> Result<Frame<'a>, Unreadable> {
        let start = self.at;
        let fixed = self.behind_name(start)?;
        let field = |offset| word(self.bytes, fixed + offset).ok_or(Unreadable);
        let data = fixed + 10;
        let end = data + usize::from(field(8)?);
        let frame = Frame {
            start,
            rtype: field(0)?,
            class: field(2)?,
            ttl_upper: field(4)? >> 8,
            data: self.bytes.get(data..end).ok_or(Unreadable)?,
        };
        self.at = end;
        Ok(frame)
    }

    /// Where the name that begins here ends; a pointer ends it (RFC 1035 §4.1.4).
    fn behind_name(&self, start: usize) -> Result<usize, Unreadable> {
        let mut at = start;
        loop {
            match self.bytes.get(at) {
                Some(0) => return Ok(at + 1),
                Some(length @ 1..=63) => at += 1 + usize::from(*length),
                Some(192..) => return Ok(at + 2),
                Some(64..=191) | None => return Err(Unreadable),
            }
        }
    }
}

/// The Extended DNS Errors among the EDNS options (RFC 8914 §2).
fn extended_errors(mut options: &[u8]) -> Vec<(u16, String)> {
    let mut errors = Vec::new();
    while let (Some(code), Some(length)) = (word(options, 0), word(options, 2)) {
        let end = 4 + usize::from(length);
        let Some(value) = options.get(4..end) else {
            break;
        };
        if code == 15
            && let Some(info) = word(value, 0)
        {
            let text = String::from_utf8_lossy(value.get(2..).unwrap_or_default());
            errors.push((info, text.chars().take(MAX_TEXT).collect()));
        }
        options = options.get(end..).unwrap_or_default();
    }
    errors
}
