//! The page as a browser reads it: well formed, inert, whole, and of one piece.

use super::super::{escape, sample, words};
use super::{head, write};
use crate::results::gate::Gate;
use crate::results::outcome::Outcome;
use crate::results::summary::Summary;
use crate::results::{Scan, TargetResult};
use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};
use std::collections::{BTreeMap, BTreeSet};

/// What a page is made of; nothing else may come into it.
const ELEMENTS: &str = "a article b body br caption circle clipPath code dd defs details div dl dt fieldset figcaption \
    figure footer g h1 h2 h3 h4 h5 head header html input label legend li main mark meta nav ol p path pre rect section \
    span style sub summary sup svg table tbody td th thead title tr ul use";

fn page_of(scan: &Scan, most: usize) -> String {
    let mut bytes = Vec::new();
    write(scan.results(), most, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn page() -> String {
    page_of(&sample::scan(), usize::MAX)
}

/// An element with its attributes and the text between its tags, without that of its children.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    text: String,
}

impl Element {
    fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

/// Every element, in the order in which they end.
fn elements(page: &str) -> Vec<Element> {
    let mut reader = Reader::from_str(page);
    let (mut open, mut done) = (Vec::<Element>::new(), Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => open.push(element(&tag)),
            Event::Empty(tag) => done.push(element(&tag)),
            Event::End(_) => done.push(open.pop().unwrap()),
            Event::Text(text) => {
                if let Some(inner) = open.last_mut() {
                    inner.text.push_str(&text.decode().unwrap());
                }
            }
            Event::GeneralRef(_) | Event::DocType(_) => {}
            Event::Eof => break,
            other @ (Event::CData(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_)) => {
                panic!("{other:?}")
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
    done
}

fn element(tag: &quick_xml::events::BytesStart<'_>) -> Element {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let attributes = tag.attributes().map(|one| {
        let one = one.unwrap();
        let value = one.normalized_value(XmlVersion::Implicit1_0).unwrap();
        (text(one.key.as_ref()), value.into_owned())
    });
    Element {
        name: text(tag.name().as_ref()),
        attributes: attributes.collect(),
        text: String::new(),
    }
}

#[test]
fn the_page_is_well_formed_and_made_of_known_elements() {
    let known: BTreeSet<&str> = ELEMENTS.split_whitespace().collect();
    let page = page();
    assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">\n"));
    let elements = elements(&page);
    for element in &elements {
        assert!(known.contains(element.name.as_str()), "{element:?}");
    }
    let count = |name: &str| elements.iter().filter(|one| one.name == name).count();
    assert_eq!((count("h1"), count("main"), count("style")), (1, 1, 1));
}

#[test]
fn nothing_runs_and_nothing_is_loaded() {
    for element in elements(&page()) {
        for (name, value) in &element.attributes {
            assert!(!name.starts_with("on"), "{element:?}");
            let loads = [
                "src",
                "srcset",
                "data",
                "action",
                "style",
                "poster",
                "background",
                "ping",
            ];
            assert!(!loads.contains(&name.as_str()), "{element:?}");
            let inert =
                value.starts_with('#') || element.name == "a" && value.starts_with("https://");
            assert!(name != "href" || inert, "{element:?}");
        }
    }
    assert!(!head::CSS.contains("url(") && !head::CSS.contains("@import"));
}

#[test]
fn the_policy_of_the_page_allows_its_own_style_and_nothing_else() {
    let page = page();
    let style = page.split("<style>").nth(1).unwrap();
    assert_eq!(style.split("</style>").next().unwrap(), head::CSS);
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        head::digest()
    );
    let elements = elements(&page);
    let mut metas = elements.iter().filter(|one| one.name == "meta");
    let found = metas.find(|one| one.get("http-equiv") == "Content-Security-Policy");
    assert_eq!(found.unwrap().get("content"), policy);
}

