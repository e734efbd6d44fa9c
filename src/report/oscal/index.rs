//! What a document must say before its lists: which controls were assessed, when, and whether a list has items at
//! all. The first pass over the targets.

use super::super::{uids, words};
use super::observed;
use crate::facts::timestamp::Timestamp;
use crate::results::targets::Results;
use crate::results::{Run, TargetResult};
use std::collections::BTreeMap;
use std::io;
use uuid::Uuid;

/// What the targets have in common. Its size follows the policies, not the number of targets.
pub(super) struct Index {
    /// A name that changes with anything that the document says.
    pub(super) uuid: Uuid,
    /// When the first observation began.
    pub(super) started: Timestamp,
    /// When the last one was over.
    pub(super) ended: Timestamp,
    /// The objectives by control, each with its sentence.
    pub(super) controls: BTreeMap<String, BTreeMap<String, String>>,
    /// How many targets there are.
    pub(super) targets: usize,
    /// Whether there is an observation of a target.
    pub(super) observations: bool,
    /// Whether there is a finding.
    pub(super) findings: bool,
    /// Whether there is a risk.
    pub(super) risks: bool,
}

impl Index {
    /// Goes through the targets once.
    pub(super) fn of(results: Results<'_>) -> io::Result<Self> {
        let mut times: Option<(Timestamp, Timestamp)> = None;
        let epoch = Timestamp::from_unix(0);
        let mut index = Self {
            uuid: root(results.run),
            started: epoch,
            ended: epoch,
            controls: BTreeMap::new(),
            targets: 0,
            observations: false,
            findings: false,
            risks: false,
        };
        results.targets.each(&mut |_, result| {
            let (began, over) = observed_from_to(result);
            times = Some(times.map_or((began, over), |(first, last)| {
                (first.min(began), last.max(over))
            }));
            index.add(result);
            Ok(())
        })?;
        if let Some((started, ended)) = times {
            (index.started, index.ended) = (started, ended);
        }
        Ok(index)
    }

    fn add(&mut self, result: &TargetResult) {
        self.targets += 1;
        self.uuid = uids::within(self.uuid, &result.target.domain);
        self.uuid = uids::within(self.uuid, &result.facts_sha256);
        let outcomes: Vec<&str> = result
            .findings
            .iter()
            .map(|finding| finding.outcome.as_str())
            .collect();
        self.uuid = uids::within(self.uuid, &outcomes.join(" "));
        for finding in &result.findings {
            self.observations = true;
            self.findings |= observed::settled(finding.outcome);
            self.risks |= observed::risky(finding.outcome);
            let objectives = self.controls.entry(observed::control(finding)).or_default();
            let title = || words::requirement(finding);
            objectives
                .entry(observed::objective(finding))
                .or_insert_with(title);
        }
    }
}

/// The name of a document of this run before its targets.
fn root(run: &Run) -> Uuid {
    let mut name = uids::of(&["assessment-results", &run.waxseal]);
    let files = run.policy_files.iter().chain(&run.settings);
    let digests = files.flat_map(|file| [&file.path, &file.sha256]);
    let baselines = run
        .baselines
        .iter()
        .flat_map(|baseline| [&baseline.id, &baseline.sha256]);
    let notices = run.notices.iter().map(|notice| &notice.text);
    let whole = digests.chain(baselines).chain(notices).chain(&run.partial);
    for part in whole {
        name = uids::within(name, part);
    }
    name
}

/// When the observation of a target began and was over, to the second.
fn observed_from_to(result: &TargetResult) -> (Timestamp, Timestamp) {
    let started = result.started();
    let seconds = result.vantage.duration_milliseconds.div_ceil(1000);
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    (
        started,
        Timestamp::from_unix(started.unix().saturating_add(seconds)),
    )
}
