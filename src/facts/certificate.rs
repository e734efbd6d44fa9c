//! Certificates as a server sent them, and whether they authenticate it (RFC 5280, RFC 9525).

use super::defect::Defect;
use super::timestamp::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The certificates that a server sent, its own first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent findings of fact"
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
    /// Whether each certificate is issued by the one behind it, as they should be sent (RFC 5246 §7.4.2).
    #[serde(default = "in_order")]
    pub in_order: bool,
    /// Whether a certificate that signed itself was sent behind the server's own: needless, since who trusts it has it.
    #[serde(default)]
    pub root_sent: bool,
    /// The store of trusted authorities by which it was judged, such as `mozilla`.
    #[serde(default)]
    pub store: String,
    /// Every fault, not only the first.
    #[serde(default)]
    pub defects: Vec<Defect>,
}

const fn in_order() -> bool {
    true
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
    /// For how many whole days it holds from its beginning to its end.
    #[serde(default)]
    pub validity_days: i64,
    /// Whole days from the observation to the end; negative once it is over.
    pub days_left: i64,
    /// The DNS names that it stands for.
    pub dns_names: Vec<String>,
    /// The common names of the subject, which prove nothing any more (RFC 9525 §2).
    #[serde(default)]
    pub common_names: Vec<String>,
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
    /// What the key may be used for, by the names of RFC 5280 §4.2.1.3. Empty: nothing is said.
    #[serde(default)]
    pub key_usage: Vec<String>,
    /// What the certificate may be used for, by the names of RFC 5280 §4.2.1.12, such as `serverAuth`. Empty: nothing is said.
    #[serde(default)]
    pub extended_key_usage: Vec<String>,
    /// How many signed certificate timestamps of public logs it holds (RFC 6962 §3.3).
    #[serde(default)]
    pub scts: u32,
    /// Whether it may be used with a stapled OCSP response only (RFC 7633).
    #[serde(default)]
    pub must_staple: bool,
    /// Where lists of revoked certificates are (RFC 5280 §4.2.1.13).
    #[serde(default)]
    pub crl_urls: Vec<String>,
    /// Where its authority answers whether it is revoked (RFC 5280 §4.2.2.1).
    #[serde(default)]
    pub ocsp_urls: Vec<String>,
    /// SHA-256 of the whole certificate, in hexadecimal.
    pub sha256: String,
    /// SHA-256 of the subject public key info, in hexadecimal: what TLSA `3 1 1` holds.
    pub spki_sha256: String,
    /// The certificate itself in base64 (DER), so that verdicts can be derived anew.
    pub der: String,
}
