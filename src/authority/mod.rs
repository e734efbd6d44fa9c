//! An authoritative name server: zones made of records, signed, with proofs of what is not there, and the answers to
//! questions over UDP and TCP.
//!
//! The lab plays its zones with it, spoilt where a scenario wants that, and the probes of `outbound` serve theirs.

pub(crate) mod answer;
pub(crate) mod denial;
pub(crate) mod key;
pub(crate) mod presentation;
pub(crate) mod server;
pub(crate) mod zone;

use hickory_proto::ProtoError;
use hickory_proto::dnssec::DnsSecError;
use thiserror::Error;

/// How long answers may be kept, in seconds; absences too.
pub(crate) const TTL: u32 = 300;

/// Why a zone could not be made.
#[derive(Debug, Error)]
pub enum AuthorityError {
    /// A name is none, or too long.
    #[error("a name of the zone cannot be written")]
    Name(#[from] ProtoError),
    /// A key is none of this kind, or does not sign.
    #[error("the zone cannot be signed")]
    Signing(#[from] DnsSecError),
}
