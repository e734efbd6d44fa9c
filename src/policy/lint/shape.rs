//! What can be seen from the shape of the code alone: conditions that are always the same, code that is never
//! reached, comparisons with `true`, and two negations.

use super::code::{self, Code};
use super::infer::Found;
use super::table::{self, Lint};
use rhai::{ASTNode, Expr, FnCallExpr, Position, Stmt};

/// Looks through a file.
pub(super) fn check(code: &Code, found: &mut Vec<Found>) {
    unreached(&code.statements, found);
    for function in code.functions() {
        unreached(&function.body, found);
    }
    code.walk(&mut |path| match path.last() {
        Some(ASTNode::Stmt(Stmt::If(flow, _))) => {
            unreached(flow.body.statements(), found);
            unreached(flow.branch.statements(), found);
            constant(&flow.expr, found);
        }
        Some(ASTNode::Stmt(Stmt::For(of, _))) => unreached(of.2.body.statements(), found),
        Some(ASTNode::Stmt(Stmt::Block(block)) | ASTNode::Expr(Expr::Stmt(block))) => {
            unreached(block.statements(), found);
        }
        Some(ASTNode::Expr(expression)) => check_expression(expression, found),
        _ => {}
    });
}

fn check_expression(expression: &Expr, found: &mut Vec<Found>) {
    if let Expr::Custom(custom, _) = expression
        && let [condition, _] = custom.inputs.as_slice()
        && let Expr::BoolConstant(true, position) = condition
    {
        let word = custom.tokens.first().map_or("", |word| word.as_str());
        let message = format!("`{word} true` holds always");
        note(found, &table::CONDITION_CONSTANT, *position, message, "");
    } else if let Expr::And(parts, _) | Expr::Or(parts, _) = expression {
        for part in parts.iter() {
            constant(part, found);
        }
    } else if let Expr::FnCall(call, position) = expression
        && call.is_operator_call()
    {
        operator(call, *position, found);
    }
}

fn operator(call: &FnCallExpr, at: Position, found: &mut Vec<Found>) {
    let is_equality = matches!(call.name.as_str(), "==" | "!=");
    let is_comparison = is_equality || matches!(call.name.as_str(), "<" | "<=" | ">" | ">=");
    match call.args.as_slice() {
        [Expr::BoolConstant(..), _] | [_, Expr::BoolConstant(..)] if is_equality => {
            let message = format!("`{}` with `true` or `false` says no more", call.name);
            let help = "write the condition itself, or `!` and the condition";
            note(found, &table::COMPARED_WITH_BOOLEAN, at, message, help);
        }
        [left, right] if is_comparison && (same(left, right) || both_literal(left, right)) => {
            let message = "both sides are always the same, so that this never changes".to_owned();
            note(found, &table::CONDITION_CONSTANT, at, message, "");
        }
        [Expr::FnCall(inner, _)]
            if call.name == "!" && matches!(inner.name.as_str(), "!" | "!=") =>
        {
            let message = "two negations undo each other".to_owned();
            let help = if inner.name == "!" {
                "leave both out"
            } else {
                "write `==`"
            };
            note(found, &table::DOUBLE_NEGATION, at, message, help);
        }
        _ => {}
    }
}

/// A literal where a condition should be.
fn constant(condition: &Expr, found: &mut Vec<Found>) {
    if let Expr::BoolConstant(value, position) = condition {
        let message = format!("`{value}` is no condition");
        note(found, &table::CONDITION_CONSTANT, *position, message, "");
    }
}

fn is_literal(expression: &Expr) -> bool {
    matches!(
        expression,
        Expr::IntegerConstant(..) | Expr::FloatConstant(..) | Expr::StringConstant(..)
    )
}

fn both_literal(left: &Expr, right: &Expr) -> bool {
    is_literal(left) && is_literal(right)
}

/// Whether two expressions read the same thing.
fn same(left: &Expr, right: &Expr) -> bool {
    match (left, right) {
        (Expr::Variable(left, ..), Expr::Variable(right, ..)) => left.1 == right.1,
        (Expr::Property(left, _), Expr::Property(right, _)) => left.2 == right.2,
        (Expr::Dot(left, ..), Expr::Dot(right, ..))
        | (Expr::Index(left, ..), Expr::Index(right, ..)) => {
            same(&left.lhs, &right.lhs) && same(&left.rhs, &right.rhs)
        }
        (Expr::IntegerConstant(left, _), Expr::IntegerConstant(right, _)) => left == right,
        (Expr::StringConstant(left, _), Expr::StringConstant(right, _)) => left == right,
        (Expr::MethodCall(left, _), Expr::MethodCall(right, _)) => {
            left.name == right.name && left.args.is_empty() && right.args.is_empty()
        }
        _ => false,
    }
}

/// What stands behind a statement that ends the block.
fn unreached(statements: &[Stmt], found: &mut Vec<Found>) {
    let mut left = statements.iter();
    let Some(end) = left.find(|statement| ends(statement)) else {
        return;
    };
    let Some(next) = left.find(|statement| !matches!(statement, Stmt::Noop(_))) else {
        return;
    };
    let at = if let Stmt::Expr(expression) = next {
        expression.start_position()
    } else {
        next.position()
    };
    let word = called(end).map_or_else(|| "return".to_owned(), |call| format!("{}(…)", call.name));
    let message = format!("nothing behind `{word}` is reached");
    note(found, &table::CODE_NEVER_REACHED, at, message, "");
}

fn ends(statement: &Stmt) -> bool {
    called(statement).map_or_else(
        || matches!(statement, Stmt::Return(..)),
        |call| code::ends(&call.name, call.args.len()),
    )
}

/// The call that a statement is.
fn called(statement: &Stmt) -> Option<&FnCallExpr> {
    if let Stmt::FnCall(call, _) = statement {
        return Some(call);
    }
    if let Stmt::Expr(expression) = statement
        && let Expr::FnCall(call, _) = &**expression
    {
        return Some(call);
    }
    None
}

fn note(
    found: &mut Vec<Found>,
    lint: &'static Lint,
    position: Position,
    message: String,
    help: &str,
) {
    found.push(Found {
        lint,
        position,
        message,
        help: help.to_owned(),
    });
}
