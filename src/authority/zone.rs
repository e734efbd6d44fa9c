//! One zone, signed where it is to be.

use super::denial::{Chain, Denial};
use super::key::ZoneKey;
use super::{AuthorityError, TTL};
use hickory_proto::dnssec::DnssecSigner;
use hickory_proto::dnssec::rdata::{DNSSECRData, RRSIG};
use hickory_proto::rr::{DNSClass, LowerName, Name, RData, Record, RecordSet, RecordType};
use std::collections::{BTreeMap, BTreeSet};
use time::OffsetDateTime;

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

/// How a zone is to be signed.
#[derive(Clone)]
pub(crate) struct Signing {
    pub(crate) key: ZoneKey,
    pub(crate) denial: Denial,
    /// When the signatures begin to hold; they do so for [`SIGNATURE_LIFE`](super::key::SIGNATURE_LIFE).
    pub(crate) from: OffsetDateTime,
}

/// A zone ready to be asked.
pub(crate) struct Zone {
    pub(crate) origin: Name,
    pub(crate) nodes: BTreeMap<LowerName, Node>,
    pub(crate) chain: Chain,
    cuts: BTreeSet<LowerName>,
}

impl Zone {
    /// Builds a zone and signs it, where it is to be signed.
    pub(crate) fn build(
        origin: Name,
        records: Vec<Record>,
        signing: Option<&Signing>,
    ) -> Result<Self, AuthorityError> {
        let mut zone = Self {
            nodes: nodes(records),
            chain: Chain::None,
            cuts: BTreeSet::new(),
            origin,
        };
        let apex = LowerName::from(&zone.origin);
        zone.cuts = zone
            .nodes
            .iter()
            .filter(|(name, node)| **name != apex && node.contains_key(&RecordType::NS))
            .map(|(name, _)| name.clone())
            .collect();
        if let Some(signing) = signing {
            let data = RData::DNSSEC(DNSSECRData::DNSKEY(signing.key.dnskey()));
            let own = Record::from_rdata(zone.origin.clone(), TTL, data);
            let node = zone.nodes.entry(apex).or_default();
            let keys = node.entry(RecordType::DNSKEY).or_default();
            keys.records.insert(0, own);
            Chain::add_to(&mut zone, signing.denial)?;
            zone.sign(&signing.key.signer(&zone.origin), signing.from)?;
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

    /// Signs every set but delegations (RFC 4035 §2.2).
    fn sign(&mut self, signer: &DnssecSigner, from: OffsetDateTime) -> Result<(), AuthorityError> {
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

fn sign(
    set: &mut RrSet,
    signer: &DnssecSigner,
    from: OffsetDateTime,
) -> Result<(), AuthorityError> {
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
