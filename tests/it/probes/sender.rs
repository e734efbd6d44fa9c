//! A mail server that delivers, or looks at TLS and leaves.

use super::field::Field;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufStream};
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsConnector;
use waxseal::facts::outbound::enforcement::Posture;
use waxseal::lab::{Lab, Mailbox, Senders};
use waxseal::net::clock::Clock;

/// The providers of the lab, who sign as of now.
static PROVIDERS: LazyLock<Senders> = LazyLock::new(|| {
    let lab = Runtime::new()
        .unwrap()
        .block_on(Lab::start(Clock::System.now()));
    lab.unwrap().senders().clone()
});

/// Lets a provider of the lab deliver to a probe, or refuse to, as it is its way.
pub(crate) fn provider(domain: &str, posture: &str, field: &Field) {
    let name = |known: &Posture| known.as_str() == posture;
    let to = Mailbox {
        at: field.probe(posture),
        address: field.recipient(posture),
        posture: Posture::ALL.into_iter().find(name),
    };
    let done = LazyLock::force(&PROVIDERS).deliver(domain, &to, |_, _| ());
    Runtime::new().unwrap().block_on(done).unwrap();
}

/// A sender with an address and a name of its own.
pub(crate) struct Sender {
    domain: String,
    ehlo: String,
    from: IpAddr,
}

impl Sender {
    pub(crate) fn new(domain: &str, ehlo: &str, from: &str) -> Self {
        Self {
            domain: domain.to_owned(),
            ehlo: ehlo.to_owned(),
            from: from.parse().unwrap(),
        }
    }

    /// Delivers a message, over TLS where it is offered, whatever the certificate.
    pub(crate) fn deliver(&self, server: SocketAddr, to: &str) {
        visit(async {
            let (mut plain, tls) = self.greet(server).await;
            if tls {
                let mut secure = shake_hands(plain).await;
                hold(&mut secure, &format!("EHLO {}", self.ehlo), "250").await;
                self.hand_in(&mut secure, to).await;
            } else {
                self.hand_in(&mut plain, to).await;
            }
        });
    }

    /// Looks, with a handshake or without, and leaves.
    pub(crate) fn look(&self, server: SocketAddr, handshake: bool) {
        visit(async {
            let (mut plain, _) = self.greet(server).await;
            if handshake {
                let mut secure = shake_hands(plain).await;
                hold(&mut secure, &format!("EHLO {}", self.ehlo), "250").await;
                hold(&mut secure, "QUIT", "221").await;
            } else {
                hold(&mut plain, "QUIT", "221").await;
            }
        });
    }

    /// A connection behind EHLO, and whether it may be secured.
    async fn greet(&self, server: SocketAddr) -> (BufStream<TcpStream>, bool) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(self.from, 0)).unwrap();
        let mut stream = BufStream::new(socket.connect(server).await.unwrap());
        assert!(hear(&mut stream).await.starts_with("220"));
        let ehlo = hold(&mut stream, &format!("EHLO {}", self.ehlo), "250").await;
        (stream, ehlo.contains("STARTTLS"))
    }

    async fn hand_in<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut BufStream<S>,
        to: &str,
    ) {
        let from = format!("someone@{}", self.domain);
        hold(stream, &format!("MAIL FROM:<{from}>"), "250").await;
        hold(stream, &format!("RCPT TO:<{to}>"), "250").await;
        hold(stream, "DATA", "354").await;
        let message = format!("From: {from}\r\nTo: {to}\r\nSubject: probe\r\n\r\nnothing\r\n.");
        hold(stream, &message, "250").await;
        hold(stream, "QUIT", "221").await;
    }
}

async fn shake_hands(
    mut plain: BufStream<TcpStream>,
) -> BufStream<tokio_rustls::client::TlsStream<TcpStream>> {
    hold(&mut plain, "STARTTLS", "220").await;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
        .with_no_client_auth();
    let name = ServerName::try_from("mx.test").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    BufStream::new(connector.connect(name, plain.into_inner()).await.unwrap())
}

async fn hold<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufStream<S>,
    line: &str,
    expected: &str,
) -> String {
    stream
        .write_all(format!("{line}\r\n").as_bytes())
        .await
        .unwrap();
    stream.flush().await.unwrap();
    let reply = hear(stream).await;
    assert!(reply.starts_with(expected), "{line} was answered {reply:?}");
    reply
}

async fn hear<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufStream<S>) -> String {
    let mut reply = String::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        reply.push_str(&line);
        if line.as_bytes().get(3) != Some(&b'-') {
            return reply;
        }
    }
}

/// Takes every certificate, as opportunistic senders do.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
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
        vec![
            SignatureScheme::ECDSA_NISTP256_SHA256,
            SignatureScheme::ED25519,
        ]
    }
}

fn visit(what: impl Future<Output = ()>) {
    Runtime::new().unwrap().block_on(what);
}
