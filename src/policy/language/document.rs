//! Builds the tree that policies read from a JSON document, and remembers where each node stands.

use super::node::{Body, Fact, Members, NO_ID, Node, State};
use rhai::Dynamic;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where each node stands: its parent and the step from there.
#[derive(Debug, Default)]
pub(in crate::policy) struct Table(Vec<(u32, Step)>);

#[derive(Debug)]
enum Step {
    Root,
    Member(Arc<str>),
    Index(usize),
}

impl Table {
    /// The path as policies write it.
    pub(in crate::policy) fn path(&self, id: u32) -> String {
        let mut path = String::new();
        self.walk(id, &mut |step| match step {
            Step::Root => {}
            Step::Member(name) if path.is_empty() => path.push_str(name),
            Step::Member(name) => path.extend([".", name]),
            Step::Index(index) => path.extend(["[", &index.to_string(), "]"]),
        });
        path
    }

    /// The JSON pointer (RFC 6901).
    pub(in crate::policy) fn pointer(&self, id: u32) -> String {
        let mut pointer = String::with_capacity(64);
        self.walk(id, &mut |step| match step {
            Step::Root => {}
            Step::Member(name) if name.contains(['~', '/']) => {
                pointer.extend(["/", &name.replace('~', "~0").replace('/', "~1")]);
            }
            Step::Member(name) => pointer.extend(["/", name]),
            Step::Index(index) => pointer.extend(["/", &index.to_string()]),
        });
        pointer
    }

    /// Visits the steps from the root to a node.
    fn walk(&self, id: u32, visit: &mut impl FnMut(&Step)) {
        let Some((parent, step)) = usize::try_from(id).ok().and_then(|id| self.0.get(id)) else {
            return;
        };
        self.walk(*parent, visit);
        visit(step);
    }

    /// How many nodes there are.
    pub(in crate::policy) const fn len(&self) -> usize {
        self.0.len()
    }
}

/// A facts document, ready to be read by rules.
pub(in crate::policy) struct Document {
    pub(in crate::policy) root: Fact,
    pub(in crate::policy) table: Arc<Table>,
}

impl Document {
    pub(in crate::policy) fn new(value: &Value) -> Self {
        let mut builder = Builder {
            table: Some(Table::default()),
            names: BTreeMap::new(),
        };
        let root = builder.build(value, NO_ID, Step::Root);
        Self {
            root,
            table: Arc::new(builder.table.unwrap_or_default()),
        }
    }
}

/// A tree that leaves no evidence, such as the parameters of a rule.
pub(in crate::policy) fn unnoted(value: &Value) -> Fact {
    let mut builder = Builder {
        table: None,
        names: BTreeMap::new(),
    };
    builder.build(value, NO_ID, Step::Root)
}

struct Builder<'v> {
    table: Option<Table>,
    /// The names of members, of which a document has few, and each of them often.
    names: BTreeMap<&'v str, Arc<str>>,
}

impl<'v> Builder<'v> {
    fn build(&mut self, value: &'v Value, parent: u32, step: Step) -> Fact {
        let id = self.table.as_mut().map_or(NO_ID, |table| {
            let id = u32::try_from(table.0.len()).unwrap_or(NO_ID);
            table.0.push((parent, step));
            id
        });
        let body = match value {
            Value::Array(items) => Body::List(
                items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| self.build(item, id, Step::Index(index)))
                    .collect(),
            ),
            Value::Object(object) => {
                let mut members: Vec<_> = object
                    .iter()
                    .filter(|(_, member)| !member.is_null())
                    .map(|(name, member)| {
                        let name = self
                            .names
                            .entry(name)
                            .or_insert_with(|| name.as_str().into());
                        let name = Arc::clone(name);
                        let fact = self.build(member, id, Step::Member(Arc::clone(&name)));
                        (name, fact)
                    })
                    .collect();
                members.sort_by(|left, right| left.0.cmp(&right.0));
                match object.get("state").and_then(Value::as_str) {
                    Some("present") => Body::Observation(State::Present, Members(members)),
                    Some("absent") => Body::Observation(State::Absent, Members(members)),
                    Some("unknown") => Body::Observation(State::Unknown, Members(members)),
                    Some(_) | None => Body::Object(Members(members)),
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                Body::Scalar(scalar(value))
            }
        };
        Fact(Arc::new(Node { id, body }))
    }
}

fn scalar(value: &Value) -> Dynamic {
    match value {
        Value::Bool(truth) => Dynamic::from_bool(*truth),
        Value::Number(number) => number.as_i64().map_or_else(
            || number.as_f64().map_or(Dynamic::UNIT, Dynamic::from_float),
            Dynamic::from_int,
        ),
        Value::String(text) => text.as_str().into(),
        Value::Null | Value::Array(_) | Value::Object(_) => Dynamic::UNIT,
    }
}
