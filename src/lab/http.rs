//! The web server without TLS, which gives out lists of revoked certificates (RFC 5280 §5).

use super::counts::Books;
use super::https::{CONNECTION, read_request};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The lists by their paths, in DER.
pub(crate) type Lists = BTreeMap<&'static str, Vec<u8>>;

/// Takes connections until its task is ended.
pub(crate) async fn serve(listener: TcpListener, lists: Arc<Lists>, books: Books) {
    let mut connections = JoinSet::new();
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            let (lists, books) = (Arc::clone(&lists), books.clone());
            connections
                .spawn(async move { timeout(CONNECTION, answer(stream, &lists, &books)).await });
        }
        while connections.try_join_next().is_some() {}
    }
}

/// Answers one request and closes.
async fn answer(mut stream: TcpStream, lists: &Lists, books: &Books) -> io::Result<()> {
    let request = read_request(&mut stream).await?;
    let path = request.split(' ').nth(1).unwrap_or_default();
    books.crl_request(path);
    let (status, body) = match lists.get(path) {
        Some(list) => ("200 Lab", list.as_slice()),
        None => ("404 Lab", &b"no such list\n"[..]),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/pkix-crl\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(&[head.as_bytes(), body].concat()).await?;
    stream.shutdown().await
}
