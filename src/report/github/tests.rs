//! Tests of annotations.

use super::super::sample;
use super::*;
use crate::results::Scan;
use crate::results::gate::FailOn;
use std::collections::BTreeMap;

fn written(scan: &Scan) -> String {
    let mut bytes = Vec::new();
    render(scan.results(), &Options::default(), &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// An annotation as the runner reads it (actions/runner, `ActionCommand.cs`).
struct Read {
    kind: String,
    properties: BTreeMap<String, String>,
    text: String,
}

fn read(line: &str) -> Read {
    let rest = line.strip_prefix("::").unwrap();
    let (command, text) = rest.split_once("::").unwrap();
    let (kind, properties) = command.split_once(' ').unwrap();
    let unescaped = |text: &str| {
        let text = text.replace("%3A", ":").replace("%2C", ",");
        text.replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%25", "%")
    };
    let properties = properties.split(',').map(|one| {
        let (name, value) = one.split_once('=').unwrap();
        (name.to_owned(), unescaped(value))
    });
    Read {
        kind: kind.to_owned(),
        properties: properties.collect(),
        text: unescaped(text),
    }
}

fn annotations(text: &str) -> Vec<Read> {
    let all = text
        .lines()
        .take_while(|line| !line.starts_with("::group::"));
    all.map(read).collect()
}

/// How often each rule is told at each domain of the sample: who asks stands in brackets behind the title.
pub(in super::super) fn told(text: &str) -> Vec<BTreeMap<String, usize>> {
    let all = annotations(text);
    let of_target = |target: &TargetResult| {
        let mut told = BTreeMap::new();
        for finding in &target.findings {
            let rule = escape::line(&finding.rule);
            let title = format!("{}: {rule}", escape::line(&target.target.domain));
            let same = all.iter().filter(|one| one.properties["title"] == title);
            let askers = same.map(|one| {
                let head = one.text.lines().next().unwrap();
                head.rsplit_once(" [").unwrap().1.split(", ").count()
            });
            let askers: usize = askers.sum();
            if askers > 0 {
                told.insert(rule, askers);
            }
        }
        told
    };
    sample::scan().targets.iter().map(of_target).collect()
}

/// How many findings no annotation was left for.
pub(in super::super) fn left_out(text: &str) -> usize {
    let all = annotations(text);
    let more = all.iter().filter_map(|one| {
        let (_, rest) = one.text.rsplit_once("\nand ")?;
        let number = rest.strip_suffix(" more of this kind, in the other reports of this run")?;
        number.parse::<usize>().ok()
    });
    more.sum()
}

/// Whether there is anything to say of a finding.
pub(in super::super) fn is_told(gate: Gate, finding: &Finding) -> bool {
    Kind::of(gate, finding).is_some()
}

#[test]
fn annotations_stand_beside_the_line_that_names_the_domain_worst_first() {
    let text = written(&sample::scan());
    let all = annotations(&text);
    let title = |one: &Read| one.properties["title"].clone();
    // One is critical, the other is not.
    let titles: Vec<String> = all.iter().take(2).map(title).collect();
    let domain = "xn--bcher-kva.example";
    assert_eq!(
        titles,
        [
            format!("{domain}: mx-offers-starttls"),
            format!("{domain}: dmarc-policy-at-least")
        ]
    );
    let first = &all[1];
    assert_eq!(first.kind, "error");
    let place = ["file", "line", "col", "endColumn"].map(|key| first.properties[key].as_str());
    assert_eq!(place, ["domains.txt", "3", "1", "15"]);
    assert!(
        first.text.starts_with(
            "fail (must): DMARC asks receivers to act: reject or stricter [bod-18-01 1.b]\nreason: "
        ),
        "{}",
        first.text
    );
    let kinds: Vec<&str> = all.iter().map(|one| one.kind.as_str()).collect();
    let mut sorted = kinds.clone();
    sorted.sort_by_key(|kind| {
        ["error", "warning", "notice"]
            .iter()
            .position(|one| one == kind)
    });
    assert_eq!(kinds, sorted);
}

#[test]
fn ten_of_a_kind_are_shown_and_the_last_says_how_many_more() {
    let mut scan = sample::scan();
    scan.run.gate.fail_on = FailOn::May;
    scan.run.notices.clear();
    let fails: usize = scan.run.summary.fail;
    let text = written(&scan);
    let errors: Vec<Read> = annotations(&text)
        .into_iter()
        .filter(|one| one.kind == "error")
        .collect();
    assert!(errors.len() <= MOST);
    for _ in 0..5 {
        let again = scan.targets[0].clone();
        scan.targets.push(again);
    }
    let fails = fails + 5 * scan.targets[0].summary.fail;
    let text = written(&scan);
    let errors: Vec<Read> = annotations(&text)
        .into_iter()
        .filter(|one| one.kind == "error")
        .collect();
    assert_eq!(errors.len(), MOST);
    let more = format!("\nand {} more of this kind", fails - MOST);
    let last = errors.last().unwrap();
    assert!(last.text.contains(&more), "{more}: {}", last.text);
    assert!(
        errors[..9]
            .iter()
            .all(|one| !one.text.contains("more of this kind"))
    );
}

#[test]
fn a_run_that_is_not_whole_says_so_first() {
    let mut scan = sample::scan();
    scan.run.partial = Some("interrupted: 2 of 3".to_owned());
    let text = written(&scan);
    let all = annotations(&text);
    let warning = all.iter().find(|one| one.kind == "warning").unwrap();
    assert_eq!(
        (warning.properties["title"].as_str(), warning.text.as_str()),
        ("waxseal: not whole", "interrupted: 2 of 3")
    );
}

#[test]
fn what_it_rests_on_is_a_group_of_the_log() {
    let text = written(&sample::scan());
    let (_, group) = text.split_once("::group::").unwrap();
    assert!(group.ends_with("::endgroup::\n"), "{group}");
    assert!(group.contains("\nverdict: failed\n"), "{group}");
    assert!(
        group.contains("\ntarget xn--bcher-kva.example: facts-sha256: 0c0c"),
        "{group}"
    );
}

#[test]
fn no_text_of_a_stranger_begins_a_line_or_a_command() {
    let mut scan = sample::scan();
    let attack = "x\n::error::evil\r\n##[stop-commands]evil%0A::add-mask::a,b=c";
    scan.targets[0].findings[0].reason = attack.to_owned();
    scan.targets[0].target.domain = attack.to_owned();
    scan.targets[0].vantage.ehlo_name = attack.to_owned();
    scan.targets[0].place.as_mut().unwrap().file = attack.to_owned();
    scan.run.notices[0].text = attack.to_owned();
    let text = written(&scan);
    for line in text.lines() {
        let own = [
            "::error ",
            "::warning ",
            "::notice ",
            "::group::waxseal",
            "::endgroup::",
        ];
        let entry = line.split(": ").next().unwrap();
        let name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let starts = own.iter().any(|own| line.starts_with(own));
        assert!(
            starts || entry.starts_with("target ") || entry.chars().all(name),
            "{line}"
        );
        assert!(!line.contains("##["), "{line}");
        assert!(!line.contains(escape::acts), "{line:?}");
    }
    let first = annotations(&text)
        .into_iter()
        .find(|one| one.text.contains("evil"))
        .unwrap();
    assert_eq!(first.properties.len(), 5, "{:?}", first.properties);
    let again = annotations(&text);
    assert!(
        again
            .iter()
            .all(|one| ["error", "warning", "notice"].contains(&one.kind.as_str()))
    );
}
