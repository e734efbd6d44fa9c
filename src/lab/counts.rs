//! What the lab was asked for, so that a test can see how polite a client was.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::sleep;

/// How often and how long a connection is waited for of which something is still unread.
const LOOKS: usize = 50;
const LOOK: Duration = Duration::from_millis(2);

/// What the lab was asked for since it was started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// DNS queries over UDP by name (lower case, no trailing dot; the root is `.`) and type.
    pub queries: BTreeMap<(String, String), u64>,
    /// DNS queries over TCP, likewise.
    pub queries_over_tcp: BTreeMap<(String, String), u64>,
    /// Connections to mail servers, by the address and port that the server is meant to have.
    pub smtp_connections: BTreeMap<SocketAddr, u64>,
    /// The most connections that a mail server had open at the same time.
    pub smtp_most_at_once: BTreeMap<SocketAddr, u64>,
    /// Commands that a checker has no business with (MAIL, RCPT, DATA, VRFY, EXPN, AUTH), with the server's address.
    pub mail_commands: Vec<(SocketAddr, String)>,
    /// Requests to the web server, by host name.
    pub https_requests: BTreeMap<String, u64>,
    /// Requests for lists of revoked certificates, by the path.
    pub crl_requests: BTreeMap<String, u64>,
}

/// The counts while they are kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Books(Arc<Mutex<Ledger>>);

#[derive(Debug, Default)]
struct Ledger {
    counts: Counts,
    open: BTreeMap<SocketAddr, Vec<Witness>>,
    /// The number of the next connection.
    next: u64,
}

/// A second handle on a connection, to see whether the client is still there.
#[derive(Debug)]
struct Witness {
    number: u64,
    stream: std::net::TcpStream,
}

/// What can be seen of a connection without reading from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sight {
    /// Nothing is there to read, and the client has not closed.
    Open,
    /// Something is unread; the end may stand behind it.
    Unread,
    /// The client has closed.
    Gone,
}

impl Witness {
    fn look(&self) -> Sight {
        match self.stream.peek(&mut [0]) {
            Ok(0) => Sight::Gone,
            Ok(_) => Sight::Unread,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Sight::Open,
            Err(_) => Sight::Gone,
        }
    }
}

/// A connection to a mail server; dropping it closes the entry.
pub(crate) struct OpenConnection {
    books: Books,
    address: SocketAddr,
    number: u64,
}

impl Books {
    fn write(&self, change: impl FnOnce(&mut Ledger)) {
        // A panicking holder leaves counts behind that are at worst one short.
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The counts as they stand.
    pub(crate) fn read(&self) -> Counts {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .counts
            .clone()
    }

    pub(crate) fn query(&self, question: (String, String), udp: bool) {
        self.write(|ledger| {
            let counts = &mut ledger.counts;
            let map = if udp {
                &mut counts.queries
            } else {
                &mut counts.queries_over_tcp
            };
            *map.entry(question).or_default() += 1;
        });
    }

    /// Enters a connection. Others at this address count as open only while their client is there: a client
    /// that has closed one and opens the next is not ahead of the server's noticing.
    pub(crate) async fn smtp_connection(
        &self,
        address: SocketAddr,
        stream: TcpStream,
    ) -> io::Result<(TcpStream, OpenConnection)> {
        self.write(|ledger| *ledger.counts.smtp_connections.entry(address).or_default() += 1);
        let stream = stream.into_std()?;
        let witness = stream.try_clone()?;
        let stream = TcpStream::from_std(stream)?;
        for _ in 0..LOOKS {
            if !self.is_unread(address) {
                break;
            }
            sleep(LOOK).await;
        }
        let mut number = 0;
        self.write(|ledger| {
            number = ledger.next;
            ledger.next += 1;
            let open = ledger.open.entry(address).or_default();
            open.retain(|witness| witness.look() != Sight::Gone);
            open.push(Witness {
                number,
                stream: witness,
            });
            let now = u64::try_from(open.len()).unwrap_or(u64::MAX);
            let most = ledger.counts.smtp_most_at_once.entry(address).or_default();
            *most = (*most).max(now);
        });
        let open = OpenConnection {
            books: self.clone(),
            address,
            number,
        };
        Ok((stream, open))
    }

    /// Whether something came over a connection at this address that its session has not read yet.
    fn is_unread(&self, address: SocketAddr) -> bool {
        let ledger = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut open = ledger.open.get(&address).into_iter().flatten();
        open.any(|witness| witness.look() == Sight::Unread)
    }

    pub(crate) fn mail_command(&self, address: SocketAddr, command: &str) {
        self.write(|ledger| {
            ledger
                .counts
                .mail_commands
                .push((address, command.to_owned()));
        });
    }

    pub(crate) fn https_request(&self, host: &str) {
        self.write(|ledger| {
            *ledger
                .counts
                .https_requests
                .entry(host.to_owned())
                .or_default() += 1;
        });
    }

    pub(crate) fn crl_request(&self, path: &str) {
        self.write(|ledger| {
            *ledger
                .counts
                .crl_requests
                .entry(path.to_owned())
                .or_default() += 1;
        });
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.books.write(|ledger| {
            if let Some(open) = ledger.open.get_mut(&self.address) {
                open.retain(|witness| witness.number != self.number);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;

    /// A client's and a server's end of one connection.
    async fn pair(listener: &TcpListener) -> (TcpStream, TcpStream) {
        let client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        (client, listener.accept().await.unwrap().0)
    }

    #[tokio::test]
    async fn connections_that_overlap_are_seen() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let books = Books::default();
        let address: SocketAddr = "192.0.2.1:25".parse().unwrap();
        let (_first, server) = pair(&listener).await;
        let first = books.smtp_connection(address, server).await.unwrap();
        let (_second, server) = pair(&listener).await;
        let second = books.smtp_connection(address, server).await.unwrap();
        drop((first, second));
        let (_third, server) = pair(&listener).await;
        drop(books.smtp_connection(address, server).await.unwrap());
        let counts = books.read();
        assert_eq!(counts.smtp_connections[&address], 3);
        assert_eq!(counts.smtp_most_at_once[&address], 2);
    }

    #[tokio::test]
    async fn a_connection_that_the_client_has_closed_is_none_even_before_the_server_knows() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let books = Books::default();
        let address: SocketAddr = "192.0.2.1:25".parse().unwrap();
        let mut held = Vec::new();
        for _ in 0..3 {
            let (client, server) = pair(&listener).await;
            held.push(books.smtp_connection(address, server).await.unwrap());
            drop(client);
        }
        assert_eq!(books.read().smtp_most_at_once[&address], 1);
        // What a client says last may still be unread; for a while that is no second connection.
        let (mut client, server) = pair(&listener).await;
        client.write_all(b"QUIT\r\n").await.unwrap();
        let (stream, open) = books.smtp_connection(address, server).await.unwrap();
        drop(client);
        tokio::spawn(async move {
            sleep(LOOK).await;
            drop((stream, open));
        });
        let (_client, server) = pair(&listener).await;
        let _last = books.smtp_connection(address, server).await.unwrap();
        assert_eq!(books.read().smtp_most_at_once[&address], 1);
    }
}
