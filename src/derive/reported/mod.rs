//! Reports to sums: what all reports about one domain come to. A report that comes twice is counted once.
//!
//! No sum comes to its end without a word: a report with which one would is not counted, see [`MOST_SUM`].

use crate::facts::observed::{Cause, Observed, Proof};
use crate::facts::reported::{LeftOut, Reported, ReportedWord, Reporter};
use crate::facts::timestamp::Timestamp;
use crate::records::reports::aggregate::AggregateReport;
use crate::records::reports::failure::FailureReport;
use crate::records::reports::tls::{TlsPolicyReport, TlsReport};
use failures::Failures;
use mail::Mail;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use tls::Sessions;

mod failures;
mod mail;
mod now;
mod tls;

/// Most sources, and most kinds of TLS failure, that are listed.
const MOST_SOURCES: usize = 200;

/// Most selectors, domains in From, reporters, policies and words that are listed.
const MOST: usize = 100;

/// Most entries of a list within an entry.
const MOST_WITHIN: usize = 10;

/// Most messages, incidents or sessions that are summed up about one domain: more than all mail of the world in a year,
/// and a number that JSON holds exactly (RFC 8259 §6).
pub const MOST_SUM: u64 = 1_000_000_000_000_000;

pub use now::complete;

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    /// It is counted.
    Counted,
    /// It was counted before.
    Repeated,
    /// It has a fatal defect.
    Invalid,
    /// With it a sum would be beyond [`MOST_SUM`].
    TooLarge,
}

/// What kind of report it is: ids are unique within one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Aggregate,
    Failure,
    Tls,
}

/// All reports that were read so far, domain by domain.
#[derive(Debug, Default)]
pub struct Ledger {
    domains: BTreeMap<String, Entry>,
    /// Kind, organization, report id and domain of what was counted.
    seen: BTreeSet<(Kind, String, String, String)>,
    /// What the reports of a kind about a domain come to, an upper bound of each sum; failure reports have one for all.
    sums: BTreeMap<(Kind, String), u64>,
    /// Failure reports, until it is known which domains have a policy of their own.
    failures: Vec<FailureReport>,
}

#[derive(Debug, Default)]
struct Entry {
    aggregate: u32,
    failure: u32,
    tls_reports: u32,
    repeated: u32,
    mail: Mail,
    failures: Failures,
    tls: Sessions,
}

impl Ledger {
    /// Counts an aggregate report, or says why it is not counted.
    pub fn aggregate(&mut self, report: &AggregateReport) -> Entered {
        if !report.valid {
            return Entered::Invalid;
        }
        let fresh = self.fresh(
            Kind::Aggregate,
            &report.organization,
            &report.report_id,
            &report.domain,
        );
        let counts = report.records.iter().map(|record| record.count);
        if fresh && !self.has_room(Kind::Aggregate, &report.domain, counts) {
            return Entered::TooLarge;
        }
        let entry = self.domains.entry(report.domain.clone()).or_default();
        if !fresh {
            entry.repeated = entry.repeated.saturating_add(1);
            return Entered::Repeated;
        }
        entry.aggregate = entry.aggregate.saturating_add(1);
        entry.mail.add(report);
        Entered::Counted
    }

    /// Counts a failure report, or says why it is not counted.
    pub fn failure(&mut self, report: FailureReport) -> Entered {
        if !report.valid {
            return Entered::Invalid;
        }
        let fresh = self.fresh(
            Kind::Failure,
            &report.organization,
            &report.digest,
            &report.domain,
        );
        if !fresh {
            let entry = self.domains.entry(report.domain).or_default();
            entry.repeated = entry.repeated.saturating_add(1);
            return Entered::Repeated;
        }
        // A reason may be named more than once.
        let named = report.reasons.len().max(1);
        let counts = std::iter::repeat_n(report.incidents, named);
        if !self.has_room(Kind::Failure, "", counts) {
            return Entered::TooLarge;
        }
        self.failures.push(report);
        Entered::Counted
    }

    /// Counts an SMTP TLS report, which may be about several domains, or says why it is not counted. What there is room
    /// for is counted.
    pub fn tls(&mut self, report: &TlsReport) -> Entered {
        if !report.valid {
            return Entered::Invalid;
        }
        let mut of_domain: BTreeMap<&str, Vec<&TlsPolicyReport>> = BTreeMap::new();
        for policy in &report.policies {
            of_domain.entry(&policy.domain).or_default().push(policy);
        }
        let (mut any, mut room) = (false, true);
        for (domain, policies) in of_domain {
            let fresh = self.fresh(Kind::Tls, &report.organization, &report.report_id, domain);
            let counts = policies.iter().flat_map(|policy| {
                let failures = policy.failures.iter().map(|failure| failure.sessions);
                failures.chain([policy.successful, policy.failed])
            });
            if fresh && !self.has_room(Kind::Tls, domain, counts) {
                room = false;
                continue;
            }
            let entry = self.domains.entry(domain.to_owned()).or_default();
            if fresh {
                entry.tls_reports = entry.tls_reports.saturating_add(1);
                entry.tls.add(report, &policies);
            } else {
                entry.repeated = entry.repeated.saturating_add(1);
            }
            any |= fresh;
        }
        match (room, any) {
            (false, _) => Entered::TooLarge,
            (true, true) => Entered::Counted,
            (true, false) => Entered::Repeated,
        }
    }

    /// What the reports come to, by domain. A failure report about a subdomain without aggregate reports of its own is
    /// put down to the nearest domain above it that has some.
    pub fn finish(mut self) -> BTreeMap<String, Reported> {
        for report in std::mem::take(&mut self.failures) {
            let domain = self.owner(&report.domain);
            let entry = self.domains.entry(domain).or_default();
            entry.failure = entry.failure.saturating_add(1);
            entry.failures.add(&report);
        }
        let summed = self.domains.into_iter();
        summed
            .map(|(domain, entry)| (domain, entry.sum()))
            .collect()
    }

