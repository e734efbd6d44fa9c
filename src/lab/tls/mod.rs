//! TLS as the lab's servers speak it: rustls for what is sound, canned bytes for what rustls has no
//! part in (versions before 1.2, weak suites, refusals).

mod flight;
pub(crate) mod hello;
pub(crate) mod legacy;
pub(crate) mod replay;
mod suites;
#[cfg(test)]
mod tests;

pub(crate) use flight::{filler, oversized};

use super::LabError;
use super::ca::Issued;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, SignatureAlgorithm, SupportedProtocolVersion};
use rustls_pki_types::PrivateKeyDer;
use std::collections::BTreeMap;
use std::sync::Arc;
use suites::{Signer, anatomy};

/// An RSA key of 2048 bits in PKCS #8, so that none has to be sought at each start.
pub(crate) const RSA_KEY: &[u8] = include_bytes!("rsa-2048.der");
const ALERT: u8 = 21;
/// Alert `handshake_failure` (RFC 5246 §7.2.2).
pub(crate) const HANDSHAKE_FAILURE: u8 = 40;
/// Alert `protocol_version`.
const PROTOCOL_VERSION: u8 = 70;

/// How rustls is set up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sound {
    pub(crate) versions: &'static [u16],
    /// The suites below TLS 1.3, best first; nothing for all.
    pub(crate) suites: Option<&'static [u16]>,
    /// The groups, best first; nothing for all.
    pub(crate) groups: Option<&'static [u16]>,
    /// Whether the server's order of suites decides.
    pub(crate) server_order: bool,
    /// How many bytes of early data the tickets of TLS 1.3 allow (RFC 8446 §4.6.1).
    pub(crate) early_data: u32,
}

impl Sound {
    /// As rustls is by itself, with these versions.
    pub(crate) const fn of(versions: &'static [u16]) -> Self {
        Self {
            versions,
            suites: None,
            groups: None,
            server_order: false,
            early_data: 0,
        }
    }

    /// The versions that rustls can speak of those wanted.
    fn versions(&self) -> Vec<&'static SupportedProtocolVersion> {
        [&TLS13, &TLS12]
            .into_iter()
            .filter(|known| self.versions.contains(&u16::from(known.version)))
            .collect()
    }

    /// The algorithms, in the order wanted.
    fn provider(&self) -> CryptoProvider {
        let mut provider = provider();
        if let Some(wanted) = self.suites {
            let place = |number: u16| wanted.iter().position(|suite| *suite == number);
            provider
                .cipher_suites
                .retain(|suite| suite.tls13().is_some() || place(suite.suite().into()).is_some());
            provider
                .cipher_suites
                .sort_by_key(|suite| place(suite.suite().into()));
        }
        if let Some(wanted) = self.groups {
            let place = |number: u16| wanted.iter().position(|group| *group == number);
            provider
                .kx_groups
                .retain(|group| place(group.name().into()).is_some());
            provider
                .kx_groups
                .sort_by_key(|group| place(group.name().into()));
        }
        provider
    }
}

/// Certificates by the name that the client asks for, and by the keys that it takes.
#[derive(Debug, Default)]
pub(crate) struct ByName {
    named: BTreeMap<String, Arc<CertifiedKey>>,
    default: Vec<Arc<CertifiedKey>>,
}

impl ByName {
    /// Shows these certificates to who asks for the name.
    pub(crate) fn add(&mut self, name: &str, issued: Issued) -> Result<(), LabError> {
        self.named
            .insert(name.to_owned(), Arc::new(certified(issued)?));
        Ok(())
    }

    /// Shows these certificates to everyone else; where there are several, the first that the client takes.
    pub(crate) fn otherwise(&mut self, issued: Issued) -> Result<(), LabError> {
        self.default.push(Arc::new(certified(issued)?));
        Ok(())
    }
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let named = hello.server_name().and_then(|name| self.named.get(name));
        let taken = || {
            self.default
                .iter()
                .find(|certified| takes(&hello, certified))
        };
        named.or_else(taken).or(self.default.first()).cloned()
    }
}

/// Whether a client takes signatures by the key, and has a suite for it.
fn takes(hello: &ClientHello<'_>, certified: &CertifiedKey) -> bool {
    let schemes = hello.signature_schemes();
    let signer = if certified.key.algorithm() == SignatureAlgorithm::RSA {
        Signer::Rsa
    } else {
        Signer::Ecdsa
    };
    let fits =
        |suite: u16| suite >> 8 == 0x13 || anatomy(suite).is_some_and(|it| it.signer == signer);
    let mut suites = hello.cipher_suites().iter().map(|suite| u16::from(*suite));
    certified.key.choose_scheme(schemes).is_some() && suites.any(fits)
}

fn provider() -> CryptoProvider {
    rustls::crypto::aws_lc_rs::default_provider()
}

fn certified(issued: Issued) -> Result<CertifiedKey, LabError> {
    let key = PrivateKeyDer::Pkcs8(issued.key.into());
    let mut certified = CertifiedKey::from_der(issued.chain, key, &provider())?;
    certified.ocsp = Some(issued.staple).filter(|staple| !staple.is_empty());
    Ok(certified)
}

/// A server that shows these certificates and is set up like this. Where that leaves nothing that rustls
/// could speak it is set up as rustls is by itself, and gets no greetings.
pub(crate) fn config(certificates: ByName, sound: &Sound) -> Result<Arc<ServerConfig>, LabError> {
    let mut versions = sound.versions();
    let mut provider = sound.provider();
    let old =
        |provider: &CryptoProvider| provider.cipher_suites.iter().any(|it| it.tls13().is_none());
    if !old(&provider) {
        versions.retain(|known| *known != &TLS12);
    }
    if versions.is_empty() || provider.kx_groups.is_empty() {
        versions = vec![&TLS13, &TLS12];
        provider = self::provider();
    }
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&versions)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(certificates));
    config.ignore_client_order = sound.server_order;
    config.max_early_data_size = sound.early_data;
    Ok(Arc::new(config))
}

/// A fatal alert.
pub(crate) fn alert(description: u8) -> Vec<u8> {
    flight::records(ALERT, hello::TLS10, &[2, description])
}
