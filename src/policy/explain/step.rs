//! What one rule did, step by step: its requirements in order, each with the values that it looked at.

use crate::results::outcome::Outcome;
use serde::Serialize;
use serde_json::Value;

/// One thing that a rule did.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum Step {
    /// A `require` or `recommend` that was asked.
    Demand(Demand),
    /// One item of an `each` or `each_or`.
    Item {
        /// What it is called; its number, from 1, where it has no name.
        name: String,
        /// What came of it.
        outcome: Outcome,
        /// Why, in one sentence; of a pass, empty.
        #[serde(skip_serializing_if = "String::is_empty")]
        reason: String,
        /// What was asked of it.
        steps: Vec<Self>,
    },
}

/// A `require` or `recommend` that was asked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Demand {
    /// Which of the two.
    pub statement: String,
    /// The line of the file, counted from 1.
    pub line: usize,
    /// The text of that line, without the space around it.
    pub source: String,
    /// The condition, written on one line.
    pub condition: String,
    /// Whether it held.
    pub held: Held,
    /// What it looked at, with its values.
    pub operands: Vec<Operand>,
    /// Why it did not hold; empty where it did.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// What was compared with what: the pointers of the facts on one side, the values on the other.
    #[serde(skip)]
    pub(in crate::policy) compared: Vec<Compared>,
}

/// Whether a condition held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// It did.
    Yes,
    /// It did not.
    No,
    /// It rests on something that is not known.
    Unknown,
    /// The rule broke there.
    Error,
}

/// A part of a condition with its value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Operand {
    /// The part as it is written.
    pub text: String,
    /// Its value; nothing where it has none.
    pub value: Option<Value>,
    /// Why it has no value.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub trouble: String,
}

/// Facts that stood beside values in one comparison.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::policy) struct Compared {
    /// Where the facts stand, as JSON pointers.
    pub(in crate::policy) facts: Vec<String>,
    /// What stood beside them.
    pub(in crate::policy) values: Vec<Value>,
}
