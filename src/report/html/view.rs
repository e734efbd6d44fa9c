//! What several parts of the page show alike: outcomes, areas, levels, links.

use super::super::references;
use crate::results::Run;
use crate::results::finding::Finding;
use crate::results::gate::Verdict;
use crate::results::outcome::{Level, Outcome};
use crate::results::rule::RuleInfo;
use crate::results::summary::Summary;
use serde::Serialize;
use std::collections::BTreeMap;

/// An outcome or verdict as colour, sign and word; never only one of them.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Tag {
    class: &'static str,
    sign: &'static str,
    word: String,
}

impl Tag {
    /// An outcome under its own name.
    pub(super) fn of(outcome: Outcome) -> Self {
        Self::saying(outcome, outcome.as_str().replace('-', " "))
    }

    /// An outcome in other words.
    pub(super) fn saying(outcome: Outcome, word: String) -> Self {
        let sign = match outcome {
            Outcome::Fail => "✗",
            Outcome::Error => "!",
            Outcome::Unknown => "?",
            Outcome::Manual => "○",
            Outcome::Waived => "~",
            Outcome::Pass => "✓",
            Outcome::NotApplicable => "–",
        };
        let class = outcome.as_str();
        Self { class, sign, word }
    }

    /// The class under which the style sheet knows it.
    pub(super) const fn class(&self) -> &'static str {
        self.class
    }
}

/// What a target or a run came to.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Told {
    tag: Tag,
    text: String,
}

impl Told {
    /// The verdict and, in one sentence, why.
    pub(super) fn of(verdict: Verdict, counts: &Summary, new_only: bool) -> Self {
        let text = match verdict {
            Verdict::Passed if new_only => "Nothing that counts is new.".to_owned(),
            Verdict::Passed => "Everything that counts holds.".to_owned(),
            Verdict::Failed | Verdict::FailedShould => failures(counts),
            Verdict::Undecided => unsettled(counts),
            Verdict::Empty => "Nothing was evaluated.".to_owned(),
        };
        Self {
            tag: verdict_tag(verdict),
            text,
        }
    }
}

/// A verdict as a tag.
pub(super) fn verdict_tag(verdict: Verdict) -> Tag {
    let outcome = super::super::words::verdict(verdict);
    Tag::saying(outcome, verdict.as_str().replace("-should", " (should)"))
}

fn failures(counts: &Summary) -> String {
    let levels = [
        (counts.fail_must, "required"),
        (counts.fail_should, "recommended"),
        (counts.fail_may, "optional"),
    ];
    let told: Vec<String> = levels
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    match told.split_last() {
        None => "What the settings ask does not hold.".to_owned(),
        Some((last, [])) => format!("Requirements that fail: {last}."),
        Some((last, rest)) => format!("Requirements that fail: {} and {last}.", rest.join(", ")),
    }
}

fn unsettled(counts: &Summary) -> String {
    let Summary { unknown, error, .. } = counts;
    match error {
        0 => format!("Nothing required fails, but {unknown} requirements could not be settled."),
        _ => format!(
            "Nothing required fails, but {unknown} requirements could not be settled and {error} rules broke."
        ),
    }
}

/// How the outcomes in an area are spread, as numbers and as a bar.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Area {
    name: String,
    anchor: Option<String>,
    bad: usize,
    open: usize,
    good: usize,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, Serialize)]
struct Part {
    class: &'static str,
    x: String,
    width: String,
}

/// How often each outcome occurs.
pub(super) type Tally = BTreeMap<Outcome, usize>;

impl Area {
    /// An area by its id, with its outcomes and the anchor of what there is to do.
    pub(super) fn new(id: &str, tally: &Tally, anchor: Option<String>) -> Self {
        let count = |of: &[Outcome]| of.iter().filter_map(|one| tally.get(one)).sum::<usize>();
        let bad = count(&[Outcome::Fail]);
        let open = count(&[Outcome::Error, Outcome::Unknown, Outcome::Manual]);
        let good = count(&[Outcome::Pass]);
        let calm = count(&[Outcome::Waived, Outcome::NotApplicable]);
        let total = (bad + open + good + calm).max(1);
        let mut parts = Vec::new();
        let mut before = 0;
        for (class, count) in [
            ("fail", bad),
            ("open", open),
            ("pass", good),
            ("calm", calm),
        ] {
            if count > 0 {
                parts.push(Part {
                    class,
                    x: hundredths(before, total),
                    width: hundredths(count, total),
                });
            }
            before += count;
        }
        Self {
            name: area_name(id),
            anchor,
            bad,
            open,
            good,
            parts,
        }
    }
}

