//! A resolver over few shared UDP sockets: answers find their question by socket, id and echo.

use super::message;
use super::once::locked;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

/// How many sockets, each on a port of its own, one resolver is asked from.
const SOCKETS: usize = 16;

/// How many answers a socket's task takes before it lets others run.
const BURST: usize = 64;

/// The largest answer that is read. More than was asked for, for resolvers that do not keep to it.
const MAX_ANSWER: usize = 4096;

/// Numbers that a stranger can't foresee: a counter under a keyed hash whose key the system chose.
#[derive(Debug, Default)]
pub(super) struct Dice {
    key: RandomState,
    thrown: AtomicU64,
}

impl Dice {
    pub(super) fn throw(&self) -> u64 {
        self.key
            .hash_one(self.thrown.fetch_add(1, Ordering::Relaxed))
    }
}

/// One resolver's sockets.
#[derive(Debug)]
pub(super) struct Udp {
    pub(super) resolver: SocketAddr,
    sockets: Vec<Arc<Shared>>,
    readers: Vec<AbortHandle>,
}

#[derive(Debug)]
struct Shared {
    io: UdpSocket,
    waiting: Mutex<BTreeMap<u16, Waiting>>,
}

#[derive(Debug)]
struct Waiting {
    question: Arc<[u8]>,
    until: Instant,
    reply: oneshot::Sender<Bytes>,
}

/// No answer came in time, or the query could not be sent.
#[derive(Debug)]
pub(super) enum NoAnswer {
    Timeout,
    Unsent(io::Error),
}

impl Udp {
    /// Opens the sockets and starts to read from them. Needs a runtime around it.
    pub(super) fn open(resolver: SocketAddr) -> io::Result<Self> {
        let mut sockets = Vec::with_capacity(SOCKETS);
        let mut readers = Vec::with_capacity(SOCKETS);
        for _ in 0..SOCKETS {
            let any: IpAddr = if resolver.is_ipv4() {
                Ipv4Addr::UNSPECIFIED.into()
            } else {
                Ipv6Addr::UNSPECIFIED.into()
            };
            let socket = std::net::UdpSocket::bind((any, 0))?;
            socket.connect(resolver)?;
            socket.set_nonblocking(true)?;
            let shared = Arc::new(Shared {
                io: UdpSocket::from_std(socket)?,
                waiting: Mutex::default(),
            });
            readers.push(tokio::spawn(read(Arc::clone(&shared))).abort_handle());
            sockets.push(shared);
        }
        Ok(Self {
            resolver,
            sockets,
            readers,
        })
    }

    /// Sends one query and waits for its answer; `timeout` is kept by [`Udp::sweep`].
    pub(super) async fn ask(
        &self,
        question: &Arc<[u8]>,
        flags: u16,
        dice: &Dice,
        timeout: Duration,
    ) -> Result<Bytes, NoAnswer> {
        let thrown = dice.throw();
        let [first, second, third, ..] = thrown.to_be_bytes();
        let pick = usize::from(third) % self.sockets.len().max(1);
        let Some(socket) = self.sockets.get(pick) else {
            return Err(NoAnswer::Timeout);
        };
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting {
            question: Arc::clone(question),
            until: Instant::now() + timeout,
            reply,
        };
        let Some(id) = socket.enter(u16::from_be_bytes([first, second]), waiting) else {
            return Err(NoAnswer::Timeout);
        };
        let query = message::query(id, flags, question);
        let sent = match socket.io.try_send(&query) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => socket.io.send(&query).await,
            // A refusal by the resolver's host to an earlier query is reported here.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                socket.io.send(&query).await
            }
            sent => sent,
        };
        match sent {
            Ok(_) => answer.await.map_err(|_| NoAnswer::Timeout),
            Err(error) => {
                locked(&socket.waiting).remove(&id);
                Err(NoAnswer::Unsent(error))
            }
        }
    }

    /// Gives up what has waited too long or for nobody.
    pub(super) fn sweep(&self, now: Instant) {
        for socket in &self.sockets {
            locked(&socket.waiting)
                .retain(|_, waiting| waiting.until > now && !waiting.reply.is_closed());
        }
    }
}

impl Drop for Udp {
    fn drop(&mut self) {
        for reader in &self.readers {
            reader.abort();
        }
    }
}

impl Shared {
    /// Finds a free id from the given one on; none where all are taken.
    fn enter(&self, first: u16, waiting: Waiting) -> Option<u16> {
        let mut entries = locked(&self.waiting);
        let id = (0..=u16::MAX)
            .map(|step| first.wrapping_add(step))
            .find(|id| !entries.contains_key(id))?;
        entries.insert(id, waiting);
        Some(id)
    }

    /// Hands a datagram to the question that it answers; any other is dropped.
    fn deliver(&self, datagram: &[u8]) {
        let Some(id) = message::id(datagram) else {
            return;
        };
        let mut entries = locked(&self.waiting);
        let ours = |waiting: &Waiting| message::belongs(datagram, &waiting.question);
        if !entries.get(&id).is_some_and(ours) {
            return;
        }
        if let Some(waiting) = entries.remove(&id) {
            drop(entries);
            // Nobody may be waiting any more; then the answer is of no use.
            let _ = waiting.reply.send(Bytes::copy_from_slice(datagram));
        }
    }
}

async fn read(socket: Arc<Shared>) {
    let mut buffer = vec![0; MAX_ANSWER];
    loop {
        if socket.io.readable().await.is_err() {
            return;
        }
        for _ in 0..BURST {
            match socket.io.try_recv(&mut buffer) {
                Ok(length) => socket.deliver(buffer.get(..length).unwrap_or_default()),
                Err(_) => break,
            }
        }
        tokio::task::yield_now().await;
    }
}
