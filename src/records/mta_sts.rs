//! MTA-STS records and policy files (RFC 8461 §3.1 and §3.2).

use super::report_uri::is_domain;
use super::tags::{self, Grammar};
use crate::facts::{
    defect::Defect,
    mta_sts::{StsMode, StsPolicy, StsRecord},
    observed::{Observed, Proof},
};

const RECORD: &str = "RFC 8461 §3.1";
const POLICY: &str = "RFC 8461 §3.2";
const GRAMMAR: Grammar = Grammar {
    family: "mta-sts",
    reference: RECORD,
    strict: true,
};

/// The longest time for which a policy may be kept, in seconds: about a year (RFC 8461 §3.2).
const MOST_MAX_AGE: u64 = 31_557_600;

/// Whether a TXT record is an MTA-STS record at all: begins with `v=STSv1;`.
pub fn is_record(txt: &str) -> bool {
    txt.starts_with("v=STSv1;")
}

/// The record among the TXT records: there has to be exactly one, else senders take it as none.
pub fn only(records: &Observed<Vec<String>>) -> Observed<StsRecord> {
    records.and_then(|all| {
        let found: Vec<&String> = all.iter().filter(|txt| is_record(txt)).collect();
        match found.as_slice() {
            [one] => Observed::present(parse_record(one)),
            several => Observed::Absent {
                proof: Proof::NoSuchRecord,
                detail: tags::not_one(several.len(), "MTA-STS"),
            },
        }
    })
}

/// Reads an MTA-STS record. Whatever is published, a record comes out; `valid` says what it is worth.
pub fn parse_record(raw: &str) -> StsRecord {
    let mut defects = Vec::new();
    let found = tags::plain_fields(raw, "v=STSv1", "id", GRAMMAR, &mut defects);
    let id = if let Some(value) = found.first() {
        if !is_id(value.text) {
            let [start, end] = value.span();
            let text = "the `id` is not 1 to 32 letters and digits";
            defects.push(Defect::fatal("mta-sts-id-invalid", text, RECORD).at(start, end));
        }
        value.text.to_owned()
    } else {
        let text = "there is no field `id`";
        defects.push(Defect::fatal("mta-sts-id-missing", text, RECORD));
        String::new()
    };
    StsRecord {
        raw: raw.to_owned(),
        valid: tags::holds(&defects),
        id,
        defects: tags::bounded(defects),
    }
}

fn is_id(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Reads a policy file, with the media type that the web server gave it. Whatever came, a policy comes
/// out; `valid` says what it is worth.
///
/// `content_type` may carry parameters, which do not count. Size limits are the reader's.
pub fn parse_policy(raw: &str, content_type: &str) -> StsPolicy {
    let mut reader = Reader::default();
    reader.media_type(content_type);
    let mut next = 0;
    for line in raw.split_inclusive('\n') {
        let start = next;
        next += line.len();
        let line = line.strip_suffix('\n').unwrap_or(line);
        reader.line(line.strip_suffix('\r').unwrap_or(line), start);
    }
    reader.finish(raw)
}

/// One key of the file with the place of its value.
#[derive(Clone, Copy)]
struct Entry<'a> {
    key: &'a str,
    value: &'a str,
    span: [usize; 2],
}

/// A key is there, and its value is none that the standard knows.
#[derive(Clone, Copy)]
struct Unreadable;

#[derive(Default)]
struct Reader {
    version: bool,
    mode: Option<Result<StsMode, Unreadable>>,
    max_age: Option<Result<u64, Unreadable>>,
    mx: Vec<String>,
    blank: bool,
    defects: Vec<Defect>,
}

impl Reader {
    fn media_type(&mut self, content_type: &str) {
        let media = content_type.split(';').next().unwrap_or_default().trim();
        if !media.eq_ignore_ascii_case("text/plain") {
            let text = format!(
                "the media type is `{}`, not `text/plain`",
                tags::quote(media)
            );
            self.defects
                .push(Defect::fatal("mta-sts-media-type", text, POLICY));
        }
    }

