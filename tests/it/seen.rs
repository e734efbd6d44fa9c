//! What a target's results show beside the verdict: what was seen, and what was not looked at.

use super::support::app::App;
use std::future::pending;
use tokio::runtime::Runtime;
use waxseal::collect::Collector;
use waxseal::collect::ways::Ways;
use waxseal::facts::timestamp::Timestamp;
use waxseal::facts::vantage::DnssecMode;
use waxseal::lab::Lab;
use waxseal::net::clock::Clock;
use waxseal::net::dial::Dial;
use waxseal::policy::Policy;
use waxseal::policy::source::Source;
use waxseal::report::stored::Stored;
use waxseal::results::TargetResult;
use waxseal::results::exhibit::Exhibit;
use waxseal::results::exhibit::ExhibitKind::{self, Certificate, File, Handshake, Record, Session};
use waxseal::results::outcome::Outcome;
use waxseal::scan;
use waxseal::scan::plan::DEFAULT_BASELINES;

/// The most bytes of all exhibits of a domain of the lab, as JSON.
const LARGEST: usize = 24_000;
/// The most bytes of one line, its `…` included.
const LINE: usize = 4_003;
/// The most lines of a dialogue, `… and N more` included.
const DIALOGUE: usize = 17;

/// Holds what is true of the exhibits of every target.
pub(super) fn hold(target: &TargetResult) {
    let domain = &target.target.domain;
    let size = serde_json::to_vec(&target.exhibits).unwrap().len();
    assert!(size < LARGEST, "{domain}: {size} bytes of exhibits");
    for exhibit in &target.exhibits {
        let subject = &exhibit.subject;
        assert!(
            !subject.is_empty() && !exhibit.lines.is_empty(),
            "{domain}: {exhibit:?}"
        );
        let dialogue = exhibit.kind == Session;
        assert!(!dialogue || exhibit.lines.len() <= DIALOGUE, "{subject}");
        for line in &exhibit.lines {
            assert!(
                line.text.len() <= LINE,
                "{subject}: {} bytes",
                line.text.len()
            );
            let mut end = 0;
            for mark in &line.marks {
                assert!(
                    mark.start >= end && mark.start < mark.end,
                    "{subject}: {line:?}"
                );
                assert!(
                    line.text.get(mark.start..mark.end).is_some(),
                    "{subject}: {line:?}"
                );
                assert!(!mark.note.is_empty(), "{subject}: {line:?}");
                end = mark.end;
            }
        }
    }
    let unknown = target.findings.iter();
    let unknown = unknown
        .filter(|one| one.outcome == Outcome::Unknown)
        .count();
    for one in &target.not_executed {
        assert!(one.findings <= unknown, "{domain}: {one:?}");
    }
}

fn scanned(more: &[&str]) -> Vec<TargetResult> {
    let app = App::new();
    let base = ["scan", "--lab", "--quiet", "--report", "json=results.json"];
    app.run(base.iter().chain(more));
    let stored = Stored::parse(app.read("results.json")).unwrap();
    let targets = stored.scan().unwrap().targets;
    targets.iter().for_each(hold);
    targets
}

fn exhibit<'a>(
    targets: &'a [TargetResult],
    domain: &str,
    kind: ExhibitKind,
    subject: &str,
) -> &'a Exhibit {
    let target = targets.iter().find(|one| one.target.domain == domain);
    let mut all = target.unwrap().exhibits.iter();
    all.find(|one| one.kind == kind && one.subject.starts_with(subject))
        .unwrap_or_else(|| panic!("{domain} has no exhibit of {subject}"))
}

/// The marked parts of an exhibit.
fn marked(exhibit: &Exhibit) -> Vec<&str> {
    let lines = exhibit.lines.iter();
    lines
        .flat_map(|line| {
            line.marks
                .iter()
                .map(|mark| &line.text[mark.start..mark.end])
        })
        .collect()
}

