//! The types of facts, made from the Rust types by way of their JSON schema, and what a member of each is.

use crate::facts::Facts;
use schemars::schema_for;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The name of the document's own shape.
const DOCUMENT: &str = "Facts";

/// The type of an expression.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Type {
    /// It can't be told: nothing is said about it.
    Unknown,
    /// No value comes back: the body has ended.
    Never,
    Bool,
    Number,
    Text,
    /// Text that is one of these words.
    Words(Arc<BTreeSet<String>>),
    List(Arc<Self>),
    /// An object or an observation of the facts, by the name of its shape.
    Shape(Arc<str>),
    /// The parameters of a rule.
    Parameters(Arc<Parameters>),
    /// What came of the rules of a baseline.
    Outcomes,
    /// A closure by name, with the types of the variables that it takes in.
    Closure(Arc<str>, Vec<Self>),
}

/// The parameters of one rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Parameters {
    /// The rule.
    pub(super) rule: String,
    /// Each parameter's type.
    pub(super) members: BTreeMap<String, Type>,
    /// The defaults that are text.
    pub(super) texts: BTreeMap<String, String>,
}

impl Type {
    /// What an `if` with two branches gives.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, one) | (one, Self::Never) => one,
            (Self::Words(left), Self::Words(right)) => {
                Self::Words(Arc::new(left.union(&right).cloned().collect()))
            }
            (Self::Words(_), Self::Text) | (Self::Text, Self::Words(_)) => Self::Text,
            (left, right) if left == right => left,
            (_, _) => Self::Unknown,
        }
    }

    /// A list of such items.
    pub(super) fn list_of(items: Self) -> Self {
        Self::List(Arc::new(items))
    }
}

/// Why something has no such member.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoMember {
    /// It has these.
    Others(Vec<String>),
    /// It has none: it is text, a number or the like.
    Scalar(&'static str),
}

/// One object type of the facts.
struct Shape {
    /// What is observed, where it is an observation.
    value: Option<Type>,
    members: BTreeMap<String, Type>,
}

/// All object types of the facts, by name.
pub(super) struct Shapes(BTreeMap<String, Shape>);

impl Shapes {
    /// The types of the facts document.
    pub(super) fn of_facts() -> Self {
        Self::of(schema_for!(Facts).as_value())
    }

    fn of(schema: &Value) -> Self {
        let definitions = schema.get("$defs").unwrap_or(&Value::Null);
        let mut shapes = BTreeMap::from([(DOCUMENT.to_owned(), shape(schema, definitions))]);
        for (name, definition) in definitions.as_object().into_iter().flatten() {
            if is_object(definition) {
                shapes.insert(name.clone(), shape(definition, definitions));
            }
        }
        Self(shapes)
    }

    /// The document.
    pub(super) fn document() -> Type {
        Type::Shape(DOCUMENT.into())
    }

    fn get(&self, of: &Type) -> Option<&Shape> {
        match of {
            Type::Shape(name) => self.0.get(&**name),
            Type::Unknown
            | Type::Never
            | Type::Bool
            | Type::Number
            | Type::Text
            | Type::Words(_)
            | Type::List(_)
            | Type::Parameters(_)
            | Type::Outcomes
            | Type::Closure(..) => None,
        }
    }

    /// The type of a member.
    pub(super) fn member(&self, of: &Type, name: &str) -> Result<Type, NoMember> {
        let Some(shape) = self.get(of) else {
            return match self.kind(of) {
                Some(kind) => Err(NoMember::Scalar(kind)),
                None => Ok(Type::Unknown),
            };
        };
        let Some(value) = &shape.value else {
            let own = shape.members.get(name).cloned();
            return own.ok_or_else(|| NoMember::Others(shape.members.keys().cloned().collect()));
        };
        match (name, shape.members.get(name)) {
            ("present" | "absent", _) => Ok(Type::Bool),
            ("value", _) => Ok(value.clone()),
            ("cause" | "detail" | "proof", Some(own)) => Ok(match self.member(value, name) {
                Ok(Type::Unknown) | Err(_) => own.clone(),
                Ok(inner) => own.clone().or(inner),
            }),
            (_, Some(own)) => Ok(own.clone()),
            (_, None) => self.member(value, name).map_err(|inner| {
                let mut known: Vec<String> = shape.members.keys().cloned().collect();
                known.extend(["present", "absent", "value"].map(str::to_owned));
                if let NoMember::Others(inner) = inner {
                    known.extend(inner);
                }
                NoMember::Others(known)
            }),
        }
    }

