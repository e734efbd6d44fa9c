//! A name server's sockets: UDP and TCP (RFC 1035 §4.2, RFC 7766).

use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How long a TCP connection may stay without a question.
const IDLE: Duration = Duration::from_secs(30);
/// The most TCP connections at a time; later ones wait until one ends.
const CONNECTIONS: usize = 256;
/// How long is waited where the system has no socket to give.
const PAUSE: Duration = Duration::from_millis(50);

/// Whoever has answers.
pub(crate) trait Answers: Send + Sync + 'static {
    /// The answer to a query that came over UDP or TCP; nothing where there is to be none.
    fn answer(&self, query: &[u8], udp: bool) -> Option<Vec<u8>>;
}

/// Answers over UDP until its task is ended.
pub(crate) async fn serve_udp<A: Answers>(socket: UdpSocket, answers: Arc<A>) {
    let mut buffer = vec![0; 4096];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        let query = buffer.get(..length).unwrap_or_default();
        if let Some(reply) = answers.answer(query, true) {
            // Whoever asked may be gone.
            let _ = socket.send_to(&reply, from).await;
        }
    }
}

/// Answers over TCP until its task is ended.
pub(crate) async fn serve_tcp<A: Answers>(listener: TcpListener, answers: Arc<A>) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let answers = Arc::clone(&answers);
                connections.spawn(async move { converse(stream, &*answers).await });
            }
            Err(_) => sleep(PAUSE).await,
        }
        while connections.try_join_next().is_some() {}
        if connections.len() >= CONNECTIONS {
            connections.join_next().await;
        }
    }
}

/// Answers the questions of one connection in turn.
async fn converse<A: Answers>(mut stream: TcpStream, answers: &A) -> io::Result<()> {
    loop {
        let query = read_framed(&mut stream).await?;
        if let Some(reply) = answers.answer(&query, false) {
            write_framed(&mut stream, &reply).await?;
        }
    }
}

/// One message behind its length (RFC 1035 §4.2.2).
async fn read_framed(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = timeout(IDLE, stream.read_u16()).await??;
    let mut message = vec![0; usize::from(length)];
    timeout(IDLE, stream.read_exact(&mut message)).await??;
    Ok(message)
}

async fn write_framed(stream: &mut TcpStream, message: &[u8]) -> io::Result<()> {
    let length = u16::try_from(message.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let framed = [&length.to_be_bytes(), message].concat();
    timeout(IDLE, stream.write_all(&framed)).await?
}
