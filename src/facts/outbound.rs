//! What was seen of one message that the target's provider delivered.

use super::observed::Observed;
use super::timestamp::Timestamp;
use super::tls::TlsVersion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// One delivery, as the receiving server saw it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutboundObservation {
    /// When the message was taken.
    pub received: Timestamp,
    /// The address that delivered it.
    pub ip: IpAddr,
    /// The TLS version in use; absent where it came in clear text.
    pub tls: Observed<TlsVersion>,
    /// The SPF result for the delivering address and MAIL FROM (RFC 7208 §2.6): `pass`, `fail`, `softfail`, `neutral`, `none`, `permerror`.
    pub spf: Observed<String>,
    /// Whether a DKIM signature of the target's organizational domain verifies; absent where the message has none.
    pub dkim: Observed<bool>,
}
