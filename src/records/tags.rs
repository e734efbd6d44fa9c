//! Lists of `tag=value` pairs (RFC 6376 §3.2), the grammar of DKIM keys and DMARC records, and the
//! splitting at semicolons that MTA-STS and TLS-RPT records share with them.

use crate::facts::{defect::Defect, dmarc::Tag};
use std::collections::BTreeSet;

/// How many defects are kept of one text, so that hostile input cannot blow up a document.
const MOST_DEFECTS: usize = 32;

/// How many characters of published text a defect quotes.
const MOST_QUOTED: usize = 40;

/// What differs between the records that use the grammar.
#[derive(Clone, Copy, Debug)]
pub struct Grammar {
    /// The beginning of defect codes, such as `dmarc`.
    pub family: &'static str,
    /// The section that brings the grammar in, such as `RFC 9989 §4.8`.
    pub reference: &'static str,
    /// Whether one malformed pair makes the whole list invalid. A tag that occurs twice always does.
    pub strict: bool,
}

/// A list as far as it could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagList {
    /// The well-formed pairs in order, repeated ones included.
    pub tags: Vec<Tag>,
    /// What is wrong with the rest.
    pub defects: Vec<Defect>,
}

impl TagList {
    /// The first pair with this name. Names are case-sensitive (RFC 6376 §3.2).
    pub fn get(&self, name: &str) -> Option<&Tag> {
        self.tags.iter().find(|tag| tag.tag == name)
    }
}

/// The text between two semicolons, without the white space around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// The text; empty between two adjacent semicolons.
    pub text: &'a str,
    /// Where it begins in the raw text, in bytes.
    pub start: usize,
}

impl Field<'_> {
    /// The first byte and the byte behind the last.
    pub const fn span(&self) -> [usize; 2] {
        [self.start, self.start + self.text.len()]
    }
}

/// Splits a record at its semicolons. A semicolon at the end leaves an empty last field.
pub fn fields(raw: &str) -> impl Iterator<Item = Field<'_>> {
    split(raw, ';', 0)
}

/// Splits text at a separator and takes the white space off each part.
///
/// `offset` is where the text begins in the raw record, in bytes.
pub fn split(text: &str, separator: char, offset: usize) -> impl Iterator<Item = Field<'_>> {
    let mut next = offset;
    text.split(separator).map(move |part| {
        let begin = next;
        next += part.len() + separator.len_utf8();
        let led = part.trim_start_matches(is_space);
        Field {
            text: led.trim_end_matches(is_space),
            start: begin + part.len() - led.len(),
        }
    })
}

/// Reads a list. Malformed pairs are left out and become defects.
pub fn parse(raw: &str, grammar: Grammar) -> TagList {
    let mut list = TagList::default();
    let mut seen = BTreeSet::new();
    let mut all = fields(raw).enumerate().peekable();
    while let Some((index, field)) = all.next() {
        let [start, end] = field.span();
        if field.text.is_empty() {
            if index == 0 || all.peek().is_some() {
                list.defects.push(grammar.empty_pair().at(start, end));
            }
            continue;
        }
        let Some((name, value)) = pair(field.text) else {
            list.defects
                .push(grammar.malformed_pair(field.text).at(start, end));
            continue;
        };
        if value.chars().any(|c| !is_value_char(c)) {
            list.defects
                .push(grammar.foreign_character(name).at(start, end));
        }
        if !seen.insert(name) {
            list.defects.push(grammar.duplicate(name).at(start, end));
        }
        list.tags.push(Tag {
            tag: name.to_owned(),
            content: value.to_owned(),
            span: field.span(),
        });
    }
    list
}

impl Grammar {
    fn fault(self, kind: &str, text: String) -> Defect {
        let code = format!("{}-{kind}", self.family);
        if self.strict {
            Defect::fatal(&code, text, self.reference)
        } else {
            Defect::minor(&code, text, self.reference)
        }
    }

    fn empty_pair(self) -> Defect {
        self.fault("empty-tag", "nothing stands before a semicolon".to_owned())
    }

