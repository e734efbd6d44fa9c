//! TLS servers for tests.

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ResolvesServerCert;
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, SupportedProtocolVersion};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// A self-signed certificate for the name, with its key.
pub(in crate::net) fn certified(name: &str) -> Arc<CertifiedKey> {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    with_key(
        vec![made.cert.der().clone()],
        &made.signing_key.serialize_der(),
    )
}

/// A chain with a key that need not fit.
pub(in crate::net) fn with_key(
    chain: Vec<CertificateDer<'static>>,
    pkcs8: &[u8],
) -> Arc<CertifiedKey> {
    let key = PrivateKeyDer::Pkcs8(pkcs8.to_vec().into());
    let key = aws_lc_rs::sign::any_supported_type(&key).unwrap();
    Arc::new(CertifiedKey::new(chain, key))
}

/// A server that shows one certificate to everyone who speaks one of the versions.
pub(in crate::net) fn acceptor(
    certified: Arc<CertifiedKey>,
    versions: &[&'static SupportedProtocolVersion],
) -> TlsAcceptor {
    accepting(Arc::new(Always(certified)), versions)
}

/// A server that chooses its certificate.
pub(in crate::net) fn accepting(
    resolver: Arc<dyn ResolvesServerCert>,
    versions: &[&'static SupportedProtocolVersion],
) -> TlsAcceptor {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    TlsAcceptor::from(Arc::new(config))
}

#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: rustls::server::ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}
