//! The state of one set of records, or of its absence, under the keys of its zone.

use super::chain::{Chain, Standing};
use super::denial::{Denial, Shown};
use super::verify::{RrSet, Signed, Zone, signature, verify};
use super::{Evidence, Fault, Lookup};
use crate::facts::dns::{DenialProof, Dnssec, DnssecState};
use crate::facts::timestamp::Timestamp;
use crate::net::dns::names;
use crate::records;
use hickory_proto::rr::{Name, Record, RecordType};

impl Chain {
    /// The state of the records of this name and type that the answer holds.
    pub(crate) async fn positive(
        &self,
        look: &impl Lookup,
        evidence: &Evidence,
        owner: &Name,
        rtype: RecordType,
    ) -> Dnssec {
        let set = RrSet::gather(&evidence.answers, owner, rtype);
        let signer = set
            .signatures
            .iter()
            .map(|signature| &signature.input().signer_name)
            .filter(|signer| signer.zone_of(owner))
            .max_by_key(|signer| names::labels(signer));
        let hint = signer.map(names::labels);
        let judge = |zone: &Zone| present(zone, evidence, &set, self.clock.now());
        self.judge(look, (owner, rtype), hint, judge).await
    }

    /// The state of the answer that this name or its type does not exist.
    pub(crate) async fn negative(
        &self,
        look: &impl Lookup,
        evidence: &Evidence,
        name: &Name,
        rtype: RecordType,
    ) -> Dnssec {
        let hint = evidence
            .authorities
            .iter()
            .filter_map(zone_hint)
            .filter(|apex| apex.zone_of(name))
            .map(names::labels)
            .max();
        let judge = |zone: &Zone| absent(zone, evidence, (name, rtype), self.clock.now());
        self.judge(look, (name, rtype), hint, judge).await
    }

    /// Walks to the zone that the hint names, or to the name itself, and judges with its keys. What
    /// does not hold there is bogus only when no unsigned zone begins between the hint and the name.
    async fn judge(
        &self,
        look: &impl Lookup,
        (name, rtype): (&Name, RecordType),
        hint: Option<usize>,
        judge: impl Fn(&Zone) -> Dnssec,
    ) -> Dnssec {
        // A DS belongs to the zone above the cut (RFC 4035 §2.4).
        let full = names::labels(name).saturating_sub(usize::from(rtype == RecordType::DS));
        let depth = hint.unwrap_or(full).min(full);
        let verdict = match self.standing(look, name, depth).await {
            Standing::Broken(dnssec) => return dnssec.as_ref().clone(),
            Standing::Signed(zone) => judge(&zone),
        };
        if verdict.state != DnssecState::Bogus || depth == full {
            return verdict;
        }
        match self.standing(look, name, full).await {
            Standing::Broken(dnssec) => dnssec.as_ref().clone(),
            Standing::Signed(zone) => judge(&zone),
        }
    }
}

/// The apex that a record of a negative answer points to.
fn zone_hint(record: &Record) -> Option<&Name> {
    if record.record_type() == RecordType::SOA {
        return Some(&record.name);
    }
    signature(record).map(|signature| &signature.input().signer_name)
}

fn present(zone: &Zone, evidence: &Evidence, set: &RrSet<'_>, now: Timestamp) -> Dnssec {
    let signed = match verify(set, zone, now) {
        Ok(signed) => signed,
        Err(fault) => return at(zone, fault.as_state(DnssecState::Bogus)),
    };
    let wildcard = signed.is_expanded(set.owner);
    let state = if wildcard {
        match Denial::gather(&evidence.authorities, zone, now) {
            Ok(denial) => shown(denial.no_closer_name(set.owner, signed.labels), zone),
            Err(fault) => fault.as_state(DnssecState::Bogus),
        }
    } else {
        Dnssec::new(DnssecState::Secure, String::new())
    };
    let mut dnssec = with(&signed, zone, state);
    dnssec.wildcard = wildcard;
    dnssec
}

fn absent(
    zone: &Zone,
    evidence: &Evidence,
    (name, rtype): (&Name, RecordType),
    now: Timestamp,
) -> Dnssec {
    let denial = match Denial::gather(&evidence.authorities, zone, now) {
        Ok(denial) => denial,
        Err(fault) => {
            let mut dnssec = at(zone, fault.as_state(DnssecState::Bogus));
            dnssec.denial = Some(DenialProof::None);
            return dnssec;
        }
    };
    let proof = if evidence.nxdomain {
        denial.no_name(name)
    } else {
        denial.no_type(name, rtype)
    };
    let state = shown(proof, zone);
    let mut dnssec = match &denial.signed {
        Some(signed) => with(signed, zone, state),
        None => at(zone, state),
    };
    dnssec.denial = Some(denial.proof());
    dnssec
}

fn shown(proof: Shown, zone: &Zone) -> Dnssec {
    let insecure = |fault: Fault| fault.as_state(DnssecState::Insecure);
    match proof {
        Shown::Absent => Dnssec::new(DnssecState::Secure, String::new()),
        Shown::OptOut => Dnssec::new(
            DnssecState::Insecure,
            format!(
                "{} leaves this name out of its proofs (NSEC3 opt-out)",
                names::text(&zone.apex)
            ),
        ),
        Shown::Unsupported(fault) => insecure(fault),
        Shown::Nothing(fault) => fault.as_state(DnssecState::Bogus),
    }
}

fn at(zone: &Zone, dnssec: Dnssec) -> Dnssec {
    Dnssec {
        zone: Some(names::text(&zone.apex)),
        ..dnssec
    }
}

/// The state with what the signature says; a secure one names the key that it rests on.
fn with(signed: &Signed, zone: &Zone, dnssec: Dnssec) -> Dnssec {
    let algorithm = mnemonic(signed.algorithm);
    let mut dnssec = at(zone, dnssec);
    if dnssec.state == DnssecState::Secure {
        let apex = names::text(&zone.apex);
        dnssec.reason = format!("signed by key {} of {apex}", signed.key_tag);
    }
    dnssec.algorithm = Some(algorithm);
    dnssec.key_tag = Some(signed.key_tag);
    dnssec.signature_begins = Some(signed.begins);
    dnssec.signature_expires = Some(signed.expires);
    dnssec
}

/// The name of the algorithm in IANA's registry.
pub(crate) fn mnemonic(algorithm: hickory_proto::dnssec::Algorithm) -> String {
    records::dnssec::algorithm(u8::from(algorithm)).name
}
