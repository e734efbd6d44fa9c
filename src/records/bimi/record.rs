//! BIMI records (BIMI draft §4.3): a tag list that receivers must not mend.

use crate::facts::bimi::BimiRecord;
use crate::facts::defect::Defect;
use crate::facts::dmarc::Tag;
use crate::facts::observed::{Observed, Proof};
use crate::records::report_uri::is_domain;
use crate::records::tags::{self, Grammar, TagList};

const RECORD: &str = "BIMI draft §4.3";
const FORMATS: &str = "BIMI draft §4.3.2";
const GRAMMAR: Grammar = Grammar {
    family: "bimi",
    reference: RECORD,
    strict: true,
};

/// Endings of image files that no indicator may have.
const OTHER_IMAGES: [&str; 8] = [
    ".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".bmp", ".pdf",
];

/// Whether a TXT record is a BIMI record at all: its first tag is `v` with exactly the value `BIMI1`
/// (BIMI draft §7.2).
pub fn is_record(txt: &str) -> bool {
    let first = txt.split(';').next().unwrap_or_default();
    let space = |c: char| c == ' ' || c == '\t';
    first
        .trim_matches(space)
        .split_once('=')
        .is_some_and(|(tag, value)| {
            tag.trim_end_matches(space) == "v" && value.trim_matches(space) == "BIMI1"
        })
}

/// The record among those of a name: there has to be exactly one, else receivers do without.
pub fn only(records: &Observed<Vec<String>>) -> Observed<BimiRecord> {
    records.and_then(|all| match all.as_slice() {
        [one] => Observed::present(parse(one)),
        several => Observed::Absent {
            proof: Proof::NoSuchRecord,
            detail: tags::not_one(several.len(), "BIMI"),
        },
    })
}

/// Reads a record. Whatever is published, a record comes out; `valid` says what it is worth.
pub fn parse(raw: &str) -> BimiRecord {
    let TagList { tags, mut defects } = tags::parse(raw, GRAMMAR);
    if !is_record(raw) {
        let text = "the record does not begin with `v=BIMI1`";
        defects.push(Defect::fatal("bimi-version", text, RECORD));
    }
    let content = |name: &str| tags.iter().find(|tag| tag.tag == name);
    let (location, evidence) = (content("l"), content("a"));
    match location {
        None => {
            let text = "there is no tag `l`";
            defects.push(Defect::fatal("bimi-location-missing", text, RECORD));
        }
        Some(tag) => weigh_location(tag, evidence, &mut defects),
    }
    if let Some(tag) = evidence.filter(|tag| !tag.content.is_empty()) {
        weigh_uri(tag, &mut defects);
    }
    for tag in &tags {
        defects.extend(weigh_other(tag));
    }
    let text = |tag: Option<&Tag>| tag.map_or_else(String::new, |tag| tag.content.clone());
    let (location, evidence) = (text(location), text(evidence));
    let personal = content("avp").is_some_and(|tag| tag.content == "personal");
    BimiRecord {
        raw: raw.to_owned(),
        valid: tags::holds(&defects),
        declines: content("l").is_some() && location.is_empty() && evidence.is_empty(),
        location,
        evidence,
        avatar_preference: if personal { "personal" } else { "brand" }.to_owned(),
        local_part_selector: content("lps").is_some_and(|tag| tag.content == "true"),
        defects: tags::bounded(defects),
        tags,
    }
}

fn weigh_location(tag: &Tag, evidence: Option<&Tag>, defects: &mut Vec<Defect>) {
    let [start, end] = tag.span;
    if tag.content.is_empty() {
        if evidence.is_some_and(|other| !other.content.is_empty()) {
            let text = "there is evidence, but no location of an indicator";
            let defect = Defect::fatal("bimi-location-empty", text, "BIMI draft §7.3");
            defects.push(defect.at(start, end));
        }
        return;
    }
    weigh_uri(tag, defects);
    let path = tag.content.split(['?', '#']).next().unwrap_or_default();
    let path = path.to_ascii_lowercase();
    if let Some(ending) = OTHER_IMAGES.iter().find(|ending| path.ends_with(**ending)) {
        let text = format!("the indicator is a `{ending}` file: only SVG is an indicator");
        defects.push(Defect::fatal("bimi-location-format", text, FORMATS).at(start, end));
    }
}

