//! TAP 14 (Test Anything Protocol): one test point a finding, with its details as YAML, and the plan at the end,
//! since it is not known before.
//!
//! What counts under the gate and failed or is unknown is `not ok`. A failure that does not count is a `TODO`, which
//! no consumer counts; what is waived, manual, not applicable or unknown without counting is a `SKIP` with the reason.

use super::audit::{self, Entry};
use super::detail::{self, Depth};
use super::{Options, escape, words};
use crate::results::finding::Finding;
use crate::results::gate::Weight;
use crate::results::notice::Notice;
use crate::results::outcome::Outcome;
use crate::results::targets::Results;
use crate::results::{Run, TargetResult};
use serde::Serialize as _;
use std::io::{self, Write};

/// Writes all points, one target after the other.
pub(super) fn render(results: Results<'_>, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    let run = results.run;
    writeln!(out, "TAP version 14")?;
    comments(&audit::of_run(run), out)?;
    let mut number = 0;
    results.targets.each(&mut |_, result| {
        writeln!(out, "# domain: {}", escape::line(&result.target.domain))?;
        comments(&audit::of_target(result), out)?;
        for finding in &result.findings {
            number += 1;
            Point::of(run, result, finding).write(number, out)?;
        }
        Ok(())
    })?;
    let notices = run.notices.iter().map(|notice| Point::noticed(run, notice));
    for point in notices.chain(run.partial.iter().map(|why| Point::cut_short(why))) {
        number += 1;
        point.write(number, out)?;
    }
    if number == 0 {
        writeln!(out, "1..0 # SKIP nothing was evaluated")
    } else {
        writeln!(out, "1..{number}")
    }
}

/// An audit block as comments.
fn comments(block: &[Entry], out: &mut dyn Write) -> io::Result<()> {
    for entry in block {
        for value in &entry.values {
            writeln!(out, "# {}: {value}", entry.name)?;
        }
    }
    Ok(())
}

/// What keeps a point from being counted.
enum Directive {
    None,
    /// It fails, and that does not count yet.
    Todo(String),
    /// It was not held against anything.
    Skip(String),
}

/// One test point.
struct Point {
    ok: bool,
    description: String,
    directive: Directive,
    /// The members of the diagnostic.
    diagnostic: Vec<(&'static str, Vec<String>)>,
}

impl Point {
    fn of(run: &Run, result: &TargetResult, finding: &Finding) -> Self {
        let reason = if finding.reason.is_empty() {
            &finding.title
        } else {
            &finding.reason
        };
        let reason = escape::line(&escape::cut(reason, 400));
        let skip = |why: &str| (true, Directive::Skip(format!("{why}: {reason}")));
        let (ok, directive) = match (finding.outcome, run.gate.weigh(finding)) {
            (Outcome::Pass, _) => (true, Directive::None),
            (Outcome::Fail, Weight::Fails)
            | (Outcome::Unknown | Outcome::Error, Weight::Undecided) => (false, Directive::None),
            (Outcome::Fail, _) => (
                false,
                Directive::Todo(format!("{}: {reason}", finding.level.as_str())),
            ),
            (outcome @ (Outcome::Unknown | Outcome::Error), _) => skip(outcome.as_str()),
            (Outcome::Manual, _) => skip("manual"),
            (Outcome::NotApplicable, _) => skip("not applicable"),
            (Outcome::Waived, _) => {
                let waiver = finding
                    .waiver
                    .as_ref()
                    .map(detail::waiver)
                    .unwrap_or_default();
                (true, Directive::Skip(format!("waived {waiver}")))
            }
        };
        Self {
            ok,
            description: format!(
                "{}: {} {} [{} {}]",
                result.target.domain,
                finding.rule,
                escape::cut(&finding.title, 200),
                words::asker(finding),
                finding.level.as_str()
            ),
            directive,
            diagnostic: diagnostic(run, finding),
        }
    }

    /// What the settings need is a failure at its level.
    fn noticed(run: &Run, notice: &Notice) -> Self {
        let text = escape::line(&escape::cut(&notice.text, 400));
        let level = notice.level.as_str();
        let todo = || Directive::Todo(format!("{level}: {text}"));
        Self {
            ok: false,
            description: format!("{} {}", words::place(notice), notice.id),
            directive: if run.gate.counts(notice.level) {
                Directive::None
            } else {
                todo()
            },
            diagnostic: vec![
                ("message", vec![text.clone()]),
                ("level", vec![level.to_owned()]),
                ("id", vec![escape::line(&notice.id)]),
            ],
        }
    }

    /// A run that is not whole must not be taken for one.
    fn cut_short(why: &str) -> Self {
        Self {
            ok: false,
            description: "the run is whole".to_owned(),
            directive: Directive::None,
            diagnostic: vec![("message", vec![escape::line(why)])],
        }
    }

    fn write(&self, number: usize, out: &mut dyn Write) -> io::Result<()> {
        let status = if self.ok { "ok" } else { "not ok" };
        write!(out, "{status} {number} - {}", described(&self.description))?;
        match &self.directive {
            Directive::None => writeln!(out)?,
            Directive::Todo(why) => writeln!(out, " # TODO {}", described(why))?,
            Directive::Skip(why) => writeln!(out, " # SKIP {}", described(why))?,
        }
        if self.diagnostic.is_empty() {
            return Ok(());
        }
        writeln!(out, "  ---")?;
        for (name, lines) in &self.diagnostic {
            write!(out, "  {name}:")?;
            if let [line] = lines.as_slice() {
                write!(out, " ")?;
                scalar(line, out)?;
            } else {
                for line in lines {
                    write!(out, "\n    - ")?;
                    scalar(line, out)?;
                }
            }
            writeln!(out)?;
        }
        writeln!(out, "  ...")
    }
}

/// One line in which nothing is a directive: TAP 14 escapes `#` and `\`.
fn described(text: &str) -> String {
    escape::line(text).replace('\\', "\\\\").replace('#', "\\#")
}

/// A YAML scalar: a JSON string of a line without anything that acts is a double-quoted one.
fn scalar(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut json = serde_json::Serializer::new(out);
    escape::line(text).serialize(&mut json)?;
    Ok(())
}

/// What there is to say of a finding; of one that holds without a weakness, nothing.
fn diagnostic(run: &Run, finding: &Finding) -> Vec<(&'static str, Vec<String>)> {
    let details = detail::of(finding, run.rule(&finding.rule), Depth::FULL);
    if finding.outcome == Outcome::Pass && details.is_empty() {
        return Vec::new();
    }
    let mut members = vec![
        ("outcome", vec![finding.outcome.as_str().to_owned()]),
        ("fingerprint", vec![finding.fingerprint.clone()]),
    ];
    members.extend(
        details
            .into_iter()
            .map(|detail| (detail.label, detail.lines)),
    );
    members
}

#[cfg(test)]
pub(super) mod tests;