    fn line(&mut self, line: &str, start: usize) {
        if line.trim_matches([' ', '\t']).is_empty() {
            if !std::mem::replace(&mut self.blank, true) {
                let defect = Defect::minor("mta-sts-blank-line", "a line is empty", POLICY);
                self.defects.push(defect.at(start, start + line.len()));
            }
            return;
        }
        let Some(entry) = entry(line, start) else {
            let text = format!("`{}` is no `key: value` line", tags::quote(line));
            let defect = Defect::fatal("mta-sts-malformed-line", text, POLICY);
            self.defects.push(defect.at(start, start + line.len()));
            return;
        };
        match entry.key {
            "version" if self.version => self.duplicate(entry),
            "version" => self.set_version(entry),
            "mode" if self.mode.is_some() => self.duplicate(entry),
            "mode" => self.set_mode(entry),
            "max_age" if self.max_age.is_some() => self.duplicate(entry),
            "max_age" => self.set_max_age(entry),
            "mx" => self.add_mx(entry),
            unknown => {
                let text = format!(
                    "the key `{}` is not known and ignored",
                    tags::quote(unknown)
                );
                self.note(Defect::minor("mta-sts-unknown-key", text, POLICY), entry);
            }
        }
    }

    fn note(&mut self, defect: Defect, entry: Entry<'_>) {
        let [start, end] = entry.span;
        self.defects.push(defect.at(start, end));
    }

    fn duplicate(&mut self, entry: Entry<'_>) {
        let text = format!("`{}` occurs more than once; the first counts", entry.key);
        self.note(Defect::minor("mta-sts-duplicate-key", text, POLICY), entry);
    }

    fn set_version(&mut self, entry: Entry<'_>) {
        self.version = true;
        if entry.value != "STSv1" {
            let text = format!("the version is `{}`, not `STSv1`", tags::quote(entry.value));
            self.note(Defect::fatal("mta-sts-version", text, POLICY), entry);
        }
    }

    fn set_mode(&mut self, entry: Entry<'_>) {
        let mode = match entry.value {
            "enforce" => Some(StsMode::Enforce),
            "testing" => Some(StsMode::Testing),
            "none" => Some(StsMode::None),
            _ => None,
        };
        self.mode = Some(mode.ok_or(Unreadable));
        if mode.is_none() {
            let text = format!("the mode `{}` is not known", tags::quote(entry.value));
            self.note(Defect::fatal("mta-sts-mode-unknown", text, POLICY), entry);
        }
    }

    fn set_max_age(&mut self, entry: Entry<'_>) {
        let digits = (1..=10).contains(&entry.value.len())
            && entry.value.bytes().all(|b| b.is_ascii_digit());
        let age = entry.value.parse().ok().filter(|_| digits);
        self.max_age = Some(age.ok_or(Unreadable));
        if age.is_none_or(|seconds| seconds > MOST_MAX_AGE) {
            let text = format!(
                "`max_age: {}` is no number of seconds up to {MOST_MAX_AGE}",
                tags::quote(entry.value)
            );
            self.note(
                Defect::fatal("mta-sts-max-age-invalid", text, POLICY),
                entry,
            );
        }
    }

    fn add_mx(&mut self, entry: Entry<'_>) {
        if !is_domain(entry.value.strip_prefix("*.").unwrap_or(entry.value)) {
            let text = format!("`{}` is no pattern for a host", tags::quote(entry.value));
            self.note(Defect::fatal("mta-sts-mx-invalid", text, POLICY), entry);
        }
        self.mx.push(entry.value.to_ascii_lowercase());
    }

    fn finish(mut self, raw: &str) -> StsPolicy {
        let mode = self.mode.and_then(Result::ok);
        for (missing, key) in [
            (!self.version, "version"),
            (self.mode.is_none(), "mode"),
            (self.max_age.is_none(), "max_age"),
            (self.mx.is_empty() && mode != Some(StsMode::None), "mx"),
        ] {
            if missing {
                let text = format!("there is no key `{key}`");
                self.defects
                    .push(Defect::fatal("mta-sts-key-missing", text, POLICY));
            }
        }
        StsPolicy {
            raw: raw.to_owned(),
            valid: tags::holds(&self.defects),
            mode,
            max_age_seconds: self.max_age.and_then(Result::ok),
            mx: self.mx,
            defects: tags::bounded(self.defects),
        }
    }
}

