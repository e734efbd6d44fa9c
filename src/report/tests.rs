//! Tests over all formats.

use super::*;
use crate::results::Scan;
use crate::results::finding::Finding;
use crate::results::gate::Weight;
use crate::results::outcome::Outcome;
use std::collections::BTreeMap;
use std::path::Path;

fn written(format: Format, options: &Options) -> String {
    let mut bytes = Vec::new();
    render(format, sample::scan().results(), options, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn stored(format: Format) -> Scan {
    let stored = stored::Stored::parse(written(format, &Options::default()));
    stored.unwrap().scan().unwrap()
}

#[test]
fn formats_are_known_by_their_names() {
    for format in Format::ALL {
        assert_eq!(format.to_string().parse(), Ok(format));
    }
    assert_eq!(
        "xml".parse::<Format>().unwrap_err().to_string(),
        "unknown format `xml`; the formats are text, html, markdown, json, jsonl, junit, tap, sarif, \
         sarif-github, github, gitlab, csv, oscal, ocsf, template"
    );
}

#[test]
fn the_same_results_give_the_same_bytes() {
    for format in Format::ALL {
        let options = Options::default();
        assert_eq!(
            written(format, &options),
            written(format, &options),
            "{format}"
        );
    }
}

/// The artefacts in `tests/golden`, by file name. `UPDATE=1` writes them anew.
#[test]
fn reports_look_as_they_did() {
    let plain = Options::default;
    let verbose = Options {
        verbose: true,
        width: 100,
        ..plain()
    };
    let summary = Options {
        summary: true,
        width: 100,
        ..plain()
    };
    let color = Options {
        color: true,
        ..plain()
    };
    let gitlab = Options {
        junit_dialect: JunitDialect::Gitlab,
        ..plain()
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for (file, format, options) in [
        ("report.txt", Format::Text, plain()),
        ("report.verbose.txt", Format::Text, verbose),
        ("report.summary.txt", Format::Text, summary),
        ("report.color.txt", Format::Text, color),
        ("report.json", Format::Json, plain()),
        ("report.html", Format::Html, plain()),
        ("report.jsonl", Format::Jsonl, plain()),
        ("report.junit.xml", Format::Junit, plain()),
        ("report.sarif", Format::Sarif, plain()),
        ("report.github.sarif", Format::SarifGithub, plain()),
        ("report.github.txt", Format::Github, plain()),
        ("report.gitlab.json", Format::Gitlab, plain()),
        ("report.junit.gitlab.xml", Format::Junit, gitlab),
        ("report.oscal.json", Format::Oscal, plain()),
        ("report.ocsf.jsonl", Format::Ocsf, plain()),
        ("report.csv", Format::Csv, plain()),
        ("report.tap", Format::Tap, plain()),
        ("report.md", Format::Markdown, plain()),
    ] {
        let path = folder.join(file);
        let now = written(format, &options);
        if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &now).unwrap();
        }
        let before = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            now == before,
            "{file} differs; UPDATE=1 writes it anew\n{now}"
        );
    }
}

/// How often each rule id is told, by target.
type Told = Vec<BTreeMap<String, usize>>;

fn in_results() -> Told {
    in_results_where(|_| true)
}

/// The same of the findings that a format has.
fn in_results_where(has: impl Fn(&Finding) -> bool) -> Told {
    let scan = sample::scan();
    let rules = |target: &crate::results::TargetResult| {
        let mut told = BTreeMap::new();
        for finding in target.findings.iter().filter(|finding| has(finding)) {
            *told.entry(escape::line(&finding.rule)).or_default() += 1;
        }
        told
    };
    scan.targets.iter().map(rules).collect()
}

