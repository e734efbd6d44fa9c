//! An SMTP server for test messages: it takes mail for its own addresses, which nobody guesses, relays nothing, sends
//! nothing, and keeps no more than it needs.
//!
//! It knows nothing of what is made of a message. Whoever starts it gets [`Event`]s, and tells the [`Spool`] when a
//! message is done with.

mod address;
pub mod command;
pub mod data;
mod dialogue;
mod event;
mod greylist;
mod limits;
mod listen;
mod peers;
mod replies;
mod session;
mod spool;
pub mod tls;

pub use address::{Addresses, NoRandomness};
pub use event::{Accepted, Event};
pub use greylist::Greylist;
pub use limits::Limits;
pub use listen::Server;
pub use peers::Peers;
pub use spool::{Spool, SpoolError};

use crate::facts::outbound::enforcement::Posture;
use crate::net::clock::Clock;
use rustls::ServerConfig;
use std::sync::Arc;
use tokio::net::TcpListener;

/// What all listeners of a server share.
#[derive(Debug)]
pub struct Service {
    /// What a client may take.
    pub limits: Limits,
    /// The local parts that are taken, at the domain of each listener.
    pub addresses: Addresses,
    /// Where messages are until they are analysed.
    pub spool: Spool,
    /// The greylist test; none where retries are not looked at.
    pub greylist: Option<Greylist>,
    /// Where people are reached, for whoever writes to postmaster.
    pub contact: Option<String>,
    /// The time of day.
    pub clock: Clock,
    /// The addresses that sockets play; in the lab alone.
    pub peers: Peers,
}

/// A socket and how the mail server behind it is set up.
#[derive(Debug)]
pub struct Listener {
    /// The socket.
    pub socket: TcpListener,
    /// How the server of a probe is set up; none at the main one. Each connection to a probe gives an
    /// [`Event::Attempted`].
    pub posture: Option<Posture>,
    /// What STARTTLS is offered with, as [`tls::server_config`] makes it; none where it is not offered.
    pub offers_tls: Option<Arc<ServerConfig>>,
    /// The name that the server greets with.
    pub host_name: String,
    /// The mail domain of its test addresses, in lower case and A-labels.
    pub domain: String,
}

/// A listener without its socket.
#[derive(Debug)]
struct Site {
    posture: Option<Posture>,
    tls: Option<Arc<ServerConfig>>,
    host: String,
    domain: String,
}
