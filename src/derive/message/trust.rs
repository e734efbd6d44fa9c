//! The hosts that a user trusts: their own mail servers, by name or by address.

use crate::records::message::received::Received;
use std::net::IpAddr;
use std::str::FromStr;

/// Hosts, domains of hosts and networks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust(Vec<Entry>);

/// One thing that is trusted: `mx.example.org`, `*.example.org`, `192.0.2.1` or `192.0.2.0/24`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A host by its name.
    Host(String),
    /// All hosts below a domain.
    Below(String),
    /// A network, with the length of its prefix.
    Network(IpAddr, u8),
}

/// Why a text names nobody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "it is no host (mx.example.org), no domain of hosts (*.example.org) and no network (192.0.2.0/24)"
)]
pub struct NotAHost;

impl FromStr for Entry {
    type Err = NotAHost;

    fn from_str(text: &str) -> Result<Self, NotAHost> {
        let text = text.trim().trim_end_matches('.').to_ascii_lowercase();
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Ok(Self::Network(ip, bits(ip)));
        }
        if let Some((network, prefix)) = text.split_once('/') {
            let ip: IpAddr = network.parse().map_err(|_| NotAHost)?;
            let prefix = prefix.parse().ok().filter(|prefix| *prefix <= bits(ip));
            return prefix
                .map(|prefix| Self::Network(ip, prefix))
                .ok_or(NotAHost);
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let is_name = |name: &str| {
            name.len() <= 253 && name.chars().all(plain) && name.split('.').all(|it| !it.is_empty())
        };
        match text.strip_prefix("*.") {
            Some(domain) if is_name(domain) && domain.contains('.') => {
                Ok(Self::Below(domain.to_owned()))
            }
            None if is_name(&text) => Ok(Self::Host(text)),
            Some(_) | None => Err(NotAHost),
        }
    }
}

impl Trust {
    /// Those that are given.
    pub const fn new(entries: Vec<Entry>) -> Self {
        Self(entries)
    }

    /// Whether nobody is trusted.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the host of this name is trusted; an address counts as a network does.
    pub fn host(&self, name: &str) -> bool {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let literal = name.trim_matches(['[', ']']);
        if let Ok(ip) = literal.parse() {
            return self.address(ip);
        }
        self.0.iter().any(|entry| match entry {
            Entry::Host(host) => *host == name,
            Entry::Below(domain) => name
                .strip_suffix(domain.as_str())
                .is_some_and(|rest| rest.ends_with('.')),
            Entry::Network(..) => false,
        })
    }

    /// Whether the address lies in a network that is trusted.
    pub fn address(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.0.iter().any(|entry| match entry {
            Entry::Network(network, prefix) => within(ip, *network, *prefix),
            Entry::Host(_) | Entry::Below(_) => false,
        })
    }

    /// Whether the hop came from a host that is trusted, or from inside: by an address that is trusted or private, or by
    /// the name that the server itself found for the address. The name in EHLO is the client's word and counts for nothing.
    pub fn inside(&self, hop: &Received) -> bool {
        match hop.ip {
            Some(ip) => self.address(ip) || is_private(ip) || self.host(&hop.reverse),
            None => hop.ehlo.eq_ignore_ascii_case("localhost") || hop.protocol.contains("LMTP"),
        }
    }

    /// Whether the client gave the name of a trusted host and nothing else says that it was one.
    pub fn only_said(&self, hop: &Received) -> bool {
        self.host(&hop.ehlo) && !self.inside(hop)
    }
}

const fn bits(ip: IpAddr) -> u8 {
    match ip {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

fn within(ip: IpAddr, network: IpAddr, prefix: u8) -> bool {
    let same = |a: u128, b: u128, width: u32| {
        let shift = width - u32::from(prefix).min(width);
        a.checked_shr(shift).unwrap_or(0) == b.checked_shr(shift).unwrap_or(0)
    };
    match (ip, network) {
        (IpAddr::V4(a), IpAddr::V4(b)) => same(a.to_bits().into(), b.to_bits().into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => same(a.to_bits(), b.to_bits(), 128),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

/// Whether the address is one of this host or of a private network: no stranger comes from there.
const fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trust(list: &[&str]) -> Trust {
        Trust::new(list.iter().map(|text| text.parse().unwrap()).collect())
    }

    #[test]
    fn hosts_domains_and_networks_are_trusted() {
        let trust = trust(&[
            "MX.example.org.",
            "*.google.com",
            "192.0.2.0/24",
            "2001:db8::1",
        ]);
        for (name, expected) in [
            ("mx.example.org", true),
            ("Mx.Example.org.", true),
            ("a.mx.example.org", false),
            ("mx.google.com", true),
            ("google.com", false),
            ("evilgoogle.com", false),
            ("192.0.2.7", true),
            ("[192.0.2.7]", true),
            ("192.0.3.7", false),
            ("2001:db8::1", true),
            ("2001:db8::2", false),
            ("::ffff:192.0.2.1", true),
            ("", false),
        ] {
            assert_eq!(trust.host(name), expected, "{name}");
        }
        assert!(
            "0.0.0.0/0"
                .parse::<Entry>()
                .is_ok_and(|all| Trust::new(vec![all]).host("9.9.9.9"))
        );
    }

    #[test]
    fn what_names_nobody_is_refused() {
        for text in [
            "",
            "*",
            "*.",
            "*.org",
            "a b",
            "192.0.2.0/33",
            "x/24",
            "a..b",
            "mail@example.org",
        ] {
            assert_eq!(text.parse::<Entry>(), Err(NotAHost), "{text}");
        }
    }
}
