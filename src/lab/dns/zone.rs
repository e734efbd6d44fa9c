//! One zone, signed and then, where its setup asks for it, spoilt.

use super::super::LabError;
use super::super::setup::{Damage, Kind, Period, Quirk, Signing, SpareKey};
use super::denial::Chain;
use super::key::ZoneKey;
use super::record::TTL;
use crate::facts::timestamp::Timestamp;
use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData, RRSIG};
use hickory_proto::dnssec::{Algorithm, DnssecSigner, PublicKeyBuf};
use hickory_proto::rr::{DNSClass, LowerName, Name, RData, Record, RecordSet, RecordType};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use time::{Duration, OffsetDateTime};

/// The records of one name and type, with their signatures.
#[derive(Clone, Debug, Default)]
pub(crate) struct RrSet {
    pub(crate) records: Vec<Record>,
    pub(crate) signatures: Vec<Record>,
}

impl RrSet {
    /// A set of one record, not yet signed.
    pub(crate) fn of(record: Record) -> Self {
        Self {
            records: vec![record],
            signatures: Vec::new(),
        }
    }

    /// The records, and their signatures where they are wanted.
    pub(crate) fn with(&self, signatures: bool) -> impl Iterator<Item = &Record> {
        let signed: &[Record] = if signatures { &self.signatures } else { &[] };
        self.records.iter().chain(signed)
    }
}

/// All sets of one name.
pub(crate) type Node = BTreeMap<RecordType, RrSet>;

/// What a zone is made of.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) origin: Name,
    pub(crate) records: Vec<Record>,
    pub(crate) signing: Option<Signing>,
    pub(crate) spare_keys: Vec<SpareKey>,
    pub(crate) name_servers: &'static [&'static str],
    pub(crate) damage: Option<Damage>,
    pub(crate) quirks: Vec<(LowerName, Quirk)>,
}

/// A zone that is built and signed when it is first asked, since most runs ask few of them.
pub(crate) struct Dormant {
    draft: Draft,
    key: Option<ZoneKey>,
    now: Timestamp,
    awake: OnceLock<Option<Zone>>,
}

impl Dormant {
    /// The zone that will come of a draft, signed as of `now`.
    pub(crate) const fn new(draft: Draft, key: Option<ZoneKey>, now: Timestamp) -> Self {
        Self {
            draft,
            key,
            now,
            awake: OnceLock::new(),
        }
    }

    pub(crate) const fn origin(&self) -> &Name {
        &self.draft.origin
    }

    /// The zone; nothing where it cannot be built, which a test rules out.
    pub(crate) fn zone(&self) -> Option<&Zone> {
        let build = || Zone::build(self.draft.clone(), self.key.as_ref(), self.now).ok();
        self.awake.get_or_init(build).as_ref()
    }
}

/// A zone ready to be asked.
pub(crate) struct Zone {
    pub(crate) origin: Name,
    pub(crate) nodes: BTreeMap<LowerName, Node>,
    pub(crate) chain: Chain,
    cuts: BTreeSet<LowerName>,
    quirks: Vec<(LowerName, Quirk)>,
}

impl Zone {
    /// Builds, signs and spoils a zone. Without a key it stays unsigned.
    pub(crate) fn build(
        draft: Draft,
        key: Option<&ZoneKey>,
        now: Timestamp,
    ) -> Result<Self, LabError> {
        let mut zone = Self {
            nodes: nodes(draft.records),
            chain: Chain::None,
            cuts: BTreeSet::new(),
            quirks: draft.quirks,
            origin: draft.origin,
        };
        let apex = LowerName::from(&zone.origin);
        zone.cuts = zone
            .nodes
            .iter()
            .filter(|(name, node)| **name != apex && node.contains_key(&RecordType::NS))
            .map(|(name, _)| name.clone())
            .collect();
        if let (Some(signing), Some(key)) = (draft.signing, key) {
            zone.insert(Record::from_rdata(
                zone.origin.clone(),
                TTL,
                RData::DNSSEC(DNSSECRData::DNSKEY(key.dnskey())),
            ));
            for spare in draft.spare_keys {
                let public =
                    PublicKeyBuf::new(spare.public_key, Algorithm::from_u8(spare.algorithm));
                let key = DNSKEY::with_flags(spare.flags, public);
                let data = RData::DNSSEC(DNSSECRData::DNSKEY(key));
                zone.insert(Record::from_rdata(zone.origin.clone(), TTL, data));
            }
            Chain::add_to(&mut zone, signing.denial)?;
            zone.sign(&key.signer(&zone.origin), inception(signing.period, now)?)?;
        }
        if let Some(damage) = draft.damage {
            zone.spoil(damage);
        }
        Ok(zone)
    }

