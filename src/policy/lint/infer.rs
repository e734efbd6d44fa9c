//! Follows the types of facts through a file: from the parameters of its rules by way of members, lists,
//! closures, loops, variables and helper functions. Where a type can't be told, nothing is said.

use super::code::{self, Code, Function};
use super::table::{self, Lint};
use super::types::{Parameters, Shapes, Type};
use rhai::{ASTNode, Expr, FnCallExpr, Position, Stmt};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How deep helper functions are followed.
const DEEPEST: usize = 24;

/// How many calls with arguments of other types are followed in one file.
const CALLS: usize = 5_000;

/// One fault that was found.
pub(super) struct Found {
    pub(super) lint: &'static Lint,
    pub(super) position: Position,
    pub(super) message: String,
    pub(super) help: String,
}

/// A walk through one file.
pub(super) struct Walk<'a> {
    code: &'a Code,
    pub(super) shapes: &'a Shapes,
    scope: Vec<(String, Type)>,
    /// The variables of the function at hand that are given values later on.
    assigned: BTreeSet<String>,
    /// What the function at hand returns before its end.
    returned: Vec<Type>,
    /// What functions gave for such arguments.
    results: BTreeMap<(String, Vec<Type>), Type>,
    open: Vec<String>,
    /// The members that the file asks for with `has`.
    pub(super) asked: BTreeSet<String>,
    /// What `has` and `opt` name, by place: nothing once it was there for some type.
    pub(super) optional: BTreeMap<Position, Option<Found>>,
    /// The parameters that each rule reads; none where all may be read.
    pub(super) reads: BTreeMap<String, Option<BTreeSet<String>>>,
    pub(super) found: Vec<Found>,
}

/// What a walk found.
pub(super) struct Walked {
    pub(super) found: Vec<Found>,
    /// The parameters that each rule reads; none where all may be read.
    pub(super) reads: BTreeMap<String, Option<BTreeSet<String>>>,
}

/// Walks through a file.
pub(super) fn walk(code: &Code, shapes: &Shapes) -> Walked {
    let mut walk = Walk {
        code,
        shapes,
        scope: Vec::new(),
        assigned: assigned_in(&code.statements),
        returned: Vec::new(),
        results: BTreeMap::new(),
        open: Vec::new(),
        asked: asked_in(code),
        optional: BTreeMap::new(),
        reads: BTreeMap::new(),
        found: Vec::new(),
    };
    for statement in &code.statements {
        walk.statement(statement);
    }
    let optional = std::mem::take(&mut walk.optional);
    walk.found.extend(optional.into_values().flatten());
    Walked {
        found: walk.found,
        reads: walk.reads,
    }
}

/// The variables that statements give values to, those of closures inside left out.
fn assigned_in(statements: &[Stmt]) -> BTreeSet<String> {
    let mut assigned = BTreeSet::new();
    code::walk(statements, &mut |path| {
        if let Some(ASTNode::Stmt(Stmt::Assignment(assignment))) = path.last()
            && let Expr::Variable(variable, ..) = &assignment.1.lhs
        {
            assigned.insert(variable.1.to_string());
        }
    });
    assigned
}

fn asked_in(code: &Code) -> BTreeSet<String> {
    let mut asked = BTreeSet::new();
    code.walk(&mut |path| {
        if let Some(ASTNode::Expr(Expr::MethodCall(call, _))) = path.last()
            && call.name == "has"
            && let Some(name) = call.args.first().and_then(code::text)
        {
            asked.insert(name.to_owned());
        }
    });
    asked
}

