//! The lab's name server: a full resolver's view of all zones, over UDP and TCP (RFC 1035 §4.2).

pub(crate) mod answer;
pub(crate) mod authority;
pub(crate) mod denial;
pub(crate) mod key;
pub(crate) mod record;
pub(crate) mod zone;

use super::counts::Books;
use answer::World;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How long a TCP connection may stay without a question.
const IDLE: Duration = Duration::from_secs(30);

/// Answers over UDP until its task is ended.
pub(crate) async fn serve_udp(socket: UdpSocket, world: Arc<World>, books: Books) {
    let mut buffer = vec![0; 4096];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        let query = buffer.get(..length).unwrap_or_default();
        if let Some(question) = World::question(query) {
            books.query(question, true);
        }
        if let Some(reply) = world.respond(query, true) {
            // Whoever asked may be gone.
            let _ = socket.send_to(&reply, from).await;
        }
    }
}

/// Answers over TCP until its task is ended.
pub(crate) async fn serve_tcp(listener: TcpListener, world: Arc<World>, books: Books) {
    let mut connections = JoinSet::new();
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            let (world, books) = (Arc::clone(&world), books.clone());
            connections.spawn(async move { converse(stream, &world, &books).await });
        }
        while connections.try_join_next().is_some() {}
    }
}

/// Answers the questions of one connection in turn.
async fn converse(mut stream: TcpStream, world: &World, books: &Books) -> io::Result<()> {
    loop {
        let query = read_framed(&mut stream).await?;
        if let Some(question) = World::question(&query) {
            books.query(question, false);
        }
        let Some(reply) = world.respond(&query, false) else {
            continue;
        };
        write_framed(&mut stream, &reply).await?;
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
    stream.write_all(&framed).await
}
