//! Tests of the `JUnit` report.

use super::super::sample;
use super::*;
use crate::results::Scan;
use crate::results::gate::{FailOn, OnUnknown};
use proptest::prelude::*;
use quick_xml::events::attributes::AttrError;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn written(scan: &Scan) -> String {
    in_dialect(scan, JunitDialect::Standard)
}

fn in_dialect(scan: &Scan, junit_dialect: JunitDialect) -> String {
    let options = Options {
        junit_dialect,
        ..Options::default()
    };
    let mut bytes = Vec::new();
    render(scan.results(), &options, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Start tags as name and attributes, in their order.
fn tags(xml: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut tags = Vec::new();
    loop {
        let event = reader.read_event().unwrap();
        if matches!(event, Event::Eof) {
            return tags;
        }
        let (Event::Start(tag) | Event::Empty(tag)) = event else {
            continue;
        };
        let attributes = tag.attributes().map(|attribute| {
            let attribute = attribute?;
            let key = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
            let value = String::from_utf8(attribute.value.into_owned()).unwrap();
            let value = quick_xml::escape::unescape(&value).unwrap().into_owned();
            Ok::<_, AttrError>((key, value))
        });
        let name = String::from_utf8(tag.name().as_ref().to_vec()).unwrap();
        tags.push((name, attributes.collect::<Result<_, _>>().unwrap()));
    }
}

fn attribute<'a>(attributes: &'a [(String, String)], name: &str) -> &'a str {
    let found = attributes.iter().find(|(key, _)| key == name);
    &found
        .unwrap_or_else(|| panic!("no {name} in {attributes:?}"))
        .1
}

#[test]
fn a_suite_counts_what_it_holds() {
    let scan = sample::scan();
    let tags = tags(&written(&scan));
    let starts: Vec<usize> = (0..tags.len())
        .filter(|&at| tags[at].0 == "testsuite")
        .collect();
    assert_eq!(
        starts.len(),
        scan.targets.len() + 1,
        "and one of the settings"
    );
    for (suite, result) in starts.iter().zip(&scan.targets) {
        let attributes = &tags[*suite].1;
        let inside: Vec<&str> = tags[suite + 1..]
            .iter()
            .map(|(name, _)| name.as_str())
            .take_while(|name| *name != "testsuite")
            .collect();
        let summary = &result.summary;
        let expected = [
            ("tests", "testcase", summary.total),
            ("failures", "failure", summary.fail_must),
            ("errors", "error", summary.error + summary.unknown_must),
            (
                "skipped",
                "skipped",
                (summary.unknown - summary.unknown_must)
                    + summary.manual
                    + summary.waived
                    + summary.not_applicable
                    + summary.fail_should
                    + summary.fail_may,
            ),
        ];
        for (count, element, expected) in expected {
            assert_eq!(
                attribute(attributes, count),
                expected.to_string(),
                "{count}"
            );
            let elements = inside.iter().filter(|name| **name == element).count();
            assert_eq!(elements, expected, "{element}");
        }
    }
}

#[test]
fn class_and_name_tell_every_case_apart() {
    let mut seen = BTreeSet::new();
    for (element, attributes) in tags(&written(&sample::scan())) {
        if element == "testcase" {
            let key = (
                attribute(&attributes, "classname").to_owned(),
                attribute(&attributes, "name").to_owned(),
            );
            assert!(seen.insert(key.clone()), "{key:?} twice");
        }
    }
    let scan = sample::scan();
    assert_eq!(seen.len(), scan.run.summary.total + scan.run.notices.len());
}

#[test]
fn outcomes_are_told_as_consumers_expect() {
    let tags = tags(&written(&sample::scan()));
    let told: BTreeSet<(&str, Option<&str>, &str)> = tags
        .iter()
        .take_while(|(_, attributes)| {
            attributes
                .iter()
                .all(|(key, value)| key != "id" || value == "0")
        })
        .filter(|(element, _)| [FAILURE, ERROR, SKIPPED].contains(&element.as_str()))
        .map(|(element, attributes)| {
            let kind = attributes.iter().find(|(key, _)| key == "type");
            (
                element.as_str(),
                kind.map(|(_, value)| value.as_str()),
                attribute(attributes, "message"),
            )
        })
        .collect();
    for expected in [
        (FAILURE, Some("MUST"), "effective policy is none"),
        (SKIPPED, None, "warning: effective policy is none"),
        (SKIPPED, None, "warning: the answer has 1480 bytes"),
        (
            SKIPPED,
            None,
            "not applicable: applies to domains with TLSA records",
        ),
        (
            SKIPPED,
            None,
            "manual: All services that send in the domain's name are listed",
        ),
        (
            SKIPPED,
            None,
            "waived until 2027-03-31: the provider brings it in spring (postmaster, TICKET-17)",
        ),
        (ERROR, Some("unknown"), "mx3.bücher.example: timeout"),
        (
            ERROR,
            Some("error"),
            "no member `lookup` at `/spf`; did you mean `lookups`?",
        ),
    ] {
        assert!(told.contains(&expected), "{expected:?} not in {told:#?}");
    }
}

#[test]
fn times_are_those_of_the_observation() {
    let tags = tags(&written(&sample::scan()));
    let suites: Vec<(&str, &str)> = tags
        .iter()
        .filter(|(element, _)| element == "testsuite")
        .map(|(_, attributes)| {
            (
                attribute(attributes, "timestamp"),
                attribute(attributes, "time"),
            )
        })
        .collect();
    assert_eq!(
        suites,
        [
            ("2026-11-23T10:00:00", "1.234"),
            ("2026-11-23T10:00:00", "86400.001"),
            ("2026-11-23T10:00:00", "0.000")
        ]
    );
}

