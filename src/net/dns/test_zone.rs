//! Small signed zones for tests: records in, answers with their signatures and proofs out.

use crate::facts::timestamp::Timestamp;
use crate::net::dns::names;
use hickory_proto::dnssec::crypto::{EcdsaSigningKey, Ed25519SigningKey};
use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData, DS, NSEC, NSEC3, RRSIG};
use hickory_proto::dnssec::{Algorithm, DigestType, DnssecSigner, Nsec3HashAlgorithm, SigningKey};
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{CNAME, NULL};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordSet, RecordType};
use hickory_proto::serialize::binary::{BinDecodable as _, BinDecoder};
use hickory_proto::serialize::txt::Parser;
use std::collections::BTreeMap;
use std::time::Duration;
use time::OffsetDateTime;

/// The time at which all test zones are looked at.
pub(crate) const NOW: i64 = 1_800_000_000;
const DAY: i64 = 86_400;
const TTL: u32 = 300;

pub(crate) fn now() -> Timestamp {
    Timestamp::from_unix(NOW)
}

pub(crate) fn name(text: &str) -> Name {
    names::parse(text).unwrap()
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Denial {
    Nsec,
    Nsec3 { iterations: u16, opt_out: bool },
}

/// How a zone is signed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signing {
    pub(crate) algorithm: Algorithm,
    pub(crate) denial: Denial,
    /// Days from now.
    pub(crate) from: i64,
    pub(crate) until: i64,
}

impl Default for Signing {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::ECDSAP256SHA256,
            denial: Denial::Nsec,
            from: -1,
            until: 13,
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Set {
    pub(crate) records: Vec<Record>,
    pub(crate) signatures: Vec<Record>,
}

impl Set {
    /// Changes a bit of every signature.
    pub(crate) fn tamper(&mut self) {
        for record in &mut self.signatures {
            if let RData::DNSSEC(DNSSECRData::RRSIG(signature)) = &record.data {
                let mut bytes = signature.sig().to_vec();
                bytes[5] ^= 1;
                let spoiled = RRSIG::from_sig(signature.input().clone(), bytes);
                record.data = RData::DNSSEC(DNSSECRData::RRSIG(spoiled));
            }
        }
    }
}

pub(crate) struct TestZone {
    pub(crate) origin: Name,
    pub(crate) sets: BTreeMap<Name, BTreeMap<RecordType, Set>>,
    pub(crate) nsec3: BTreeMap<Vec<u8>, Set>,
    denial: Option<Denial>,
    pub(crate) ds: Option<DS>,
}

impl TestZone {
    /// A zone of these records (presentation form, relative to the origin) and this extra data.
    pub(crate) fn unsigned(origin: &str, text: &str, extra: Vec<Record>) -> Self {
        let origin = name(origin);
        let soa = "@ 300 IN SOA ns.invalid. hostmaster.invalid. 1 7200 3600 86400 60\n";
        let (_, sets) = Parser::new(format!("{soa}{text}"), None, Some(origin.clone()))
            .parse()
            .unwrap();
        let parsed = sets
            .values()
            .flat_map(RecordSet::records_without_rrsigs)
            .cloned();
        let mut zone = Self {
            origin,
            sets: BTreeMap::new(),
            nsec3: BTreeMap::new(),
            denial: None,
            ds: None,
        };
        for record in parsed.chain(extra) {
            zone.put(record);
        }
        zone
    }

    pub(crate) fn signed(origin: &str, text: &str, extra: Vec<Record>, signing: Signing) -> Self {
        let mut zone = Self::unsigned(origin, text, extra);
        let signer = signer(&zone.origin, signing);
        let key = signer.dnskey().clone();
        zone.ds = Some(digest(&zone.origin, &key));
        zone.put(Record::from_rdata(
            zone.origin.clone(),
            TTL,
            RData::DNSSEC(DNSSECRData::DNSKEY(key)),
        ));
        zone.denial = Some(signing.denial);
        match signing.denial {
            Denial::Nsec => zone.chain_names(),
            Denial::Nsec3 {
                iterations,
                opt_out,
            } => zone.chain_hashes(iterations, opt_out),
        }
        let begins = OffsetDateTime::from_unix_timestamp(NOW + signing.from * DAY).unwrap();
        let origin = zone.origin.clone();
        for (owner, types) in &mut zone.sets {
            let cut = *owner != origin && types.contains_key(&RecordType::NS);
            for (rtype, set) in types {
                if !cut || matches!(rtype, RecordType::DS | RecordType::NSEC) {
                    sign(set, &signer, begins);
                }
            }
        }
        for set in zone.nsec3.values_mut() {
            sign(set, &signer, begins);
        }
        zone
    }

    pub(crate) fn set(&mut self, owner: &str, rtype: RecordType) -> &mut Set {
        self.sets
            .get_mut(&name(owner))
            .unwrap()
            .get_mut(&rtype)
            .unwrap()
    }

    fn put(&mut self, record: Record) {
        let types = self.sets.entry(record.name.clone()).or_default();
        types
            .entry(record.record_type())
            .or_default()
            .records
            .push(record);
    }

