//! The web server that all policy hosts (RFC 8461 §3.3) and hosts of indicators (BIMI) share: it tells them
//! apart by SNI and `Host`.

use super::counts::Books;
use super::setup::Web;
use rustls::ServerConfig;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

/// The most that is read of a request.
const REQUEST: usize = 8192;
/// The longest that a connection may take.
pub(crate) const CONNECTION: Duration = Duration::from_mins(1);
/// Where policies stand (RFC 8461 §3.3).
const PATH: &str = "/.well-known/mta-sts.txt";
/// The size of the policy that is too large, in bytes.
const HUGE: usize = 1 << 20;
/// The size of the policy that is sent byte by byte, in bytes.
const SLOW: usize = 32 * 1024;

/// One web host.
pub(crate) enum Site {
    /// A policy host: its policy, and how it is given out.
    Policy { policy: String, web: Web },
    /// Files by their path, each with its media type.
    Files(BTreeMap<&'static str, (&'static str, String)>),
}

/// All web hosts, by host name.
pub(crate) struct Sites {
    pub(crate) hosts: BTreeMap<String, Site>,
    pub(crate) tls: Arc<ServerConfig>,
}

/// Takes connections until its task is ended.
pub(crate) async fn serve(listener: TcpListener, sites: Arc<Sites>, books: Books) {
    let mut connections = JoinSet::new();
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            let (sites, books) = (Arc::clone(&sites), books.clone());
            connections
                .spawn(async move { timeout(CONNECTION, sites.answer(stream, &books)).await });
        }
        while connections.try_join_next().is_some() {}
    }
}

impl Sites {
    /// Answers one request and closes.
    async fn answer(&self, stream: TcpStream, books: &Books) -> io::Result<()> {
        let acceptor = TlsAcceptor::from(Arc::clone(&self.tls));
        let mut stream = acceptor.accept(stream).await?;
        let request = read_request(&mut stream).await?;
        let mut lines = request.lines();
        let path = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .unwrap_or_default();
        let host = lines.find_map(host_of).unwrap_or_default();
        books.https_request(&host);
        match self.hosts.get(&host) {
            Some(site) => site.respond(path, &mut stream).await?,
            None => {
                stream
                    .write_all(&response(404, "text/plain", "no such host\n"))
                    .await?;
            }
        }
        stream.shutdown().await
    }
}

impl Site {
    async fn respond<S>(&self, path: &str, stream: &mut S) -> io::Result<()>
    where
        S: AsyncWrite + Unpin,
    {
        let moved = "/moved/mta-sts.txt";
        let (body, web) = match self {
            Self::Policy { policy, web } => (policy, web),
            Self::Files(files) => {
                let reply = match files.get(path) {
                    Some((media, body)) => response(200, media, body),
                    None => response(404, "text/plain", "no such file\n"),
                };
                return stream.write_all(&reply).await;
            }
        };
        let reply = match web {
            Web::Redirect if path == PATH => format!(
                "HTTP/1.1 302 Found\r\nLocation: {moved}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            .into_bytes(),
            Web::Redirect if path == moved => response(200, "text/plain", body),
            _ if path != PATH => response(404, "text/plain", "no such page\n"),
            Web::Policy(_) | Web::Redirect | Web::Body(_) => response(200, "text/plain", body),
            Web::Status(status) => response(*status, "text/plain", "no policy today\n"),
            Web::MediaType(media) => response(200, media, body),
            Web::Huge => response(200, "text/plain", &(body.clone() + "x: y\r\n".repeat(HUGE / 6).as_str())),
            // Long enough that no client's limit lets it end, whatever else the machine is doing.
            Web::Slow => {
                let endless = body.clone() + "x: y\r\n".repeat(SLOW / 6).as_str();
                for byte in response(200, "text/plain", &endless) {
                    stream.write_all(&[byte]).await?;
                    stream.flush().await?;
                    sleep(Duration::from_millis(100)).await;
                }
                return Ok(());
            }
        };
        stream.write_all(&reply).await
    }
}

fn response(status: u16, media: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Lab\r\nContent-Type: {media}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

/// The host that a header line names, without its port.
fn host_of(line: &str) -> Option<String> {
    let (name, value) = line.split_once(':')?;
    let host = value.trim().split(':').next()?.to_ascii_lowercase();
    name.eq_ignore_ascii_case("host").then_some(host)
}

pub(crate) async fn read_request<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<String> {
    let mut request = Vec::new();
    let mut chunk = [0; 1024];
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        let length = stream.read(&mut chunk).await?;
        if length == 0 || request.len() > REQUEST {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        request.extend(chunk.iter().take(length));
    }
    Ok(String::from_utf8_lossy(&request).into_owned())
}
