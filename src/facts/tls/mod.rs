//! One TLS connection and what it was agreed with.

use super::certificate::Chain;
use super::observed::Observed;
use super::timestamp::Timestamp;
use grade::Grades;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub mod grade;
pub mod offers;

/// A handshake that came to its end, whatever the certificate is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tls {
    /// The version that was agreed.
    pub version: TlsVersion,
    /// The cipher suite by its IANA name, such as `TLS_AES_256_GCM_SHA384`.
    pub suite: String,
    /// What four norms say of the suite; derived.
    #[serde(default)]
    pub suite_grades: Grades,
    /// The key exchange group by its IANA name, such as `X25519MLKEM768`.
    pub group: String,
    /// What four norms say of the group; derived.
    #[serde(default)]
    pub group_grades: Grades,
    /// How the server proved to have its key, by the IANA name of the signature scheme.
    pub signature_scheme: String,
    /// The server name that was sent (RFC 6066 §3).
    pub sni: String,
    /// The certificates, as sent, and whether they authenticate the server.
    pub chain: Chain,
    /// The stapled statement of the authority on revocation (RFC 6066 §8).
    pub ocsp: Observed<OcspStaple>,
    /// What the authority's list of revoked certificates says, fetched with `--probe deep`. Absent where the certificate names no list.
    #[serde(default = "Observed::<CrlCheck>::unobserved")]
    pub crl: Observed<CrlCheck>,
    /// How many bytes of early data (0-RTT) the server's session tickets allow, 0 for none (RFC 8446 §4.6.1). Absent below TLS 1.3, which has none.
    #[serde(default = "Observed::<u32>::unobserved")]
    pub early_data: Observed<u32>,
}

/// A version of TLS. Later is greater.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum TlsVersion {
    /// RFC 6101, forbidden by RFC 7568.
    #[serde(rename = "SSLv3")]
    Ssl30,
    /// RFC 2246, forbidden by RFC 8996.
    #[serde(rename = "TLSv1.0")]
    Tls10,
    /// RFC 4346, forbidden by RFC 8996.
    #[serde(rename = "TLSv1.1")]
    Tls11,
    /// RFC 5246.
    #[serde(rename = "TLSv1.2")]
    Tls12,
    /// RFC 8446.
    #[serde(rename = "TLSv1.3")]
    Tls13,
}

/// A stapled OCSP response (RFC 6960).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OcspStaple {
    /// What the authority says of the certificate.
    pub status: OcspStatus,
    /// Whether the response is signed by the certificate's issuer or a responder that it names, is about this certificate and is in its time.
    pub valid: bool,
    /// Why it is not valid.
    #[serde(default)]
    pub reason: String,
}

/// What a list of revoked certificates says of one (RFC 5280 §5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CrlCheck {
    /// Where the list came from.
    pub url: String,
    /// Whether the certificate is in the list.
    pub revoked: bool,
    /// Since when.
    #[serde(default)]
    pub revoked_at: Option<Timestamp>,
    /// The authority's reason, such as `keyCompromise` (RFC 5280 §5.3.1); may be empty.
    #[serde(default)]
    pub why: String,
    /// Whether the list is signed by the certificate's issuer and in its time.
    pub valid: bool,
    /// Why it is not valid.
    #[serde(default)]
    pub reason: String,
}

/// The status of a certificate (RFC 6960 §2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OcspStatus {
    /// Not revoked.
    Good,
    /// Revoked.
    Revoked,
    /// The responder does not know the certificate.
    Unknown,
}