/// Splits one line at its first colon. White space may stand behind the colon and at the end.
fn entry(line: &str, start: usize) -> Option<Entry<'_>> {
    let (key, rest) = line.split_once(':')?;
    let value = rest.trim_matches([' ', '\t']);
    let fits = tags::is_field_name(key)
        && !value.is_empty()
        && !value
            .chars()
            .any(|c| c.is_control() || c == char::REPLACEMENT_CHARACTER);
    let led = rest.trim_start_matches([' ', '\t']);
    let begin = start + line.len() - led.len();
    fits.then_some(Entry {
        key,
        value,
        span: [begin, begin + value.len()],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "version: STSv1\r\nmode: enforce\r\nmx: mx.example.test\r\nmx: *.Mail.example.test\r\nmax_age: 604800\r\n";

    fn codes(defects: &[Defect]) -> Vec<&str> {
        defects.iter().map(|d| d.code.as_str()).collect()
    }

    #[test]
    fn only_text_that_begins_with_the_exact_version_is_a_record() {
        for (raw, expected) in [
            ("v=STSv1; id=1", true),
            ("v=STSv1;id=1;", true),
            ("v=stsv1; id=1", false),
            ("v=STSv1", false),
            ("v=STSv1 ; id=1", false),
            (" v=STSv1; id=1", false),
            ("v=spf1 -all", false),
        ] {
            assert_eq!(is_record(raw), expected, "{raw}");
        }
    }

    #[test]
    fn a_record_needs_an_id_of_letters_and_digits() {
        let long = "a".repeat(33);
        for (fields, id, expected) in [
            (" id=20260101T000000Z", "20260101T000000Z", vec![]),
            ("id=1;", "1", vec![]),
            (" x=y; id=1", "1", vec!["mta-sts-unknown-field"]),
            ("id=1; id=2", "1", vec!["mta-sts-duplicate-field"]),
            ("id=1 ", "1", vec!["mta-sts-trailing-space"]),
            ("id=2026-01-01", "2026-01-01", vec!["mta-sts-id-invalid"]),
            (&format!("id={long}"), &long, vec!["mta-sts-id-invalid"]),
            (
                "id=",
                "",
                vec!["mta-sts-malformed-tag", "mta-sts-id-missing"],
            ),
            (
                "id = 1",
                "",
                vec!["mta-sts-malformed-tag", "mta-sts-id-missing"],
            ),
            (
                "ID=1",
                "",
                vec!["mta-sts-unknown-field", "mta-sts-id-missing"],
            ),
            ("", "", vec!["mta-sts-id-missing"]),
            ("; id=1", "1", vec!["mta-sts-empty-tag"]),
        ] {
            let record = parse_record(&format!("v=STSv1;{fields}"));
            assert_eq!(codes(&record.defects), expected, "{fields}");
            assert_eq!(record.id, id, "{fields}");
            assert_eq!(record.valid, tags::holds(&record.defects), "{fields}");
        }
        assert!(parse_record("v=STSv1; x=y; id=1").valid);
        assert!(!parse_record("v=STSv2; id=1").valid);
    }

    #[test]
    fn exactly_one_record_counts() {
        let txt = |records: &[&str]| {
            only(&Observed::present(
                records.iter().map(|&r| r.to_owned()).collect(),
            ))
        };
        assert!(txt(&["v=STSv1; id=1", "other"]).value().is_some());
        assert!(txt(&["other"]).is_absent());
        assert!(txt(&["v=STSv1; id=1", "v=STSv1; id=2"]).is_absent());
    }

    #[test]
    fn a_policy_is_read_with_either_line_ending() {
        for raw in [
            GOOD.to_owned(),
            GOOD.replace('\r', ""),
            GOOD.trim_end().to_owned(),
        ] {
            let policy = parse_policy(&raw, "text/plain; charset=utf-8");
            assert_eq!(policy.defects, [], "{raw:?}");
            assert!(policy.valid);
            assert_eq!(policy.mode, Some(StsMode::Enforce));
            assert_eq!(policy.max_age_seconds, Some(604_800));
            assert_eq!(policy.mx, ["mx.example.test", "*.mail.example.test"]);
        }
    }

    #[test]
    fn blemishes_leave_a_policy_valid() {
        for (tail, expected) in [
            ("\r\n", "mta-sts-blank-line"),
            ("  \n\n", "mta-sts-blank-line"),
            ("future: x y=z;\n", "mta-sts-unknown-key"),
            ("mode: none\n", "mta-sts-duplicate-key"),
            ("max_age: 1\n", "mta-sts-duplicate-key"),
            ("version: STSv9\n", "mta-sts-duplicate-key"),
        ] {
            let policy = parse_policy(&format!("{GOOD}{tail}"), "TEXT/plain");
            assert_eq!(codes(&policy.defects), [expected], "{tail:?}");
            assert!(policy.valid, "{tail:?}");
            assert_eq!(policy.mode, Some(StsMode::Enforce));
            assert_eq!(policy.max_age_seconds, Some(604_800));
        }
    }

    #[test]
    fn every_fault_that_makes_a_policy_useless_has_its_code() {
        for (from, to, expected) in [
            ("version: STSv1\r\n", "", "mta-sts-key-missing"),
            ("mode: enforce\r\n", "", "mta-sts-key-missing"),
            ("max_age: 604800\r\n", "", "mta-sts-key-missing"),
            ("STSv1", "STSv2", "mta-sts-version"),
            ("enforce", "Enforce", "mta-sts-mode-unknown"),
            ("604800", "31557601", "mta-sts-max-age-invalid"),
            ("604800", "-1", "mta-sts-max-age-invalid"),
            ("604800", "+1", "mta-sts-max-age-invalid"),
            ("604800", "1 week", "mta-sts-max-age-invalid"),
            ("mx.example.test", "*", "mta-sts-mx-invalid"),
            ("mx.example.test", "mx.*.test", "mta-sts-mx-invalid"),
            ("mx.example.test", "*.*.test", "mta-sts-mx-invalid"),
            ("mx.example.test", "mx.example.test.", "mta-sts-mx-invalid"),
            ("mx.example.test", "mx.exämple.test", "mta-sts-mx-invalid"),
            ("mode: ", "mode ", "mta-sts-malformed-line"),
            ("mode: ", "mode : ", "mta-sts-malformed-line"),
            ("mode: ", " mode: ", "mta-sts-malformed-line"),
            ("enforce", "", "mta-sts-malformed-line"),
            ("\r\n", "\r", "mta-sts-malformed-line"),
            ("version", "\u{feff}version", "mta-sts-malformed-line"),
        ] {
            let policy = parse_policy(&GOOD.replace(from, to), "text/plain");
            assert!(!policy.valid, "{from} -> {to}");
            assert!(
                codes(&policy.defects).contains(&expected),
                "{from} -> {to}: {:?}",
                policy.defects
            );
        }
    }

    #[test]
    fn servers_need_not_be_named_in_mode_none() {
        for (mode, valid) in [("none", true), ("testing", false), ("enforce", false)] {
            let raw = format!("version: STSv1\nmode: {mode}\nmax_age: 0\n");
            assert_eq!(parse_policy(&raw, "text/plain").valid, valid, "{mode}");
        }
    }

    #[test]
    fn another_media_type_makes_a_policy_useless() {
        for media in ["text/html", "", "application/octet-stream; x=text/plain"] {
            let policy = parse_policy(GOOD, media);
            assert_eq!(codes(&policy.defects), ["mta-sts-media-type"], "{media}");
            assert!(!policy.valid);
        }
    }

    #[test]
    fn a_defect_points_at_the_value_that_is_wrong() {
        let policy = parse_policy("version: STSv1\nmode:  Enforce \n", "text/plain");
        let [start, end] = policy.defects[0].span.unwrap();
        assert_eq!(&policy.raw[start..end], "Enforce");
    }

    proptest! {
        #[test]
        fn any_record_is_read_with_spans_inside_it(raw in "(v=STSv1;)?(id=)?[ -~ü\t]{0,60}") {
            for [start, end] in parse_record(&raw).defects.iter().filter_map(|d| d.span) {
                prop_assert!(raw.get(start..end).is_some());
            }
        }

        #[test]
        fn any_policy_is_read_with_spans_inside_it(raw in "(version: STSv1\n)?((mode|mx|max_age|x) ?:[ -~ü\r]{0,20}\r?\n?){0,6}") {
            let policy = parse_policy(&raw, "text/plain");
            for [start, end] in policy.defects.iter().filter_map(|d| d.span) {
                prop_assert!(raw.get(start..end).is_some());
            }
        }
    }
}
