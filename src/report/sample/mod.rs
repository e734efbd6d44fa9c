//! A scan made by hand for the tests of all formats: every outcome, every level, two domains, and in
//! the second one text that wants to break out in every field that can hold text.

use crate::facts::delivery::{Delivery, DeliveryEffect, Effect, Effects, Sender, ServerDelivery};
use crate::facts::target::{Role, Target};
use crate::facts::timestamp::Timestamp;
use crate::facts::vantage::{DnssecMode, Probe, SmtpEgress, Vantage};
use crate::results::finding::{Evidence, Finding, Item, Waiver};
use crate::results::gate::{Gate, Verdict};
use crate::results::not_executed::NotExecuted;
use crate::results::notice::Notice;
use crate::results::outcome::{Level, Outcome, Severity};
use crate::results::place::Place;
use crate::results::role::RoleTaken;
use crate::results::rule::{BaselineInfo, PolicyFile, RuleInfo};
use crate::results::score::Score;
use crate::results::summary::Summary;
use crate::results::{Run, SCHEMA, Scan, TargetResult};
use serde_json::{Value, json};

mod exhibits;
mod hostile;
pub(super) mod tally;

/// Text that tries to leave its place in a terminal, in XML and in a line.
pub(super) const HOSTILE: &str =
    "x\x1b[2J\u{9b}31m\0\r\n]]><b a='\"&amp;\u{202e}evil\u{200b}\u{ffff}\t\u{7f}";

/// The scan.
pub(super) fn scan() -> Scan {
    let gate = Gate::default();
    let mut targets = vec![plain(), hostile::target()];
    for target in &mut targets {
        target.verdict = gate.judge(&target.findings);
    }
    let run = Run {
        schema: SCHEMA.to_owned(),
        waxseal: "0.1.0".to_owned(),
        baselines: vec![
            baseline("bod-18-01", "2017-10-16"),
            baseline("mecsa", "2.0"),
            baseline(&format!("b{HOSTILE}"), HOSTILE),
        ],
        rules: rules(),
        summary: Summary::of(targets.iter().flat_map(|target| &target.findings)),
        gate,
        verdict: gate.judge(targets.iter().flat_map(|target| &target.findings)),
        partial: None,
        policy_files: vec![PolicyFile {
            path: "rules/dmarc.rhai".to_owned(),
            sha256: "d4".repeat(32),
        }],
        comparison: None,
        notices: vec![
            notice(Level::Should, "waiver-expired", "ended on 2026-10-31"),
            notice(Level::May, "waiver-unused", &format!("u{HOSTILE}")),
        ],
        shared_keys: Vec::new(),
        settings: Some(PolicyFile {
            path: "waxseal.toml".to_owned(),
            sha256: "5e".repeat(32),
        }),
    };
    Scan { run, targets }
}

fn notice(level: Level, id: &str, text: &str) -> Notice {
    Notice {
        file: "waxseal.toml".to_owned(),
        line: 12,
        id: id.to_owned(),
        level,
        text: text.to_owned(),
    }
}

fn baseline(id: &str, version: &str) -> BaselineInfo {
    BaselineInfo {
        id: id.to_owned(),
        title: format!("Title of {id}"),
        publisher: format!("Publisher of {id}"),
        version: version.to_owned(),
        source: "https://baseline.example/".to_owned(),
        date: String::new(),
        licence: String::new(),
        extends: Vec::new(),
        dropped: Vec::new(),
        file: format!("baselines/{id}.rhai"),
        sha256: "5f".repeat(32),
    }
}

fn rules() -> Vec<RuleInfo> {
    let rule = |id: &str, area: &str, why: &str, fix: &str| RuleInfo {
        id: id.to_owned(),
        title: format!("Title of {id}"),
        area: area.to_owned(),
        severity: Severity::High,
        why: why.to_owned(),
        fix: fix.to_owned(),
        refs: vec!["RFC 9989 §4.7".to_owned(), format!("Reference of {id}")],
        contradicts: Vec::new(),
        quantity: String::new(),
        file: format!("rules/{area}.rhai"),
        line: 12,
    };
    vec![
        rule(
            "dmarc-policy-at-least",
            "dmarc",
            "Without a policy receivers deliver forged mail.",
            "Publish `p=reject` at `_dmarc.<domain>`\n    once the reports show that your own mail \
             passes, and keep the address for reports.",
        ),
        rule(
            "mx-offers-starttls",
            "starttls",
            "Without STARTTLS mail is sent in the clear.",
            "Switch TLS on at every mail server.",
        ),
        rule(
            "spf-lookups-within-limit",
            "spf",
            "More than ten lookups are an error.",
            "Use fewer includes.",
        ),
        rule(
            &format!("r{HOSTILE}"),
            &format!("a{HOSTILE}"),
            HOSTILE,
            HOSTILE,
        ),
    ]
}

