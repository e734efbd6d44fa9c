//! What a client may take of the server, and the gate that counts connections.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The limits of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many connections there are at once.
    pub connections: usize,
    /// How many of them one IPv4 address, or one IPv6 network of 64 bits, may have.
    pub connections_per_address: usize,
    /// How many bytes a message may have; announced by SIZE (RFC 1870).
    pub message: usize,
    /// How many bytes a command line may have with its CRLF. RFC 5321 §4.5.3.1.4 asks for 512, and more with extensions.
    pub command_line: usize,
    /// How many bytes a line of a message may have without its CRLF. RFC 5321 §4.5.3.1.6 asks for 998.
    pub text_line: usize,
    /// How many commands a session may have.
    pub commands: u32,
    /// How many errors a session may have.
    pub errors: u32,
    /// How many messages a session may bring.
    pub messages: u32,
    /// How long the server looks whether a client talks before the greeting.
    pub greeting_pause: Duration,
    /// How long a command may take to come (RFC 5321 §4.5.3.2.7), and how long a reply may wait to be taken.
    pub command_time: Duration,
    /// How long a handshake may take.
    pub handshake_time: Duration,
    /// How long a message may take.
    pub message_time: Duration,
    /// How long a session may take.
    pub session_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 100,
            connections_per_address: 20,
            message: 10 << 20,
            command_line: 1024,
            text_line: 4096,
            commands: 1000,
            errors: 10,
            messages: 100,
            greeting_pause: Duration::from_millis(250),
            command_time: Duration::from_mins(5),
            handshake_time: Duration::from_mins(1),
            message_time: Duration::from_mins(10),
            session_time: Duration::from_mins(20),
        }
    }
}

/// Why a client is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Crowded {
    /// There are too many connections.
    Server,
    /// There are too many from this address.
    Address,
}

/// Counts the connections that there are.
#[derive(Debug, Default)]
pub(super) struct Gate {
    inside: Mutex<BTreeMap<IpAddr, usize>>,
}

impl Gate {
    /// Lets a client in, until what is given is dropped.
    pub(super) fn enter(self: &Arc<Self>, ip: IpAddr, limits: &Limits) -> Result<Entry, Crowded> {
        let network = network(ip);
        let mut inside = self.lock();
        if inside.values().sum::<usize>() >= limits.connections {
            return Err(Crowded::Server);
        }
        let count = inside.entry(network).or_default();
        if *count >= limits.connections_per_address {
            return Err(Crowded::Address);
        }
        *count += 1;
        drop(inside);
        let gate = Arc::clone(self);
        Ok(Entry { gate, network })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<IpAddr, usize>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A client that is inside.
#[derive(Debug)]
pub(super) struct Entry {
    gate: Arc<Gate>,
    network: IpAddr,
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut inside = self.gate.lock();
        if let Some(count) = inside.get_mut(&self.network) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                inside.remove(&self.network);
            }
        }
    }
}

/// What counts as one address: whoever has an IPv6 address has 2^64 of them.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64)),
        ip @ IpAddr::V4(_) => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::{Crowded, Gate, Limits};
    use std::sync::Arc;

    #[test]
    fn a_gate_counts_all_and_each_network() {
        let limits = Limits {
            connections: 3,
            connections_per_address: 2,
            ..Limits::default()
        };
        let gate = Arc::new(Gate::default());
        let enter = |ip: &str| gate.enter(ip.parse().unwrap(), &limits);
        let first = enter("192.0.2.1").unwrap();
        let second = enter("::ffff:192.0.2.1").unwrap();
        assert_eq!(enter("192.0.2.1").unwrap_err(), Crowded::Address);
        let third = enter("2001:db8::1").unwrap();
        assert_eq!(enter("2001:db8::2").unwrap_err(), Crowded::Server);
        drop(first);
        let fourth = enter("2001:db8::ffff:2").unwrap();
        drop(second);
        assert_eq!(enter("2001:db8::3").unwrap_err(), Crowded::Address);
        drop((third, fourth));
        assert!(gate.lock().is_empty());
    }
}
