//! Nothing is asked twice, and no mail server sees more than it must.

use std::future::pending;
use std::time::Duration;
use tokio::runtime::Runtime;
use waxseal::collect::Collector;
use waxseal::facts::timestamp::Timestamp;
use waxseal::facts::vantage::{DnssecMode, Probe};
use waxseal::lab::{Counts, Lab};
use waxseal::net::clock::Clock;
use waxseal::net::dns::QueryCounts;
use waxseal::scan::{self, Job};

/// Scans these domains at once and gives what the client and the lab have counted.
fn run(
    dns_timeout: Option<Duration>,
    probe: Probe,
    domains: impl Fn(&Job) -> bool,
) -> (QueryCounts, u64, Counts, usize) {
    let now = Timestamp::parse("2026-11-23T10:00:00Z").unwrap();
    Runtime::new().unwrap().block_on(async {
        let lab = Lab::start(now).await.unwrap();
        let mut ways = scan::lab::ways(&lab, Clock::Fixed(now), DnssecMode::Validate).unwrap();
        ways.probe = probe;
        ways.patience.dns = dns_timeout.unwrap_or(ways.patience.dns);
        let collector = Collector::open(ways).unwrap();
        let jobs: Vec<_> = scan::lab::jobs().into_iter().filter(domains).collect();
        let mut documents = 0;
        scan::collect(&collector, &jobs, jobs.len(), pending(), |_| documents += 1).await;
        (
            collector.dns().counts(),
            collector.smtp_connections(),
            lab.counts(),
            documents,
        )
    })
}

#[test]
fn twenty_domains_that_share_mail_servers_ask_nothing_twice_and_visit_each_address_once() {
    // These differ in their DNS records alone. A resolver that fails is asked again, which is no duplicate.
    let shared = |job: &Job| {
        let alike = ["shared-", "dmarc-", "dkim-", "spf-"];
        alike
            .iter()
            .any(|prefix| job.target.domain.starts_with(prefix))
            && !["servfail.test", "temperror.test"]
                .iter()
                .any(|end| job.target.domain.ends_with(end))
    };
    // On a busy machine an answer may take its time; asking again is not what is counted here.
    let patient = Duration::from_secs(10);
    let (queries, connections, seen, documents) = run(Some(patient), Probe::Gentle, shared);
    assert!(
        documents >= 20,
        "only {documents} domains share their mail servers"
    );
    assert_eq!(queries.duplicates, 0);
    let over_tcp: u64 = seen.queries_over_tcp.values().sum();
    assert_eq!(
        queries.sent,
        queries.asked + over_tcp,
        "an answer did not come at once"
    );
    for (question, times) in &seen.queries {
        assert_eq!(*times, 1, "{question:?} was put on the wire {times} times");
    }
    assert_eq!(seen.queries.len() as u64, queries.asked);
    assert_eq!(seen.smtp_connections.len() as u64, connections);
    for (address, times) in &seen.smtp_connections {
        assert_eq!(*times, 1, "{address} was visited {times} times");
    }
}

#[test]
fn no_server_of_the_lab_sees_two_connections_at_once_or_a_mail_command() {
    let (_, _, seen, _) = run(None, Probe::Standard, |_| true);
    assert_eq!(seen.mail_commands, []);
    // Where no record announces a policy nobody asks for one (RFC 8461 §3.1).
    let hosts = &seen.https_requests;
    assert!(hosts.contains_key("mta-sts.sts-testing.test"));
    assert!(!hosts.contains_key("mta-sts.sts-no-record.test"));
    assert!(!hosts.contains_key("mta-sts.sts-two-records.test"));
    for (address, at_once) in &seen.smtp_most_at_once {
        assert_eq!(*at_once, 1, "{address}");
    }
}
