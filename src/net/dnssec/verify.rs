//! Signatures over sets of records (RFC 4035 §5.3).

use super::{Fault, ede};
use crate::facts::timestamp::Timestamp;
use crate::net::dns::names;
use crate::net::dns::once::locked;
use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData, RRSIG};
use hickory_proto::dnssec::{Algorithm, PublicKey as _, Verifier as _};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use hickory_proto::serialize::binary::{BinEncodable as _, BinEncoder, NameEncoding};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::sync::Mutex;

/// How many signatures over one set are looked at, and how many keys of one tag are tried for each:
/// a zone must not make a validator work without end (CVE-2023-50387).
const MAX_SIGNATURES: usize = 8;
const MAX_KEYS_PER_TAG: usize = 4;

/// How many verified signatures a zone remembers.
const MAX_REMEMBERED: usize = 4096;

/// A zone with the keys that may sign its records.
#[derive(Debug)]
pub(super) struct Zone {
    pub(super) apex: Name,
    keys: Vec<(u16, DNSKEY)>,
    /// Digests of verified NSEC and NSEC3 records: one of them serves many answers.
    verified: Mutex<BTreeSet<[u8; 32]>>,
}

impl Zone {
    /// A zone with those of the keys that may sign zone data (RFC 4034 §2.1.1, RFC 5011 §2.1).
    pub(super) fn new<'k>(apex: Name, keys: impl Iterator<Item = &'k DNSKEY>) -> Self {
        let keys = keys
            .filter(|key| key.zone_key() && !key.revoke())
            .filter_map(|key| Some((key.calculate_key_tag().ok()?, key.clone())))
            .collect();
        Self {
            apex,
            keys,
            verified: Mutex::new(BTreeSet::new()),
        }
    }
}

/// The records of one name and type, with the signatures over them.
#[derive(Debug)]
pub(super) struct RrSet<'a> {
    pub(super) owner: &'a Name,
    pub(super) rtype: RecordType,
    pub(super) records: Vec<&'a Record>,
    pub(super) signatures: Vec<&'a RRSIG>,
}

impl<'a> RrSet<'a> {
    /// Gathers the set from a section of an answer.
    pub(super) fn gather(section: &'a [Record], owner: &'a Name, rtype: RecordType) -> Self {
        let mut set = Self {
            owner,
            rtype,
            records: Vec::new(),
            signatures: Vec::new(),
        };
        for record in section.iter().filter(|record| record.name == *owner) {
            if record.record_type() == rtype {
                set.records.push(record);
            } else if let Some(signature) = signature(record)
                && signature.input().type_covered == rtype
            {
                set.signatures.push(signature);
            }
        }
        set
    }

    fn title(&self) -> String {
        format!("{} {}", names::text(self.owner), self.rtype)
    }
}

/// The signature that a record is.
pub(crate) const fn signature(record: &Record) -> Option<&RRSIG> {
    if let RData::DNSSEC(DNSSECRData::RRSIG(signature)) = &record.data {
        Some(signature)
    } else {
        None
    }
}

/// What a valid signature says.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    pub(super) algorithm: Algorithm,
    pub(super) key_tag: u16,
    pub(super) begins: Timestamp,
    pub(super) expires: Timestamp,
    /// How many labels the name had that was signed; fewer than the owner has: made from a wildcard.
    pub(super) labels: usize,
}

impl Signed {
    /// Whether the records of this owner were made from a wildcard (RFC 4035 §5.3.4).
    pub(super) fn is_expanded(&self, owner: &Name) -> bool {
        self.labels < usize::from(owner.num_labels())
    }
}

/// Finds a valid signature of the zone over the set, or the most telling reason why there is none.
pub(super) fn verify(set: &RrSet<'_>, zone: &Zone, now: Timestamp) -> Result<Signed, Fault> {
    let mut telling = Fault::new(
        ede::SIGNATURE_MISSING,
        format!("no signature over {}", set.title()),
    );
    for signature in set.signatures.iter().take(MAX_SIGNATURES) {
        match check(set, signature, zone, now) {
            Ok(signed) => return Ok(signed),
            Err(fault) if rank(fault.ede) > rank(telling.ede) => telling = fault,
            Err(_) => {}
        }
    }
    Err(telling)
}

/// How much a fault tells: a key's own faulty signature says more than a signature of an unknown key.
const fn rank(code: u16) -> u8 {
    match code {
        ede::SIGNATURE_EXPIRED | ede::SIGNATURE_NOT_YET_VALID | ede::EXPIRED_BEFORE_VALID => 3,
        ede::BOGUS => 2,
        ede::DNSKEY_MISSING => 1,
        _ => 0,
    }
}

