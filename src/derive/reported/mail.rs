//! Aggregate reports to sums.

use super::{
    MOST, MOST_SOURCES, MOST_WITHIN, Reporters, Span, Words, half, most, number, per_10000,
};
use crate::facts::observed::Observed;
use crate::facts::reported::{
    Dispositions, LeftOut, MailCount, PublishedPolicy, ReportedFrom, ReportedIdentity,
    ReportedMail, ReportedPolicy, ReportedSelector, ReportedSource, SourcePattern,
};
use crate::records::reports::aggregate::{
    AggregateRecord, AggregateReport, AuthResult, Disposition,
};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Words by which a receiver says that mail was forwarded (RFC 9990 §3.1, RFC 7489 appendix C).
const FORWARDED: [&str; 3] = ["forwarded", "trusted_forwarder", "mailing_list"];

/// All aggregate reports about one domain.
#[derive(Debug, Default)]
pub(super) struct Mail {
    span: Span,
    count: Count,
    pub(super) records_left_out: u32,
    dispositions: Dispositions,
    overrides: Words,
    sources: BTreeMap<IpAddr, Source>,
    selectors: BTreeMap<(String, String), (u64, u64)>,
    from: BTreeMap<String, Count>,
    policies: BTreeMap<PublishedPolicy, Policy>,
    reporters: Reporters,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    messages: u64,
    passing: u64,
    spf: u64,
    dkim: u64,
}

#[derive(Debug, Default)]
struct Source {
    count: Count,
    other_domain: u64,
    forwarded: u64,
    reporters: BTreeSet<String>,
    dispositions: Dispositions,
    overrides: Words,
    from: Words,
    spf: BTreeMap<AuthResult, u64>,
    dkim: BTreeMap<AuthResult, u64>,
}

#[derive(Debug, Default)]
struct Policy {
    span: Span,
    reports: u32,
    reporters: BTreeSet<String>,
}

impl Mail {
    pub(super) fn add(&mut self, report: &AggregateReport) {
        self.span.add(report.begin, report.end);
        self.records_left_out = self
            .records_left_out
            .saturating_add(report.records_left_out);
        let policy = self.policies.entry(report.policy.clone()).or_default();
        policy.span.add(report.begin, report.end);
        policy.reports = policy.reports.saturating_add(1);
        policy.reporters.insert(report.organization.clone());
        let mut messages = 0_u64;
        for record in &report.records {
            messages = messages.saturating_add(record.count);
            self.record(record, &report.organization);
        }
        self.reporters
            .add(&report.organization, messages, report.begin, report.end);
    }

    fn record(&mut self, record: &AggregateRecord, reporter: &str) {
        self.count.add(record);
        dispose(&mut self.dispositions, record);
        let reasons: BTreeSet<&String> = record.overrides.iter().collect();
        for reason in &reasons {
            self.overrides.add(reason, record.count);
        }
        if !record.header_from.is_empty() {
            self.from
                .entry(record.header_from.clone())
                .or_default()
                .add(record);
        }
        // A message may have several signatures with one selector; it counts once, as verified where one verifies.
        let mut selectors: BTreeMap<(&str, &str), bool> = BTreeMap::new();
        for result in record
            .dkim_results
            .iter()
            .filter(|result| !result.selector.is_empty())
        {
            *selectors
                .entry((&result.domain, &result.selector))
                .or_default() |= result.result == "pass";
        }
        for ((domain, selector), verified) in selectors {
            let sums = self
                .selectors
                .entry((domain.to_owned(), selector.to_owned()))
                .or_default();
            sums.0 = sums.0.saturating_add(record.count);
            sums.1 = sums
                .1
                .saturating_add(if verified { record.count } else { 0 });
        }
        let source = self.sources.entry(record.source).or_default();
        source.add(record, &reasons);
        if !source.reporters.contains(reporter) {
            source.reporters.insert(reporter.to_owned());
        }
    }

    /// The sum; none where no message was counted.
    pub(super) fn sum(self) -> Option<ReportedMail> {
        if self.count.messages == 0 {
            return None;
        }
        let (sources, sources_left_out) = sources(self.sources);
        let selectors = self.selectors.into_iter();
        let selectors =
            selectors.map(
                |((domain, selector), (messages, passing))| ReportedSelector {
                    domain,
                    selector,
                    messages,
                    passing,
                },
            );
        let (selectors, selectors_left_out) =
            most(selectors.collect(), |selector| selector.messages, MOST);
        let from = self.from.into_iter().map(|(domain, count)| ReportedFrom {
            domain,
            messages: count.messages,
            passing: count.passing,
        });
        let (from_domains, from_domains_left_out) =
            most(from.collect(), |from| from.messages, MOST);
        let (reporters, reporters_left_out) = self.reporters.list();
        Some(ReportedMail {
            begin: self.span.begin,
            end: self.span.end,
            days_old: None,
            count: self.count.sum(),
            records_left_out: self.records_left_out,
            dispositions: self.dispositions,
            overrides: self.overrides.list(MOST),
            sources,
            sources_left_out,
            selectors,
            selectors_left_out,
            from_domains,
            from_domains_left_out,
            policies: policies(self.policies),
            differences: Observed::unobserved(),
            reporters,
            reporters_left_out,
        })
    }
}

