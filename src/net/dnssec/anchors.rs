//! Trust anchors: the keys from which every chain of trust starts (RFC 4033 §2).

use crate::net::dns::names;
use data_encoding::{BASE64, HEXUPPER_PERMISSIVE};
use hickory_proto::dnssec::rdata::{DNSKEY, DS};
use hickory_proto::dnssec::{Algorithm, DigestType, PublicKey as _, PublicKeyBuf};
use hickory_proto::rr::Name;
use std::collections::BTreeMap;

/// The key signing keys of the root, as IANA publishes them: KSK-2017 and KSK-2024.
const ROOT: &str = "\
. IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D
. IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16
";

/// The trusted keys of one or more zones.
#[derive(Clone, Debug)]
pub struct TrustAnchors {
    zones: BTreeMap<Name, Vec<Anchor>>,
}

/// One trusted key, whole or as digest.
#[derive(Clone, Debug)]
pub(super) enum Anchor {
    Digest(DS),
    Key(DNSKEY),
}

impl Anchor {
    /// Whether this is the trusted key of the zone.
    pub(super) fn covers(&self, apex: &Name, key: &DNSKEY) -> bool {
        match self {
            Self::Digest(digest) => {
                digest.algorithm() == key.public_key().algorithm()
                    && key.calculate_key_tag().ok() == Some(digest.key_tag())
                    && digest.covers(apex, key).unwrap_or(false)
            }
            Self::Key(trusted) => trusted.public_key() == key.public_key() && key.zone_key(),
        }
    }
}

/// A trust anchor file that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnchorError {
    /// The file has no anchor at all.
    #[error("no trust anchor found")]
    Empty,
    /// A line is no DS or DNSKEY record in presentation form.
    #[error("line {line}: {fault}")]
    Line {
        /// The line's number, from 1.
        line: usize,
        /// What is wrong with it.
        fault: AnchorFault,
    },
}

/// What is wrong with a line of a trust anchor file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnchorFault {
    /// The first field is no domain name.
    #[error("the owner is no domain name")]
    Owner,
    /// Neither DS nor DNSKEY follows the owner.
    #[error("a DS or DNSKEY record is expected")]
    Type,
    /// A number is missing or too large.
    #[error("a number is missing or out of range")]
    Number,
    /// The digest is no hexadecimal text or has the wrong length for its type.
    #[error("the digest is not hexadecimal or has the wrong length")]
    Digest,
    /// The key is no base64 text.
    #[error("the key is not base64")]
    Key,
    /// A DNSKEY has another protocol than 3 (RFC 4034 §2.1.2) or no zone key flag (§2.1.1).
    #[error("the DNSKEY is no zone key of protocol 3")]
    NotZoneKey,
    /// This algorithm or digest type cannot be verified here.
    #[error("the algorithm or digest type is not supported")]
    Unsupported,
    /// A parenthesis is not closed.
    #[error("a parenthesis is not closed")]
    Parenthesis,
}

impl TrustAnchors {
    /// The root's keys as IANA publishes them.
    pub fn root() -> Self {
        // The text is a constant that a test reads; it cannot fail.
        Self::parse(ROOT).unwrap_or(Self {
            zones: BTreeMap::new(),
        })
    }

    /// Reads DS and DNSKEY records in presentation form (RFC 4034 §2.2 and §5.3): owner, optional TTL
    /// and class, type, data; `;` begins a comment, parentheses join lines.
    pub fn parse(text: &str) -> Result<Self, AnchorError> {
        let mut zones: BTreeMap<Name, Vec<Anchor>> = BTreeMap::new();
        for (line, fields) in records(text)? {
            let (owner, anchor) =
                record(&fields).map_err(|fault| AnchorError::Line { line, fault })?;
            zones.entry(owner).or_default().push(anchor);
        }
        if zones.is_empty() {
            return Err(AnchorError::Empty);
        }
        Ok(Self { zones })
    }

    /// The closest zone at or above the name that has anchors.
    pub(super) fn enclosing(&self, name: &Name) -> Option<(&Name, &[Anchor])> {
        self.zones
            .iter()
            .filter(|(apex, _)| apex.zone_of(name))
            .max_by_key(|(apex, _)| names::labels(apex))
            .map(|(apex, anchors)| (apex, anchors.as_slice()))
    }
}

/// The records of the text as fields, with the number of the line on which each begins.
fn records(text: &str) -> Result<Vec<(usize, Vec<&str>)>, AnchorError> {
    let mut records: Vec<(usize, Vec<&str>)> = Vec::new();
    let mut open: Option<usize> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split(';').next().unwrap_or_default();
        let fields = line
            .split(|sign: char| sign.is_whitespace() || matches!(sign, '(' | ')'))
            .filter(|field| !field.is_empty());
        match records.last_mut() {
            Some((_, record)) if open.is_some() => record.extend(fields),
            Some(_) | None => {
                let record: Vec<&str> = fields.collect();
                if !record.is_empty() {
                    records.push((number, record));
                }
            }
        }
        for sign in line.chars() {
            match sign {
                '(' => open = open.or(Some(number)),
                ')' => open = None,
                _ => {}
            }
        }
    }
    open.map_or(Ok(records), |line| {
        let fault = AnchorFault::Parenthesis;
        Err(AnchorError::Line { line, fault })
    })
}

