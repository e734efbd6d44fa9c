//! Mail domains whose servers are faulty on purpose: what a provider delivers to which of them tells what it insists on.
//!
//! [`Plan`] lays them out, [`Wardrobe`] dresses their servers, and the zone says what each posture needs. [`Probes`] is
//! all of it, ready to be printed or served; [`Round`] writes down what one round of messages brought.

mod addresses;
mod certificates;
mod memory;
mod plan;
mod round;
mod service;
mod state;
#[cfg(test)]
mod tests;
mod zone;

pub use addresses::Addresses;
pub use certificates::{Given, Identity, Wardrobe};
pub use plan::{Plan, Planned};
pub use round::{Round, Seen};
pub use state::State;
pub use zone::NameServer;

use crate::authority::AuthorityError;
use crate::authority::denial::Denial;
use crate::authority::key::{ZoneKey, ds_text};
use crate::authority::zone::{Signing, Zone};
use crate::authority::{TTL, presentation};
use crate::facts::outbound::enforcement::Posture;
use crate::facts::timestamp::Timestamp;
use crate::net::clock::Clock;
use hickory_proto::dnssec::DigestType;
use rustls_pki_types::PrivatePkcs8KeyDer;
use service::{Live, Policies};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use time::OffsetDateTime;
use tokio::task::JoinSet;
use tokio::time::sleep;
use zone::Particulars;

/// How often the zone is signed anew; signatures hold for a fortnight.
const RESIGN: Duration = Duration::from_hours(24);

