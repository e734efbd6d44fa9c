//! One HTTPS request, as MTA-STS asks for it (RFC 8461 §3.3): no redirection, little time, little space.
//! BIMI files are asked for in the same way, and lists of revoked certificates without TLS (RFC 5280 §4.2.1.13).

use super::dial::Dial;
use super::tcp::{self, Failure, Metered};
use super::tls::{self, Handshake, Hello};
use crate::facts::observed::{Cause, Observed};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderName, LOCATION, USER_AGENT};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// The most addresses of one host that are tried.
const MOST_ADDRESSES: usize = 3;

/// How web servers are spoken to.
#[derive(Clone, Debug)]
pub struct HttpsConfig {
    /// Which sockets stand for the addresses.
    pub dial: Dial,
    /// How long opening a connection to one address may take.
    pub connect_timeout: Duration,
    /// How long the TLS handshake may take, and then the request with its whole answer.
    pub request_timeout: Duration,
    /// The largest body that is read, in bytes.
    pub body_limit_bytes: usize,
    /// The name of this client, sent as `User-Agent`.
    pub user_agent: String,
}

impl HttpsConfig {
    /// The limits that RFC 8461 §3.3 recommends: a minute, and 64 KiB.
    pub fn new(dial: Dial) -> Self {
        Self {
            dial,
            connect_timeout: Duration::from_secs(15),
            request_timeout: Duration::from_mins(1),
            body_limit_bytes: 64 * 1024,
            user_agent: concat!("waxseal/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// The client side of HTTPS.
#[derive(Clone, Debug)]
pub struct Https {
    config: HttpsConfig,
}

/// What a web server answered, and over which TLS connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The TLS connection.
    pub handshake: Handshake,
    /// The answer; with status 0 and nothing else where the request was not made.
    pub answer: Answer,
}

/// What a web server answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type` as it came; empty where there was none.
    pub content_type: String,
    /// The `Location` as it came; it is not followed.
    pub location: String,
    /// The body, whole.
    pub body: Vec<u8>,
}

/// The largest list of revoked certificates that is read, in bytes.
const LIST_BYTES: usize = 10 * 1024 * 1024;

impl Https {
    /// A client with these settings.
    pub const fn new(config: HttpsConfig) -> Self {
        Self { config }
    }

    /// Asks the first of the addresses that takes a connection, whatever its certificate.
    ///
    /// Any HTTP status is an answer. Unknown where no address takes a connection, the handshake fails, what comes is
    /// no HTTP, or a limit is reached.
    pub async fn get(&self, host: &str, path: &str, ips: &[IpAddr]) -> Observed<Fetched> {
        self.get_if(host, path, ips, |_| true).await
    }

    /// As [`Https::get`], but the request is made only if the server's certificates are accepted.
    pub async fn get_if(
        &self,
        host: &str,
        path: &str,
        ips: &[IpAddr],
        accept: impl FnOnce(&Handshake) -> bool,
    ) -> Observed<Fetched> {
        match self.fetch(host, path, ips, accept).await {
            Ok(fetched) => Observed::present(fetched),
            Err(failure) => unsettled(failure).observed(),
        }
    }

    async fn fetch(
        &self,
        host: &str,
        path: &str,
        ips: &[IpAddr],
        accept: impl FnOnce(&Handshake) -> bool,
    ) -> Result<Fetched, Failure> {
        let stream = self.connect(ips, 443).await?;
        let hello = Hello {
            alpn: &[b"http/1.1"],
            ..Hello::to(host, self.config.request_timeout)
        };
        let shaken = tls::handshake(Metered::new(stream, 0), hello).await?;
        let (handshake, mut stream) = (shaken.handshake, shaken.stream);
        if !accept(&handshake) {
            let answer = Answer::default();
            return Ok(Fetched { handshake, answer });
        }
        let limit = self.config.body_limit_bytes;
        stream.get_mut().0.allow(room(limit));
        let answer = self.timely(stream, host, path, limit).await?;
        Ok(Fetched { handshake, answer })
    }

    /// Asks the first of the addresses that takes a connection, at port 80 and without TLS, for up to 10 MiB.
    pub async fn get_plain(&self, host: &str, path: &str, ips: &[IpAddr]) -> Observed<Answer> {
        let fetching = async {
            let stream = Metered::new(self.connect(ips, 80).await?, room(LIST_BYTES));
            self.timely(stream, host, path, LIST_BYTES).await
        };
        fetching
            .await
            .map_or_else(Failure::observed, Observed::present)
    }

    async fn timely<S>(
        &self,
        stream: S,
        host: &str,
        path: &str,
        limit: usize,
    ) -> Result<Answer, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let within = self.config.request_timeout;
        let exchange = self.exchange(stream, host, path, limit);
        if let Ok(done) = tokio::time::timeout(within, exchange).await {
            return done;
        }
        let seconds = within.as_secs_f32();
        let detail = format!("no whole answer within {seconds} s");
        Err(Failure::unknown(Cause::Timeout, detail))
    }

    /// The first connection that comes about; otherwise the failure of the first address.
    async fn connect(&self, ips: &[IpAddr], port: u16) -> Result<TcpStream, Failure> {
        let mut first = None;
        for &ip in ips.iter().take(MOST_ADDRESSES) {
            let tried = match self.config.dial.socket(SocketAddr::new(ip, port)) {
                Some(socket) => tcp::connect(socket, self.config.connect_timeout).await,
                None => Err(Failure::unknown(Cause::ConnectionTimeout, "not in the lab")),
            };
            match tried {
                Ok(stream) => return Ok(stream),
                Err(failure) => first = first.or(Some(failure)),
            }
        }
        Err(first.unwrap_or_else(|| Failure::unknown(Cause::Unresolved, "the host has no address")))
    }

    async fn exchange<S>(
        &self,
        stream: S,
        host: &str,
        path: &str,
        limit: usize,
    ) -> Result<Answer, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(64 * 1024)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| no_http(&error))?;
        // Dropped at the end, which ends the connection.
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        let request = self.request(host, path)?;
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| no_http(&error))?;
        Ok(Answer {
            status: response.status().as_u16(),
            content_type: header(&response, &CONTENT_TYPE),
            location: header(&response, &LOCATION),
            body: body(response.into_body(), limit).await?,
        })
    }

    fn request(&self, host: &str, path: &str) -> Result<Request<Empty<Bytes>>, Failure> {
        Request::get(path)
            .header(HOST, host)
            .header(USER_AGENT, &self.config.user_agent)
            .header(ACCEPT, "text/plain, */*;q=0.5")
            .body(Empty::new())
            .map_err(|error| Failure::unknown(Cause::NotAttempted, error.to_string()))
    }
}

