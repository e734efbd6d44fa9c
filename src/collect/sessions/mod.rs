//! What is known of mail servers: each address is visited as often as the depth allows, for all domains behind it.

use super::egress::Egress;
use super::reach::Reach;
use super::{Circumstances, offers};
use crate::derive::chain::{self, TrustStore};
use crate::facts::certificate::Chain;
use crate::facts::observed::{Cause, Observed};
use crate::facts::smtp::SmtpSession;
use crate::facts::tls::Tls;
use crate::facts::tls::grade::Grades;
use crate::facts::tls::offers::Offers;
use crate::facts::vantage::{Probe, SmtpEgress};
use crate::net::clock::Clock;
use crate::net::dns::Dns;
use crate::net::smtp::{Ask, Dialogue, Smtp};
use crate::net::tls::{Handshake, Keys};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex as AsyncMutex;

type Session = Observed<Arc<SmtpSession>>;

/// What an address showed under one name.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub(super) session: Session,
    pub(super) offers: Observed<Arc<Offers>>,
}

/// The sessions of a run.
#[derive(Debug)]
pub(super) struct Sessions {
    smtp: Smtp,
    dns: Dns,
    trust: Arc<TrustStore>,
    clock: Clock,
    reach: Reach,
    probe: Probe,
    back_off: Duration,
    egress: Egress,
    addresses: Mutex<BTreeMap<IpAddr, Arc<AsyncMutex<Visits>>>>,
}

/// What is known of one address.
#[derive(Debug, Default)]
struct Visits {
    by_name: BTreeMap<String, Session>,
    /// What would be the same under every name: that nobody greets there, or that there is no STARTTLS.
    whatever_name: Option<Session>,
    offers: Option<Observed<Arc<Offers>>>,
    /// How many connections were made for all this.
    connections: u64,
}

/// How many connections may be made to one address in a run.
const fn most_connections(probe: Probe) -> u64 {
    match probe {
        Probe::Gentle => 1,
        Probe::Standard => 5,
        Probe::Deep => 250,
    }
}

/// How often an address is tried again that turned this client away for now.
const fn most_retries(probe: Probe) -> u32 {
    match probe {
        Probe::Gentle => 0,
        Probe::Standard => 1,
        Probe::Deep => 2,
    }
}

impl Sessions {
    pub(super) fn new(
        smtp: Smtp,
        dns: Dns,
        trust: Arc<TrustStore>,
        circumstances: &Circumstances,
    ) -> Self {
        let Circumstances {
            clock,
            reach,
            probe,
            back_off,
            ref controls,
            ..
        } = *circumstances;
        Self {
            smtp,
            dns,
            trust,
            clock,
            reach,
            probe,
            back_off,
            egress: Egress::new(controls.clone(), reach),
            addresses: Mutex::default(),
        }
    }

    /// What this address shows under this name; the first asker finds it out, the others wait.
    pub(super) async fn with(&self, ip: IpAddr, host: &str) -> Visit {
        if let Some(refusal) = self.reach.refusal(ip) {
            return Visit::unknown(Cause::NotAttempted, refusal);
        }
        let visits = {
            let mut addresses = self
                .addresses
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            Arc::clone(addresses.entry(ip).or_default())
        };
        let mut visits = visits.lock().await;
        if let Some(known) = visits.known(host) {
            return known;
        }
        if let Some(why) = self.egress.blocked(ip) {
            return Visit::unknown(Cause::BlockedEgress, why);
        }
        let mut session = self.hold(ip, host, &mut visits).await;
        session = self.egress.settle(ip, session, &self.dns, &self.smtp).await;
        if is_nameless(&session) {
            visits.whatever_name = Some(session.clone());
        }
        if visits.offers.is_none() {
            let offers = self.offers(ip, host, &session, &mut visits).await;
            visits.offers = Some(offers);
        }
        if let (Observed::Present { value }, Some(Observed::Present { value: offers })) =
            (&mut session, &visits.offers)
        {
            let settled = offers::settled(&value.tls, offers);
            if settled != value.tls {
                Arc::make_mut(value).tls = settled;
            }
        }
        visits.by_name.insert(host.to_owned(), session.clone());
        visits.visit(session)
    }