    fn malformed_pair(self, text: &str) -> Defect {
        self.fault(
            "malformed-tag",
            format!("`{}` is no `tag=value` pair", quote(text)),
        )
    }

    fn foreign_character(self, tag: &str) -> Defect {
        self.fault(
            "foreign-character",
            format!(
                "the value of `{}` has a character that is not printable ASCII",
                quote(tag)
            ),
        )
    }

    fn duplicate(self, tag: &str) -> Defect {
        Defect::fatal(
            &format!("{}-duplicate-tag", self.family),
            format!("the tag `{}` occurs more than once", quote(tag)),
            "RFC 6376 §3.2",
        )
    }
}

/// Reads the stricter `name=value` fields of MTA-STS and TLS-RPT records (RFC 8461 §3.1, RFC 8460 §3):
/// the version stands first, and no space around the equals sign.
///
/// `known` is the one field that the standard defines; all others have to keep to the grammar of
/// extensions and are ignored.
pub fn plain_fields<'a>(
    raw: &'a str,
    version: &str,
    known: &str,
    grammar: Grammar,
    defects: &mut Vec<Defect>,
) -> Vec<Field<'a>> {
    let all: Vec<Field<'a>> = fields(raw).collect();
    if all
        .first()
        .is_none_or(|field| field.text != version || field.start != 0)
    {
        let text = format!("the record does not begin with `{version}`");
        defects.push(grammar.fault("version", text));
    }
    if let Some(last) = all.last()
        && !last.text.is_empty()
        && last.span()[1] < raw.len()
    {
        let text = "white space stands at the end".to_owned();
        let lenient = Grammar {
            strict: false,
            ..grammar
        };
        defects.push(
            lenient
                .fault("trailing-space", text)
                .at(last.span()[1], raw.len()),
        );
    }
    let mut values = Vec::new();
    for (index, field) in all.iter().enumerate().skip(1) {
        let [start, end] = field.span();
        if field.text.is_empty() {
            if index + 1 < all.len() {
                defects.push(grammar.empty_pair().at(start, end));
            }
            continue;
        }
        match plain_field(*field, known) {
            Some(("", _)) | None => {
                defects.push(grammar.malformed_pair(field.text).at(start, end));
            }
            Some((name, value)) if name == known => values.push(value),
            Some((name, _)) => {
                let text = format!("the field `{}` is not known and ignored", quote(name));
                let lenient = Grammar {
                    strict: false,
                    ..grammar
                };
                defects.push(lenient.fault("unknown-field", text).at(start, end));
            }
        }
    }
    if let Some(repeated) = values.get(1) {
        let text = format!("`{known}` occurs more than once; the first counts");
        let lenient = Grammar {
            strict: false,
            ..grammar
        };
        let [start, end] = repeated.span();
        defects.push(lenient.fault("duplicate-field", text).at(start, end));
    }
    values
}

/// The name and value of a field that keeps to the grammar.
fn plain_field<'a>(field: Field<'a>, known: &str) -> Option<(&'a str, Field<'a>)> {
    let (name, value) = field.text.split_once('=')?;
    let extension = |c: char| c.is_ascii_graphic() && c != '=';
    let fits =
        is_field_name(name) && !value.is_empty() && (name == known || value.chars().all(extension));
    fits.then(|| {
        let value = Field {
            text: value,
            start: field.start + name.len() + 1,
        };
        (name, value)
    })
}

