//! What reports come to.

use super::Entered::{Counted, Invalid, Repeated, TooLarge};
use super::*;
use crate::facts::dmarc::DmarcPolicy;
use crate::facts::reported::{PublishedPolicy, SourcePattern, TlsPolicyType};
use crate::records::reports::aggregate::{AggregateRecord, AuthResult, Disposition};
use crate::records::reports::tls::TlsFailure;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds)
}

/// A record with these verdicts by SPF and DKIM.
fn record(source: &str, count: u64, spf: bool, dkim: bool) -> AggregateRecord {
    AggregateRecord {
        source: source.parse().unwrap(),
        count,
        dkim,
        spf,
        disposition: Some(if spf || dkim {
            Disposition::Accepted
        } else {
            Disposition::Rejected
        }),
        overrides: Vec::new(),
        header_from: "example.org".to_owned(),
        dkim_results: Vec::new(),
        spf_results: Vec::new(),
    }
}

fn result(domain: &str, selector: &str, result: &str) -> AuthResult {
    AuthResult {
        domain: domain.to_owned(),
        selector: selector.to_owned(),
        result: result.to_owned(),
    }
}

fn report(organization: &str, id: &str, records: Vec<AggregateRecord>) -> AggregateReport {
    AggregateReport {
        valid: true,
        organization: organization.to_owned(),
        report_id: id.to_owned(),
        domain: "example.org".to_owned(),
        begin: Some(at(1_000)),
        end: Some(at(2_000)),
        policy: PublishedPolicy {
            p: Some(DmarcPolicy::Reject),
            ..PublishedPolicy::default()
        },
        records,
        ..AggregateReport::default()
    }
}

fn mail_of(reports: &[AggregateReport]) -> Reported {
    let mut ledger = Ledger::default();
    for report in reports {
        ledger.aggregate(report);
    }
    ledger.finish().remove("example.org").unwrap()
}

#[test]
fn messages_are_summed_over_reports_and_shares_are_rounded_down() {
    let reported = mail_of(&[
        report(
            "A",
            "1",
            vec![
                record("192.0.2.1", 2, true, true),
                record("192.0.2.2", 1, false, false),
            ],
        ),
        report("B", "1", vec![record("192.0.2.1", 3, true, false)]),
    ]);
    assert_eq!(
        (reported.aggregate_reports, reported.repeated_reports),
        (2, 0)
    );
    let mail = reported.mail.value().unwrap();
    let count = mail.count;
    assert_eq!(
        (
            count.messages,
            count.passing,
            count.failing,
            count.aligned_spf,
            count.aligned_dkim
        ),
        (6, 5, 1, 5, 2)
    );
    assert_eq!(
        (
            count.passing_per_10000,
            count.aligned_spf_per_10000,
            count.aligned_dkim_per_10000
        ),
        (8_333, 8_333, 3_333)
    );
    assert_eq!(
        (mail.dispositions.accepted, mail.dispositions.rejected),
        (5, 1)
    );
    let sources: Vec<_> = mail
        .sources
        .iter()
        .map(|source| (source.address.to_string(), source.reporters))
        .collect();
    assert_eq!(
        sources,
        [("192.0.2.2".to_owned(), 1), ("192.0.2.1".to_owned(), 2)]
    );
    let reporters: Vec<_> = mail
        .reporters
        .iter()
        .map(|reporter| (reporter.name.as_str(), reporter.count))
        .collect();
    assert_eq!(reporters, [("A", 3), ("B", 3)]);
    assert_eq!((mail.begin, mail.end), (Some(at(1_000)), Some(at(2_000))));
}

