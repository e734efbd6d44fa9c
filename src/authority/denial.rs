//! Proofs that something is not there: NSEC (RFC 4034 §4) and NSEC3 (RFC 5155) chains.

use super::zone::{RrSet, Zone};
use super::{AuthorityError, TTL};
use data_encoding::BASE32_DNSSEC;
use hickory_proto::dnssec::Nsec3HashAlgorithm::SHA1;
use hickory_proto::dnssec::rdata::{DNSSECRData, NSEC, NSEC3, NSEC3PARAM};
use hickory_proto::rr::{LowerName, Name, RData, Record, RecordType};
use std::collections::BTreeMap;

/// How a zone proves that something is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denial {
    Nsec,
    Nsec3 {
        iterations: u16,
        salt: &'static [u8],
        /// Whether unsigned delegations are left out of the chain (RFC 5155 §6).
        opt_out: bool,
    },
}

impl Denial {
    /// NSEC3 as RFC 9276 §3.1 wants it, but for the iterations.
    pub(crate) const fn hashed(iterations: u16) -> Self {
        Self::Nsec3 {
            iterations,
            salt: &[],
            opt_out: false,
        }
    }
}

/// The records that deny, apart from NSEC, which stand with the names themselves.
pub(crate) enum Chain {
    None,
    Nsec,
    Nsec3 {
        hashing: Hashing,
        /// By the hash of the name.
        hashed: BTreeMap<Vec<u8>, RrSet>,
    },
}

/// How names are hashed (RFC 5155 §5).
#[derive(Clone, Copy)]
pub(crate) struct Hashing {
    iterations: u16,
    salt: &'static [u8],
}

impl Hashing {
    fn hash(self, name: &Name) -> Result<Vec<u8>, AuthorityError> {
        let hash = SHA1.hash(self.salt, &name.to_lowercase(), self.iterations)?;
        Ok(hash.as_ref().to_vec())
    }
}

/// What is to be denied.
#[derive(Clone, Copy)]
pub(crate) enum Absence<'a> {
    /// The name is there, without records of the type.
    Type,
    /// The name is not there, and no wildcard stands for it.
    Name,
    /// The name is not there, and a wildcard was taken in its place.
    Expanded,
    /// The name is not there, and the wildcard in its place has no records of the type.
    WildcardType(&'a Name),
}

impl Chain {
    /// Makes the chain of a zone, once all its records are in.
    pub(crate) fn add_to(zone: &mut Zone, denial: Denial) -> Result<(), AuthorityError> {
        let names: Vec<LowerName> = zone
            .nodes
            .keys()
            .filter(|name| !zone.below_cut(name))
            .cloned()
            .collect();
        match denial {
            Denial::Nsec => {
                let following = names.iter().cycle().skip(1);
                for (name, next) in names.iter().zip(following) {
                    let owner = Name::from(name);
                    let nsec = NSEC::new_cover_self(Name::from(next), types(zone, name));
                    zone.insert(signed_record(owner, DNSSECRData::NSEC(nsec)));
                }
                zone.chain = Self::Nsec;
            }
            Denial::Nsec3 {
                iterations,
                salt,
                opt_out,
            } => {
                let parameters = NSEC3PARAM::new(SHA1, false, iterations, salt.to_vec());
                let origin = zone.origin.clone();
                zone.insert(signed_record(origin, DNSSECRData::NSEC3PARAM(parameters)));
                let hashing = Hashing { iterations, salt };
                let hashed = hashed_chain(zone, &names, hashing, opt_out)?;
                zone.chain = Self::Nsec3 { hashing, hashed };
            }
        }
        Ok(())
    }

    /// The sets of NSEC3 records.
    pub(crate) fn sets_mut(&mut self) -> impl Iterator<Item = &mut RrSet> {
        let hashed = match self {
            Self::Nsec3 { hashed, .. } => Some(hashed),
            Self::None | Self::Nsec => None,
        };
        hashed.into_iter().flat_map(BTreeMap::values_mut)
    }
}

fn signed_record(owner: Name, data: DNSSECRData) -> Record {
    Record::from_rdata(owner, TTL, RData::DNSSEC(data))
}

/// The types at a name that the zone has authority for: of a delegation, NS and DS.
fn types(zone: &Zone, name: &LowerName) -> Vec<RecordType> {
    let cut = zone.is_cut(name);
    let node = zone.nodes.get(name).into_iter().flat_map(BTreeMap::keys);
    node.copied()
        .filter(|rtype| !cut || matches!(rtype, RecordType::NS | RecordType::DS))
        .collect()
}

