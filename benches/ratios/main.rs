//! Costs as ratios to a floor in the same run, in CPU time of the client's threads alone, so that they
//! mean something on a machine that is busy with other things. Rounds alternate; the median is shown
//! with the least and the most. Run: `cargo bench`, or `cargo bench --bench ratios -- parse` for a
//! part: `parse`, `probe`, `rules`, `collect`, `derive`, `evaluate` or `reports`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a program that measures: a fault ends it, and it prints what it found"
)]

mod cpu;
mod floor;
mod parsers;
mod probe;
mod reports;
mod rules;
mod texts;

use std::future::pending;
use std::hint::black_box;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use waxseal::collect::Collector;
use waxseal::facts::Facts;
use waxseal::facts::vantage::{DnssecMode, Probe};
use waxseal::lab::Lab;
use waxseal::net::clock::Clock;
use waxseal::policy::{Policy, source::Source};
use waxseal::scan::{self, Job};

const ROUNDS: usize = 7;

fn main() {
    let parts: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let asked = |part: &str| parts.is_empty() || parts.iter().any(|other| other == part);
    if asked("parse") {
        parsers::parse();
    }
    if asked("probe") {
        probe::probe();
    }
    if asked("rules") {
        rules::rules();
    }
    if ["collect", "derive", "evaluate", "reports"]
        .into_iter()
        .any(&asked)
    {
        scan_the_lab(&asked);
    }
}

/// What collecting, deriving and evaluating cost.
fn scan_the_lab(asked: &dyn Fn(&str) -> bool) {
    let server = runtime("lab", 1);
    let client = runtime(cpu::CLIENT, 1);
    let now = Clock::System.now();
    let lab = server
        .block_on(server.spawn(Lab::start(now)))
        .unwrap()
        .unwrap();
    let jobs: Vec<_> = scan::lab::jobs().into_iter().filter(quick).collect();
    let field = Field {
        lab: &lab,
        client: &client,
        jobs: &jobs,
    };

    let (documents, work) = field.rehearse();
    println!(
        "{} domains, {} questions, {} SMTP sessions, {} policies over HTTPS",
        jobs.len(),
        work.questions.len(),
        work.mail_servers.len(),
        work.policy_hosts.len()
    );
    let modes = [
        ("trust-ad", DnssecMode::TrustAd),
        ("validate", DnssecMode::Validate),
    ];
    for (name, mode) in modes.into_iter().filter(|_| asked("collect")) {
        let ratios = (0..ROUNDS)
            .map(|_| field.collect(mode) / field.floor(&work))
            .collect();
        show(
            &format!("collect --dnssec {name} / floor collector"),
            ratios,
        );
    }
    if asked("derive") {
        parsers::derive(&documents);
    }
    if asked("evaluate") {
        evaluate(&documents);
    }
    if asked("reports") {
        reports::reports(&documents);
    }
}

/// What is measured on.
struct Field<'a> {
    lab: &'a Lab,
    client: &'a Runtime,
    jobs: &'a [Job],
}

impl Field<'_> {
    /// One collection, to know the documents and the questions that they take.
    fn rehearse(&self) -> (Vec<Facts>, floor::Work) {
        let before = self.lab.counts();
        let mut documents = Vec::new();
        let collector = self.collector(DnssecMode::TrustAd);
        let job = scan::collect(&collector, self.jobs, 16, pending(), |facts| {
            documents.push(facts);
        });
        self.client.block_on(job);
        let work = floor::Work::between(&before, &self.lab.counts(), &documents);
        (documents, work)
    }

    /// CPU seconds of a collection with cold caches.
    fn collect(&self, mode: DnssecMode) -> f64 {
        let collector = self.collector(mode);
        let mut take = |facts: Facts| drop(black_box(facts));
        cpu::of_client(|| {
            self.client.block_on(scan::collect(
                &collector,
                self.jobs,
                16,
                pending(),
                &mut take,
            ));
        })
    }

    /// CPU seconds of the floor for the same questions and sessions.
    fn floor(&self, work: &floor::Work) -> f64 {
        let (work, dial, resolver) = (work.clone(), self.lab.dial().clone(), self.lab.resolver());
        cpu::of_client(|| self.client.block_on(floor::run(work, dial, resolver)))
    }

    fn collector(&self, mode: DnssecMode) -> Collector {
        let mut ways = scan::lab::ways(self.lab, Clock::System, mode).unwrap();
        ways.patience.dns = Duration::from_secs(10);
        // One session an address, as the floor holds them.
        ways.probe = Probe::Gentle;
        let _inside = self.client.enter();
        Collector::open(ways).unwrap()
    }
}

/// The cost of evaluating a document, beside that of writing it down and reading it back.
fn evaluate(documents: &[Facts]) {
    let baselines = ["baseline".to_owned(), "mecsa".to_owned()];
    let policy = Policy::load(&Source::shipped(), &baselines).unwrap();
    let requirements = policy.requirements().len();
    let bytes: usize = documents
        .iter()
        .map(|facts| serde_json::to_vec(facts).unwrap().len())
        .sum();
    let mut each = Vec::new();
    let ratios = (0..ROUNDS)
        .map(|_| {
            // Rules run on a thread of their own.
            let evaluating = cpu::of_process(|| {
                for facts in documents {
                    black_box(policy.evaluate(facts));
                }
            });
            let copying = cpu::of_process(|| {
                for facts in documents {
                    let text = serde_json::to_vec(facts).unwrap();
                    black_box(serde_json::from_slice::<Facts>(&text).unwrap());
                }
            });
            each.push(evaluating / documents.len() as f64 * 1e6);
            evaluating / copying
        })
        .collect();
    each.sort_by(f64::total_cmp);
    println!(
        "evaluate: {requirements} requirements on {} KB of facts in {:.0} µs of CPU (least of {ROUNDS})",
        bytes / documents.len() / 1000,
        each[0]
    );
    show(
        "evaluate baseline and mecsa / write and read the document",
        ratios,
    );
}

fn show(what: &str, mut ratios: Vec<f64>) {
    ratios.sort_by(f64::total_cmp);
    let (least, median, most) = (
        ratios[0],
        ratios[ratios.len() / 2],
        ratios[ratios.len() - 1],
    );
    println!("{what}: {median:.2} (least {least:.2}, most {most:.2})");
}

/// Scenarios in which nothing is waited for.
fn quick(job: &Job) -> bool {
    let domain = job.target.domain.as_str();
    [
        "shared-", "dmarc-", "dkim-", "spf-", "cert-", "dane-", "sts-",
    ]
    .iter()
    .any(|prefix| domain.starts_with(prefix))
        && !["servfail", "temperror", "slow", "timeout"]
            .iter()
            .any(|word| domain.contains(word))
}

fn runtime(name: &str, workers: usize) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(workers)
        .thread_name(name)
        .enable_all()
        .build()
        .unwrap()
}