fn check(set: &RrSet<'_>, signature: &RRSIG, zone: &Zone, now: Timestamp) -> Result<Signed, Fault> {
    let input = signature.input();
    let title = || set.title();
    if input.signer_name != zone.apex {
        let (signer, apex) = (names::text(&input.signer_name), names::text(&zone.apex));
        let words = format!(
            "{} is signed by {signer}, but lies in the zone {apex}",
            title()
        );
        return Err(Fault::new(ede::BOGUS, words));
    }
    if input.num_labels > set.owner.num_labels() {
        let words = format!("the signature over {} is for a longer name", title());
        return Err(Fault::new(ede::BOGUS, words));
    }
    let (begins, expires) = in_time(signature, now, &title)?;
    let keys: Vec<&DNSKEY> = zone
        .keys
        .iter()
        .filter(|(tag, key)| {
            *tag == input.key_tag && key.public_key().algorithm() == input.algorithm
        })
        .map(|(_, key)| key)
        .take(MAX_KEYS_PER_TAG)
        .collect();
    if keys.is_empty() {
        let words = format!(
            "{} is signed by key {} ({}), which {} does not have",
            title(),
            input.key_tag,
            input.algorithm,
            names::text(&zone.apex)
        );
        return Err(Fault::new(ede::DNSKEY_MISSING, words));
    }
    let bad = || {
        let words = format!(
            "the signature of key {} over {} is wrong",
            input.key_tag,
            title()
        );
        Fault::new(ede::BOGUS, words)
    };
    let data = signed_data(set, signature).ok_or_else(bad)?;
    let digest: [u8; 32] = Sha256::new()
        .chain_update(&data)
        .chain_update(signature.sig())
        .finalize()
        .into();
    let remembered = matches!(set.rtype, RecordType::NSEC | RecordType::NSEC3);
    if !(remembered && locked(&zone.verified).contains(&digest)) {
        if !keys
            .iter()
            .any(|key| key.verify(&data, signature.sig()).is_ok())
        {
            return Err(bad());
        }
        let mut verified = locked(&zone.verified);
        if remembered && verified.len() < MAX_REMEMBERED {
            verified.insert(digest);
        }
    }
    Ok(Signed {
        algorithm: input.algorithm,
        key_tag: input.key_tag,
        begins,
        expires,
        labels: usize::from(input.num_labels),
    })
}

/// When the signature begins and ends, where it holds now. Its times count modulo 2³² (RFC 4034 §3.1.5).
fn in_time(
    signature: &RRSIG,
    now: Timestamp,
    title: &impl Fn() -> String,
) -> Result<(Timestamp, Timestamp), Fault> {
    let input = signature.input();
    let around = |serial: u32| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_possible_wrap,
            reason = "serial number arithmetic (RFC 1982) is modulo 2³² on purpose"
        )]
        let ahead = serial.wrapping_sub(now.unix() as u32) as i32;
        Timestamp::from_unix(now.unix() + i64::from(ahead))
    };
    let begins = around(input.sig_inception.get());
    let expires = around(input.sig_expiration.get());
    let tag = input.key_tag;
    if expires < begins {
        let words = format!(
            "the signature of key {tag} over {} ends before it begins",
            title()
        );
        return Err(Fault::new(ede::EXPIRED_BEFORE_VALID, words));
    }
    if now > expires {
        let words = format!(
            "the signature of key {tag} over {} expired at {expires}",
            title()
        );
        return Err(Fault::new(ede::SIGNATURE_EXPIRED, words));
    }
    if now < begins {
        let words = format!(
            "the signature of key {tag} over {} is valid only from {begins}",
            title()
        );
        return Err(Fault::new(ede::SIGNATURE_NOT_YET_VALID, words));
    }
    Ok((begins, expires))
}

/// The bytes that the signature was made over (RFC 4034 §3.1.8.1): records in canonical form and
/// order, without duplicates, under the name and with the TTL that the signature says.
fn signed_data(set: &RrSet<'_>, signature: &RRSIG) -> Option<Vec<u8>> {
    let input = signature.input();
    let rtype = u16::from(set.rtype).to_be_bytes();
    let mut owner = names::wire(set.owner);
    if input.num_labels < set.owner.num_labels() {
        let kept = names::suffix(set.owner, usize::from(input.num_labels));
        owner = [b"\x01*".as_slice(), &names::wire(&kept)].concat();
    }
    let mut rdata = Vec::with_capacity(set.records.len());
    for record in &set.records {
        rdata.push(canonical(&record.data)?);
    }
    rdata.sort_unstable();
    rdata.dedup();
    let mut out = Vec::with_capacity(512);
    out.extend(u16::from(input.type_covered).to_be_bytes());
    out.extend([u8::from(input.algorithm), input.num_labels]);
    out.extend(input.original_ttl.to_be_bytes());
    out.extend(input.sig_expiration.get().to_be_bytes());
    out.extend(input.sig_inception.get().to_be_bytes());
    out.extend(input.key_tag.to_be_bytes());
    out.extend(names::wire(&input.signer_name));
    for data in rdata {
        out.extend(&owner);
        out.extend(rtype);
        out.extend(1_u16.to_be_bytes());
        out.extend(input.original_ttl.to_be_bytes());
        out.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
        out.extend(data);
    }
    Some(out)
}