    /// How many connections were opened so far.
    pub(super) fn connections(&self) -> u64 {
        self.smtp.connections()
    }

    /// What is known of the way out to port 25.
    pub(super) fn egress(&self) -> SmtpEgress {
        self.egress.known()
    }

    /// How many connections may still be made to an address.
    const fn left(&self, visits: &Visits) -> u64 {
        most_connections(self.probe).saturating_sub(visits.connections)
    }

    /// One session more with an address.
    async fn session(&self, ip: IpAddr, ask: Ask<'_>, visits: &mut Visits) -> Observed<Dialogue> {
        if self.left(visits) == 0 {
            let most = most_connections(self.probe);
            let why = format!("no more than {most} connections are made to an address");
            return Observed::unknown(Cause::LimitReached, why);
        }
        visits.connections += 1;
        self.smtp.session(ip, ask).await
    }

    /// Holds a session, and once more after a pause where the server says that it has no time now.
    async fn hold(&self, ip: IpAddr, host: &str, visits: &mut Visits) -> Session {
        let mut dialogue = self.session(ip, Ask::of(host), visits).await;
        let mut pause = self.back_off;
        for _ in 0..most_retries(self.probe) {
            if !is_worth_another(&dialogue) || self.left(visits) == 0 {
                break;
            }
            tokio::time::sleep(pause).await;
            dialogue = self.session(ip, Ask::of(host), visits).await;
            pause = pause.saturating_mul(4);
        }
        match dialogue {
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
            early_data,
            ehlo_tls,
            injected: _,
        } = dialogue;
        let tls = tls.map(|handshake| self.judge(handshake, early_data, host));
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

    fn judge(&self, handshake: &Handshake, early_data: Observed<u32>, host: &str) -> Tls {
        let chain = self.chain(handshake, host);
        let ocsp = chain::staple(&handshake.ocsp, &chain, self.clock.now());
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
            crl: Observed::unknown(Cause::NotAttempted, "asked for with --probe deep"),
            early_data,
        }
    }

    fn chain(&self, handshake: &Handshake, host: &str) -> Chain {
        chain::judge(&handshake.chain, host, &self.trust, self.clock.now())
    }

    /// What the server offers beyond its session.
    async fn offers(
        &self,
        ip: IpAddr,
        host: &str,
        session: &Session,
        visits: &mut Visits,
    ) -> Observed<Arc<Offers>> {
        let tls = session.and_then(|session| session.starttls.map(|_| session.tls.clone()));
        let Observed::Present { value: tls } = tls else {
            return tls.and_then(|_| Observed::unobserved());
        };
        let most = self.left(visits).saturating_sub(self.reserved());
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        let found = offers::offers(&self.smtp, ip, host, &tls, self.probe, most);
        let mut offers = found.await;
        visits.connections += u64::from(offers.connections);
        if self.probe == Probe::Deep {
            let before = visits.connections;
            let usual = tls.value();
            [offers.rsa_chain, offers.ecdsa_chain, offers.without_sni] =
                self.chains(ip, host, usual, visits).await;
            offers.command_injection = self.injected(ip, host, visits).await;
            let more = visits.connections - before;
            offers.connections += u32::try_from(more).unwrap_or(0);
        }
        Observed::present(Arc::new(offers))
    }

    /// How many connections are kept for what comes behind the hellos: four sessions, and other names.
    const fn reserved(&self) -> u64 {
        match self.probe {
            Probe::Gentle | Probe::Standard => 0,
            Probe::Deep => 20,
        }
    }