fn weigh_uri(tag: &Tag, defects: &mut Vec<Defect>) {
    if let Err(why) = https(&tag.content) {
        let [start, end] = tag.span;
        let text = format!("`{}` can't be used: {why}", tags::quote(&tag.content));
        defects.push(Defect::fatal("bimi-uri-invalid", text, RECORD).at(start, end));
    }
}

fn weigh_other(tag: &Tag) -> Option<Defect> {
    let [start, end] = tag.span;
    let wrong = match tag.tag.as_str() {
        "avp" => !matches!(tag.content.as_str(), "brand" | "personal"),
        "lps" => !matches!(tag.content.as_str(), "true" | "false"),
        "v" | "l" | "a" => return None,
        unknown => {
            let text = format!(
                "the tag `{}` is not known and ignored",
                tags::quote(unknown)
            );
            return Some(Defect::minor("bimi-unknown-tag", text, RECORD).at(start, end));
        }
    };
    wrong.then(|| {
        let text = format!("`{}` has no value that is known", tags::quote(&tag.tag));
        Defect::minor("bimi-unknown-value", text, RECORD).at(start, end)
    })
}

/// The host and the path of an address that a receiver can fetch from, or why it is none.
pub fn https(uri: &str) -> Result<(String, String), &'static str> {
    let (scheme, rest) = uri.split_once(':').ok_or("it is no URI")?;
    if !scheme.eq_ignore_ascii_case("https") {
        return Err("only `https:` is allowed");
    }
    if !uri.bytes().all(|b| b.is_ascii_graphic())
        || uri.contains(['"', '<', '>', '\\', '^', '`', '{', '|', '}'])
    {
        return Err("a character in it is not allowed in URIs");
    }
    if uri.contains(',') {
        return Err("a comma in it has to be written `%2C`");
    }
    let rest = rest.strip_prefix("//").ok_or("it names no host")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.strip_suffix(":443").unwrap_or(authority);
    if !is_domain(host)
        || host
            .rsplit('.')
            .next()
            .is_some_and(|top| top.bytes().all(|b| b.is_ascii_digit()))
    {
        return Err("it names no host by its full name");
    }
    let path = path.split('#').next().unwrap_or_default();
    let path = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    };
    Ok((host.to_ascii_lowercase(), path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_text_whose_first_tag_is_the_exact_version_is_a_record() {
        for (raw, expected) in [
            ("v=BIMI1; l=https://a.test/x.svg", true),
            ("v = BIMI1;l=", true),
            ("v=BIMI1", true),
            ("v=bimi1; l=", false),
            ("V=BIMI1; l=", false),
            ("v=BIMI10; l=", false),
            ("l=; v=BIMI1", false),
            ("v=spf1 -all", false),
        ] {
            assert_eq!(is_record(raw), expected, "{raw}");
        }
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "one table of cases")]
    fn a_valid_record_has_a_location_or_declines() {
        for (tags, valid, declines, expected) in [
            ("l=https://a.test/x.svg", true, false, vec![]),
            ("l=https://a.test/x.svg; a=", true, false, vec![]),
            (
                "l=https://a.test/x.svg;a=https://a.test/x.pem;",
                true,
                false,
                vec![],
            ),
            ("l=; a=;", true, true, vec![]),
            ("l=", true, true, vec![]),
            ("l=; a=; lps=true", true, true, vec![]),
            (
                "a=https://a.test/x.pem",
                false,
                false,
                vec!["bimi-location-missing"],
            ),
            (
                "l=;a=https://a.test/x.pem",
                false,
                false,
                vec!["bimi-location-empty"],
            ),
            (
                "l=http://a.test/x.svg",
                false,
                false,
                vec!["bimi-uri-invalid"],
            ),
            (
                "l=https://a.test/x.svg;a=x.pem",
                false,
                false,
                vec!["bimi-uri-invalid"],
            ),
            (
                "l=https://a.test/x.svg,https://b.test/x.svg",
                false,
                false,
                vec!["bimi-uri-invalid"],
            ),
            (
                "l=https://a.test/x.PNG?y",
                false,
                false,
                vec!["bimi-location-format"],
            ),
            (
                "l=https://localhost/x.svg",
                false,
                false,
                vec!["bimi-uri-invalid"],
            ),
            (
                "l=https://192.0.2.1/x.svg",
                false,
                false,
                vec!["bimi-uri-invalid"],
            ),
            (
                "l=https://a.test/x.svg; l=",
                false,
                false,
                vec!["bimi-duplicate-tag"],
            ),
            (
                "l=https://a.test/x.svg; avp=me",
                true,
                false,
                vec!["bimi-unknown-value"],
            ),
            (
                "l=https://a.test/x.svg; evp=x",
                true,
                false,
                vec!["bimi-unknown-tag"],
            ),
            (
                "L=https://a.test/x.svg",
                false,
                false,
                vec!["bimi-location-missing", "bimi-unknown-tag"],
            ),
        ] {
            let record = parse(&format!("v=BIMI1; {tags}"));
            let codes: Vec<_> = record.defects.iter().map(|d| d.code.as_str()).collect();
            assert_eq!(codes, expected, "{tags}");
            assert_eq!((record.valid, record.declines), (valid, declines), "{tags}");
        }
    }

    #[test]
    fn preferences_are_read_and_have_defaults() {
        let plain = parse("v=BIMI1; l=https://a.test/x.svg");
        assert_eq!(
            (plain.avatar_preference.as_str(), plain.local_part_selector),
            ("brand", false)
        );
        let asked = parse("v=BIMI1; l=https://a.test/x.svg; avp=personal; lps=true");
        assert_eq!(
            (asked.avatar_preference.as_str(), asked.local_part_selector),
            ("personal", true)
        );
    }

    #[test]
    fn exactly_one_record_counts() {
        let txt = |all: &[&str]| {
            only(&Observed::present(
                all.iter().map(|&one| one.to_owned()).collect(),
            ))
        };
        assert!(txt(&["v=BIMI1; l="]).value().is_some());
        assert!(txt(&["v=BIMI1; l=", "v=BIMI1; l="]).is_absent());
    }

    #[test]
    fn an_address_is_split_into_host_and_path() {
        for (uri, expected) in [
            ("https://A.test", Ok(("a.test", "/"))),
            (
                "HTTPS://a.test:443/b/c.svg?d=1#e",
                Ok(("a.test", "/b/c.svg?d=1")),
            ),
            ("https://a.test?d", Ok(("a.test", "/?d"))),
            ("https://a.test:8443/", Err(())),
            ("https://user@a.test/", Err(())),
            ("https:a.test/", Err(())),
            ("https://a.test/b c", Err(())),
            ("ftp://a.test/", Err(())),
        ] {
            let found = https(uri);
            let found = found
                .as_ref()
                .map(|(host, path)| (host.as_str(), path.as_str()))
                .map_err(|_| ());
            assert_eq!(found, expected, "{uri}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_with_spans_inside_it(raw in "(v=BIMI1;)?(l=|a=)?(https://)?[ -~;=ü\t]{0,60}") {
            for [start, end] in parse(&raw).defects.iter().filter_map(|d| d.span) {
                prop_assert!(raw.get(start..end).is_some());
            }
        }
    }
}