/// Why the probes can't be set up.
#[derive(Debug, Error)]
pub enum ProbesError {
    /// What should be an address or a range is none.
    #[error("`{0}` is no address of a probe")]
    Address(String),
    /// There is no such posture.
    #[error("there is no posture `{0}`")]
    Posture(String),
    /// There are more addresses than postures.
    #[error("`{0}` has more addresses than the nine that there are postures for")]
    TooMany(String),
    /// Two postures can't share an address, since connections are told apart by it.
    #[error("{0} is given to two probes")]
    Twice(IpAddr),
    /// The control has no address.
    #[error("the posture `good` has no address, and without the control nothing can be concluded")]
    NoControl,
    /// The certificates lack names.
    #[error("no certificate is for {}", .0.join(", "))]
    Names(Vec<String>),
    /// A certificate is for every name that might have been a wrong one.
    #[error("the certificate is for every name below {0}: none is left that it lacks")]
    TooManyNames(String),
    /// A file of the state folder can't be read or written.
    #[error("{}: {source}", file.display())]
    State {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// An address can't be listened at.
    #[error("can't listen at {address}: {source}")]
    Socket {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The zone can't be made.
    #[error(transparent)]
    Zone(#[from] AuthorityError),
    /// A certificate can't be issued.
    #[error("a certificate can't be issued: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A server can't speak TLS.
    #[error("TLS can't be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// The time is none that certificates can hold.
    #[error("the time is out of range")]
    Time(#[source] time::error::ComponentRange),
}

/// What the user wants.
#[derive(Debug)]
pub struct Order {
    /// The probe domain, in lower case, without a dot at its end.
    pub domain: String,
    /// Where each posture is served.
    pub addresses: Addresses,
    /// The port of all of them.
    pub port: u16,
    /// The user's certificates.
    pub given: Given,
    /// The name servers of the zone.
    pub name_servers: Vec<NameServer>,
    /// The addresses of the policy hosts; without one the postures of MTA-STS are left out.
    pub policy_hosts: Vec<IpAddr>,
    /// Where senders are to report to, such as `mailto:tls@example.net`.
    pub report_to: Option<String>,
    /// Where keys are kept.
    pub state: State,
}

/// The probes, ready to be served.
#[derive(Debug)]
pub struct Probes {
    plan: Plan,
    wardrobe: Wardrobe,
    particulars: Particulars,
    key: ZoneKey,
}

/// The servers of one run, which end with it.
#[derive(Debug, Default)]
pub struct Services {
    tasks: JoinSet<()>,
}

impl Probes {
    /// Lays out the probes and makes their certificates and keys, as of `now`.
    pub fn prepare(order: Order, now: Timestamp) -> Result<Self, ProbesError> {
        let Order {
            domain,
            addresses,
            port,
            given,
            name_servers,
            policy_hosts,
            report_to,
            state,
        } = order;
        let policies = !policy_hosts.is_empty();
        let wanted: Vec<Posture> = Posture::ALL
            .into_iter()
            .filter(|posture| !addresses.of(*posture).is_empty())
            .filter(|posture| policies || !plan::needs_policy(*posture))
            .collect();
        let wardrobe = Wardrobe::new(&domain, &wanted, given, &state, now)?;
        let key = state.key("zone")?;
        Ok(Self {
            plan: Plan::new(&domain, &addresses, policies, &wardrobe),
            wardrobe,
            particulars: Particulars {
                name_servers,
                policy_hosts,
                report_to,
                port,
            },
            key: ZoneKey::from_pkcs8(&PrivatePkcs8KeyDer::from(key.serialized_der()))?,
        })
    }

    /// What is served where.
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The certificates of the servers.
    pub const fn wardrobe(&self) -> &Wardrobe {
        &self.wardrobe
    }

    /// What the mail server of a posture shows; nothing where it offers no TLS.
    pub fn identity(&self, posture: Posture) -> Option<&Identity> {
        self.wardrobe.shown(posture)
    }

    /// The zone in master-file format (RFC 1035 §5), signed or not.
    pub fn zone_text(&self, signed: bool, now: Timestamp) -> Result<String, ProbesError> {
        Ok(presentation::text(&self.zone(signed, now)?))
    }

    /// What the zone above has to publish: the delegation, addresses of name servers within the zone and, where it is
    /// signed by us, the DS record.
    pub fn parent_text(&self, signed: bool) -> Result<String, ProbesError> {
        let domain = &self.plan.domain;
        let mut text = String::new();
        for server in &self.particulars.name_servers {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{domain}. {TTL} IN NS {}.", server.name);
            for address in &server.addresses {
                let kind = if address.is_ipv4() { "A" } else { "AAAA" };
                let _ = writeln!(text, "{}. {TTL} IN {kind} {address}", server.name);
            }
        }
        if signed {
            text += &self.ds()?;
        }
        Ok(text)
    }

    /// The DS record of the zone (RFC 4034 §5.3), with a line end.
    pub fn ds(&self) -> Result<String, ProbesError> {
        let origin = zone::name(&self.plan.domain)?;
        let ds = self.key.ds(&origin, DigestType::SHA256)?;
        Ok(format!("{origin} {TTL} IN DS {}\n", ds_text(&ds)))
    }

    fn zone(&self, signed: bool, now: Timestamp) -> Result<Zone, ProbesError> {
        let records = zone::records(&self.plan, &self.wardrobe, &self.particulars, now)?;
        let time = OffsetDateTime::from_unix_timestamp(now.unix()).map_err(ProbesError::Time)?;
        let signing = signed.then(|| Signing {
            key: self.key.clone(),
            denial: Denial::Nsec,
            // Clocks of validators may be behind.
            from: time - Duration::from_hours(1),
        });
        let origin = zone::name(&self.plan.domain)?;
        Ok(Zone::build(origin, records, signing.as_ref())?)
    }

    /// Serves the signed zone, and signs it anew every day. Gives the address, with the port that was free where 0 was
    /// asked for.
    pub async fn serve_dns(
        self: &Arc<Self>,
        address: SocketAddr,
        clock: Clock,
        services: &mut Services,
    ) -> Result<SocketAddr, ProbesError> {
        let live = Arc::new(Live::new(self.zone(true, clock.now())?));
        let bound = service::serve_dns(address, Arc::clone(&live), &mut services.tasks).await?;
        let probes = Arc::clone(self);
        services.tasks.spawn(async move {
            loop {
                sleep(RESIGN).await;
                if let Ok(zone) = probes.zone(true, clock.now()) {
                    live.replace(zone);
                }
            }
        });
        Ok(bound)
    }

    /// Serves the policies of MTA-STS.
    pub async fn serve_https(
        &self,
        address: SocketAddr,
        services: &mut Services,
    ) -> Result<SocketAddr, ProbesError> {
        let with_policy = self.plan.probes.iter().filter(|probe| probe.has_policy());
        let texts: BTreeMap<_, _> = with_policy
            .map(|probe| (probe.policy_host(), probe.policy()))
            .collect();
        let policies = Policies::new(texts, self.wardrobe.policy_hosts())?;
        service::serve_https(address, Arc::new(policies), &mut services.tasks).await
    }
}