impl Count {
    fn add(&mut self, record: &AggregateRecord) {
        let when = |holds: bool| if holds { record.count } else { 0 };
        self.messages = self.messages.saturating_add(record.count);
        self.passing = self.passing.saturating_add(when(record.spf || record.dkim));
        self.spf = self.spf.saturating_add(when(record.spf));
        self.dkim = self.dkim.saturating_add(when(record.dkim));
    }

    const fn failing(&self) -> u64 {
        self.messages.saturating_sub(self.passing)
    }

    fn sum(self) -> MailCount {
        MailCount {
            messages: self.messages,
            passing: self.passing,
            failing: self.failing(),
            aligned_spf: self.spf,
            aligned_dkim: self.dkim,
            passing_per_10000: per_10000(self.passing, self.messages),
            aligned_spf_per_10000: per_10000(self.spf, self.messages),
            aligned_dkim_per_10000: per_10000(self.dkim, self.messages),
        }
    }
}

impl Source {
    fn add(&mut self, record: &AggregateRecord, reasons: &BTreeSet<&String>) {
        self.count.add(record);
        dispose(&mut self.dispositions, record);
        for reason in reasons {
            self.overrides.add(reason, record.count);
        }
        if reasons
            .iter()
            .any(|reason| FORWARDED.contains(&reason.as_str()))
        {
            self.forwarded = self.forwarded.saturating_add(record.count);
        }
        let mut results = record.spf_results.iter().chain(&record.dkim_results);
        if !record.spf && !record.dkim && results.any(|result| result.result == "pass") {
            self.other_domain = self.other_domain.saturating_add(record.count);
        }
        self.from.add(&record.header_from, record.count);
        identities(&mut self.spf, &record.spf_results, record.count);
        identities(&mut self.dkim, &record.dkim_results, record.count);
    }

    fn pattern(&self) -> SourcePattern {
        let all = self.count.messages;
        if half(self.count.spf, all) {
            SourcePattern::SpfAligned
        } else if half(self.forwarded, all) {
            SourcePattern::Forwarded
        } else if half(self.count.dkim, all) {
            SourcePattern::DkimOnly
        } else if half(self.other_domain, all) {
            SourcePattern::OtherDomain
        } else {
            SourcePattern::Unauthenticated
        }
    }

    fn sum(self, address: IpAddr) -> ReportedSource {
        let pattern = self.pattern();
        ReportedSource {
            address,
            count: self.count.sum(),
            pattern,
            other_domain: self.other_domain,
            reporters: number(self.reporters.len()),
            dispositions: self.dispositions,
            overrides: self.overrides.list(MOST_WITHIN),
            from_domains: self
                .from
                .list(MOST_WITHIN)
                .into_iter()
                .map(|from| from.word)
                .collect(),
            spf: listed(self.spf),
            dkim: listed(self.dkim),
        }
    }
}

const fn dispose(sums: &mut Dispositions, record: &AggregateRecord) {
    let sum = match record.disposition {
        Some(Disposition::Accepted) => &mut sums.accepted,
        Some(Disposition::Quarantined) => &mut sums.quarantined,
        Some(Disposition::Rejected) => &mut sums.rejected,
        None => &mut sums.unsaid,
    };
    *sum = sum.saturating_add(record.count);
}

/// Each identity counts once a message.
fn identities(sums: &mut BTreeMap<AuthResult, u64>, results: &[AuthResult], count: u64) {
    let once: BTreeSet<&AuthResult> = results.iter().collect();
    for result in once {
        match sums.get_mut(result) {
            Some(sum) => *sum = sum.saturating_add(count),
            None => drop(sums.insert(result.clone(), count)),
        }
    }
}

fn listed(sums: BTreeMap<AuthResult, u64>) -> Vec<ReportedIdentity> {
    let identities = sums
        .into_iter()
        .map(|(identity, messages)| ReportedIdentity {
            domain: identity.domain,
            selector: identity.selector,
            result: identity.result,
            messages,
        });
    most(
        identities.collect(),
        |identity| identity.messages,
        MOST_WITHIN,
    )
    .0
}

fn sources(sources: BTreeMap<IpAddr, Source>) -> (Vec<ReportedSource>, LeftOut) {
    let mut all: Vec<_> = sources
        .into_iter()
        .filter(|(_, source)| source.count.messages > 0)
        .collect();
    all.sort_by_key(|(_, source)| Reverse((source.count.failing(), source.count.messages)));
    let mut left_out = LeftOut::default();
    let rest = all.split_off(all.len().min(MOST_SOURCES));
    for (_, source) in rest {
        left_out.add(source.count.messages, source.count.failing());
    }
    (
        all.into_iter()
            .map(|(address, source)| source.sum(address))
            .collect(),
        left_out,
    )
}

fn policies(policies: BTreeMap<PublishedPolicy, Policy>) -> Vec<ReportedPolicy> {
    let listed = policies
        .into_iter()
        .map(|(published, policy)| ReportedPolicy {
            published,
            begin: policy.span.begin,
            end: policy.span.end,
            reports: policy.reports,
            reporters: policy.reporters.into_iter().take(MOST_WITHIN).collect(),
        });
    let mut listed: Vec<_> = listed.collect();
    listed.sort_by_key(|policy| Reverse((policy.end, policy.reports)));
    listed.truncate(MOST);
    listed
}
