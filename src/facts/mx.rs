//! Who receives mail for the target (RFC 5321 §5.1).

use super::defect::Defect;
use super::dns::Answer;
use super::observed::{Cause, Observed};
use super::smtp::SmtpSession;
use super::tls::offers::Offers;
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
    /// How many servers the MX records name, each once.
    #[serde(default)]
    pub servers_named: u32,
    /// How many of them were not looked at, as there are too many; the first of these stand among the hosts.
    #[serde(default)]
    pub servers_not_visited: u32,
    /// How many of the servers with an address DANE protects; derived.
    #[serde(default)]
    pub dane_coverage: DaneCoverage,
    /// What is wrong with the records.
    #[serde(default)]
    pub defects: Vec<Defect>,
}

/// How many mail servers senders hold to secure and usable TLSA records (RFC 7672 §2.2). A server that is not protected is where an attacker leads the mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DaneCoverage {
    /// The conclusion.
    pub servers: Coverage,
    /// The servers that are not protected, where some are.
    #[serde(default)]
    pub without: Vec<String>,
}

/// How many of several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Coverage {
    /// All of them.
    All,
    /// Some, and some not.
    Some,
    /// None of them.
    None,
    /// It can't be told of one that decides it.
    #[default]
    Unknown,
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
    /// What each address showed, IPv4 first, in numerical order. Where the vantage lacks one family of addresses, those are left out, unless the server has no others.
    pub addresses: Vec<MxAddress>,
    /// The TLSA records for port 25 (RFC 7672 §2.2).
    pub tlsa: Answer<Vec<Tlsa>>,
    /// What a sender that does DANE makes of this server, derived from records and chains.
    pub dane: Dane,
    /// The certificates that the server shows, each with the addresses where it does; derived. More than one: which of them a sender meets is chance.
    #[serde(default)]
    pub certificates: Vec<ServedCertificate>,
    /// What is wrong with the name, such as an alias or no address at all.
    #[serde(default)]
    pub defects: Vec<Defect>,
}

/// A certificate and where a mail server shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServedCertificate {
    /// SHA-256 of the certificate, in hexadecimal.
    pub sha256: String,
    /// The addresses.
    pub addresses: Vec<IpAddr>,
}

/// One address of a mail server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MxAddress {
    /// The address.
    pub ip: IpAddr,
    /// From where the address can be reached.
    pub scope: AddressScope,
    /// The dialogue with the server at this address and port 25. Absent where the host refuses the connection, and others did not.
    pub session: Observed<Arc<SmtpSession>>,
    /// What the server at this address offers in TLS beyond that session, whatever name it is visited under. Absent where it has no STARTTLS.
    #[serde(default = "Observed::<Arc<Offers>>::unobserved")]
    pub offers: Observed<Arc<Offers>>,
    /// The names that the reverse zone gives to the address (PTR records, RFC 1035 §3.5), and whether they lead back.
    #[serde(default)]
    pub reverse: Reverse,
}

/// What the reverse zone says of an address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reverse {
    /// The names of the PTR records.
    pub names: Answer<Vec<String>>,
    /// Those of the names that resolve to the address again: forward-confirmed reverse DNS.
    pub confirmed: Observed<Vec<String>>,
    /// Whether the name by which the server greets (EHLO) resolves to the address.
    pub greeting_confirmed: Observed<bool>,
}

impl Default for Reverse {
    fn default() -> Self {
        Self {
            names: Answer::unasked("", "PTR", Cause::NotAttempted, ""),
            confirmed: Observed::unobserved(),
            greeting_confirmed: Observed::unobserved(),
        }
    }
}

/// What an address is for, by the IANA special-purpose address registries (RFC 6890).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AddressScope {
    /// The public Internet.
    Global,
    /// A private network (RFC 1918, RFC 4193).
    Private,
    /// The shared space of carriers (RFC 6598).
    Shared,
    /// This host.
    Loopback,
    /// This link.
    LinkLocal,
    /// Examples in documents (RFC 5737, RFC 3849, RFC 9637).
    Documentation,
    /// Benchmarks (RFC 2544, RFC 5180).
    Benchmarking,
    /// No single host: unspecified, multicast or reserved.
    Reserved,
}
