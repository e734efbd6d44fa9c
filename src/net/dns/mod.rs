//! Questions to resolvers: each (name, type) once in a run, with the DNSSEC state of the answer.
//!
//! [`Dns::ask`] is all that others need. Behind it, [`once`] shares what is known, [`exchange`] puts a
//! question on the wire over [`udp`] and [`tcp`], [`message`] reads what comes back and [`follow`] makes
//! a [`Response`] of it.

pub mod direct;
mod exchange;
mod follow;
mod message;
pub mod names;
pub(crate) mod once;
pub mod recorded;
mod response;
mod system;
mod tcp;
#[cfg(test)]
pub(crate) mod test_server;
#[cfg(test)]
pub(crate) mod test_world;
#[cfg(test)]
pub(crate) mod test_zone;
#[cfg(test)]
mod tests;
mod trusted;
mod udp;

pub use response::Response;
pub use system::system_resolvers;

use crate::facts::observed::Cause;
use crate::facts::vantage::DnssecMode;
use crate::net::clock::Clock;
use crate::net::dnssec::anchors::TrustAnchors;
use crate::net::dnssec::chain::Chain;
use crate::net::dnssec::{Evidence, Fault, Lookup, ede};
use bytes::Bytes;
use exchange::{Exchange, Patience, Trouble};
use futures_util::future::join;
use hickory_proto::rr::{Name, RecordType};
use message::{AUTHENTIC_DATA, CHECKING_DISABLED, Message, RECURSION_DESIRED};
use once::Once;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::OnceCell;
use udp::Udp;

/// How many answers are kept at least; up to twice as many are.
const MIN_KEPT: usize = 16_384;

/// How many answers are kept for each question that may be under way.
const KEPT_PER_QUESTION: usize = 16;

/// A larger answer counts for several: so many bytes for each.
const BYTES_PER_ENTRY: usize = 1024;

/// How resolvers are asked.
#[derive(Clone, Debug)]
pub struct DnsConfig {
    /// The resolvers; the first is asked first, the next one after a timeout.
    pub resolvers: Vec<SocketAddr>,
    /// Who judges the DNSSEC state.
    pub mode: DnssecMode,
    /// Where chains of trust start; not used where the resolver is trusted.
    pub anchors: TrustAnchors,
    /// The time against which signatures are checked.
    pub clock: Clock,
    /// How long each try waits for an answer.
    pub timeout: Duration,
    /// How many tries a question gets in all; 0 counts as 1.
    pub attempts: u32,
    /// How many questions may be under way at once; 0 counts as 1.
    pub in_flight: usize,
}

/// Why resolvers can't be asked at all.
#[derive(Debug, thiserror::Error)]
pub enum DnsError {
    /// No resolver was given, or the system's configuration names none.
    #[error("no resolver is configured")]
    NoResolver,
    /// The system's resolver configuration can't be read.
    #[error("the system's resolver configuration can't be read: {reason}")]
    SystemConfiguration {
        /// What the system said.
        reason: String,
    },
    /// No socket towards a resolver could be opened.
    #[error("no socket to the resolver {resolver}")]
    Socket {
        /// The resolver.
        resolver: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// There is no asynchronous runtime to run in.
    #[error("no runtime to read answers in")]
    NoRuntime,
}

/// How much was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueryCounts {
    /// Distinct (name, type) pairs that were put on the wire, those of the chain of trust included.
    pub asked: u64,
    /// Datagrams and TCP connections that went out, retries included.
    pub sent: u64,
    /// Pairs that were asked again although their answer was, or had been, under way: 0 unless all who
    /// waited for it gave up.
    pub duplicates: u64,
}

/// A client of resolvers. Cheap to clone; all clones share what is known.
#[derive(Clone, Debug)]
pub struct Dns {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    exchange: Exchange,
    chain: Option<Chain>,
    entries: Once<Entry>,
    asked: AtomicU64,
    duplicates: AtomicU64,
}

/// What is known of one (name, type).
#[derive(Debug, Default)]
struct Entry {
    begun: AtomicBool,
    answer: OnceCell<Result<Bytes, Trouble>>,
    response: OnceCell<Arc<Response>>,
}