/// The schema's file, where the corpora are at hand.
fn schema(name: &str) -> Option<PathBuf> {
    let corpora = std::env::var_os("WAXSEAL_CORPORA")?;
    Some(Path::new(&corpora).join("junit").join(name)).filter(|path| path.is_file())
}

/// What `xmllint` says against the document; nothing where it is valid.
fn faults(schema: &Path, xml: &str) -> io::Result<Option<String>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("report.xml");
    std::fs::write(&file, xml)?;
    let output = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .args([schema, &file])
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok((!output.status.success()).then_some(said))
}

#[test]
fn a_run_that_is_not_whole_has_an_error_of_its_own() {
    let mut scan = sample::scan();
    scan.run.partial = Some("interrupted: 2 of 9 domains are complete".to_owned());
    let text = written(&scan);
    assert!(
        text.contains(
            "<error type=\"partial\" message=\"interrupted: 2 of 9 domains are complete\""
        ),
        "{text}"
    );
    scan.run.partial = None;
    assert!(!written(&scan).contains("type=\"partial\""));
}

#[test]
fn gitlab_is_told_the_file_of_a_case_and_nothing_else_differs() {
    let scan = sample::scan();
    let standard = tags(&written(&scan));
    let mut files = BTreeSet::new();
    let mut gitlab = tags(&in_dialect(&scan, JunitDialect::Gitlab));
    for (element, attributes) in &mut gitlab {
        let before = attributes.len();
        attributes.retain(|(name, value)| {
            if name == "file" {
                files.insert(value.clone());
            }
            name != "file"
        });
        assert_eq!(
            attributes.len() < before,
            element == "testcase",
            "{element}"
        );
    }
    assert_eq!(gitlab, standard);
    let hostile = escape::line(&format!("../p{}", sample::HOSTILE));
    let expected = ["domains.txt", "waxseal.toml", hostile.as_str()];
    assert_eq!(files, expected.map(ToOwned::to_owned).into());
}

#[test]
fn a_suite_says_what_it_rests_on() {
    let text = written(&sample::scan());
    for property in [
        r#"name="gate" value="fail-on must, unknown fail""#,
        r#"name="settings" value="waxseal.toml sha256:5e5e"#,
        r#"name="not-executed" value="cipher suites and groups of mail servers: --probe standard"#,
        r#"name="port-25" value="open""#,
    ] {
        assert!(text.contains(property), "{property}: {text}");
    }
    assert_eq!(
        text.matches("policy-file.rules/dmarc.rhai").count(),
        1,
        "once for all suites"
    );
}

#[test]
fn what_does_not_count_under_the_gate_is_no_failure_and_no_error() {
    let mut scan = sample::scan();
    let count = |scan: &Scan| written(scan).matches("<failure ").count();
    let before = count(&scan);
    scan.run.gate.fail_on = FailOn::Should;
    assert!(count(&scan) > before, "failed recommendations count now");
    scan.run.gate.unknown = OnUnknown::Ignore;
    assert!(!written(&scan).contains("<error type=\"unknown\""));
}

#[test]
fn the_document_keeps_to_both_published_schemas() {
    let mut empty = sample::scan();
    empty.targets.clear();
    let mut bare = sample::scan();
    for result in &mut bare.targets {
        result.findings.clear();
        result.target.domain.clear();
        result.vantage.ehlo_name.clear();
    }
    let mut partial = sample::scan();
    partial.run.partial = Some(format!("interrupted {}", sample::HOSTILE));
    // Notices about several files, two of them alike, and one that counts as a failure.
    let mut noticed = partial.clone();
    let mut elsewhere = noticed.run.notices.clone();
    for notice in &mut elsewhere {
        notice.file = format!("other {}", sample::HOSTILE);
        notice.level = Level::Must;
    }
    noticed.run.notices.extend(elsewhere.clone());
    noticed.run.notices.extend(elsewhere);
    for name in ["junit-10.xsd", "JUnit.xsd"] {
        let Some(schema) = schema(name) else {
            eprintln!("left out: {name} is not below WAXSEAL_CORPORA");
            continue;
        };
        for scan in [&sample::scan(), &empty, &bare, &partial, &noticed] {
            match faults(&schema, &written(scan)) {
                Ok(faults) => assert_eq!(faults, None, "{name}"),
                Err(error) => eprintln!("left out: xmllint does not run: {error}"),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_leaves_the_document_whole(text in any::<String>()) {
        let mut scan = sample::scan();
        scan.targets.truncate(1);
        scan.run.notices.clear();
        let result = scan.targets.first_mut().unwrap();
        result.target.domain.clone_from(&text);
        result.findings.truncate(1);
        let finding = result.findings.first_mut().unwrap();
        finding.rule.clone_from(&text);
        finding.reason.clone_from(&text);
        finding.recommendations = vec![text];
        let names: Vec<String> = tags(&written(&scan)).into_iter().map(|(name, _)| name).collect();
        let properties = properties(&scan.run, 0, &scan.targets[0]).len();
        let mut expected = vec!["testsuites", "testsuite", "properties"];
        expected.extend(vec!["property"; properties]);
        expected.extend(["testcase", "failure", "system-out", "system-err"]);
        prop_assert_eq!(names, expected);
    }
}
