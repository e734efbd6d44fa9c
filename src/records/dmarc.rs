//! DMARC records (RFC 9989 §4.7 and §4.8), with the tags that RFC 7489 had and receivers still know.

use super::report_uri::{self, Family};
use super::tags::{self, Grammar, TagList};
use crate::facts::{
    defect::Defect,
    dmarc::{DmarcPolicy, DmarcRecord, ReportUri, Tag},
};

const FORMAT: &str = "RFC 9989 §4.7";
const DISCOVERY: &str = "RFC 9989 §4.10.1";
const GRAMMAR: Grammar = Grammar {
    family: "dmarc",
    reference: "RFC 9989 §4.8",
    strict: false,
};
const KNOWN: [&str; 11] = [
    "v", "p", "sp", "np", "adkim", "aspf", "fo", "psd", "rua", "ruf", "t",
];
const HISTORIC: [&str; 3] = ["pct", "rf", "ri"];

/// Whether a TXT record is a DMARC record at all: begins with the tag `v` and exactly `DMARC1` (RFC 9989 §4.10, step 2).
pub fn is_dmarc(txt: &str) -> bool {
    let blank = |c: char| matches!(c, ' ' | '\t');
    txt.strip_prefix('v')
        .and_then(|rest| rest.trim_start_matches(blank).strip_prefix('='))
        .and_then(|rest| rest.trim_start_matches(blank).strip_prefix("DMARC1"))
        .map(|rest| rest.trim_start_matches(blank))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(';'))
}

/// Reads a DMARC record. Whatever is published, a record comes out; `valid` says what it is worth.
pub fn parse(raw: &str) -> DmarcRecord {
    let mut list = tags::parse(raw, GRAMMAR);
    let mut reader = Reader {
        defects: std::mem::take(&mut list.defects),
        list: &list,
    };
    reader.version();
    let (rua, any_uri) = reader.addresses("rua");
    let (ruf, _) = reader.addresses("ruf");
    let p = reader.p(any_uri);
    let sp = reader.subdomain_policy("sp", any_uri);
    let np = reader.subdomain_policy("np", any_uri);
    let adkim = reader.choice("adkim", &["r", "s"]);
    let aspf = reader.choice("aspf", &["r", "s"]);
    let testing = reader.choice("t", &["n", "y"]) == "y";
    let psd = reader.choice("psd", &["u", "y", "n"]);
    let pct = reader.percentage();
    reader.failure_options();
    reader.other_tags();
    let defects = reader.defects;
    DmarcRecord {
        raw: raw.to_owned(),
        valid: tags::holds(&defects),
        p,
        sp,
        np,
        adkim,
        aspf,
        testing,
        psd,
        pct,
        rua,
        ruf,
        tags: list.tags,
        defects: tags::bounded(defects),
    }
}

struct Reader<'a> {
    list: &'a TagList,
    defects: Vec<Defect>,
}

