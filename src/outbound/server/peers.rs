//! Whom a connection comes from. In the lab everything comes from this host, and each socket plays an address.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

/// The addresses that sockets play; outside the lab none does.
#[derive(Clone, Debug, Default)]
pub struct Peers(Arc<Mutex<BTreeMap<SocketAddr, IpAddr>>>);

impl Peers {
    /// Lets a socket play an address.
    pub fn play(&self, socket: SocketAddr, address: IpAddr) {
        let mut played = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        played.insert(socket, address);
    }

    /// The address of a client: the one that its socket plays, else its own.
    pub(super) fn address(&self, client: SocketAddr) -> IpAddr {
        let played = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let played = played.get(&client).copied();
        played.unwrap_or_else(|| client.ip()).to_canonical()
    }
}