#[test]
fn a_report_that_comes_again_is_counted_once() {
    let one = report("A", "1", vec![record("192.0.2.1", 2, true, true)]);
    let again = AggregateReport {
        organization: "a".to_owned(),
        ..one.clone()
    };
    let other = AggregateReport {
        domain: "other.test".to_owned(),
        ..one.clone()
    };
    let nameless = AggregateReport {
        report_id: String::new(),
        ..one.clone()
    };
    let faulty = AggregateReport {
        valid: false,
        report_id: "2".to_owned(),
        ..one.clone()
    };
    let mut ledger = Ledger::default();
    let counted: Vec<_> = [&one, &again, &other, &nameless, &nameless, &faulty]
        .map(|report| ledger.aggregate(report))
        .into();
    assert_eq!(
        counted,
        [Counted, Repeated, Counted, Counted, Counted, Invalid]
    );
    let sums = ledger.finish();
    let reported = &sums["example.org"];
    assert_eq!(
        (reported.aggregate_reports, reported.repeated_reports),
        (3, 1)
    );
    assert_eq!(reported.mail.value().unwrap().count.messages, 6);
    assert_eq!(sums["other.test"].aggregate_reports, 1);
}

#[test]
fn reports_that_count_nothing_are_absence_and_no_report_is_unknown() {
    let reported = mail_of(&[report("A", "1", Vec::new())]);
    assert!(
        reported.mail.is_absent() && reported.tls.is_unknown() && reported.failures.is_unknown()
    );
    let reported = mail_of(&[report("A", "1", vec![record("192.0.2.1", 0, true, true)])]);
    assert!(reported.mail.is_absent());
    let unread = AggregateReport {
        records_left_out: 1,
        ..report("A", "1", Vec::new())
    };
    assert!(mail_of(&[unread]).mail.is_unknown());
}

#[test]
fn the_pattern_of_a_source_is_that_of_most_of_its_messages() {
    let with = |change: &dyn Fn(&mut AggregateRecord), spf, dkim| {
        let mut record = record("192.0.2.1", 10, spf, dkim);
        change(&mut record);
        record
    };
    let forwarded = |record: &mut AggregateRecord| {
        record.overrides = vec!["mailing_list".to_owned(), "mailing_list".to_owned()];
    };
    let elsewhere = |record: &mut AggregateRecord| {
        record.spf_results = vec![result("service.test", "", "pass")];
    };
    let nothing = |_: &mut AggregateRecord| ();
    for (records, expected) in [
        (vec![with(&nothing, true, true)], SourcePattern::SpfAligned),
        (
            vec![with(&forwarded, true, true)],
            SourcePattern::SpfAligned,
        ),
        (
            vec![with(&forwarded, false, true)],
            SourcePattern::Forwarded,
        ),
        (
            vec![with(&forwarded, false, false)],
            SourcePattern::Forwarded,
        ),
        (vec![with(&nothing, false, true)], SourcePattern::DkimOnly),
        (vec![with(&elsewhere, false, true)], SourcePattern::DkimOnly),
        (
            vec![with(&elsewhere, false, false)],
            SourcePattern::OtherDomain,
        ),
        (
            vec![with(&nothing, false, false)],
            SourcePattern::Unauthenticated,
        ),
        (
            vec![with(&nothing, false, false), with(&nothing, true, false)],
            SourcePattern::SpfAligned,
        ),
        (
            vec![
                with(&nothing, false, false),
                with(&nothing, false, false),
                with(&nothing, true, false),
            ],
            SourcePattern::Unauthenticated,
        ),
    ] {
        let reported = mail_of(&[report("A", "1", records)]);
        let source = &reported.mail.value().unwrap().sources[0];
        assert_eq!(source.pattern, expected, "{source:?}");
    }
    let reported = mail_of(&[report("A", "1", vec![with(&forwarded, false, true)])]);
    let overrides = &reported.mail.value().unwrap().overrides;
    assert_eq!(
        (overrides[0].word.as_str(), overrides[0].count),
        ("mailing_list", 10)
    );
}

