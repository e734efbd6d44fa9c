//! Expressions of policies as text on one line, written anew from the syntax tree.

use rhai::{ASTFlags, BinaryExpr, Expr, FnCallExpr};

/// The longest text, in characters.
const LONGEST: usize = 160;

const AND: &str = " && ";
const OR: &str = " || ";

/// An expression as its author could have written it.
pub(in crate::policy) fn text(expression: &Expr) -> String {
    let whole = words(expression);
    match whole.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", whole.get(..end).unwrap_or_default()),
        None => whole,
    }
}

fn words(expression: &Expr) -> String {
    if let Expr::Variable(variable, ..) = expression {
        return variable.1.to_string();
    }
    if let Expr::Property(property, _) = expression {
        return property.2.to_string();
    }
    if let Expr::Dot(chain, flags, _) = expression {
        return dotted(&words(&chain.lhs), &chain.rhs, *flags);
    }
    if let Expr::Index(chain, flags, _) = expression {
        return indexed(&words(&chain.lhs), chain, *flags);
    }
    if let Expr::FnCall(call, _) | Expr::MethodCall(call, _) = expression {
        return called(call);
    }
    if let Expr::And(parts, _) = expression {
        return joined(parts, AND);
    }
    if let Expr::Or(parts, _) = expression {
        return joined(parts, OR);
    }
    if let Expr::Coalesce(parts, _) = expression {
        return joined(parts, " ?? ");
    }
    if let Expr::Array(items, _) = expression {
        return format!("[{}]", list(items));
    }
    if let Expr::Custom(custom, _) = expression
        && let [name, ..] = custom.tokens.as_slice()
    {
        return format!("{name}({})", list(&custom.inputs));
    }
    constant(expression)
}

fn constant(expression: &Expr) -> String {
    if let Expr::StringConstant(text, _) = expression {
        return format!("\"{text}\"");
    }
    if let Expr::CharConstant(letter, _) = expression {
        return format!("'{letter}'");
    }
    if let Expr::BoolConstant(truth, _) = expression {
        return truth.to_string();
    }
    if let Expr::IntegerConstant(number, _) = expression {
        return number.to_string();
    }
    if let Expr::FloatConstant(number, _) = expression {
        return number.to_string();
    }
    if let Expr::InterpolatedString(..) = expression {
        return "`…`".to_owned();
    }
    if let Expr::Map(..) = expression {
        return "#{ … }".to_owned();
    }
    if is_closure(expression) {
        return "|…| …".to_owned();
    }
    "…".to_owned()
}

/// Whether it is a closure. One that takes in variables is a block that makes it.
pub(in crate::policy) fn is_closure(expression: &Expr) -> bool {
    if let Expr::DynamicConstant(value, _) = expression {
        return value.is_fnptr();
    }
    if let Expr::FnCall(call, _) = expression {
        return call.name == "curry";
    }
    matches!(expression, Expr::Stmt(_))
}

/// Whether it is a value written down, and nothing to look up.
pub(in crate::policy) const fn is_constant(expression: &Expr) -> bool {
    matches!(
        expression,
        Expr::StringConstant(..)
            | Expr::CharConstant(..)
            | Expr::BoolConstant(..)
            | Expr::IntegerConstant(..)
            | Expr::FloatConstant(..)
            | Expr::DynamicConstant(..)
            | Expr::Unit(_)
    )
}

fn joined(parts: &[Expr], between: &str) -> String {
    // Of several in a row, the first are one part.
    let same = |part: &Expr| match between {
        AND => matches!(part, Expr::And(..)),
        _ => between == OR && matches!(part, Expr::Or(..)),
    };
    let part = |part: &Expr| {
        if same(part) {
            words(part)
        } else {
            operand(part)
        }
    };
    let parts: Vec<_> = parts.iter().map(part).collect();
    parts.join(between)
}

fn list(items: &[Expr]) -> String {
    let items: Vec<_> = items.iter().map(words).collect();
    items.join(", ")
}

/// What is below an operator, in brackets where it has one itself.
fn operand(expression: &Expr) -> String {
    let has_operator = if let Expr::FnCall(call, _) = expression {
        call.is_operator_call() && call.args.len() > 1
    } else {
        matches!(
            expression,
            Expr::And(..) | Expr::Or(..) | Expr::Coalesce(..)
        )
    };
    let text = words(expression);
    if has_operator {
        format!("({text})")
    } else {
        text
    }
}

fn called(call: &FnCallExpr) -> String {
    let name = &call.name;
    if name == "curry" {
        return "|…| …".to_owned();
    }
    match (call.is_operator_call(), call.args.as_slice()) {
        (true, [one]) => format!("{name}{}", operand(one)),
        // Rhai writes `item in list` so.
        (_, [list, item]) if name == "contains" => {
            format!("{} in {}", operand(item), operand(list))
        }
        (true, [left, right]) => format!("{} {name} {}", operand(left), operand(right)),
        (true | false, arguments) => format!("{name}({})", list(arguments)),
    }
}

/// A chain with what follows its dot.
fn dotted(before: &str, rest: &Expr, flags: ASTFlags) -> String {
    let dot = if flags.contains(ASTFlags::NEGATED) {
        "?."
    } else {
        "."
    };
    if let Expr::Dot(chain, flags, _) = rest {
        let before = format!("{before}{dot}{}", words(&chain.lhs));
        return dotted(&before, &chain.rhs, *flags);
    }
    if let Expr::Index(chain, flags, _) = rest {
        let before = format!("{before}{dot}{}", words(&chain.lhs));
        return indexed(&before, chain, *flags);
    }
    format!("{before}{dot}{}", words(rest))
}

/// A chain with what follows its bracket. Rhai hangs the rest of the chain on the index.
fn indexed(before: &str, chain: &BinaryExpr, flags: ASTFlags) -> String {
    if !flags.contains(ASTFlags::BREAK) {
        if let Expr::Dot(rest, flags, _) = &chain.rhs {
            let before = format!("{before}[{}]", words(&rest.lhs));
            return dotted(&before, &rest.rhs, *flags);
        }
        if let Expr::Index(rest, flags, _) = &chain.rhs {
            let before = format!("{before}[{}]", words(&rest.lhs));
            return indexed(&before, rest, *flags);
        }
    }
    format!("{before}[{}]", words(&chain.rhs))
}
