//! The `#{ … }` of a declaration: keys that must be there, keys that may, and no others.

use super::loading::{Declaration, Script};
use crate::policy::fault::Faults;
use crate::policy::language::node::to_json;
use crate::policy::language::values::kind;
use crate::policy::lint::table;
use crate::policy::suggest::did_you_mean;
use crate::results::outcome::Severity;
use rhai::{Dynamic, Map, Position};
use serde_json::Value;
use std::collections::BTreeMap;

/// The keys of a declaration. Each is taken out once; what is left over at the end is a fault.
pub(in crate::policy) struct Header<'d> {
    /// The file.
    pub(in crate::policy) file: &'d str,
    /// Where the declaration stands.
    pub(in crate::policy) position: Position,
    /// What is declared, for messages: `rule dmarc-published`.
    subject: String,
    keys: &'d BTreeMap<String, Position>,
    members: Map,
    known: Vec<&'static str>,
}

impl<'d> Header<'d> {
    /// The id and the header of a declaration; none, with a fault, where it has not these.
    pub(in crate::policy) fn of(
        script: &'d Script,
        declaration: &'d Declaration,
        faults: &mut Faults<'_>,
    ) -> Option<(String, Self)> {
        let (id, header) = Self::of_pattern(script, declaration, faults)?;
        if !is_kebab_case(&id) {
            let message = format!("`{id}` is no id");
            let help = "ids are lower-case letters and digits, joined by single hyphens";
            faults.add(header.file, header.position, message, help);
        }
        Some((id, header))
    }

    /// The same with a pattern for ids in place of an id.
    pub(in crate::policy) fn of_pattern(
        script: &'d Script,
        declaration: &'d Declaration,
        faults: &mut Faults<'_>,
    ) -> Option<(String, Self)> {
        let (file, position) = (script.file.as_str(), declaration.position);
        let mut arguments = declaration.arguments.iter();
        let id = arguments
            .next()
            .filter(|id| id.is_string())
            .map(Dynamic::to_string);
        let members = arguments
            .next()
            .and_then(|header| header.clone().try_cast::<Map>());
        let (Some(id), Some(members)) = (id, members) else {
            let message = format!(
                "`{}` takes an id as text and then `#{{ … }}`",
                declaration.function
            );
            faults.add(file, position, message, "");
            return None;
        };
        let header = Self {
            file,
            position,
            subject: format!("`{}` `{id}`", declaration.function),
            keys: &declaration.keys,
            members,
            known: Vec::new(),
        };
        Some((id, header))
    }

    /// Notes a fault where what is declared is not in the file that is called by its id.
    pub(in crate::policy) fn check_file(
        &self,
        id: &str,
        (folder, kind): (&str, &str),
        faults: &mut Faults<'_>,
    ) {
        let name = self.file.strip_prefix(folder);
        let expected = name
            .and_then(|name| name.strip_suffix(".rhai"))
            .unwrap_or_default();
        if id != expected {
            let message = format!("the {kind} `{id}` is in the file of `{expected}`");
            let help = format!("the file of a {kind} is called by its id");
            faults.add(self.file, self.position, message, help);
        }
    }

    /// Where a key stands; where there is none of that name, the declaration.
    pub(in crate::policy) fn place(&self, key: &str) -> Position {
        self.keys.get(key).copied().unwrap_or(self.position)
    }

    /// Whether a key is there that was not taken yet.
    pub(in crate::policy) fn has(&self, key: &str) -> bool {
        self.members.contains_key(key)
    }

    /// Takes a value of any type.
    pub(in crate::policy) fn take(&mut self, key: &'static str) -> Option<Dynamic> {
        self.known.push(key);
        self.members.remove(key)
    }

    /// Takes text that may be missing.
    pub(in crate::policy) fn optional_text(
        &mut self,
        key: &'static str,
        faults: &mut Faults<'_>,
    ) -> Option<String> {
        let value = self.take(key)?;
        if value.is_string() {
            return Some(value.to_string());
        }
        let message = format!("`{key}` is text, not {}", kind(&value));
        faults.add(self.file, self.place(key), message, "");
        None
    }

