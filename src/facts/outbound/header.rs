//! What the header section of a message shows, and what servers claim in it.

use super::super::defect::Defect;
use super::super::observed::Observed;
use super::super::timestamp::Timestamp;
use super::super::tls::TlsVersion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The header section as far as authenticity depends on it (RFC 5322 §3.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MessageHeader {
    /// The domains of the addresses in From, in lower case, each once.
    pub from_domains: Vec<String>,
    /// The domain part of Message-ID (RFC 5322 §3.6.4).
    pub message_id_domain: Observed<String>,
    /// When the sender says that the message was written.
    pub date: Observed<Timestamp>,
    /// How readers leave the list (RFC 2369 §3.2); absent where the message does not say.
    pub list_unsubscribe: Observed<ListUnsubscribe>,
    /// The size of the message in octets.
    pub octets: u64,
    /// What is wrong, such as two From fields.
    #[serde(default)]
    pub defects: Vec<Defect>,
}

/// The fields `List-Unsubscribe` and `List-Unsubscribe-Post`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListUnsubscribe {
    /// The schemes of the URIs, in order: `https`, `mailto`.
    pub schemes: Vec<String>,
    /// Whether one click does it: an `https` URI and `List-Unsubscribe=One-Click` (RFC 8058 §3.1).
    pub one_click: bool,
    /// Whether a signature that verifies covers both fields, as RFC 8058 §4 asks.
    pub signed: Observed<bool>,
}

/// What one server on the way wrote into the message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// The field: `Authentication-Results`, `Received`, `Received-SPF` or `ARC-Authentication-Results`.
    pub field: String,
    /// The host that makes the claim; empty where the field does not say.
    pub host: String,
    /// Whether the user trusts that host and no field of an untrusted one stands above.
    pub trusted: bool,
    /// The field's text, white space folded, cut to 998 characters.
    pub text: String,
    /// The results that the field states, for `Authentication-Results` and its like.
    #[serde(default)]
    pub results: Vec<ClaimedResult>,
    /// The hop that the field records, for `Received`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hop: Option<Hop>,
}

/// One `method=result` (RFC 8601 §2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimedResult {
    /// The method in lower case, such as `dkim`.
    pub method: String,
    /// The result in lower case, such as `pass`.
    pub result: String,
    /// The properties, such as `header.d=example.org`.
    #[serde(default)]
    pub properties: Vec<String>,
}

/// One hop (RFC 5321 §4.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hop {
    /// The name that the client gave in EHLO; empty where the field does not say.
    pub ehlo: String,
    /// The address of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<IpAddr>,
    /// The protocol in upper case (`with`, RFC 3848, RFC 6531): `ESMTPS` says TLS.
    pub protocol: String,
    /// The version of TLS, where the field says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_version: Option<TlsVersion>,
    /// The cipher suite, by its IANA name where it is known, else as written; empty where the field does not say.
    #[serde(default)]
    pub suite: String,
    /// When the hop was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}
