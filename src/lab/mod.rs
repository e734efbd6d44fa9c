//! A mini Internet inside the process, on loopback: signed DNS zones, mail servers, a web server and
//! certification authorities, played from scenarios.
//!
//! It stands in for the outside world in tests and in `waxseal scan --lab`, speaks the real protocols
//! on real sockets, and shares no protocol code with the modules that it is there to test. A client
//! needs what [`Lab`] gives: a resolver, a trust anchor, a root certificate, and the table that leads
//! from the addresses in the zones (from the documentation blocks) to sockets on 127.0.0.1.

mod ca;
mod counts;
mod custom;
mod delivery;
mod dns;
mod generated;
mod http;
mod https;
mod leaf;
mod mark;
mod ocsp;
mod scenario;
mod scenarios;
mod server;
mod setup;
mod smtp;
mod tls;
mod world;

/// The outcomes that every scenario should have, as `scan::table` writes them.
pub const EXPECTED: &str = include_str!("expected.toml");

pub use counts::Counts;
pub use custom::{Custom, CustomError, Stage};
pub use delivery::{Mailbox, Senders};
pub use generated::Generated;
pub use scenario::{Group, Scenario};
pub use scenarios::scenarios;

use crate::authority::AuthorityError;
use crate::authority::server::{serve_tcp, serve_udp};
use crate::facts::timestamp::Timestamp;
use counts::Books;
use dns::Resolver;
use dns::answer::World;
use dns::authority::{NAME_SERVERS, NameServer};
use hickory_proto::ProtoError;
use hickory_proto::dnssec::DnsSecError;
use smtp::{Host, Reach};
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use thiserror::Error;
use tokio::net::{TcpListener, TcpSocket, UdpSocket};
use tokio::task::{JoinError, JoinSet, spawn_blocking};

