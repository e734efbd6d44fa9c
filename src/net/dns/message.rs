//! DNS messages: writing a question, telling whether an answer belongs to it, reading an answer.

use super::names;
use crate::net::dnssec::Evidence;
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use hickory_proto::serialize::binary::{BinDecodable as _, BinDecoder};

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
const RECURSION_AVAILABLE: u16 = 0x0080;
const RESPONSE: u16 = 0x8000;
const TRUNCATED: u16 = 0x0200;
const AUTHORITATIVE: u16 = 0x0400;

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

/// Whether the server claims authority for the name (RFC 1035 §4.1.1).
pub(super) fn authoritative(message: &[u8]) -> bool {
    word(message, 2).is_some_and(|flags| flags & AUTHORITATIVE != 0)
}

/// An answer as far as it is of use here.
#[derive(Clone, Debug)]
pub(super) struct Message {
    /// The response code with its upper bits from EDNS (RFC 6891 §6.1.3).
    pub(super) rcode: u16,
    /// Whether the resolver vouches for the answer (RFC 4035 §3.2.3).
    pub(super) authentic: bool,
    /// Whether the server follows delegations for others (RFC 1035 §4.1.1).
    pub(super) recursive: bool,
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
            recursive: flags & RECURSION_AVAILABLE != 0,
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

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_proto::op::{Edns, Message as Written, MessageType, OpCode, Query, ResponseCode};
    use hickory_proto::rr::rdata::opt::EdnsOption;
    use hickory_proto::rr::rdata::{A, CAA};
    use proptest::prelude::*;

    fn asked() -> (Name, Vec<u8>) {
        let name = names::parse("mx.example.org").unwrap();
        let question = question(&name, RecordType::A);
        (name, question)
    }

    fn written(change: impl FnOnce(&mut Written, Name)) -> Vec<u8> {
        let (name, _) = asked();
        let mut message = Written::new(7, MessageType::Response, OpCode::Query);
        message.add_query(Query::query(name.clone(), RecordType::A));
        change(&mut message, name);
        message.to_vec().unwrap()
    }

    #[test]
    fn a_query_is_what_others_read_as_one() {
        let (name, question) = asked();
        let read = Written::from_vec(&query(
            513,
            RECURSION_DESIRED | CHECKING_DISABLED,
            &question,
        ));
        let read = read.unwrap();
        assert_eq!((read.metadata.id, &read.queries[0].name), (513, &name));
        assert!(read.metadata.recursion_desired && read.metadata.checking_disabled);
        let edns = read.edns.unwrap();
        assert_eq!((edns.max_payload(), edns.flags().dnssec_ok), (1232, true));
    }

    #[test]
    fn an_answer_belongs_to_its_question_whatever_the_case() {
        let (_, question) = asked();
        let mut answer = written(|_, _| ());
        assert!(belongs(&answer, &question));
        answer[13] = b'M';
        assert!(belongs(&answer, &question));
        answer[13] = b'N';
        assert!(!belongs(&answer, &question));
        assert!(!belongs(&query(7, 0, &question), &question));
        assert!(!belongs(&answer[..20], &question));
    }

    #[test]
    fn extended_errors_and_upper_rcode_bits_are_read() {
        let (_, question) = asked();
        let bytes = written(|message, _| {
            let mut edns = Edns::new();
            message.metadata.response_code = ResponseCode::BADVERS;
            let value = [&[0, 7], b"expired \xff".as_slice()].concat();
            edns.options_mut().insert(EdnsOption::Unknown(15, value));
            message.set_edns(edns);
        });
        let message = Message::read(&bytes, question.len(), RecordType::A).unwrap();
        assert_eq!(message.rcode, 16);
        assert_eq!(message.errors_in_words(), "EDE 7: expired \u{fffd}");
    }

    #[test]
    fn an_unreadable_record_counts_only_where_its_type_was_asked_for() {
        let (_, question) = asked();
        let mut bytes = written(|message, name| {
            let address = RData::A(A::new(192, 0, 2, 1));
            let caa = RData::CAA(CAA::new_issue(false, None, Vec::new()));
            message.add_answer(Record::from_rdata(name.clone(), 60, caa));
            message.add_answer(Record::from_rdata(name, 60, address));
        });
        let sound = Message::read(&bytes, question.len(), RecordType::A).unwrap();
        assert_eq!(sound.evidence.answers.len(), 2);
        // The length of the CAA tag, behind the record's twelve fixed bytes and the flags.
        bytes[12 + question.len() + 13] = 200;
        let spoilt = Message::read(&bytes, question.len(), RecordType::A).unwrap();
        assert_eq!(spoilt.evidence.answers.len(), 1);
        assert!(Message::read(&bytes, question.len(), RecordType::CAA).is_err());
    }

    #[test]
    fn more_records_promised_than_sent_is_unreadable() {
        let (_, question) = asked();
        for field in [7, 9, 11] {
            let mut bytes = written(|_, _| ());
            bytes[field] = 1;
            assert!(Message::read(&bytes, question.len(), RecordType::A).is_err());
        }
    }

    /// The header and question of a true answer, so that random bytes get past them.
    fn with_header(counts: [u8; 3], rest: &[u8]) -> Vec<u8> {
        let mut bytes = written(|_, _| ());
        for (count, at) in counts.into_iter().zip([7, 9, 11]) {
            bytes[at] = count;
        }
        [bytes, rest.to_vec()].concat()
    }

    proptest! {
        #[test]
        fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), length in 0..300_usize) {
            let _ = Message::read(&bytes, length, RecordType::A);
            let _ = belongs(&bytes, &bytes);
        }

        #[test]
        fn no_record_makes_reading_panic(
            counts in any::<[u8; 3]>(),
            records in prop::collection::vec(
                (
                    prop::sample::select(vec![
                        1, 2, 5, 6, 12, 13, 15, 16, 28, 33, 35, 37, 39, 41, 43, 44, 46, 47, 48, 50, 51, 52,
                        53, 59, 60, 61, 62, 64, 65, 250, 257, 24, 25, 252, 255, 0, 65280_u16,
                    ]),
                    prop::collection::vec(any::<u8>(), 0..60),
                ),
                0..5,
            ),
            wanted in any::<u16>(),
        ) {
            let (_, question) = asked();
            let mut rest = Vec::new();
            for (rtype, data) in &records {
                rest.extend([0xc0, 12]);
                rest.extend(rtype.to_be_bytes());
                rest.extend([0, 1, 0, 0, 0, 9]);
                rest.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
                rest.extend(data);
            }
            let bytes = with_header([counts[0] % 6, counts[1] % 3, counts[2] % 3], &rest);
            let _ = Message::read(&bytes, question.len(), RecordType::from(wanted));
        }
    }
}
