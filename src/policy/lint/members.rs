//! Members and items that are read: `a.b`, `a["b"]`, `a[0]` and chains of these.

use super::code;
use super::infer::{Found, Walk};
use super::table;
use super::types::{NoMember, Parameters, Type};
use crate::policy::suggest::did_you_mean;
use rhai::{ASTFlags, BinaryExpr, Expr, Position};
use std::sync::Arc;

impl Walk<'_> {
    /// `a.b`, `a.b()`, `a[b]` and what follows.
    pub(super) fn chain(&mut self, chain: &BinaryExpr, flags: ASTFlags, index: bool) -> Type {
        let of = self.expression(&chain.lhs);
        if let (Expr::Array(words, _), Expr::MethodCall(call, _)) = (&chain.lhs, &chain.rhs)
            && call.name == "contains"
            && let [wanted] = call.args.as_slice()
        {
            let wanted = self.expression(wanted);
            for word in words {
                self.word(&wanted, word);
            }
        }
        let path = shown(&chain.lhs);
        self.link((of, path), &chain.rhs, flags, index)
    }

    fn link(
        &mut self,
        (of, path): (Type, String),
        right: &Expr,
        flags: ASTFlags,
        index: bool,
    ) -> Type {
        let (Expr::Dot(next, further, _) | Expr::Index(next, further, _)) = right else {
            return if index {
                self.index(&of, &path, right)
            } else {
                self.dot(&of, &path, right)
            };
        };
        let is_index = matches!(right, Expr::Index(..));
        if index && flags.contains(ASTFlags::BREAK) {
            return self.index(&of, &path, right);
        }
        let (step, path) = if index {
            let step = self.index(&of, &path, &next.lhs);
            (step, format!("{path}[…]"))
        } else {
            let step = self.dot(&of, &path, &next.lhs);
            (step, format!("{path}.{}", shown(&next.lhs)))
        };
        self.link((step, path), &next.rhs, *further, is_index)
    }

    fn dot(&mut self, of: &Type, path: &str, right: &Expr) -> Type {
        if let Expr::Property(property, position) = right {
            return self.member(of, path, &property.2, *position);
        }
        if let Expr::MethodCall(call, position) = right {
            return self.built_in(&call.name, of, &call.args, *position);
        }
        self.expression(right);
        Type::Unknown
    }

    fn index(&mut self, of: &Type, path: &str, index: &Expr) -> Type {
        if let Some(name) = code::text(index)
            && matches!(of, Type::Shape(_) | Type::Parameters(_))
        {
            return self.member(of, path, name, index.position());
        }
        self.escapes(of);
        let by = self.expression(index);
        match (self.shapes.items(of), by) {
            (Some(items), Type::Number) => items,
            (Some(_) | None, _) => Type::Unknown,
        }
    }

    /// The type of a member that is read.
    pub(super) fn member(&mut self, of: &Type, path: &str, name: &str, at: Position) -> Type {
        if let Type::Parameters(parameters) = of {
            return self.parameter(parameters, name, at);
        }
        let absent = match self.shapes.member(of, name) {
            Ok(member) => return member,
            Err(absent) => absent,
        };
        if !self.asked.contains(name) {
            let found = no_member(absent, path, name, at);
            self.found.push(found);
        }
        Type::Unknown
    }

    fn parameter(&mut self, parameters: &Arc<Parameters>, name: &str, at: Position) -> Type {
        if let Some(reads) = self.reads.entry(parameters.rule.clone()).or_default() {
            reads.insert(name.to_owned());
        }
        if let Some(of) = parameters.members.get(name) {
            return of.clone();
        }
        let close = did_you_mean(name, parameters.members.keys().map(String::as_str));
        let help = if close.is_empty() {
            "parameters and their defaults stand in `params: #{ … }`".to_owned()
        } else {
            close
        };
        let message = format!("the rule has no parameter `{name}`");
        self.fault(&table::UNKNOWN_PARAMETER, at, message, help);
        Type::Unknown
    }
}

/// The fault of a member that is not there; `path` is empty where what should have it has no name.
pub(super) fn no_member(absent: NoMember, path: &str, name: &str, position: Position) -> Found {
    match absent {
        NoMember::Others(known) => Found {
            lint: &table::UNKNOWN_FACT,
            position,
            message: if path.is_empty() {
                format!("there is no fact `{name}` here")
            } else {
                format!("there is no fact `{path}.{name}`")
            },
            help: did_you_mean(name, known.iter().map(String::as_str)),
        },
        NoMember::Scalar(kind) => Found {
            lint: &table::MEMBER_OF_SCALAR,
            position,
            message: if path.is_empty() {
                format!("this is {kind} and has no member `{name}`")
            } else {
                format!("`{path}` is {kind} and has no member `{name}`")
            },
            help: String::new(),
        },
    }
}

/// An expression as messages name it.
fn shown(expression: &Expr) -> String {
    if let Expr::Variable(variable, ..) = expression {
        return variable.1.to_string();
    }
    if let Expr::Property(property, _) = expression {
        return property.2.to_string();
    }
    if let Expr::MethodCall(call, _) | Expr::FnCall(call, _) = expression {
        return format!("{}(…)", call.name);
    }
    if let Expr::Dot(chain, ..) = expression {
        return format!("{}.{}", shown(&chain.lhs), shown(&chain.rhs));
    }
    if let Expr::Index(chain, ..) = expression {
        return format!("{}[…]", shown(&chain.lhs));
    }
    "…".to_owned()
}
