//! Proofs that a name or a type does not exist: NSEC (RFC 4035 §5.4) and NSEC3 (RFC 5155 §8).

use super::spans::{delegates, hash, hash_covers, owner_hash, span_covers};
use super::verify::{RrSet, Signed, Zone, verify};
use super::{Fault, ede};
use crate::facts::dns::DenialProof;
use crate::facts::timestamp::Timestamp;
use crate::net::dns::names;
use hickory_proto::dnssec::rdata::{DNSSECRData, NSEC, NSEC3, RRSIG};
use hickory_proto::rr::{Name, RData, Record, RecordType, RecordTypeSet};

#[cfg(test)]
mod tests;

/// More iterations than these make a zone insecure (RFC 9276 §3.2).
const MAX_ITERATIONS: u16 = 100;

/// How many NSEC and NSEC3 records of one answer are looked at; an honest proof needs at most four.
const MAX_RECORDS: usize = 16;

/// What a proof shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// It is not there.
    Absent,
    /// A span with the opt-out flag covers it: unsigned delegations may lie there (RFC 5155 §6).
    OptOut,
    /// The proof asks for more work than a validator does.
    Unsupported(Fault),
    /// The records do not prove it.
    Nothing(Fault),
}

/// Whether a name is the apex of a zone of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// It is delegated without DS.
    Unsigned,
    /// It may be delegated without DS: an opt-out span covers it.
    OptOut,
    /// It belongs to the zone above.
    Within,
    /// It does not exist, nor does anything below it.
    Nowhere,
    /// The proof asks for more work than a validator does.
    Unsupported(Fault),
    /// The records do not settle it.
    Unproven(Fault),
}

/// The verified NSEC and NSEC3 records of one answer.
#[derive(Debug)]
pub(super) struct Denial<'a> {
    apex: &'a Name,
    nsec: Vec<(&'a Name, &'a NSEC)>,
    nsec3: Vec<(Vec<u8>, &'a NSEC3)>,
    /// The signature that ends first, for the facts.
    pub(super) signed: Option<Signed>,
}

