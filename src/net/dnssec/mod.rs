//! Whether DNS answers are authentic, and if not, why (RFC 4033 to 4035, 5155, 6840, 9276).
//!
//! [`chain`] walks from a trust anchor down to the zone that holds a name, [`assess`] judges answers
//! with the keys found there; [`verify`] checks signatures, [`denial`] proofs that something is not there.

pub mod anchors;
pub(crate) mod assess;
pub(crate) mod chain;
mod denial;
mod spans;
#[cfg(test)]
mod tests;
pub(crate) mod verify;

use crate::facts::dns::{Dnssec, DnssecState};
use hickory_proto::rr::{Name, Record, RecordType};

/// Extended DNS Errors that an assessment gives (RFC 8914 §4; 27 by RFC 9276 §3.2).
pub(crate) mod ede {
    pub(crate) const UNSUPPORTED_ALGORITHM: u16 = 1;
    pub(crate) const UNSUPPORTED_DIGEST: u16 = 2;
    pub(crate) const INDETERMINATE: u16 = 5;
    pub(crate) const BOGUS: u16 = 6;
    pub(crate) const SIGNATURE_EXPIRED: u16 = 7;
    pub(crate) const SIGNATURE_NOT_YET_VALID: u16 = 8;
    pub(crate) const DNSKEY_MISSING: u16 = 9;
    pub(crate) const SIGNATURE_MISSING: u16 = 10;
    pub(crate) const NO_ZONE_KEY_BIT: u16 = 11;
    pub(crate) const DENIAL_MISSING: u16 = 12;
    pub(crate) const NO_REACHABLE_AUTHORITY: u16 = 22;
    pub(crate) const INVALID_DATA: u16 = 24;
    pub(crate) const EXPIRED_BEFORE_VALID: u16 = 25;
    pub(crate) const UNSUPPORTED_ITERATIONS: u16 = 27;
}

/// Why something does not hold: the code and the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The Extended DNS Error that fits.
    pub(crate) ede: u16,
    /// The reason in words.
    pub(crate) reason: String,
}

impl Fault {
    pub(crate) fn new(ede: u16, reason: impl Into<String>) -> Self {
        Self {
            ede,
            reason: reason.into(),
        }
    }

    /// The state that this fault puts an answer into.
    pub(crate) fn as_state(&self, state: DnssecState) -> Dnssec {
        Dnssec {
            ede: Some(self.ede),
            ..Dnssec::new(state, self.reason.clone())
        }
    }
}

/// The sections of an answer that an assessment reads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Evidence {
    /// Whether the answer says that the name does not exist (RCODE 3).
    pub(crate) nxdomain: bool,
    /// The answer section.
    pub(crate) answers: Vec<Record>,
    /// The authority section.
    pub(crate) authorities: Vec<Record>,
}

/// Whoever can ask for the DS and DNSKEY records that a chain of trust needs.
pub(crate) trait Lookup: Sync {
    /// What the DNS says; a fault where it gives no answer.
    fn look_up(
        &self,
        name: &Name,
        rtype: RecordType,
    ) -> impl Future<Output = Result<Evidence, Fault>> + Send;
}
