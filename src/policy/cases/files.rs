//! Files of cases: reading them, and making the facts document that a case asks for.

use super::pointer;
use crate::facts::Facts;
use crate::policy::fault::Faults;
use crate::results::outcome::Outcome;
use rhai::Position;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use toml::Spanned;

/// The document that cases start from, relative to the policy folder.
const BASE: &str = "base.facts.json";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::policy) struct CaseFile {
    #[serde(default)]
    pub(in crate::policy) case: Vec<Spanned<Case>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::policy) struct Case {
    pub(in crate::policy) rule: Option<String>,
    pub(in crate::policy) baseline: Option<String>,
    pub(in crate::policy) name: String,
    #[serde(default)]
    pub(in crate::policy) want: Map<String, Value>,
    pub(in crate::policy) outcome: Option<Outcome>,
    pub(in crate::policy) reason: Option<String>,
    #[serde(default)]
    copy: BTreeMap<String, String>,
    #[serde(default)]
    remove: Vec<String>,
    #[serde(default)]
    set: Map<String, Value>,
    #[serde(default)]
    pub(in crate::policy) scores: BTreeMap<String, Value>,
    #[serde(default)]
    pub(in crate::policy) outcomes: BTreeMap<String, Outcome>,
}

/// Reads a file of cases. None, with a fault, where it is none.
pub(in crate::policy) fn read(path: &str, faults: &mut Faults<'_>) -> Option<CaseFile> {
    let text = faults.source().text(path)?;
    let error = match toml::from_str::<CaseFile>(text) {
        Ok(file) => return Some(file),
        Err(error) => error,
    };
    let at = error.span().map_or(0, |span| span.start);
    let before = text.get(..at).unwrap_or_default();
    let column = before
        .chars()
        .rev()
        .take_while(|letter| *letter != '\n')
        .count()
        + 1;
    let position = match (u16::try_from(line_of(text, at)), u16::try_from(column)) {
        (Ok(line), Ok(column)) => Position::new(line, column),
        (Ok(_) | Err(_), _) => Position::NONE,
    };
    faults.add(path, position, error.message(), "");
    None
}

/// The document that cases start from.
pub(in crate::policy) fn base(faults: &mut Faults<'_>) -> Value {
    let Some(text) = faults.source().text(BASE) else {
        let message = "the document that cases start from is missing";
        faults.add(BASE, Position::NONE, message, "");
        return Value::Null;
    };
    if let Err(error) = serde_json::from_str::<Facts>(text) {
        let place = u16::try_from(error.line()).unwrap_or(0);
        let position = if place == 0 {
            Position::NONE
        } else {
            Position::new(place, u16::try_from(error.column()).unwrap_or(0))
        };
        faults.add(BASE, position, error.to_string(), "");
    }
    serde_json::from_str(text).unwrap_or_default()
}

/// The line, counted from 1, that a byte of a text stands on.
pub(in crate::policy) fn line_of(text: &str, byte: usize) -> usize {
    text.get(..byte).unwrap_or(text).matches('\n').count() + 1
}

impl Case {
    /// The base document with this case's changes.
    pub(in crate::policy) fn facts(&self, base: &Value) -> Result<Facts, String> {
        let mut document = base.clone();
        for (to, from) in &self.copy {
            let copied = base
                .pointer(from)
                .ok_or_else(|| format!("copy: nothing stands at `{from}` in {BASE}"))?;
            pointer::set(&mut document, to, copied.clone())
                .map_err(|message| format!("copy: {message}"))?;
        }
        for gone in &self.remove {
            pointer::remove(&mut document, gone).map_err(|message| format!("remove: {message}"))?;
        }
        for (to, value) in &self.set {
            pointer::set(&mut document, to, value.clone())
                .map_err(|message| format!("set: {message}"))?;
        }
        let facts: Facts = serde_json::from_value(document)
            .map_err(|error| format!("the document is no facts document any more: {error}"))?;
        let read_back = serde_json::to_value(&facts).unwrap_or_default();
        match self
            .set
            .iter()
            .find(|(to, value)| !is_empty(value) && read_back.pointer(to).is_none())
        {
            Some((to, _)) => Err(format!("set: there is no fact at `{to}`")),
            None => Ok(facts),
        }
    }
}

/// Whether a document may leave the value out where it writes its defaults.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(truth) => !truth,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}
