//! One TLS handshake that takes every certificate and reports what was agreed (RFC 8446, RFC 5246).

use super::tcp::{Failure, Metered};
use crate::facts::observed::{Cause, Proof};
use crate::facts::tls::TlsVersion;
use recorder::Recorder;
use rustls::client::{Resumption, Tls12Resumption};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{
    AlertDescription, ClientConfig, ClientConnection, InvalidMessage, PeerIncompatible,
    ProtocolVersion, SignatureScheme,
};
use std::io;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub use tickets::Tickets;

pub mod hello;
pub mod names;
mod recorder;
#[cfg(test)]
pub(super) mod test_server;
mod tickets;

/// No handshake may send more than this.
pub(super) const HANDSHAKE_BYTES: u64 = 256 * 1024;

/// What was agreed in a handshake, and what the server showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// The protocol version.
    pub version: TlsVersion,
    /// The cipher suite by its IANA name.
    pub suite: String,
    /// The key exchange group by its IANA name.
    pub group: String,
    /// The signature scheme of the server by its IANA name; empty where the key exchange needs no signature.
    pub signature_scheme: String,
    /// The server name that was sent (RFC 6066 §3); empty where the name is no DNS name.
    pub sni: String,
    /// The certificates as sent, the server's own first.
    pub chain: Vec<CertificateDer<'static>>,
    /// The stapled OCSP response (RFC 6066 §8); empty where none came.
    pub ocsp: Vec<u8>,
}

/// What is said to the server and how long it may take.
#[derive(Clone, Copy, Debug)]
pub struct Hello<'a> {
    /// The name of the server.
    pub name: &'a str,
    /// Whether the name is sent as SNI (RFC 6066 §3).
    pub sni: bool,
    /// Which signatures are taken.
    pub keys: Keys,
    /// The application protocols to offer (RFC 7301); none for SMTP.
    pub alpn: &'a [&'a [u8]],
    /// How long the handshake may take.
    pub within: Duration,
}

impl<'a> Hello<'a> {
    /// As senders greet: with the server's name, and any signature will do.
    pub const fn to(name: &'a str, within: Duration) -> Self {
        Self {
            name,
            sni: true,
            keys: Keys::Any,
            alpn: &[],
            within,
        }
    }
}

/// Which keys a client lets a server sign with: one with certificates of several kinds chooses by that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// All that are known.
    Any,
    /// RSA alone, padded in whatever way.
    Rsa,
    /// ECDSA alone.
    Ecdsa,
}

impl Keys {
    const fn take(self, scheme: SignatureScheme) -> bool {
        let rsa = matches!(
            scheme,
            SignatureScheme::RSA_PKCS1_SHA256
                | SignatureScheme::RSA_PKCS1_SHA384
                | SignatureScheme::RSA_PKCS1_SHA512
                | SignatureScheme::RSA_PSS_SHA256
                | SignatureScheme::RSA_PSS_SHA384
                | SignatureScheme::RSA_PSS_SHA512
        );
        let ecdsa = matches!(
            scheme,
            SignatureScheme::ECDSA_NISTP256_SHA256
                | SignatureScheme::ECDSA_NISTP384_SHA384
                | SignatureScheme::ECDSA_NISTP521_SHA512
        );
        match self {
            Self::Any => true,
            Self::Rsa => rsa,
            Self::Ecdsa => ecdsa,
        }
    }
}

/// A handshake that came to its end, and the stream inside.
#[derive(Debug)]
pub struct Shaken<S> {
    /// What was agreed.
    pub handshake: Handshake,
    /// The encrypted stream.
    pub stream: TlsStream<Metered<S>>,
    /// What the tickets that come later will allow.
    pub tickets: Arc<Tickets>,
}

/// With X25519MLKEM768 before the classic groups, as current senders offer them.
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

/// Makes the cryptographic library ready, which takes it some 20 ms of work the first time. For a blocking thread.
pub fn warm() {
    let hello = Hello::to("localhost", Duration::ZERO);
    let begun = config(&recorder(Keys::Any), &Arc::default(), hello)
        .ok()
        .zip(ServerName::try_from("localhost").ok())
        .and_then(|(config, name)| ClientConnection::new(Arc::new(config), name).ok());
    if let Some(mut connection) = begun {
        // The first flight needs random numbers and both key shares, which is what is slow.
        let _ = connection.write_tls(&mut io::sink());
    }
}

fn recorder(keys: Keys) -> Arc<Recorder> {
    let algorithms = PROVIDER.signature_verification_algorithms;
    Arc::new(Recorder::new(algorithms, keys))
}

fn config(
    recorder: &Arc<Recorder>,
    tickets: &Arc<Tickets>,
    hello: Hello<'_>,
) -> Result<ClientConfig, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&PROVIDER))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(recorder) as _)
        .with_no_client_auth();
    config.resumption =
        Resumption::store(Arc::clone(tickets) as _).tls12_resumption(Tls12Resumption::Disabled);
    config.enable_sni = hello.sni;
    let protocols = hello.alpn.iter();
    config.alpn_protocols = protocols.map(|protocol| protocol.to_vec()).collect();
    Ok(config)
}

