//! What is declared and never used: variables, parameters of functions and of rules, and functions.

use super::code::{self, Code, Function};
use super::infer::Found;
use super::table;
use rhai::{ASTNode, Expr, Position, Stmt};
use std::collections::{BTreeMap, BTreeSet};

/// Looks through a file. `reads` are the parameters that each rule reads.
pub(super) fn check(
    code: &Code,
    text: &str,
    reads: &BTreeMap<String, Option<BTreeSet<String>>>,
    found: &mut Vec<Found>,
) {
    variables(&code.statements, &[], found);
    for function in code.functions() {
        let parameters: Vec<_> = function
            .parameters
            .iter()
            .map(|name| (name.clone(), code::parameter(text, function.place, name)))
            .collect();
        variables(&function.body, &parameters, found);
    }
    functions(code, found);
    for (arguments, _) in code.rules() {
        rule_parameters(arguments, reads, found);
    }
}

/// Variables that nothing reads, in one body.
fn variables(body: &[Stmt], parameters: &[(String, Position)], found: &mut Vec<Found>) {
    let mut declared = parameters.to_vec();
    let mut read = BTreeSet::new();
    code::walk(body, &mut |path| match path {
        [.., ASTNode::Stmt(Stmt::Var(variable, ..))] => {
            declared.push((variable.0.name.to_string(), variable.0.pos));
        }
        [.., ASTNode::Stmt(Stmt::For(of, _))] => {
            declared.push((of.0.name.to_string(), of.0.pos));
            if let Some(counter) = &of.1 {
                declared.push((counter.name.to_string(), counter.pos));
            }
        }
        [
            ..,
            ASTNode::Stmt(Stmt::Assignment(assignment)),
            ASTNode::Expr(Expr::Variable(_, _, position)),
        ] if assignment.1.lhs.position() == *position => {}
        [.., ASTNode::Expr(Expr::Variable(variable, ..))] => {
            read.insert(variable.1.to_string());
        }
        _ => {}
    });
    for (name, position) in declared {
        if name.starts_with('_') || read.contains(&name) {
            continue;
        }
        found.push(Found {
            lint: &table::VARIABLE_NEVER_READ,
            position,
            message: format!("`{name}` is never read"),
            help: format!("leave it out, or call it `_{name}`"),
        });
    }
}

/// Functions that nothing reaches which runs.
fn functions(code: &Code, found: &mut Vec<Found>) {
    let reached = code::reached(code, code::called(&code.statements));
    let unused = |function: &&Function| !function.is_closure() && !reached.contains(&function.name);
    for function in code.functions().filter(unused) {
        found.push(Found {
            lint: &table::FUNCTION_NEVER_CALLED,
            position: function.place,
            message: format!("nothing calls `{}`", function.name),
            help: String::new(),
        });
    }
}

fn rule_parameters(
    arguments: &[Expr],
    reads: &BTreeMap<String, Option<BTreeSet<String>>>,
    found: &mut Vec<Found>,
) {
    let [id, header, _] = arguments else { return };
    let id = code::text(id).unwrap_or_default();
    let Some(Some(read)) = reads.get(id) else {
        return;
    };
    let declared = code::member(header, "params").map(code::members);
    for (name, position, _) in declared.unwrap_or_default() {
        if !read.contains(name) {
            found.push(Found {
                lint: &table::PARAMETER_NEVER_READ,
                position,
                message: format!("the rule never reads its parameter `{name}`"),
                help: format!("read `want.{name}`, or leave it out"),
            });
        }
    }
}