    fn types_at(&self, owner: &Name) -> Vec<RecordType> {
        self.sets[owner].keys().copied().collect()
    }

    fn chain_names(&mut self) {
        let owners: Vec<Name> = self.sets.keys().cloned().collect();
        for (index, owner) in owners.iter().enumerate() {
            let mut types = self.types_at(owner);
            types.extend([RecordType::NSEC, RecordType::RRSIG]);
            let next = owners[(index + 1) % owners.len()].clone();
            let data = RData::DNSSEC(DNSSECRData::NSEC(NSEC::new(next, types)));
            self.put(Record::from_rdata(owner.clone(), TTL, data));
        }
    }

    fn chain_hashes(&mut self, iterations: u16, opt_out: bool) {
        let mut hashes: BTreeMap<Vec<u8>, Vec<RecordType>> = BTreeMap::new();
        for owner in self.sets.keys() {
            let mut types = self.types_at(owner);
            let unsigned = *owner != self.origin
                && types.contains(&RecordType::NS)
                && !types.contains(&RecordType::DS);
            if unsigned && opt_out {
                continue;
            }
            if !unsigned {
                types.push(RecordType::RRSIG);
            }
            hashes.insert(hash(owner, iterations), types);
            let mut above = owner.base_name();
            while self.origin.zone_of(&above) && above != self.origin {
                if !self.sets.contains_key(&above) {
                    hashes.entry(hash(&above, iterations)).or_default();
                }
                above = above.base_name();
            }
        }
        let order: Vec<Vec<u8>> = hashes.keys().cloned().collect();
        for (index, own) in order.iter().enumerate() {
            let next = order[(index + 1) % order.len()].clone();
            let types = hashes[own].clone();
            let (kind, salt) = (Nsec3HashAlgorithm::SHA1, SALT.to_vec());
            let data = NSEC3::new(kind, opt_out, iterations, salt, next, types);
            let label = data_encoding::BASE32_DNSSEC.encode(own);
            let owner = self.origin.prepend_label(label.as_str()).unwrap();
            let record = Record::from_rdata(owner, TTL, RData::DNSSEC(DNSSECRData::NSEC3(data)));
            let set = Set {
                records: vec![record],
                signatures: Vec::new(),
            };
            self.nsec3.insert(own.clone(), set);
        }
    }

    fn exists(&self, owner: &Name) -> bool {
        self.sets.keys().any(|known| owner.zone_of(known))
    }

    fn encloser(&self, owner: &Name) -> Name {
        let mut above = owner.base_name();
        while !self.exists(&above) {
            above = above.base_name();
        }
        above
    }

    /// Answers from a DNAME above the name, with the alias that follows from it (RFC 6672 §3.1).
    fn redirected(&self, asked: &Name, out: &mut Message) -> Option<Name> {
        let (owner, set) = self.sets.iter().find_map(|(owner, types)| {
            let below = owner != asked && owner.zone_of(asked);
            let set = types.get(&RecordType::DNAME).filter(|_| below)?;
            Some((owner, set))
        })?;
        push(set, &mut out.answers);
        let RData::Unknown { rdata, .. } = &set.records[0].data else {
            panic!("a DNAME is opaque data");
        };
        let target = Name::read(&mut BinDecoder::new(&rdata.anything)).unwrap();
        let kept = asked.iter().count() - owner.iter().count();
        let front = Name::from_labels(asked.iter().take(kept)).unwrap();
        let made = front.append_domain(&target).unwrap();
        let alias = RData::CNAME(CNAME(made.clone()));
        out.answers
            .push(Record::from_rdata(asked.clone(), 0, alias));
        Some(made)
    }

    /// Adds the zone's answer; gives the target where an alias leads on.
    pub(crate) fn answer(
        &self,
        asked: &Name,
        rtype: RecordType,
        out: &mut Message,
    ) -> Option<Name> {
        if let Some(target) = self.redirected(asked, out) {
            return Some(target);
        }
        if let Some(types) = self.sets.get(asked) {
            return self.answer_from(types, asked, rtype, out);
        }
        if self.exists(asked) {
            self.no_data(asked, out);
            return None;
        }
        let encloser = self.encloser(asked);
        let wildcard = encloser.prepend_label("*").unwrap();
        let closer = asked.trim_to(encloser.iter().count() + 1);
        if let Some(types) = self.sets.get(&wildcard) {
            let present = types.contains_key(&rtype) || types.contains_key(&RecordType::CNAME);
            if present {
                self.deny(&closer, &mut out.authorities);
                return self.answer_from(types, asked, rtype, out);
            }
            self.no_data(&wildcard, out);
            self.deny(&closer, &mut out.authorities);
            self.deny(&encloser, &mut out.authorities);
            return None;
        }
        out.metadata.response_code = ResponseCode::NXDomain;
        self.soa(&mut out.authorities);
        for gone in [&closer, &wildcard] {
            self.deny(gone, &mut out.authorities);
        }
        if !self.nsec3.is_empty() {
            self.deny(&encloser, &mut out.authorities);
        }
        None
    }