fn vantage(milliseconds: u64) -> Vantage {
    Vantage {
        started: Timestamp::parse("2026-11-23T10:00:00Z").unwrap(),
        duration_milliseconds: milliseconds,
        waxseal: "0.1.0".to_owned(),
        resolvers: vec!["127.0.0.1:53".to_owned()],
        dnssec: DnssecMode::Validate,
        ipv4: true,
        ipv6: false,
        smtp_egress: SmtpEgress::Open,
        probe: Probe::Standard,
        trust_store: "mozilla".to_owned(),
        ehlo_name: "probe.example".to_owned(),
        lab: false,
    }
}

/// A finding with nothing in it but what it must have.
pub(super) fn finding(rule: &str, title: &str, level: Level, outcome: Outcome) -> Finding {
    Finding {
        origin: None,
        changed: None,
        unverified: false,
        since: None,
        baseline: "bod-18-01".to_owned(),
        rule: rule.to_owned(),
        clause: "1.b".to_owned(),
        level,
        title: title.to_owned(),
        area: rule.split('-').next().unwrap_or_default().to_owned(),
        severity: Severity::Medium,
        outcome,
        reason: String::new(),
        items: Vec::new(),
        recommendations: Vec::new(),
        parameters: serde_json::Map::new(),
        evidence: Vec::new(),
        why: None,
        fix: None,
        correction: None,
        follows: None,
        position: String::new(),
        waiver: None,
        fingerprint: "a1".repeat(32),
    }
}

fn item(name: &str, outcome: Outcome, reason: &str) -> Item {
    Item {
        name: name.to_owned(),
        outcome,
        reason: reason.to_owned(),
    }
}

fn fact(pointer: &str, value: Value) -> Evidence {
    Evidence {
        pointer: pointer.to_owned(),
        value,
    }
}

/// An internationalised domain with every outcome at some level.
fn plain() -> TargetResult {
    let mut findings = dmarc();
    findings.extend(servers());
    findings.extend(others());
    TargetResult {
        target: Target {
            domain: "xn--bcher-kva.example".to_owned(),
            unicode: "bücher.example".to_owned(),
            organizational_domain: "xn--bcher-kva.example".to_owned(),
            role: Role::Mail,
            role_declared: false,
            derived_role: None,
        },
        role: RoleTaken::default(),
        baselines: Vec::new(),
        vantage: vantage(1234),
        delivery: delivery(),
        facts_sha256: "0c".repeat(32),
        scores: vec![
            score(
                "confidential-delivery",
                "Confidential delivery",
                Some(4.5),
                "",
            ),
            score(
                "phishing",
                "Protection against phishing and identity theft",
                Some(2.0),
                "DMARC has no policy that asks receivers to act, so forged mail is delivered.",
            ),
            score(
                "integrity",
                "Integrity of messages",
                None,
                "no message of this domain was observed",
            ),
        ],
        summary: Summary::of(&findings),
        place: Some(Place {
            file: "domains.txt".to_owned(),
            line: 3,
            column: 1,
            end_column: 15,
        }),
        exhibits: exhibits::plain(),
        not_executed: vec![NotExecuted {
            what: "cipher suites and groups of mail servers".to_owned(),
            why: "--probe standard does not ask for them; --probe deep does".to_owned(),
            findings: 1,
        }],
        keys: Vec::new(),
        verdict: Verdict::Empty,
        findings,
    }
}

/// Of two servers one is not named by the MTA-STS policy, and senders that do DANE deliver to neither.
fn delivery() -> Delivery {
    let effects = |named: bool| {
        Effects::each(|sender| {
            let (effect, reason) = match sender {
                Sender::Plain => (DeliveryEffect::Clear, "the sender has no TLS"),
                Sender::Opportunistic => (DeliveryEffect::Encrypted, "STARTTLS works"),
                Sender::MtaSts if named => (
                    DeliveryEffect::EncryptedAndAuthenticated,
                    "the certificate is valid",
                ),
                Sender::MtaSts => (
                    DeliveryEffect::Defers,
                    "the policy does not name the server",
                ),
                Sender::Dane | Sender::Both => {
                    (DeliveryEffect::Defers, "the TLSA lookup failed (servfail)")
                }
            };
            let reason = reason.to_owned();
            Effect { effect, reason }
        })
    };
    let server = |host: &str, named: bool| ServerDelivery {
        host: host.to_owned(),
        preference: 10,
        effects: effects(named),
    };
    Delivery {
        effects: effects(true),
        servers: vec![
            server("mx1.bcher.example", true),
            server("mx2.bcher.example", false),
        ],
    }
}

fn score(id: &str, title: &str, value: Option<f64>, note: &str) -> Score {
    Score {
        baseline: "mecsa".to_owned(),
        id: id.to_owned(),
        title: title.to_owned(),
        value,
        max: 5.0,
        note: note.to_owned(),
    }
}

