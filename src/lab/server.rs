//! A mail server that belongs to one domain, as data, and which address it gets.

use super::LabError;
use super::ca::{Authorities, Issued};
use super::leaf::{Crl, Leaf, Order, Staple};
use super::smtp::{Host, Posture};
use super::tls::{self, ByName};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::AtomicBool;

const SMTP: u16 = 25;

/// The host number of the web server, behind the servers of `mail.test`.
const WEB: u16 = 3;
/// The first host number behind that.
pub(crate) const FIRST_FREE: u16 = WEB + 1;

/// Which keys a server has a certificate for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    Ecdsa,
    Rsa,
    /// ECDSA, and RSA for clients that take nothing else.
    Both,
}

/// What the reverse zone gives as the name of a server's addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReverseName {
    /// Its host name.
    Own,
    /// Nothing.
    None,
    /// This name, with a dot at its end.
    Other(&'static str),
}

/// A mail server that belongs to one domain.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    /// The host name, without a dot at its end.
    pub(crate) host: String,
    pub(crate) v4: Ipv4Addr,
    pub(crate) v6: Ipv6Addr,
    pub(crate) posture: Posture,
    /// How it behaves over IPv6, where that differs.
    pub(crate) posture_v6: Option<Posture>,
    pub(crate) leaf: Leaf,
    /// A certificate of its own for IPv6, with a key of its own.
    pub(crate) leaf_v6: Option<Leaf>,
    pub(crate) keys: Keys,
    pub(crate) staple: Staple,
    /// Where the certificate says that revocations are listed.
    pub(crate) crl: Crl,
    pub(crate) reverse: ReverseName,
    /// TLSA records as `usage selector matching which`, with `leaf`, `rsa`, `next`, `issuer`, `root` or `other` for which.
    pub(crate) tlsa: &'static [&'static str],
}

impl Server {
    /// A server at which nothing is wrong, with the addresses of this number.
    pub(crate) fn good(host: String, number: u16) -> Self {
        let (v4, v6) = addresses(number);
        Self {
            host,
            v4,
            v6,
            posture: Posture::GOOD,
            posture_v6: None,
            leaf: Leaf::Good,
            leaf_v6: None,
            keys: Keys::Ecdsa,
            staple: Staple::None,
            crl: Crl::None,
            reverse: ReverseName::Own,
            tlsa: &["3 1 1 leaf", "3 1 1 next"],
        }
    }

    /// What a server shows, the certificate that it likes best first.
    pub(crate) fn issue(
        &self,
        leaf: Leaf,
        authorities: &Authorities,
    ) -> Result<Vec<Issued>, LabError> {
        let kinds: &[bool] = match self.keys {
            Keys::Ecdsa => &[false],
            Keys::Rsa => &[true],
            Keys::Both => &[false, true],
        };
        let order = |rsa: &bool| {
            authorities.fulfil(Order {
                host: &self.host,
                leaf,
                staple: self.staple,
                crl: self.crl,
                rsa: *rsa,
            })
        };
        kinds.iter().map(order).collect()
    }

    /// The server at its IPv4 and at its IPv6 address.
    pub(crate) fn hosts(
        &self,
        issued: Vec<Issued>,
        authorities: &Authorities,
    ) -> Result<[Host; 2], LabError> {
        let issued_v6 = match self.leaf_v6 {
            Some(leaf) => self.issue(leaf, authorities)?,
            None => issued.clone(),
        };
        let posture_v6 = self.posture_v6.unwrap_or(self.posture);
        let host = |ip: IpAddr, posture: Posture, issued: Vec<Issued>| -> Result<Host, LabError> {
            let chain = issued.first().map_or(&[][..], |first| &first.chain);
            Ok(Host {
                address: SocketAddr::new(ip, SMTP),
                name: self.host.clone(),
                posture,
                chain: chain.iter().map(|one| one.to_vec()).collect(),
                tls: tls::config(
                    self.certificates(issued, authorities)?,
                    &posture.handshake.sound(),
                )?,
                once: AtomicBool::new(false),
            })
        };
        Ok([
            host(self.v4.into(), self.posture, issued)?,
            host(self.v6.into(), posture_v6, issued_v6)?,
        ])
    }

    /// The certificates, and who gets to see them.
    fn certificates(
        &self,
        issued: Vec<Issued>,
        authorities: &Authorities,
    ) -> Result<ByName, LabError> {
        let mut certificates = ByName::default();
        if self.leaf == Leaf::SniDependent {
            let other = authorities.issue("default.invalid", Leaf::Good, Staple::None)?;
            certificates.otherwise(other)?;
            for one in issued {
                certificates.add(&self.host, one)?;
            }
        } else {
            for one in issued {
                certificates.otherwise(one)?;
            }
        }
        Ok(certificates)
    }
}

/// The addresses of the host with this number: IPv4 from the three documentation blocks (RFC 5737), IPv6 from RFC 3849's.
fn addresses(number: u16) -> (Ipv4Addr, Ipv6Addr) {
    let last = u8::try_from(number % 254 + 1).unwrap_or(255);
    let v4 = match number / 254 {
        0 => Ipv4Addr::new(192, 0, 2, last),
        1 => Ipv4Addr::new(198, 51, 100, last),
        _ => Ipv4Addr::new(203, 0, 113, last),
    };
    let v6 = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, number + 1);
    (v4, v6)
}

/// The addresses of the web server that all policy hosts share.
pub(crate) fn web_addresses() -> (Ipv4Addr, Ipv6Addr) {
    addresses(WEB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stay_within_the_documentation_blocks() {
        assert_eq!(addresses(0).0.to_string(), "192.0.2.1");
        assert_eq!(addresses(253).0.to_string(), "192.0.2.254");
        assert_eq!(addresses(254).0.to_string(), "198.51.100.1");
        assert_eq!(addresses(508).0.to_string(), "203.0.113.1");
        assert_eq!(addresses(9).1.to_string(), "2001:db8::a");
    }
}