    /// Whether it is an observation.
    pub(super) fn is_observation(&self, of: &Type) -> bool {
        self.get(of).is_some_and(|shape| shape.value.is_some())
    }

    /// The type of the items, of a list or of one that was observed. None: it is no list.
    pub(super) fn items(&self, of: &Type) -> Option<Type> {
        match of {
            Type::List(items) => Some((**items).clone()),
            Type::Shape(_) => self.items(self.get(of)?.value.as_ref()?),
            Type::Unknown | Type::Never => Some(Type::Unknown),
            Type::Bool
            | Type::Number
            | Type::Text
            | Type::Words(_)
            | Type::Parameters(_)
            | Type::Outcomes
            | Type::Closure(..) => None,
        }
    }

    /// What kind of value it is, as comparisons take it. None: it can't be told.
    pub(super) fn kind(&self, of: &Type) -> Option<&'static str> {
        match of {
            Type::Unknown | Type::Never => None,
            Type::Bool => Some("true or false"),
            Type::Number => Some("a number"),
            Type::Text | Type::Words(_) => Some("text"),
            Type::List(_) => Some("a list"),
            Type::Shape(_) if self.is_observation(of) => Some("an observation"),
            Type::Shape(_) | Type::Parameters(_) | Type::Outcomes => Some("an object"),
            Type::Closure(..) => Some("a function"),
        }
    }
}

fn is_object(schema: &Value) -> bool {
    schema.get("properties").is_some()
        || variants(schema).any(|variant| variant.get("properties").is_some())
}

fn variants(schema: &Value) -> impl Iterator<Item = &Value> {
    schema
        .get("oneOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flatten()
}

fn shape(schema: &Value, definitions: &Value) -> Shape {
    let mut members: BTreeMap<String, Type> = properties(schema)
        .map(|(name, of)| (name.clone(), type_of(of, definitions)))
        .collect();
    let mut value = None;
    for variant in variants(schema) {
        let state = variant.pointer("/properties/state/const");
        let is_present = state.and_then(Value::as_str) == Some("present");
        for (name, of) in properties(variant) {
            let of = type_of(of, definitions);
            if name == "value" && is_present {
                value = Some(of);
                continue;
            }
            let merged = match members.remove(name) {
                Some(other) => other.or(of),
                None => of,
            };
            members.insert(name.clone(), merged);
        }
    }
    if value.is_some() {
        // Words that belong to one state are empty text in the others.
        for name in ["cause", "proof"] {
            if let Some(Type::Words(words)) = members.get_mut(name) {
                Arc::make_mut(words).insert(String::new());
            }
        }
    }
    Shape { value, members }
}

fn type_of(schema: &Value, definitions: &Value) -> Type {
    let reference = schema.get("$ref").and_then(Value::as_str);
    if let Some(name) = reference.and_then(|path| path.strip_prefix("#/$defs/")) {
        let definition = definitions.get(name).unwrap_or(&Value::Null);
        return if is_object(definition) {
            Type::Shape(name.into())
        } else {
            type_of(definition, definitions)
        };
    }
    let is_null = |choice: &&Value| choice.get("type").and_then(Value::as_str) == Some("null");
    if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
        let mut left = choices.iter().filter(|choice| !is_null(choice));
        return match (left.next(), left.next()) {
            (Some(only), None) => type_of(only, definitions),
            (Some(_) | None, _) => Type::Unknown,
        };
    }
    if let Some(words) = words(schema) {
        return Type::Words(Arc::new(words));
    }
    let kind = schema.get("type").and_then(|kind| match kind {
        Value::Array(kinds) => kinds.first().and_then(Value::as_str),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            kind.as_str()
        }
    });
    match kind {
        Some("string") => Type::Text,
        Some("integer" | "number") => Type::Number,
        Some("boolean") => Type::Bool,
        Some("array") => Type::list_of(
            schema
                .get("items")
                .map_or(Type::Unknown, |items| type_of(items, definitions)),
        ),
        Some(_) | None => Type::Unknown,
    }
}

/// The words of an enumeration, where it is nothing else.
fn words(schema: &Value) -> Option<BTreeSet<String>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if let Some(word) = schema.get("const") {
        return text(word).map(|word| BTreeSet::from([word]));
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words.iter().map(text).collect();
    }
    let mut all = BTreeSet::new();
    for variant in variants(schema) {
        all.extend(words(variant)?);
    }
    (!all.is_empty()).then_some(all)
}
