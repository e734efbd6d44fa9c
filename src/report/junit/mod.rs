//! `JUnit` XML: one suite a domain, one case a finding.
//!
//! The dialect is what two published schemas allow at once, that of Jenkins (`junit-10.xsd`) and
//! that of Ant (`JUnit.xsd`): no totals on `testsuites`, properties and output only at a suite, no
//! zone in a time stamp. Times are those of the observation, never of the report.
//!
//! GitLab shows one thing more that neither schema knows, the file of a case: its dialect is the same with `file`.

use super::delivery;
use super::detail::{self, Depth, Detail};
use super::{JunitDialect, Options, audit, escape, words};
use crate::results::finding::Finding;
use crate::results::gate::{Gate, Weight};
use crate::results::outcome::{Level, Outcome};
use crate::results::role::RoleTaken;
use crate::results::rule::BaselineInfo;
use crate::results::targets::Results;
use crate::results::{Run, TargetResult};
use names::Names;
use quick_xml::Writer;
use quick_xml::escape::partial_escape;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::fmt::Write as _;
use std::io::{self, Write};

pub mod examples;
mod names;
mod run;

type Xml<'a> = Writer<&'a mut dyn Write>;

/// Writes all suites, one after the other, holding one in memory.
pub(super) fn render(
    results: Results<'_>,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let dialect = options.junit_dialect;
    let mut xml = Writer::new_with_indent(out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut names = Names::default();
    xml.create_element("testsuites")
        .write_inner_content(|xml| {
            let mut started = None;
            results.targets.each(&mut |id, result| {
                started = Some(result.started());
                let names = names.of(result);
                suite(xml, (results.run, dialect), (id, result), names)
            })?;
            run::of_run(xml, results, (dialect, started))
        })?;
    xml.get_mut().write_all(b"\n")
}

fn suite(
    xml: &mut Xml<'_>,
    (run, dialect): (&Run, JunitDialect),
    (id, result): (usize, &TargetResult),
    names: Vec<(String, String)>,
) -> io::Result<()> {
    let cases: Vec<Case> = result
        .findings
        .iter()
        .zip(names)
        .map(|(finding, name)| Case::new(run, finding, name))
        .collect();
    let count = |element| count(&cases, element);
    let attributes = [
        ("name", named(&result.target.domain, "unnamed")),
        ("id", id.to_string()),
        ("package", names::TOOL.to_owned()),
        ("hostname", named(&result.vantage.ehlo_name, "localhost")),
        // The schema of Ant wants a local time without zone; the property `started` has both.
        (
            "timestamp",
            result
                .started()
                .to_string()
                .trim_end_matches('Z')
                .to_owned(),
        ),
        ("time", words::seconds(result.vantage.duration_milliseconds)),
        ("tests", cases.len().to_string()),
        ("failures", count(FAILURE)),
        ("errors", count(ERROR)),
        ("skipped", count(SKIPPED)),
    ];
    let notes: Vec<&str> = cases.iter().map(|case| case.note.as_str()).collect();
    let mut out = notes.concat();
    out.push_str(&delivery::lines(&result.delivery));
    let attributes = attributes
        .iter()
        .map(|(name, value)| (*name, value.as_str()));
    let file = result.place.as_ref().map(|place| place.file.as_str());
    let content = Content {
        cases: &cases,
        out: &out,
        file: file_of(dialect, file),
    };
    write_suite(xml, attributes, &properties(run, id, result), &content)
}

/// The file that each case of a suite names, where the dialect has it.
fn file_of(dialect: JunitDialect, file: Option<&str>) -> Option<String> {
    let file = file.filter(|_| dialect == JunitDialect::Gitlab);
    file.map(escape::line).filter(|file| !file.is_empty())
}

/// What a suite holds besides its properties.
struct Content<'a> {
    cases: &'a [Case],
    /// Its output.
    out: &'a str,
    /// The file of its cases.
    file: Option<String>,
}

