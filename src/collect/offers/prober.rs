//! Hellos to one server: counted, limited, and ended where the server wants no more of them.

use super::lists;
use super::verdict::Verdict;
use crate::facts::observed::Cause;
use crate::facts::tls::TlsVersion;
use crate::net::tcp::Failure;
use crate::net::tls::hello::{ClientHello, End, EphemeralKey, Flight};

/// Something that answers hellos.
pub(super) trait Server: Sync {
    /// The first flight in answer to a hello, in a connection of its own.
    fn answer(&self, hello: &ClientHello) -> impl Future<Output = Result<Flight, Failure>> + Send;
}

/// What puts hellos to a server.
pub(super) struct Prober<'a, S> {
    server: &'a S,
    host: &'a str,
    most: u32,
    used: u32,
    /// Whether the server ever answered to TLS in TLS.
    answered: bool,
    /// Why no session came about, as often as it was tried without success between.
    failures: Vec<(Cause, String)>,
    /// The bits of the smallest prime that was seen.
    smallest: Option<u32>,
}

impl<'a, S: Server> Prober<'a, S> {
    /// A prober that makes no more than so many connections.
    pub(super) const fn new(server: &'a S, host: &'a str, most: u32) -> Self {
        Self {
            server,
            host,
            most,
            used: 0,
            answered: false,
            failures: Vec::new(),
            smallest: None,
        }
    }

    /// How many connections were made.
    pub(super) const fn used(&self) -> u32 {
        self.used
    }

    /// Whether the server ever answered to TLS in TLS, as far as is known by now.
    pub(super) const fn has_answered(&self) -> bool {
        self.answered
    }

    /// The bits of the smallest prime that any answer had.
    pub(super) const fn smallest(&self) -> Option<u32> {
        self.smallest
    }

    /// Offers these suites in a version, with all groups.
    pub(super) async fn offer(&mut self, version: TlsVersion, suites: &[u16]) -> Verdict {
        let hello = lists::hello(version, suites.to_vec(), self.host);
        self.ask(&hello).await
    }

    /// Offers these suites and groups in a version.
    pub(super) async fn offer_groups(
        &mut self,
        version: TlsVersion,
        suites: &[u16],
        groups: &[u16],
    ) -> Verdict {
        let hello = ClientHello {
            groups: groups.to_vec(),
            ..lists::hello(version, suites.to_vec(), self.host)
        };
        self.ask(&hello).await
    }

    /// Whether the server still takes all that may be offered in a version: only then is a closed connection an answer.
    pub(super) async fn still_takes(&mut self, version: TlsVersion) -> bool {
        for suites in lists::batches(version) {
            if let Verdict::Accepted(_) = self.offer(version, &suites).await {
                return true;
            }
        }
        false
    }

    async fn ask(&mut self, hello: &ClientHello) -> Verdict {
        if let Some((cause, detail)) = self.turned_away() {
            let detail = format!("not asked after what came before: {detail}");
            return Verdict::Unsettled(cause, detail);
        }
        if self.used >= self.most {
            let most = self.most;
            let detail = format!("no more than {most} connections were to be made for this");
            return Verdict::Unsettled(Cause::LimitReached, detail);
        }
        self.used += 1;
        let heard = self.server.answer(hello).await;
        match &heard {
            Ok(flight) => self.note(flight),
            Err(Failure::Unknown { cause, detail }) => {
                self.failures.push((*cause, detail.clone()));
            }
            Err(Failure::Absent { detail, .. }) => {
                self.failures.push((Cause::SmtpProtocol, detail.clone()));
            }
        }
        Verdict::of(hello, heard)
    }

    /// Why the server is asked no more: it turns this client away, or two sessions in a row failed.
    fn turned_away(&self) -> Option<(Cause, String)> {
        let (cause, detail) = self.failures.last()?;
        let refuses = matches!(cause, Cause::SmtpTransient | Cause::SmtpPermanent);
        (refuses || self.failures.len() > 1).then(|| (*cause, detail.clone()))
    }

    fn note(&mut self, flight: &Flight) {
        if flight.end == End::TimedOut {
            let detail = "the server said no more in time".to_owned();
            self.failures.push((Cause::Timeout, detail));
        } else {
            self.failures.clear();
        }
        if flight.hello.is_some() || matches!(flight.end, End::Alert(_)) {
            self.answered = true;
        }
        if let Some(EphemeralKey::Field { bits, .. }) = flight.key {
            self.smallest = Some(self.smallest.map_or(bits, |known| known.min(bits)));
        }
    }
}
