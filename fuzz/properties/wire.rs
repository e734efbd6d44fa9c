//! What resolvers and mail servers send, and the file of trust anchors.

use super::{lossy, settled};
use hickory_proto::rr::RecordType;
use waxseal::facts::observed::Observed;
use waxseal::net::dns::{Response, recorded};
use waxseal::net::dnssec::anchors::{AnchorError, TrustAnchors};
use waxseal::net::smtp::{capabilities, replies};
use waxseal::net::tcp::Failure;
use waxseal::net::tls::hello::{End, EphemeralKey, flight};

/// The types that are asked for, and one that nobody knows.
const TYPES: [u16; 14] = [1, 2, 5, 6, 15, 16, 28, 39, 43, 46, 48, 52, 257, 65280];

/// The name that is asked.
const NAME: &str = "example.org";

/// A byte for the type, two for the flags, three for the numbers of records, then the records.
///
/// The identifier and the question are put before them, so that what comes is an answer.
pub fn dns_message(bytes: &[u8]) {
    let [
        kind,
        high,
        low,
        answers,
        authorities,
        additionals,
        records @ ..,
    ] = bytes
    else {
        return;
    };
    let rtype = TYPES[usize::from(*kind) % TYPES.len()];
    let mut message = vec![0, 0, high | 0x80, *low, 0, 1];
    for count in [answers, authorities, additionals] {
        message.extend([0, *count]);
    }
    message.extend(b"\x07example\x03org\0");
    message.extend(rtype.to_be_bytes());
    message.extend([0, 1]);
    message.extend(records);
    let response = recorded::read(NAME, RecordType::from(rtype), &message);
    check(&response);
    let again = recorded::read(NAME, RecordType::from(rtype), &message);
    assert_eq!(
        response.answer(texts(&response)),
        again.answer(texts(&again))
    );
    check(&recorded::read(NAME, RecordType::from(rtype), bytes));
}

fn texts(response: &Response) -> impl FnOnce(&[hickory_proto::rr::RData]) -> Observed<Vec<String>> {
    let texts = response.texts();
    move |_| texts
}

fn check(response: &Response) {
    assert_eq!(response.name, NAME);
    assert!(response.aliases.len() <= 16);
    if let Some(records) = response.observed.value() {
        assert!(!records.is_empty());
        assert!(
            records
                .iter()
                .all(|data| data.record_type() == response.rtype)
        );
    }
    if let Observed::Unknown { detail, .. } = &response.observed {
        assert!(!detail.is_empty());
    }
    let read = settled(|| response.answer(texts(response)));
    assert_eq!(read.name, NAME);
}

/// Replies are the same however their bytes are cut, each within limits.
pub fn smtp_reply(bytes: &[u8]) {
    let (found, failure) = replies([bytes]);
    for size in [1, 7] {
        let (same, ended) = replies(bytes.chunks(size));
        assert_eq!(found, same, "in portions of {size}");
        assert_eq!(failure.as_ref().map(cause), ended.as_ref().map(cause));
    }
    for reply in found {
        assert!((200..=599).contains(&reply.code));
        assert!((1..=128).contains(&reply.lines.len()));
        assert!(
            reply
                .lines
                .iter()
                .all(|line| line.chars().count() <= 513 && !line.contains('\n'))
        );
        let ehlo = settled(|| capabilities(reply.clone(), false));
        assert!(ehlo.keywords.len() < reply.lines.len());
        for keyword in &ehlo.keywords {
            assert!(!keyword.keyword.is_empty() && ehlo.offers(&keyword.keyword));
            assert!(
                !keyword
                    .keyword
                    .contains(|c: char| c.is_ascii_lowercase() || c == ' ')
            );
        }
        assert!(capabilities(reply, true).keywords.is_empty());
    }
}

/// A flight is the same however its bytes are cut, and says no more than its bytes.
pub fn tls_flight(bytes: &[u8]) {
    let read = flight([bytes]);
    for size in [1, 7] {
        assert_eq!(read, flight(bytes.chunks(size)), "in portions of {size}");
    }
    let certificates: usize = read.chain.iter().map(Vec::len).sum();
    assert!(certificates + read.staple.len() <= bytes.len());
    assert!(usize::try_from(read.timestamps()).is_ok_and(|count| count <= bytes.len()));
    if let Some(EphemeralKey::Field { name, bits }) = &read.key {
        assert!(name.starts_with("ffdhe") || *name == format!("DH {bits}"));
    }
    let chosen = read.hello.is_some();
    assert!(chosen || (read.chain.is_empty() && read.key.is_none() && read.scheme.is_none()));
    assert!(chosen || (read.end != End::Whole && read.group().is_none()));
    assert!(read.end != End::TimedOut && read.end != End::TooLong);
}

fn cause(failure: &Failure) -> waxseal::facts::observed::Cause {
    match failure {
        Failure::Unknown { cause, detail } => {
            assert!(detail.chars().count() <= 400, "{detail:?}");
            *cause
        }
        Failure::Absent { .. } => panic!("{failure:?}: a reply proves nothing absent"),
    }
}

/// A file of anchors is read, or the line at fault is one of its lines.
pub fn anchors(bytes: &[u8]) {
    let text = lossy(bytes);
    match (TrustAnchors::parse(&text), TrustAnchors::parse(&text)) {
        (Ok(read), Ok(again)) => assert_eq!(format!("{read:?}"), format!("{again:?}")),
        (Err(error), Err(again)) => {
            assert_eq!(error, again);
            if let AnchorError::Line { line, .. } = error {
                assert!((1..=text.lines().count()).contains(&line));
            }
        }
        (read, again) => panic!("{read:?} and {again:?}"),
    }
}
