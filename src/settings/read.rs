//! Tables of the file, key by key: what is missing, misspelt or of another kind is a fault with its place.

use super::fault::{Faults, Place};
use super::word::Word;
use crate::records::spelling::did_you_mean;
use serde_json::{Map, Value};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One table and its place.
pub(super) struct Table<'a> {
    entries: &'a DeTable<'a>,
    span: Range<usize>,
    name: &'static str,
}

impl<'a> Table<'a> {
    /// The file itself.
    pub(super) const fn whole(table: &'a DeTable<'a>) -> Self {
        Self {
            entries: table,
            span: 0..0,
            name: "the file",
        }
    }

    pub(super) fn place(&self, faults: &Faults<'_>) -> Place {
        faults.place(&self.span)
    }

    /// The place of a key; of the table, where it has no such key.
    pub(super) fn place_of(&self, key: &str, faults: &Faults<'_>) -> Place {
        faults.place(&self.key_span(key))
    }

    fn key_span(&self, key: &str) -> Range<usize> {
        let mut keys = self.entries.keys();
        let found = keys.find(|known| known.get_ref() == key);
        found.map_or_else(|| self.span.clone(), Spanned::span)
    }

    fn value(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        let mut entries = self.entries.iter();
        entries
            .find(|(known, _)| known.get_ref() == key)
            .map(|(_, value)| value)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// Notes every key that is none of these.
    pub(super) fn only(&self, known: &[&str], faults: &mut Faults<'_>) {
        for key in self.entries.keys() {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let close = did_you_mean(name, known.iter().copied());
                let help = if close.is_empty() {
                    format!("there are {}", known.join(", "))
                } else {
                    close
                };
                let message = format!("{} has no key `{name}`", self.name);
                faults.add(&key.span(), message, help);
            }
        }
    }

    /// Every key that is none of these, with its value.
    pub(super) fn rest(&self, known: &[&str], faults: &mut Faults<'_>) -> Map<String, Value> {
        let mut rest = Map::new();
        for (key, value) in self.entries {
            if !known.contains(&key.get_ref().as_ref()) {
                match json(value.get_ref()) {
                    Some(value) => {
                        rest.insert(key.get_ref().to_string(), value);
                    }
                    None => faults.add(
                        &value.span(),
                        format!("`{}` can be no parameter", key.get_ref()),
                        "a parameter is a text, a number, true or false, or a list of those",
                    ),
                }
            }
        }
        rest
    }

