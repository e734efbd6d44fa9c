//! What operators and the functions of the language give, and which types they take.

use super::code;
use super::infer::Walk;
use super::members::no_member;
use super::table;
use super::types::Type;
use crate::policy::language::values::VOCABULARIES;
use crate::policy::suggest::did_you_mean;
use rhai::{Expr, Position};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The functions that take a list first, and a closure that gets each item.
const OVER_ITEMS: [&str; 7] = ["any", "all", "filter", "map", "count", "each", "each_or"];

/// The functions that take text first.
const OF_TEXT: [&str; 9] = [
    "at_least",
    "starts_with",
    "ends_with",
    "is_within",
    "to_lower",
    "to_upper",
    "trim",
    "split",
    "sub_string",
];

impl Walk<'_> {
    /// `a + b`, `a == b`, `!a` and the like.
    pub(super) fn operator(&mut self, name: &str, arguments: &[Expr], at: Position) -> Type {
        match (name, arguments) {
            ("==" | "!=" | "<" | "<=" | ">" | ">=", [left, right]) => {
                self.comparison(name, (left, right), at);
                Type::Bool
            }
            ("!", [only]) => {
                self.condition(only, "!");
                Type::Bool
            }
            ("contains", [list, item]) => {
                let of = self.expression(list);
                self.built_in("contains", &of, std::slice::from_ref(item), at)
            }
            (_, arguments) => {
                let types: Vec<_> = arguments.iter().map(|one| self.expression(one)).collect();
                let all_numbers = types.iter().all(|of| *of == Type::Number);
                match (name, types.as_slice()) {
                    ("+" | "-" | "*" | "/" | "%", _) if all_numbers => Type::Number,
                    ("+", [Type::Text | Type::Words(_), Type::Text | Type::Words(_)]) => Type::Text,
                    (_, _) => Type::Unknown,
                }
            }
        }
    }

    fn comparison(&mut self, by: &str, (left, right): (&Expr, &Expr), at: Position) {
        let (of_left, of_right) = (self.expression(left), self.expression(right));
        self.escapes(&of_left);
        self.escapes(&of_right);
        let kinds = (self.shapes.kind(&of_left), self.shapes.kind(&of_right));
        let never = |kind: Option<&str>| {
            matches!(kind, Some("an object" | "an observation" | "a function"))
        };
        let unordered = |kind: Option<&str>| matches!(kind, Some("true or false" | "a list"));
        let unlike = match kinds {
            (Some(left), Some(right)) => left != right,
            (Some(_) | None, _) => false,
        };
        let is_order = !matches!(by, "==" | "!=");
        if unlike
            || never(kinds.0)
            || never(kinds.1)
            || is_order && (unordered(kinds.0) || unordered(kinds.1))
        {
            let named = |kind: Option<&'static str>| kind.unwrap_or("something else");
            let message = format!(
                "can't compare {} with {} by `{by}`",
                named(kinds.0),
                named(kinds.1)
            );
            let observed = [&of_left, &of_right]
                .into_iter()
                .any(|of| self.shapes.is_observation(of));
            let help = if observed { "read its `.value`" } else { "" };
            return self.fault(&table::UNLIKE_COMPARISON, at, message, help.to_owned());
        }
        self.word(&of_left, right);
        self.word(&of_right, left);
    }

    /// A word that stands beside a fact has to be one that the fact can have.
    pub(super) fn word(&mut self, of: &Type, literal: &Expr) {
        let (Type::Words(words), Some(text)) = (of, code::text(literal)) else {
            return;
        };
        if words.contains(text) {
            return;
        }
        let mut help = did_you_mean(text, words.iter().map(String::as_str));
        if help.is_empty() {
            let words: Vec<_> = words.iter().filter(|word| !word.is_empty()).collect();
            let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
            help = format!("the words are {}", words.join(", "));
        }
        let message = format!("this fact is never `{text}`");
        self.fault(&table::UNKNOWN_WORD, literal.position(), message, help);
    }

    /// A function of the language, called with or without a dot.
    pub(super) fn built_in(&mut self, name: &str, of: &Type, rest: &[Expr], at: Position) -> Type {
        self.escapes(of);
        if OVER_ITEMS.contains(&name) {
            return self.over_items(name, of, rest, at);
        }
        if matches!(name, "has" | "opt") {
            return self.optional_member(of, rest);
        }
        let types: Vec<_> = rest.iter().map(|one| self.expression(one)).collect();
        for of in &types {
            self.escapes(of);
        }
        if OF_TEXT.contains(&name) {
            self.takes(name, of, at, "text");
        }
        match name {
            "at_least" => {
                self.vocabulary(of, rest.first(), types.first());
                Type::Bool
            }
            "contains" => {
                self.contains(of, rest, at);
                Type::Bool
            }
            "len" => {
                self.counted(name, of, at);
                Type::Number
            }
            "is_empty" => {
                self.counted(name, of, at);
                Type::Bool
            }
            "first" => self.items(of, name, at),
            "call" => self.run(Some(of.clone()), types),
            _ => always(name),
        }
    }

    fn over_items(&mut self, name: &str, of: &Type, rest: &[Expr], at: Position) -> Type {
        let item = self.items(of, name, at);
        let closures: Vec<_> = rest.iter().map(|one| self.expression(one)).collect();
        let mut closures = closures.into_iter();
        let gives = self.run(closures.next(), vec![item.clone()]);
        for other in closures {
            self.run(Some(other), Vec::new());
        }
        match name {
            "any" | "all" => Type::Bool,
            "count" => Type::Number,
            "filter" => Type::list_of(item),
            "map" => Type::list_of(gives),
            _ => Type::Unknown,
        }
    }

    /// `has("name")` and `opt("name", default)`.
    fn optional_member(&mut self, of: &Type, rest: &[Expr]) -> Type {
        let default = rest.get(1).map(|default| self.expression(default));
        if matches!(of, Type::Parameters(_)) {
            return Type::Unknown;
        }
        let Some((at, name)) = rest
            .first()
            .and_then(|first| Some((first.position(), code::text(first)?)))
        else {
            return Type::Unknown;
        };
        let member = match self.shapes.member(of, name) {
            Ok(member) => {
                self.optional.insert(at, None);
                member
            }
            Err(absent) => {
                let fault = no_member(absent, "", name, at);
                self.optional.entry(at).or_insert(Some(fault));
                Type::Unknown
            }
        };
        match default {
            None => Type::Bool,
            Some(default) if self.shapes.kind(&default) == self.shapes.kind(&member) => {
                default.or(member)
            }
            Some(_) => Type::Unknown,
        }
    }

    /// A function that needs text or a list, and gets another kind.
    fn takes(&mut self, name: &str, of: &Type, at: Position, wanted: &str) {
        let Some(kind) = self.shapes.kind(of) else {
            return;
        };
        if kind != wanted {
            let help = if self.shapes.is_observation(of) {
                "read its `.value`"
            } else {
                ""
            };
            let message = format!("`{name}` needs {wanted} here, and gets {kind}");
            self.fault(&table::WRONG_TYPE, at, message, help.to_owned());
        }
    }

    /// `len` and `is_empty` take text and lists.
    fn counted(&mut self, name: &str, of: &Type, at: Position) {
        let fits = matches!(of, Type::Text | Type::Words(_)) || self.shapes.items(of).is_some();
        if !fits {
            self.takes(name, of, at, "text or a list");
        }
    }

    /// `contains` takes text with text, and a list with an item of its kind.
    fn contains(&mut self, of: &Type, rest: &[Expr], at: Position) {
        self.counted("contains", of, at);
        let Some(items) = self.shapes.items(of) else {
            return;
        };
        if let Some(wanted) = rest.first() {
            self.word(&items, wanted);
        }
    }

    /// A word that `at_least` compares with belongs to an ordered vocabulary, and to that of the fact.
    fn vocabulary(&mut self, of: &Type, floor: Option<&Expr>, floor_type: Option<&Type>) {
        let Some(floor) = floor else { return };
        self.takes_text(floor, floor_type);
        let Some(text) = self.default_of(floor) else {
            return;
        };
        let known = if let Type::Words(words) = of {
            Arc::clone(words)
        } else {
            Arc::default()
        };
        let fits =
            |words: &&[&str]| known.is_empty() || words.iter().any(|word| known.contains(*word));
        let vocabularies = VOCABULARIES.map(|(_, words)| words);
        let ordered: BTreeSet<&str> = vocabularies
            .iter()
            .filter(|words| fits(words))
            .flat_map(|words| words.iter().copied())
            .collect();
        if ordered.is_empty() || ordered.contains(text.as_str()) {
            return;
        }
        let mut help = did_you_mean(&text, ordered.iter().copied());
        if help.is_empty() {
            let all: Vec<_> = vocabularies
                .iter()
                .filter(|words| fits(words))
                .map(|words| words.join(" < "))
                .collect();
            help = format!("there are {}", all.join("; "));
        }
        let message = format!("`{text}` has no place in the order that `at_least` goes by");
        self.fault(
            &table::UNORDERED_WORD,
            floor.start_position(),
            message,
            help,
        );
    }

    fn takes_text(&mut self, floor: &Expr, of: Option<&Type>) {
        if let Some(of) = of {
            self.takes("at_least", of, floor.start_position(), "text");
        }
    }

    /// The text of a literal, or the default of the parameter that is read.
    fn default_of(&mut self, expression: &Expr) -> Option<String> {
        if let Some(text) = code::text(expression) {
            return Some(text.to_owned());
        }
        let Expr::Dot(chain, ..) = expression else {
            return None;
        };
        let Expr::Property(property, _) = &chain.rhs else {
            return None;
        };
        let Type::Parameters(parameters) = self.expression(&chain.lhs) else {
            return None;
        };
        parameters.texts.get(property.2.as_str()).cloned()
    }
}

/// What a function gives, whatever it gets.
fn always(name: &str) -> Type {
    match name {
        "starts_with" | "ends_with" | "is_within" | "passes" => Type::Bool,
        "to_lower" | "to_upper" | "trim" | "sub_string" | "to_string" | "reason" => Type::Text,
        "split" => Type::list_of(Type::Text),
        "round" | "min" | "max" => Type::Number,
        _ => Type::Unknown,
    }
}
