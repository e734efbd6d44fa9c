//! What is wrong with a template, with its place.

use super::super::{Template, escape};
use super::shape;
use crate::records::spelling;
use minijinja::{Error, ErrorKind};
use std::fmt;
use std::io;

/// The most characters of a message.
const LONGEST: usize = 300;

/// A fault of a user's template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateFault {
    /// The file.
    pub file: String,
    /// The line, counted from 1; 0 where it is not known.
    pub line: usize,
    /// The column in characters, counted from 1; 0 where it is not known.
    pub column: usize,
    /// That line.
    pub source_line: String,
    /// What is wrong.
    pub message: String,
    /// What may have been meant; empty where nothing is near.
    pub help: String,
    /// Whether it is wrong whatever the results are.
    pub(super) kind: Kind,
}

/// Whether a fault is one with all results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is.
    Certain,
    /// Other results may do.
    Perhaps,
}

impl fmt::Display for TemplateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            column,
            message,
            ..
        } = self;
        match (line, column) {
            (0, _) => write!(f, "{file}: {message}"),
            (line, 0) => write!(f, "{file}:{line}: {message}"),
            (line, column) => write!(f, "{file}:{line}:{column}: {message}"),
        }
    }
}

impl std::error::Error for TemplateFault {}

impl From<TemplateFault> for io::Error {
    fn from(fault: TemplateFault) -> Self {
        Self::new(io::ErrorKind::InvalidInput, fault)
    }
}

impl TemplateFault {
    /// What minijinja says, in words and with the place in the text.
    pub(super) fn new(template: &Template, error: &Error) -> Self {
        let range = error.range();
        let before = range.as_ref().and_then(|at| template.text.get(..at.start));
        let (line, column) = match before {
            Some(before) => place(before),
            None => (error.line().unwrap_or(0), 0),
        };
        let source_line = line
            .checked_sub(1)
            .and_then(|line| template.text.lines().nth(line));
        let code = range.and_then(|at| template.text.get(at)).unwrap_or("");
        let (message, help) = told(error, code);
        Self {
            file: escape::line(&template.file),
            line,
            column,
            source_line: escape::line(&escape::cut(source_line.unwrap_or(""), LONGEST)),
            message: escape::line(&escape::cut(&message, LONGEST)),
            help: escape::line(&help),
            kind: kind(error, code),
        }
    }
}

/// Line and column behind a text.
fn place(before: &str) -> (usize, usize) {
    let line = before.matches('\n').count() + 1;
    let last = before.rsplit('\n').next().unwrap_or("");
    (line, last.chars().count() + 1)
}

fn told(error: &Error, code: &str) -> (String, String) {
    let detail = error.detail().unwrap_or("");
    let word = last_name(code);
    let kind = error.kind();
    if kind == ErrorKind::UndefinedError && !code.is_empty() {
        let code = escape::cut(code, 80);
        return (format!("there is no `{code}`"), near(word));
    }
    if kind == ErrorKind::UnknownFilter {
        return (
            format!("there is no such filter: {detail}"),
            spelling::did_you_mean(word, super::filters::NAMES),
        );
    }
    if kind == ErrorKind::OutOfFuel {
        let advice = "look for loops in loops over all targets";
        return (
            "the template goes on for too long".to_owned(),
            advice.to_owned(),
        );
    }
    if matches!(kind, ErrorKind::TemplateNotFound | ErrorKind::BadInclude) {
        let told = "a template stands alone: it can't include or import another";
        return (told.to_owned(), String::new());
    }
    let colon = if detail.is_empty() { "" } else { ": " };
    (format!("{kind}{colon}{detail}"), String::new())
}

/// The known member that a name may be meant for.
fn near(word: &str) -> String {
    let names = shape::names();
    let known = names.iter().map(String::as_str);
    spelling::did_you_mean(word, known.chain(["run", "targets"]))
}

/// The last name of an expression: `verdct` of `target.verdct`.
fn last_name(code: &str) -> &str {
    let apart = |character: char| !(character.is_alphanumeric() || character == '_');
    code.trim_end_matches(apart)
        .rsplit(apart)
        .next()
        .unwrap_or("")
}

fn kind(error: &Error, code: &str) -> Kind {
    let kind = error.kind();
    let certain = matches!(
        kind,
        ErrorKind::SyntaxError
            | ErrorKind::UnknownFilter
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownMethod
            | ErrorKind::TemplateNotFound
            | ErrorKind::BadInclude
    );
    // A member that no results have is a fault; `targets[7]` may well be there with others.
    let word = last_name(code);
    let number = word.bytes().all(|byte| byte.is_ascii_digit());
    let known = || code.ends_with([')', ']']) || shape::names().contains(word);
    if certain || kind == ErrorKind::UndefinedError && !number && !known() {
        Kind::Certain
    } else {
        Kind::Perhaps
    }
}