/// Shakes hands over a stream and gives back the encrypted stream.
///
/// A server that has only versions below 1.2 is absence (`tls-version`), and so is one that says by an alert that
/// nothing suits it (`tls-alert`). Every other failure is unknown: another alert by its name, a time-out, the end
/// of the connection, a limit, or what else is no TLS.
pub async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: Metered<S>,
    hello: Hello<'_>,
) -> Result<Shaken<S>, Failure> {
    stream.allow(HANDSHAKE_BYTES);
    let (recorder, tickets) = (recorder(hello.keys), Arc::default());
    let config = config(&recorder, &tickets, hello).map_err(|error| failed(&error))?;
    let (name, sni) = server_name(hello.name);
    let sni = if hello.sni { sni } else { String::new() };
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let Ok(connected) = tokio::time::timeout(hello.within, connecting).await else {
        let seconds = hello.within.as_secs_f32();
        let detail = format!("the TLS handshake did not end within {seconds} s");
        return Err(Failure::unknown(Cause::Timeout, detail));
    };
    let stream = connected.map_err(|error| classify(&error))?;
    let handshake = agreed(stream.get_ref().1, &recorder, sni);
    Ok(Shaken {
        handshake,
        stream,
        tickets,
    })
}

/// The name as rustls wants it. A host name that is no DNS name can't be sent, so an address stands in.
fn server_name(name: &str) -> (ServerName<'static>, String) {
    if let Ok(known @ ServerName::DnsName(_)) = ServerName::try_from(name.to_owned()) {
        return (known, name.to_owned());
    }
    let nowhere = std::net::IpAddr::from([0, 0, 0, 0]);
    (ServerName::IpAddress(nowhere.into()), String::new())
}

fn agreed(connection: &ClientConnection, recorder: &Recorder, sni: String) -> Handshake {
    let shown = recorder.take();
    let suite = connection.negotiated_cipher_suite();
    let group = connection.negotiated_key_exchange_group();
    let version = if connection.protocol_version() == Some(ProtocolVersion::TLSv1_2) {
        TlsVersion::Tls12
    } else {
        TlsVersion::Tls13
    };
    Handshake {
        version,
        suite: suite.map_or_else(String::new, |suite| names::suite(suite.suite().into())),
        group: group.map_or_else(String::new, |group| names::group(group.name().into())),
        signature_scheme: shown
            .scheme
            .map_or_else(String::new, |scheme| names::scheme(scheme.into())),
        sni,
        chain: shown.chain,
        ocsp: shown.ocsp,
    }
}

fn classify(error: &io::Error) -> Failure {
    let inner = error.get_ref();
    if let Some(error) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return failed(error);
    }
    if error.kind() == io::ErrorKind::InvalidData {
        // How rustls says that it will not buffer more of an unfinished message.
        return Failure::unknown(Cause::LimitReached, error.to_string());
    }
    Failure::broken(error, "in the TLS handshake")
}

fn failed(error: &rustls::Error) -> Failure {
    use rustls::Error::{
        AlertReceived, InvalidMessage as Invalid, PeerIncompatible as Incompatible,
    };
    if let AlertReceived(alert) = error {
        let name = names::alert(u8::from(*alert));
        if *alert == AlertDescription::ProtocolVersion {
            let detail = format!("the server answered with the alert {name}");
            return Failure::absent(Proof::TlsVersion, detail);
        }
        if settles(*alert) {
            let detail = format!("the server answered with the alert {name}");
            return Failure::absent(Proof::TlsAlert, detail);
        }
        return Failure::unknown(Cause::TlsAlert, name);
    }
    if let Incompatible(
        PeerIncompatible::ServerDoesNotSupportTls12Or13
        | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
    ) = error
    {
        let detail = "the server chose a version below TLS 1.2";
        return Failure::absent(Proof::TlsVersion, detail);
    }
    if let Invalid(
        InvalidMessage::HandshakePayloadTooLarge | InvalidMessage::CertificatePayloadTooLarge,
    ) = error
    {
        let detail = "a handshake message is larger than 64 KiB";
        return Failure::unknown(Cause::LimitReached, detail);
    }
    Failure::unknown(Cause::TlsProtocol, error.to_string())
}

/// Whether an alert says that the server will never take what was offered (RFC 8446 §6.2). Others may be over
/// with its trouble of the moment.
const fn settles(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::HandshakeFailure
            | AlertDescription::InsufficientSecurity
            | AlertDescription::UnrecognisedName
            | AlertDescription::IllegalParameter
            | AlertDescription::UnsupportedExtension
            | AlertDescription::MissingExtension
    )
}

#[cfg(test)]
mod tests;