impl Walk<'_> {
    /// Notes a fault.
    pub(super) fn fault(
        &mut self,
        lint: &'static Lint,
        position: Position,
        message: String,
        help: String,
    ) {
        self.found.push(Found {
            lint,
            position,
            message,
            help,
        });
    }

    /// The type that a block of statements gives.
    fn block(&mut self, statements: &[Stmt]) -> Type {
        let depth = self.scope.len();
        let mut last = Type::Unknown;
        let mut ended = false;
        for statement in statements {
            last = self.statement(statement);
            ended |= last == Type::Never;
        }
        self.scope.truncate(depth);
        if ended { Type::Never } else { last }
    }

    fn statement(&mut self, statement: &Stmt) -> Type {
        if let Stmt::Expr(expression) = statement {
            return self.expression(expression);
        }
        if let Stmt::FnCall(call, position) = statement {
            return self.call(call, *position);
        }
        if let Stmt::If(flow, _) = statement {
            self.condition(&flow.expr, "if");
            let then = self.block(flow.body.statements());
            if flow.branch.is_empty() {
                return Type::Unknown;
            }
            return then.or(self.block(flow.branch.statements()));
        }
        if let Stmt::Return(value, ..) = statement {
            if let Some(value) = value {
                let of = self.expression(value);
                self.returned.push(of);
            } else {
                self.returned.push(Type::Unknown);
            }
            return Type::Never;
        }
        if let Stmt::Block(block) = statement {
            return self.block(block.statements());
        }
        self.other_statement(statement);
        Type::Unknown
    }

    fn other_statement(&mut self, statement: &Stmt) {
        if let Stmt::Var(variable, ..) = statement {
            let mut of = self.expression(&variable.1);
            let name = variable.0.name.to_string();
            if self.assigned.contains(&name) {
                of = Type::Unknown;
            }
            self.scope.push((name, of));
        } else if let Stmt::Assignment(assignment) = statement {
            self.expression(&assignment.1.rhs);
            if !matches!(assignment.1.lhs, Expr::Variable(..)) {
                self.expression(&assignment.1.lhs);
            }
        } else if let Stmt::For(of, _) = statement {
            let list = self.expression(&of.2.expr);
            let depth = self.scope.len();
            let items = self.items(&list, "for", of.2.expr.start_position());
            self.scope.push((of.0.name.to_string(), items));
            if let Some(counter) = &of.1 {
                self.scope.push((counter.name.to_string(), Type::Number));
            }
            self.block(of.2.body.statements());
            self.scope.truncate(depth);
        } else if let Stmt::Switch(switch, _) = statement {
            self.expression(&switch.0);
            for case in &switch.1.expressions {
                self.expression(&case.lhs);
                self.expression(&case.rhs);
            }
        }
    }

    /// The type of an expression.
    pub(super) fn expression(&mut self, expression: &Expr) -> Type {
        if let Some((name, taken)) = code::closure(expression) {
            let taken = taken.iter().map(|one| self.expression(one)).collect();
            return Type::Closure(name.into(), taken);
        }
        if let Expr::BoolConstant(..) = expression {
            return Type::Bool;
        }
        if let Expr::IntegerConstant(..) | Expr::FloatConstant(..) = expression {
            return Type::Number;
        }
        if let Expr::StringConstant(..) | Expr::CharConstant(..) = expression {
            return Type::Text;
        }
        if let Expr::Variable(variable, ..) = expression {
            let mut known = self.scope.iter().rev();
            let named = known.find(|(name, _)| *name == *variable.1);
            return named.map_or(Type::Unknown, |(_, of)| of.clone());
        }
        if let Expr::Dot(chain, flags, _) = expression {
            return self.chain(chain, *flags, false);
        }
        if let Expr::Index(chain, flags, _) = expression {
            return self.chain(chain, *flags, true);
        }
        if let Expr::FnCall(call, position) = expression {
            return self.call(call, *position);
        }
        self.compound(expression)
    }

    fn compound(&mut self, expression: &Expr) -> Type {
        if let Expr::And(parts, _) | Expr::Or(parts, _) = expression {
            let word = if matches!(expression, Expr::And(..)) {
                "&&"
            } else {
                "||"
            };
            for part in parts.iter() {
                self.condition(part, word);
            }
            return Type::Bool;
        }
        if let Expr::InterpolatedString(parts, _) = expression {
            for part in parts {
                self.expression(part);
            }
            return Type::Text;
        }
        if let Expr::Array(items, _) = expression {
            let mut all = Type::Never;
            for item in items {
                let item = self.expression(item);
                all = all.or(item);
            }
            return Type::list_of(if all == Type::Never {
                Type::Unknown
            } else {
                all
            });
        }
        if let Expr::Stmt(block) = expression {
            return self.block(block.statements());
        }
        if let Expr::Coalesce(parts, _) = expression {
            for part in parts.iter() {
                self.expression(part);
            }
        }
        for (.., value) in code::members(expression) {
            self.expression(value);
        }
        if let Expr::Custom(custom, _) = expression {
            return self.custom(&custom.tokens, &custom.inputs);
        }
        Type::Unknown
    }

    /// `require … else …`, `recommend … else …` and `known(…)`.
    fn custom(&mut self, tokens: &[rhai::ImmutableString], inputs: &[Expr]) -> Type {
        let word = tokens.first().map_or("", |word| word.as_str());
        if word == "known" {
            for input in inputs {
                self.expression(input);
            }
            return Type::Bool;
        }
        if let [condition, message] = inputs {
            self.condition(condition, word);
            self.expression(message);
        }
        Type::Unknown
    }

    /// Something that has to be true or false.
    pub(super) fn condition(&mut self, expression: &Expr, word: &str) {
        let of = self.expression(expression);
        if of == Type::Bool {
            return;
        }
        if let Some(kind) = self.shapes.kind(&of) {
            let help = if self.shapes.is_observation(&of) {
                "ask its `.present`, or read its `.value`".to_owned()
            } else {
                String::new()
            };
            let message = format!("`{word}` needs true or false here, and gets {kind}");
            self.fault(
                &table::CONDITION_NOT_BOOLEAN,
                expression.start_position(),
                message,
                help,
            );
        }
    }

    /// Notes that parameters go where they can't be followed.
    pub(super) fn escapes(&mut self, of: &Type) {
        if let Type::Parameters(parameters) = of {
            self.reads.insert(parameters.rule.clone(), None);
        }
    }

    /// The type of the items of what should be a list.
    pub(super) fn items(&mut self, list: &Type, word: &str, at: Position) -> Type {
        if let Some(items) = self.shapes.items(list) {
            return items;
        }
        if let Some(kind) = self.shapes.kind(list) {
            let message = format!("`{word}` needs a list here, and gets {kind}");
            self.fault(&table::NOT_A_LIST, at, message, String::new());
        }
        Type::Unknown
    }

    /// A call of a function of the file, of an operator or of a function of the language.
    fn call(&mut self, call: &FnCallExpr, position: Position) -> Type {
        if call.is_operator_call() {
            return self.operator(&call.name, &call.args, position);
        }
        if call.name == "rule" {
            self.rule(&call.args);
            return Type::Unknown;
        }
        if call.name == "score" {
            let body = call.args.last().map(|body| self.expression(body));
            self.run(body, vec![Type::Outcomes, Shapes::document()]);
            return Type::Unknown;
        }
        let code = self.code;
        if let Some(function) = code.function(&call.name, call.args.len()) {
            let arguments = call.args.iter().map(|one| self.expression(one)).collect();
            return self.function(function, arguments);
        }
        let Some((first, rest)) = call.args.split_first() else {
            return Type::Unknown;
        };
        if code::ends(&call.name, call.args.len()) {
            self.expression(first);
            return Type::Never;
        }
        let of = self.expression(first);
        self.built_in(&call.name, &of, rest, position)
    }

    /// The declaration of a rule: its closures get the document and the parameters.
    fn rule(&mut self, arguments: &[Expr]) {
        let [id, header, body] = arguments else {
            return;
        };
        let rule = code::text(id).unwrap_or_default().to_owned();
        let mut parameters = Parameters {
            rule: rule.clone(),
            members: BTreeMap::new(),
            texts: BTreeMap::new(),
        };
        let declared = code::member(header, "params");
        for (name, _, value) in declared.map(code::members).unwrap_or_default() {
            let of = self.expression(value);
            parameters.members.insert(name.to_owned(), of);
            if let Some(text) = code::text(value) {
                parameters.texts.insert(name.to_owned(), text.to_owned());
            }
        }
        self.reads.insert(rule, Some(BTreeSet::new()));
        let want = Type::Parameters(Arc::new(parameters));
        let when = code::member(header, "when").map(|when| self.expression(when));
        self.run(when, vec![Shapes::document(), want.clone()]);
        let body = self.expression(body);
        self.run(Some(body), vec![Shapes::document(), want]);
    }

    /// Calls a closure with as many of the arguments as it takes.
    pub(super) fn run(&mut self, closure: Option<Type>, arguments: Vec<Type>) -> Type {
        let Some(Type::Closure(name, mut taken)) = closure else {
            return Type::Unknown;
        };
        let code = self.code;
        let Some(function) = code.closure(&name) else {
            return Type::Unknown;
        };
        taken.extend(arguments);
        self.function(function, taken)
    }

    /// What a function gives for arguments of these types.
    fn function(&mut self, function: &Function, mut arguments: Vec<Type>) -> Type {
        arguments.resize(function.parameters.len(), Type::Unknown);
        let key = (function.name.clone(), arguments);
        if let Some(known) = self.results.get(&key) {
            return known.clone();
        }
        let enough = self.open.len() >= DEEPEST || self.results.len() >= CALLS;
        if enough || self.open.contains(&function.name) {
            return Type::Unknown;
        }
        self.open.push(function.name.clone());
        let parameters = function.parameters.iter().cloned();
        let assigned = assigned_in(&function.body);
        let bound = parameters.zip(key.1.iter().cloned()).map(|(name, of)| {
            let changes = assigned.contains(&name);
            (name, if changes { Type::Unknown } else { of })
        });
        let scope = std::mem::replace(&mut self.scope, bound.collect());
        let assigned = std::mem::replace(&mut self.assigned, assigned);
        let returned = std::mem::take(&mut self.returned);
        let mut result = self.block(&function.body);
        for early in std::mem::replace(&mut self.returned, returned) {
            result = result.or(early);
        }
        self.scope = scope;
        self.assigned = assigned;
        self.open.pop();
        self.results.insert(key, result.clone());
        result
    }
}
