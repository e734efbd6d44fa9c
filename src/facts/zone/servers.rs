//! The authoritative servers of the zone, asked one by one.

use crate::facts::dns::Answer;
use crate::facts::observed::Observed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The name servers of the zone that holds the target. They are asked with `--probe deep` only; otherwise all of it is unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NameServers {
    /// The NS records at the apex: the names of the servers, sorted (RFC 1035 §3.3.11).
    pub names: Answer<Vec<String>>,
    /// The servers by name, with their addresses; the first 13 of them.
    #[serde(default)]
    pub hosts: Vec<NameServer>,
    /// How many addresses the servers have in all, each counted once; derived. Unknown where a lookup could add to fewer than two.
    #[serde(default = "super::unobserved::<u32>")]
    pub addresses: Observed<u32>,
    /// What each address answered to questions without recursion; the first 26 of them.
    #[serde(default = "super::unobserved::<Vec<ServerSeen>>")]
    pub asked: Observed<Vec<ServerSeen>>,
    /// The sets of records about which authoritative answers differ (RFC 1034 §4.3.5); derived.
    #[serde(default)]
    pub disagreements: Vec<Disagreement>,
}

/// One name server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NameServer {
    /// Its name.
    pub host: String,
    /// Its IPv4 addresses.
    pub a: Answer<Vec<Ipv4Addr>>,
    /// Its IPv6 addresses.
    pub aaaa: Answer<Vec<Ipv6Addr>>,
}

/// What one address of a name server answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServerSeen {
    /// The name of the server.
    pub host: String,
    /// The address that was asked.
    pub ip: IpAddr,
    /// Whether the server answers for the zone, by its answer to the SOA question; derived. Present and false: it is lame, that is, it answers without authority, refuses or fails (RFC 9499 §7). Unknown: nothing was heard.
    pub answers_for_zone: Observed<bool>,
    /// The version of the zone that the server has, by the same answer; derived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<u32>,
    /// The answers: SOA at the apex, MX and TXT at the target, TXT at `_dmarc`.
    pub answers: Vec<DirectAnswer>,
}

/// One answer of one server to one question without recursion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DirectAnswer {
    /// The name that was asked.
    pub name: String,
    /// The record type that was asked.
    #[serde(rename = "type")]
    pub rtype: String,
    /// Whether the server claims authority (the AA flag, RFC 1035 §4.1.1).
    pub authoritative: bool,
    /// The data of the records in presentation form, sorted. Of an alias `CNAME` and its target.
    #[serde(flatten)]
    pub observed: Observed<Vec<String>>,
}

/// A set of records about which servers differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Disagreement {
    /// The name of the set.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub rtype: String,
    /// What was said, and who said it; more than one.
    pub versions: Vec<Version>,
}

/// One of several things that servers say of the same set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Version {
    /// The data of the records in presentation form; empty: there are none.
    pub records: Vec<String>,
    /// The addresses that say so.
    pub servers: Vec<IpAddr>,
}

/// What stands in a document of a lesser depth, or of a time before this was collected.
pub fn unasked(why: &str) -> NameServers {
    use crate::facts::observed::Cause::NotAttempted;
    NameServers {
        names: Answer::unasked("", "NS", NotAttempted, why),
        hosts: Vec::new(),
        addresses: Observed::unknown(NotAttempted, why),
        asked: Observed::unknown(NotAttempted, why),
        disagreements: Vec::new(),
    }
}

pub(super) fn before() -> NameServers {
    unasked(super::LATER)
}
