//! What is known of mail servers: each address and name is visited once a run, for all domains behind it.

use super::Circumstances;
use super::reach::Reach;
use crate::derive::chain::{self, TrustStore};
use crate::facts::observed::{Cause, Observed};
use crate::facts::smtp::SmtpSession;
use crate::facts::tls::Tls;
use crate::facts::tls::grade::Grades;
use crate::facts::vantage::Probe;
use crate::net::clock::Clock;
use crate::net::smtp::{Dialogue, Smtp};
use crate::net::tls::Handshake;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Mutex as AsyncMutex;

type Session = Observed<Arc<SmtpSession>>;

/// The sessions of a run.
#[derive(Debug)]
pub(super) struct Sessions {
    smtp: Smtp,
    trust: Arc<TrustStore>,
    clock: Clock,
    reach: Reach,
    /// How many names one address is visited under: each is a session of its own, for its own certificate.
    most_names: usize,
    addresses: Mutex<BTreeMap<IpAddr, Arc<AsyncMutex<Visits>>>>,
}

/// What is known of one address.
#[derive(Debug, Default)]
struct Visits {
    by_name: BTreeMap<String, Session>,
    /// Why nobody greets there; it is not tried again under other names.
    silent: Option<Session>,
}

impl Sessions {
    pub(super) fn new(smtp: Smtp, trust: Arc<TrustStore>, circumstances: &Circumstances) -> Self {
        let Circumstances {
            clock,
            reach,
            probe,
            ..
        } = *circumstances;
        Self {
            smtp,
            trust,
            clock,
            reach,
            most_names: match probe {
                Probe::Gentle => 1,
                Probe::Standard | Probe::Deep => 5,
            },
            addresses: Mutex::default(),
        }
    }

    /// The session with this address under this name; the first asker holds it, the others wait.
    pub(super) async fn with(&self, ip: IpAddr, host: &str) -> Session {
        if let Some(refusal) = self.reach.refusal(ip) {
            return Observed::unknown(Cause::NotAttempted, refusal);
        }
        let visits = {
            let mut addresses = self
                .addresses
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            Arc::clone(addresses.entry(ip).or_default())
        };
        let mut visits = visits.lock().await;
        if let Some(known) = visits.by_name.get(host).or(visits.silent.as_ref()) {
            return known.clone();
        }
        if visits.by_name.len() >= self.most_names {
            let most = self.most_names;
            let why = format!("an address is visited under {most} names at most");
            return Observed::unknown(Cause::LimitReached, why);
        }
        let session = self.hold(ip, host).await;
        if nobody_greets(&session) {
            visits.silent = Some(session.clone());
        }
        visits.by_name.insert(host.to_owned(), session.clone());
        session
    }

    /// How many connections were opened so far.
    pub(super) fn connections(&self) -> u64 {
        self.smtp.connections()
    }

    async fn hold(&self, ip: IpAddr, host: &str) -> Session {
        match self.smtp.session(ip, host).await {
            Observed::Present { value } => Observed::present(Arc::new(self.describe(value, host))),
            Observed::Absent { proof, detail } => Observed::Absent { proof, detail },
            Observed::Unknown { cause, detail } => Observed::Unknown { cause, detail },
        }
    }

    fn describe(&self, dialogue: Dialogue, host: &str) -> SmtpSession {
        let Dialogue {
            banner,
            ehlo,
            starttls,
            tls,
            ehlo_tls,
        } = dialogue;
        let tls = tls.map(|handshake| self.judge(handshake, host));
        let requiretls = ehlo_tls.map(|ehlo| ehlo.offers("REQUIRETLS"));
        SmtpSession {
            banner,
            ehlo,
            starttls,
            tls,
            ehlo_tls,
            requiretls,
        }
    }

    fn judge(&self, handshake: &Handshake, host: &str) -> Tls {
        let now = self.clock.now();
        let chain = chain::judge(&handshake.chain, host, &self.trust, now);
        let ocsp = chain::staple(&handshake.ocsp, &chain, now);
        Tls {
            version: handshake.version,
            suite: handshake.suite.clone(),
            suite_grades: Grades::default(),
            group: handshake.group.clone(),
            group_grades: Grades::default(),
            signature_scheme: handshake.signature_scheme.clone(),
            sni: handshake.sni.clone(),
            chain,
            ocsp,
            early_data: Observed::unobserved(),
        }
    }
}

/// Whether the session ended for want of anybody who answers, which no other name would change.
fn nobody_greets(session: &Session) -> bool {
    matches!(
        session,
        Observed::Unknown {
            cause: Cause::Timeout
                | Cause::ConnectionRefused
                | Cause::ConnectionTimeout
                | Cause::ConnectionClosed
                | Cause::NetworkUnreachable,
            ..
        }
    )
}
