//! One question over TCP, for answers that UDP cut short (RFC 7766).

use super::message;
use bytes::Bytes;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Asks over a connection of its own. The answer is at most 65535 bytes long (RFC 1035 §4.2.2), and all
/// of it must be there within the timeout.
pub(super) async fn ask(
    resolver: SocketAddr,
    id: u16,
    flags: u16,
    question: &[u8],
    timeout: Duration,
) -> io::Result<Bytes> {
    tokio::time::timeout(timeout, exchange(resolver, id, flags, question))
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn exchange(resolver: SocketAddr, id: u16, flags: u16, question: &[u8]) -> io::Result<Bytes> {
    let mut stream = TcpStream::connect(resolver).await?;
    stream.set_nodelay(true)?;
    let query = message::query(id, flags, question);
    let length = u16::try_from(query.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    stream
        .write_all(&[&length.to_be_bytes(), query.as_slice()].concat())
        .await?;
    let length = stream.read_u16().await?;
    let mut answer = vec![0; usize::from(length)];
    stream.read_exact(&mut answer).await?;
    if message::id(&answer) != Some(id) || !message::belongs(&answer, question) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(answer.into())
}
