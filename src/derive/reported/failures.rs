//! Failure reports to sums.

use super::{Addresses, MOST, MOST_SOURCES, Reporters, Span, Words, most};
use crate::facts::reported::{FailureSource, ReportedFailures};
use crate::records::reports::failure::FailureReport;

/// All failure reports about one domain.
#[derive(Debug, Default)]
pub(super) struct Failures {
    span: Span,
    incidents: u64,
    reasons: Words,
    deliveries: Words,
    domains: Words,
    sources: Addresses,
    reporters: Reporters,
}

impl Failures {
    pub(super) fn add(&mut self, report: &FailureReport) {
        let count = report.incidents;
        self.span.add(report.arrival, report.arrival);
        self.incidents = self.incidents.saturating_add(count);
        for reason in &report.reasons {
            self.reasons.add(reason, count);
        }
        self.deliveries.add(&report.delivery, count);
        self.domains.add(&report.domain, count);
        if let Some(source) = report.source {
            let sum = self.sources.0.entry(source).or_default();
            *sum = sum.saturating_add(count);
        }
        self.reporters
            .add(&report.organization, count, report.arrival, report.arrival);
    }

    /// The sum; none where no message was counted.
    pub(super) fn sum(self) -> Option<ReportedFailures> {
        if self.incidents == 0 {
            return None;
        }
        let sources = self
            .sources
            .0
            .into_iter()
            .map(|(address, incidents)| FailureSource { address, incidents });
        let (sources, sources_left_out) =
            most(sources.collect(), |source| source.incidents, MOST_SOURCES);
        Some(ReportedFailures {
            begin: self.span.begin,
            end: self.span.end,
            incidents: self.incidents,
            reasons: self.reasons.list(MOST),
            deliveries: self.deliveries.list(MOST),
            domains: self.domains.list(MOST),
            sources,
            sources_left_out,
            reporters: self.reporters.list().0,
        })
    }
}
