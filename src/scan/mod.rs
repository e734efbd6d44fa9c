//! Many targets at once: bounded in number, in the order in which they were given, with shared work done once.

use crate::collect::Collector;
use crate::facts::Facts;
use crate::facts::target::Target;
use crate::policy::Policy;
use crate::results::{SCHEMA, Scan, TargetResult, summary::Summary};
use futures_util::stream::{self, StreamExt as _};
use std::collections::BTreeMap;

pub mod gate;
pub mod lab;
pub mod stored;
pub mod table;
pub mod targets;

/// One target and what the user knows of it.
#[derive(Clone, Debug)]
pub struct Job {
    /// The mail domain.
    pub target: Target,
    /// DKIM selectors to ask for besides the common ones.
    pub selectors: Vec<String>,
}

/// Collects the facts of all jobs, at most so many at once, and gives each document on as soon as it and
/// all before it are complete. A slow one keeps no others from being worked on, only from being given on.
pub async fn collect(
    collector: &Collector,
    jobs: &[Job],
    at_once: usize,
    mut each: impl FnMut(Facts),
) {
    let facts = jobs.iter().enumerate().map(|(number, job)| async move {
        let document = collector.facts(&job.target, &job.selectors).await;
        (number, document)
    });
    let mut documents = stream::iter(facts).buffer_unordered(at_once.max(1));
    let (mut next, mut waiting) = (0, BTreeMap::new());
    while let Some((number, document)) = documents.next().await {
        waiting.insert(number, document);
        while let Some(document) = waiting.remove(&next) {
            each(document);
            next += 1;
        }
    }
}

/// The results of a run from those of its targets.
pub fn assemble(policy: &Policy, targets: Vec<TargetResult>) -> Scan {
    let summary = Summary::of(targets.iter().flat_map(|target| &target.findings));
    Scan {
        schema: SCHEMA.to_owned(),
        waxseal: env!("CARGO_PKG_VERSION").to_owned(),
        baselines: policy.baselines().to_vec(),
        rules: policy.rules().to_vec(),
        targets,
        summary,
    }
}
