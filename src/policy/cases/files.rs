//! Files of cases: reading them, and making the facts document that a case asks for.

use super::{Play, pointer};
use crate::facts::Facts;
use crate::facts::caa::CaaHost;
use crate::facts::dkim::Dkim;
use crate::facts::dmarc::Dmarc;
use crate::facts::mta_sts::MtaSts;
use crate::facts::mx::Mx;
use crate::facts::spf::Spf;
use crate::facts::zone::Zone;
use crate::policy::fault::Faults;
use crate::results::outcome::Outcome;
use rhai::Position;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

/// The document that cases start from, relative to the policy folder.
const BASE: &str = "base.facts.json";

/// A file of examples, `rules/<area>.cases.toml` or `baselines/<id>.cases.toml`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// The examples, in order.
    #[serde(default)]
    #[schemars(with = "Vec<Case>")]
    pub(super) case: Vec<Spanned<Case>>,
}

/// One example: a document, and what a rule or a baseline makes of it.
///
/// The document is the base document, or what the lab shows where `scenario` or `records` are given. Over it
/// are laid first `copy`, then `remove`, then `set`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The rule that it is an example of.
    pub(super) rule: Option<String>,
    /// Or the baseline.
    pub(super) baseline: Option<String>,
    /// What it shows, in a few words.
    pub(super) name: String,
    /// Parameters of the rule.
    #[serde(default)]
    pub(super) want: Map<String, Value>,
    /// How the rule comes out.
    pub(super) outcome: Option<Outcome>,
    /// A part of the reason that it gives.
    pub(super) reason: Option<String>,
    /// The domain of the lab that is played; the compliant one where only `records` are given.
    pub(super) scenario: Option<String>,
    /// Records that take the place of the scenario's: `_dmarc TXT v=DMARC1; p=none`, `@ MX 10 mail`. Names are
    /// relative to the domain, `@` is the domain itself. A name and type without data takes them away.
    #[serde(default)]
    pub(super) records: Vec<String>,
    /// By JSON pointer, where in the document as it was at first the value is taken from.
    #[serde(default)]
    copy: BTreeMap<String, String>,
    /// JSON pointers to what is taken away.
    #[serde(default)]
    remove: Vec<String>,
    /// Values by JSON pointer.
    #[serde(default)]
    set: Map<String, Value>,
    /// Scores of the baseline by id; `"none"` where there must be no value.
    #[serde(default)]
    pub(super) scores: BTreeMap<String, Value>,
    /// Outcomes of the baseline's requirements by rule.
    #[serde(default)]
    pub(super) outcomes: BTreeMap<String, Outcome>,
}

/// Reads a file of cases. None, with a fault, where it is none.
pub(super) fn read(path: &str, faults: &mut Faults<'_>) -> Option<CaseFile> {
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

/// The document that cases start from, as facts write it.
pub(super) fn base(faults: &mut Faults<'_>) -> Value {
    let Some(text) = faults.source().text(BASE) else {
        let message = "the document that cases start from is missing";
        faults.add(BASE, Position::NONE, message, "");
        return Value::Null;
    };
    match serde_json::from_str::<Facts>(text) {
        Ok(facts) => serde_json::to_value(facts).unwrap_or_default(),
        Err(error) => {
            let place = u16::try_from(error.line()).unwrap_or(0);
            let position = if place == 0 {
                Position::NONE
            } else {
                Position::new(place, u16::try_from(error.column()).unwrap_or(0))
            };
            faults.add(BASE, position, error.to_string(), "");
            Value::Null
        }
    }
}

/// The line, counted from 1, that a byte of a text stands on.
pub(super) fn line_of(text: &str, byte: usize) -> usize {
    text.get(..byte).unwrap_or(text).matches('\n').count() + 1
}

impl Case {
    /// What the lab has to play for this case; none where it starts from the base document.
    pub(super) fn play(&self) -> Option<Play> {
        (self.scenario.is_some() || !self.records.is_empty()).then(|| Play {
            scenario: self.scenario.clone(),
            records: self.records.clone(),
        })
    }

    /// What the document of this case depends on, as a text. Cases that have it in common share the document.
    pub(super) fn document_key(&self) -> String {
        let parts = (&self.scenario, &self.records);
        let changes = (&self.copy, &self.remove, &self.set);
        serde_json::to_string(&(parts, changes)).unwrap_or_default()
    }

    /// A document with this case's changes. Only the parts that they touch are read and written anew.
    pub(super) fn changed(&self, base: &Value) -> Result<Value, String> {
        let mut document = base.clone();
        let mut touched = BTreeSet::new();
        let part = |pointer: &str| pointer.split('/').nth(1).unwrap_or_default().to_owned();
        for (to, from) in &self.copy {
            let copied = base
                .pointer(from)
                .ok_or_else(|| format!("copy: nothing stands at `{from}` in the document"))?;
            pointer::set(&mut document, to, copied.clone())
                .map_err(|message| format!("copy: {message}"))?;
            touched.insert(part(to));
        }
        for gone in &self.remove {
            pointer::remove(&mut document, gone).map_err(|message| format!("remove: {message}"))?;
            touched.insert(part(gone));
        }
        for (to, value) in &self.set {
            pointer::set(&mut document, to, value.clone())
                .map_err(|message| format!("set: {message}"))?;
            touched.insert(part(to));
        }
        let read_back = again(document, &touched)
            .map_err(|error| format!("the document is no facts document any more: {error}"))?;
        let mut set = self.set.iter();
        match set.find(|(to, value)| !is_empty(value) && read_back.pointer(to).is_none()) {
            Some((to, _)) => Err(format!("set: there is no fact at `{to}`")),
            None => Ok(read_back),
        }
    }
}

/// The document as facts write it, where the parts that were not touched are already so.
fn again(mut document: Value, touched: &BTreeSet<String>) -> Result<Value, serde_json::Error> {
    for name in touched {
        let Some(part) = document.get_mut(name) else {
            return serde_json::to_value(serde_json::from_value::<Facts>(document)?);
        };
        let value = part.take();
        *part = match name.as_str() {
            "zone" => round::<Zone>(value)?,
            "mx" => round::<Mx>(value)?,
            "spf" => round::<Spf>(value)?,
            "dmarc" => round::<Dmarc>(value)?,
            "dkim" => round::<Dkim>(value)?,
            "mta_sts" => round::<MtaSts>(value)?,
            "caa" => round::<Vec<CaaHost>>(value)?,
            _ => {
                *part = value;
                return serde_json::to_value(serde_json::from_value::<Facts>(document)?);
            }
        };
    }
    Ok(document)
}

fn round<T: DeserializeOwned + Serialize>(value: Value) -> Result<Value, serde_json::Error> {
    serde_json::to_value(serde_json::from_value::<T>(value)?)
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
