//! SMTP TLS reports to sums.

use super::{MOST_SOURCES, Reporters, Span, most, per_10000};
use crate::facts::reported::{
    ReportedTls, ReportedTlsFailure, ReportedTlsPolicy, SessionCount, TlsPolicyType,
};
use crate::records::reports::tls::{TlsPolicyReport, TlsReport};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// All SMTP TLS reports about one domain.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    span: Span,
    policies: BTreeMap<TlsPolicyType, (u64, u64)>,
    failures: BTreeMap<Failure, u64>,
    reporters: Reporters,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Failure {
    result_type: String,
    policy_type: TlsPolicyType,
    receiving_mx: String,
    sending_mta: Option<IpAddr>,
    reason: String,
}

impl Sessions {
    /// Adds what a report counts under the policies of this domain.
    pub(super) fn add(&mut self, report: &TlsReport, policies: &[&TlsPolicyReport]) {
        self.span.add(report.begin, report.end);
        let mut sessions = 0_u64;
        for policy in policies {
            let sums = self.policies.entry(policy.policy_type).or_default();
            sums.0 = sums.0.saturating_add(policy.successful);
            sums.1 = sums.1.saturating_add(policy.failed);
            sessions = sessions
                .saturating_add(policy.successful)
                .saturating_add(policy.failed);
            for failure in &policy.failures {
                let kind = Failure {
                    result_type: failure.result_type.clone(),
                    policy_type: policy.policy_type,
                    receiving_mx: failure.receiving_mx.clone(),
                    sending_mta: failure.sending_mta,
                    reason: failure.reason.clone(),
                };
                let sum = self.failures.entry(kind).or_default();
                *sum = sum.saturating_add(failure.sessions);
            }
        }
        self.reporters
            .add(&report.organization, sessions, report.begin, report.end);
    }

    /// The sum; none where no session was counted.
    pub(super) fn sum(self) -> Option<ReportedTls> {
        let all = self
            .policies
            .values()
            .fold((0, 0), |(successful, failed): (u64, u64), sums| {
                (
                    successful.saturating_add(sums.0),
                    failed.saturating_add(sums.1),
                )
            });
        let count = counted(all);
        if count.sessions == 0 {
            return None;
        }
        let policies = self
            .policies
            .into_iter()
            .map(|(policy_type, sums)| ReportedTlsPolicy {
                policy_type,
                count: counted(sums),
            });
        let failures = self
            .failures
            .into_iter()
            .map(|(kind, sessions)| ReportedTlsFailure {
                result_type: kind.result_type,
                policy_type: kind.policy_type,
                receiving_mx: kind.receiving_mx,
                sending_mta: kind.sending_mta,
                reason: kind.reason,
                sessions,
            });
        let (failures, failures_left_out) =
            most(failures.collect(), |failure| failure.sessions, MOST_SOURCES);
        let (reporters, reporters_left_out) = self.reporters.list();
        Some(ReportedTls {
            begin: self.span.begin,
            end: self.span.end,
            count,
            policies: policies.collect(),
            failures,
            failures_left_out,
            reporters,
            reporters_left_out,
        })
    }
}

fn counted((successful, failed): (u64, u64)) -> SessionCount {
    let sessions = successful.saturating_add(failed);
    SessionCount {
        sessions,
        successful,
        failed,
        successful_per_10000: per_10000(successful, sessions),
    }
}
