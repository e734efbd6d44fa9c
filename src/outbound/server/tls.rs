//! TLS as a server: what it is set up with, and what a client agreed to and showed.

use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::outbound::OutboundTls;
use crate::facts::timestamp::Timestamp;
use crate::facts::tls::TlsVersion;
use crate::net::tls::names;
use crate::records::certificate;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, ProtocolVersion, ServerConfig,
    ServerConnection, SignatureScheme,
};
use rustls_pki_types::pem::PemObject as _;
use std::io;
use std::sync::{Arc, LazyLock};

/// Why a server can't be set up for TLS.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A PEM text has no certificate or no key, or one that can't be read.
    #[error("{0}")]
    Pem(String),
    /// The certificate and the key are of no use together.
    #[error("{0}")]
    Rustls(#[from] Error),
    /// No certificate could be made.
    #[error("{0}")]
    Made(#[from] rcgen::Error),
}

/// With X25519MLKEM768 before the classic groups, so that whoever has it uses it.
static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
    Arc::new(CryptoProvider {
        kx_groups: vec![
            aws_lc_rs::kx_group::X25519MLKEM768,
            aws_lc_rs::kx_group::X25519,
            aws_lc_rs::kx_group::SECP256R1,
            aws_lc_rs::kx_group::SECP384R1,
        ],
        ..aws_lc_rs::default_provider()
    })
});

/// A server with this chain and key. It asks for a client certificate and takes any or none, and resumes no session:
/// whoever resumes one does not look at the certificate.
pub fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>, SetupError> {
    let mut config = ServerConfig::builder_with_provider(Arc::clone(&PROVIDER))
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(Arc::new(Anybody))
        .with_single_cert(chain, key)?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// A server with the chain and the key of these PEM texts.
pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Arc<ServerConfig>, SetupError> {
    let broken =
        |what: &str, error: &dyn std::fmt::Display| SetupError::Pem(format!("{what}: {error}"));
    let chain = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| broken("the certificates", &error))?;
    if chain.is_empty() {
        return Err(SetupError::Pem("there is no certificate".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| broken("the key", &error))?;
    server_config(chain, key)
}

/// A server with a certificate for its name that nobody vouches for.
pub fn self_signed(host: &str) -> Result<Arc<ServerConfig>, SetupError> {
    let made = rcgen::generate_simple_self_signed([host.to_owned()])?;
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    server_config(vec![made.cert.der().clone()], key.into())
}

/// What was agreed, and what the client showed.
pub(super) fn agreed(connection: &ServerConnection, now: Timestamp) -> OutboundTls {
    let unknown = || Observed::unknown(Cause::NotObservable, "");
    let suite = connection.negotiated_cipher_suite();
    let group = connection.negotiated_key_exchange_group();
    let version = match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => Some(TlsVersion::Tls12),
        Some(ProtocolVersion::TLSv1_3) => Some(TlsVersion::Tls13),
        Some(_) | None => None,
    };
    let name = connection.server_name();
    let shown = connection.peer_certificates().and_then(<[_]>::first);
    OutboundTls {
        version: version.map_or_else(unknown, Observed::present),
        suite: suite.map_or_else(
            || Observed::unknown(Cause::NotObservable, ""),
            |suite| Observed::present(names::suite(suite.suite().into())),
        ),
        group: group.map_or_else(
            || Observed::unknown(Cause::NotObservable, ""),
            |group| Observed::present(names::group(group.name().into())),
        ),
        sni: name.map_or(Observed::absent(Proof::NoSubject), |name| {
            Observed::present(name.to_ascii_lowercase())
        }),
        client_certificate: shown.map_or(Observed::absent(Proof::NoSubject), |shown| {
            match certificate::read(shown, now) {
                Ok(read) => Observed::present(read),
                Err(defect) => Observed::unknown(Cause::TlsProtocol, defect.text),
            }
        }),
    }
}

/// What a handshake that failed says of itself, and the alert that the client sent.
pub(super) fn failed(error: &io::Error) -> (Observed<OutboundTls>, String) {
    let alert = alert(error);
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>());
    let observed = match inner {
        Some(Error::AlertReceived(_)) => Observed::unknown(Cause::TlsAlert, alert.clone()),
        Some(error) => Observed::unknown(Cause::TlsProtocol, error.to_string()),
        None => Observed::unknown(Cause::ConnectionClosed, error.to_string()),
    };
    (observed, alert)
}

/// The alert that the client sent, by the name of RFC 8446 §6; empty where it sent none.
pub(super) fn alert(error: &io::Error) -> String {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>());
    match inner {
        Some(Error::AlertReceived(alert)) => names::alert(u8::from(*alert)),
        _ => String::new(),
    }
}

/// Takes every certificate of a client and every proof that the key is its own: what was shown is a fact, nothing
/// rests on it, and mail must not be lost over it.
#[derive(Debug)]
struct Anybody;

impl ClientCertVerifier for Anybody {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        PROVIDER
            .signature_verification_algorithms
            .supported_schemes()
    }
}
