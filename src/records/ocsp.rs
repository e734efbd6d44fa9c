//! OCSP responses (RFC 6960 §4.2): DER to the statement about one certificate and the parts that prove it.

use super::certificate::der::{
    CONTEXT_0, ENUMERATED, Element, Elements, GENERALIZED_TIME, INTEGER, OCTET_STRING, OID,
    SEQUENCE, Signed,
};
use crate::facts::timestamp::Timestamp;
use crate::facts::tls::OcspStatus;
use time::{Date, Month, PrimitiveDateTime, Time};

/// An OCSP response that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response<'a> {
    /// The responder made statements and signed them.
    Basic(Basic<'a>),
    /// The responder gave an error instead (RFC 6960 §2.3), by its name.
    Refused(&'static str),
}

/// A signed response with its statements (RFC 6960 §4.2.1, `BasicOCSPResponse`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basic<'a> {
    /// What is signed, how, and the signature.
    pub signed: Signed<'a>,
    /// The statements, in order.
    pub statements: Vec<Statement<'a>>,
    /// The certificates that the responder sent along (DER), so that its own can be among them.
    pub certificates: Vec<&'a [u8]>,
}

/// What is said of one certificate (`SingleResponse`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    /// The object identifier (content octets) of the hash that the next two fields are made with.
    pub hash: &'a [u8],
    /// The hash of the issuer's name.
    pub issuer_name_hash: &'a [u8],
    /// The hash of the issuer's public key.
    pub issuer_key_hash: &'a [u8],
    /// The serial number, its content octets.
    pub serial: &'a [u8],
    /// The status.
    pub status: OcspStatus,
    /// From when the statement is known to hold.
    pub this_update: Timestamp,
    /// When the next statement will be there at the latest; absent where there is always a newer one.
    pub next_update: Option<Timestamp>,
}

/// The object identifier of the basic response type, its content octets (RFC 6960 §4.2.1).
const BASIC: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];

/// At most this many statements or certificates of a response are read.
const MOST_PARTS: usize = 64;

/// Reads an OCSP response; none where the bytes have another form.
pub fn read(der: &[u8]) -> Option<Response<'_>> {
    let mut parts = Elements::of(der).tagged(SEQUENCE)?.children();
    let status = parts.tagged(ENUMERATED)?.content;
    if let Some(name) = refusal(status) {
        return Some(Response::Refused(name));
    }
    let mut bytes = parts
        .tagged(CONTEXT_0)?
        .children()
        .tagged(SEQUENCE)?
        .children();
    (bytes.tagged(OID)?.content == BASIC).then_some(())?;
    basic(bytes.tagged(OCTET_STRING)?.content).map(Response::Basic)
}

fn refusal(status: &[u8]) -> Option<&'static str> {
    match status {
        [0] => None,
        [1] => Some("malformedRequest"),
        [2] => Some("internalError"),
        [3] => Some("tryLater"),
        [5] => Some("sigRequired"),
        [6] => Some("unauthorized"),
        _ => Some("an unknown status"),
    }
}

fn basic(der: &[u8]) -> Option<Basic<'_>> {
    let signed = Signed::read(der)?;
    let mut outer = Elements::of(der).tagged(SEQUENCE)?.children();
    let certificates = outer
        .by_ref()
        .skip(3)
        .find(|element| element.tag == CONTEXT_0)
        .and_then(|element| element.children().tagged(SEQUENCE))
        .map(|list| list.children().take(MOST_PARTS).map(|one| one.whole))
        .map(Iterator::collect)
        .unwrap_or_default();
    let mut data = Elements::of(signed.message).tagged(SEQUENCE)?.children();
    let _version = data.tagged(CONTEXT_0);
    let _responder = data.next()?;
    let _produced_at = data.tagged(GENERALIZED_TIME)?;
    let statements = data
        .tagged(SEQUENCE)?
        .children()
        .take(MOST_PARTS)
        .map(statement)
        .collect::<Option<Vec<_>>>()?;
    Some(Basic {
        signed,
        statements,
        certificates,
    })
}

