//! The spans of names that NSEC (RFC 4034 §4.1) and NSEC3 (RFC 5155 §3.1) records leave empty.

use crate::net::dns::names;
use hickory_proto::dnssec::Nsec3HashAlgorithm;
use hickory_proto::dnssec::rdata::{NSEC, NSEC3};
use hickory_proto::rr::{Name, RecordType, RecordTypeSet};

/// Whether what lies below a name with these types is elsewhere (RFC 6840 §4.1).
pub(super) fn delegates(types: &RecordTypeSet) -> bool {
    types.contains(RecordType::DNAME)
        || (types.contains(RecordType::NS) && !types.contains(RecordType::SOA))
}

/// Whether the NSEC record shows that there is neither this name nor one below it.
pub(super) fn span_covers(owner: &Name, nsec: &NSEC, name: &Name) -> bool {
    let next = nsec.next_domain_name();
    let last = next <= owner;
    let within = owner < name && (last || name < next) && !name.zone_of(next);
    within && !(owner.zone_of(name) && delegates(nsec.type_set()))
}

/// Whether the hash of the name lies strictly within the NSEC3 record's span.
pub(super) fn hash_covers(owner: &[u8], nsec3: &NSEC3, name: &Name) -> bool {
    let Some(hash) = hash(nsec3, name) else {
        return false;
    };
    let (hash, next) = (hash.as_slice(), nsec3.next_hashed_owner_name());
    if owner < next {
        owner < hash && hash < next
    } else {
        owner < hash || hash < next
    }
}

pub(super) fn hash(nsec3: &NSEC3, name: &Name) -> Option<Vec<u8>> {
    let Nsec3HashAlgorithm::SHA1 = nsec3.hash_algorithm();
    Nsec3HashAlgorithm::SHA1
        .hash(nsec3.salt(), name, nsec3.iterations())
        .ok()
        .map(|digest| digest.as_ref().to_vec())
}

/// The hash in the first label of an NSEC3 owner directly below the apex (RFC 5155 §3).
pub(super) fn owner_hash(owner: &Name, apex: &Name) -> Option<Vec<u8>> {
    if names::labels(owner) != names::labels(apex) + 1 {
        return None;
    }
    let label = owner.iter().next()?.to_ascii_lowercase();
    data_encoding::BASE32_DNSSEC.decode(&label).ok()
}