#[test]
fn text_of_strangers_is_shown_and_does_nothing() {
    let page = page();
    assert!(
        !page.contains(|c| c != '\n' && escape::acts(c)),
        "something acts"
    );
    assert!(page.contains("]]&gt;&lt;b a=&#39;&quot;&amp;amp;\\u{202e}evil"));
    let mut scan = sample::scan();
    for (source, linked) in [
        ("javascript:alert(1)", false),
        ("https://norm.example/", true),
    ] {
        scan.run.baselines[0].source = source.to_owned();
        let elements = elements(&page_of(&scan, usize::MAX));
        let links = elements.iter().any(|one| one.get("href") == source);
        assert_eq!(links, linked, "{source}");
    }
}

#[test]
fn every_anchor_is_there_once() {
    let elements = elements(&page());
    let mut ids = BTreeSet::new();
    for id in elements
        .iter()
        .map(|one| one.get("id"))
        .filter(|id| !id.is_empty())
    {
        assert!(ids.insert(id), "twice: {id}");
    }
    let names = ["href", "aria-labelledby"];
    for named in elements
        .iter()
        .flat_map(|one| names.map(|name| one.get(name)))
    {
        let id = named.trim_start_matches('#');
        assert!(
            id.is_empty() || named.starts_with("https://") || ids.contains(id),
            "{named}"
        );
    }
}

#[test]
fn headings_follow_one_another_and_tables_have_heads() {
    let elements = elements(&page());
    let levels = elements
        .iter()
        .filter_map(|one| one.name.strip_prefix('h')?.parse::<u8>().ok());
    let mut before = 0;
    for level in levels {
        assert!(level <= before + 1, "h{level} after h{before}");
        before = level;
    }
    let scoped = |one: &&Element| matches!(one.get("scope"), "col" | "row");
    let heads: Vec<&Element> = elements.iter().filter(|one| one.name == "th").collect();
    assert!(!heads.is_empty() && heads.iter().all(scoped));
    let count = |name: &str| elements.iter().filter(|one| one.name == name).count();
    assert_eq!(count("table"), count("caption"));
    assert_eq!(count("details"), count("summary"));
    let hidden = elements.iter().filter(|one| one.name == "svg");
    assert!(
        hidden
            .into_iter()
            .all(|one| one.get("aria-hidden") == "true")
    );
}

/// The rules of the table of all requirements, by target.
fn asked(page: &str) -> Vec<Vec<String>> {
    let tables = page.split("Every requirement asked of ").skip(1);
    let rows = tables.map(|table| {
        table
            .split("</table>")
            .next()
            .unwrap()
            .split("<span class=\"line muted\">")
            .skip(1)
    });
    let rule = |row: &str| {
        let cell = row.split(" · ").next().unwrap();
        let start = if cell.starts_with("<a ") {
            cell.find('>').unwrap() + 1
        } else {
            0
        };
        let text = cell[start..].trim_end_matches("</a>");
        quick_xml::escape::unescape(text).unwrap().into_owned()
    };
    rows.map(|rows| rows.map(rule).collect()).collect()
}

#[test]
fn every_finding_has_a_row_and_the_counts_are_those_of_the_results() {
    let scan = sample::scan();
    let page = page();
    let mut targets: Vec<&TargetResult> = scan.targets.iter().collect();
    targets.sort_by_key(|target| std::cmp::Reverse(target.summary.fail_must));
    let rules = |target: &&TargetResult| -> Vec<String> {
        let rules = target.findings.iter();
        rules
            .map(|finding| escape::visible(&finding.rule).into_owned())
            .collect()
    };
    let expected: Vec<Vec<String>> = targets.iter().map(rules).collect();
    assert_eq!(asked(&page), expected);
    for target in targets {
        for (_, count) in words::counts(&target.summary) {
            assert!(page.contains(&count), "{count}");
        }
    }
}