fn in_junit() -> Told {
    let scan = sample::scan();
    let text = written(Format::Junit, &Options::default());
    let suites = text.split("<testsuite ").skip(1).zip(&scan.targets);
    let told = |(suite, target): (&str, &crate::results::TargetResult)| {
        let mut told = BTreeMap::new();
        for case in suite.split("<testcase ").skip(1) {
            let name = case
                .split(" name=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap();
            let name = quick_xml::escape::unescape(name).unwrap();
            let mut rules = target
                .findings
                .iter()
                .map(|finding| escape::line(&finding.rule));
            let rule = rules
                .find(|rule| name.starts_with(&format!("{rule} ")))
                .unwrap();
            *told.entry(rule).or_default() += 1;
        }
        told
    };
    suites.map(told).collect()
}

/// The line of a rule names each who asks, so their number is that of the findings.
fn in_text() -> Told {
    let scan = sample::scan();
    let options = Options {
        verbose: true,
        width: 120,
        ..Options::default()
    };
    let text = written(Format::Text, &options);
    let blocks = text.split("\ncollected ").skip(1).zip(&scan.targets);
    let told = |(block, target): (&str, &crate::results::TargetResult)| {
        let words: Vec<&str> = block.split_whitespace().collect();
        let words = words.join(" ");
        let mut told = BTreeMap::new();
        for finding in &target.findings {
            let rule = escape::line(&finding.rule);
            let askers: usize = words
                .split(&format!(" {rule} ["))
                .skip(1)
                .map(|rest| rest.split(']').next().unwrap().split(", ").count())
                .sum();
            told.insert(rule, askers);
        }
        told
    };
    blocks.map(told).collect()
}

/// A line names the rule and behind it each who asks.
fn in_markdown() -> Told {
    let scan = sample::scan();
    let text = written(Format::Markdown, &Options::default());
    let sections = text.split("\n### ").skip(2).zip(&scan.targets);
    let told = |(section, target): (&str, &crate::results::TargetResult)| {
        let mut told = BTreeMap::new();
        for finding in &target.findings {
            let rule = escape::line(&finding.rule);
            let before = format!(" (`{rule}` ");
            let lines = section.split(&before).skip(1);
            let lines = lines.map(|rest| rest.lines().next().unwrap().split(", ").count());
            told.insert(rule, lines.sum());
        }
        told
    };
    sections.map(told).collect()
}

fn in_template() -> Told {
    let each =
        "{% for t in targets %}{% for f in t.findings %}{{ f.rule }}\n{% endfor %}=\n{% endfor %}";
    let template = Template {
        file: "ids.txt".to_owned(),
        text: each.to_owned(),
    };
    let options = Options {
        template: Some(template),
        ..Options::default()
    };
    let text = written(Format::Template, &options);
    let told = |target: &str| {
        let mut told = BTreeMap::new();
        for rule in target.lines() {
            *told.entry(rule.to_owned()).or_default() += 1;
        }
        told
    };
    text.split_terminator("=\n").map(told).collect()
}

#[test]
fn every_format_tells_the_same_ids_equally_often() {
    let expected = in_results();
    let json = stored(Format::Json);
    assert_eq!(json, sample::scan());
    assert_eq!(in_junit(), expected);
    let plain = |format| written(format, &Options::default());
    assert_eq!(oscal::tests::told(&plain(Format::Oscal)), expected);
    assert_eq!(ocsf::tests::told(&plain(Format::Ocsf)), expected);
    assert_eq!(csv::tests::told(&plain(Format::Csv)), expected);
    assert_eq!(tap::tests::told(&plain(Format::Tap)), expected);
    assert_eq!(in_markdown(), expected);
    assert_eq!(in_template(), expected);
    // The hostile target's rule has a `]` in it, so only the first can be counted by eye.
    assert_eq!(in_text().first(), expected.first());
    assert_eq!(sarif::tests::told(&plain(Format::Sarif)), expected);
}

#[test]
fn formats_for_problems_tell_the_same_ids_as_often_as_there_are_problems() {
    let plain = |format| written(format, &Options::default());
    let gate = sample::scan().run.gate;
    let problems = in_results_where(|finding| order::is_problem(gate, finding));
    assert_eq!(sarif::tests::told(&plain(Format::SarifGithub)), problems);
    assert_eq!(gitlab::tests::told(&plain(Format::Gitlab)), problems);
    let of_interest = in_results_where(|finding| github::tests::is_told(gate, finding));
    let annotations = plain(Format::Github);
    let told = github::tests::told(&annotations);
    assert_eq!(told.first(), of_interest.first());
    let count = |told: &Told| told.iter().flat_map(BTreeMap::values).sum::<usize>();
    let left_out = github::tests::left_out(&annotations);
    assert_eq!(count(&told) + left_out, count(&of_interest));
}

#[test]
fn every_format_tells_the_same_counts() {
    let scan = sample::scan();
    let text = written(Format::Text, &Options::default());
    let short = written(
        Format::Text,
        &Options {
            summary: true,
            ..Options::default()
        },
    );
    let junit = written(Format::Junit, &Options::default());
    let markdown = written(Format::Markdown, &Options::default());
    let json = stored(Format::Json);
    assert_eq!(json.run.summary, scan.run.summary);
    for (target, suite) in scan.targets.iter().zip(junit.split("<testsuite ").skip(1)) {
        let summary = &target.summary;
        for (outcome, count) in words::counts(summary) {
            assert!(text.contains(&count), "{count} not in {text}");
            assert!(markdown.contains(&count), "{count} not in {markdown}");
            let shown = format!("{} {}", summary.count(outcome), outcome.as_str());
            let in_short = matches!(
                outcome,
                Outcome::Fail | Outcome::Error | Outcome::Unknown | Outcome::Pass
            );
            assert!(
                !in_short || short.contains(&shown),
                "{shown} not in {short}"
            );
        }
        let cases = suite.matches("<testcase ").count();
        assert_eq!(cases, summary.total);
        for (outcome, element) in [(Outcome::Unknown, "unknown"), (Outcome::Error, "error")] {
            let told = suite.matches(&format!("<error type=\"{element}\"")).count();
            let weighs = |finding: &&Finding| {
                finding.outcome == outcome && scan.run.gate.weigh(finding) == Weight::Undecided
            };
            assert_eq!(told, target.findings.iter().filter(weighs).count());
        }
    }
}