#[test]
fn a_selector_counts_once_a_message_and_as_verified_where_one_signature_does() {
    let mut one = record("192.0.2.1", 4, false, true);
    one.dkim_results = vec![
        result("example.org", "s1", "fail"),
        result("example.org", "s1", "pass"),
        result("example.org", "s1", "pass"),
        result("example.org", "s2", "permerror"),
        result("example.org", "", "pass"),
    ];
    let reported = mail_of(&[report("A", "1", vec![one])]);
    let mail = reported.mail.value().unwrap();
    let selectors: Vec<_> = mail
        .selectors
        .iter()
        .map(|s| (s.selector.as_str(), s.messages, s.passing))
        .collect();
    assert_eq!(selectors, [("s1", 4, 4), ("s2", 4, 0)]);
    assert_eq!(mail.sources[0].dkim.len(), 4);
}

#[test]
fn policies_are_kept_apart_and_the_latest_comes_first() {
    let earlier = report("A", "1", vec![record("192.0.2.1", 1, true, true)]);
    let later = AggregateReport {
        report_id: "2".to_owned(),
        end: Some(at(9_000)),
        policy: PublishedPolicy {
            p: Some(DmarcPolicy::None),
            ..PublishedPolicy::default()
        },
        ..earlier.clone()
    };
    let reported = mail_of(&[earlier, later]);
    let policies = &reported.mail.value().unwrap().policies;
    let seen: Vec<_> = policies
        .iter()
        .map(|policy| (policy.published.p, policy.end, policy.reports))
        .collect();
    assert_eq!(
        seen,
        [
            (Some(DmarcPolicy::None), Some(at(9_000)), 1),
            (Some(DmarcPolicy::Reject), Some(at(2_000)), 1)
        ]
    );
}

#[test]
fn lists_are_bounded_and_what_is_left_out_is_counted() {
    let address = |number: u32| std::net::Ipv4Addr::from(0xc000_0000 + number).to_string();
    let records = (0..300).map(|number| {
        let mut record = record(
            &address(number),
            u64::from(number) + 1,
            false,
            number % 2 == 0,
        );
        record.header_from = format!("s{number}.example.org");
        record.dkim_results = vec![result("example.org", &format!("k{number}"), "pass")];
        record
    });
    let reported = mail_of(&[report("A", "1", records.collect())]);
    let mail = reported.mail.value().unwrap();
    assert_eq!(
        (
            mail.sources.len(),
            mail.selectors.len(),
            mail.from_domains.len()
        ),
        (MOST_SOURCES, MOST, MOST)
    );
    assert_eq!(
        (mail.selectors_left_out, mail.from_domains_left_out),
        (200, 200)
    );
    // The 150 that fail come first, then the largest of those that pass.
    let left_out = mail.sources_left_out;
    assert_eq!((left_out.entries, left_out.failing), (100, 0));
    let listed: u64 = mail
        .sources
        .iter()
        .map(|source| source.count.messages)
        .sum();
    assert_eq!(listed + left_out.messages, mail.count.messages);
    assert_eq!(mail.sources[0].count.failing, 300);
}

#[test]
fn a_report_with_which_a_sum_would_be_too_large_is_not_counted() {
    let of = |id: &str, count| report("A", id, vec![record("192.0.2.1", count, true, true)]);
    let mut ledger = Ledger::default();
    let entered = [
        of("1", u64::MAX),
        of("2", MOST_SUM),
        of("3", 1),
        AggregateReport {
            domain: "other.test".to_owned(),
            ..of("4", 1)
        },
    ]
    .map(|report| ledger.aggregate(&report));
    assert_eq!(entered, [TooLarge, Counted, TooLarge, Counted]);
    let entered = [
        tls("1", "example.org", (u64::MAX, u64::MAX), "other"),
        tls("2", "example.org", (MOST_SUM - 2, 1), "other"),
        tls("3", "example.org", (1, 0), "other"),
    ]
    .map(|report| ledger.tls(&report));
    assert_eq!(entered, [TooLarge, Counted, TooLarge]);
    let sums = ledger.finish();
    let reported = &sums["example.org"];
    let count = reported.mail.value().unwrap().count;
    assert_eq!((count.messages, reported.aggregate_reports), (MOST_SUM, 1));
    let sessions = reported.tls.value().unwrap().count;
    assert_eq!((sessions.sessions, sessions.failed), (MOST_SUM - 1, 1));
    assert_eq!(sessions.successful_per_10000, 9_999);
    assert_eq!(
        [(0, 0), (1, 3), (2, 3), (9_999, 10_000), (u64::MAX, 1)]
            .map(|(part, whole)| per_10000(part, whole)),
        [0, 3_333, 6_666, 9_999, u32::MAX]
    );
}

