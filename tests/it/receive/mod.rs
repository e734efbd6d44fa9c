//! `waxseal receive` on real sockets: what clients may do, what a crowd of them may not, and that nothing is lost or left.

mod abuse;
mod client;
mod load;
mod program;

use client::Client;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use waxseal::facts::outbound::enforcement::Posture;
use waxseal::net::clock::Clock;
use waxseal::outbound::server::{Event, Limits, Listener, Peers, Server, Service, Spool, tls};

/// A server inside the test, with one listener and one test address.
pub(crate) struct Running {
    runtime: Runtime,
    server: Option<Server>,
    service: Arc<Service>,
    events: mpsc::Receiver<Event>,
    pub(crate) socket: SocketAddr,
    pub(crate) address: String,
    _folder: Option<TempDir>,
}

/// Limits without waiting.
pub(crate) fn quick() -> Limits {
    Limits {
        greeting_pause: Duration::from_millis(1),
        ..Limits::default()
    }
}

impl Running {
    pub(crate) fn start(limits: Limits, posture: Option<Posture>) -> Self {
        let folder = TempDir::new().unwrap();
        let running = Self::start_in(folder.path(), limits, posture);
        Self {
            _folder: Some(folder),
            ..running
        }
    }

    fn start_in(folder: &Path, limits: Limits, posture: Option<Posture>) -> Self {
        let runtime = Runtime::new().unwrap();
        let spool = Spool::open(folder, 64 << 20).unwrap();
        let addresses = spool.addresses(1).unwrap();
        let address = format!("{}@probe.test", addresses.iter().next().unwrap());
        let service = Arc::new(Service {
            limits,
            addresses,
            spool,
            greylist: None,
            contact: None,
            clock: Clock::System,
            peers: Peers::default(),
        });
        let (sender, events) = mpsc::channel(64);
        let (server, socket) = runtime.block_on(async {
            let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let at = socket.local_addr().unwrap();
            let listener = Listener {
                socket,
                posture,
                offers_tls: Some(tls::self_signed("mx.probe.test").unwrap()),
                host_name: "mx.probe.test".to_owned(),
                domain: "probe.test".to_owned(),
            };
            (Server::start(&service, vec![listener], &sender), at)
        });
        Self {
            runtime,
            server: Some(server),
            service,
            events,
            socket,
            address,
            _folder: None,
        }
    }

    fn client(&self) -> Client {
        Client::connect(self.socket)
    }

    /// The names in the spool of messages.
    fn spooled(&self) -> usize {
        self.service.spool.waiting().len()
    }

    /// Ends the server, and gives what it still had to tell.
    pub(crate) fn end(mut self) -> Vec<Event> {
        let server = self.server.take().unwrap();
        self.runtime.block_on(async {
            let stopping = tokio::spawn(server.stop());
            let mut events = Vec::new();
            while let Some(event) = self.events.recv().await {
                events.push(event);
            }
            stopping.await.unwrap();
            events
        })
    }
}
