//! What is known of mail servers: each address and name is visited once a run, for all domains behind it.

use super::Circumstances;
use super::reach::Reach;
use crate::derive::chain::{self, TrustStore};
use crate::facts::observed::{Cause, Observed};
use crate::facts::smtp::SmtpSession;
use crate::facts::tls::Tls;
use crate::net::clock::Clock;
use crate::net::smtp::{Dialogue, Smtp};
use crate::net::tls::Handshake;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

type Session = Observed<Arc<SmtpSession>>;
type Cells = BTreeMap<(IpAddr, String), Arc<OnceCell<Session>>>;

/// The sessions of a run.
#[derive(Debug)]
pub(super) struct Sessions {
    smtp: Smtp,
    trust: Arc<TrustStore>,
    clock: Clock,
    reach: Reach,
    cells: Mutex<Cells>,
}

impl Sessions {
    pub(super) fn new(smtp: Smtp, trust: Arc<TrustStore>, circumstances: &Circumstances) -> Self {
        let Circumstances { clock, reach, .. } = *circumstances;
        Self {
            smtp,
            trust,
            clock,
            reach,
            cells: Mutex::default(),
        }
    }

    /// The session with this address under this name; the first asker holds it, the others wait.
    pub(super) async fn with(&self, ip: IpAddr, host: &str) -> Session {
        if let Some(refusal) = self.reach.refusal(ip) {
            return Observed::unknown(Cause::NotAttempted, refusal);
        }
        let cell = {
            let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(cells.entry((ip, host.to_owned())).or_default())
        };
        let hold = || async { self.hold(ip, host).await };
        cell.get_or_init(hold).await.clone()
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
            group: handshake.group.clone(),
            signature_scheme: handshake.signature_scheme.clone(),
            sni: handshake.sni.clone(),
            chain,
            ocsp,
        }
    }
}
