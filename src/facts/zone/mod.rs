//! The DNS zone that holds the target: its keys, how it denies, its wildcards, and how far the names that
//! mail depends on are signed.

use super::dns::{Answer, ChainEnd, Dnssec, DnssecState};
use super::observed::{Cause, Observed};
use super::timestamp::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub mod keys;
pub mod servers;
pub mod wildcards;

use keys::{DelegationSigner, Nsec3Param, Standing, ZoneDenial, ZoneKey};
use servers::NameServers;
use wildcards::Wildcards;

/// What stands in a document that was written before a fact was collected.
const LATER: &str = "the document was written before this fact was collected";

/// The zone of the target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Zone {
    /// The answer to the SOA question at the target: present at an apex, absent below one, NXDOMAIN where the domain does not exist.
    pub soa: Answer<Soa>,
    /// The apex of the zone that holds the target, by the SOA record that came with that answer (RFC 1035 §3.3.13, RFC 2308 §3). Absent where the domain does not exist.
    #[serde(default = "unobserved::<String>")]
    pub apex: Observed<String>,
    /// The keys at the apex (DNSKEY, RFC 4034 §2). Absent: the zone publishes none.
    #[serde(default = "unasked::<Vec<ZoneKey>>")]
    pub keys: Answer<Vec<ZoneKey>>,
    /// What the zone above says of the keys (DS, RFC 4034 §5). Absent: no chain of trust leads into the zone.
    #[serde(default = "unasked::<Vec<DelegationSigner>>")]
    pub delegation: Answer<Vec<DelegationSigner>>,
    /// The parameters of the hashed denial of existence (NSEC3PARAM, RFC 5155 §4). Absent: the zone denies by NSEC, or is not signed.
    #[serde(default = "unasked::<Vec<Nsec3Param>>")]
    pub nsec3param: Answer<Vec<Nsec3Param>>,
    /// How the zone proves that something is not there, derived from its keys, its parameters and the proofs in this document. Absent: the zone publishes no keys.
    #[serde(default = "unobserved::<ZoneDenial>")]
    pub denial: Observed<ZoneDenial>,
    /// What answers for names that nobody has published (RFC 4592).
    #[serde(default = "wildcards::unasked")]
    pub wildcards: Wildcards,
    /// The authoritative servers, and whether they agree.
    #[serde(default = "servers::before")]
    pub servers: NameServers,
    /// The signature that ends first of all that this document rests on. Absent: none was seen.
    #[serde(default = "unobserved::<SignatureEnd>")]
    pub first_expiry: Observed<SignatureEnd>,
    /// The zone cuts at which chains of trust end although nothing is wrong, each once: those of the target and of every set in `rrsets`.
    #[serde(default)]
    pub unsigned_delegations: Vec<UnsignedDelegation>,
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

/// A signature and how long it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignatureEnd {
    /// The name whose records, or whose absence, it signs.
    pub name: String,
    /// The record type that was asked there.
    #[serde(rename = "type")]
    pub rtype: String,
    /// When it ends (RFC 4034 §3.1.5).
    pub expires: Timestamp,
    /// Whole days from the observation to its end, rounded down.
    pub days_left: i64,
    /// How much of its time was left at the observation, in percent, where its beginning is known. Zones that are signed anew all the time have signatures of a day or two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent_left: Option<i64>,
}

/// A zone cut at which a chain of trust ends, and what lies behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnsignedDelegation {
    /// The cut.
    #[serde(flatten)]
    pub end: ChainEnd,
    /// The sets behind it as `purpose name type`, such as `mx-address mx1.example.net A`; `domain` for the target itself.
    pub affects: Vec<String>,
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
    /// How IANA's registry stands to signing with the algorithm of its signature (RFC 9904 §2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing_with: Option<Standing>,
    /// Whole days from the observation to the end of its signature, rounded down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_left: Option<i64>,
    /// How much of the signature's time was left at the observation, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent_left: Option<i64>,
    /// The state with its reason.
    pub dnssec: Dnssec,
}

fn unobserved<T>() -> Observed<T> {
    Observed::unknown(Cause::NotAttempted, LATER)
}

fn unasked<T>() -> Answer<T> {
    Answer::unasked("", "", Cause::NotAttempted, LATER)
}
