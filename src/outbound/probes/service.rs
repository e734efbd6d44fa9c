//! The name server of the zone and the web server of the policy hosts.

use super::ProbesError;
use super::certificates::Identity;
use crate::authority::server::{Answers, serve_tcp, serve_udp};
use crate::authority::zone::Zone;
use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

/// Where policies stand (RFC 8461 §3.3).
const PATH: &str = "/.well-known/mta-sts.txt";
/// The most that is read of a request, in bytes.
const LONGEST_REQUEST: usize = 8192;
/// The longest that a connection to the web server may take.
const CONNECTION: Duration = Duration::from_secs(20);
/// The most connections to the web server at a time; later ones wait.
const CONNECTIONS: usize = 128;
/// How long is waited where the system has no socket to give.
const PAUSE: Duration = Duration::from_millis(50);

/// The zone as it is served now.
pub(super) struct Live(RwLock<Zone>);

impl Live {
    pub(super) const fn new(zone: Zone) -> Self {
        Self(RwLock::new(zone))
    }

    /// Serves another version from now on.
    pub(super) fn replace(&self, zone: Zone) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = zone;
    }
}

impl Answers for Live {
    fn answer(&self, query: &[u8], udp: bool) -> Option<Vec<u8>> {
        let zone = self.0.read().unwrap_or_else(PoisonError::into_inner);
        zone.respond(query, udp)
    }
}

/// Binds both sockets of a name server and lets them answer. A port of 0 takes one that is free for both.
pub(super) async fn serve_dns(
    address: SocketAddr,
    live: Arc<Live>,
    tasks: &mut JoinSet<()>,
) -> Result<SocketAddr, ProbesError> {
    let trouble = |source| ProbesError::Socket { address, source };
    let tcp = TcpListener::bind(address).await.map_err(trouble)?;
    let bound = tcp.local_addr().map_err(trouble)?;
    let udp = UdpSocket::bind(bound).await.map_err(trouble)?;
    tasks.spawn(serve_udp(udp, Arc::clone(&live)));
    tasks.spawn(serve_tcp(tcp, live));
    Ok(bound)
}

/// The policies by their hosts, and what these show of themselves.
pub(super) struct Policies {
    texts: BTreeMap<String, String>,
    tls: TlsAcceptor,
}

impl Policies {
    pub(super) fn new(
        texts: BTreeMap<String, String>,
        shown: &BTreeMap<String, Identity>,
    ) -> Result<Self, ProbesError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut hosts = BTreeMap::new();
        for (host, identity) in shown {
            let key = identity.key.clone_key();
            let certified = CertifiedKey::from_der(identity.chain.clone(), key, &provider)?;
            hosts.insert(host.clone(), Arc::new(certified));
        }
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(ByHost(hosts)));
        Ok(Self {
            texts,
            tls: TlsAcceptor::from(Arc::new(config)),
        })
    }

    /// Answers one request and closes.
    async fn converse(&self, stream: TcpStream) -> io::Result<()> {
        let mut stream = self.tls.accept(stream).await?;
        let request = read_request(&mut stream).await?;
        stream.write_all(&self.answer(&request)).await?;
        stream.shutdown().await
    }

    fn answer(&self, request: &str) -> Vec<u8> {
        let mut lines = request.lines();
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (method, path) = (words.next(), words.next());
        let host = lines.find_map(host_of).unwrap_or_default();
        match (method, path, self.texts.get(&host)) {
            (Some("GET"), Some(PATH), Some(policy)) => response("200 OK", policy, true),
            (Some("HEAD"), Some(PATH), Some(policy)) => response("200 OK", policy, false),
            (Some("GET" | "HEAD"), _, _) => response("404 Not Found", "no such page\n", true),
            _ => response("405 Method Not Allowed", "GET it is\n", true),
        }
    }
}

/// Certificates by the name that the client asks for; where it asks for none of them there is no handshake.
#[derive(Debug)]
struct ByHost(BTreeMap<String, Arc<CertifiedKey>>);

impl ResolvesServerCert for ByHost {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.get(hello.server_name()?).cloned()
    }
}

/// Binds the web server and lets it answer.
pub(super) async fn serve_https(
    address: SocketAddr,
    policies: Arc<Policies>,
    tasks: &mut JoinSet<()>,
) -> Result<SocketAddr, ProbesError> {
    let trouble = |source| ProbesError::Socket { address, source };
    let listener = TcpListener::bind(address).await.map_err(trouble)?;
    let bound = listener.local_addr().map_err(trouble)?;
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let policies = Arc::clone(&policies);
                    connections.spawn(async move {
                        // Whoever asked in vain hears so by the end of the connection.
                        let _ = timeout(CONNECTION, policies.converse(stream)).await;
                    });
                }
                Err(_) => sleep(PAUSE).await,
            }
            while connections.try_join_next().is_some() {}
            if connections.len() >= CONNECTIONS {
                connections.join_next().await;
            }
        }
    });
    Ok(bound)
}

fn response(status: &str, body: &str, whole: bool) -> Vec<u8> {
    let length = body.len();
    let shown = if whole { body } else { "" };
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{shown}"
    )
    .into_bytes()
}

/// The host that a header line names, without its port.
fn host_of(line: &str) -> Option<String> {
    let (name, value) = line.split_once(':')?;
    let host = value.trim().split(':').next()?.to_ascii_lowercase();
    name.eq_ignore_ascii_case("host").then_some(host)
}

async fn read_request<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<String> {
    let mut request = Vec::new();
    let mut chunk = [0; 1024];
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        let length = stream.read(&mut chunk).await?;
        if length == 0 || request.len() > LONGEST_REQUEST {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        request.extend(chunk.iter().take(length));
    }
    Ok(String::from_utf8_lossy(&request).into_owned())
}
