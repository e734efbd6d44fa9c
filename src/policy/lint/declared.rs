//! Declarations as they stand in the text: ids and values that are literal, rules that can come to a verdict,
//! and scores that name rules which are asked.

use super::code::{self, Code};
use super::infer::Found;
use super::table;
use crate::policy::suggest::did_you_mean;
use rhai::{ASTNode, Expr, Position, Stmt};
use std::collections::BTreeSet;

/// What settles a rule, when a body or a function that it calls has it.
const SETTLES: [&str; 3] = ["each", "each_or", "unknown"];

/// The functions that declare something by an id and a `#{ … }`.
pub(super) const DECLARES: [&str; 13] = [
    "rule",
    "baseline",
    "must",
    "must_not",
    "should",
    "should_not",
    "may",
    "manual",
    "score",
    "out_of_scope",
    "profile",
    "change",
    "drop",
];

/// Looks through a file.
pub(super) fn check(code: &Code, found: &mut Vec<Found>) {
    code.walk(&mut |path| {
        let Some(ASTNode::Stmt(Stmt::FnCall(call, _)) | ASTNode::Expr(Expr::FnCall(call, _))) =
            path.last()
        else {
            return;
        };
        if DECLARES.contains(&call.name.as_str()) && !code::ends(&call.name, call.args.len()) {
            literal(&call.args, found);
        }
    });
    for (arguments, position) in code.rules() {
        verdict(code, arguments, position, found);
    }
}

fn literal(arguments: &[Expr], found: &mut Vec<Found>) {
    let computed = |position| Found {
        lint: &table::METADATA_NOT_LITERAL,
        position,
        message: "this is computed, and has to stand here as it is".to_owned(),
        help: "tools read declarations without running them: write the text or number itself"
            .to_owned(),
    };
    let mut arguments = arguments.iter();
    if let Some(id) = arguments.next()
        && !is_literal(id)
    {
        found.push(computed(id.start_position()));
    }
    for (name, _, value) in arguments.next().map(code::members).unwrap_or_default() {
        let is_when = name == "when" && code::closure(value).is_some();
        if !is_when && !is_literal(value) {
            found.push(computed(value.start_position()));
        }
    }
}

/// Whether a value stands there as it is: text, a number, true or false, or lists and objects of these.
fn is_literal(expression: &Expr) -> bool {
    if let Expr::Array(items, _) = expression {
        return items.iter().all(is_literal);
    }
    if let Expr::FnCall(call, _) = expression {
        return call.name == "-" && call.args.len() == 1 && call.args.iter().all(is_literal);
    }
    if let Expr::Map(..) = expression {
        let members = code::members(expression);
        return members.iter().all(|(.., value)| is_literal(value));
    }
    matches!(
        expression,
        Expr::StringConstant(..)
            | Expr::IntegerConstant(..)
            | Expr::FloatConstant(..)
            | Expr::BoolConstant(..)
            | Expr::CharConstant(..)
            | Expr::Unit(..)
    )
}

fn verdict(code: &Code, arguments: &[Expr], position: Position, found: &mut Vec<Found>) {
    let [id, _, body] = arguments else { return };
    let Some((body, _)) = code::closure(body) else {
        return;
    };
    let reached = code::reached(code, [body]);
    let mut settles = reached.iter().any(|name| SETTLES.contains(&name.as_str()));
    for function in code.functions() {
        if !settles && reached.contains(&function.name) {
            code::walk(&function.body, &mut |path| {
                if let Some(ASTNode::Expr(Expr::Custom(custom, _))) = path.last() {
                    settles |= custom.tokens.first().is_some_and(|word| word == "require");
                }
            });
        }
    }
    if !settles {
        found.push(Found {
            lint: &table::RULE_WITHOUT_VERDICT,
            position,
            message: format!(
                "the rule `{}` can't fail: it has no `require`, `each` or `unknown(…)`",
                code::text(id).unwrap_or_default()
            ),
            help: "say what has to hold: `require … else \"why not\";`".to_owned(),
        });
    }
}

/// Scores that name a rule which is not asked.
pub(super) fn scores(code: &Code, asked: &BTreeSet<String>, found: &mut Vec<Found>) {
    code.walk(&mut |path| {
        if let Some(ASTNode::Expr(Expr::MethodCall(call, _))) = path.last()
            && matches!(call.name.as_str(), "passes" | "outcome" | "reason")
            && let [only] = call.args.as_slice()
            && let Some(rule) = code::text(only)
            && !asked.contains(rule)
        {
            found.push(Found {
                lint: &table::UNKNOWN_RULE,
                position: only.position(),
                message: format!("this baseline does not ask `{rule}`"),
                help: did_you_mean(rule, asked.iter().map(String::as_str)),
            });
        }
    });
}

/// The ids that a file asks itself.
pub(super) fn asked(code: &Code) -> BTreeSet<String> {
    let lines = code.declarations().filter(|(name, ..)| {
        matches!(
            *name,
            "must" | "must_not" | "should" | "should_not" | "may" | "manual"
        )
    });
    lines
        .filter_map(|(_, arguments, _)| arguments.first().and_then(code::text))
        .map(str::to_owned)
        .collect()
}
