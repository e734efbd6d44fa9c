//! The one table from the address that is meant to the socket that is opened.

use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Which socket stands for an address and port.
#[derive(Clone, Debug, Default)]
pub struct Dial {
    table: Option<BTreeMap<SocketAddr, SocketAddr>>,
}

impl Dial {
    /// Every address stands for itself.
    pub const fn open() -> Self {
        Self { table: None }
    }

    /// Only the addresses of the table can be reached, at the sockets that it gives: nothing leaves the lab.
    pub const fn confined(table: BTreeMap<SocketAddr, SocketAddr>) -> Self {
        Self { table: Some(table) }
    }

    /// The socket to open; none where the table has no such address.
    pub fn socket(&self, meant: SocketAddr) -> Option<SocketAddr> {
        match &self.table {
            None => Some(meant),
            Some(table) => table.get(&meant).copied(),
        }
    }

    /// Whether only the addresses of a table can be reached.
    pub const fn is_confined(&self) -> bool {
        self.table.is_some()
    }
}