    /// Adds a record to the set that it belongs to.
    pub(crate) fn insert(&mut self, record: Record) {
        let node = self.nodes.entry(LowerName::from(&record.name)).or_default();
        node.entry(record.record_type())
            .or_default()
            .records
            .push(record);
    }

    /// Whether a name stands below a delegation, and so belongs to another zone.
    pub(crate) fn below_cut(&self, name: &LowerName) -> bool {
        self.cuts.iter().any(|cut| cut.zone_of(name) && cut != name)
    }

    /// Whether a name is a delegation.
    pub(crate) fn is_cut(&self, name: &LowerName) -> bool {
        self.cuts.contains(name)
    }

    /// How the servers of the zone behave when asked for a name, if oddly.
    pub(crate) fn quirk(&self, name: &LowerName) -> Option<Quirk> {
        self.quirks
            .iter()
            .find(|(above, _)| above.zone_of(name))
            .map(|(_, quirk)| *quirk)
    }

    /// Signs every set but delegations (RFC 4035 §2.2).
    fn sign(&mut self, signer: &DnssecSigner, from: OffsetDateTime) -> Result<(), LabError> {
        for (name, node) in &mut self.nodes {
            if self.cuts.iter().any(|cut| cut.zone_of(name) && cut != name) {
                continue;
            }
            let cut = self.cuts.contains(name);
            for (rtype, set) in node {
                if !cut || matches!(rtype, RecordType::DS | RecordType::NSEC) {
                    sign(set, signer, from)?;
                }
            }
        }
        for set in self.chain.sets_mut() {
            sign(set, signer, from)?;
        }
        Ok(())
    }

    fn spoil(&mut self, damage: Damage) {
        match damage {
            Damage::Signature(kind) => {
                for signature in self.apex_signatures(kind) {
                    flip(signature);
                }
            }
            Damage::Unsigned(kind) => self.apex_signatures(kind).clear(),
            Damage::Denial => {
                self.chain = Chain::None;
                for node in self.nodes.values_mut() {
                    node.remove(&RecordType::NSEC);
                }
            }
        }
    }

    /// The signatures over the apex records of a type.
    fn apex_signatures(&mut self, kind: Kind) -> &mut Vec<Record> {
        let rtype = match kind {
            Kind::Mx => RecordType::MX,
            Kind::Txt => RecordType::TXT,
        };
        let apex = self.nodes.entry(LowerName::from(&self.origin)).or_default();
        &mut apex.entry(rtype).or_default().signatures
    }
}

fn nodes(records: Vec<Record>) -> BTreeMap<LowerName, Node> {
    let mut nodes: BTreeMap<LowerName, Node> = BTreeMap::new();
    for record in records {
        let node = nodes.entry(LowerName::from(&record.name)).or_default();
        node.entry(record.record_type())
            .or_default()
            .records
            .push(record);
    }
    nodes
}

/// When signatures of this period begin to hold.
fn inception(period: Period, now: Timestamp) -> Result<OffsetDateTime, LabError> {
    let now = OffsetDateTime::from_unix_timestamp(now.unix()).map_err(LabError::Time)?;
    Ok(match period {
        Period::Now => now - Duration::hours(1),
        Period::Ending => now - Duration::days(13),
        Period::Over => now - Duration::days(40),
        Period::NotYet => now + Duration::days(3),
    })
}

fn sign(set: &mut RrSet, signer: &DnssecSigner, from: OffsetDateTime) -> Result<(), LabError> {
    let Some(first) = set.records.first() else {
        return Ok(());
    };
    let mut whole = RecordSet::new(first.name.clone(), first.record_type(), 0);
    whole.set_ttl(first.ttl);
    whole.set_records(set.records.clone());
    let signature = RRSIG::from_rrset(&whole, DNSClass::IN, from, signer)?;
    set.signatures = vec![Record::from_rdata(
        first.name.clone(),
        first.ttl,
        RData::DNSSEC(DNSSECRData::RRSIG(signature)),
    )];
    Ok(())
}

/// Changes one bit of a signature.
fn flip(record: &mut Record) {
    if let RData::DNSSEC(DNSSECRData::RRSIG(signature)) = &record.data {
        let mut bytes = signature.sig().to_vec();
        if let Some(byte) = bytes.get_mut(5) {
            *byte ^= 1;
        }
        let spoilt = RRSIG::from_sig(signature.input().clone(), bytes);
        record.data = RData::DNSSEC(DNSSECRData::RRSIG(spoilt));
    }
}