/// How many bytes may come: the body, and room for the headers and for what TLS and chunks add to it.
fn room(limit: usize) -> u64 {
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    limit.saturating_mul(4).saturating_add(256 * 1024)
}

async fn body(mut body: Incoming, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) if used_up(&error) => return Err(no_http(&error)),
            Err(error) => {
                let detail = format!("the answer broke off: {error}");
                return Err(Failure::unknown(Cause::ConnectionClosed, detail));
            }
        };
        let Some(data) = frame.data_ref() else {
            continue;
        };
        if read.len() + data.len() > limit {
            let detail = format!("the body is larger than {limit} bytes");
            return Err(Failure::unknown(Cause::LimitReached, detail));
        }
        read.extend_from_slice(data);
    }
    Ok(read)
}

fn header(response: &Response<Incoming>, name: &HeaderName) -> String {
    response
        .headers()
        .get(name)
        .map_or_else(String::new, |value| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        })
}

fn no_http(error: &hyper::Error) -> Failure {
    let cause = if used_up(error) {
        Cause::LimitReached
    } else if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        Cause::ConnectionClosed
    } else {
        Cause::HttpProtocol
    };
    Failure::unknown(cause, error.to_string())
}

/// Whether the answer was cut off because the server sent more than it may.
fn used_up(error: &hyper::Error) -> bool {
    std::iter::successors(error.source(), |&inner| inner.source())
        .filter_map(|inner| inner.downcast_ref::<io::Error>())
        .any(|inner| inner.kind() == ErrorKind::QuotaExceeded)
}

/// A web server with old versions of TLS only is no proof of anything about the file that it may have.
fn unsettled(failure: Failure) -> Failure {
    match failure {
        Failure::Absent { detail, .. } => Failure::unknown(Cause::TlsProtocol, detail),
        unknown @ Failure::Unknown { .. } => unknown,
    }
}

#[cfg(test)]
mod tests;