/// One suite, in the order of elements that the schemas want.
fn write_suite<'a>(
    xml: &mut Xml<'_>,
    attributes: impl IntoIterator<Item = (&'a str, &'a str)>,
    properties: &[(String, String)],
    content: &Content<'_>,
) -> io::Result<()> {
    xml.create_element("testsuite")
        .with_attributes(attributes)
        .write_inner_content(|xml| {
            write_properties(xml, properties)?;
            for case in content.cases {
                case.write(xml, content.file.as_deref())?;
            }
            text(xml, "system-out", content.out)?;
            text(xml, "system-err", "")
        })?;
    Ok(())
}

/// How many cases are told with an element.
fn count(cases: &[Case], element: &str) -> String {
    let told = cases.iter().filter_map(|case| case.told.as_ref());
    told.filter(|told| told.element == element)
        .count()
        .to_string()
}

/// What the suite rests on: versions, checksums and scores, and what else the audit block has. The policy files
/// are many and the same for all domains, so they stand at the first suite only.
fn properties(run: &Run, id: usize, result: &TargetResult) -> Vec<(String, String)> {
    // What has a name of its own below.
    const TOLD: [&str; 7] = [
        "waxseal",
        "baselines",
        "policy-files",
        "facts-sha256",
        "collected",
        "collected-by",
        "role",
    ];
    let mut properties = vec![
        ("waxseal".to_owned(), escape::line(&run.waxseal)),
        (
            "facts.sha256".to_owned(),
            escape::line(&result.facts_sha256),
        ),
        (
            "facts.waxseal".to_owned(),
            escape::line(&result.vantage.waxseal),
        ),
        ("started".to_owned(), result.started().to_string()),
    ];
    let asked = |baseline: &&BaselineInfo| {
        result.baselines.is_empty() || result.baselines.contains(&baseline.id)
    };
    for baseline in run.baselines.iter().filter(asked) {
        let name = escape::line(&format!("baseline.{}", baseline.id));
        properties.push((format!("{name}.version"), escape::line(&baseline.version)));
        properties.push((format!("{name}.sha256"), escape::line(&baseline.sha256)));
    }
    if result.role != RoleTaken::default() {
        let role = &result.role;
        let said = format!("{}: {}", role.role.as_str(), role.reason);
        properties.push(("role".to_owned(), escape::line(&said)));
    }
    for score in &result.scores {
        let name = escape::line(&format!("score.{}.{}", score.baseline, score.id));
        properties.push((name, words::score(score)));
    }
    let mut block = audit::of_run(run);
    block.extend(audit::of_target(result));
    block.retain(|entry| !TOLD.contains(&entry.name));
    let told = block.into_iter();
    properties.extend(told.map(|entry| (entry.name.to_owned(), entry.values.join("; "))));
    let files = run.policy_files.iter().filter(|_| id == 0);
    properties.extend(files.map(|file| {
        let name = escape::line(&format!("policy-file.{}", file.path));
        (name, escape::line(&file.sha256))
    }));
    properties
}

fn write_properties(xml: &mut Xml<'_>, properties: &[(String, String)]) -> io::Result<()> {
    let element = xml.create_element("properties");
    if properties.is_empty() {
        element.write_empty()?;
        return Ok(());
    }
    element.write_inner_content(|xml| {
        for (name, value) in properties {
            xml.create_element("property")
                .with_attribute(("name", name.as_str()))
                .with_attribute(("value", value.as_str()))
                .write_empty()?;
        }
        Ok(())
    })?;
    Ok(())
}

const FAILURE: &str = "failure";
const ERROR: &str = "error";
const SKIPPED: &str = "skipped";

/// What is told of a case that is no success.
struct Told {
    /// The element that tells it.
    element: &'static str,
    /// Its `type`; the schema of Ant has none for `skipped`.
    kind: Option<String>,
    /// One line.
    message: String,
    /// Everything.
    body: String,
}

struct Case {
    class: String,
    name: String,
    told: Option<Told>,
    /// What the suite's output says of it.
    note: String,
}

impl Case {
    fn new(run: &Run, finding: &Finding, (class, name): (String, String)) -> Self {
        let details = detail::of(finding, run.rule(&finding.rule), Depth::FULL);
        let body = body(finding, &details);
        let note = note(finding, &name, &body);
        let told = told(run.gate, finding).map(|(element, kind, message)| Told {
            element,
            kind,
            message,
            body,
        });
        Self {
            class,
            name,
            told,
            note,
        }
    }