impl Dns {
    /// Opens the sockets. Must be called within a tokio runtime.
    pub fn start(config: DnsConfig) -> Result<Self, DnsError> {
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| DnsError::NoRuntime)?;
        if config.resolvers.is_empty() {
            return Err(DnsError::NoResolver);
        }
        let mut resolvers = Vec::with_capacity(config.resolvers.len());
        for resolver in config.resolvers {
            let udp =
                Udp::open(resolver).map_err(|source| DnsError::Socket { resolver, source })?;
            resolvers.push(udp);
        }
        let (flag, chain) = match config.mode {
            DnssecMode::Validate => {
                let chain = Chain::new(config.anchors, config.clock);
                (CHECKING_DISABLED, Some(chain))
            }
            DnssecMode::TrustAd => (AUTHENTIC_DATA, None),
        };
        let patience = Patience {
            timeout: config.timeout,
            attempts: config.attempts,
            in_flight: config.in_flight,
        };
        let kept = config.in_flight.saturating_mul(KEPT_PER_QUESTION);
        let shared = Arc::new(Shared {
            exchange: Exchange::new(resolvers, RECURSION_DESIRED | flag, patience),
            chain,
            entries: Once::new(kept.max(MIN_KEPT)),
            asked: AtomicU64::new(0),
            duplicates: AtomicU64::new(0),
        });
        runtime.spawn(sweep(Arc::downgrade(&shared)));
        Ok(Self { shared })
    }

    /// Asks for the records of this type at this name. A question that was asked before, or is being
    /// asked, is not asked again. Trouble is part of the response.
    pub async fn ask(&self, name: &str, rtype: RecordType) -> Arc<Response> {
        let Some(name) = names::parse(name) else {
            return Arc::new(Response::no_name(name, rtype));
        };
        let shared = self.shared.as_ref();
        let question = message::question(&name, rtype);
        let entry = shared.entries.entry(&question);
        let respond = || async { Arc::new(shared.respond(&name, rtype).await) };
        Arc::clone(entry.response.get_or_init(respond).await)
    }

    /// How much was asked so far.
    pub fn counts(&self) -> QueryCounts {
        QueryCounts {
            asked: self.shared.asked.load(Ordering::Relaxed),
            sent: self.shared.exchange.sent(),
            duplicates: self.shared.duplicates.load(Ordering::Relaxed),
        }
    }
}

impl Shared {
    async fn respond(&self, name: &Name, rtype: RecordType) -> Response {
        let Some(chain) = &self.chain else {
            return follow::follow(self, name, rtype).await;
        };
        let question = message::question(name, rtype);
        let (_kept, ()) = join(self.answer(&question), chain.prepare(self, name)).await;
        follow::follow(self, name, rtype).await
    }

    /// The raw answer to a question, asked at most once.
    async fn answer(&self, question: &[u8]) -> Result<Bytes, Trouble> {
        let entry = self.entries.entry(question);
        let ask = || async {
            if entry.begun.swap(true, Ordering::Relaxed) {
                self.duplicates.fetch_add(1, Ordering::Relaxed);
            } else {
                self.asked.fetch_add(1, Ordering::Relaxed);
            }
            let answer = self.exchange.ask(&question.into()).await;
            let length = answer.as_ref().map_or(0, Bytes::len);
            self.entries.weigh(length / BYTES_PER_ENTRY);
            answer
        };
        entry.answer.get_or_init(ask).await.clone()
    }
}

impl follow::Source for Shared {
    async fn message(&self, name: &Name, rtype: RecordType) -> Result<Message, Trouble> {
        let question = message::question(name, rtype);
        let bytes = self.answer(&question).await?;
        Message::read(&bytes, question.len(), rtype)
            .map_err(|_| Trouble::new(Cause::MalformedAnswer, "the answer can't be read"))
    }

    fn chain(&self) -> Option<&Chain> {
        self.chain.as_ref()
    }
}

impl Lookup for Shared {
    async fn look_up(&self, name: &Name, rtype: RecordType) -> Result<Evidence, Fault> {
        use follow::Source as _;
        let title = || format!("{} {rtype}", names::text(name));
        let no_answer = |words: &str| {
            let words = format!("no answer to {}: {}", title(), words.trim_end());
            Fault::new(ede::NO_REACHABLE_AUTHORITY, words)
        };
        match self.message(name, rtype).await {
            Ok(message) if matches!(message.rcode, 0 | 3) => Ok(message.evidence),
            Ok(message) => Err(no_answer(&format!(
                "RCODE {} {}",
                message.rcode,
                message.errors_in_words()
            ))),
            Err(trouble) => Err(no_answer(&trouble.detail)),
        }
    }
}

/// Ends overdue waits for as long as the client lives.
async fn sweep(client: Weak<Shared>) {
    loop {
        let Some(shared) = client.upgrade() else {
            return;
        };
        shared.exchange.sweep();
        let interval = shared.exchange.sweep_interval();
        drop(shared);
        tokio::time::sleep(interval).await;
    }
}
