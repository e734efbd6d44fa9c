//! Target to facts: one file a family. Each asks `net`, reads the answers with `records` and hands
//! them on; `derive` completes the document at the end.

use crate::derive;
use crate::derive::spf::check::Sender;
use crate::facts::delivery::Delivery;
use crate::facts::mx::Reverse;
use crate::facts::observed::Observed;
use crate::facts::reported::Reported;
use crate::facts::spf::{Spf, SpfCheck};
use crate::facts::target::Target;
use crate::facts::timestamp::Timestamp;
use crate::facts::vantage::{DnssecMode, Probe, SmtpEgress, Vantage};
use crate::facts::{Facts, SCHEMA};
use crate::net::clock::Clock;
use crate::net::dns::Dns;
use crate::net::dns::direct::Direct;
use crate::net::https::Https;
use crate::net::smtp::Smtp;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

mod answers;
mod bimi;
mod caa;
mod crl;
mod dangling;
mod dkim;
mod dmarc;
mod egress;
mod mail_servers;
mod mta_sts;
mod offers;
pub mod reach;
mod reverse;
mod sessions;
mod spf;
mod tls_rpt;
pub mod ways;
mod web;
mod zone;

use crl::Lists;
pub use dkim::COMMON_SELECTORS;
pub use egress::CONTROL_HOSTS;
use reach::Reach;
use sessions::Sessions;

/// Everything that a run of collections shares: the ways to the outside and what is already known of servers.
#[derive(Debug)]
pub struct Collector {
    dns: Dns,
    direct: Direct,
    https: Https,
    sessions: Sessions,
    lists: Lists,
    trust: Arc<derive::chain::TrustStore>,
    circumstances: Circumstances,
}

/// What the documents of a run say of its circumstances.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// Where the time comes from.
    pub clock: Clock,
    /// The resolvers, for the record.
    pub resolvers: Vec<String>,
    /// Who judges the DNSSEC state.
    pub dnssec: DnssecMode,
    /// Which addresses are connected to.
    pub reach: Reach,
    /// How much is asked of mail servers.
    pub probe: Probe,
    /// The name given in EHLO.
    pub ehlo_name: String,
    /// The mail servers that tell whether port 25 can be reached at all, tried where a domain's can't be.
    pub controls: Vec<String>,
    /// How long to wait before an address is tried again that turned this client away.
    pub back_off: Duration,
}

impl Collector {
    /// A collector over these ways to the outside: resolvers and name servers, mail servers, web servers.
    pub fn new(
        (dns, direct): (Dns, Direct),
        smtp: Smtp,
        https: Https,
        trust: Arc<derive::chain::TrustStore>,
        circumstances: Circumstances,
    ) -> Self {
        let sessions = Sessions::new(smtp, dns.clone(), Arc::clone(&trust), &circumstances);
        Self {
            dns,
            direct,
            https,
            sessions,
            lists: Lists::default(),
            trust,
            circumstances,
        }
    }

    /// The fact document of one target. `selectors` are DKIM selectors that the user knows of, asked
    /// before the common ones. Whatever goes wrong out there stands in the document.
    pub async fn facts(&self, target: &Target, selectors: &[String]) -> Facts {
        let started = self.now();
        let clock_start = Instant::now();
        let domain = target.domain.as_str();
        let (zone, mx, spf, dmarc, dkim, mta_sts, tls_rpt, bimi, caa) = tokio::join!(
            zone::collect(self, domain),
            mail_servers::collect(self, domain),
            spf::collect(&self.dns, domain),
            dmarc::collect(&self.dns, domain),
            dkim::collect(&self.dns, domain, selectors, self.circumstances.probe),
            mta_sts::collect(self, domain),
            tls_rpt::collect(&self.dns, domain),
            bimi::collect(self, target),
            caa::collect(&self.dns, domain),
        );
        let vantage = self.vantage(
            started,
            clock_start,
            mail_servers::egress(&mx, self.sessions.egress()),
        );
        let mut facts = Facts {
            schema: SCHEMA.to_owned(),
            target: target.clone(),
            vantage,
            zone,
            mx,
            spf,
            dmarc,
            dkim,
            mta_sts,
            tls_rpt,
            bimi,
            caa,
            dangling: Vec::new(),
            outbound: Vec::new(),
            enforcement: Observed::unobserved(),
            reported: Reported::default(),
            delivery: Delivery::default(),
        };
        facts.dangling = dangling::collect(&self.dns, &facts).await;
        // Some of it was derived on the way already; all of it is made here, as `evaluate` makes it of a stored
        // document, so that the two can't differ.
        derive::complete(&mut facts);
        facts
    }

    /// The SPF policy of a domain alone.
    pub async fn spf(&self, domain: &str) -> Spf {
        spf::collect(&self.dns, domain).await
    }

    /// Checks a sender against the policy of its domain (RFC 7208 §4).
    pub async fn check_spf(&self, sender: &Sender) -> SpfCheck {
        spf::check(&self.dns, sender).await
    }

    /// What the reverse zone says of an address, and whether the name given in EHLO leads back to it.
    pub async fn reverse(&self, ip: IpAddr, greeting: Observed<&str>) -> Reverse {
        reverse::collect(&self.dns, ip, greeting).await
    }

    /// How many SMTP connections were opened so far.
    pub fn smtp_connections(&self) -> u64 {
        self.sessions.connections()
    }

    /// The DNS client, for its counts.
    pub const fn dns(&self) -> &Dns {
        &self.dns
    }

    /// The time by the run's clock.
    pub fn now(&self) -> Timestamp {
        self.circumstances.clock.now()
    }

    fn vantage(&self, started: Timestamp, since: Instant, smtp_egress: SmtpEgress) -> Vantage {
        let Circumstances {
            clock,
            resolvers,
            dnssec,
            reach,
            probe,
            ehlo_name,
            controls: _,
            back_off: _,
        } = &self.circumstances;
        Vantage {
            started,
            duration_milliseconds: clock.milliseconds_since(since),
            waxseal: env!("CARGO_PKG_VERSION").to_owned(),
            resolvers: resolvers.clone(),
            dnssec: *dnssec,
            ipv4: reach.ipv4,
            ipv6: reach.ipv6,
            smtp_egress,
            probe: *probe,
            trust_store: self.trust.name().to_owned(),
            ehlo_name: ehlo_name.clone(),
            lab: reach.lab,
        }
    }
}
