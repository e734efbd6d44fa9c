//! Documents for cases that give records: all of them played in one lab and collected from it.

use super::lab::{LabError as WaysError, ways};
use super::{Job, collect};
use crate::collect::Collector;
use crate::facts::target::Role;
use crate::facts::timestamp::Timestamp;
use crate::facts::vantage::DnssecMode;
use crate::lab::{LabError, Stage};
use crate::net::clock::Clock;
use crate::net::dns::DnsError;
use crate::policy::cases::{Play, Played};
use crate::records::domain;
use std::collections::BTreeSet;
use std::future::pending;

/// When cases play: 2026-11-23T10:00:00Z, as in the document that other cases start from.
const NOW: i64 = 1_795_428_000;
/// How many domains are collected at once.
const AT_ONCE: usize = 16;

/// Why no case could be played. Faults of one case are in what was played instead.
#[derive(Debug, thiserror::Error)]
pub enum CasesError {
    /// The lab does not start.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// The lab does not fit the collector.
    #[error(transparent)]
    Ways(#[from] WaysError),
    /// The collector's own DNS client does not start.
    #[error(transparent)]
    Dns(#[from] DnsError),
}

/// Plays what cases ask for, each in a domain of its own, and collects the facts of it at one time.
pub async fn play(plays: BTreeSet<Play>) -> Result<Played, CasesError> {
    let mut played = Played::new();
    let mut stage = Stage::new();
    let (mut jobs, mut waiting) = (Vec::new(), Vec::new());
    for play in plays {
        let custom = stage.add(play.scenario.as_deref(), &play.records);
        let job = custom
            .map_err(|error| error.to_string())
            .and_then(|custom| {
                let target = domain::target(&custom.domain, Role::Mail);
                Ok(Job {
                    target: target.map_err(|error| error.to_string())?,
                    selectors: custom.selectors,
                })
            });
        match job {
            Ok(job) => {
                jobs.push(job);
                waiting.push(play);
            }
            Err(error) => drop(played.insert(play, Err(error))),
        }
    }
    if jobs.is_empty() {
        return Ok(played);
    }
    let now = Timestamp::from_unix(NOW);
    let lab = stage.start(now).await?;
    let ways = ways(&lab, Clock::Fixed(now), DnssecMode::Validate)?;
    let collector = Collector::open(ways)?;
    let mut waiting = waiting.into_iter();
    let take = |facts| {
        if let Some(play) = waiting.next() {
            played.insert(play, Ok(facts));
        }
    };
    collect(&collector, &jobs, AT_ONCE, pending(), take).await;
    Ok(played)
}