fn record(fields: &[&str]) -> Result<(Name, Anchor), AnchorFault> {
    let (owner, rest) = fields.split_first().ok_or(AnchorFault::Owner)?;
    let owner = names::parse(owner).ok_or(AnchorFault::Owner)?;
    let skipped = rest
        .iter()
        .take_while(|field| field.eq_ignore_ascii_case("in") || field.parse::<u32>().is_ok())
        .count();
    let (rtype, data) = rest
        .get(skipped..)
        .and_then(<[&str]>::split_first)
        .ok_or(AnchorFault::Type)?;
    let anchor = match rtype.to_ascii_uppercase().as_str() {
        "DS" => Anchor::Digest(digest(data)?),
        "DNSKEY" => Anchor::Key(key(data)?),
        _ => return Err(AnchorFault::Type),
    };
    Ok((owner, anchor))
}

fn number<N: std::str::FromStr>(field: Option<&&str>) -> Result<N, AnchorFault> {
    field
        .and_then(|field| field.parse().ok())
        .ok_or(AnchorFault::Number)
}

fn digest(data: &[&str]) -> Result<DS, AnchorFault> {
    let tag = number(data.first())?;
    let algorithm = Algorithm::from_u8(number(data.get(1))?);
    let kind = DigestType::from(number::<u8>(data.get(2))?);
    if !algorithm.is_supported() || !kind.is_supported() {
        return Err(AnchorFault::Unsupported);
    }
    let text = data.get(3..).unwrap_or_default().concat();
    let digest = HEXUPPER_PERMISSIVE
        .decode(text.as_bytes())
        .map_err(|_| AnchorFault::Digest)?;
    let length = match u8::from(kind) {
        1 => 20,
        2 => 32,
        _ => 48,
    };
    if digest.len() != length {
        return Err(AnchorFault::Digest);
    }
    Ok(DS::new(tag, algorithm, kind, digest))
}

fn key(data: &[&str]) -> Result<DNSKEY, AnchorFault> {
    let flags: u16 = number(data.first())?;
    let protocol: u8 = number(data.get(1))?;
    let algorithm = Algorithm::from_u8(number(data.get(2))?);
    let text = data.get(3..).unwrap_or_default().concat();
    let bytes = BASE64
        .decode(text.as_bytes())
        .map_err(|_| AnchorFault::Key)?;
    if bytes.is_empty() {
        return Err(AnchorFault::Key);
    }
    if !algorithm.is_supported() {
        return Err(AnchorFault::Unsupported);
    }
    let key = DNSKEY::with_flags(flags, PublicKeyBuf::new(bytes, algorithm));
    if protocol != 3 || !key.zone_key() {
        return Err(AnchorFault::NotZoneKey);
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_root_anchors_are_the_keys_that_iana_publishes() {
        let published = hickory_proto::dnssec::TrustAnchors::default();
        let anchors = TrustAnchors::root();
        let (apex, anchors) = anchors.enclosing(&Name::root()).unwrap();
        assert_eq!(anchors.len(), 2);
        assert_eq!(published.len(), 2);
        for (index, tag) in [(0, 20326), (1, 38696)] {
            let bytes = published.get(index).unwrap().public_bytes().to_vec();
            let key = DNSKEY::with_flags(257, PublicKeyBuf::new(bytes, Algorithm::RSASHA256));
            assert_eq!(key.calculate_key_tag().unwrap(), tag);
            let covering = anchors.iter().filter(|anchor| anchor.covers(apex, &key));
            assert_eq!(covering.count(), 1, "{tag}");
        }
    }

    #[test]
    fn files_of_ds_and_dnskey_lines_are_read() {
        let text = "; a comment\n\n\
            test. 3600 IN DS 1 13 2 (\n  E06D44B80B8F1D39A95C0B0D7C65D084 ; half\n  58E880409BBC683457104237C7F8EC8D )\n\
            Lab.Test IN DNSKEY 257 3 15 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= ;;state=2\n";
        let anchors = TrustAnchors::parse(text).unwrap();
        for (name, expected) in [
            ("mx.example.test", Some("test")),
            ("mx.lab.test", Some("lab.test")),
            ("lab.test", Some("lab.test")),
            ("example.org", None),
        ] {
            let name = names::parse(name).unwrap();
            let found = anchors.enclosing(&name).map(|(apex, _)| names::text(apex));
            assert_eq!(found.as_deref(), expected);
        }
    }

    #[test]
    fn faults_are_named_with_their_line() {
        for (text, line, fault) in [
            (". IN A 1.2.3.4", 1, AnchorFault::Type),
            (".", 1, AnchorFault::Type),
            ("\na..b DS 1 8 2 00", 2, AnchorFault::Owner),
            (". DS 99999 8 2 00", 1, AnchorFault::Number),
            (". DS 1 8", 1, AnchorFault::Number),
            (". DS 1 8 2 0G", 1, AnchorFault::Digest),
            (". DS 1 8 2 00", 1, AnchorFault::Digest),
            (". DS 1 8 3 00", 1, AnchorFault::Unsupported),
            (". DS 1 16 2 00", 1, AnchorFault::Unsupported),
            (". DNSKEY 257 3 8 !!", 1, AnchorFault::Key),
            (". DNSKEY 257 3 8", 1, AnchorFault::Key),
            (". DNSKEY 257 2 8 AAAA", 1, AnchorFault::NotZoneKey),
            (". DNSKEY 1 3 8 AAAA", 1, AnchorFault::NotZoneKey),
            ("; x\n. DS 1 8 2 ( 00", 2, AnchorFault::Parenthesis),
        ] {
            let error = TrustAnchors::parse(text).unwrap_err();
            assert_eq!(error, AnchorError::Line { line, fault }, "{text}");
        }
        assert_eq!(
            TrustAnchors::parse("; nothing\n").unwrap_err(),
            AnchorError::Empty
        );
        let error = TrustAnchors::parse("x. DS 1 8 2 zz").unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 1: the digest is not hexadecimal or has the wrong length"
        );
    }
}