    /// A text.
    pub(super) fn word(&self, key: &str, faults: &mut Faults<'_>) -> Option<Word> {
        let value = self.value(key)?;
        let place = faults.place(&value.span());
        let text = value.get_ref().as_str().map(str::trim);
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            let help = format!("write `{key} = \"…\"`");
            faults.add_at(place, format!("`{key}` is a text"), help);
            return None;
        };
        Some(Word {
            text: text.to_owned(),
            place,
            width: faults.width(&value.span()),
        })
    }

    /// A text that has to be there; `example` is what it may look like.
    pub(super) fn needed(
        &self,
        key: &'static str,
        example: &str,
        faults: &mut Faults<'_>,
    ) -> Option<Word> {
        if !self.has(key) {
            self.lacks(key, example, faults);
        }
        self.word(key, faults)
    }

    /// Notes that a key is missing.
    pub(super) fn lacks(&self, key: &'static str, example: &str, faults: &mut Faults<'_>) {
        let message = format!("{} has no `{key}`", self.name);
        faults.add(&self.span, message, format!("add `{key} = {example}`"));
    }

    /// A list of texts, where the key is there.
    pub(super) fn words(&self, key: &str, faults: &mut Faults<'_>) -> Option<Vec<Word>> {
        let value = self.value(key)?;
        let help = format!("write `{key} = [\"…\", \"…\"]`");
        let Some(items) = value.get_ref().as_array() else {
            faults.add(&value.span(), format!("`{key}` is a list of texts"), help);
            return None;
        };
        let mut words = Vec::new();
        for item in items {
            match item.get_ref().as_str().map(str::trim) {
                Some(text) if !text.is_empty() => words.push(Word {
                    text: text.to_owned(),
                    place: faults.place(&item.span()),
                    width: faults.width(&item.span()),
                }),
                Some(_) | None => {
                    let message = format!("`{key}` is a list of texts");
                    faults.add(&item.span(), message, help.clone());
                }
            }
        }
        Some(words)
    }

    /// A word of a fixed list, such as a level.
    pub(super) fn one_of<T, E: std::fmt::Display>(
        &self,
        key: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
        faults: &mut Faults<'_>,
    ) -> Option<T> {
        let word = self.word(key, faults)?;
        read(&word.text)
            .map_err(|error| faults.add_at(word.place, error.to_string(), ""))
            .ok()
    }

    /// True or false; false where the key is missing.
    pub(super) fn flag(&self, key: &str, faults: &mut Faults<'_>) -> bool {
        let Some(value) = self.value(key) else {
            return false;
        };
        value.get_ref().as_bool().unwrap_or_else(|| {
            let help = format!("write `{key} = true`");
            faults.add(&value.span(), format!("`{key}` is `true` or `false`"), help);
            false
        })
    }

    /// A date without a time, as year, month and day.
    pub(super) fn date(&self, key: &str, faults: &mut Faults<'_>) -> Option<(u16, u8, u8)> {
        let value = self.value(key)?;
        let date = value.get_ref().as_datetime();
        let date = date.filter(|date| date.time.is_none() && date.offset.is_none());
        let Some(date) = date.and_then(|date| date.date) else {
            let help = format!("write `{key} = 2027-01-31`, without quotation marks");
            faults.add(&value.span(), format!("`{key}` is a date"), help);
            return None;
        };
        Some((date.year, date.month, date.day))
    }

    /// The tables of `[[key]]`.
    pub(super) fn tables(
        &self,
        key: &'static str,
        name: &'static str,
        faults: &mut Faults<'_>,
    ) -> Vec<Self> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let found: Option<Vec<Self>> = value.get_ref().as_array().and_then(|items| {
            let table = |item: &'a Spanned<DeValue<'a>>| table(item, name);
            items.iter().map(table).collect()
        });
        found.unwrap_or_else(|| {
            let help = format!("write `[[{key}]]` on a line of its own, and its keys below");
            faults.add(&value.span(), format!("`{key}` is a list of tables"), help);
            Vec::new()
        })
    }

    /// The tables of `[key.…]`, by their names.
    pub(super) fn named_tables(
        &self,
        key: &'static str,
        name: &'static str,
        faults: &mut Faults<'_>,
    ) -> Vec<(Word, Self)> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let help = format!("write `[{key}.NAME]` on a line of its own, and its keys below");
        let Some(tables) = value.get_ref().as_table() else {
            faults.add(&value.span(), format!("`{key}` is a table of tables"), help);
            return found;
        };
        for (key, item) in tables {
            let place = faults.place(&key.span());
            let text = key.get_ref().to_string();
            match table(item, name) {
                Some(table) => {
                    let width = faults.width(&key.span());
                    found.push((Word { text, place, width }, table));
                }
                None => faults.add_at(place, format!("`{text}` is a table"), help.clone()),
            }
        }
        found
    }
}

fn table<'a>(item: &'a Spanned<DeValue<'a>>, name: &'static str) -> Option<Table<'a>> {
    Some(Table {
        entries: item.get_ref().as_table()?,
        span: item.span(),
        name,
    })
}

/// A value as parameters have it; tables and dates are none.
fn json(value: &DeValue<'_>) -> Option<Value> {
    Some(match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .ok()?
            .into(),
        DeValue::Float(number) => number.as_str().parse::<f64>().ok()?.into(),
        DeValue::Boolean(truth) => Value::Bool(*truth),
        DeValue::Array(items) => {
            let items: Option<Vec<Value>> = items.iter().map(|item| json(item.get_ref())).collect();
            Value::Array(items?)
        }
        DeValue::Datetime(_) | DeValue::Table(_) => return None,
    })
}
