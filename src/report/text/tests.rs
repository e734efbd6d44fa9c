//! Tests of the terminal report.

use super::super::sample;
use super::*;
use crate::facts::delivery::Delivery;
use crate::results::Scan;
use crate::results::finding::Finding;
use crate::results::outcome::Level;

#[expect(
    clippy::needless_pass_by_value,
    reason = "most callers make them in place"
)]
fn written(scan: &Scan, options: Options) -> String {
    let mut bytes = Vec::new();
    render(scan.results(), &options, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The text without the escape sequences that colours are made of.
fn without_color(text: &str) -> String {
    let mut pieces = text.split("\x1b[");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (codes, rest) = piece.split_once('m').unwrap();
        assert!(
            codes.chars().all(|c| c.is_ascii_digit() || c == ';'),
            "{codes:?}"
        );
        plain.push_str(rest);
    }
    plain
}

#[test]
fn nothing_but_layout_reaches_the_terminal() {
    for (verbose, summary) in [(false, false), (true, false), (false, true)] {
        let text = written(
            &sample::scan(),
            Options {
                verbose,
                summary,
                ..Options::default()
            },
        );
        assert!(!text.contains(|c| c != '\n' && escape::acts(c)));
    }
}

#[test]
fn colours_change_nothing_but_colour() {
    for (verbose, summary) in [(false, false), (true, false), (false, true)] {
        let plain = Options {
            verbose,
            summary,
            ..Options::default()
        };
        let colored = written(
            &sample::scan(),
            Options {
                color: true,
                ..plain.clone()
            },
        );
        assert!(colored.contains("\x1b["));
        assert_eq!(without_color(&colored), written(&sample::scan(), plain));
    }
}

#[test]
fn no_line_is_wider_than_the_page() {
    for width in [0, 50, 57, 80, 119, 120, 1000] {
        for verbose in [false, true] {
            let text = written(
                &sample::scan(),
                Options {
                    width,
                    verbose,
                    ..Options::default()
                },
            );
            let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(longest <= width.clamp(50, 120), "{longest} at {width}");
            assert!(
                !text.lines().any(|line| line.ends_with(' ')),
                "trailing space at {width}"
            );
        }
    }
}

#[test]
fn the_summary_has_one_line_a_domain() {
    let scan = sample::scan();
    let text = written(
        &scan,
        Options {
            summary: true,
            width: 100,
            ..Options::default()
        },
    );
    let line = text.lines().find(|line| line.contains("bücher")).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(
        words.join(" "),
        "fail bücher.example 4.5 / 5 2.0 / 5 none 6 fail 1 error 1 unknown 2 pass"
    );
    assert_eq!(
        text.lines()
            .filter(|line| line.starts_with("fail "))
            .count(),
        scan.targets.len()
    );
}

/// The lines with signs, that is one a group, in the order of the report.
fn labels(scan: &Scan, verbose: bool) -> Vec<String> {
    written(
        scan,
        Options {
            verbose,
            width: 120,
            ..Options::default()
        },
    )
    .lines()
    .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
    .map(|line| {
        line.trim()
            .split("  ")
            .next()
            .unwrap_or_default()
            .to_owned()
    })
    .collect()
}

#[test]
fn the_worst_comes_first() {
    use Level::{May, Must, Should};
    use Outcome::{Error, Fail, Manual, NotApplicable, Pass, Unknown, Waived};
    let mut scan = sample::scan();
    scan.run.notices.clear();
    scan.targets.truncate(1);
    let asked = [
        (Must, NotApplicable),
        (Must, Pass),
        (Must, Waived),
        (May, Fail),
        (Must, Manual),
        (May, Unknown),
        (Must, Unknown),
        (Must, Error),
        (Should, Fail),
        (Must, Fail),
    ];
    let target = scan.targets.first_mut().unwrap();
    target.findings = asked
        .map(|(level, outcome)| {
            sample::finding(&format!("spf-{}", level.as_str()), "Title", level, outcome)
        })
        .to_vec();
    target.scores.clear();
    target.delivery = Delivery::default();
    let told = [
        "✗ fail must",
        "✗ fail should",
        "! error must",
        "? unknown must",
        "☐ manual must",
        "✗ fail may",
        "~ waived must",
    ];
    let rest = ["✓ pass must", "– not-applicable must"];
    let optional = "? unknown may";
    let shown = |verbose| {
        let mut shown = labels(&scan, verbose);
        shown.retain(|label| !label.is_empty() && label.contains(' ') && !label.starts_with("sev"));
        shown
    };
    assert_eq!(shown(false), told);
    let mut all = [&told[..], &rest[..]].concat();
    all.insert(6, optional);
    assert_eq!(shown(true), all);
}

#[test]
fn what_baselines_ask_alike_is_told_once() {
    let text = written(&sample::scan(), Options::default());
    let flat: Vec<&str> = text.split_whitespace().collect();
    let flat = flat.join(" ");
    assert_eq!(
        flat.matches("DMARC asks receivers to act: reject or stricter")
            .count(),
        1,
        "{text}"
    );
    assert!(
        flat.contains("dmarc-policy-at-least [bod-18-01 1.b, mecsa (should)]"),
        "{text}"
    );
    assert!(
        flat.contains("DMARC asks receivers to act: quarantine or stricter"),
        "{text}"
    );
}

#[test]
fn a_reason_is_not_told_twice() {
    let text = written(
        &sample::scan(),
        Options {
            width: 120,
            ..Options::default()
        },
    );
    for (told, times) in [
        ("mx3.bücher.example: timed out", 2),
        ("STARTTLS is not offered", 1),
        ("2 of 4 fail\n", 1),
        ("454", 1),
    ] {
        assert_eq!(text.matches(told).count(), times, "{told} in {text}");
    }
}

#[test]
fn a_negative_requirement_does_not_advise_to_do_what_it_forbids() {
    let mut scan = sample::scan();
    scan.targets.truncate(1);
    let keep = |finding: &Finding| finding.level.is_negative();
    scan.targets.first_mut().unwrap().findings.retain(keep);
    let text = written(&scan, Options::default());
    assert!(
        text.contains("✗ fail should-not") && !text.contains("fix"),
        "{text}"
    );
}

#[test]
fn stars_are_full_half_and_empty() {
    for (value, max, expected) in [
        (Some(0.0), 5.0, "☆☆☆☆☆"),
        (Some(0.5), 5.0, "½☆☆☆☆"),
        (Some(4.5), 5.0, "★★★★½"),
        (Some(4.9), 5.0, "★★★★½"),
        (Some(5.0), 5.0, "★★★★★"),
        (Some(7.0), 10.0, "★★★½☆"),
        (Some(f64::NAN), 5.0, "☆☆☆☆☆"),
        (None, 5.0, "·····"),
    ] {
        let score = Score {
            baseline: String::new(),
            id: String::new(),
            title: String::new(),
            value,
            max,
            note: String::new(),
        };
        assert_eq!(stars(&score), expected);
    }
}

#[test]
fn a_run_that_is_not_whole_says_so() {
    let mut scan = sample::scan();
    scan.run.partial = Some(format!("interrupted {}", sample::HOSTILE));
    let text = written(&scan, Options::default());
    assert!(text.contains("Not whole: interrupted x\\x1b"), "{text}");
}

#[test]
fn an_empty_scan_says_so() {
    let mut scan = sample::scan();
    scan.targets.clear();
    scan.run.notices.clear();
    scan.run.summary = Summary::default();
    for summary in [false, true] {
        let text = written(
            &scan,
            Options {
                summary,
                ..Options::default()
            },
        );
        assert!(
            text.starts_with("no domain\n") && text.contains("nothing was evaluated"),
            "{text}"
        );
    }
}

/// The table of who can deliver, of the first target alone.
fn table(width: usize, verbose: bool, targets: usize) -> String {
    let mut scan = sample::scan();
    scan.targets.truncate(targets);
    let options = Options {
        width,
        verbose,
        ..Options::default()
    };
    let text = written(&scan, options);
    let table = text.split("Who can deliver\n").nth(1).unwrap_or_default();
    table.split("\n\n").next().unwrap_or_default().to_owned()
}

#[test]
fn who_can_deliver_is_told_of_a_single_domain_and_with_verbose() {
    assert_eq!(
        table(80, false, 1),
        "  no TLS             in clear text\n\
         \x20 opportunistic TLS  encrypted\n\
         \x20 MTA-STS            encrypted and authenticated\n\
         \x20                    mx2.bcher.example: not delivered, waits\n\
         \x20 DANE               not delivered, waits (the TLSA lookup failed (servfail))\n\
         \x20 MTA-STS and DANE   not delivered, waits (the TLSA lookup failed (servfail))"
    );
    // Something is amiss with DANE, so that it is told beside other domains too.
    assert_eq!(table(80, false, 2), table(80, false, 1));
    assert!(table(80, true, 2).contains("encrypted (STARTTLS works)"));
}

#[test]
fn where_mail_gets_through_the_table_is_left_to_verbose_and_to_single_domains() {
    let mut scan = sample::scan();
    scan.targets.truncate(1);
    let effects = &mut scan.targets[0].delivery.effects;
    for effect in [&mut effects.dane, &mut effects.both] {
        effect.effect = crate::facts::delivery::DeliveryEffect::Encrypted;
    }
    scan.targets[0].delivery.servers.clear();
    let told = |scan: &Scan| written(scan, Options::default()).contains("Who can deliver");
    assert!(told(&scan));
    scan.targets.push(scan.targets[0].clone());
    assert!(!told(&scan));
}

#[test]
fn what_was_not_looked_at_stands_above_what_is_unknown_for_want_of_it() {
    let text = written(&sample::scan(), Options::default());
    let flat: Vec<&str> = text.split_whitespace().collect();
    let flat = flat.join(" ");
    assert!(flat.contains("finding is unknown for want of it"), "{text}");
}

#[test]
fn scores_stand_below_each_other_and_a_missing_one_is_blank() {
    let mut scan = sample::scan();
    let mut other = scan.targets[0].clone();
    scan.targets.truncate(1);
    other.scores.remove(0);
    other.target.unicode = "例え.テスト".to_owned();
    scan.targets.push(other);
    let options = Options {
        summary: true,
        width: 120,
        ..Options::default()
    };
    let text = written(&scan, options);
    let at = |line: &str, word: &str| {
        let before = line.split(word).next().unwrap();
        width::columns(before)
    };
    let lines: Vec<&str> = text.lines().filter(|line| line.contains(" / 5")).collect();
    assert_eq!(lines.len(), 2, "{text}");
    for word in ["2.0 / 5", "none", " fail", " error"] {
        assert_eq!(at(lines[0], word), at(lines[1], word), "{word} in {text}");
    }
}

#[test]
fn the_worst_domain_comes_first() {
    let mut scan = sample::scan();
    scan.targets.reverse();
    for summary in [false, true] {
        let options = Options {
            summary,
            ..Options::default()
        };
        let text = written(&scan, options);
        let begins = |starts: [&str; 2]| {
            let name = |line: &str| line.trim_start_matches("fail ").trim_start().to_owned();
            let fits = |line: &str| starts.iter().any(|start| name(line).starts_with(start));
            text.lines().position(fits).unwrap()
        };
        let worst = begins(["bücher.example", "xn--bcher"]);
        assert!(worst < begins(["ux\\x1b", "dx\\x1b"]), "{text}");
    }
}

#[test]
fn the_table_stays_within_a_narrow_terminal() {
    let narrow = table(50, false, 1);
    assert!(
        narrow.lines().all(|line| line.chars().count() <= 50),
        "{narrow}"
    );
    assert!(narrow.lines().count() > 6, "{narrow}");
}