    fn answer_from(
        &self,
        types: &BTreeMap<RecordType, Set>,
        asked: &Name,
        rtype: RecordType,
        out: &mut Message,
    ) -> Option<Name> {
        let alias = types.get(&RecordType::CNAME);
        let Some(set) = types.get(&rtype).or(alias) else {
            self.no_data(asked, out);
            return None;
        };
        for record in set.records.iter().chain(&set.signatures) {
            let mut record = record.clone();
            record.name = asked.clone();
            out.answers.push(record);
        }
        if let RData::CNAME(target) = &set.records[0].data
            && rtype != RecordType::CNAME
        {
            return Some(target.0.clone());
        }
        None
    }

    fn no_data(&self, asked: &Name, out: &mut Message) {
        self.soa(&mut out.authorities);
        self.deny(asked, &mut out.authorities);
        let Some(Denial::Nsec3 { iterations, .. }) = self.denial else {
            return;
        };
        if !self.nsec3.contains_key(&hash(asked, iterations)) {
            let encloser = self.encloser(asked);
            self.deny(&encloser, &mut out.authorities);
        }
    }

    fn soa(&self, out: &mut Vec<Record>) {
        push(&self.sets[&self.origin][&RecordType::SOA], out);
    }

    /// The record at the name, or that which covers it.
    fn deny(&self, gone: &Name, out: &mut Vec<Record>) {
        let set = match self.denial {
            None => None,
            Some(Denial::Nsec) => self
                .sets
                .range(..=gone.clone())
                .rev()
                .find_map(|(_, types)| types.get(&RecordType::NSEC)),
            Some(Denial::Nsec3 { iterations, .. }) => self
                .nsec3
                .range(..=hash(gone, iterations))
                .next_back()
                .or_else(|| self.nsec3.iter().next_back())
                .map(|(_, set)| set),
        };
        if let Some(set) = set {
            push(set, out);
        }
    }
}

const SALT: &[u8] = &[0xab, 0xcd];

fn hash(owner: &Name, iterations: u16) -> Vec<u8> {
    let digest = Nsec3HashAlgorithm::SHA1.hash(SALT, &owner.to_lowercase(), iterations);
    digest.unwrap().as_ref().to_vec()
}

fn push(set: &Set, out: &mut Vec<Record>) {
    for record in set.records.iter().chain(&set.signatures) {
        if !out.contains(record) {
            out.push(record.clone());
        }
    }
}

fn signer(origin: &Name, signing: Signing) -> DnssecSigner {
    let key: Box<dyn SigningKey> = if signing.algorithm == Algorithm::ED25519 {
        let pkcs8 = Ed25519SigningKey::generate_pkcs8().unwrap();
        Box::new(Ed25519SigningKey::from_pkcs8(&pkcs8).unwrap())
    } else {
        let pkcs8 = EcdsaSigningKey::generate_pkcs8(signing.algorithm).unwrap();
        Box::new(EcdsaSigningKey::from_pkcs8(&pkcs8, signing.algorithm).unwrap())
    };
    let dnskey = DNSKEY::from_key(&key.to_public_key().unwrap());
    let days = u64::try_from(signing.until - signing.from).unwrap();
    DnssecSigner::new(
        dnskey,
        key,
        origin.clone(),
        Duration::from_secs(days * 86_400),
    )
}

pub(crate) fn digest(origin: &Name, key: &DNSKEY) -> DS {
    let digest = key.to_digest(origin, DigestType::SHA256).unwrap();
    let tag = key.calculate_key_tag().unwrap();
    let algorithm = hickory_proto::dnssec::PublicKey::algorithm(key.public_key());
    DS::new(tag, algorithm, DigestType::SHA256, digest.as_ref().to_vec())
}

fn sign(set: &mut Set, signer: &DnssecSigner, begins: OffsetDateTime) {
    let first = &set.records[0];
    let mut records = RecordSet::new(first.name.clone(), first.record_type(), 0);
    records.set_ttl(first.ttl);
    // The canonical order knows no TTL (RFC 4034 §6.3), but this library's signer sorts by it first.
    let mut even = set.records.clone();
    for record in &mut even {
        record.ttl = first.ttl;
    }
    records.set_records(even);
    let signature = RRSIG::from_rrset(&records, DNSClass::IN, begins, signer).unwrap();
    let data = RData::DNSSEC(DNSSECRData::RRSIG(signature));
    set.signatures = vec![Record::from_rdata(first.name.clone(), first.ttl, data)];
}

/// A DNAME record, which the library knows only as opaque data.
pub(crate) fn dname_record(owner: &str, target: &str) -> Record {
    let code = RecordType::DNAME;
    let rdata = NULL::with(names::wire(&name(target)));
    Record::from_rdata(name(owner), TTL, RData::Unknown { code, rdata })
}

/// The DS record of a child zone for its parent.
pub(crate) fn ds_record(owner: &Name, ds: &DS) -> Record {
    Record::from_rdata(
        owner.clone(),
        TTL,
        RData::DNSSEC(DNSSECRData::DS(ds.clone())),
    )
}
