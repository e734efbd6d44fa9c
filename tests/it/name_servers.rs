//! With `--probe deep` every authoritative server is asked itself; with less none is.

use std::future::pending;
use std::net::IpAddr;
use tokio::runtime::Runtime;
use waxseal::collect::Collector;
use waxseal::facts::Facts;
use waxseal::facts::observed::{Cause, Observed};
use waxseal::facts::timestamp::Timestamp;
use waxseal::facts::vantage::{DnssecMode, Probe};
use waxseal::lab::Lab;
use waxseal::net::clock::Clock;
use waxseal::policy::Policy;
use waxseal::policy::source::Source;
use waxseal::results::outcome::Outcome;
use waxseal::scan;

/// The documents of these domains, in their order, how many pairs were asked twice, and the resolver.
fn collect(probe: Probe, domains: &[&str]) -> (Vec<Facts>, u64, String) {
    let now = Timestamp::parse("2026-11-23T10:00:00Z").unwrap();
    Runtime::new().unwrap().block_on(async {
        let lab = Lab::start(now).await.unwrap();
        let mut ways = scan::lab::ways(&lab, Clock::Fixed(now), DnssecMode::Validate).unwrap();
        ways.probe = probe;
        let collector = Collector::open(ways).unwrap();
        let jobs: Vec<_> = scan::lab::jobs()
            .into_iter()
            .filter(|job| domains.contains(&job.target.domain.as_str()))
            .collect();
        assert_eq!(jobs.len(), domains.len());
        let mut documents = Vec::new();
        scan::collect(&collector, &jobs, jobs.len(), pending(), |facts| {
            documents.push(facts);
        })
        .await;
        let place = |facts: &Facts| domains.iter().position(|one| *one == facts.target.domain);
        documents.sort_by_key(place);
        let duplicates = collector.dns().counts().duplicates;
        (documents, duplicates, lab.resolver().to_string())
    })
}

fn outcomes(policy: &Policy, facts: &Facts) -> [Outcome; 3] {
    let result = policy.evaluate(facts);
    [
        "dns-name-servers-agree",
        "dns-name-servers-answer",
        "dns-name-servers-at-least",
    ]
    .map(|rule| {
        let finding = result.findings.iter().find(|finding| finding.rule == rule);
        finding.unwrap().outcome
    })
}

#[test]
fn deep_asks_every_name_server_and_tells_where_they_differ() {
    use Outcome::{Fail, Pass, Unknown};
    let table: [(&str, usize, &[&str], [Outcome; 3]); 5] = [
        (
            "servers-disagree.test",
            2,
            &["MX", "SOA"],
            [Fail, Pass, Pass],
        ),
        ("servers-lame.test", 3, &[], [Pass, Fail, Pass]),
        ("servers-silent.test", 3, &[], [Unknown, Unknown, Pass]),
        ("servers-one.test", 1, &[], [Pass, Pass, Fail]),
        ("wildcard-mx.test", 2, &[], [Pass, Pass, Pass]),
    ];
    let policy = Policy::load(&Source::shipped(), &["baseline".to_owned()]).unwrap();
    let domains = table.map(|(domain, ..)| domain);
    let (documents, duplicates, _) = collect(Probe::Deep, &domains);
    assert_eq!(duplicates, 0);
    for ((domain, count, differing, expected), facts) in table.into_iter().zip(&documents) {
        let servers = &facts.zone.servers;
        let seen = servers.asked.value().unwrap();
        assert_eq!(
            (seen.len(), servers.addresses.value()),
            (count, Some(&u32::try_from(count).unwrap())),
            "{domain}"
        );
        let mut types: Vec<_> = servers
            .disagreements
            .iter()
            .map(|one| one.rtype.as_str())
            .collect();
        types.sort_unstable();
        assert_eq!(types, differing, "{domain}: {:?}", servers.disagreements);
        assert_eq!(outcomes(&policy, facts), expected, "{domain}");
    }
    let stale: IpAddr = "203.0.113.251".parse().unwrap();
    let seen = documents[0].zone.servers.asked.value().unwrap();
    let serial = |ip| {
        seen.iter()
            .find(|one| (one.ip == stale) == ip)
            .unwrap()
            .serial
            .unwrap()
    };
    assert_eq!(serial(true) + 1, serial(false));
}

#[test]
fn a_lesser_depth_asks_no_name_server() {
    let (documents, _, resolver) = collect(Probe::Standard, &["servers-disagree.test"]);
    assert_eq!(
        documents[0].vantage.resolvers,
        [resolver],
        "who was asked stands in the document"
    );
    let servers = &documents[0].zone.servers;
    let Observed::Unknown { cause, detail } = &servers.asked else {
        panic!("{:?}", servers.asked);
    };
    assert_eq!(*cause, Cause::NotAttempted);
    assert!(detail.contains("--probe deep"), "{detail}");
    assert!(servers.hosts.is_empty() && servers.disagreements.is_empty());
}