    /// The certificates for senders that take RSA alone, ECDSA alone, and that send no server name. `usual` is the
    /// handshake of a current sender.
    async fn chains(
        &self,
        ip: IpAddr,
        host: &str,
        usual: Option<&Tls>,
        visits: &mut Visits,
    ) -> [Observed<Chain>; 3] {
        let mut by_key = [(Keys::Rsa, "RSA"), (Keys::Ecdsa, "EC")].map(|(keys, kind)| {
            // What the usual handshake showed need not be asked for again.
            let shown = usual.filter(|tls| leaf_key(tls).is_some_and(|key| key.starts_with(kind)));
            (keys, shown.map(|tls| Observed::present(tls.chain.clone())))
        });
        for (keys, chain) in &mut by_key {
            if chain.is_none() {
                let ask = Ask {
                    keys: *keys,
                    ..Ask::of(host)
                };
                *chain = Some(self.shown_to(ip, ask, visits).await);
            }
        }
        let nameless = Ask {
            sni: false,
            ..Ask::of(host)
        };
        let without_sni = self.shown_to(ip, nameless, visits).await;
        let [rsa, ecdsa] = by_key.map(|(_, chain)| chain.unwrap_or_else(Observed::unobserved));
        [rsa, ecdsa, without_sni]
    }

    async fn shown_to(&self, ip: IpAddr, ask: Ask<'_>, visits: &mut Visits) -> Observed<Chain> {
        let dialogue = self.session(ip, ask, visits).await;
        let tls = dialogue.and_then(|dialogue| dialogue.tls.clone());
        tls.map(|handshake| self.chain(handshake, ask.host))
    }

    async fn injected(&self, ip: IpAddr, host: &str, visits: &mut Visits) -> Observed<bool> {
        let ask = Ask {
            inject: true,
            ..Ask::of(host)
        };
        let dialogue = self.session(ip, ask, visits).await;
        dialogue.and_then(|dialogue| {
            // A server may refuse commands that come too early, or take them for a broken handshake.
            let broken = matches!(
                dialogue.injected,
                Observed::Unknown {
                    cause: Cause::TlsAlert | Cause::TlsProtocol,
                    ..
                }
            );
            if broken || dialogue.starttls.is_absent() || dialogue.injected.is_absent() {
                return Observed::present(false);
            }
            dialogue.injected.clone()
        })
    }
}

impl Visits {
    fn known(&self, host: &str) -> Option<Visit> {
        let session = self.by_name.get(host).or(self.whatever_name.as_ref())?;
        Some(self.visit(session.clone()))
    }

    fn visit(&self, session: Session) -> Visit {
        let offers = self.offers.clone();
        Visit {
            offers: offers.unwrap_or_else(|| session.and_then(|_| Observed::unobserved())),
            session,
        }
    }
}

impl Visit {
    /// Nothing was tried.
    pub(super) fn unknown(cause: Cause, why: impl Into<String>) -> Self {
        let why = why.into();
        Self {
            session: Observed::unknown(cause, why.clone()),
            offers: Observed::unknown(cause, why),
        }
    }
}

fn leaf_key(tls: &Tls) -> Option<&str> {
    let leaf = tls.chain.certificates.first()?;
    Some(leaf.key_type.as_str())
}

/// Whether a session came out as it would under every name: nobody greeted, or STARTTLS was not taken.
fn is_nameless(session: &Session) -> bool {
    session
        .value()
        .is_none_or(|session| session.starttls.value().is_none())
}

/// Whether a server turned this client away, or broke off, so that another time may do.
fn is_worth_another(dialogue: &Observed<Dialogue>) -> bool {
    let again = |cause: &Cause| {
        matches!(
            cause,
            Cause::SmtpTransient | Cause::SmtpPermanent | Cause::ConnectionClosed
        )
    };
    match dialogue {
        Observed::Unknown { cause, .. } => again(cause),
        Observed::Absent { .. } => false,
        Observed::Present { value } => {
            matches!(&value.starttls, Observed::Unknown { cause, .. } if again(cause))
                || matches!(
                    &value.tls,
                    Observed::Unknown {
                        cause: Cause::ConnectionClosed,
                        ..
                    }
                )
        }
    }
}

#[cfg(test)]
mod tests;
