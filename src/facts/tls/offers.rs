//! What a server accepts beyond the one handshake that a sender would agree on with it.

use super::super::certificate::Chain;
use super::super::observed::Observed;
use super::TlsVersion;
use super::grade::Grades;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one address of a mail server offers in TLS, found out by further short sessions. Each fact that the chosen depth left out is unknown with the cause `not-attempted` and the depth that asks for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Offers {
    /// All five versions, the newest first.
    pub versions: Vec<VersionOffer>,
    /// How the newest version below 1.3 that the server accepts is set up. Absent where it accepts none.
    pub older: Observed<OlderTls>,
    /// The certificates for senders that take signatures by RSA keys only. Absent where the server has none.
    pub rsa_chain: Observed<Chain>,
    /// The certificates for senders that take signatures by ECDSA keys only. Absent where the server has none.
    pub ecdsa_chain: Observed<Chain>,
    /// The certificates for senders that send no server name (RFC 6066 §3). Absent where the server refuses these.
    pub without_sni: Observed<Chain>,
    /// Whether a command that was sent in clear text behind STARTTLS was answered inside TLS: someone on the way could put commands into the session (RFC 3207 §4.2, CVE-2011-0411).
    pub command_injection: Observed<bool>,
    /// How many connections were made to find this out, the first session not counted.
    #[serde(default)]
    pub connections: u32,
}

/// What a server makes of one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VersionOffer {
    /// The version.
    pub version: TlsVersion,
    /// What the server chose of all that could be offered in this version; absent where it refuses the version.
    pub accepted: Observed<Choice>,
    /// All cipher suites that it takes in this version, in the order in which it chose them.
    pub suites: Observed<Vec<Suite>>,
    /// All key exchange groups that it takes in this version, in the order in which it chose them. Absent where it uses none.
    pub groups: Observed<Vec<Group>>,
    /// Whether the server's own order decides between suites, not the sender's. Absent where it takes but one.
    pub server_order: Observed<bool>,
}

/// The parameters that a server chose when it was free to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Choice {
    /// The cipher suite.
    pub suite: Suite,
    /// The key exchange group; its name is empty where the key exchange has none or it was not shown.
    pub group: Group,
    /// The signature scheme of the key exchange by its IANA name; empty where there is no signature or the version does not name it.
    pub signature_scheme: String,
}

/// One cipher suite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suite {
    /// The IANA name, such as `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`; the number (`0xc02f`) where it has none here.
    pub name: String,
    /// What is weak about it, by its name; derived.
    #[serde(default)]
    pub weaknesses: Vec<Weakness>,
    /// What four norms say of it; derived.
    #[serde(default)]
    pub grades: Grades,
}

/// One key exchange group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Group {
    /// The IANA name, such as `x25519` or `ffdhe3072`; `DH 1024` for a Diffie-Hellman group of the server's own, with the bits of its prime.
    pub name: String,
    /// What four norms say of it; derived.
    #[serde(default)]
    pub grades: Grades,
}

/// What is weak about a cipher suite.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Weakness {
    /// Nothing is encrypted.
    Null,
    /// The server is not authenticated by any key.
    Anonymous,
    /// Keys of 40 or 56 bits, for the export rules of the 1990s.
    Export,
    /// RC4 (RFC 7465).
    Rc4,
    /// DES, RC2 or IDEA.
    Des,
    /// Triple DES: blocks of 64 bits (CVE-2016-2183).
    TripleDes,
    /// A static key exchange: who gets the server's key reads all mail of the past (RFC 9325 §4.1).
    NoForwardSecrecy,
    /// Finite-field Diffie-Hellman, in TLS 1.2 without agreement on a sound group (RFC 9325 §4.1).
    Dhe,
    /// Cipher block chaining, where the MAC is computed before encryption (RFC 9325 §4.2).
    Cbc,
    /// A message authentication code by MD5.
    Md5,
    /// A message authentication code by SHA-1.
    Sha1,
    /// A tag of 64 bits (`CCM_8`).
    ShortTag,
}

/// How TLS 1.2 or an older version is set up; TLS 1.3 has none of these questions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent answers of one server hello"
)]
pub struct OlderTls {
    /// The version that the rest is about.
    pub version: TlsVersion,
    /// Whether the server compresses what it encrypts (RFC 3749; CVE-2012-4929).
    pub compression: bool,
    /// Whether the server binds the master secret to the handshake (RFC 7627).
    pub extended_master_secret: bool,
    /// Whether the server knows secure renegotiation (RFC 5746).
    pub secure_renegotiation: bool,
    /// Whether the server takes heartbeats (RFC 6520).
    pub heartbeat: bool,
    /// Whether the server gives out session tickets (RFC 5077).
    pub session_ticket: bool,
    /// Whether the server encrypts before it authenticates with suites of block ciphers in CBC mode (RFC 7366). Absent where it takes no such suite.
    pub encrypt_then_mac: Observed<bool>,
    /// The bits of the smallest prime that the server uses for finite-field Diffie-Hellman. Absent where it takes no such suite.
    pub dh_bits: Observed<u32>,
    /// How many signed certificate timestamps the server sends in the handshake (RFC 6962 §3.3.1); those inside the certificate are not counted.
    pub scts: u32,
}