const DNS: u16 = 53;
const HTTP: u16 = 80;
const HTTPS: u16 = 443;
/// How often a port is sought that is free for UDP and TCP alike.
const PORT_ATTEMPTS: usize = 16;
const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Why the lab could not be started. None of it depends on input: it is a fault of this machine or of a scenario.
#[derive(Debug, Error)]
pub enum LabError {
    /// A socket on loopback could not be had.
    #[error("no socket on loopback")]
    Socket(#[from] io::Error),
    /// A record or name of a scenario cannot be written.
    #[error("a record of the lab cannot be written")]
    Record(#[from] ProtoError),
    /// A zone could not be signed.
    #[error("a zone of the lab cannot be signed")]
    Signing(#[from] DnsSecError),
    /// A zone could not be made.
    #[error("a zone of the lab cannot be made")]
    Zone(#[from] AuthorityError),
    /// A certificate could not be issued.
    #[error("a certificate of the lab cannot be issued")]
    Certificate(#[from] rcgen::Error),
    /// A certificate just issued could not be read.
    #[error("a certificate of the lab cannot be read")]
    Der,
    /// A server's TLS could not be set up.
    #[error("a server of the lab cannot speak TLS")]
    Tls(#[from] rustls::Error),
    /// The time handed in is none that certificates and signatures can hold.
    #[error("the time is out of range")]
    Time(#[source] time::error::ComponentRange),
    /// A TLSA record of a scenario is written wrongly.
    #[error("the TLSA record `{text}` of the lab says nothing")]
    Tlsa {
        /// The record as the scenario writes it.
        text: String,
    },
    /// The work of setting up was broken off.
    #[error("setting up the lab was broken off")]
    Task(#[from] JoinError),
}

/// The running lab. Dropping it ends it and all its connections.
#[derive(Debug)]
pub struct Lab {
    resolver: SocketAddr,
    dial: BTreeMap<SocketAddr, SocketAddr>,
    trust_anchor: String,
    ca_pem: String,
    senders: Senders,
    books: Books,
    /// Ports that are held so that nobody listens there.
    closed: Vec<TcpSocket>,
    tasks: JoinSet<()>,
}

impl Lab {
    /// Makes keys and certificates as of `now`, binds the sockets and begins to answer. Zones are signed when first asked.
    pub async fn start(now: Timestamp) -> Result<Self, LabError> {
        Self::start_from(now, scenarios::setups()).await
    }

    /// The same with so many zones besides that are made at random from a seed, and what to ask about each.
    pub async fn start_with_generated(
        now: Timestamp,
        seed: u64,
        count: usize,
    ) -> Result<(Self, Vec<Generated>), LabError> {
        let (more, generated) = generated::zones(seed, count);
        let setups = scenarios::setups().into_iter().chain(more).collect();
        Ok((Self::start_from(now, setups).await?, generated))
    }

    async fn start_from(now: Timestamp, setups: Vec<setup::Setup>) -> Result<Self, LabError> {
        let senders = Senders::of(now, &setups);
        let prepared = spawn_blocking(move || world::prepare(now, setups)).await??;
        let world::Prepared {
            zones,
            hosts,
            sites,
            lists,
            web,
            trust_anchor,
            ca_pem,
        } = prepared;

        let books = Books::default();
        let mut tasks = JoinSet::new();
        let (udp, tcp) = bind_both().await?;
        let resolver = udp.local_addr()?;
        let world = Arc::new(World::new(zones));
        let answers = Arc::new(Resolver::new(Arc::clone(&world), books.clone()));
        tasks.spawn(serve_udp(udp, Arc::clone(&answers)));
        tasks.spawn(serve_tcp(tcp, answers));

        let mut lab = Self {
            resolver,
            dial: BTreeMap::new(),
            trust_anchor,
            ca_pem,
            senders,
            books,
            closed: Vec::new(),
            tasks,
        };
        for (_, address, manner) in NAME_SERVERS {
            let (udp, tcp) = bind_both().await?;
            lab.dial
                .insert(SocketAddr::new(address.into(), DNS), udp.local_addr()?);
            let answers = Arc::new(NameServer::new(Arc::clone(&world), manner));
            lab.tasks.spawn(serve_udp(udp, Arc::clone(&answers)));
            lab.tasks.spawn(serve_tcp(tcp, answers));
        }
        for host in hosts {
            lab.open(host).await?;
        }
        lab.open_web(web, sites, lists).await?;
        Ok(lab)
    }

    /// Lets the addresses of the web server answer.
    async fn open_web(
        &mut self,
        addresses: [IpAddr; 2],
        sites: https::Sites,
        lists: http::Lists,
    ) -> Result<(), LabError> {
        let (sites, lists) = (Arc::new(sites), Arc::new(lists));
        for address in addresses {
            let secure = TcpListener::bind(ANY_PORT).await?;
            let plain = TcpListener::bind(ANY_PORT).await?;
            self.dial
                .insert(SocketAddr::new(address, HTTPS), secure.local_addr()?);
            self.dial
                .insert(SocketAddr::new(address, HTTP), plain.local_addr()?);
            let (sites, lists) = (Arc::clone(&sites), Arc::clone(&lists));
            self.tasks
                .spawn(https::serve(secure, sites, self.books.clone()));
            self.tasks
                .spawn(http::serve(plain, lists, self.books.clone()));
        }
        Ok(())
    }

    /// Lets one address of a mail server answer, as far as its posture wants that.
    async fn open(&mut self, host: Host) -> Result<(), LabError> {
        match host.posture.reach {
            Reach::Listening => {
                let listener = TcpListener::bind(ANY_PORT).await?;
                self.dial.insert(host.address, listener.local_addr()?);
                self.tasks
                    .spawn(smtp::serve(listener, Arc::new(host), self.books.clone()));
            }
            Reach::Refused => {
                let socket = TcpSocket::new_v4()?;
                socket.bind(ANY_PORT)?;
                self.dial.insert(host.address, socket.local_addr()?);
                self.closed.push(socket);
            }
            Reach::Unreachable => {}
        }
        Ok(())
    }

    /// The address of a full resolver that knows all zones, over UDP and TCP. It gives signatures and
    /// proofs to who sets DO, and validates nothing.
    pub const fn resolver(&self) -> SocketAddr {
        self.resolver
    }

    /// Which loopback socket plays which address and port of the zones. What is not in here cannot be reached.
    pub const fn dial(&self) -> &BTreeMap<SocketAddr, SocketAddr> {
        &self.dial
    }

    /// The DS record of the lab's root zone in presentation form (RFC 4034 §5.3), with a line end.
    pub fn trust_anchor(&self) -> &str {
        &self.trust_anchor
    }

    /// The root certificate that mail servers and policy hosts can be checked against, in PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The providers that deliver.
    pub const fn senders(&self) -> &Senders {
        &self.senders
    }

    /// What was asked of the lab so far.
    pub fn counts(&self) -> Counts {
        self.books.read()
    }
}

/// A UDP and a TCP socket on the same port.
async fn bind_both() -> io::Result<(UdpSocket, TcpListener)> {
    for _ in 1..PORT_ATTEMPTS {
        let udp = UdpSocket::bind(ANY_PORT).await?;
        if let Ok(tcp) = TcpListener::bind(udp.local_addr()?).await {
            return Ok((udp, tcp));
        }
    }
    let udp = UdpSocket::bind(ANY_PORT).await?;
    let tcp = TcpListener::bind(udp.local_addr()?).await?;
    Ok((udp, tcp))
}

#[cfg(test)]
mod tests;
