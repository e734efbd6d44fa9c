//! The lab as a place to collect in: the ways to it, and its scenarios as jobs.

use super::Job;
use crate::collect::reach::Reach;
use crate::collect::ways::{Patience, Ways};
use crate::derive::chain::{TrustStore, TrustStoreError};
use crate::facts::target::Role;
use crate::facts::vantage::{DnssecMode, Probe};
use crate::lab::{self, Lab};
use crate::net::clock::Clock;
use crate::net::dial::Dial;
use crate::net::dnssec::anchors::{AnchorError, TrustAnchors};
use crate::records::domain;
use std::time::Duration;

/// On loopback an answer that takes longer is not coming, even where the machine is busy.
const PATIENCE: Patience = Patience {
    dns: Duration::from_millis(2500),
    dns_attempts: 2,
    connect: Duration::from_secs(4),
    greeting: Duration::from_secs(10),
    command: Duration::from_secs(10),
    pause: Duration::ZERO,
    back_off: Duration::from_millis(20),
};

/// The lab does not fit the collector.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// Its trust anchor can't be read.
    #[error("trust anchor: {0}")]
    Anchor(#[from] AnchorError),
    /// Its certification authority can't be read.
    #[error("certification authority: {0}")]
    Authority(#[from] TrustStoreError),
}

/// The ways into a running lab; none of them leads out of it.
pub fn ways(lab: &Lab, clock: Clock, dnssec: DnssecMode) -> Result<Ways, LabError> {
    Ok(Ways {
        resolvers: vec![lab.resolver()],
        dnssec,
        anchors: TrustAnchors::parse(lab.trust_anchor())?,
        trust: TrustStore::from_pem("lab", lab.ca_pem().as_bytes())?,
        dial: Dial::confined(lab.dial().clone()),
        reach: Reach {
            ipv4: true,
            ipv6: true,
            internal: false,
            lab: true,
        },
        ehlo_name: "scanner.waxseal.test".to_owned(),
        probe: Probe::Standard,
        controls: vec!["mx1.mail.test".to_owned()],
        clock,
        patience: PATIENCE,
    })
}

/// Every scenario as a job.
pub fn jobs() -> Vec<Job> {
    let job = |scenario: &lab::Scenario| {
        let target = domain::target(scenario.domain, Role::Mail).ok()?;
        Some(Job {
            selectors: owned(scenario.selectors),
            target,
        })
    };
    lab::scenarios().filter_map(job).collect()
}

/// The DKIM selectors that a scenario's owner would give.
pub fn selectors(domain: &str) -> Vec<String> {
    let scenario = lab::scenarios().find(|scenario| scenario.domain == domain);
    scenario.map_or_else(Vec::new, |scenario| owned(scenario.selectors))
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
