//! From the lab's own record data to records on the wire.

use super::super::LabError;
use super::super::setup::{Data, Entry};
use crate::authority::TTL;
use hickory_proto::rr::rdata::{A, AAAA, CAA, CNAME, MX, NS, NULL, PTR, SOA, TLSA, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};

/// An absolute name.
pub(crate) fn name(text: &str) -> Result<Name, LabError> {
    let mut name = Name::from_ascii(text)?;
    name.set_fqdn(true);
    Ok(name)
}

/// The record that an entry stands for.
pub(crate) fn record(entry: &Entry) -> Result<Record, LabError> {
    let data = match &entry.data {
        Data::A(address) => RData::A(A(*address)),
        Data::Aaaa(address) => RData::AAAA(AAAA(*address)),
        Data::Mx(preference, host) => RData::MX(MX::new(*preference, name(host)?)),
        Data::Txt(strings) => {
            RData::TXT(TXT::from_bytes(strings.iter().map(Vec::as_slice).collect()))
        }
        Data::Cname(target) => RData::CNAME(CNAME(name(target)?)),
        Data::Ns(host) => RData::NS(NS(name(host)?)),
        Data::Ptr(host) => RData::PTR(PTR(name(host)?)),
        Data::Caa(flags, tag, value) => caa(*flags, tag, value),
        Data::Tlsa([usage, selector, matching], data) => RData::TLSA(TLSA::new(
            (*usage).into(),
            (*selector).into(),
            (*matching).into(),
            data.clone(),
        )),
        Data::Spf(text) => RData::Unknown {
            code: RecordType::Unknown(99),
            rdata: NULL::with(character_string(text)),
        },
    };
    Ok(Record::from_rdata(name(&entry.owner)?, TTL, data))
}

/// A text of at most 255 bytes behind its length (RFC 1035 §3.3).
fn character_string(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
    let bytes = text.bytes().take(usize::from(length));
    std::iter::once(length).chain(bytes).collect()
}

/// A CAA record; the crate has makers for its own properties only, so that others are changed from one of them.
fn caa(flags: u8, tag: &str, value: &str) -> RData {
    let mut data = CAA::new_issue(flags & 0x80 != 0, None, Vec::new());
    data.reserved_flags = flags & 0x7f;
    tag.clone_into(&mut data.tag);
    data.value = value.as_bytes().to_vec();
    RData::CAA(data)
}

/// The start of authority of a zone.
pub(crate) fn soa(zone: &Name) -> Result<Record, LabError> {
    let hours = 3_600;
    let data = SOA::new(
        name("ns1.dns.test.")?,
        name("hostmaster.dns.test.")?,
        2_026_110_100,
        2 * hours,
        hours,
        336 * hours,
        TTL,
    );
    Ok(Record::from_rdata(zone.clone(), TTL, RData::SOA(data)))
}