/// Record data in canonical form (RFC 4034 §6.2, RFC 6840 §5.1).
pub(crate) fn canonical(data: &RData) -> Option<Vec<u8>> {
    // A DNAME is read as bytes. No length octet of a name is a letter, so that all of it may be lowered.
    if let RData::Unknown {
        code: RecordType::DNAME,
        rdata,
    } = data
    {
        return Some(rdata.anything.to_ascii_lowercase());
    }
    let mut out = Vec::with_capacity(64);
    let mut encoder = BinEncoder::new(&mut out);
    encoder.set_canonical_form(true);
    encoder.set_name_encoding(NameEncoding::Uncompressed);
    data.emit(&mut encoder).ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::dns::test_zone::{Signing, TestZone, name, now};
    use hickory_proto::rr::RecordData as _;

    /// A signed MX set with its signature, and its zone.
    fn signed_set() -> (Vec<Record>, Zone) {
        let mut zone = TestZone::signed(
            "example",
            "@ 9 IN MX 1 a\n@ 9 IN MX 2 b\n",
            Vec::new(),
            Signing::default(),
        );
        let keys = zone.set("example", RecordType::DNSKEY).records.clone();
        let keys = keys
            .iter()
            .filter_map(|record| DNSKEY::try_borrow(&record.data));
        let keys = Zone::new(name("example"), keys);
        let set = zone.set("example", RecordType::MX);
        let records = set.records.iter().chain(&set.signatures).cloned().collect();
        (records, keys)
    }

    fn judge(records: &[Record], zone: &Zone, now: Timestamp) -> Result<Signed, Fault> {
        verify(
            &RrSet::gather(records, &name("example"), RecordType::MX),
            zone,
            now,
        )
    }

    #[test]
    fn the_target_of_a_dname_is_signed_in_lower_case() {
        let target = |text: &[u8]| RData::Unknown {
            code: RecordType::DNAME,
            rdata: hickory_proto::rr::rdata::NULL::with(text.to_vec()),
        };
        let lower = canonical(&target(b"\x04real\x04test\0"));
        assert_eq!(canonical(&target(b"\x04Real\x04TEST\0")), lower);
    }

    #[test]
    fn order_case_duplicates_and_ttl_do_not_matter() {
        let (mut records, zone) = signed_set();
        records.reverse();
        records.push(records[1].clone());
        for (ttl, record) in (1..).zip(&mut records) {
            record.ttl = ttl;
            record.name = Name::from_labels(["EXAMPLE"]).unwrap();
            if let RData::MX(mx) = &mut record.data {
                let upper = names::text(&mx.exchange).to_uppercase();
                mx.exchange = Name::from_ascii(format!("{upper}.")).unwrap();
            }
        }
        assert!(judge(&records, &zone, now()).is_ok());
    }

    #[test]
    fn a_record_more_or_less_breaks_the_signature() {
        let (records, zone) = signed_set();
        assert_eq!(
            judge(&records[1..], &zone, now()).unwrap_err().ede,
            ede::BOGUS
        );
        let mut more = records.clone();
        let data = RData::MX(hickory_proto::rr::rdata::MX::new(3, name("evil")));
        more.push(Record::from_rdata(name("example"), 9, data));
        assert_eq!(judge(&more, &zone, now()).unwrap_err().ede, ede::BOGUS);
    }

    #[test]
    fn signatures_hold_from_their_first_to_their_last_second() {
        let (records, zone) = signed_set();
        let (from, until) = (now().unix() - 86_400, now().unix() + 13 * 86_400);
        for (time, expected) in [
            (from - 1, Some(ede::SIGNATURE_NOT_YET_VALID)),
            (from, None),
            (until, None),
            (until + 1, Some(ede::SIGNATURE_EXPIRED)),
        ] {
            let verdict = judge(&records, &zone, Timestamp::from_unix(time));
            assert_eq!(verdict.err().map(|fault| fault.ede), expected);
        }
    }

    #[test]
    fn only_a_bounded_number_of_signatures_is_tried() {
        let (records, zone) = signed_set();
        let good = records.last().unwrap().clone();
        let mut bad = good.clone();
        if let RData::DNSSEC(DNSSECRData::RRSIG(signature)) = &good.data {
            let wrong = RRSIG::from_sig(signature.input().clone(), vec![1; 64]);
            bad.data = RData::DNSSEC(DNSSECRData::RRSIG(wrong));
        }
        for (count, expected) in [(7, true), (8, false)] {
            let mut crowd = records[..2].to_vec();
            crowd.extend(vec![bad.clone(); count]);
            crowd.push(good.clone());
            assert_eq!(judge(&crowd, &zone, now()).is_ok(), expected, "{count}");
        }
    }

    #[test]
    fn the_signer_must_be_the_zone_that_holds_the_name() {
        let (records, zone) = signed_set();
        let other = Zone {
            apex: name("other"),
            keys: zone.keys,
            verified: Mutex::default(),
        };
        let fault = judge(&records, &other, now()).unwrap_err();
        assert!(
            fault.reason.contains("lies in the zone other"),
            "{}",
            fault.reason
        );
    }
}
