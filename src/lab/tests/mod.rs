//! The lab, reached through its sockets as a client would.

mod dns;
mod mail;
mod tls;
mod web;

use super::*;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// 2026-11-23T10:00:00Z by the lab's calendar.
const NOW: i64 = 1_795_428_000;

async fn lab() -> Lab {
    Lab::start(Timestamp::from_unix(NOW)).await.unwrap()
}

/// Does a handshake as a client that trusts the lab's root and lives at `NOW`.
async fn handshake(lab: &Lab, stream: TcpStream, name: &str) -> io::Result<TlsStream<TcpStream>> {
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    handshake_with(lab, stream, name, provider).await
}

/// The same, with these algorithms.
async fn handshake_with(
    lab: &Lab,
    stream: TcpStream,
    name: &str,
    provider: CryptoProvider,
) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(lab.ca_pem().as_bytes()).unwrap())
        .unwrap();
    let old_only = provider
        .cipher_suites
        .iter()
        .all(|suite| suite.tls13().is_none());
    let versions: &[_] = if old_only {
        &[&TLS12]
    } else {
        &[&TLS13, &TLS12]
    };
    let config = ClientConfig::builder_with_details(Arc::new(provider), Arc::new(Fixed))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

/// A clock that stands at `NOW`.
#[derive(Debug)]
struct Fixed;

impl rustls::time_provider::TimeProvider for Fixed {
    fn current_time(&self) -> Option<rustls::pki_types::UnixTime> {
        let seconds = std::time::Duration::from_secs(NOW.unsigned_abs());
        Some(rustls::pki_types::UnixTime::since_unix_epoch(seconds))
    }
}

/// Sends text and reads what comes until a line ends with this.
async fn say<S>(stream: &mut S, text: &str, until: &str) -> String
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    while !String::from_utf8_lossy(&heard).contains(until) {
        let mut byte = [0];
        if stream.read(&mut byte).await.unwrap() == 0 {
            break;
        }
        heard.extend(byte);
    }
    String::from_utf8_lossy(&heard).into_owned()
}

/// The setup of one domain.
fn setup_of(domain: &str) -> setup::Setup {
    scenarios::setups()
        .into_iter()
        .find(|setup| setup.domain == domain)
        .unwrap()
}

#[tokio::test]
async fn dropping_the_lab_ends_its_connections() {
    let lab = lab().await;
    let mail_server = lab.dial().iter().find(|(meant, _)| meant.port() == 25);
    let mut stream = TcpStream::connect(mail_server.unwrap().1).await.unwrap();
    assert!(say(&mut stream, "", "\n").await.starts_with("220 "));
    drop(lab);
    assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn everything_is_on_loopback() {
    let lab = lab().await;
    let played = lab.dial().values().chain([&lab.resolver]);
    assert!(
        played
            .into_iter()
            .all(|address| address.ip() == Ipv4Addr::LOCALHOST)
    );
}