/// Many domains that differ in how bad they are; the worst has the highest number.
fn many(count: usize) -> Scan {
    let mut scan = sample::scan();
    let first = scan.targets[0].clone();
    scan.targets = (0..count)
        .map(|number| {
            let mut one = first.clone();
            one.target.domain = format!("d{number}.example");
            let better = one
                .findings
                .iter_mut()
                .filter(|f| f.outcome == Outcome::Fail);
            for finding in better.skip(number) {
                finding.outcome = Outcome::Pass;
            }
            one.summary = Summary::of(&one.findings);
            one.verdict = Gate::default().judge(&one.findings);
            one
        })
        .collect();
    scan
}

#[test]
fn a_large_run_has_a_row_for_each_domain_and_the_details_of_the_worst() {
    let scan = many(6);
    let whole = page_of(&scan, usize::MAX);
    let sections = |page: &str| -> Vec<String> {
        let sections = page.split("<section class=\"domain\"").skip(1);
        sections
            .map(|one| {
                one.split("-h\">")
                    .nth(2)
                    .unwrap()
                    .split('<')
                    .next()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    };
    assert_eq!(sections(&whole).len(), 6);
    assert!(!whole.contains("--domain NAME"));
    let size = whole
        .split("<section class=\"domain\"")
        .nth(1)
        .unwrap()
        .len();
    for (most, kept) in [(0, 1), (size * 3 + size / 2, 3)] {
        let page = page_of(&scan, most);
        assert_eq!(sections(&page), sections(&whole)[..kept]);
        let told = format!("the details of the worst {kept} of 6 domains");
        assert!(page.contains(&told) && page.contains("--domain NAME --report html=FILE"));
        let rows = page.split("<table class=\"domains\">").nth(1).unwrap();
        for number in 0..6 {
            assert!(rows.contains(&format!("d{number}.example")), "{number}");
        }
        elements(&page);
    }
}

#[test]
fn a_run_of_one_domain_begins_with_it_and_one_of_none_says_so() {
    let mut scan = sample::scan();
    scan.targets.truncate(1);
    let page = page_of(&scan, 0);
    assert!(page.contains("<title>E-mail security of bücher.example</title>"));
    assert!(!page.contains("id=\"overview\""));
    scan.targets.clear();
    let page = page_of(&scan, 0);
    assert!(page.contains("E-mail security of no domain"));
    elements(&page);
}

/// The colours of one scheme, as red, green and blue from 0 to 1.
fn colours(block: &str) -> BTreeMap<&str, [f64; 3]> {
    let entries = block.split(['{', ';', '\n']).filter_map(|entry| {
        let (name, value) = entry.trim().strip_prefix("--")?.split_once(": #")?;
        let part =
            |at: usize| f64::from(u8::from_str_radix(&value[at..at + 2], 16).unwrap()) / 255.0;
        Some((name, [part(0), part(2), part(4)]))
    });
    entries.collect()
}

/// How far two colours are apart (WCAG 2.2, "contrast ratio").
fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let linear = |part: f64| {
        if part <= 0.04045 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    };
    let luminance = |[red, green, blue]: [f64; 3]| {
        0.2126f64.mul_add(
            linear(red),
            0.7152f64.mul_add(linear(green), 0.0722 * linear(blue)),
        )
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn every_text_stands_out_from_its_ground_in_both_schemes() {
    let (light, rest) = head::CSS
        .split_once("@media (prefers-color-scheme: dark)")
        .unwrap();
    let (dark, _) = rest.split_once("\n}\n").unwrap();
    let pairs = "text ground, text card, text sunk, text pass-ground, text open-ground, soft ground, soft card, soft sunk, \
        accent ground, accent card, fail ground, fail fail-ground, open open-ground, pass pass-ground, calm calm-ground, \
        error error-ground, mark-text mark";
    for (scheme, block) in [("light", light), ("dark", dark)] {
        let colours = colours(block);
        for pair in pairs.split(", ") {
            let (text, ground) = pair.split_once(' ').unwrap();
            let ratio = contrast(colours[text], colours[ground]);
            assert!(ratio >= 4.5, "{scheme}: {text} on {ground} is {ratio:.2}");
        }
    }
}
