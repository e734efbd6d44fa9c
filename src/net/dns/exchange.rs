//! One question to the resolvers: retries, TCP where UDP is too small, a limit on what is under way.

use super::message;
use super::tcp;
use super::udp::{Dice, NoAnswer, Udp};
use crate::facts::observed::Cause;
use bytes::Bytes;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// No try waits longer, whatever the configuration says.
const MAX_TIMEOUT: Duration = Duration::from_mins(1);

/// Why there is no answer.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) cause: Cause,
    pub(super) detail: String,
}

impl Trouble {
    pub(super) fn new(cause: Cause, detail: impl Into<String>) -> Self {
        Self {
            cause,
            detail: detail.into(),
        }
    }
}

/// The resolvers and how they are asked.
#[derive(Debug)]
pub(super) struct Exchange {
    resolvers: Vec<Udp>,
    dice: Dice,
    under_way: Semaphore,
    flags: u16,
    timeout: Duration,
    attempts: u32,
    sent: AtomicU64,
}

/// How patiently and how much at once is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// How long each try waits.
    pub(super) timeout: Duration,
    /// How many tries a question gets, at least one.
    pub(super) attempts: u32,
    /// How many questions may be under way at once, at least one.
    pub(super) in_flight: usize,
}

impl Exchange {
    pub(super) fn new(resolvers: Vec<Udp>, flags: u16, patience: Patience) -> Self {
        Self {
            resolvers,
            dice: Dice::default(),
            under_way: Semaphore::new(patience.in_flight.clamp(1, Semaphore::MAX_PERMITS)),
            flags,
            timeout: patience.timeout.min(MAX_TIMEOUT),
            attempts: patience.attempts.max(1),
            sent: AtomicU64::new(0),
        }
    }

    /// How many datagrams and TCP connections went out.
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Puts the question to one resolver after the other until one answers, whatever the answer says.
    pub(super) async fn ask(&self, question: &Arc<[u8]>) -> Result<Bytes, Trouble> {
        let Ok(_permit) = self.under_way.acquire().await else {
            return Err(Trouble::new(
                Cause::Timeout,
                "the resolver client has ended",
            ));
        };
        let mut unsent = None;
        let order = self.resolvers.iter().cycle();
        for (_, resolver) in (0..self.attempts).zip(order) {
            self.sent.fetch_add(1, Ordering::Relaxed);
            let answer = resolver.ask(question, self.flags, &self.dice, self.timeout);
            match answer.await {
                Ok(answer) if message::truncated(&answer) => {
                    return self.ask_over_tcp(resolver.resolver, question).await;
                }
                Ok(answer) => return Ok(answer),
                Err(NoAnswer::Timeout) => {}
                Err(NoAnswer::Unsent(error)) => unsent = Some(error),
            }
        }
        Err(unsent.map_or_else(
            || {
                Trouble::new(
                    Cause::Timeout,
                    format!("no answer from {}", self.addresses()),
                )
            },
            |error| io_trouble(&error, "no query could be sent"),
        ))
    }

    /// Asks a resolver again over TCP, as often as over UDP where the connection fails.
    async fn ask_over_tcp(&self, resolver: SocketAddr, question: &[u8]) -> Result<Bytes, Trouble> {
        let mut trouble = None;
        for _ in 0..self.attempts {
            self.sent.fetch_add(1, Ordering::Relaxed);
            let [high, low, ..] = self.dice.throw().to_be_bytes();
            let id = u16::from_be_bytes([high, low]);
            match tcp::ask(resolver, id, self.flags, question, self.timeout).await {
                Ok(answer) if message::truncated(&answer) => {
                    let detail = "the answer is cut off even over TCP".to_owned();
                    return Err(Trouble::new(Cause::MalformedAnswer, detail));
                }
                Ok(answer) => return Ok(answer),
                Err(error) => trouble = Some(error),
            }
        }
        let error = trouble.unwrap_or_else(|| io::ErrorKind::TimedOut.into());
        Err(io_trouble(&error, "the answer needs TCP, which failed"))
    }

    fn addresses(&self) -> String {
        let addresses = self.resolvers.iter().map(|udp| udp.resolver.to_string());
        addresses.collect::<Vec<_>>().join(", ")
    }

    /// Ends the wait for answers that are overdue.
    pub(super) fn sweep(&self) {
        let now = Instant::now();
        for resolver in &self.resolvers {
            resolver.sweep(now);
        }
    }

    /// How often to sweep, so that a try ends at most an eighth of its time too late.
    pub(super) fn sweep_interval(&self) -> Duration {
        (self.timeout / 8).clamp(Duration::from_millis(5), Duration::from_millis(250))
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the list of error kinds is open; whatever else happens, no answer came in time"
)]
pub(super) fn io_trouble(error: &io::Error, what: &str) -> Trouble {
    use io::ErrorKind;
    let cause = match error.kind() {
        ErrorKind::ConnectionRefused => Cause::ConnectionRefused,
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => Cause::ConnectionClosed,
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => Cause::NetworkUnreachable,
        ErrorKind::InvalidData => Cause::MalformedAnswer,
        _ => Cause::Timeout,
    };
    Trouble::new(cause, format!("{what}: {error}"))
}
