//! The floor: a collector that does no more than it must to hear the same answers. It asks the same
//! questions over one socket and decodes them, holds the same SMTP sessions with one handshake each and
//! fetches the same policies. It judges nothing, caches nothing and describes nothing.

use futures_util::stream::{self, StreamExt as _};
use hickory_proto::op::{Edns, Message, Query};
use hickory_proto::rr::{Name, RecordType};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::net::SocketAddr;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use waxseal::facts::Facts;
use waxseal::lab::Counts;

/// How many things are under way at once, as in the collector.
const AT_ONCE: usize = 16;

/// What has to be heard.
#[derive(Clone)]
pub(crate) struct Work {
    /// The questions, once each.
    pub(crate) questions: Vec<(String, RecordType)>,
    /// The mail servers with the name to give as SNI.
    pub(crate) mail_servers: Vec<(SocketAddr, String)>,
    /// The hosts of MTA-STS policies, with an address.
    pub(crate) policy_hosts: Vec<(SocketAddr, String)>,
}

impl Work {
    /// What the lab was asked between two counts, with names from the documents that came of it.
    pub(crate) fn between(before: &Counts, after: &Counts, documents: &[Facts]) -> Self {
        let new = after
            .queries
            .keys()
            .filter(|question| !before.queries.contains_key(*question));
        let questions =
            new.filter_map(|(name, rtype)| Some((name.clone(), RecordType::from_str(rtype).ok()?)));
        let mut mail_servers = BTreeSet::new();
        for host in documents.iter().flat_map(|facts| &facts.mx.hosts) {
            for address in &host.addresses {
                mail_servers.insert((SocketAddr::new(address.ip, 25), host.host.clone()));
            }
        }
        mail_servers.retain(|(address, _)| after.smtp_connections.contains_key(address));
        let web = after_web(documents);
        Self {
            questions: questions.collect(),
            mail_servers: mail_servers.into_iter().collect(),
            policy_hosts: web,
        }
    }
}

/// One address serves every policy of the lab; it tells the hosts apart by name.
fn after_web(documents: &[Facts]) -> Vec<(SocketAddr, String)> {
    let fetched = documents
        .iter()
        .filter(|facts| facts.mta_sts.fetch.value().is_some());
    let any = SocketAddr::from(([0, 0, 0, 0], 443));
    fetched
        .map(|facts| (any, format!("mta-sts.{}", facts.target.domain)))
        .collect()
}

/// Hears it all.
pub(crate) async fn run(work: Work, dial: BTreeMap<SocketAddr, SocketAddr>, resolver: SocketAddr) {
    let tls = TlsConnector::from(Arc::new(client_config()));
    let web = dial
        .iter()
        .find(|(meant, _)| meant.port() == 443)
        .map(|(_, socket)| *socket);
    let (mail_servers, tls) = (work.mail_servers, &tls);
    let sessions = stream::iter(mail_servers)
        .map(|(meant, name)| {
            let socket = dial.get(&meant).copied();
            async move {
                let _ = smtp(socket, &name, tls).await;
            }
        })
        .buffer_unordered(AT_ONCE)
        .collect::<()>();
    let policies = stream::iter(work.policy_hosts)
        .map(|(_, name)| async move { drop(https(web, &name, tls).await) })
        .buffer_unordered(AT_ONCE)
        .collect::<()>();
    tokio::join!(questions(&work.questions, resolver), sessions, policies);
}

async fn questions(all: &[(String, RecordType)], resolver: SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(resolver).await.unwrap();
    let mut buffer = [0; 4096];
    for window in all.chunks(AT_ONCE) {
        for (name, rtype) in window {
            socket.send(&question(name, *rtype)).await.unwrap();
        }
        for _ in window {
            // What the kernel drops on a busy machine is not waited for: it is one of thousands.
            let answer = timeout(Duration::from_secs(2), socket.recv(&mut buffer)).await;
            if let Ok(Ok(length)) = answer {
                black_box(Message::from_vec(&buffer[..length]).unwrap());
            }
        }
    }
}

fn question(name: &str, rtype: RecordType) -> Vec<u8> {
    let mut message = Message::query();
    message.add_query(Query::query(Name::from_str(name).unwrap(), rtype));
    message.metadata.recursion_desired = true;
    let mut edns = Edns::new();
    edns.set_max_payload(1232);
    edns.set_dnssec_ok(true);
    message.set_edns(edns);
    message.to_vec().unwrap()
}

async fn smtp(socket: Option<SocketAddr>, name: &str, tls: &TlsConnector) -> Option<()> {
    let mut stream = TcpStream::connect(socket?).await.ok()?;
    reply(&mut stream).await?;
    let starttls = ask(&mut stream, "EHLO floor.test\r\n")
        .await?
        .contains("STARTTLS");
    if !starttls {
        return stream.write_all(b"QUIT\r\n").await.ok();
    }
    ask(&mut stream, "STARTTLS\r\n").await?;
    let sni = ServerName::try_from(name.to_owned()).ok()?;
    let mut stream = tls.connect(sni, stream).await.ok()?;
    ask(&mut stream, "EHLO floor.test\r\n").await?;
    stream.write_all(b"QUIT\r\n").await.ok()
}

async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), command: &str) -> Option<String> {
    stream.write_all(command.as_bytes()).await.ok()?;
    reply(stream).await
}

/// A whole reply, at most 8 KB of it.
async fn reply(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut text = Vec::new();
    let mut buffer = [0; 2048];
    while text.len() < 8192 {
        let length = stream
            .read(&mut buffer)
            .await
            .ok()
            .filter(|length| *length > 0)?;
        text.extend_from_slice(&buffer[..length]);
        let last = text
            .trim_ascii_end()
            .rsplit(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default();
        if text.ends_with(b"\n") && last.get(3) == Some(&b' ') {
            break;
        }
    }
    String::from_utf8(text).ok()
}

async fn https(socket: Option<SocketAddr>, name: &str, tls: &TlsConnector) -> Option<Vec<u8>> {
    let stream = TcpStream::connect(socket?).await.ok()?;
    let stream = tls
        .connect(ServerName::try_from(name.to_owned()).ok()?, stream)
        .await
        .ok()?;
    get(stream, name).await
}

async fn get(mut stream: impl AsyncRead + AsyncWrite + Unpin, name: &str) -> Option<Vec<u8>> {
    let request = format!(
        "GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut body = Vec::new();
    let _ = stream.take(64 * 1024).read_to_end(&mut body).await;
    Some(body)
}

/// A client with the groups that current senders offer.
pub(crate) fn client_config() -> ClientConfig {
    let provider = Arc::new(CryptoProvider {
        kx_groups: vec![
            aws_lc_rs::kx_group::X25519MLKEM768,
            aws_lc_rs::kx_group::X25519,
        ],
        ..aws_lc_rs::default_provider()
    });
    ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(TakeAny(provider)))
        .with_no_client_auth()
}

/// Takes every certificate, and checks the signature of the handshake.
#[derive(Debug)]
struct TakeAny(Arc<CryptoProvider>);

impl ServerCertVerifier for TakeAny {
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
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            certificate,
            signed,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signed,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
