//! Expressions over one facts document, in the same engine and within the same limits as rules.

use crate::facts::Facts;
use crate::policy::declare::loading::syntax;
use crate::policy::fault::{Faults, PolicyFault};
use crate::policy::language::document::Document;
use crate::policy::language::node::{Fact, to_json};
use crate::policy::language::stop::{Stop, sort};
use crate::policy::language::{engine, session};
use crate::policy::lint::names::Names;
use crate::policy::source::Source;
use crate::results::finding::Evidence;
use rhai::{Dynamic, Engine, Position, Scope};
use serde::Serialize;
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What faults call the text.
const FILE: &str = "expression";

/// An engine for expressions.
pub struct Expressions {
    engine: Engine,
    names: Names,
}

/// What an expression gave, and the facts that it read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// What it gave.
    #[serde(flatten)]
    pub given: Given,
    /// The facts that it read, in order.
    pub facts: Vec<Evidence>,
}

/// What an expression gave.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Given {
    /// A value, or a node of the facts.
    Present {
        /// As JSON.
        value: Value,
    },
    /// An observation of something that is not there.
    Absent {
        /// What kind of answer said so.
        proof: String,
    },
    /// It rests on something that is not known.
    Unknown {
        /// Why, in words.
        reason: String,
    },
    /// A `require` in it does not hold.
    Fail {
        /// Its message.
        reason: String,
    },
}

impl Default for Expressions {
    fn default() -> Self {
        Self::new()
    }
}

impl Expressions {
    /// An engine that knows everything that rules know.
    pub fn new() -> Self {
        let engine = engine::build();
        let names = Names::of(&engine);
        Self { engine, names }
    }

    /// Evaluates a text with `mail` bound to a document.
    ///
    /// # Errors
    /// What is wrong with the text, with its place.
    pub fn evaluate(&self, text: &str, facts: &Facts) -> Result<Answer, Vec<PolicyFault>> {
        let source = Source::from_files(vec![(FILE.to_owned(), text.to_owned())]);
        let mut faults = Faults::new(&source);
        let document = Document::new(&serde_json::to_value(facts).unwrap_or_default());
        let work = || self.run(text, &document, &mut faults);
        let answer = engine::on_deep_stack(work).flatten();
        answer.ok_or_else(|| {
            if faults.is_empty() {
                let message = "it could not be evaluated on this system";
                faults.add(FILE, Position::NONE, message, "");
            }
            faults.into_sorted()
        })
    }

    fn run(&self, text: &str, document: &Document, faults: &mut Faults<'_>) -> Option<Answer> {
        let mut scope = Scope::new();
        scope.push_constant_dynamic("mail", Dynamic::from(document.root.clone()));
        let ast = match self.engine.compile_with_scope(&scope, text) {
            Ok(ast) => ast,
            Err(error) => {
                let (message, help) = syntax(error.err_type());
                faults.add(FILE, error.position(), message, help);
                return None;
            }
        };
        self.names.check(FILE, &ast, faults);
        if !faults.is_empty() {
            return None;
        }
        session::begin(Some(Arc::clone(&document.table)));
        let evaluate = || {
            let value = self.engine.eval_ast_with_scope::<Dynamic>(&mut scope, &ast);
            value.map(|value| given(&value)).map_err(sort)
        };
        let value = catch_unwind(AssertUnwindSafe(evaluate));
        let notes = session::end();
        let given = match value {
            Ok(Ok(given)) => given,
            Ok(Err((Stop::Unknown(verdict) | Stop::Manual(verdict), _))) => Given::Unknown {
                reason: verdict.reason,
            },
            Ok(Err((Stop::Fail(verdict), _))) => Given::Fail {
                reason: verdict.reason,
            },
            Ok(Err((Stop::Broken(message), place))) => {
                faults.add(FILE, place, message, "");
                return None;
            }
            Err(_) => {
                faults.add(FILE, Position::NONE, "the policy engine panicked", "");
                return None;
            }
        };
        let facts = notes.reads.iter().filter_map(|fact| {
            Some(Evidence {
                pointer: document.table.pointer(fact.id()?),
                value: fact.evidence(),
            })
        });
        Some(Answer {
            given,
            facts: facts.collect(),
        })
    }
}

/// A value in the words of facts: what is observed is told by its state.
fn given(value: &Dynamic) -> Given {
    let whole = to_json(value);
    let is_fact = value.read_lock::<Fact>().is_some();
    let word = |name| {
        let word = whole.get(name).and_then(Value::as_str);
        word.unwrap_or_default().to_owned()
    };
    match word("state").as_str() {
        "absent" if is_fact => Given::Absent {
            proof: word("proof"),
        },
        "unknown" if is_fact => {
            let (cause, detail) = (word("cause"), word("detail"));
            let reason = if detail.is_empty() {
                cause
            } else {
                format!("{cause} ({detail})")
            };
            Given::Unknown { reason }
        }
        "present" if is_fact => Given::Present {
            value: whole.get("value").cloned().unwrap_or_default(),
        },
        _ => Given::Present { value: whole },
    }
}
