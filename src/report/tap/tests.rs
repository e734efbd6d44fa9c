//! Tests of the TAP report, by a strict reader of TAP 14.

use super::super::sample;
use super::super::sample::tally::{Told, pairs, tally};
use super::*;
use crate::results::Scan;
use crate::results::gate::{FailOn, OnUnknown};
use proptest::prelude::*;
use saphyr::LoadableYamlNode as _;

fn written(scan: &Scan) -> String {
    let mut bytes = Vec::new();
    render(scan.results(), &Options::default(), &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// A test point as a consumer has it.
#[derive(Debug, PartialEq)]
struct Read {
    ok: bool,
    description: String,
    directive: Option<(String, String)>,
    diagnostic: Option<String>,
}

/// The text up to the first `#` that is not escaped, and what follows it; both without their escapes.
fn split(text: &str) -> (String, Option<String>) {
    let mut parts = vec![String::new()];
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => parts.last_mut().unwrap().push(characters.next().unwrap()),
            '#' => parts.push(String::new()),
            other => parts.last_mut().unwrap().push(other),
        }
    }
    assert!(parts.len() < 3, "a second directive: {text}");
    let second = (parts.len() == 2).then(|| parts[1].trim().to_owned());
    (parts[0].trim().to_owned(), second)
}

/// The points of a document that keeps to the grammar; panics where it does not.
fn read(text: &str) -> Vec<Read> {
    let mut lines = text.strip_suffix('\n').unwrap().split('\n').peekable();
    assert_eq!(lines.next(), Some("TAP version 14"));
    let mut points: Vec<Read> = Vec::new();
    while let Some(line) = lines.next() {
        if line.starts_with('#') {
            continue;
        }
        if let Some(plan) = line.strip_prefix("1..") {
            assert_eq!(split(plan).0, points.len().to_string());
            assert_eq!(lines.next(), None, "nothing follows the plan");
            return points;
        }
        let (ok, rest) = match line.strip_prefix("not ok ") {
            Some(rest) => (false, rest),
            None => (
                true,
                line.strip_prefix("ok ")
                    .unwrap_or_else(|| panic!("{line:?}")),
            ),
        };
        let (number, rest) = rest.split_once(" - ").unwrap();
        assert_eq!(number, (points.len() + 1).to_string());
        let (description, directive) = split(rest);
        let mut diagnostic = None;
        if lines.next_if_eq(&"  ---").is_some() {
            let yaml: Vec<&str> = lines.by_ref().take_while(|line| *line != "  ...").collect();
            assert!(yaml.iter().all(|line| line.starts_with("  ")), "{yaml:#?}");
            diagnostic = Some(yaml.join("\n"));
        }
        points.push(Read {
            ok,
            description,
            directive: directive.map(|told| {
                let (kind, why) = told.split_once(' ').unwrap();
                (kind.to_owned(), why.to_owned())
            }),
            diagnostic,
        });
    }
    panic!("no plan")
}

/// What the report tells of the sample.
pub(in super::super) fn told(text: &str) -> Told {
    let scan = sample::scan();
    let points = read(text);
    let told = pairs(&scan)
        .into_iter()
        .zip(points)
        .map(|((domain, rule), point)| {
            assert!(
                point.description.starts_with(&format!("{domain}: {rule} ")),
                "{point:?}"
            );
            (domain, rule)
        });
    tally(told)
}

