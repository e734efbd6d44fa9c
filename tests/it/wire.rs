//! What is seen at port 25: how many connections each depth makes, the way out, the names of addresses.

use std::collections::BTreeMap;
use std::future::pending;
use tokio::runtime::Runtime;
use waxseal::collect::Collector;
use waxseal::facts::Facts;
use waxseal::facts::mx::MxAddress;
use waxseal::facts::observed::{Cause, Observed};
use waxseal::facts::timestamp::Timestamp;
use waxseal::facts::vantage::{DnssecMode, Probe, SmtpEgress};
use waxseal::lab::{Counts, Lab};
use waxseal::net::clock::Clock;
use waxseal::net::dial::Dial;
use waxseal::scan::{self, Job};

/// What a run of these domains found, how many connections it made, and what the lab counted.
struct Run {
    documents: BTreeMap<String, Facts>,
    connections: u64,
    seen: Counts,
}

fn run(
    change: impl FnOnce(&mut waxseal::collect::ways::Ways, &Lab),
    domains: impl Fn(&Job) -> bool,
) -> Run {
    let now = Timestamp::parse("2026-11-23T10:00:00Z").unwrap();
    Runtime::new().unwrap().block_on(async {
        let lab = Lab::start(now).await.unwrap();
        let mut ways = scan::lab::ways(&lab, Clock::Fixed(now), DnssecMode::Validate).unwrap();
        change(&mut ways, &lab);
        let collector = Collector::open(ways).unwrap();
        let jobs: Vec<_> = scan::lab::jobs().into_iter().filter(domains).collect();
        let mut documents = BTreeMap::new();
        scan::collect(&collector, &jobs, jobs.len(), pending(), |facts| {
            documents.insert(facts.target.domain.clone(), facts);
        })
        .await;
        Run {
            documents,
            connections: collector.smtp_connections(),
            seen: lab.counts(),
        }
    })
}

fn addresses(facts: &Facts) -> impl Iterator<Item = &MxAddress> {
    facts.mx.hosts.iter().flat_map(|host| &host.addresses)
}

fn cause<T>(observed: &Observed<T>) -> Option<Cause> {
    match observed {
        Observed::Unknown { cause, .. } => Some(*cause),
        Observed::Present { .. } | Observed::Absent { .. } => None,
    }
}

#[test]
fn a_network_that_lets_nothing_out_to_port_25_is_told_once_and_fails_nobody() {
    let forty =
        |job: &Job| job.target.domain.starts_with("tls") || job.target.domain.starts_with("cert-");
    let run = run(
        |ways, lab| {
            let mut dial = lab.dial().clone();
            dial.retain(|meant, _| meant.port() != 25);
            ways.dial = Dial::confined(dial);
        },
        forty,
    );
    assert!(run.documents.len() >= 15, "{}", run.documents.len());
    assert_eq!(run.connections, 0);
    for (domain, facts) in &run.documents {
        assert_eq!(facts.vantage.smtp_egress, SmtpEgress::Blocked, "{domain}");
        for address in addresses(facts) {
            assert_eq!(
                cause(&address.session),
                Some(Cause::BlockedEgress),
                "{domain}"
            );
        }
    }
}

#[test]
fn a_dead_server_is_not_taken_for_a_closed_network_where_a_control_host_answers() {
    let run = run(|_, _| {}, |job| job.target.domain == "mx-unreachable.test");
    let facts = &run.documents["mx-unreachable.test"];
    assert_eq!(facts.vantage.smtp_egress, SmtpEgress::Open);
    for address in addresses(facts) {
        assert_eq!(cause(&address.session), Some(Cause::ConnectionTimeout));
    }
}

#[test]
fn where_no_control_host_is_known_the_way_out_stays_unproven() {
    let run = run(
        |ways, _| ways.controls = vec!["mx.nowhere.test".to_owned()],
        |job| job.target.domain == "mx-unreachable.test",
    );
    let facts = &run.documents["mx-unreachable.test"];
    assert_eq!(facts.vantage.smtp_egress, SmtpEgress::Unproven);
}

#[test]
fn each_depth_keeps_to_its_number_of_connections_and_one_at_a_time() {
    let own = |job: &Job| {
        let begins = ["tls", "starttls-", "cert-", "mx-", "smtp-"];
        begins
            .iter()
            .any(|begin| job.target.domain.starts_with(begin))
    };
    for (probe, most) in [(Probe::Gentle, 1), (Probe::Standard, 5)] {
        let run = run(
            |ways, _| {
                ways.probe = probe;
                // Which are tried once more, whatever the depth.
                ways.controls.clear();
            },
            own,
        );
        assert!(run.documents.len() >= 20);
        for (address, times) in &run.seen.smtp_connections {
            assert!(
                *times <= most,
                "{probe:?}: {address} was visited {times} times"
            );
        }
        for (address, at_once) in &run.seen.smtp_most_at_once {
            assert_eq!(*at_once, 1, "{probe:?}: {address}");
        }
        let busiest = run.seen.smtp_connections.values().max();
        assert!(busiest > Some(&0), "{probe:?}");
    }
}
