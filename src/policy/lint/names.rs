//! Checks what Rhai leaves to run time: that every function that is called exists and takes that
//! many arguments, and that `${…}` stands in backticks.

use super::table;
use crate::policy::fault::Faults;
use crate::policy::suggest::did_you_mean;
use rhai::{AST, ASTNode, Engine, Expr, FnCallExpr, Position, Stmt};
use std::collections::{BTreeMap, BTreeSet};

/// The words that the engine knows by syntax, and those that declare something.
const WORDS: [&str; 18] = [
    "require",
    "recommend",
    "each",
    "each_or",
    "unknown",
    "known",
    "rule",
    "baseline",
    "must",
    "should",
    "may",
    "must_not",
    "should_not",
    "manual",
    "out_of_scope",
    "profile",
    "change",
    "drop",
];

/// The names of all members that a file reads with a dot.
pub(in crate::policy) fn members(ast: &AST) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some(ASTNode::Expr(Expr::Property(property, _))) = path.last() {
            names.insert(property.2.to_string());
        }
        true
    });
    names
}

/// The names of all members that `at_least` compares with, such as `policy` of `want.policy`.
pub(in crate::policy) fn ordered(ast: &AST) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some(ASTNode::Expr(Expr::MethodCall(call, _))) = path.last()
            && call.name == "at_least"
            && let Some(Expr::Dot(chain, ..)) = call.args.first()
            && let Expr::Property(property, _) = &chain.rhs
        {
            names.insert(property.2.to_string());
        }
        true
    });
    names
}

/// The names of all functions, each with the numbers of arguments that it can take.
#[derive(Clone)]
pub(in crate::policy) struct Names(BTreeMap<String, BTreeSet<usize>>);

impl Names {
    /// The functions that an engine knows.
    pub(in crate::policy) fn of(engine: &Engine) -> Self {
        let mut names = Self(BTreeMap::new());
        let functions = engine.collect_fn_metadata(
            None,
            |function| {
                Some((
                    function.metadata.name.to_string(),
                    function.metadata.num_params,
                ))
            },
            true,
        );
        for (name, count) in functions {
            names.add(&name, count);
        }
        for count in 1..=8 {
            names.add("call", count);
        }
        names.add("type_of", 1);
        names
    }

    fn add(&mut self, name: &str, count: usize) {
        self.0.entry(name.to_owned()).or_default().insert(count);
    }

    /// Notes a fault for each call that can't succeed and for each string that does not interpolate.
    pub(in crate::policy) fn check(&self, file: &str, ast: &AST, faults: &mut Faults<'_>) {
        let mut known = self.clone();
        for function in ast.iter_functions() {
            if self.0.contains_key(function.name) || WORDS.contains(&function.name) {
                let message = format!("`{}` is a word of the language", function.name);
                let help = "give the function another name";
                faults.note(&table::RESERVED_NAME, (file, Position::NONE), message, help);
            }
            known.add(function.name, function.params.len());
        }
        ast.walk(&mut |path: &[ASTNode<'_>]| {
            match path.last() {
                Some(ASTNode::Stmt(Stmt::FnCall(call, position))) => {
                    known.check_call(call, 0, (file, *position), faults);
                }
                Some(ASTNode::Expr(expression)) => {
                    known.check_expression(expression, path, file, faults);
                }
                _ => {}
            }
            true
        });
    }

    fn check_expression(
        &self,
        expression: &Expr,
        path: &[ASTNode<'_>],
        file: &str,
        faults: &mut Faults<'_>,
    ) {
        if let Expr::FnCall(call, position) = expression {
            self.check_call(call, 0, (file, *position), faults);
        } else if let Expr::MethodCall(call, position) = expression {
            self.check_call(call, 1, (file, *position), faults);
        } else if let Expr::StringConstant(text, position) = expression {
            let in_header = path
                .iter()
                .any(|node| matches!(node, ASTNode::Expr(Expr::Map(..))));
            if text.contains("${") && !in_header {
                faults.note(
                    &table::NOT_INTERPOLATED,
                    (file, *position),
                    "double quotes do not fill in `${…}`",
                    "put the text between backticks",
                );
            }
        }
    }

    fn check_call(
        &self,
        call: &FnCallExpr,
        target: usize,
        (file, position): (&str, Position),
        faults: &mut Faults<'_>,
    ) {
        // Rhai itself writes a call of `curry` for the variables that a closure takes in.
        if call.is_operator_call() || call.name == "curry" {
            return;
        }
        let count = call.args.len() + target;
        match self.0.get(call.name.as_str()) {
            Some(counts) if counts.contains(&count) => {}
            Some(counts) => {
                let counts: Vec<_> = counts
                    .iter()
                    .filter_map(|known| known.checked_sub(target))
                    .map(|known| known.to_string())
                    .collect();
                let name = &call.name;
                let message = if counts.is_empty() {
                    format!("`{name}` is not called on a value: write `{name}()`")
                } else {
                    let (counts, has) = (counts.join(" or "), call.args.len());
                    format!("`{name}` takes {counts} arguments here, and has {has}")
                };
                faults.note(&table::WRONG_ARGUMENTS, (file, position), message, "");
            }
            None => {
                let help = did_you_mean(&call.name, self.0.keys().map(String::as_str));
                let message = format!("there is no function `{}`", call.name);
                faults.note(&table::UNKNOWN_FUNCTION, (file, position), message, help);
            }
        }
    }
}
