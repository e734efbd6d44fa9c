//! Tests of the Markdown report.

use super::super::sample;
use super::*;
use crate::results::Scan;
use pulldown_cmark::{Event, Options as Extensions, Parser, Tag};
use std::collections::BTreeSet;

fn written(scan: &Scan) -> String {
    let mut bytes = Vec::new();
    render(scan.results(), &Options::default(), &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn events(markdown: &str) -> Vec<Event<'_>> {
    let extensions = Extensions::all().difference(Extensions::ENABLE_SMART_PUNCTUATION);
    Parser::new_ext(markdown, extensions).collect()
}

#[test]
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a reader has many events, and few of them matter"
)]
fn a_readers_markdown_has_no_link_no_picture_and_no_tag_that_is_not_ours() {
    let text = written(&sample::scan());
    assert!(!text.contains(|c| c != '\n' && escape::acts(c)));
    let mut code = false;
    let mut tags = BTreeSet::new();
    for event in events(&text) {
        match event {
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::FootnoteDefinition(_))
            | Event::FootnoteReference(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::TaskListMarker(_) => panic!("{event:?}"),
            Event::Html(html) | Event::InlineHtml(html) => {
                tags.insert(html.trim().to_owned());
            }
            Event::Start(Tag::CodeBlock(_)) => code = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => code = false,
            Event::Text(text) if !code => {
                let signs = ["://", "www.", "@", "#", "<", "|", "::"];
                assert!(!signs.iter().any(|sign| text.contains(sign)), "{text:?}");
            }
            _ => {}
        }
    }
    for tag in tags {
        let summary = tag.starts_with("<details><summary>") && tag.ends_with("</summary>");
        let inside = tag.trim_start_matches("<details><summary>");
        let inside = inside.trim_end_matches("</summary>");
        assert!(
            tag == "</details>" || summary && !inside.contains('<'),
            "{tag:?}"
        );
    }
}

#[test]
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a reader has many events, and few of them matter"
)]
fn every_domain_has_its_place_in_the_table_and_a_section_of_its_own() {
    let scan = sample::scan();
    let text = written(&scan);
    let (mut rows, mut headings, mut open) = (0, Vec::new(), false);
    for event in events(&text) {
        match event {
            Event::Start(Tag::TableRow) => rows += 1,
            Event::Start(Tag::Heading { level, .. }) => {
                open = level == pulldown_cmark::HeadingLevel::H3;
            }
            Event::End(pulldown_cmark::TagEnd::Heading(_)) => open = false,
            Event::Code(text) if open => headings.push(text.to_string()),
            _ => {}
        }
    }
    assert!(rows >= scan.targets.len());
    assert!(
        headings.contains(&"xn--bcher-kva.example".to_owned()),
        "{headings:?}"
    );
    assert!(
        text.contains("| `bücher.example` | ✗ failed | ★★★★½ 4.5 / 5 |"),
        "{text}"
    );
}

#[test]
fn folds_are_closed_and_every_audit_block_is_there() {
    let text = written(&sample::scan());
    assert_eq!(
        text.matches("<details>").count(),
        text.matches("</details>").count()
    );
    assert_eq!(text.matches("What these findings rest on").count(), 2);
    assert_eq!(text.matches("What this report rests on").count(), 1);
    assert!(text.contains("- facts-sha256: `0c0c"), "{text}");
}

#[test]
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a reader has many events, and few of them matter"
)]
fn a_text_to_publish_stands_in_a_block_whatever_is_in_it() {
    let mut scan = sample::scan();
    let correction = crate::results::correction::Correction {
        area: "spf".to_owned(),
        name: "example.org".to_owned(),
        rtype: "file".to_owned(),
        text: "```\n<img src=x>\n````".to_owned(),
        changes: vec!["all of it".to_owned()],
        after: None,
    };
    scan.targets.truncate(1);
    scan.targets[0].findings[0].correction = Some(correction);
    let text = written(&scan);
    let mut inside = String::new();
    let mut open = false;
    for event in events(&text) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => open = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => open = false,
            Event::Text(text) if open => inside.push_str(&text),
            _ => {}
        }
    }
    assert_eq!(inside, "example.org\n```\n<img src=x>\n````\n");
}

/// Many domains, the worst of them in the middle.
fn many(count: usize) -> Scan {
    let mut scan = sample::scan();
    let first = scan.targets.swap_remove(0);
    let target = |number: usize| {
        let mut target = first.clone();
        target.target.domain = format!("d{number}.example");
        target.target.unicode.clone_from(&target.target.domain);
        target.verdict = if number.is_multiple_of(2) {
            Verdict::Passed
        } else {
            Verdict::Failed
        };
        target.summary.fail_must = usize::from(number == count / 2 + 1) * 50;
        target
    };
    scan.targets = (0..count).map(target).collect();
    scan
}

#[test]
fn a_large_run_stays_within_what_a_summary_may_have_and_says_what_it_left_out() {
    let scan = many(600);
    let text = written(&scan);
    assert!(text.len() <= MOST, "{}", text.len());
    assert!(text.len() > MOST / 2, "{}", text.len());
    let first = text.split("\n### ").nth(2).unwrap();
    assert!(first.starts_with("✗ `d301.example`"), "{first}");
    assert!(text.contains("400 more domains, none of them worse, are not in this table."));
    assert!(
        text.contains(" domains, the least bad, are not told here"),
        "{text}"
    );
    assert!(text.contains("--domain DOMAIN"));
    assert!(text.ends_with("</details>\n\n"));
    assert_eq!(
        text.matches("<details>").count(),
        text.matches("</details>").count()
    );
}

#[test]
fn findings_that_do_not_fit_are_counted() {
    let mut scan = sample::scan();
    scan.targets.truncate(1);
    let target = scan.targets.first_mut().unwrap();
    let finding = target.findings[0].clone();
    target.findings = (0..4000)
        .map(|number| {
            let mut finding = finding.clone();
            finding.reason = format!("{number} {}", "word ".repeat(80));
            finding
        })
        .collect();
    let text = written(&scan);
    assert!(text.len() <= MOST, "{}", text.len());
    assert!(
        text.contains(" findings are left out above"),
        "{}",
        text.len()
    );
}

#[test]
fn an_empty_run_says_so() {
    let mut scan = sample::scan();
    scan.targets.clear();
    let text = written(&scan);
    assert!(text.contains("**No domain**"), "{text}");
}
