//! The DNS zone that holds the target, and how far the names that mail depends on are signed.

use super::dns::{Answer, Dnssec, DnssecState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The zone of the target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Zone {
    /// The answer to the SOA question at the target: present at an apex, absent below one, NXDOMAIN where the domain does not exist.
    pub soa: Answer<Soa>,
    /// Every set of records that delivery to and authentication of the target depends on, derived from the answers in this document.
    #[serde(default)]
    pub rrsets: Vec<RrsetState>,
}

/// The start of authority of a zone (RFC 1035 §3.3.13).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Soa {
    /// The primary name server.
    pub primary: String,
    /// The version number of the zone.
    pub serial: u32,
    /// For how many seconds an absence may be kept (RFC 2308 §4).
    pub minimum_seconds: u32,
}

/// One set of records that mail depends on, and its state under DNSSEC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RrsetState {
    /// What it is for: `mx`, `mx-address`, `tlsa`, `spf`, `dmarc`, `mta-sts`, `tls-rpt`, `dkim`.
    pub purpose: String,
    /// The name that was asked.
    pub name: String,
    /// The record type that was asked.
    #[serde(rename = "type")]
    pub rtype: String,
    /// Whether records of this type are there. A proven absence can be secure too.
    pub exists: bool,
    /// The state, for short.
    pub security: DnssecState,
    /// The state with its reason.
    pub dnssec: Dnssec,
}
