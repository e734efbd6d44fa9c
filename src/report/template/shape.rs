//! The members that results have by their schema, so that a template finds each of them even where a document leaves it
//! out, and learns of one that does not exist.

use crate::results::{Run, TargetResult};
use schemars::schema_for;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::io;

/// How deep a specimen goes.
const DEEPEST: usize = 12;

/// A JSON Schema with its definitions.
#[derive(Debug)]
pub(super) struct Shape {
    schema: Value,
}

impl Shape {
    /// That of a target.
    pub(super) fn of_targets() -> Self {
        Self {
            schema: schema_for!(TargetResult).to_value(),
        }
    }

    /// That of a run.
    pub(super) fn of_run() -> Self {
        Self {
            schema: schema_for!(Run).to_value(),
        }
    }

    /// The value as JSON with every member that its schema has: what is left out is `null`, or empty.
    pub(super) fn whole(&self, value: &impl Serialize) -> io::Result<Value> {
        let mut value = serde_json::to_value(value)?;
        self.fill(&mut value, &self.schema);
        Ok(value)
    }

    /// A value that has everything once.
    pub(super) fn specimen(&self) -> Value {
        self.example(&self.schema, 0)
    }

    fn fill(&self, value: &mut Value, schema: &Value) {
        let schema = self.meant(schema);
        match value {
            Value::Object(members) => {
                let properties = schema.get("properties").and_then(Value::as_object);
                for (name, property) in properties.into_iter().flatten() {
                    if let Some(member) = members.get_mut(name) {
                        self.fill(member, property);
                    } else {
                        members.insert(name.clone(), self.blank(property));
                    }
                }
            }
            Value::Array(items) => {
                if let Some(schema) = schema.get("items") {
                    for item in items {
                        self.fill(item, schema);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// What stands for a member that is left out.
    fn blank(&self, schema: &Value) -> Value {
        if let Some(default) = schema.get("default") {
            return default.clone();
        }
        let types = self.meant(schema).get("type");
        match types.and_then(Value::as_str) {
            Some("string") if schema.get("$ref").is_none() => Value::from(""),
            Some("array") => Value::Array(Vec::new()),
            Some("boolean") => Value::Bool(false),
            Some("object") if schema.get("anyOf").is_none() => Value::Object(Map::new()),
            _ => Value::Null,
        }
    }

    fn example(&self, schema: &Value, depth: usize) -> Value {
        let schema = self.meant(schema);
        if depth > DEEPEST {
            return Value::Null;
        }
        let choice = schema.get("oneOf").and_then(Value::as_array);
        if let Some(first) = choice.and_then(|choices| choices.first()) {
            return self.example(first, depth + 1);
        }
        if let Some(word) = schema.get("const") {
            return word.clone();
        }
        let words = schema.get("enum").and_then(Value::as_array);
        if let Some(word) = words.and_then(|words| words.first()) {
            return word.clone();
        }
        match kind(schema) {
            "string" => Value::from(""),
            "integer" | "number" => Value::from(1),
            "boolean" => Value::Bool(true),
            "array" => {
                let item = schema
                    .get("items")
                    .map(|item| self.example(item, depth + 1));
                Value::Array(item.into_iter().collect())
            }
            "object" => {
                let properties = schema.get("properties").and_then(Value::as_object);
                let members = properties.into_iter().flatten();
                let members = members
                    .map(|(name, property)| (name.clone(), self.example(property, depth + 1)));
                Value::Object(members.collect())
            }
            _ => Value::Null,
        }
    }

    /// The schema behind references, and of a choice between something and nothing the something.
    fn meant<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        for _ in 0..8 {
            if let Some(path) = schema.get("$ref").and_then(Value::as_str) {
                let path = path.trim_start_matches('#');
                schema = self.schema.pointer(path).unwrap_or(&Value::Null);
                continue;
            }
            let choices = schema.get("anyOf").and_then(Value::as_array);
            let mut choices = choices.into_iter().flatten();
            match choices.find(|choice| kind(choice) != "null") {
                Some(choice) => schema = choice,
                None => break,
            }
        }
        schema
    }
}

/// The type of a schema; of several, the one that is not null.
fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(one)) => one,
        Some(Value::Array(several)) => {
            let mut several = several.iter().filter_map(Value::as_str);
            several.find(|&one| one != "null").unwrap_or("")
        }
        _ => "",
    }
}

/// The name of every member that results can have.
pub(super) fn names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for shape in [Shape::of_targets(), Shape::of_run()] {
        gather(&shape.schema, &mut names);
    }
    names
}

fn gather(schema: &Value, names: &mut BTreeSet<String>) {
    let properties = schema.get("properties").and_then(Value::as_object);
    names.extend(properties.into_iter().flat_map(Map::keys).cloned());
    match schema {
        Value::Object(members) => {
            for member in members.values() {
                gather(member, names);
            }
        }
        Value::Array(items) => {
            for item in items {
                gather(item, names);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
