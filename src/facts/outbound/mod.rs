//! What was seen of one message that the target's provider delivered.

use super::certificate::Certificate;
use super::mx::Reverse;
use super::observed::Observed;
use super::reported::Reported;
use super::timestamp::Timestamp;
use super::tls::TlsVersion;
use arc::ArcChain;
use authentication::{MessageDmarc, SenderCheck};
use enforcement::Enforcement;
use header::{Claim, MessageHeader};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use signature::DkimSignature;
use std::net::IpAddr;

pub mod arc;
pub mod authentication;
pub mod enforcement;
pub mod header;
pub mod signature;

/// The schema of a document of observations.
pub const SCHEMA: &str = "waxseal.outbound/1";

/// What was seen of one domain's mail from outside the collection of its facts: `waxseal message`, `receive` and
/// `reports` write it, one a line, and `scan` and `evaluate` put it into the facts of the domain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutboundDocument {
    /// Name and major version of this document's schema: `waxseal.outbound/1`.
    pub schema: String,
    /// The version of waxseal that wrote it.
    pub waxseal: String,
    /// The domain that the observations are about: that of From, in lower case and A-labels; of reports that of the policy.
    pub domain: String,
    /// The messages that were seen.
    #[serde(default)]
    pub messages: Vec<OutboundObservation>,
    /// What the provider did at the probes; absent where it was not tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforcement: Option<Enforcement>,
    /// What receivers reported; absent where no report was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<Reported>,
}

/// One message, and the delivery of it as far as somebody trusted saw it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutboundObservation {
    /// The first 16 hexadecimal digits of SHA-256 over the message as it was received. They tell messages apart and nothing of what is in them.
    pub digest: String,
    /// Whose word the connection is.
    pub witness: Witness,
    /// The host that recorded the connection; empty where nobody did.
    #[serde(default)]
    pub witness_host: String,
    /// When that host took the message.
    pub received: Observed<Timestamp>,
    /// The connection that brought the message.
    pub connection: Connection,
    /// The domain of MAIL FROM (RFC 5321 §4.1.1.2); absent where the reverse-path is null.
    pub mail_from: Observed<String>,
    /// The SPF result for MAIL FROM, or where that is null for `postmaster` at the EHLO name (RFC 7208 §2.4). Unknown on temperror.
    pub spf: Observed<SenderCheck>,
    /// The SPF result for the EHLO name (RFC 7208 §2.3). Absent where the name is no domain name.
    pub spf_helo: Observed<SenderCheck>,
    /// The DKIM signatures in the order in which they stand in the message (RFC 6376 §3.5).
    #[serde(default)]
    pub signatures: Vec<DkimSignature>,
    /// Whether at least one DKIM signature verifies; absent where the message has none. Unknown where none is known to verify and the key of one could not be looked up.
    pub dkim: Observed<bool>,
    /// What DMARC makes of the message.
    pub dmarc: MessageDmarc,
    /// The chain of ARC sets (RFC 8617); absent where there are none.
    pub arc: Observed<ArcChain>,
    /// What the header section shows.
    pub header: MessageHeader,
    /// What servers on the way say of the message. Nothing above rests on a claim of a host that is not trusted.
    #[serde(default)]
    pub claims: Vec<Claim>,
}

/// Whose word a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Witness {
    /// waxseal's own server took the message.
    Receive,
    /// A `Received` line of a host that the user trusts.
    ReceivedLine,
    /// The user said so on the command line.
    Stated,
    /// Nobody: the file alone is known.
    Nobody,
}

/// The connection over which a message came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Connection {
    /// The address that delivered the message.
    pub ip: Observed<IpAddr>,
    /// The names that the reverse zone gives to the address, and whether they and the EHLO name lead back to it.
    #[serde(default)]
    pub reverse: Reverse,
    /// The name given in EHLO or HELO, as it came (RFC 5321 §4.1.1.1).
    pub ehlo: Observed<String>,
    /// Whether the client greeted with EHLO; false: with HELO.
    pub esmtp: Observed<bool>,
    /// What TLS was agreed with; absent where the message came in clear text.
    pub tls: Observed<OutboundTls>,
    /// Whether the client asked for REQUIRETLS in MAIL FROM (RFC 8689 §2).
    pub requiretls: Observed<bool>,
    /// Whether the client asked for SMTPUTF8 in MAIL FROM (RFC 6531 §3.4).
    pub smtputf8: Observed<bool>,
    /// What the client did after it was told to come again later (451); absent where it was not told so.
    pub retried: Observed<Retry>,
}

/// TLS as the receiving server saw it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutboundTls {
    /// The version.
    pub version: Observed<TlsVersion>,
    /// The cipher suite by its IANA name.
    pub suite: Observed<String>,
    /// The key exchange group by its IANA name.
    pub group: Observed<String>,
    /// The server name that the client asked for (RFC 6066 §3); absent where it asked for none.
    pub sni: Observed<String>,
    /// The certificate that the client showed; absent where it showed none.
    pub client_certificate: Observed<Certificate>,
}

/// What a client did after a transient refusal (RFC 5321 §4.5.4.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Retry {
    /// How often the message was refused before it was taken.
    pub refused: u32,
    /// How many seconds lie between the first refusal and the delivery.
    pub after_seconds: u64,
    /// Whether the same address came again.
    pub same_address: bool,
}
