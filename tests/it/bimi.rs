//! Indicators and evidence documents, fetched by a deep probe and left alone by any other.

use super::support::app::App;
use std::collections::BTreeMap;
use waxseal::report::stored::Stored;
use waxseal::results::outcome::Outcome::{self, Fail, NotApplicable, Pass, Unknown};

/// The outcomes of the BIMI rules of these scenarios.
fn outcomes(depth: &str, domains: &[&str]) -> BTreeMap<(String, String), Outcome> {
    let app = App::new();
    let run = [
        "scan",
        "--lab",
        "--quiet",
        "--probe",
        depth,
        "--report",
        "json=r.json",
    ];
    let run = app.run(run.iter().chain(domains));
    assert!(matches!(run.code, 0 | 1 | 4), "{run:?}");
    let scan = Stored::parse(app.read("r.json")).unwrap().scan().unwrap();
    let found = scan.targets.into_iter().flat_map(|one| {
        let domain = one.target.domain;
        let rules = one.findings.into_iter();
        rules.map(move |finding| ((domain.clone(), finding.rule), finding.outcome))
    });
    found
        .filter(|((_, rule), _)| rule.starts_with("bimi-"))
        .collect()
}

#[test]
fn a_deep_probe_looks_at_the_files_that_a_record_leads_to() {
    let rules = [
        "bimi-record-valid",
        "bimi-policy-sufficient",
        "bimi-indicator-profile",
        "bimi-certificate-valid",
    ];
    let expected = [
        ("bimi-sound.test", [Pass, Pass, Pass, Pass]),
        ("news.bimi-sound.test", [Pass, Pass, Pass, Pass]),
        ("bimi-no-evidence.test", [Pass, Pass, Pass, NotApplicable]),
        (
            "bimi-http.test",
            [Fail, NotApplicable, NotApplicable, NotApplicable],
        ),
        (
            "bimi-declined.test",
            [Pass, NotApplicable, NotApplicable, NotApplicable],
        ),
        (
            "bimi-two.test",
            [Fail, NotApplicable, NotApplicable, NotApplicable],
        ),
        ("bimi-policy-none.test", [Pass, Fail, Pass, Pass]),
        ("bimi-script.test", [Pass, Pass, Fail, Pass]),
        ("bimi-foreign-mark.test", [Pass, Pass, Pass, Fail]),
    ];
    let domains: Vec<&str> = expected.iter().map(|(domain, _)| *domain).collect();
    let found = outcomes("deep", &domains);
    for (domain, wanted) in expected {
        for (rule, outcome) in rules.into_iter().zip(wanted) {
            let key = (domain.to_owned(), rule.to_owned());
            assert_eq!(found.get(&key), Some(&outcome), "{domain} {rule}");
        }
    }
}

#[test]
fn another_probe_fetches_no_file_and_says_so() {
    let found = outcomes("standard", &["bimi-sound.test"]);
    let of = |rule: &str| found.get(&("bimi-sound.test".to_owned(), rule.to_owned()));
    assert_eq!(of("bimi-indicator-profile"), Some(&Unknown));
    assert_eq!(of("bimi-certificate-valid"), Some(&Unknown));
    assert_eq!(of("bimi-record-valid"), Some(&Pass));
}
