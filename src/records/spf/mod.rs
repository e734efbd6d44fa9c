//! The text of SPF records, by the grammar of RFC 7208 §12.

mod argument;
pub mod domain_spec;
mod part;
mod term;

use crate::facts::defect::Defect;
use crate::facts::dns::Answer;
use crate::facts::observed::{Observed, Proof};
use crate::facts::spf::{SpfMechanism, SpfRecord};
use part::Part;
use term::Term;

/// What an SPF record begins with (RFC 7208 §4.5).
const VERSION: &str = "v=spf1";

/// Most defects that are listed one by one; a text that is no SPF at all has one a term.
const MOST_DEFECTS: usize = 50;

/// Most texts that are shown where there is more than one.
pub const MOST_SHOWN: usize = 4;

/// Whether a TXT record is an SPF record: `v=spf1` in any case, then a space or the end (RFC 7208 §4.5).
pub fn is_spf(txt: &str) -> bool {
    let (version, rest) = txt.split_at_checked(VERSION.len()).unwrap_or((txt, ""));
    version.eq_ignore_ascii_case(VERSION) && (rest.is_empty() || rest.starts_with(' '))
}

/// Whether a TXT record was probably meant to be an SPF record and is none: quotation marks or white space
/// in front, another version, a version that runs into the first term (RFC 7208 §4.5).
pub fn is_lookalike(txt: &str) -> bool {
    let bare = txt.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    let begins = |start: &str| {
        bare.get(..start.len())
            .is_some_and(|front| front.eq_ignore_ascii_case(start))
    };
    !is_spf(txt)
        && ["v=spf", "v = spf", "v:spf", "spf1 "]
            .iter()
            .any(|start| begins(start))
}

/// Reads an SPF record, all terms of it, and says what is wrong with it and where (RFC 7208 §12).
///
/// A term that breaks the grammar is among the defects and not among the mechanisms or modifiers.
pub fn parse(raw: &str) -> SpfRecord {
    let (mut mechanisms, mut modifiers, mut defects) = (Vec::new(), Vec::new(), Vec::new());
    if is_spf(raw) {
        for part in terms(raw) {
            match term::read(part, &mut defects) {
                Some(Term::Mechanism(mechanism)) => mechanisms.push(mechanism),
                Some(Term::Modifier(modifier)) => modifiers.push(modifier),
                None => {}
            }
        }
    } else {
        let words = "the record does not begin with `v=spf1` and a space";
        defects.push(Defect::fatal("spf-bad-version", words, "RFC 7208 §4.5"));
    }
    let mut record = SpfRecord {
        raw: raw.to_owned(),
        valid: false,
        mechanisms,
        modifiers,
        defects,
    };
    note_duplicates(&mut record);
    note_what_all_overrides(&mut record);
    record.valid = !record.defects.iter().any(|defect| defect.fatal);
    record.defects.sort_by_key(|defect| defect.span);
    shorten(&mut record.defects);
    record
}

/// The one record that makes the policy (RFC 7208 §4.5).
///
/// No record is an absence, [`Proof::NoSuchRecord`]; two or more are [`Proof::Malformed`], which
/// receivers answer with permerror.
pub fn unique_record(records: &Answer<Vec<String>>) -> Observed<SpfRecord> {
    records.observed.and_then(|texts| {
        let found: Vec<_> = texts.iter().filter(|text| is_spf(text)).collect();
        match found.as_slice() {
            [] => Observed::absent(Proof::NoSuchRecord),
            [only] => Observed::present(parse(only)),
            several => Observed::Absent {
                proof: Proof::Malformed,
                detail: several_records(several),
            },
        }
    })
}

/// The mechanisms that can be reached: up to the first `all` and with it (RFC 7208 §5.1).
pub fn reached(record: &SpfRecord) -> impl Iterator<Item = &SpfMechanism> {
    let all = record.mechanisms.iter().position(is_all);
    record
        .mechanisms
        .iter()
        .take(all.map_or(record.mechanisms.len(), |index| index + 1))
}

/// The argument of the `redirect` that can be reached: there is none beside an `all` (RFC 7208 §6.1).
pub fn redirect(record: &SpfRecord) -> Option<&str> {
    let modifier = record.modifiers.iter().find(|it| it.modifier == "redirect");
    modifier
        .filter(|_| !record.mechanisms.iter().any(is_all))
        .map(|it| it.argument.as_str())
}

/// The terms of a record behind its version, each with its place.
fn terms(raw: &str) -> impl Iterator<Item = Part<'_>> {
    let all = Part { text: raw, at: 0 }.skip(VERSION.len());
    let mut at = all.at;
    all.text.split(' ').filter_map(move |text| {
        let term = Part { text, at };
        at += text.len() + 1;
        (!text.is_empty()).then_some(term)
    })
}

/// Whether a mechanism is `all`.
fn is_all(mechanism: &SpfMechanism) -> bool {
    mechanism.mechanism == "all"
}

/// `redirect` and `exp` stand in a record once at most (RFC 7208 §6).
fn note_duplicates(record: &mut SpfRecord) {
    for (name, code) in [
        ("redirect", "spf-duplicate-redirect"),
        ("exp", "spf-duplicate-exp"),
    ] {
        let again = record
            .modifiers
            .iter()
            .filter(|it| it.modifier == name)
            .skip(1);
        record.defects.extend(again.map(|modifier| {
            let [start, end] = modifier.span;
            let words = format!("`{name}` stands in the record more than once");
            Defect::fatal(code, words, "RFC 7208 §6").at(start, end)
        }));
    }
}

/// Nothing behind `all` is tested, and no `redirect` beside it (RFC 7208 §5.1).
fn note_what_all_overrides(record: &mut SpfRecord) {
    let Some(all) = record.mechanisms.iter().find(|it| is_all(it)) else {
        return;
    };
    let behind = record.mechanisms.iter().filter(|it| it.span > all.span);
    let ignored = behind.map(|mechanism| {
        let words = format!(
            "`{}` stands behind `all` and is ignored",
            mechanism.mechanism
        );
        (mechanism.span, "spf-term-after-all", words, "RFC 7208 §5.1")
    });
    let redirects = record
        .modifiers
        .iter()
        .filter(|it| it.modifier == "redirect");
    let useless = redirects.map(|modifier| {
        let words = "`redirect` is ignored, because the record has an `all`".to_owned();
        (
            modifier.span,
            "spf-redirect-with-all",
            words,
            "RFC 7208 §6.1",
        )
    });
    let defects = ignored
        .chain(useless)
        .map(|([start, end], code, words, section)| {
            Defect::minor(code, words, section).at(start, end)
        });
    record.defects.extend(defects);
}

/// Keeps the first defects and counts the others in one more.
fn shorten(defects: &mut Vec<Defect>) {
    if defects.len() <= MOST_DEFECTS {
        return;
    }
    let further = defects.split_off(MOST_DEFECTS);
    let words = format!("{} further defects are not listed", further.len());
    defects.push(Defect {
        fatal: further.iter().any(|defect| defect.fatal),
        ..Defect::minor("spf-further-defects", words, "RFC 7208 §12")
    });
}

/// More than one record, in words.
fn several_records(texts: &[&String]) -> String {
    let shown: Vec<_> = texts
        .iter()
        .take(MOST_SHOWN)
        .map(|text| Part { text, at: 0 }.quoted())
        .collect();
    let dots = if texts.len() > MOST_SHOWN {
        ", …"
    } else {
        ""
    };
    format!("{} SPF records: {}{dots}", texts.len(), shown.join(", "))
}

#[cfg(test)]
mod tests;