impl<'a> Denial<'a> {
    /// Gathers the records that the zone signed; a wrong signature is a fault.
    pub(super) fn gather(
        section: &'a [Record],
        zone: &'a Zone,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        let mut denial = Self {
            apex: &zone.apex,
            nsec: Vec::new(),
            nsec3: Vec::new(),
            signed: None,
        };
        for record in section
            .iter()
            .filter(|record| proves(record))
            .take(MAX_RECORDS)
        {
            if !zone.apex.zone_of(&record.name) {
                continue;
            }
            let set = RrSet::gather(section, &record.name, record.record_type());
            // An alias that crosses a zone cut brings the proofs of both zones.
            let foreign = |one: &&RRSIG| one.input().signer_name != zone.apex;
            if !set.signatures.is_empty() && set.signatures.iter().all(foreign) {
                continue;
            }
            let signed = verify(&set, zone, now)?;
            if signed.is_expanded(&record.name) {
                continue;
            }
            let sooner = |known: &Signed| signed.expires < known.expires;
            if denial.signed.as_ref().is_none_or(sooner) {
                denial.signed = Some(signed);
            }
            denial.keep(record);
        }
        Ok(denial)
    }

    fn keep(&mut self, record: &'a Record) {
        if let RData::DNSSEC(DNSSECRData::NSEC(nsec)) = &record.data {
            self.nsec.push((&record.name, nsec));
        } else if let RData::DNSSEC(DNSSECRData::NSEC3(nsec3)) = &record.data
            && let Some(hash) = owner_hash(&record.name, self.apex)
        {
            self.nsec3.push((hash, nsec3));
        }
    }

    /// The fault that stands in the way of any use: nothing there, or too many iterations.
    fn unusable(&self) -> Option<Shown> {
        if self.nsec.is_empty() && self.nsec3.is_empty() {
            let words = format!(
                "no NSEC or NSEC3 record of {} came along",
                names::text(self.apex)
            );
            return Some(Shown::Nothing(Fault::new(ede::DENIAL_MISSING, words)));
        }
        let iterations = self
            .nsec3
            .iter()
            .map(|(_, nsec3)| nsec3.iterations())
            .max()?;
        (iterations > MAX_ITERATIONS).then(|| {
            let words = format!(
                "{} uses {iterations} NSEC3 iterations",
                names::text(self.apex)
            );
            Shown::Unsupported(Fault::new(ede::UNSUPPORTED_ITERATIONS, words))
        })
    }

    /// By which records something is denied here.
    pub(super) fn proof(&self) -> DenialProof {
        if self.nsec3.iter().any(|(_, nsec3)| nsec3.opt_out()) {
            DenialProof::Nsec3OptOut
        } else if !self.nsec3.is_empty() {
            DenialProof::Nsec3
        } else if !self.nsec.is_empty() {
            DenialProof::Nsec
        } else {
            DenialProof::None
        }
    }

    /// Whether the name does not exist.
    pub(super) fn no_name(&self, name: &Name) -> Shown {
        if let Some(unusable) = self.unusable() {
            return unusable;
        }
        let fault = || unproven(&format!("that {} does not exist", names::text(name)));
        let Some(gap) = self.gap(name) else {
            return Shown::Nothing(fault());
        };
        if gap.opt_out {
            return Shown::OptOut;
        }
        match names::wildcard_below(&gap.encloser) {
            Some(wildcard) if self.covers(&wildcard).is_none() => Shown::Nothing(unproven(
                &format!("that {} does not exist", names::text(&wildcard)),
            )),
            Some(_) | None => Shown::Absent,
        }
    }

    /// Whether the name exists without this type, itself or by a wildcard.
    pub(super) fn no_type(&self, name: &Name, rtype: RecordType) -> Shown {
        if let Some(unusable) = self.unusable() {
            return unusable;
        }
        let lacks = |types: &RecordTypeSet| {
            let cut = types.contains(RecordType::NS) && !types.contains(RecordType::SOA);
            let wrong_side = if rtype == RecordType::DS {
                types.contains(RecordType::SOA) && !name.is_root()
            } else {
                cut
            };
            !wrong_side && !types.contains(rtype) && !types.contains(RecordType::CNAME)
        };
        if let Some(types) = self.types_at(name) {
            return if lacks(types) {
                Shown::Absent
            } else {
                let title = format!("{} {rtype}", names::text(name));
                Shown::Nothing(unproven(&format!("that there is no {title}")))
            };
        }
        if self.empty_non_terminal(name) {
            return Shown::Absent;
        }
        let gap = self.gap(name);
        let by_wildcard = gap.as_ref().is_some_and(|gap| {
            names::wildcard_below(&gap.encloser)
                .and_then(|wildcard| self.types_at(&wildcard))
                .is_some_and(lacks)
        });
        match gap {
            Some(gap) if gap.opt_out => Shown::OptOut,
            Some(_) if by_wildcard => Shown::Absent,
            Some(_) | None => Shown::Nothing(unproven(&format!(
                "that there is no {} {rtype}",
                names::text(name)
            ))),
        }
    }

    /// Whether no name closer than the wildcard matches, where the signed name had so many labels.
    pub(super) fn no_closer_name(&self, name: &Name, labels: usize) -> Shown {
        if let Some(unusable) = self.unusable() {
            return unusable;
        }
        let closer = names::suffix(name, labels + 1);
        match self.covers(&closer) {
            Some(true) => Shown::OptOut,
            Some(false) => Shown::Absent,
            None => Shown::Nothing(unproven(&format!(
                "that {} does not exist, so that a wildcard could answer",
                names::text(&closer)
            ))),
        }
    }

    /// What the denial of a DS record says about a zone cut at this name.
    pub(super) fn cut(&self, name: &Name) -> Cut {
        match self.unusable() {
            Some(Shown::Unsupported(fault)) => return Cut::Unsupported(fault),
            Some(Shown::Nothing(fault)) => return Cut::Unproven(fault),
            Some(Shown::Absent | Shown::OptOut) | None => {}
        }
        if let Some(types) = self.types_at(name) {
            let words = || unproven(&format!("that {} has no DS", names::text(name)));
            return if types.contains(RecordType::DS) || types.contains(RecordType::SOA) {
                Cut::Unproven(words())
            } else if types.contains(RecordType::NS) {
                Cut::Unsigned
            } else {
                Cut::Within
            };
        }
        if self.empty_non_terminal(name) {
            return Cut::Within;
        }
        match self.gap(name) {
            Some(gap) if gap.opt_out => Cut::OptOut,
            Some(_) => Cut::Nowhere,
            None => Cut::Unproven(unproven(&format!("that {} has no DS", names::text(name)))),
        }
    }

    /// The types at exactly this name.
    fn types_at(&self, name: &Name) -> Option<&'a RecordTypeSet> {
        let nsec = self.nsec.iter().find(|(owner, _)| *owner == name);
        if let Some((_, nsec)) = nsec {
            return Some(nsec.type_set());
        }
        self.nsec3
            .iter()
            .find(|(owner, nsec3)| hash(nsec3, name).as_ref() == Some(owner))
            .map(|(_, nsec3)| nsec3.type_set())
    }

    /// Whether an NSEC record shows that names exist only below this one.
    fn empty_non_terminal(&self, name: &Name) -> bool {
        self.nsec.iter().any(|(owner, nsec)| {
            let next = nsec.next_domain_name();
            *owner < name && name != next && name.zone_of(next)
        })
    }

    /// Whether a span covers the name, so that it does not exist; with the opt-out flag of the span.
    fn covers(&self, name: &Name) -> Option<bool> {
        if self
            .nsec
            .iter()
            .any(|(owner, nsec)| span_covers(owner, nsec, name))
        {
            return Some(false);
        }
        self.nsec3
            .iter()
            .find(|(owner, nsec3)| hash_covers(owner, nsec3, name))
            .map(|(_, nsec3)| nsec3.opt_out())
    }

    /// The closest name above that exists, where the next closer one is shown not to (RFC 5155 §8.3).
    fn gap(&self, name: &Name) -> Option<Gap> {
        if let Some((owner, nsec)) = self
            .nsec
            .iter()
            .find(|(owner, nsec)| span_covers(owner, nsec, name))
        {
            let shared = names::shared_labels(name, owner)
                .max(names::shared_labels(name, nsec.next_domain_name()));
            return Some(Gap {
                encloser: names::suffix(name, shared),
                opt_out: false,
            });
        }
        let top = names::labels(self.apex);
        let encloser = (top..names::labels(name))
            .rev()
            .map(|count| names::suffix(name, count))
            .find_map(|above| self.types_at(&above).map(|types| (above, types)));
        let (encloser, types) = encloser?;
        if delegates(types) {
            return None;
        }
        let closer = names::suffix(name, names::labels(&encloser) + 1);
        let (_, nsec3) = self
            .nsec3
            .iter()
            .find(|(owner, nsec3)| hash_covers(owner, nsec3, &closer))?;
        Some(Gap {
            encloser,
            opt_out: nsec3.opt_out(),
        })
    }
}

struct Gap {
    encloser: Name,
    opt_out: bool,
}

fn unproven(what: &str) -> Fault {
    Fault::new(ede::BOGUS, format!("the answer does not prove {what}"))
}

const fn proves(record: &Record) -> bool {
    matches!(
        &record.data,
        RData::DNSSEC(DNSSECRData::NSEC(_) | DNSSECRData::NSEC3(_))
    )
}