impl<'a> Reader<'a> {
    fn tag(&self, name: &str) -> Option<&'a Tag> {
        self.list.get(name)
    }

    fn note(&mut self, defect: Defect, tag: &Tag) {
        let [start, end] = tag.span;
        self.defects.push(defect.at(start, end));
    }

    fn version(&mut self) {
        match self.list.tags.first() {
            Some(tag) if tag.tag == "v" && tag.content == "DMARC1" => {}
            Some(_) | None => self.defects.push(Defect::fatal(
                "dmarc-version",
                "the first tag is not `v=DMARC1`",
                FORMAT,
            )),
        }
    }

    /// The policy. Without one, an address for reports keeps the record alive as `p=none`.
    fn p(&mut self, any_uri: bool) -> Option<DmarcPolicy> {
        let Some(tag) = self.tag("p") else {
            self.defects.push(no_policy(
                "dmarc-policy-missing",
                "there is no tag `p`",
                any_uri,
            ));
            return None;
        };
        let policy = policy(&tag.content);
        if policy.is_none() {
            let text = format!("`p={}` is no policy", tags::quote(&tag.content));
            self.note(no_policy("dmarc-policy-invalid", &text, any_uri), tag);
        }
        policy
    }

    fn subdomain_policy(&mut self, name: &str, any_uri: bool) -> Option<DmarcPolicy> {
        let tag = self.tag(name)?;
        let policy = policy(&tag.content);
        if policy.is_none() {
            let text = format!("`{name}={}` is no policy", tags::quote(&tag.content));
            let defect = no_policy("dmarc-subdomain-policy-invalid", &text, any_uri);
            self.note(defect, tag);
        }
        policy
    }

    /// The value of a tag that has few; the first is the default.
    fn choice(&mut self, name: &str, values: &[&str]) -> String {
        let default = values.first().copied().unwrap_or_default().to_owned();
        let Some(tag) = self.tag(name) else {
            return default;
        };
        let content = tag.content.to_ascii_lowercase();
        if values.contains(&content.as_str()) {
            return content;
        }
        let text = format!(
            "`{name}={}` is not known, `{default}` is taken",
            tags::quote(&tag.content)
        );
        self.note(Defect::minor("dmarc-value-unknown", text, FORMAT), tag);
        default
    }

    /// The addresses of a tag, and whether at least one of them is a URI.
    fn addresses(&mut self, name: &str) -> (Vec<ReportUri>, bool) {
        let Some(tag) = self.tag(name) else {
            return (Vec::new(), false);
        };
        let offset = tag.span[1].saturating_sub(tag.content.len());
        let found = report_uri::list(&tag.content, offset, Family::Dmarc);
        for address in found.iter().filter(|address| !address.uri.valid) {
            let text = format!(
                "no reporter can use `{}`: {}",
                tags::quote(&address.uri.uri),
                address.trouble
            );
            let [start, end] = address.span;
            self.defects
                .push(Defect::minor("dmarc-report-uri", text, "RFC 9989 §4.6").at(start, end));
        }
        let any_uri = found.iter().any(|address| address.well_formed);
        (
            found.into_iter().map(|address| address.uri).collect(),
            any_uri,
        )
    }

    fn percentage(&mut self) -> Option<u32> {
        let tag = self.tag("pct")?;
        let number = tag.content.parse().ok().filter(|number| *number <= 100);
        if number.is_none() {
            let text = format!(
                "`pct={}` is no whole number from 0 to 100",
                tags::quote(&tag.content)
            );
            self.note(Defect::minor("dmarc-pct-range", text, "RFC 7489 §6.3"), tag);
        }
        number
    }

    fn failure_options(&mut self) {
        let Some(tag) = self.tag("fo") else { return };
        let known = tag
            .content
            .split(':')
            .all(|option| matches!(option.trim(), "0" | "1" | "d" | "s" | "D" | "S"));
        if !known {
            let text = format!(
                "`fo={}` is no list of `0`, `1`, `d` and `s`",
                tags::quote(&tag.content)
            );
            self.note(Defect::minor("dmarc-fo-invalid", text, FORMAT), tag);
        }
        if self.list.get("ruf").is_none() {
            let text = "`fo` has no effect without `ruf`";
            self.note(Defect::minor("dmarc-fo-without-ruf", text, FORMAT), tag);
        }
    }

    fn other_tags(&mut self) {
        for tag in &self.list.tags {
            let name = tag.tag.as_str();
            if HISTORIC.contains(&name) {
                let text =
                    format!("`{name}` was removed; only receivers that follow RFC 7489 heed it");
                let defect = Defect::minor("dmarc-historic-tag", text, "RFC 9989 Appendix A.6");
                self.note(defect, tag);
            } else if !KNOWN.contains(&name) {
                let text = format!("the tag `{}` is not known and ignored", tags::quote(name));
                self.note(Defect::minor("dmarc-unknown-tag", text, FORMAT), tag);
            }
        }
    }
}

