//! How a value of a template is written, so that a stranger's text stays a text, whatever kind of file it is.

use super::super::escape;
use minijinja::value::Value;
use minijinja::{AutoEscape, Error, ErrorKind, Output};
use std::fmt::{self, Write as _};
use std::io;

/// Files in which `<` begins a tag.
const MARKUP: [&str; 5] = ["html", "htm", "xhtml", "xml", "svg"];

/// Files that hold JSON, or something that can.
const JSON: [&str; 5] = ["json", "jsonl", "js", "yaml", "yml"];

/// Endings that say that the file is a template.
const TEMPLATE: [&str; 4] = [".j2", ".jinja", ".jinja2", ".minijinja"];

/// What is escaped, by the ending of the template's name.
pub(super) fn escaping(file: &str) -> AutoEscape {
    let file = file.to_ascii_lowercase();
    let ending = TEMPLATE.iter().find_map(|end| file.strip_suffix(end));
    let file = ending.unwrap_or(&file);
    let ending = file.rsplit('.').next().unwrap_or("");
    if MARKUP.contains(&ending) {
        AutoEscape::Html
    } else if JSON.contains(&ending) {
        AutoEscape::Json
    } else {
        AutoEscape::Custom("text".into())
    }
}

/// Writes a value: one line of text, nothing for null. What was made safe stays as it is, but for what would act on a
/// terminal or hide.
pub(super) fn show(
    out: &mut Output<'_>,
    escaping: &AutoEscape,
    value: &Value,
) -> Result<(), Error> {
    let shown = match value.as_str() {
        Some(text) if value.is_safe() => escape::xml(text).into_owned(),
        // Of what is not there only the missing half of `a if b` comes so far.
        _ if value.is_undefined() => String::new(),
        _ if matches!(escaping, AutoEscape::Json) => json(value)?,
        _ if value.is_none() => String::new(),
        Some(text) => one_line(text, escaping),
        None => one_line(&text(value)?, escaping),
    };
    out.write_str(&shown).map_err(Error::from)
}

fn one_line(text: &str, escaping: &AutoEscape) -> String {
    let line = text.replace("\r\n", " ").replace(['\n', '\t'], " ");
    let line = escape::visible(&line).into_owned();
    if matches!(escaping, AutoEscape::Html) {
        escape::html(&line)
    } else {
        line
    }
}

/// A value as JSON in which nothing acts, nor ends a script.
pub(super) fn json(value: &Value) -> Result<String, Error> {
    let mut bounded = Bounded::default();
    let broken = |error: serde_json::Error| {
        let told = if error.is_io() { TOO_LARGE } else { "no JSON" };
        Error::new(ErrorKind::BadSerialization, told).with_source(error)
    };
    serde_json::to_writer(&mut bounded, value).map_err(broken)?;
    let text = String::from_utf8_lossy(&bounded.0);
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '<' | '>' | '&' | '\'') || escape::acts(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String does not fail.
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(character);
        }
    }
    Ok(shown)
}

/// A cell of CSV in quotes (RFC 4180 §2), which no spreadsheet takes for a formula.
pub(super) fn csv(value: &Value) -> Result<String, Error> {
    let text = match value.as_str() {
        Some(text) => escape::line(text),
        None if value.is_none() => String::new(),
        None => return Ok(escape::line(&text(value)?)),
    };
    let guard = if text.starts_with(['=', '+', '-', '@']) {
        "'"
    } else {
        ""
    };
    Ok(format!("\"{guard}{}\"", text.replace('"', "\"\"")))
}

/// A value as text; one that holds itself many times over is refused before it is written out.
fn text(value: &Value) -> Result<String, Error> {
    let mut bounded = Bounded::default();
    write!(bounded, "{value}").map_err(|_| Error::new(ErrorKind::InvalidOperation, TOO_LARGE))?;
    Ok(String::from_utf8_lossy(&bounded.0).into_owned())
}

/// The largest value that is written in one piece, in bytes.
const LARGEST_VALUE: usize = 8 << 20;
const TOO_LARGE: &str = "the value is larger than 8 MiB when it is written out";

/// Takes so many bytes and then fails.
#[derive(Default)]
struct Bounded(Vec<u8>);

impl Bounded {
    fn take(&mut self, bytes: &[u8]) -> bool {
        let fits = self.0.len() + bytes.len() <= LARGEST_VALUE;
        if fits {
            self.0.extend_from_slice(bytes);
        }
        fits
    }
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.take(text.as_bytes()).then_some(()).ok_or(fmt::Error)
    }
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let fits = self.take(bytes).then_some(bytes.len());
        fits.ok_or_else(|| io::ErrorKind::FileTooLarge.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