    fn fresh(&mut self, kind: Kind, organization: &str, id: &str, domain: &str) -> bool {
        // Without an id no repetition can be told.
        id.is_empty()
            || self.seen.insert((
                kind,
                organization.to_lowercase(),
                id.to_owned(),
                domain.to_owned(),
            ))
    }

    /// Adds to what the reports come to, unless that is too much.
    fn has_room(
        &mut self,
        kind: Kind,
        domain: &str,
        counts: impl IntoIterator<Item = u64>,
    ) -> bool {
        let sum = self.sums.entry((kind, domain.to_owned())).or_default();
        let more = counts.into_iter().try_fold(*sum, u64::checked_add);
        let more = more.filter(|more| *more <= MOST_SUM);
        *sum = more.unwrap_or(*sum);
        more.is_some()
    }

    fn owner(&self, domain: &str) -> String {
        let mut at = domain;
        loop {
            if self
                .domains
                .get(at)
                .is_some_and(|entry| entry.aggregate > 0)
            {
                return at.to_owned();
            }
            match at.split_once('.') {
                Some((_, above)) => at = above,
                None => return domain.to_owned(),
            }
        }
    }
}

impl Entry {
    fn sum(self) -> Reported {
        let unread = self.mail.records_left_out > 0;
        let mut mail = settled(
            self.aggregate,
            self.mail.sum(),
            "the reports count no message",
        );
        if mail.is_absent() && unread {
            mail = Observed::unknown(Cause::NotAttempted, "no record of the reports can be read");
        }
        Reported {
            aggregate_reports: self.aggregate,
            failure_reports: self.failure,
            tls_reports: self.tls_reports,
            repeated_reports: self.repeated,
            mail,
            failures: settled(
                self.failure,
                self.failures.sum(),
                "the reports count no message",
            ),
            tls: settled(
                self.tls_reports,
                self.tls.sum(),
                "the reports count no session",
            ),
        }
    }
}

/// Unknown without a report; absent where the reports count nothing.
fn settled<T>(reports: u32, sum: Option<T>, nothing: &str) -> Observed<T> {
    match sum {
        _ if reports == 0 => Observed::unobserved(),
        Some(sum) => Observed::present(sum),
        None => Observed::Absent {
            proof: Proof::NoSubject,
            detail: nothing.to_owned(),
        },
    }
}

/// The share of a part in ten thousand, rounded down; 0 of nothing.
fn per_10000(part: u64, whole: u64) -> u32 {
    let share = u128::from(part)
        .saturating_mul(10_000)
        .checked_div(u128::from(whole))
        .unwrap_or(0);
    u32::try_from(share).unwrap_or(u32::MAX)
}

/// Whether a part is at least half of the whole.
const fn half(part: u64, whole: u64) -> bool {
    part >= whole.saturating_sub(part)
}

/// A period that grows with every report.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    begin: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl Span {
    fn add(&mut self, begin: Option<Timestamp>, end: Option<Timestamp>) {
        self.begin = self.begin.into_iter().chain(begin).min();
        self.end = self.end.into_iter().chain(end).max();
    }
}

/// Who reported, by name.
#[derive(Debug, Default)]
struct Reporters(BTreeMap<String, (u32, u64, Span)>);

impl Reporters {
    fn add(&mut self, name: &str, count: u64, begin: Option<Timestamp>, end: Option<Timestamp>) {
        if name.is_empty() {
            return;
        }
        let (reports, sum, span) = self.0.entry(name.to_owned()).or_default();
        *reports = reports.saturating_add(1);
        *sum = sum.saturating_add(count);
        span.add(begin, end);
    }

    /// The list, and how many are not in it.
    fn list(self) -> (Vec<Reporter>, u32) {
        let reporters = self
            .0
            .into_iter()
            .map(|(name, (reports, count, span))| Reporter {
                name,
                reports,
                count,
                begin: span.begin,
                end: span.end,
            });
        most(reporters.collect(), |reporter| reporter.count, MOST)
    }
}

/// Words and how often they were seen.
#[derive(Clone, Debug, Default)]
struct Words(BTreeMap<String, u64>);

impl Words {
    fn add(&mut self, word: &str, count: u64) {
        if !word.is_empty() {
            let sum = self.0.entry(word.to_owned()).or_default();
            *sum = sum.saturating_add(count);
        }
    }

    fn list(self, longest: usize) -> Vec<ReportedWord> {
        let words = self
            .0
            .into_iter()
            .map(|(word, count)| ReportedWord { word, count });
        most(words.collect(), |word| word.count, longest).0
    }
}

/// Addresses and how often they were seen.
#[derive(Debug, Default)]
struct Addresses(BTreeMap<IpAddr, u64>);

/// The entries with the greatest count first, as many as are listed; and how many are not. Entries with the same count
/// stay in their order.
fn most<T>(mut entries: Vec<T>, count: impl Fn(&T) -> u64, longest: usize) -> (Vec<T>, u32) {
    entries.sort_by_key(|entry| Reverse(count(entry)));
    let left_out = entries.len().saturating_sub(longest);
    entries.truncate(longest);
    (entries, number(left_out))
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl LeftOut {
    fn add(&mut self, messages: u64, failing: u64) {
        self.entries = self.entries.saturating_add(1);
        self.messages = self.messages.saturating_add(messages);
        self.failing = self.failing.saturating_add(failing);
    }
}

#[cfg(test)]
mod tests;
