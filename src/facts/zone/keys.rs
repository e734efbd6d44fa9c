//! The keys of a zone, what the zone above says of them, and how the zone denies.

use crate::facts::observed::Observed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How IANA's registries of DNSSEC algorithms and digests stand to one use of an entry (RFC 9904 §2, with the changes of RFC 9905 and RFC 9906).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// MUST.
    Must,
    /// RECOMMENDED.
    Recommended,
    /// MAY.
    May,
    /// NOT RECOMMENDED.
    NotRecommended,
    /// MUST NOT.
    MustNot,
    /// The registry has no such entry, or one that is not meant for zones.
    Unregistered,
}

/// One key of the zone (RFC 4034 §2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ZoneKey {
    /// The flags as published, such as 256 or 257.
    pub flags: u16,
    /// The number of the algorithm.
    pub algorithm: u8,
    /// The public key in base64, in the form of its algorithm.
    pub public_key: String,
    /// Whether the key may sign the zone: the Zone Key flag (RFC 4034 §2.1.1).
    pub zone_key: bool,
    /// Whether it is meant as the entry that a DS points to: the Secure Entry Point flag (RFC 4034 §2.1.1).
    pub secure_entry_point: bool,
    /// Whether it was withdrawn: the REVOKE flag (RFC 5011 §2.1).
    pub revoked: bool,
    /// The tag by which signatures and DS records name it (RFC 4034 appendix B).
    pub key_tag: u16,
    /// IANA's mnemonic of the algorithm, such as `ECDSAP256SHA256`.
    pub mnemonic: String,
    /// The size of the key in bits: of an RSA key its modulus (RFC 3110 §2), of another key what its algorithm says; 0 where it cannot be told.
    pub key_bits: u32,
    /// How the registry stands to signing with the algorithm: "Use for DNSSEC Signing".
    pub use_for_signing: Standing,
    /// How the registry stands to validating with it: "Use for DNSSEC Validation".
    pub use_for_validation: Standing,
    /// Whether a DS in the zone above fits this key; unknown where those are.
    pub in_delegation: Observed<bool>,
}

/// One DS record in the zone above (RFC 4034 §5.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DelegationSigner {
    /// The tag of the key that is meant.
    pub key_tag: u16,
    /// The number of its algorithm.
    pub algorithm: u8,
    /// The number of the digest type.
    pub digest_type: u8,
    /// The digest of the key, in lower-case hexadecimal.
    pub digest: String,
    /// IANA's mnemonic of the algorithm.
    pub mnemonic: String,
    /// IANA's description of the digest type, such as `SHA-256`.
    pub digest_name: String,
    /// How the registry stands to publishing this digest type: "Use for DNSSEC Delegation".
    pub use_for_delegation: Standing,
    /// How the registry stands to validating with this digest type: "Use for DNSSEC Validation".
    pub use_for_validation: Standing,
    /// Whether it fits a key of the zone. Unknown where the keys are, or the digest type cannot be computed here.
    pub fits: Observed<bool>,
}

/// One NSEC3PARAM record (RFC 5155 §4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Nsec3Param {
    /// The number of the hash algorithm: 1 is SHA-1, the only one.
    pub hash_algorithm: u8,
    /// How often the hash is applied again.
    pub iterations: u16,
    /// The salt in lower-case hexadecimal; empty: none.
    pub salt: String,
}

/// How a zone proves that something is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ZoneDenial {
    /// Whether names are hashed (NSEC3, RFC 5155) or not (NSEC, RFC 4034 §4).
    pub nsec3: bool,
    /// How often the hash is applied again; RFC 9276 §3.1 wants 0. Of several parameter sets the most. 0 with NSEC.
    pub iterations: u16,
    /// How long the salt is in bytes; RFC 9276 §3.1 wants 0. Of several parameter sets the most. 0 with NSEC.
    pub salt_bytes: u32,
    /// Whether spans may hide unsigned delegations (the Opt-Out flag, RFC 5155 §6), by the proofs that came. Unknown where none came.
    pub opt_out: Observed<bool>,
}
