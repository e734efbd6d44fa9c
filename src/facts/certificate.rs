//! Certificates as a server sent them, and whether they authenticate it (RFC 5280, RFC 9525).

use super::defect::Defect;
use super::timestamp::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The certificates that a server sent, its own first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent findings of fact"
)]
pub struct Chain {
    /// The certificates in the order in which they came.
    pub certificates: Vec<Certificate>,
    /// The name that the server should prove.
    pub reference_name: String,
    /// Whether a path leads to a trusted authority, whatever the names and the time.
    pub trusted: bool,
    /// Whether a DNS name in the server's certificate matches (RFC 9525 §6: one label for a wildcard, no common name).
    pub name_matches: bool,
    /// Whether every certificate of the path is within its time at the moment of observation.
    pub in_time: bool,
    /// Whether all three hold: a sender that insists on PKIX would deliver.
    pub authenticated: bool,
    /// Every fault, not only the first.
    #[serde(default)]
    pub defects: Vec<Defect>,
}

/// One certificate (RFC 5280 §4.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Certificate {
    /// The subject as a distinguished name; may be empty.
    pub subject: String,
    /// The issuer as a distinguished name.
    pub issuer: String,
    /// The serial number in hexadecimal.
    pub serial: String,
    /// From when it holds.
    pub not_before: Timestamp,
    /// Until when it holds.
    pub not_after: Timestamp,
    /// Whole days from the observation to the end; negative once it is over.
    pub days_left: i64,
    /// The DNS names that it stands for.
    pub dns_names: Vec<String>,
    /// Whether it may sign others (basic constraints).
    pub is_ca: bool,
    /// Whether subject and issuer are the same.
    pub self_issued: bool,
    /// The kind of public key: `RSA`, `EC P-256`, `Ed25519`, …
    pub key_type: String,
    /// The size of the public key in bits (of an RSA modulus, of a curve's field).
    pub key_bits: u32,
    /// The signature algorithm by name, such as `sha256WithRSAEncryption` or `ecdsa-with-SHA256`; the dotted OID where it has none here.
    pub signature_algorithm: String,
    /// SHA-256 of the whole certificate, in hexadecimal.
    pub sha256: String,
    /// SHA-256 of the subject public key info, in hexadecimal: what TLSA `3 1 1` holds.
    pub spki_sha256: String,
    /// The certificate itself in base64 (DER), so that verdicts can be derived anew.
    pub der: String,
}