/// A domain, an exhibit of it by its subject's beginning, and the parts that are marked in it.
const MARKED: &[(&str, &str, ExhibitKind, &[&str])] = &[
    (
        "compliant.test",
        "mx1.compliant.test [192.0.2.5]:25, [2001:db8::5]:25",
        Session,
        &[],
    ),
    (
        "compliant.test",
        "_25._tcp.mx1.compliant.test TLSA",
        Record,
        &[],
    ),
    (
        "fifteen-faults.test",
        "fifteen-faults.test TXT",
        Record,
        &[
            "ip4:0.0.0.0/1",
            "ptr",
            "a:gone.fifteen-faults.test",
            "redirect=_spf.provider.test",
            "\"v=spf1 mx -all\"",
        ],
    ),
    (
        "fifteen-faults.test",
        "_mta-sts.fifteen-faults.test TXT",
        Record,
        &["2026-11-01"],
    ),
    (
        "spf-eleven-lookups.test",
        "spf-eleven-lookups.test TXT",
        Record,
        &[
            "include:a11.spf-eleven-lookups.test",
            "receivers get permerror: 11 lookups, and receivers stop after 10",
        ],
    ),
    (
        "mx-dangling.test",
        "mx-dangling.test MX",
        Record,
        &["gone.mx-dangling.test"],
    ),
    (
        "sts-unused-pattern.test",
        "https://mta-sts.",
        File,
        &["old.sts-unused-pattern.test"],
    ),
    (
        "cert-expired.test",
        "mx1.cert-expired.test",
        Certificate,
        &["2026-11-13T10:00:00Z"],
    ),
    (
        "cert-wrong-name.test",
        "mx1.cert-wrong-name.test",
        Certificate,
        &["mail.elsewhere.test"],
    ),
    (
        "tls10-also.test",
        "mx1.tls10-also.test",
        Handshake,
        &["TLSv1.1", "TLSv1.0"],
    ),
    (
        "dmarc-rua-refused.test",
        "_dmarc.",
        Record,
        &["mailto:dmarc@reports.test"],
    ),
];

#[test]
fn what_is_wrong_is_marked_where_it_stands() {
    let domains: Vec<&str> = MARKED.iter().map(|case| case.0).collect();
    let now = ["--now", "2026-11-23T10:00:00Z"];
    let asked: Vec<&str> = domains.into_iter().chain(now).collect();
    let targets = scanned(&asked);
    for (domain, subject, kind, parts) in MARKED {
        let shown = exhibit(&targets, domain, *kind, subject);
        assert_eq!(marked(shown), *parts, "{domain}: {subject}");
    }
}

#[test]
fn what_a_depth_leaves_out_is_told_with_the_findings_that_want_it() {
    for (depth, first, findings) in [
        ("gentle", "versions of TLS that mail servers accept", true),
        (
            "standard",
            "all cipher suites and groups of mail servers",
            true,
        ),
        ("deep", "keys at other DKIM selectors", false),
    ] {
        let targets = scanned(&["compliant.test", "--probe", depth]);
        let told = &targets[0].not_executed;
        assert_eq!(told[0].what, first, "{depth}");
        assert_eq!(told[0].findings > 0, findings, "{depth}: {told:?}");
        let sent = told
            .iter()
            .find(|one| one.what.starts_with("mail that the domain sends"));
        assert_eq!(sent.unwrap().findings, 3, "{depth}: {told:?}");
    }
}

#[test]
fn what_can_not_be_reached_from_here_is_told() {
    type Change = fn(&mut Ways, &Lab);
    let cases: [(&str, Change, &str, &str); 4] = [
        (
            "compliant.test",
            |ways, lab| {
                let mut dial = lab.dial().clone();
                dial.retain(|meant, _| meant.port() != 25);
                ways.dial = Dial::confined(dial);
            },
            "SMTP sessions with the mail servers",
            "nothing on port 25 can be reached from here over IPv4",
        ),
        (
            "compliant.test",
            |ways, _| ways.reach.ipv6 = false,
            "IPv6 addresses of mail servers",
            "IPv6 is not available from here, or is left out by --no-ipv6",
        ),
        (
            "mx-private.test",
            |_, _| {},
            "SMTP sessions with mx1.mx-private.test [10.0.0.25]",
            "an address of a private network: not connected to; --internal-addresses lifts that",
        ),
        (
            "mx-many.test",
            |_, _| {},
            "6 of 22 mail servers",
            "only the first 16 servers",
        ),
    ];
    for (domain, change, what, why) in cases {
        let target = judged(domain, change);
        let first = &target.not_executed[0];
        assert_eq!(first.what, what, "{domain}");
        assert!(first.why.starts_with(why), "{domain}: {first:?}");
        let wanted = !what.starts_with("IPv6");
        assert_eq!(first.findings > 0, wanted, "{domain}: {first:?}");
        hold(&target);
    }
}

/// What the default policy makes of a domain that was collected in other ways.
fn judged(domain: &str, change: impl FnOnce(&mut Ways, &Lab)) -> TargetResult {
    let now = Timestamp::parse("2026-11-23T10:00:00Z").unwrap();
    let mut found = None;
    Runtime::new().unwrap().block_on(async {
        let lab = Lab::start(now).await.unwrap();
        let mut ways = scan::lab::ways(&lab, Clock::Fixed(now), DnssecMode::Validate).unwrap();
        change(&mut ways, &lab);
        let collector = Collector::open(ways).unwrap();
        let mut jobs = scan::lab::jobs();
        jobs.retain(|job| job.target.domain == domain);
        scan::collect(&collector, &jobs, 1, pending(), |facts| found = Some(facts)).await;
    });
    let baselines = DEFAULT_BASELINES.map(str::to_owned);
    let policy = Policy::load(&Source::shipped(), &baselines).unwrap();
    scan::correct::judge(&policy, &found.unwrap())
}
