//! MTA-STS records and policy files (RFC 8461 §3.1 and §3.2).

use crate::facts::{
    defect::Defect,
    mta_sts::{StsMode, StsPolicy, StsRecord},
    observed::{Observed, Proof},
};
use crate::records::report_uri::is_domain;
use crate::records::tags::{self, Grammar};
use std::net::IpAddr;

const RECORD: &str = "RFC 8461 §3.1";
const POLICY: &str = "RFC 8461 §3.2";
const MATCHING: &str = "RFC 8461 §4.1";
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
        if let Some(defect) = pattern_defect(entry.value) {
            self.note(defect, entry);
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

/// What is wrong with a pattern: not of the form `["*."] Domain` (RFC 8461 §3.2), or of that form and no
/// name that a mail server of the domain alone could have.
fn pattern_defect(value: &str) -> Option<Defect> {
    let quoted = tags::quote(value);
    let invalid = |why: &str| {
        let text = format!("`{quoted}` is no pattern for a host{why}");
        Some(Defect::fatal("mta-sts-mx-invalid", text, POLICY))
    };
    if !value.is_ascii() {
        return invalid(": internationalized names are written as A-labels");
    }
    if value.ends_with('.') {
        return invalid(": it ends with a dot");
    }
    let domain = value.strip_prefix("*.");
    let name = domain.unwrap_or(value);
    // One label is a domain by the grammar, too.
    let single = !name.contains('.') && is_domain(&format!("{name}.x"));
    if !single && !is_domain(name) {
        return invalid("");
    }
    if name.parse::<IpAddr>().is_ok() {
        let text = format!("`{quoted}` is an address, which no mail server is named by");
        return Some(Defect::minor("mta-sts-mx-address", text, MATCHING));
    }
    let name = name.to_ascii_lowercase();
    let suffix = domain.is_some() && !is_registrable(&name);
    suffix.then(|| {
        let text = format!("`{quoted}` stands for hosts of many owners");
        Defect::minor("mta-sts-mx-wide", text, MATCHING)
    })
}

/// Whether the name belongs to one owner: is no public suffix.
fn is_registrable(name: &str) -> bool {
    psl::domain_str(name).is_some()
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
mod tests;
