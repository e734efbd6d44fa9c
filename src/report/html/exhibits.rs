//! What was seen, with the faulty parts marked and numbered, and their notes below.

use super::super::escape;
use crate::results::exhibit::{Exhibit, ExhibitKind, ExhibitLine, Mark, Speaker};
use serde::Serialize;

/// Most lines of one exhibit.
const LINES: usize = 200;

/// Most characters of a part of a line.
const TEXT: usize = 4000;

/// An exhibit as the page shows it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct View {
    kind: &'static str,
    subject: String,
    lines: Vec<Line>,
    notes: Vec<Note>,
}

#[derive(Clone, Debug, Serialize)]
struct Line {
    class: &'static str,
    from: &'static str,
    parts: Vec<Part>,
}

/// Some text of a line; where something is wrong with it, how wrong, and the number of the note.
#[derive(Clone, Debug, Serialize)]
struct Part {
    text: String,
    mark: Option<&'static str>,
    notes: String,
}

#[derive(Clone, Debug, Serialize)]
struct Note {
    text: String,
    fatal: bool,
}

/// An exhibit as the page shows it.
pub(super) fn view(exhibit: &Exhibit) -> View {
    let mut notes = Vec::new();
    let shown = exhibit.lines.iter().take(LINES);
    let mut lines: Vec<Line> = shown.map(|line| self::line(line, &mut notes)).collect();
    let left = exhibit.lines.len().saturating_sub(LINES);
    if left > 0 {
        let text = format!("… and {left} more lines");
        let parts = vec![Part {
            text,
            mark: None,
            notes: String::new(),
        }];
        lines.push(Line {
            class: "client",
            from: "",
            parts,
        });
    }
    let kind = match exhibit.kind {
        ExhibitKind::Record => "DNS record",
        ExhibitKind::File => "File over HTTPS",
        ExhibitKind::Session => "SMTP session",
        ExhibitKind::Handshake => "TLS handshake",
        ExhibitKind::Certificate => "Certificate",
    };
    View {
        kind,
        subject: exhibit.subject.clone(),
        lines,
        notes,
    }
}

fn line(line: &ExhibitLine, notes: &mut Vec<Note>) -> Line {
    let (class, from) = match line.from {
        Speaker::Nobody => ("text", ""),
        Speaker::Server => ("server", "server:"),
        Speaker::Client => ("client", "client:"),
    };
    let parts = parts(&line.text, &line.marks, notes);
    Line { class, from, parts }
}

/// The text in parts. A mark that lies outside of the text, or over the one before, keeps its note and marks nothing.
fn parts(text: &str, marks: &[Mark], notes: &mut Vec<Note>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = 0;
    for mark in marks {
        notes.push(Note {
            text: mark.note.clone(),
            fatal: mark.fatal,
        });
        let before = text.get(at..mark.start);
        let marked = text.get(mark.start..mark.end);
        let (Some(before), Some(marked)) = (before, marked) else {
            continue;
        };
        parts.extend(part(before, None, String::new()));
        let how = if mark.fatal { "fatal" } else { "weak" };
        parts.extend(part(marked, Some(how), notes.len().to_string()));
        at = mark.end;
    }
    parts.extend(part(
        text.get(at..).unwrap_or_default(),
        None,
        String::new(),
    ));
    parts
}

fn part(text: &str, mark: Option<&'static str>, notes: String) -> Option<Part> {
    let text = escape::cut(text, TEXT).into_owned();
    let mark = mark.filter(|_| !text.is_empty());
    (!text.is_empty() || !notes.is_empty()).then_some(Part { text, mark, notes })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, marks: &[(usize, usize)]) -> Vec<(String, String)> {
        let mark = |&(start, end): &(usize, usize)| Mark {
            start,
            end,
            note: "wrong".to_owned(),
            fatal: false,
        };
        let marks: Vec<Mark> = marks.iter().map(mark).collect();
        let mut notes = Vec::new();
        let parts = parts(text, &marks, &mut notes);
        assert_eq!(notes.len(), marks.len());
        parts
            .into_iter()
            .map(|part| (part.text, part.notes))
            .collect()
    }

    #[test]
    fn marks_cut_a_line_into_parts_and_bad_places_mark_nothing() {
        type Expected = &'static [(&'static str, &'static str)];
        type Case = (&'static str, &'static [(usize, usize)], Expected);
        let cases: &[Case] = &[
            (
                "a ptr b",
                &[(2, 5)],
                &[("a ", ""), ("ptr", "1"), (" b", "")],
            ),
            ("ptr", &[(0, 3)], &[("ptr", "1")]),
            (
                "abcd",
                &[(0, 1), (2, 4)],
                &[("a", "1"), ("b", ""), ("cd", "2")],
            ),
            ("abcd", &[(0, 3), (1, 2)], &[("abc", "1"), ("d", "")]),
            ("ä", &[(0, 1)], &[("ä", "")]),
            ("ab", &[(1, 9)], &[("ab", "")]),
            ("ab", &[(2, 2)], &[("ab", ""), ("", "1")]),
            ("", &[], &[]),
        ];
        for (text, marks, expected) in cases {
            let expected: Vec<_> = expected
                .iter()
                .map(|(text, notes)| ((*text).to_owned(), (*notes).to_owned()))
                .collect();
            assert_eq!(told(text, marks), expected, "{text} {marks:?}");
        }
    }
}
