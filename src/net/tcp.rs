//! TCP connections: opened in bounded time, read from in bounded size, and their failures named.

use crate::facts::observed::{Cause, Observed, Proof};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Why an observation ended without a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// An answer said that it is not there.
    Absent {
        /// What kind of answer said so.
        proof: Proof,
        /// The answer in words.
        detail: String,
    },
    /// No answer settled it.
    Unknown {
        /// Why.
        cause: Cause,
        /// The cause in words, with the peer's own text where it gave one.
        detail: String,
    },
}

impl Failure {
    /// Not settled, for this cause.
    pub fn unknown(cause: Cause, detail: impl Into<String>) -> Self {
        Self::Unknown {
            cause,
            detail: detail.into(),
        }
    }

    /// Settled by absence.
    pub fn absent(proof: Proof, detail: impl Into<String>) -> Self {
        Self::Absent {
            proof,
            detail: detail.into(),
        }
    }

    /// What an error in the middle of a connection means; `during` says what was being done.
    pub fn broken(error: &io::Error, during: &str) -> Self {
        let kind = error.kind();
        let cause = if kind == ErrorKind::QuotaExceeded {
            Cause::LimitReached
        } else if kind == ErrorKind::TimedOut {
            Cause::Timeout
        } else if unreachable(kind) {
            Cause::NetworkUnreachable
        } else {
            Cause::ConnectionClosed
        };
        Self::unknown(cause, format!("{during}: {error}"))
    }

    /// Whether no connection came about.
    pub const fn unreached(&self) -> bool {
        matches!(
            self,
            Self::Unknown {
                cause: Cause::ConnectionTimeout
                    | Cause::NetworkUnreachable
                    | Cause::ConnectionRefused,
                ..
            }
        )
    }

    /// The failure as the observation that it is.
    pub fn observed<T>(self) -> Observed<T> {
        match self {
            Self::Absent { proof, detail } => Observed::Absent { proof, detail },
            Self::Unknown { cause, detail } => Observed::Unknown { cause, detail },
        }
    }
}

fn unreachable(kind: ErrorKind) -> bool {
    [
        ErrorKind::NetworkUnreachable,
        ErrorKind::HostUnreachable,
        ErrorKind::NetworkDown,
        ErrorKind::AddrNotAvailable,
        ErrorKind::PermissionDenied,
    ]
    .contains(&kind)
}

/// Opens a connection within a time.
pub async fn connect(socket: SocketAddr, within: Duration) -> Result<TcpStream, Failure> {
    let Ok(opened) = tokio::time::timeout(within, TcpStream::connect(socket)).await else {
        let detail = format!("no connection within {} s", within.as_secs_f32());
        return Err(Failure::unknown(Cause::ConnectionTimeout, detail));
    };
    let stream = opened.map_err(|error| {
        let kind = error.kind();
        let cause = if kind == ErrorKind::ConnectionRefused {
            Cause::ConnectionRefused
        } else if kind == ErrorKind::TimedOut {
            Cause::ConnectionTimeout
        } else if kind == ErrorKind::ConnectionReset || kind == ErrorKind::ConnectionAborted {
            Cause::ConnectionClosed
        } else {
            Cause::NetworkUnreachable
        };
        // The cause says all of a refusal.
        let refused = cause == Cause::ConnectionRefused;
        let detail = if refused {
            String::new()
        } else {
            error.to_string()
        };
        Failure::unknown(cause, detail)
    })?;
    // Otherwise the last flight of a TLS 1.2 handshake waits 40 ms for a delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// A stream from which no more than an allowance can be read; then reading fails with `QuotaExceeded`.
#[derive(Debug)]
pub struct Metered<S> {
    inner: S,
    left: u64,
}

impl<S> Metered<S> {
    /// The stream with an allowance in bytes. One read may exceed it by the reader's buffer.
    pub const fn new(inner: S, allowance: u64) -> Self {
        Self {
            inner,
            left: allowance,
        }
    }

    /// Sets the allowance anew.
    pub const fn allow(&mut self, bytes: u64) {
        self.left = bytes;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.left == 0 {
            let error = io::Error::new(ErrorKind::QuotaExceeded, "too many bytes");
            return Poll::Ready(Err(error));
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(context, buffer);
        let taken = buffer.filled().len().saturating_sub(before);
        self.left = self
            .left
            .saturating_sub(u64::try_from(taken).unwrap_or(u64::MAX));
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt as _;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn a_closed_port_is_connection_refused() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = listener.local_addr().unwrap();
        drop(listener);
        let failure = connect(socket, Duration::from_secs(5)).await.unwrap_err();
        assert!(
            matches!(
                failure,
                Failure::Unknown {
                    cause: Cause::ConnectionRefused,
                    ..
                }
            ),
            "{failure:?}"
        );
    }

    #[tokio::test]
    async fn reading_ends_at_the_allowance() {
        let mut metered = Metered::new(tokio::io::repeat(b'x'), 100);
        let mut buffer = [0; 64];
        let mut total = 0;
        let error = loop {
            match metered.read(&mut buffer).await {
                Ok(read) => total += read,
                Err(error) => break error,
            }
        };
        assert_eq!(total, 128);
        assert!(matches!(
            Failure::broken(&error, "reading"),
            Failure::Unknown {
                cause: Cause::LimitReached,
                ..
            }
        ));
    }

    #[test]
    fn errors_of_a_connection_have_their_cause() {
        let cases = [
            (ErrorKind::UnexpectedEof, Cause::ConnectionClosed),
            (ErrorKind::ConnectionReset, Cause::ConnectionClosed),
            (ErrorKind::TimedOut, Cause::Timeout),
            (ErrorKind::HostUnreachable, Cause::NetworkUnreachable),
        ];
        for (kind, expected) in cases {
            let Failure::Unknown { cause, .. } = Failure::broken(&kind.into(), "here") else {
                panic!("{kind:?}")
            };
            assert_eq!(cause, expected, "{kind:?}");
        }
    }
}
