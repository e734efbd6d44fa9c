//! A zone of the lab: what it is made of, when it is signed, and how it is spoilt where its setup asks for that.

use super::super::LabError;
use super::super::setup::{self, Damage, Kind, Period, Quirk, SpareKey};
use crate::authority::TTL;
use crate::authority::denial::Chain;
use crate::authority::key::ZoneKey;
use crate::authority::zone::{Signing, Zone};
use crate::facts::timestamp::Timestamp;
use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData, RRSIG};
use hickory_proto::dnssec::{Algorithm, PublicKeyBuf};
use hickory_proto::rr::{LowerName, Name, RData, Record, RecordType};
use std::sync::OnceLock;
use time::{Duration, OffsetDateTime};

/// What a zone is made of.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) origin: Name,
    pub(crate) records: Vec<Record>,
    pub(crate) signing: Option<setup::Signing>,
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
        let build = || build(self.draft.clone(), self.key.as_ref(), self.now).ok();
        self.awake.get_or_init(build).as_ref()
    }

    /// How the servers of the zone behave when asked for a name, if oddly.
    pub(crate) fn quirk(&self, name: &LowerName) -> Option<Quirk> {
        self.draft
            .quirks
            .iter()
            .find(|(above, _)| above.zone_of(name))
            .map(|(_, quirk)| *quirk)
    }
}

/// Builds, signs and spoils a zone. Without a key it stays unsigned.
fn build(draft: Draft, key: Option<&ZoneKey>, now: Timestamp) -> Result<Zone, LabError> {
    let mut records = draft.records;
    let mut signing = None;
    if let (Some(wanted), Some(key)) = (draft.signing, key) {
        for spare in draft.spare_keys {
            let public = PublicKeyBuf::new(spare.public_key, Algorithm::from_u8(spare.algorithm));
            let data = RData::DNSSEC(DNSSECRData::DNSKEY(DNSKEY::with_flags(spare.flags, public)));
            records.push(Record::from_rdata(draft.origin.clone(), TTL, data));
        }
        signing = Some(Signing {
            key: key.clone(),
            denial: wanted.denial,
            from: inception(wanted.period, now)?,
        });
    }
    let mut zone = Zone::build(draft.origin, records, signing.as_ref())?;
    if let Some(damage) = draft.damage {
        spoil(&mut zone, damage);
    }
    Ok(zone)
}

fn spoil(zone: &mut Zone, damage: Damage) {
    match damage {
        Damage::Signature(kind) => {
            for signature in apex_signatures(zone, kind) {
                flip(signature);
            }
        }
        Damage::Unsigned(kind) => apex_signatures(zone, kind).clear(),
        Damage::Denial => {
            zone.chain = Chain::None;
            for node in zone.nodes.values_mut() {
                node.remove(&RecordType::NSEC);
            }
        }
    }
}

/// The signatures over the apex records of a type.
fn apex_signatures(zone: &mut Zone, kind: Kind) -> &mut Vec<Record> {
    let rtype = match kind {
        Kind::Mx => RecordType::MX,
        Kind::Txt => RecordType::TXT,
    };
    let apex = zone.nodes.entry(LowerName::from(&zone.origin)).or_default();
    &mut apex.entry(rtype).or_default().signatures
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
