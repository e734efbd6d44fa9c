//! A zone as text, in the master-file format (RFC 1035 §5).

use super::zone::Zone;
use hickory_proto::dnssec::rdata::{DNSSECRData, RRSIG};
use hickory_proto::rr::rdata::TXT;
use hickory_proto::rr::{RData, Record, RecordType};
use time::OffsetDateTime;
use time::macros::format_description;

/// All records of a zone, the start of authority first, and the signatures behind what they sign.
pub(crate) fn text(zone: &Zone) -> String {
    let (mut first, mut rest) = (String::new(), String::new());
    for node in zone.nodes.values() {
        for (rtype, set) in node {
            let place = if *rtype == RecordType::SOA {
                &mut first
            } else {
                &mut rest
            };
            for record in set.with(true) {
                place.push_str(&line(record));
                place.push('\n');
            }
        }
    }
    first.push_str(&rest);
    first
}

/// One record in presentation form, on one line.
pub(crate) fn line(record: &Record) -> String {
    let data = if let RData::TXT(text) = &record.data {
        strings(text)
    } else if let RData::DNSSEC(DNSSECRData::RRSIG(signature)) = &record.data {
        signature_text(signature)
    } else {
        record.data.to_string()
    };
    format!(
        "{} {} IN {} {data}",
        record.name,
        record.ttl,
        record.record_type()
    )
}

/// Quoted strings (RFC 1035 §5.1).
fn strings(text: &TXT) -> String {
    let quoted = text.txt_data.iter().map(|string| {
        let escaped: String = string.iter().copied().map(escaped).collect();
        format!("\"{escaped}\"")
    });
    quoted.collect::<Vec<_>>().join(" ")
}

fn escaped(byte: u8) -> String {
    match byte {
        b'"' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\{byte:03}"),
    }
}

/// A signature with its times as dates (RFC 4034 §3.2).
fn signature_text(signature: &RRSIG) -> String {
    let input = signature.input();
    format!(
        "{} {} {} {} {} {} {} {} {}",
        input.type_covered,
        u8::from(input.algorithm),
        input.num_labels,
        input.original_ttl,
        date(input.sig_expiration.get()),
        date(input.sig_inception.get()),
        input.key_tag,
        input.signer_name,
        data_encoding::BASE64.encode(signature.sig())
    )
}

fn date(seconds: u32) -> String {
    let shape = format_description!("[year][month][day][hour][minute][second]");
    OffsetDateTime::from_unix_timestamp(seconds.into())
        .ok()
        .and_then(|time| time.format(&shape).ok())
        .unwrap_or_else(|| seconds.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_proto::rr::Name;

    #[test]
    fn a_text_is_quoted_and_what_would_end_it_is_escaped() {
        let data = RData::TXT(TXT::from_bytes(vec![b"v=spf1 -all", b"\"\\\x07"]));
        let record = Record::from_rdata(Name::from_ascii("a.test.").unwrap(), 300, data);
        assert_eq!(
            line(&record),
            r#"a.test. 300 IN TXT "v=spf1 -all" "\"\\\007""#
        );
    }

    #[test]
    fn times_of_signatures_are_dates() {
        assert_eq!(date(1_795_428_000), "20261123100000");
    }
}
