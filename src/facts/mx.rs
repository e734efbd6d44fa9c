//! Who receives mail for the target (RFC 5321 §5.1).

use super::defect::Defect;
use super::dns::Answer;
use super::observed::Observed;
use super::smtp::SmtpSession;
use super::tlsa::{Dane, Tlsa};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// The mail servers of the target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Mx {
    /// The MX records as published, by preference and name.
    pub records: Answer<Vec<MxRecord>>,
    /// Whether the domain says that it takes no mail: the only MX record is `0 .` (RFC 7505 §3).
    pub null_mx: bool,
    /// Whether the domain has no MX and is its own mail server by its address records (RFC 5321 §5.1).
    pub implicit: bool,
    /// Whether the domain takes mail: present and true where some server has an address, present and false at a null MX or without any address.
    pub receives: Observed<bool>,
    /// The servers in the order in which senders try them, equal preferences by name.
    pub hosts: Vec<MxHost>,
    /// What is wrong with the records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub defects: Vec<Defect>,
}

/// One MX record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct MxRecord {
    /// Lower is tried first.
    pub preference: u16,
    /// The server's name; `.` in a null MX.
    pub exchange: String,
}

/// One mail server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MxHost {
    /// The lowest preference under which the server is listed; 0 where the MX is implicit.
    pub preference: u16,
    /// The server's name.
    pub host: String,
    /// Its IPv4 addresses.
    pub a: Answer<Vec<Ipv4Addr>>,
    /// Its IPv6 addresses.
    pub aaaa: Answer<Vec<Ipv6Addr>>,
    /// What each address showed, IPv4 first, in numerical order.
    pub addresses: Vec<MxAddress>,
    /// The TLSA records for port 25 (RFC 7672 §2.2).
    pub tlsa: Answer<Vec<Tlsa>>,
    /// What a sender that does DANE makes of this server, derived from records and chains.
    pub dane: Dane,
    /// What is wrong with the name, such as an alias or no address at all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub defects: Vec<Defect>,
}

/// One address of a mail server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MxAddress {
    /// The address.
    pub ip: IpAddr,
    /// Whether the address can be reached over the public Internet (RFC 6890).
    pub global: bool,
    /// The dialogue with the server at this address and port 25.
    pub session: Observed<Arc<SmtpSession>>,
}