/// Whether the text is a field name of MTA-STS and TLS-RPT: 1 to 32 characters, a letter or digit first
/// (RFC 8461 §3.1 and §3.2, RFC 8460 §3).
pub fn is_field_name(name: &str) -> bool {
    name.len() <= 32
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

/// Why there is no record where exactly one has to be, in words.
pub fn not_one(count: usize, kind: &str) -> String {
    match count {
        0 => format!("none of the TXT records is a {kind} record"),
        _ => format!("{count} {kind} records: all are set aside"),
    }
}

/// The beginning of a published text, for use in a sentence.
pub fn quote(text: &str) -> String {
    if text.chars().count() <= MOST_QUOTED {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(MOST_QUOTED).collect();
    short.push('…');
    short
}

/// At most 32 defects; where some have to go, fatal ones stay before minor ones.
pub fn bounded(mut defects: Vec<Defect>) -> Vec<Defect> {
    if defects.len() > MOST_DEFECTS {
        defects.sort_by_key(|defect| !defect.fatal);
        defects.truncate(MOST_DEFECTS);
    }
    defects
}

/// Whether none of the defects makes the record invalid.
pub fn holds(defects: &[Defect]) -> bool {
    !defects.iter().any(|defect| defect.fatal)
}

/// The name and the value of a pair.
fn pair(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    let name = name.trim_end_matches(is_space);
    is_name(name).then(|| (name, value.trim_start_matches(is_space)))
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether the character is folding white space (RFC 6376 §2.8).
pub const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

const fn is_value_char(c: char) -> bool {
    c.is_ascii_graphic() || is_space(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LENIENT: Grammar = Grammar {
        family: "x",
        reference: "RFC 6376 §3.2",
        strict: false,
    };

    fn codes(list: &TagList) -> Vec<&str> {
        list.defects.iter().map(|d| d.code.as_str()).collect()
    }

    #[test]
    fn lists_are_read_as_rfc_6376_writes_them() {
        for (raw, pairs, defects) in [
            ("a=b", vec![("a", "b")], vec![]),
            ("a=b;", vec![("a", "b")], vec![]),
            (
                " a = b ; c\t=\td e ;",
                vec![("a", "b"), ("c", "d e")],
                vec![],
            ),
            ("a=;b=x=y", vec![("a", ""), ("b", "x=y")], vec![]),
            (
                "a=b;;c=d",
                vec![("a", "b"), ("c", "d")],
                vec!["x-empty-tag"],
            ),
            ("", vec![], vec!["x-empty-tag"]),
            ("a=b; nonsense", vec![("a", "b")], vec!["x-malformed-tag"]),
            ("1a=b", vec![], vec!["x-malformed-tag"]),
            ("=b", vec![], vec!["x-malformed-tag"]),
            ("a=ü", vec![("a", "ü")], vec!["x-foreign-character"]),
            (
                "a=b;a=c",
                vec![("a", "b"), ("a", "c")],
                vec!["x-duplicate-tag"],
            ),
            ("a=b;A=c", vec![("a", "b"), ("A", "c")], vec![]),
        ] {
            let list = parse(raw, LENIENT);
            let got: Vec<_> = list
                .tags
                .iter()
                .map(|t| (t.tag.as_str(), t.content.as_str()))
                .collect();
            assert_eq!(got, pairs, "{raw}");
            assert_eq!(codes(&list), defects, "{raw}");
        }
    }

    #[test]
    fn a_span_covers_the_pair_without_the_space_around_it() {
        let raw = "v=1 ;  p = x ";
        let list = parse(raw, LENIENT);
        let [start, end] = list.get("p").unwrap().span;
        assert_eq!(&raw[start..end], "p = x");
    }

    #[test]
    fn a_repeated_tag_is_fatal_even_where_malformed_pairs_are_forgiven() {
        assert!(!holds(&parse("a=b;a=b", LENIENT).defects));
        assert!(holds(&parse("a=b;nonsense", LENIENT).defects));
        let strict = Grammar {
            strict: true,
            ..LENIENT
        };
        assert!(!holds(&parse("a=b;nonsense", strict).defects));
    }

    #[test]
    fn a_flood_of_defects_is_cut_and_the_fatal_one_kept() {
        let raw = format!("{}a=b;a=c", ";".repeat(5000));
        let kept = bounded(parse(&raw, LENIENT).defects);
        assert_eq!(kept.len(), 32);
        assert!(!holds(&kept));
    }

    proptest! {
        #[test]
        fn any_text_is_read_with_spans_inside_it(raw in "[ -~;=\t\r\nüß€]{0,80}") {
            let list = parse(&raw, LENIENT);
            for [start, end] in list.tags.iter().map(|t| t.span).chain(list.defects.iter().filter_map(|d| d.span)) {
                prop_assert!(raw.get(start..end).is_some());
            }
        }
    }
}