    /// Takes true or false, which may be missing.
    pub(in crate::policy) fn truth(
        &mut self,
        key: &'static str,
        faults: &mut Faults<'_>,
    ) -> Option<bool> {
        let value = self.take(key)?;
        let truth = value.as_bool().ok();
        if truth.is_none() {
            let message = format!("`{key}` is true or false, not {}", kind(&value));
            faults.add(self.file, self.place(key), message, "");
        }
        truth
    }

    /// Takes text that must be there and not be empty.
    pub(in crate::policy) fn text(&mut self, key: &'static str, faults: &mut Faults<'_>) -> String {
        if !self.has(key) {
            self.known.push(key);
            let message = format!("{} has no `{key}`", self.subject);
            let place = (self.file, self.position);
            faults.note(&table::METADATA_MISSING, place, message, "");
            return String::new();
        }
        let text = self.optional_text(key, faults);
        if text.as_deref().is_some_and(|text| text.trim().is_empty()) {
            let message = format!("`{key}` is empty");
            let place = (self.file, self.place(key));
            faults.note(&table::METADATA_MISSING, place, message, "");
        }
        text.unwrap_or_default()
    }

    /// Takes a list of text that must be there.
    pub(in crate::policy) fn texts(
        &mut self,
        key: &'static str,
        faults: &mut Faults<'_>,
    ) -> Vec<String> {
        let Some(value) = self.take(key) else {
            let message = format!("{} has no `{key}`", self.subject);
            let place = (self.file, self.position);
            faults.note(&table::METADATA_MISSING, place, message, "");
            return Vec::new();
        };
        let items = value.into_array().unwrap_or_default();
        if items.is_empty() || !items.iter().all(Dynamic::is_string) {
            let message = format!("`{key}` is a list of text with at least one item");
            faults.add(self.file, self.place(key), message, "");
        }
        items.iter().map(Dynamic::to_string).collect()
    }

    /// Takes a list of text that may be missing.
    pub(in crate::policy) fn optional_texts(
        &mut self,
        key: &'static str,
        faults: &mut Faults<'_>,
    ) -> Vec<String> {
        if self.has(key) {
            return self.texts(key, faults);
        }
        self.known.push(key);
        Vec::new()
    }

    /// Takes a severity that may be missing.
    pub(in crate::policy) fn severity(&mut self, faults: &mut Faults<'_>) -> Option<Severity> {
        let word = self.optional_text("severity", faults)?;
        let severity = serde_json::from_value(Value::String(word.clone())).ok();
        if severity.is_none() {
            let help = "there are info, low, medium, high and critical";
            let message = format!("`{word}` is no severity");
            faults.add(self.file, self.place("severity"), message, help);
        }
        severity
    }

    /// Takes what no other key took, as JSON: the parameters that a baseline sets.
    pub(in crate::policy) fn rest(&mut self) -> serde_json::Map<String, Value> {
        std::mem::take(&mut self.members)
            .into_iter()
            .map(|(key, value)| (key.to_string(), to_json(&value)))
            .collect()
    }

    /// The keys that were asked for.
    pub(in crate::policy) fn known(&self) -> &[&'static str] {
        &self.known
    }

    /// Ends the reading: a key that nobody asked for is a fault.
    pub(in crate::policy) fn end(self, faults: &mut Faults<'_>) {
        for key in self.members.keys() {
            let help = did_you_mean(key, self.known.iter().copied());
            let help = if help.is_empty() {
                format!("the keys are {}", self.known.join(", "))
            } else {
                help
            };
            let message = format!("{} has no key `{key}`", self.subject);
            let place = (self.file, self.place(key));
            faults.note(&table::METADATA_UNKNOWN, place, message, help);
        }
    }
}

/// Whether text is words of lower-case letters and digits, joined by single hyphens.
pub(in crate::policy) fn is_kebab_case(text: &str) -> bool {
    text.split('-').all(|word| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}
