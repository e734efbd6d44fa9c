//! How a value of a template is written, so that a stranger's text stays a text, whatever kind of file it is.

use super::super::escape;
use minijinja::value::Value;
use minijinja::{AutoEscape, Error, ErrorKind, Output};
use std::fmt::Write as _;

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
        None => one_line(&value.to_string(), escaping),
    };
    out.write_str(&shown).map_err(Error::from)
}

fn one_line(text: &str, escaping: &AutoEscape) -> String {
    let line = text.replace("\r\n", " ").replace(['\n', '\t'], " ");
    let line = escape::visible(&line).into_owned();
    if matches!(escaping, AutoEscape::Html) {
        html(&line)
    } else {
        line
    }
}

/// Text as HTML and XML may hold it, in quotes too.
fn html(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&#39;"),
            other => shown.push(other),
        }
    }
    shown
}

/// A value as JSON in which nothing acts, nor ends a script.
pub(super) fn json(value: &Value) -> Result<String, Error> {
    let broken = |error| Error::new(ErrorKind::BadSerialization, "no JSON").with_source(error);
    let text = serde_json::to_string(value).map_err(broken)?;
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
pub(super) fn csv(value: &Value) -> String {
    let text = match value.as_str() {
        Some(text) => escape::line(text),
        None if value.is_none() => String::new(),
        None => return escape::line(&value.to_string()),
    };
    let guard = if text.starts_with(['=', '+', '-', '@']) {
        "'"
    } else {
        ""
    };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}
