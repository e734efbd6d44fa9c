//! One hello that is put together by hand, and what a server answers to it: all versions and suites that ever were, without
//! a handshake that comes to its end and without any keys.

use super::super::tcp::Failure;
use crate::facts::tls::TlsVersion;
pub use flight::{End, EphemeralKey, Flight, ServerHello, extension};
use read::Reader;
use std::io::{self, ErrorKind};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, timeout_at};

mod bytes;
mod flight;
mod primes;
mod read;
mod write;

/// What a client offers. All else is the same in every hello: status request, certificate timestamps, and below TLS 1.3
/// compression, heartbeat, encrypt-then-MAC, extended master secret, session tickets and secure renegotiation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientHello {
    /// The newest version that is offered; a server may answer with an older one, but TLS 1.3 is offered alone.
    pub version: TlsVersion,
    /// The cipher suites in order of preference, by their numbers.
    pub suites: Vec<u16>,
    /// The key exchange groups in order of preference, by their numbers.
    pub groups: Vec<u16>,
    /// The signature schemes in order of preference, by their numbers; sent from TLS 1.2 on.
    pub schemes: Vec<u16>,
    /// The server name (RFC 6066 §3); none is sent where it is empty.
    pub name: String,
}

/// The user broke the handshake off, and the connection closes (RFC 8446 §6.1), each in a record of its own.
const FAREWELL: [u8; 14] = [21, 3, 1, 0, 2, 1, 90, 21, 3, 1, 0, 2, 1, 0];

/// Sends a hello and reads the first flight of the server, both together within a time. How many bytes may come is up
/// to the stream; where they are too many, reading fails with `QuotaExceeded`.
pub(crate) async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    hello: &ClientHello,
    within: Duration,
) -> Result<Flight, Failure> {
    let until = Instant::now() + within;
    let mut random = [0; 32];
    // Without randomness the hello is as good: no handshake comes of it.
    let _ = aws_lc_rs::rand::fill(&mut random);
    let record = hello.record(random);
    let mut reader = Reader::new();
    let sent = timeout_at(until, async {
        stream.write_all(&record).await?;
        stream.flush().await
    });
    let end = match sent.await {
        Err(_) => End::TimedOut,
        Ok(Err(error)) => broken(&error)?,
        Ok(Ok(())) => match timeout_at(until, listen(stream, &mut reader)).await {
            Err(_) => End::TimedOut,
            Ok(end) => end?,
        },
    };
    if end == End::Whole {
        let _ = timeout_at(until, stream.write_all(&FAREWELL)).await;
    }
    let _ = timeout_at(until, stream.shutdown()).await;
    Ok(reader.finish(end))
}

async fn listen<S: AsyncRead + Unpin>(stream: &mut S, reader: &mut Reader) -> Result<End, Failure> {
    let mut portion = [0; 4096];
    loop {
        match stream.read(&mut portion).await {
            Ok(0) => return Ok(End::Closed),
            Ok(length) => {
                if let Some(end) = reader.feed(portion.get(..length).unwrap_or_default()) {
                    return Ok(end);
                }
            }
            Err(error) => return broken(&error),
        }
    }
}

/// What the server did to break the connection, or why it was not the server.
fn broken(error: &io::Error) -> Result<End, Failure> {
    let closed = [
        ErrorKind::ConnectionReset,
        ErrorKind::ConnectionAborted,
        ErrorKind::BrokenPipe,
        ErrorKind::UnexpectedEof,
        ErrorKind::NotConnected,
    ];
    if closed.contains(&error.kind()) {
        Ok(End::Closed)
    } else if error.kind() == ErrorKind::QuotaExceeded {
        Ok(End::TooLong)
    } else {
        Err(Failure::broken(error, "in answer to a hello of TLS"))
    }
}

/// The flight that these bytes are, which come in portions; the connection is closed behind them.
pub fn flight<'a>(portions: impl IntoIterator<Item = &'a [u8]>) -> Flight {
    let mut reader = Reader::new();
    for portion in portions {
        if let Some(end) = reader.feed(portion) {
            return reader.finish(end);
        }
    }
    reader.finish(End::Closed)
}

#[cfg(test)]
mod tests;
