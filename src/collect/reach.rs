//! Which addresses are connected to: those of the families that this host speaks, and of the public
//! Internet unless the user says otherwise. A record of a stranger must not make this host knock at its
//! own network's doors.

use crate::derive;
use crate::facts::mx::AddressScope;
use std::net::IpAddr;

/// Which addresses are connected to.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// Connections over IPv4 are tried.
    pub ipv4: bool,
    /// Connections over IPv6 are tried.
    pub ipv6: bool,
    /// Addresses that the public Internet does not lead to are connected to, too (RFC 6890).
    pub internal: bool,
    /// This is a lab, where addresses for documentation stand for public ones.
    pub lab: bool,
}

impl Reach {
    /// Whether the family of an address is spoken here.
    pub(super) const fn speaks(&self, ip: IpAddr) -> bool {
        if ip.is_ipv4() { self.ipv4 } else { self.ipv6 }
    }

    /// Why an address is not connected to; none where it is.
    pub(super) fn refusal(&self, ip: IpAddr) -> Option<&'static str> {
        let unspoken = match ip {
            IpAddr::V4(_) => "IPv4 is not available from here",
            IpAddr::V6(_) => "IPv6 is not available from here",
        };
        if !self.speaks(ip) {
            return Some(unspoken);
        }
        match derive::mx::scope(ip) {
            AddressScope::Global => None,
            AddressScope::Documentation if self.lab => None,
            AddressScope::Documentation
            | AddressScope::Private
            | AddressScope::Shared
            | AddressScope::Loopback
            | AddressScope::LinkLocal
            | AddressScope::Benchmarking
            | AddressScope::Reserved
                if self.internal =>
            {
                None
            }
            AddressScope::Documentation => Some("an address for documentation: not connected to"),
            AddressScope::Private | AddressScope::Shared => {
                Some("an address of a private network: not connected to")
            }
            AddressScope::Loopback => Some("an address of this host itself: not connected to"),
            AddressScope::LinkLocal | AddressScope::Benchmarking | AddressScope::Reserved => {
                Some("no address of the public Internet: not connected to")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTSIDE: Reach = Reach {
        ipv4: true,
        ipv6: true,
        internal: false,
        lab: false,
    };

    #[test]
    fn only_public_addresses_are_connected_to() {
        for ip in [
            "10.0.0.1",
            "127.0.0.1",
            "169.254.1.1",
            "100.64.0.1",
            "192.0.2.1",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
        ] {
            assert!(OUTSIDE.refusal(ip.parse().unwrap()).is_some(), "{ip}");
        }
        for ip in ["9.9.9.9", "2620:fe::fe"] {
            assert_eq!(OUTSIDE.refusal(ip.parse().unwrap()), None, "{ip}");
        }
    }

    #[test]
    fn a_family_that_is_not_spoken_is_left_alone_whatever_the_address() {
        let reach = Reach {
            ipv6: false,
            internal: true,
            ..OUTSIDE
        };
        let refusal = reach.refusal("2620:fe::fe".parse().unwrap());
        assert_eq!(refusal, Some("IPv6 is not available from here"));
    }

    #[test]
    fn internal_addresses_are_connected_to_where_the_user_says_so() {
        let reach = Reach {
            internal: true,
            ..OUTSIDE
        };
        assert_eq!(reach.refusal("10.0.0.1".parse().unwrap()), None);
    }

    #[test]
    fn a_lab_plays_on_addresses_for_documentation() {
        let reach = Reach {
            lab: true,
            ..OUTSIDE
        };
        assert_eq!(reach.refusal("192.0.2.1".parse().unwrap()), None);
        assert!(reach.refusal("10.0.0.1".parse().unwrap()).is_some());
    }
}
