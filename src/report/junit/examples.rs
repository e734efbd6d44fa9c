//! Examples that were run, in the same dialect: one suite a file of examples, one case an example.

use super::names::{TOOL, part, unique};
use super::{Case, Content, ERROR, FAILURE, Told, escape, named, words, write_suite};
use crate::facts::timestamp::Timestamp;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, Event};
use std::collections::BTreeSet;
use std::io::{self, Write};

/// The examples of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suite {
    /// The file.
    pub name: String,
    /// Its examples, in order.
    pub examples: Vec<Example>,
}

/// One example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// What it is an example of.
    pub subject: String,
    /// Its sentence.
    pub name: String,
    /// What is told where it does not hold.
    pub trouble: Option<Trouble>,
}

/// Why an example does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Whether it could not be run at all.
    pub broken: bool,
    /// One line.
    pub message: String,
    /// Everything.
    pub body: String,
}

/// Writes all suites, as of a moment.
///
/// # Errors
///
/// Those of `out`.
pub fn write(suites: &[Suite], at: Timestamp, out: &mut dyn Write) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let at = at.to_string();
    xml.create_element("testsuites")
        .write_inner_content(|xml| {
            for (id, suite) in suites.iter().enumerate() {
                let cases = cases(suite);
                let count = |element| {
                    let told = cases.iter().filter_map(|case| case.told.as_ref());
                    told.filter(|told| told.element == element)
                        .count()
                        .to_string()
                };
                let attributes = [
                    ("name", named(&suite.name, "unnamed")),
                    ("id", id.to_string()),
                    ("package", TOOL.to_owned()),
                    ("hostname", "localhost".to_owned()),
                    ("timestamp", at.trim_end_matches('Z').to_owned()),
                    ("time", words::seconds(0)),
                    ("tests", cases.len().to_string()),
                    ("failures", count(FAILURE)),
                    ("errors", count(ERROR)),
                    ("skipped", "0".to_owned()),
                ];
                let attributes = attributes
                    .iter()
                    .map(|(name, value)| (*name, value.as_str()));
                let content = Content {
                    cases: &cases,
                    out: "",
                    file: None,
                };
                write_suite(xml, attributes, &[], &content)?;
            }
            Ok(())
        })?;
    xml.get_mut().write_all(b"\n")
}

/// The cases of a suite: those of one subject are a class, with a name each.
fn cases(suite: &Suite) -> Vec<Case> {
    let mut taken = BTreeSet::new();
    let examples = suite.examples.iter();
    examples
        .map(|example| {
            let class = format!("{TOOL}.{}.{}", part(&suite.name), part(&example.subject));
            let name = named(&example.name, "unnamed");
            // Names are unique in the suite, and so in the class.
            let name = unique(&mut taken, &name, " #");
            let told = example.trouble.as_ref().map(|trouble| {
                let (element, kind) = if trouble.broken {
                    (ERROR, "faulty")
                } else {
                    (FAILURE, "outcome")
                };
                Told {
                    element,
                    kind: Some(kind.to_owned()),
                    message: escape::line(&escape::cut(&trouble.message, 400)),
                    body: escape::lines(&trouble.body).into_owned(),
                }
            });
            Case {
                class,
                name,
                told,
                note: String::new(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_suite_and_what_does_not_hold_is_told_in_full() {
        let example = |name: &str, trouble| Example {
            subject: "mx-published".to_owned(),
            name: name.to_owned(),
            trouble,
        };
        let trouble = |broken| {
            Some(Trouble {
                broken,
                message: "expected <pass>".to_owned(),
                body: "file:3\ngot \u{1b}[31mfail".to_owned(),
            })
        };
        let suite = Suite {
            name: "rules/mx.cases.toml".to_owned(),
            examples: vec![
                example("one", None),
                example("one", trouble(false)),
                example("two", trouble(true)),
            ],
        };
        let mut out = Vec::new();
        write(&[suite], Timestamp::from_unix(1_795_428_000), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        for part in [
            "name=\"rules/mx.cases.toml\" id=\"0\" package=\"waxseal\"",
            "timestamp=\"2026-11-23T10:00:00\"",
            "tests=\"3\" failures=\"1\" errors=\"1\" skipped=\"0\"",
            "classname=\"waxseal.rules_mx_cases_toml.mx-published\" name=\"one\"",
            "name=\"one #2\"",
            "<failure type=\"outcome\" message=\"expected &lt;pass&gt;\">file:3\ngot ",
            "<error type=\"faulty\"",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains('\u{1b}'));
    }
}
