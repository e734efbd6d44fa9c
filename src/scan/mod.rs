//! Many targets at once: bounded in number, in the order in which they were given, with shared work done once.

use crate::collect::Collector;
use crate::facts::Facts;
use crate::facts::target::Target;
use futures_util::stream::{self, StreamExt as _};
use std::collections::BTreeMap;
use std::pin::pin;

mod basis;
pub mod cases;
pub mod correct;
pub mod deliveries;
mod exhibits;
pub mod explain;
mod follow;
pub mod gather;
mod keys;
pub mod lab;
mod not_executed;
pub mod outbound;
pub mod plan;
pub mod said;
pub mod stored;
pub mod table;
pub mod targets;
mod waive;

pub use basis::Basis;

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
/// When `stop` comes about, what is complete is given on and the rest is left. Gives how many there were.
pub async fn collect(
    collector: &Collector,
    jobs: &[Job],
    at_once: usize,
    stop: impl Future<Output = ()>,
    mut each: impl FnMut(Facts),
) -> usize {
    let facts = jobs.iter().enumerate().map(|(number, job)| async move {
        let document = Box::pin(collector.facts(&job.target, &job.selectors)).await;
        (number, document)
    });
    let documents = stream::iter(facts).buffer_unordered(at_once.max(1));
    let mut documents = pin!(documents.take_until(stop));
    let (mut given, mut waiting) = (0, BTreeMap::new());
    while let Some((number, document)) = documents.next().await {
        waiting.insert(number, document);
        while let Some(document) = waiting.remove(&given) {
            each(document);
            given += 1;
        }
    }
    let rest = waiting.len();
    waiting.into_values().for_each(each);
    given + rest
}