/// A share in percent with two digits, without floating point.
fn hundredths(part: usize, whole: usize) -> String {
    let share = part * 10_000 / whole;
    format!("{}.{:02}", share / 100, share % 100)
}

/// An area as people call it.
pub(super) fn area_name(id: &str) -> String {
    let name = match id {
        "bimi" => "BIMI: logos",
        "caa" => "CAA: who may issue certificates",
        "dane" => "DANE",
        "delivery" => "Delivery",
        "dkim" => "DKIM",
        "dmarc" => "DMARC",
        "dns" => "DNS",
        "dnssec" => "DNSSEC",
        "mta-sts" => "MTA-STS",
        "mx" => "MX: mail servers",
        "organisation" => "Organisation",
        "spf" => "SPF",
        "starttls" => "STARTTLS",
        "tls" => "TLS",
        "tls-rpt" => "TLS-RPT: reports on delivery",
        "x509" => "Certificates",
        other => other,
    };
    name.to_owned()
}

/// A level as RFC 2119 writes it, in small letters.
pub(super) fn level(level: Level) -> String {
    level.as_str().replace('-', " ")
}

/// A text, linked where it is an address that a browser may be sent to.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Link {
    text: String,
    href: Option<String>,
}

impl Link {
    /// Only `https:` becomes a link; anything else, such as `javascript:`, is shown and inert.
    pub(super) fn of(text: &str) -> Self {
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '<' | '>' | '\\');
        let linked = references::is_plain(text);
        Self {
            text: text.to_owned(),
            href: (linked && text.chars().all(plain)).then(|| text.to_owned()),
        }
    }
}

/// The anchor of a rule in the glossary; none where the run does not describe it.
pub(super) fn rule_anchor(run: &Run, id: &str) -> Option<String> {
    let place = run.rules.iter().position(|rule| rule.id == id)?;
    run.rules.get(place).map(|rule| anchor(rule, place, true))
}

/// The anchor of a rule that has this place among the rules of the run; `first` of its id, which a run that waxseal
/// wrote has once.
pub(super) fn anchor(rule: &RuleInfo, place: usize, first: bool) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if first && rule.id.chars().all(plain) {
        format!("rule-{}", rule.id)
    } else {
        format!("r{place}")
    }
}

/// The outcomes of some findings.
pub(super) fn tally<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Tally {
    let mut tally = Tally::new();
    for finding in findings {
        *tally.entry(finding.outcome).or_default() += 1;
    }
    tally
}

/// A time as people write it: `2026-11-23 10:00:00 UTC`.
pub(super) fn time(text: &str) -> String {
    text.trim_end_matches('Z').replacen('T', " ", 1) + " UTC"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_becomes_a_link() {
        for (text, linked) in [
            ("https://www.rfc-editor.org/rfc/rfc7208", true),
            ("http://plain.example/", false),
            ("javascript:alert(1)", false),
            ("https://", false),
            ("https://norm.example@evil.example/", false),
            ("HTTPS://loud.example/", false),
            ("https://a.example/\u{202e}", false),
            ("https://a.example/\" onclick=\"x", false),
            ("RFC 7208 §4.6", false),
        ] {
            assert_eq!(Link::of(text).href.is_some(), linked, "{text}");
        }
    }

    #[test]
    fn the_parts_of_a_bar_stand_side_by_side() {
        let tally = Tally::from([(Outcome::Fail, 1), (Outcome::Pass, 2)]);
        let area = Area::new("spf", &tally, None);
        let parts: Vec<_> = area
            .parts
            .iter()
            .map(|p| (p.x.as_str(), p.width.as_str()))
            .collect();
        assert_eq!(parts, [("0.00", "33.33"), ("33.33", "66.66")]);
    }

    #[test]
    fn a_failure_is_told_by_level() {
        let counts = Summary {
            fail: 3,
            fail_must: 1,
            fail_may: 2,
            ..Summary::default()
        };
        let told = Told::of(Verdict::Failed, &counts, false);
        assert_eq!(
            told.text,
            "Requirements that fail: 1 required and 2 optional."
        );
    }
}