/// A policy that cannot be read: `p=none` where an address for reports is given, no DMARC at all where none is.
fn no_policy(code: &str, text: &str, any_uri: bool) -> Defect {
    if any_uri {
        Defect::minor(
            code,
            format!("{text}; receivers take the record as `p=none`"),
            DISCOVERY,
        )
    } else {
        Defect::fatal(
            code,
            format!("{text} and no address for reports; receivers ignore the record"),
            DISCOVERY,
        )
    }
}

fn policy(text: &str) -> Option<DmarcPolicy> {
    [
        ("none", DmarcPolicy::None),
        ("quarantine", DmarcPolicy::Quarantine),
        ("reject", DmarcPolicy::Reject),
    ]
    .into_iter()
    .find(|(name, _)| text.eq_ignore_ascii_case(name))
    .map(|(_, policy)| policy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RUA: &str = "rua=mailto:d@example.test";

    fn codes(raw: &str) -> Vec<String> {
        parse(raw).defects.into_iter().map(|d| d.code).collect()
    }

    #[test]
    fn only_text_that_begins_with_the_exact_version_is_a_record() {
        for (txt, expected) in [
            ("v=DMARC1", true),
            ("v=DMARC1;p=none", true),
            ("v = DMARC1 ; p=none", true),
            ("v=DMARC1;", true),
            ("v=dmarc1; p=none", false),
            ("V=DMARC1; p=none", false),
            ("v=DMARC10; p=none", false),
            ("v=DMARC1 p=none", false),
            (" v=DMARC1; p=none", false),
            ("p=none; v=DMARC1", false),
            ("v=spf1 -all", false),
            ("", false),
        ] {
            assert_eq!(is_dmarc(txt), expected, "{txt}");
        }
    }

    #[test]
    fn a_policy_is_read_whatever_its_case_and_the_space_around_it() {
        for (raw, p) in [
            ("v=DMARC1; p=reject", DmarcPolicy::Reject),
            ("v=DMARC1; p = reject ;", DmarcPolicy::Reject),
            ("v=DMARC1; p=Reject", DmarcPolicy::Reject),
            ("v=DMARC1;p=QUARANTINE", DmarcPolicy::Quarantine),
            ("v=DMARC1; sp=none; adkim=s; p=none", DmarcPolicy::None),
        ] {
            let record = parse(raw);
            assert!(record.valid, "{raw}");
            assert_eq!(record.p, Some(p), "{raw}");
            assert_eq!(record.defects, [], "{raw}");
        }
    }

    #[test]
    fn a_missing_or_unknown_policy_needs_an_address_for_reports() {
        for (tags, valid) in [
            (RUA.to_owned(), true),
            (format!("p=rejct; {RUA}"), true),
            (format!("p=reject; sp=bogus; {RUA}"), true),
            (format!("p=reject; np=; {RUA}"), true),
            ("rua=https://r.example.test/x".to_owned(), true),
            ("rua=nobody".to_owned(), false),
            ("p=rejct".to_owned(), false),
            ("adkim=s".to_owned(), false),
            ("p=reject; sp=bogus".to_owned(), false),
            (
                "p=reject; np=bogus; ruf=mailto:d@example.test".to_owned(),
                false,
            ),
        ] {
            assert_eq!(parse(&format!("v=DMARC1; {tags}")).valid, valid, "{tags}");
        }
    }

    #[test]
    fn every_fault_has_its_code() {
        for (raw, expected) in [
            ("v=DMARC1; p=none; p=reject", vec!["dmarc-duplicate-tag"]),
            ("p=none; v=DMARC1", vec!["dmarc-version"]),
            ("v=DMARC1; p=none; nonsense", vec!["dmarc-malformed-tag"]),
            ("v=DMARC1;; p=none", vec!["dmarc-empty-tag"]),
            ("v=DMARC1; p=none; adkim=x", vec!["dmarc-value-unknown"]),
            ("v=DMARC1; p=none; t=maybe", vec!["dmarc-value-unknown"]),
            ("v=DMARC1; p=none; psd=x", vec!["dmarc-value-unknown"]),
            ("v=DMARC1; p=none; pct=50", vec!["dmarc-historic-tag"]),
            (
                "v=DMARC1; p=none; pct=500",
                vec!["dmarc-pct-range", "dmarc-historic-tag"],
            ),
            ("v=DMARC1; p=none; ri=86400", vec!["dmarc-historic-tag"]),
            ("v=DMARC1; p=none; rf=afrf", vec!["dmarc-historic-tag"]),
            ("v=DMARC1; p=none; foo=bar", vec!["dmarc-unknown-tag"]),
            ("v=DMARC1; p=none; P=reject", vec!["dmarc-unknown-tag"]),
            ("v=DMARC1; p=none; fo=1", vec!["dmarc-fo-without-ruf"]),
            (
                "v=DMARC1; p=none; fo=x; ruf=mailto:a@b.test",
                vec!["dmarc-fo-invalid"],
            ),
            ("v=DMARC1; p=none; rua=nobody", vec!["dmarc-report-uri"]),
            ("v=DMARC1; p=none; rua=", vec!["dmarc-report-uri"]),
            (
                "v=DMARC1; p=ü",
                vec!["dmarc-foreign-character", "dmarc-policy-invalid"],
            ),
        ] {
            assert_eq!(codes(raw), expected, "{raw}");
        }
    }

    #[test]
    fn addresses_are_read_with_size_limits_and_foreign_schemes() {
        let record = parse(
            "v=DMARC1; p=none; rua=mailto:a@B.test!10m , https://r.test/x,mailto:x%2Cy@c.test",
        );
        let found: Vec<_> = record
            .rua
            .iter()
            .map(|uri| (uri.uri.as_str(), uri.valid, uri.domain.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("mailto:a@B.test", true, "b.test"),
                ("https://r.test/x", false, ""),
                ("mailto:x%2Cy@c.test", true, "c.test"),
            ]
        );
        let span = record.defects[0].span.unwrap();
        assert_eq!(&record.raw[span[0]..span[1]], "https://r.test/x");
    }

    #[test]
    fn defaults_hold_where_nothing_is_said_and_values_where_it_is() {
        let plain = parse("v=DMARC1; p=none");
        assert_eq!(
            (
                plain.adkim.as_str(),
                plain.aspf.as_str(),
                plain.psd.as_str()
            ),
            ("r", "r", "u")
        );
        assert!(!plain.testing && plain.pct.is_none());
        let full = parse(
            "v=DMARC1; p=reject; sp=quarantine; np=reject; adkim=S; aspf=s; t=y; psd=n; pct=20",
        );
        assert_eq!(
            (full.adkim.as_str(), full.aspf.as_str(), full.psd.as_str()),
            ("s", "s", "n")
        );
        assert!(full.testing);
        assert_eq!(full.pct, Some(20));
        assert_eq!(
            (full.sp, full.np),
            (Some(DmarcPolicy::Quarantine), Some(DmarcPolicy::Reject))
        );
        assert_eq!(full.tags.len(), 9);
    }

    proptest! {
        #[test]
        fn any_text_is_read_with_spans_inside_it(raw in "(v=DMARC1;)?[ -~ü€\t]{0,80}") {
            let record = parse(&raw);
            for [start, end] in record.defects.iter().filter_map(|d| d.span).chain(record.tags.iter().map(|t| t.span)) {
                prop_assert!(raw.get(start..end).is_some());
            }
        }

        #[test]
        fn a_readable_tag_list_behind_the_version_is_a_record(tail in "(;[a-z]{1,5}=[a-z:@.!,%]{0,20}){0,6}") {
            let raw = format!("v=DMARC1{tail}");
            prop_assert!(is_dmarc(&raw));
            prop_assert!(!parse(&raw).defects.iter().any(|d| d.code == "dmarc-version"));
        }
    }
}