    fn write(&self, xml: &mut Xml<'_>, file: Option<&str>) -> io::Result<()> {
        let element = xml
            .create_element("testcase")
            .with_attribute(("classname", self.class.as_str()))
            .with_attribute(("name", self.name.as_str()))
            .with_attribute(("time", words::seconds(0).as_str()))
            .with_attributes(file.map(|file| ("file", file)));
        let Some(told) = &self.told else {
            element.write_empty()?;
            return Ok(());
        };
        element.write_inner_content(|xml| {
            let kind = told.kind.as_ref().map(|kind| ("type", kind.as_str()));
            xml.create_element(told.element)
                .with_attributes(kind)
                .with_attribute(("message", told.message.as_str()))
                .write_text_content(content(&told.body))?;
            Ok(())
        })?;
        Ok(())
    }
}

/// How an outcome is told: element, type and message, so that a consumer's counts come to the verdict of the
/// run. What does not count is a warning, for which `JUnit` has no word but `skipped`.
fn told(gate: Gate, finding: &Finding) -> Option<(&'static str, Option<String>, String)> {
    let reason = if finding.reason.is_empty() {
        &finding.title
    } else {
        &finding.reason
    };
    let reason = escape::line(&escape::cut(reason, 400));
    let skipped = |why: &str| (SKIPPED, None, format!("{why}: {reason}"));
    Some(match (finding.outcome, gate.weigh(finding)) {
        (Outcome::Pass, _) => return None,
        (Outcome::Fail, Weight::Fails) => {
            let level = finding.level.as_str().to_uppercase();
            (FAILURE, Some(level), reason)
        }
        (Outcome::Fail, _) => skipped("warning"),
        (outcome @ (Outcome::Unknown | Outcome::Error), Weight::Undecided) => {
            (ERROR, Some(outcome.as_str().to_owned()), reason)
        }
        (outcome @ (Outcome::Unknown | Outcome::Error), _) => skipped(outcome.as_str()),
        (Outcome::Manual, _) => skipped("manual"),
        (Outcome::NotApplicable, _) => skipped("not applicable"),
        (Outcome::Waived, _) => match &finding.waiver {
            Some(waiver) => (SKIPPED, None, format!("waived {}", detail::waiver(waiver))),
            None => skipped("waived"),
        },
    })
}

/// The level, who asks, and all details.
fn body(finding: &Finding, details: &[Detail]) -> String {
    let mut body = format!(
        "{} {} by {}\n",
        finding.outcome.as_str(),
        finding.level.as_str(),
        words::asker(finding)
    );
    for detail in details {
        // Writing to a String does not fail.
        let _ = match detail.lines.as_slice() {
            [line] => writeln!(body, "{}: {line}", detail.label),
            lines => writeln!(body, "{}:\n  {}", detail.label, lines.join("\n  ")),
        };
    }
    body
}

/// Warnings and weaknesses go into the suite's output, since readers of `JUnit` show little of what
/// is skipped and nothing of what passes.
fn note(finding: &Finding, name: &str, body: &str) -> String {
    let warns = finding.outcome == Outcome::Fail && finding.level.strength() != Level::Must;
    if warns {
        format!("warning: {name}\n{body}\n")
    } else if finding.outcome == Outcome::Pass && !finding.recommendations.is_empty() {
        format!("weakness: {name}\n{body}\n")
    } else {
        String::new()
    }
}

fn text(xml: &mut Xml<'_>, element: &str, text: &str) -> io::Result<()> {
    xml.create_element(element)
        .write_text_content(content(text))?;
    Ok(())
}

/// Text of an element. Quotes stay as they are, so that a person can read the file.
fn content(text: &str) -> BytesText<'_> {
    BytesText::from_escaped(partial_escape(escape::xml(text)))
}

/// One line that is not empty.
fn named(text: &str, otherwise: &str) -> String {
    let name = escape::line(text);
    if name.is_empty() {
        otherwise.to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests;
