//! Suites of the run as a whole: what the settings need, and that it is not whole.

use super::super::{JunitDialect, escape, words};
use super::{
    Case, Content, ERROR, FAILURE, SKIPPED, Told, Xml, count, file_of, named, names, write_suite,
};
use crate::facts::timestamp::Timestamp;
use crate::results::Run;
use crate::results::notice::Notice;
use crate::results::targets::Results;
use std::io;

/// The suites of a run, of which the last target was looked at at this time.
pub(super) fn of_run(
    xml: &mut Xml<'_>,
    results: Results<'_>,
    (dialect, started): (JunitDialect, Option<Timestamp>),
) -> io::Result<()> {
    let started = started.map(|started| started.to_string());
    let started = started.unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned());
    let first = results.targets.count();
    notices(xml, (results.run, dialect), (first, &started))?;
    cut_short(xml, results.run, (first, &started))
}

/// A suite for each file that notices are about, named by it.
fn notices(
    xml: &mut Xml<'_>,
    (run, dialect): (&Run, JunitDialect),
    (first, started): (usize, &str),
) -> io::Result<()> {
    for (number, file) in files(run).into_iter().enumerate() {
        let of_file = run.notices.iter().filter(|notice| notice.file == file);
        let mut cases: Vec<Case> = of_file.map(|notice| case(run, notice)).collect();
        // Of two on one line the second gets another name.
        let mut taken = std::collections::BTreeSet::new();
        for case in &mut cases {
            case.name = names::unique(&mut taken, &case.name, " #");
        }
        let name = named(file, names::TOOL);
        let file = file_of(dialect, Some(file));
        suite(xml, (first + number, &name), started, (&cases, file))?;
    }
    Ok(())
}

/// The files that notices are about, in their order, each once.
fn files(run: &Run) -> Vec<&str> {
    let mut files: Vec<&str> = Vec::new();
    for notice in &run.notices {
        if !files.contains(&notice.file.as_str()) {
            files.push(&notice.file);
        }
    }
    files
}

fn case(run: &Run, notice: &Notice) -> Case {
    let message = escape::line(&escape::cut(&notice.text, 400));
    let level = notice.level.as_str();
    let body = format!("{level} {}: {message}", words::place(notice));
    let told = if run.gate.counts(notice.level) {
        Told {
            element: FAILURE,
            kind: Some(level.to_uppercase()),
            message,
            body: body.clone(),
        }
    } else {
        Told {
            element: SKIPPED,
            kind: None,
            message: format!("warning: {message}"),
            body: body.clone(),
        }
    };
    let id = escape::line(&notice.id);
    Case {
        class: format!("{}.settings", names::TOOL),
        note: format!("warning: {id}\n{body}\n"),
        name: format!("{id} {}", words::place(notice)),
        told: Some(told),
    }
}

/// A suite for a run that is not whole, so that no consumer takes it for one.
fn cut_short(xml: &mut Xml<'_>, run: &Run, (first, started): (usize, &str)) -> io::Result<()> {
    let Some(why) = &run.partial else {
        return Ok(());
    };
    let case = Case {
        class: names::TOOL.to_owned(),
        name: "the run is whole".to_owned(),
        told: Some(Told {
            element: ERROR,
            kind: Some("partial".to_owned()),
            message: escape::line(why),
            body: escape::line(why),
        }),
        note: String::new(),
    };
    let id = first + files(run).len();
    suite(xml, (id, names::TOOL), started, (&[case], None))
}

fn suite(
    xml: &mut Xml<'_>,
    (id, name): (usize, &str),
    started: &str,
    (cases, file): (&[Case], Option<String>),
) -> io::Result<()> {
    let (id, tests) = (id.to_string(), cases.len().to_string());
    let [failures, errors, skipped] = [FAILURE, ERROR, SKIPPED].map(|told| count(cases, told));
    let attributes = [
        ("name", name),
        ("id", &id),
        ("package", names::TOOL),
        ("hostname", "localhost"),
        ("timestamp", started.trim_end_matches('Z')),
        ("time", "0.000"),
        ("tests", &tests),
        ("failures", &failures),
        ("errors", &errors),
        ("skipped", &skipped),
    ];
    let notes: Vec<&str> = cases.iter().map(|case| case.note.as_str()).collect();
    let content = Content {
        cases,
        out: &notes.concat(),
        file,
    };
    write_suite(xml, attributes, &[], &content)
}