#[test]
fn outcomes_are_told_as_consumers_expect() {
    let points = read(&written(&sample::scan()));
    let directive = |kind: &str, why: &str| Some((kind.to_owned(), why.to_owned()));
    for (rule, ok, told) in [
        (
            "dmarc-policy-at-least DMARC asks receivers to act: reject or stricter [bod-18-01 1.b must]",
            false,
            None,
        ),
        (
            "dmarc-policy-at-least DMARC asks receivers to act: quarantine or stricter [bod-18-01 1.b should]",
            false,
            directive("TODO", "should: effective policy is none"),
        ),
        (
            "dmarc-reports-asked-for DMARC asks for aggregate reports [bod-18-01 1.b must]",
            true,
            None,
        ),
        (
            "x509-certificate-valid Every certificate is valid [bod-18-01 1.b must]",
            false,
            None,
        ),
        (
            "spf-lookups-within-limit SPF needs at most ten lookups [bod-18-01 1.b should]",
            false,
            None,
        ),
        (
            "mta-sts-published An MTA-STS policy is published [bod-18-01 1.b must]",
            true,
            directive(
                "SKIP",
                "waived until 2027-03-31: the provider brings it in spring (postmaster, TICKET-17)",
            ),
        ),
        (
            "dane-records-match DANE matches the certificates [bod-18-01 1.b should]",
            true,
            directive(
                "SKIP",
                "not applicable: applies to domains with TLSA records",
            ),
        ),
    ] {
        let description = format!("xn--bcher-kva.example: {rule}");
        let point = points.iter().find(|point| point.description == description);
        let point = point.unwrap_or_else(|| panic!("{description} not in {points:#?}"));
        assert_eq!((point.ok, &point.directive), (ok, &told), "{description}");
    }
}

#[test]
fn what_is_unknown_or_fails_is_not_ok_only_where_it_counts() {
    let mut scan = sample::scan();
    let failed = |scan: &Scan| {
        let points = read(&written(scan));
        points
            .iter()
            .filter(|point| !point.ok && point.directive.is_none())
            .count()
    };
    let summary = scan.run.summary;
    let before = failed(&scan);
    assert_eq!(
        before,
        summary.fail_must + summary.unknown_must + summary.error
    );
    scan.run.gate.unknown = OnUnknown::Warn;
    assert_eq!(failed(&scan), before - summary.unknown_must);
    scan.run.gate.fail_on = FailOn::May;
    assert_eq!(
        failed(&scan),
        summary.fail + summary.error + scan.run.notices.len()
    );
}

#[test]
fn a_run_that_is_not_whole_or_evaluated_nothing_says_so() {
    let mut scan = sample::scan();
    scan.run.partial = Some("interrupted # SKIP".to_owned());
    let text = written(&scan);
    let last = read(&text).pop().unwrap();
    assert_eq!(
        (last.ok, last.description.as_str(), last.directive),
        (false, "the run is whole", None)
    );
    scan.run.partial = None;
    scan.run.notices.clear();
    scan.targets.clear();
    assert!(written(&scan).ends_with("\n1..0 # SKIP nothing was evaluated\n"));
}

#[test]
fn diagnostics_are_yaml_with_the_reasons() {
    let text = written(&sample::scan());
    assert!(!text.contains(|character| character != '\n' && escape::acts(character)));
    let points = read(&text);
    let mut seen = 0;
    for point in points {
        let Some(yaml) = point.diagnostic else {
            assert!(
                point.ok && point.directive.is_none(),
                "{}",
                point.description
            );
            continue;
        };
        let parsed =
            saphyr::Yaml::load_from_str(&yaml).unwrap_or_else(|error| panic!("{error}: {yaml}"));
        assert_eq!(parsed.len(), 1, "one document");
        let members = parsed[0].as_mapping().unwrap();
        assert!(members.len() >= 2, "{yaml}");
        seen += 1;
    }
    assert!(seen > 10);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_text_stays_in_its_point(text in any::<String>(), mark in "[#\\\\\n\r]{0,3}(SKIP|TODO|ok 1|1\\.\\.0)?") {
        let mut scan = sample::scan();
        let text = format!("{mark}{text}");
        for result in &mut scan.targets {
            result.target.domain.clone_from(&text);
            for finding in &mut result.findings {
                finding.reason.clone_from(&text);
                finding.title.clone_from(&text);
                finding.rule.clone_from(&text);
            }
        }
        prop_assert_eq!(read(&written(&scan)).len(), scan.run.summary.total + scan.run.notices.len());
    }
}
