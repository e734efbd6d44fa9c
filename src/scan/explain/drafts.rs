//! Texts that could be published: those that corrections propose, and the published ones with one part otherwise.

use crate::derive::correct::{self, Step};
use crate::facts::Facts;
use crate::policy::explain::Explanation;
use crate::records::dmarc::is_dmarc;
use crate::results::correction::Correction;

/// The qualifiers of SPF, from strict to weak.
const SIGNS: [char; 4] = ['-', '~', '?', '+'];

/// The most texts that are tried.
const MOST: usize = 120;

/// A text, and how far it is from what is published.
pub(super) struct Draft {
    pub(super) text: Correction,
    /// How far: first in meaning, then how many characters differ.
    pub(super) distance: (usize, usize),
}

/// How far a text is in meaning whose part is left out or put in; a word is as far as it stands in its list.
const PART: usize = 2;

/// What is published now.
struct Published {
    area: &'static str,
    name: String,
    rtype: &'static str,
    text: String,
}

/// The texts of the areas that the rule looked at.
pub(super) fn of(facts: &Facts, explanation: &Explanation) -> Vec<Draft> {
    let read = |start: &str| {
        let mut read = explanation.facts.iter();
        read.any(|one| one.pointer.starts_with(start))
    };
    let areas = [
        ("dmarc", read("/dmarc") || read("/delivery")),
        (
            "spf",
            read("/spf") || read("/delivery") || read("/dangling"),
        ),
        ("mta-sts", read("/mta_sts")),
        ("tls-rpt", read("/tls_rpt")),
    ];
    let looked_at = |area: &str| areas.iter().any(|(known, read)| *known == area && *read);
    let published = published(facts);
    let before = |text: &Correction| {
        let mut all = published.iter();
        all.find(|one| one.area == text.area && one.rtype == text.rtype)
            .map_or("", |one| one.text.as_str())
    };
    let mut drafts: Vec<Draft> = Vec::new();
    let mut add = |text: Correction, far: usize| {
        let old = before(&text);
        let distance = (far, distance(old, &text.text));
        let mut known = drafts.iter_mut();
        if let Some(known) = known.find(|known| known.text.text == text.text) {
            known.distance = known.distance.min(distance);
        } else if text.text != old {
            drafts.push(Draft { text, distance });
        }
    };
    for (step, far) in Step::ALL.into_iter().zip(PART..) {
        let texts = correct::texts(facts, step);
        let texts = texts.into_iter().filter(|text| looked_at(&text.area));
        texts.for_each(|text| add(text, far));
    }
    for one in published.iter().filter(|one| looked_at(one.area)) {
        for (text, far) in one.variants() {
            let text = Correction {
                area: one.area.to_owned(),
                name: one.name.clone(),
                rtype: one.rtype.to_owned(),
                text,
                changes: Vec::new(),
                after: None,
            };
            add(text, far);
        }
    }
    drafts.truncate(MOST);
    drafts
}

fn published(facts: &Facts) -> Vec<Published> {
    let first = |texts: Option<&Vec<String>>| texts.and_then(|texts| texts.first().cloned());
    let dmarc = facts.dmarc.walk.first().and_then(|own| {
        let mut texts = own.txt.value().into_iter().flatten();
        let own_text = texts.rfind(|text| is_dmarc(text)).cloned();
        let name = own.txt.name.clone();
        Some(("dmarc", name, "TXT", own_text?))
    });
    let spf = &facts.spf.records;
    let sts = &facts.mta_sts;
    let policy = sts.policy.value().map(|policy| policy.raw.clone());
    let url = sts.fetch.value().map(|fetch| fetch.url.clone());
    let rpt = &facts.tls_rpt.records;
    let all = [
        dmarc,
        first(spf.value()).map(|text| ("spf", spf.name.clone(), "TXT", text)),
        first(sts.records.value()).map(|text| ("mta-sts", sts.records.name.clone(), "TXT", text)),
        policy.map(|text| ("mta-sts", url.unwrap_or_default(), "file", text)),
        first(rpt.value()).map(|text| ("tls-rpt", rpt.name.clone(), "TXT", text)),
    ];
    let some = all.into_iter().flatten();
    some.map(|(area, name, rtype, text)| Published {
        area,
        name,
        rtype,
        text,
    })
    .collect()
}

impl Published {
    /// The text with one part otherwise, and how far that is in meaning.
    fn variants(&self) -> Vec<(String, usize)> {
        match (self.area, self.rtype) {
            ("spf", _) => terms(&self.text),
            (_, "file") => lines(&self.text),
            (_, _) => tags(&self.text),
        }
    }
}

/// The words that tags of DMARC records and keys of MTA-STS policies can have.
fn words_of(tag: &str) -> &'static [&'static str] {
    match tag {
        "p" | "sp" | "np" => &["none", "quarantine", "reject"],
        "t" | "psd" => &["y", "n"],
        "adkim" | "aspf" => &["r", "s"],
        "pct" => &["0", "100"],
        "mode" => &["none", "testing", "enforce"],
        "max_age" => &["86400", "604800", "1209600", "31557600"],
        _ => &[],
    }
}

