//! What the schema says of facts: their members, types, words and meanings.

use crate::facts::Facts;
use schemars::schema_for;
use serde_json::{Map, Value, json};

/// How many types may stand inside each other before a value is given up.
const DEPTH: usize = 8;

/// The schema of the facts document.
#[derive(Clone, Debug)]
pub struct Dictionary(Value);

/// How many words of a vocabulary are shown.
const WORDS: usize = 4;

/// A member of a fact, as policies read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its type, in words.
    pub kind: String,
    /// What it means, on one line.
    pub meaning: String,
}

impl Default for Dictionary {
    fn default() -> Self {
        Self::new()
    }
}

impl Dictionary {
    /// The schema that this version writes.
    pub fn new() -> Self {
        Self(schema_for!(Facts).to_value())
    }

    /// The members of the node at a path as policies write it, such as `dmarc.effective` or `mx.hosts[0]`; `mail` in
    /// front is left out. None: the schema has nothing there.
    pub fn members(&self, path: &str) -> Option<Vec<Member>> {
        let node = self.at_path(path)?;
        let mut members: Vec<Member> = Vec::new();
        let inner = self.observed(node);
        // What every observation has is no news.
        let of_all = ["state", "value", "proof", "cause", "detail"];
        for (name, of) in self.properties(node) {
            if inner.is_none() || !of_all.contains(&name) {
                self.add(&mut members, name, of);
            }
        }
        if let Some(value) = inner {
            for (name, of) in self.properties(value) {
                self.add(&mut members, name, of);
            }
            if self.properties(value).is_empty() {
                self.add(&mut members, "value", value);
            }
        }
        Some(members)
    }

    fn add(&self, members: &mut Vec<Member>, name: &str, of: &Value) {
        if members.iter().all(|known| known.name != name) {
            members.push(Member {
                name: name.to_owned(),
                kind: self.kind(of),
                meaning: self.meaning(of),
            });
        }
    }

    /// The type of the node at a path, and what it means.
    pub fn about(&self, path: &str) -> Option<(String, String)> {
        let node = self.at_path(path)?;
        Some((self.kind(node), self.meaning(node)))
    }