/// The NSEC3 records of a zone, empty non-terminals included (RFC 5155 §7.1), unsigned delegations only without
/// opt-out.
fn hashed_chain(
    zone: &Zone,
    names: &[LowerName],
    hashing: Hashing,
    opt_out: bool,
) -> Result<BTreeMap<Vec<u8>, RrSet>, AuthorityError> {
    let mut bitmaps: BTreeMap<Vec<u8>, Vec<RecordType>> = BTreeMap::new();
    for name in names {
        let mut here = types(zone, name);
        if opt_out && here == [RecordType::NS] {
            continue;
        }
        if here != [RecordType::NS] {
            here.push(RecordType::RRSIG);
        }
        bitmaps.insert(hashing.hash(&Name::from(name))?, here);
        let mut above = Name::from(name).base_name();
        while above.iter().len() > zone.origin.iter().len() {
            if !zone.nodes.contains_key(&LowerName::from(&above)) {
                bitmaps.entry(hashing.hash(&above)?).or_default();
            }
            above = above.base_name();
        }
    }
    let following: Vec<Vec<u8>> = bitmaps
        .keys()
        .cycle()
        .skip(1)
        .take(bitmaps.len())
        .cloned()
        .collect();
    let mut hashed = BTreeMap::new();
    for ((hash, here), next) in bitmaps.into_iter().zip(following) {
        let label = BASE32_DNSSEC.encode(&hash);
        let owner = zone.origin.prepend_label(label.as_bytes())?;
        let nsec3 = NSEC3::new(
            SHA1,
            opt_out,
            hashing.iterations,
            hashing.salt.to_vec(),
            next,
            here,
        );
        hashed.insert(
            hash,
            RrSet::of(signed_record(owner, DNSSECRData::NSEC3(nsec3))),
        );
    }
    Ok(hashed)
}

impl Zone {
    /// Whether a name has records, or stands above one that has.
    pub(crate) fn exists(&self, name: &Name) -> bool {
        let lower = LowerName::from(name);
        self.nodes
            .range(lower.clone()..)
            .next()
            .is_some_and(|(found, _)| lower.zone_of(found))
    }

    /// The closest existing name above one that does not exist, and the name one label longer (RFC 5155 §1.3).
    pub(crate) fn closest_encloser(&self, name: &Name) -> (Name, Name) {
        let mut next_closer = name.clone();
        let mut encloser = name.base_name();
        while !self.exists(&encloser) && encloser != self.origin {
            next_closer = encloser.clone();
            encloser = encloser.base_name();
        }
        (encloser, next_closer)
    }

    /// The records that prove an absence (RFC 4035 §3.1.3, RFC 5155 §7.2).
    pub(crate) fn deny(&self, name: &Name, absence: Absence<'_>) -> Vec<&RrSet> {
        let (encloser, next_closer) = self.closest_encloser(name);
        let proofs: Vec<Option<&RrSet>> = match (&self.chain, absence) {
            (Chain::None, _) => Vec::new(),
            (Chain::Nsec, Absence::Type | Absence::Expanded) => vec![self.nsec(name)],
            (Chain::Nsec, Absence::Name) => {
                let wildcard = encloser.prepend_label("*").ok();
                vec![self.nsec(name), wildcard.and_then(|name| self.nsec(&name))]
            }
            (Chain::Nsec, Absence::WildcardType(wildcard)) => {
                vec![self.nsec(name), self.nsec(wildcard)]
            }
            (Chain::Nsec3 { .. }, Absence::Type) => match self.nsec3(name) {
                Some(own) => vec![Some(own)],
                None => self.opted_out(name),
            },
            (Chain::Nsec3 { .. }, Absence::Expanded) => vec![self.nsec3_cover(&next_closer)],
            (Chain::Nsec3 { .. }, Absence::Name) => {
                let wildcard = encloser.prepend_label("*").ok();
                vec![
                    self.nsec3(&encloser),
                    self.nsec3_cover(&next_closer),
                    wildcard.and_then(|name| self.nsec3_cover(&name)),
                ]
            }
            (Chain::Nsec3 { .. }, Absence::WildcardType(wildcard)) => vec![
                self.nsec3(&encloser),
                self.nsec3_cover(&next_closer),
                self.nsec3(wildcard),
            ],
        };
        proofs.into_iter().flatten().collect()
    }

    /// The NSEC at a name, else the one whose span covers it.
    fn nsec(&self, name: &Name) -> Option<&RrSet> {
        let lower = LowerName::from(name);
        let mut before = self.nodes.range(..=lower).rev();
        before.find_map(|(_, node)| node.get(&RecordType::NSEC))
    }

    /// The proof for a delegation that the chain leaves out: its closest encloser there, and the span that covers
    /// the next closer name (RFC 5155 §7.2.4).
    fn opted_out(&self, name: &Name) -> Vec<Option<&RrSet>> {
        let mut next_closer = name.clone();
        let mut encloser = name.base_name();
        while self.nsec3(&encloser).is_none() && encloser != self.origin {
            next_closer = encloser.clone();
            encloser = encloser.base_name();
        }
        vec![self.nsec3(&encloser), self.nsec3_cover(&next_closer)]
    }

    /// The NSEC3 at the hash of a name.
    fn nsec3(&self, name: &Name) -> Option<&RrSet> {
        let Chain::Nsec3 { hashing, hashed } = &self.chain else {
            return None;
        };
        hashed.get(&hashing.hash(name).ok()?)
    }

    /// The NSEC3 whose span covers the hash of a name.
    fn nsec3_cover(&self, name: &Name) -> Option<&RrSet> {
        let Chain::Nsec3 { hashing, hashed } = &self.chain else {
            return None;
        };
        let hash = hashing.hash(name).ok()?;
        let before = hashed.range(..hash).next_back();
        before
            .or_else(|| hashed.last_key_value())
            .map(|(_, set)| set)
    }
}
