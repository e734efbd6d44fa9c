//! One delivery over SMTP (RFC 5321 §3.3, RFC 3207), to a server of our own on loopback.

use super::Mailbox;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// The longest that a delivery may take.
const DELIVERY: Duration = Duration::from_mins(1);

/// One delivery.
pub(super) struct Client<'a> {
    pub(super) ehlo: &'a str,
    /// Whether STARTTLS is used where it is offered.
    pub(super) tls: bool,
    /// Whether the message is handed over once the server was looked at.
    pub(super) hands_over: bool,
    pub(super) reverse_path: &'a str,
    pub(super) message: &'a str,
}

impl Client<'_> {
    /// Delivers. `announce` is told the own socket before the connection is made.
    pub(super) async fn deliver(&self, to: &Mailbox, announce: impl FnOnce(SocketAddr)) {
        // What became of it, the receiver sees.
        let _ = timeout(DELIVERY, self.attempt(to, announce)).await;
    }

    async fn attempt(&self, to: &Mailbox, announce: impl FnOnce(SocketAddr)) -> io::Result<()> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        announce(socket.local_addr()?);
        let mut stream = socket.connect(to.at).await?;
        reply(&mut stream).await?;
        let offers = ask(&mut stream, &format!("EHLO {}\r\n", self.ehlo)).await?;
        if !(self.tls && offers.contains("STARTTLS")) {
            return self.hand_over(&mut stream, to).await;
        }
        ask(&mut stream, "STARTTLS\r\n").await?;
        let (_, domain) = to.address.split_once('@').unwrap_or_default();
        let name = ServerName::try_from(format!("mx.{domain}")).map_err(io::Error::other)?;
        let config = config().map_err(io::Error::other)?;
        let mut stream = TlsConnector::from(config).connect(name, stream).await?;
        ask(&mut stream, &format!("EHLO {}\r\n", self.ehlo)).await?;
        self.hand_over(&mut stream, to).await
    }

    async fn hand_over<S>(&self, stream: &mut S, to: &Mailbox) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if self.hands_over {
            ask(stream, &format!("MAIL FROM:<{}>\r\n", self.reverse_path)).await?;
            ask(stream, &format!("RCPT TO:<{}>\r\n", to.address)).await?;
            ask(stream, "DATA\r\n").await?;
            ask(stream, &format!("{}.\r\n", self.message)).await?;
        }
        ask(stream, "QUIT\r\n").await?;
        stream.shutdown().await
    }
}

/// Sends a command and gives the reply; an error where it is negative.
async fn ask<S>(stream: &mut S, command: &str) -> io::Result<String>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    stream.write_all(command.as_bytes()).await?;
    stream.flush().await?;
    reply(stream).await
}

/// One reply, which ends with a line that has a space behind its code (RFC 5321 §4.2.1).
async fn reply(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<String> {
    let mut text = String::new();
    loop {
        let mut chunk = [0; 512];
        let length = stream.read(&mut chunk).await?;
        text.extend(chunk.iter().take(length).copied().map(char::from));
        let last = text.trim_end().rsplit("\r\n").next().unwrap_or_default();
        let complete = text.ends_with("\r\n") && last.as_bytes().get(3) == Some(&b' ');
        if complete && matches!(last.as_bytes().first(), Some(b'2' | b'3')) {
            return Ok(text);
        }
        if complete || length == 0 {
            return Err(io::Error::other(text));
        }
    }
}

/// TLS to whoever answers: what a provider insists on is its script's to say.
fn config() -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let anyone = Arc::new(Anyone(Arc::clone(&provider)));
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(anyone)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Takes every certificate.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.0.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}