fn tls(id: &str, domain: &str, sessions: (u64, u64), result_type: &str) -> TlsReport {
    let failure = TlsFailure {
        result_type: result_type.to_owned(),
        sending_mta: None,
        receiving_mx: "mx1.example.org".to_owned(),
        reason: String::new(),
        sessions: sessions.1,
    };
    TlsReport {
        valid: true,
        organization: "Sender".to_owned(),
        report_id: id.to_owned(),
        begin: Some(at(1_000)),
        end: Some(at(2_000)),
        policies: vec![TlsPolicyReport {
            domain: domain.to_owned(),
            policy_type: TlsPolicyType::Sts,
            successful: sessions.0,
            failed: sessions.1,
            failures: vec![failure],
        }],
        defects: Vec::new(),
    }
}

#[test]
fn sessions_are_summed_by_policy_and_failures_by_what_they_share() {
    let mut ledger = Ledger::default();
    let mut first = tls("1", "example.org", (90, 10), "certificate-expired");
    first
        .policies
        .extend(tls("1", "other.test", (1, 0), "other").policies);
    let second = tls("2", "example.org", (100, 2), "certificate-expired");
    assert_eq!(
        [&first, &second, &second].map(|report| ledger.tls(report)),
        [Counted, Counted, Repeated]
    );
    let sums = ledger.finish();
    let reported = &sums["example.org"];
    assert_eq!((reported.tls_reports, reported.repeated_reports), (2, 1));
    let tls = reported.tls.value().unwrap();
    assert_eq!(
        (
            tls.count.sessions,
            tls.count.failed,
            tls.count.successful_per_10000
        ),
        (202, 12, 9_405)
    );
    assert_eq!(tls.policies.len(), 1);
    assert_eq!((tls.failures.len(), tls.failures[0].sessions), (1, 12));
    assert_eq!(sums["other.test"].tls.value().unwrap().count.sessions, 1);
    assert!(sums["other.test"].mail.is_unknown());
}

#[test]
fn a_failure_report_goes_to_the_nearest_domain_with_aggregate_reports() {
    let failure = |domain: &str, digest: &str| FailureReport {
        valid: true,
        organization: "mx.receiver.test".to_owned(),
        digest: digest.to_owned(),
        domain: domain.to_owned(),
        source: "192.0.2.9".parse().ok(),
        arrival: Some(at(1_500)),
        reasons: vec!["dmarc".to_owned()],
        delivery: "reject".to_owned(),
        incidents: 2,
        defects: Vec::new(),
    };
    let mut ledger = Ledger::default();
    let counted = [
        failure("news.example.org", "1"),
        failure("news.example.org", "1"),
        failure("lone.test", "2"),
    ];
    assert_eq!(
        counted.map(|report| ledger.failure(report)),
        [Counted, Repeated, Counted]
    );
    ledger.aggregate(&report("A", "1", vec![record("192.0.2.1", 1, true, true)]));
    let sums = ledger.finish();
    let failures = sums["example.org"].failures.value().unwrap();
    assert_eq!(
        (sums["example.org"].failure_reports, failures.incidents),
        (1, 2)
    );
    assert_eq!(failures.domains[0].word, "news.example.org");
    assert_eq!(failures.sources[0].incidents, 2);
    assert_eq!(sums["lone.test"].failure_reports, 1);
}