/// The words that a tag can have, each with how far it is from the present one in their list.
fn ranked<'w>(tag: &str, now: &str) -> impl Iterator<Item = (&'w str, usize)> {
    let words = words_of(tag);
    let rank = words.iter().position(|word| *word == now);
    let words = words.iter().enumerate();
    words.map(move |(other, word)| (*word, rank.map_or(1, |rank| rank.abs_diff(other))))
}

/// A list of tags: each with another word, left out, or put in where it is missing.
fn tags(text: &str) -> Vec<(String, usize)> {
    let parts: Vec<&str> = text.split(';').map(str::trim).collect();
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let name = |part: &str| {
        let (name, _) = part.split_once('=').unwrap_or((part, ""));
        name.trim().to_ascii_lowercase()
    };
    let mut all = Vec::new();
    for (index, part) in parts.iter().enumerate().skip(1) {
        let tag = name(part);
        let value = part.split_once('=').map_or("", |(_, value)| value.trim());
        for (word, far) in ranked(&tag, value) {
            let changed = format!("{tag}={word}");
            all.push((with(&parts, index, Some(&changed), "; "), far));
        }
        all.push((with(&parts, index, None, "; "), PART));
    }
    if name(parts.first().unwrap_or(&"")) == "v" && parts.iter().any(|part| name(part) == "p") {
        for tag in ["sp", "np", "t", "psd", "adkim", "aspf", "pct"] {
            if !parts.iter().any(|part| name(part) == tag) {
                for word in words_of(tag) {
                    all.push((format!("{}; {tag}={word}", parts.join("; ")), PART));
                }
            }
        }
    }
    all
}

/// SPF terms: each left out, `all` with every qualifier.
fn terms(text: &str) -> Vec<(String, usize)> {
    let parts: Vec<&str> = text.split(' ').filter(|part| !part.is_empty()).collect();
    let mut all = Vec::new();
    for (index, part) in parts.iter().enumerate().skip(1) {
        let bare = part.trim_start_matches(SIGNS);
        if bare == "all" {
            let own = part.strip_suffix("all").unwrap_or_default();
            let own = SIGNS.iter().position(|sign| own == sign.to_string());
            for (rank, sign) in SIGNS.iter().enumerate() {
                // No sign means the last one.
                let far = own.unwrap_or(SIGNS.len() - 1).abs_diff(rank);
                all.push((with(&parts, index, Some(&format!("{sign}all")), " "), far));
            }
        }
        all.push((with(&parts, index, None, " "), PART));
    }
    all
}

/// The lines of an MTA-STS policy: each with another word, or left out.
fn lines(text: &str) -> Vec<(String, usize)> {
    let parts: Vec<&str> = text.lines().collect();
    let mut all = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let (key, value) = part.split_once(':').unwrap_or((part, ""));
        for (word, far) in ranked(key.trim(), value.trim()) {
            let line = format!("{}: {word}", key.trim());
            all.push((with(&parts, index, Some(&line), "\n") + "\n", far));
        }
        all.push((with(&parts, index, None, "\n") + "\n", PART));
    }
    all
}

/// The parts with one of them replaced or left out.
fn with(parts: &[&str], index: usize, replacement: Option<&str>, between: &str) -> String {
    let parts = parts.iter().enumerate().filter_map(|(at, part)| {
        if at == index {
            replacement
        } else {
            Some(*part)
        }
    });
    parts.collect::<Vec<_>>().join(between)
}

/// How many characters of the longer text stand between what both begin and end with.
fn distance(old: &str, new: &str) -> usize {
    let longest = old.chars().count().max(new.chars().count());
    let shortest = old.chars().count().min(new.chars().count());
    let same = |(left, right): &(char, char)| left == right;
    let start = old.chars().zip(new.chars()).take_while(same).count();
    let end = old.chars().rev().zip(new.chars().rev());
    let end = end.take_while(same).count().min(shortest - start);
    longest - start - end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_what_differs() {
        for (old, new, far) in [
            ("v=spf1 -all", "v=spf1 -all", 0),
            ("v=spf1 -all", "v=spf1 ?all", 1),
            ("v=spf1 mx -all", "v=spf1 -all", 3),
            ("", "abc", 3),
            ("aa", "a", 1),
        ] {
            assert_eq!(distance(old, new), far, "{old} {new}");
        }
    }

    #[test]
    fn each_part_is_left_out_or_gets_another_word() {
        let has = |all: Vec<(String, usize)>, text: &str, far: usize| {
            assert!(all.contains(&(text.to_owned(), far)), "{text}: {all:?}");
        };
        let record = "v=DMARC1; p=none";
        has(tags(record), "v=DMARC1; p=quarantine", 1);
        has(tags(record), "v=DMARC1; p=reject", 2);
        has(tags(record), "v=DMARC1; p=none; t=y", PART);
        let record = "v=spf1 mx ~all";
        has(terms(record), "v=spf1 mx -all", 1);
        has(terms(record), "v=spf1 mx +all", 2);
        has(terms(record), "v=spf1 ~all", PART);
        let file = "version: STSv1\nmode: testing\n";
        has(lines(file), "version: STSv1\nmode: enforce\n", 1);
    }
}
