//! What the lab was asked for, so that a test can see how polite a client was.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

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
}

/// The counts while they are kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Books(Arc<Mutex<Ledger>>);

#[derive(Debug, Default)]
struct Ledger {
    counts: Counts,
    open: BTreeMap<SocketAddr, u64>,
}

/// A connection to a mail server; dropping it closes the entry.
pub(crate) struct OpenConnection {
    books: Books,
    address: SocketAddr,
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

    pub(crate) fn smtp_connection(&self, address: SocketAddr) -> OpenConnection {
        self.write(|ledger| {
            *ledger.counts.smtp_connections.entry(address).or_default() += 1;
            let open = ledger.open.entry(address).or_default();
            *open += 1;
            let most = ledger.counts.smtp_most_at_once.entry(address).or_default();
            *most = (*most).max(*open);
        });
        OpenConnection {
            books: self.clone(),
            address,
        }
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
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.books.write(|ledger| {
            if let Some(open) = ledger.open.get_mut(&self.address) {
                *open = open.saturating_sub(1);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_that_overlap_are_seen() {
        let books = Books::default();
        let address: SocketAddr = "192.0.2.1:25".parse().unwrap();
        let first = books.smtp_connection(address);
        let second = books.smtp_connection(address);
        drop(first);
        drop(second);
        drop(books.smtp_connection(address));
        let counts = books.read();
        assert_eq!(counts.smtp_connections[&address], 3);
        assert_eq!(counts.smtp_most_at_once[&address], 2);
    }
}