fn statement(single: Element<'_>) -> Option<Statement<'_>> {
    let mut parts = single.children();
    let mut subject = parts.tagged(SEQUENCE)?.children();
    let hash = subject.tagged(SEQUENCE)?.children().tagged(OID)?.content;
    let issuer_name_hash = subject.tagged(OCTET_STRING)?.content;
    let issuer_key_hash = subject.tagged(OCTET_STRING)?.content;
    let serial = subject.tagged(INTEGER)?.content;
    let status = match parts.next()?.tag {
        0x80 => OcspStatus::Good,
        0xa1 => OcspStatus::Revoked,
        0x82 => OcspStatus::Unknown,
        _ => return None,
    };
    let this_update = time(parts.tagged(GENERALIZED_TIME)?.content)?;
    let next_update = match parts.tagged(CONTEXT_0) {
        Some(tagged) => Some(time(tagged.children().tagged(GENERALIZED_TIME)?.content)?),
        None => None,
    };
    Some(Statement {
        hash,
        issuer_name_hash,
        issuer_key_hash,
        serial,
        status,
        this_update,
        next_update,
    })
}

/// A `GeneralizedTime` as RFC 5280 §4.1.2.5.2 allows it: `YYYYMMDDHHMMSSZ`.
fn time(text: &[u8]) -> Option<Timestamp> {
    let digits = text.strip_suffix(b"Z")?;
    if digits.len() != 14 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let part = |from: usize, to: usize| -> Option<u32> {
        std::str::from_utf8(digits.get(from..to)?)
            .ok()?
            .parse()
            .ok()
    };
    let small = |from: usize| part(from, from + 2).and_then(|number| u8::try_from(number).ok());
    let year = i32::try_from(part(0, 4)?).ok()?;
    let month = Month::try_from(small(4)?).ok()?;
    let date = Date::from_calendar_date(year, month, small(6)?).ok()?;
    let time = Time::from_hms(small(8)?, small(10)?, small(12)?).ok()?;
    let moment = PrimitiveDateTime::new(date, time).assume_utc();
    Some(Timestamp::from_unix(moment.unix_timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut made = vec![tag, 0x82];
        made.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
        made.extend(content);
        made
    }

    fn single(status: &[u8], next_update: Option<&str>) -> Vec<u8> {
        let hash = tlv(SEQUENCE, &tlv(OID, &[0x2b, 0x0e, 0x03, 0x02, 0x1a]));
        let subject = [
            hash,
            tlv(OCTET_STRING, &[1; 20]),
            tlv(OCTET_STRING, &[2; 20]),
            tlv(INTEGER, &[0x05]),
        ]
        .concat();
        let mut parts = tlv(SEQUENCE, &subject);
        parts.extend(status);
        parts.extend(tlv(GENERALIZED_TIME, b"20260101000000Z"));
        if let Some(next) = next_update {
            parts.extend(tlv(CONTEXT_0, &tlv(GENERALIZED_TIME, next.as_bytes())));
        }
        tlv(SEQUENCE, &parts)
    }

    fn response(single: &[u8]) -> Vec<u8> {
        let data = [
            tlv(0xa2, &tlv(OCTET_STRING, &[9; 20])),
            tlv(GENERALIZED_TIME, b"20260101000000Z"),
            tlv(SEQUENCE, single),
        ]
        .concat();
        let basic = [
            tlv(SEQUENCE, &data),
            tlv(SEQUENCE, &tlv(OID, &[0x2a])),
            tlv(0x03, &[0, 0xaa, 0xbb]),
            tlv(CONTEXT_0, &tlv(SEQUENCE, &tlv(SEQUENCE, b"c"))),
        ]
        .concat();
        let bytes = [tlv(OID, BASIC), tlv(OCTET_STRING, &tlv(SEQUENCE, &basic))].concat();
        let whole = [
            tlv(ENUMERATED, &[0]),
            tlv(CONTEXT_0, &tlv(SEQUENCE, &bytes)),
        ]
        .concat();
        tlv(SEQUENCE, &whole)
    }

    #[test]
    fn the_statement_and_the_signature_are_found() {
        let der = response(&single(&[0x80, 0], Some("20260108000000Z")));
        let Some(Response::Basic(basic)) = read(&der) else {
            panic!("not read")
        };
        assert_eq!(basic.signed.signature, [0xaa, 0xbb]);
        assert_eq!(basic.certificates.len(), 1);
        let statement = &basic.statements[0];
        assert_eq!(statement.serial, [5]);
        assert_eq!(statement.status, OcspStatus::Good);
        assert_eq!(statement.this_update.to_string(), "2026-01-01T00:00:00Z");
        assert_eq!(
            statement.next_update,
            Timestamp::parse("2026-01-08T00:00:00Z")
        );
    }

    #[test]
    fn each_status_is_told_apart() {
        let revoked = tlv(0xa1, &tlv(GENERALIZED_TIME, b"20250101000000Z"));
        let cases: [(&[u8], OcspStatus); 3] = [
            (&[0x80, 0], OcspStatus::Good),
            (&revoked, OcspStatus::Revoked),
            (&[0x82, 0], OcspStatus::Unknown),
        ];
        for (written, status) in cases {
            let der = response(&single(written, None));
            let Some(Response::Basic(basic)) = read(&der) else {
                panic!("not read: {status:?}")
            };
            assert_eq!(basic.statements[0].status, status);
            assert_eq!(basic.statements[0].next_update, None);
        }
    }

    #[test]
    fn a_refusal_has_its_name_and_rubbish_is_none() {
        let later = tlv(SEQUENCE, &tlv(ENUMERATED, &[3]));
        assert_eq!(read(&later), Some(Response::Refused("tryLater")));
        assert_eq!(read(b"rubbish"), None);
        let der = response(&single(&[0x80, 0], Some("20261301000000Z")));
        assert_eq!(read(&der), None, "month 13");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>, at in 0_usize..300, with: u8) {
            let _ = read(&bytes);
            let mut der = response(&single(&[0x80, 0], Some("20260108000000Z")));
            if let Some(octet) = der.get_mut(at) {
                *octet = with;
            }
            let _ = read(&der);
        }
    }
}