    fn meaning(&self, node: &Value) -> String {
        let own = node.get("description").and_then(Value::as_str);
        let of_type = || self.resolved(node).get("description")?.as_str();
        let text = own.or_else(of_type).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The type in words.
    fn kind(&self, node: &Value) -> String {
        if let Some(value) = self.observed(node) {
            return format!("observation of {}", self.kind(value));
        }
        let node = self.resolved(node);
        if let Some(choices) = node.get("anyOf").and_then(Value::as_array) {
            let some = choices.iter().find(|choice| !is_null(choice));
            return some.map_or_else(String::new, |some| format!("{}, optional", self.kind(some)));
        }
        let words = self.words(node);
        if !words.is_empty() {
            let some = words.get(..WORDS).unwrap_or(&words).join(" | ");
            return if words.len() > WORDS {
                format!("{some} | …")
            } else {
                some
            };
        }
        match node.get("type") {
            Some(Value::String(name)) if name == "array" => {
                let items = node.get("items").map(|items| self.kind(items));
                format!("list of {}", items.unwrap_or_default())
            }
            Some(Value::String(name)) => name.clone(),
            Some(Value::Array(names)) => {
                let first = names.first().and_then(Value::as_str);
                format!("{}, optional", first.unwrap_or_default())
            }
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => {
                "object".to_owned()
            }
        }
    }

    /// The schema of what stands at a JSON pointer of a document.
    pub(super) fn at(&self, pointer: &str) -> Option<&Value> {
        let mut node = &self.0;
        for token in pointer.split('/').skip(1) {
            node = match token.parse::<usize>() {
                Ok(_) => self.items(node)?,
                Err(_) => self.property(node, token)?,
            };
        }
        Some(self.resolved(node))
    }

    /// The schema of what policies reach by a path; the values of observations are entered by themselves.
    fn at_path(&self, path: &str) -> Option<&Value> {
        let mut node = &self.0;
        let steps = path.replace('[', ".[");
        let steps = steps.split('.').filter(|step| !step.is_empty());
        for (index, step) in steps.enumerate() {
            if index == 0 && step == "mail" {
                continue;
            }
            let inner = self.observed(node);
            let find = |node| {
                if step.starts_with('[') {
                    self.items(node)
                } else {
                    self.property(node, step)
                }
            };
            node = find(node).or_else(|| find(inner?))?;
        }
        Some(node)
    }

    fn resolved<'a>(&'a self, mut node: &'a Value) -> &'a Value {
        while let Some(name) = node.get("$ref").and_then(Value::as_str) {
            let pointer = name.trim_start_matches('#');
            let Some(definition) = self.0.pointer(pointer) else {
                return node;
            };
            node = definition;
        }
        node
    }

    /// The schemas of which a value fits one.
    fn variants<'a>(&'a self, node: &'a Value) -> impl Iterator<Item = &'a Value> {
        let node = self.resolved(node);
        let lists = ["oneOf", "anyOf", "allOf"].into_iter();
        lists.filter_map(|key| node.get(key)?.as_array()).flatten()
    }

    fn property<'a>(&'a self, node: &'a Value, name: &str) -> Option<&'a Value> {
        let own = self.resolved(node).get("properties");
        own.and_then(|own| own.get(name)).or_else(|| {
            self.variants(node)
                .find_map(|variant| self.property(variant, name))
        })
    }

    fn properties<'a>(&'a self, node: &'a Value) -> Vec<(&'a str, &'a Value)> {
        let own = self.resolved(node).get("properties");
        let mut all: Vec<(&str, &Value)> = own
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, of)| (name.as_str(), of))
            .collect();
        for variant in self.variants(node) {
            all.extend(self.properties(variant));
        }
        all
    }

    fn items<'a>(&'a self, node: &'a Value) -> Option<&'a Value> {
        let own = self.resolved(node).get("items");
        own.or_else(|| self.variants(node).find_map(|variant| self.items(variant)))
    }

    /// What is observed, where the type is an observation.
    fn observed<'a>(&'a self, node: &'a Value) -> Option<&'a Value> {
        self.variants(node)
            .find(|variant| {
                let state = variant.pointer("/properties/state/const");
                state.and_then(Value::as_str) == Some("present")
            })?
            .pointer("/properties/value")
    }

    /// The words that a value may be, where the type is a list of words.
    pub(super) fn words<'a>(&'a self, node: &'a Value) -> Vec<&'a str> {
        let node = self.resolved(node);
        let own = node.get("enum").and_then(Value::as_array);
        let mut words: Vec<&str> = own
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        words.extend(node.get("const").and_then(Value::as_str));
        for variant in self.variants(node) {
            words.extend(self.words(variant));
        }
        words
    }

    /// The least value that fits a type, with every truth in it the same. None: none can be made.
    pub(super) fn made(&self, node: &Value, truth: bool) -> Option<Value> {
        self.made_within(node, truth, DEPTH)
    }

    fn made_within(&self, node: &Value, truth: bool, depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        let node = self.resolved(node);
        if let Some(word) = self.words(node).first() {
            return Some(Value::from(*word));
        }
        let variant = self.variants(node).find(|variant| !is_null(variant));
        let from_variant = match variant {
            Some(variant) => Some(self.made_within(variant, truth, depth)?),
            None => None,
        };
        let kind = match node.get("type") {
            Some(Value::Array(names)) => names.first().and_then(Value::as_str),
            Some(other) => other.as_str(),
            None => return from_variant,
        };
        match kind? {
            "object" => {
                let mut members = match from_variant {
                    Some(Value::Object(members)) => members,
                    Some(_) | None => Map::new(),
                };
                let required = node.get("required").and_then(Value::as_array);
                for name in required.into_iter().flatten().filter_map(Value::as_str) {
                    let member = self.made_within(self.property(node, name)?, truth, depth)?;
                    members.insert(name.to_owned(), member);
                }
                Some(Value::Object(members))
            }
            "array" => Some(json!([])),
            "boolean" => Some(truth.into()),
            "integer" | "number" => Some(node.get("minimum").cloned().unwrap_or(json!(0))),
            "string" => Some(text_of(node).into()),
            _ => None,
        }
    }
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

fn text_of(schema: &Value) -> &'static str {
    match schema.get("format").and_then(Value::as_str) {
        Some("ip" | "ipv4") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        Some("date-time") => "2026-01-01T00:00:00Z",
        Some(_) | None => "",
    }
}