fn dmarc() -> Vec<Finding> {
    let mut strict = finding(
        "dmarc-policy-at-least",
        "DMARC asks receivers to act: reject or stricter",
        Level::Must,
        Outcome::Fail,
    );
    strict.reason = "effective policy is none".to_owned();
    strict.severity = Severity::High;
    strict
        .parameters
        .insert("policy".to_owned(), json!("reject"));
    strict.position = "rules/dmarc.rhai:12:5".to_owned();
    strict.evidence = vec![
        fact("/dmarc/record/state", json!("present")),
        fact("/dmarc/effective/value/policy", json!("none")),
        fact(
            "/dmarc/record/value/tags",
            json!({"p": "none", "rua": ["mailto:d@example.org"]}),
        ),
        fact(
            "/dmarc/record/value/raw",
            json!("v=DMARC1; p=none; ".repeat(40)),
        ),
    ];
    let mut also = strict.clone();
    also.baseline = "mecsa".to_owned();
    also.clause = String::new();
    also.level = Level::Should;
    let mut lenient = strict.clone();
    lenient.level = Level::Should;
    lenient.title = "DMARC asks receivers to act: quarantine or stricter".to_owned();
    lenient
        .parameters
        .insert("policy".to_owned(), json!("quarantine"));
    let mut reports = finding(
        "dmarc-reports-asked-for",
        "DMARC asks for aggregate reports",
        Level::Must,
        Outcome::Pass,
    );
    reports.recommendations = vec!["the address for reports is at another organisation".to_owned()];
    vec![strict, also, lenient, reports]
}

fn servers() -> Vec<Finding> {
    let mut starttls = finding(
        "mx-offers-starttls",
        "Every mail server offers STARTTLS",
        Level::Must,
        Outcome::Fail,
    );
    starttls.area = "starttls".to_owned();
    starttls.severity = Severity::Critical;
    starttls.reason = "2 of 4: mx1.bücher.example: STARTTLS is not offered; \
                       mx2.bücher.example: STARTTLS is answered with 454"
        .to_owned();
    starttls.items = vec![
        item(
            "mx1.bücher.example",
            Outcome::Fail,
            "STARTTLS is not offered",
        ),
        item(
            "mx2.bücher.example",
            Outcome::Fail,
            "STARTTLS is answered with 454",
        ),
        item("mx3.bücher.example", Outcome::Unknown, "timeout"),
        item("mx4.bücher.example", Outcome::Pass, ""),
    ];
    let mut certificate = finding(
        "x509-certificate-valid",
        "Every certificate is valid",
        Level::Must,
        Outcome::Unknown,
    );
    certificate.reason = "mx3.bücher.example: timeout".to_owned();
    certificate.items = vec![item("mx3.bücher.example", Outcome::Unknown, "timeout")];
    let mut old = finding(
        "x509-sha1-accepted",
        "Certificates are signed with SHA-1",
        Level::MustNot,
        Outcome::Pass,
    );
    old.area = "x509".to_owned();
    let mut waived = finding(
        "mta-sts-published",
        "An MTA-STS policy is published",
        Level::Must,
        Outcome::Waived,
    );
    waived.area = "mta-sts".to_owned();
    waived.reason = "no record at `_mta-sts`".to_owned();
    waived.waiver = Some(Waiver {
        owner: "postmaster".to_owned(),
        reason: "the provider brings it in spring".to_owned(),
        until: "2027-03-31".to_owned(),
        ticket: Some("TICKET-17".to_owned()),
        ..Waiver::default()
    });
    vec![starttls, certificate, old, waived]
}

fn others() -> Vec<Finding> {
    let mut broken = finding(
        "spf-lookups-within-limit",
        "SPF needs at most ten lookups",
        Level::Should,
        Outcome::Error,
    );
    broken.reason = "no member `lookup` at `/spf`; did you mean `lookups`?".to_owned();
    broken.position = "rules/spf.rhai:31:17".to_owned();
    let mut manual = finding(
        "sender-inventory",
        "All services that send in the domain's name are listed",
        Level::Must,
        Outcome::Manual,
    );
    manual.area = "spf".to_owned();
    let mut optional = finding(
        "spf-short",
        "SPF fits into one packet",
        Level::May,
        Outcome::Fail,
    );
    optional.reason = "the answer has 1480 bytes".to_owned();
    let mut apart = finding(
        "dane-records-match",
        "DANE matches the certificates",
        Level::Should,
        Outcome::NotApplicable,
    );
    apart.reason = "applies to domains with TLSA records".to_owned();
    let mut negative = finding(
        "tls-old-versions",
        "TLS 1.1 or older is offered",
        Level::ShouldNot,
        Outcome::Fail,
    );
    negative.area = "starttls".to_owned();
    negative.rule = "mx-offers-starttls".to_owned();
    negative.reason = "it holds".to_owned();
    vec![broken, manual, optional, apart, negative]
}
