//! A compiled file as lints walk it: its statements, and its functions and closures with their bodies.

use rhai::{AST, ASTNode, Expr, FnPtr, Module, Position, Stmt};
use std::collections::{BTreeMap, BTreeSet};

/// How Rhai calls closures.
const CLOSURE: &str = "anon$";

/// One file.
pub(super) struct Code {
    /// What stands outside of functions.
    pub(super) statements: Vec<Stmt>,
    /// Functions and closures, by name and number of parameters.
    functions: BTreeMap<(String, usize), Function>,
}

/// A function or a closure.
pub(super) struct Function {
    /// Its name; a closure has one that Rhai made up.
    pub(super) name: String,
    /// Its parameters; of a closure, first the variables that it takes in.
    pub(super) parameters: Vec<String>,
    /// Its statements.
    pub(super) body: Vec<Stmt>,
    /// Where its name stands; of a closure, its first `|`.
    pub(super) place: Position,
}

impl Function {
    /// Whether it has no name in the text.
    pub(super) fn is_closure(&self) -> bool {
        self.name.starts_with(CLOSURE)
    }
}

impl Code {
    /// The code of a compiled file.
    pub(super) fn of(ast: &AST, text: &str) -> Self {
        let mut closures = BTreeMap::new();
        ast.walk(&mut |path: &[ASTNode<'_>]| {
            if let Some(ASTNode::Expr(expression)) = path.last()
                && let Some(name) = pointer(expression)
            {
                closures.insert(name, expression.position());
            }
            true
        });
        let functions = ast.iter_fn_def().map(|definition| {
            let name = definition.name.to_string();
            let place = closures.get(&name).copied();
            let parameters: Vec<_> = definition.params.iter().map(ToString::to_string).collect();
            // The type of a body has no name outside of Rhai: a walk is the way to its statements.
            let mut alone = Module::new();
            alone.set_script_fn(definition.clone());
            let function = Function {
                place: place.unwrap_or_else(|| declared(text, &name)),
                body: statements_of(&AST::new([], alone)),
                name: name.clone(),
                parameters,
            };
            ((name, function.parameters.len()), function)
        });
        Self {
            functions: functions.collect(),
            statements: ast.statements().to_vec(),
        }
    }

    /// A function by name and number of parameters.
    pub(super) fn function(&self, name: &str, parameters: usize) -> Option<&Function> {
        self.functions.get(&(name.to_owned(), parameters))
    }

    /// A closure by the name that Rhai gave it.
    pub(super) fn closure(&self, name: &str) -> Option<&Function> {
        self.functions()
            .find(|function| function.name == name && function.is_closure())
    }

    /// All functions and closures.
    pub(super) fn functions(&self) -> impl Iterator<Item = &Function> {
        self.functions.values()
    }

    /// Visits every node, outside of functions and in them, with the nodes that it stands in.
    pub(super) fn walk(&self, visit: &mut dyn FnMut(&[ASTNode<'_>])) {
        walk(&self.statements, visit);
        for function in self.functions() {
            walk(&function.body, visit);
        }
    }

    /// The calls that declare a rule, with their arguments.
    pub(super) fn rules(&self) -> impl Iterator<Item = (&[Expr], Position)> {
        self.declarations()
            .filter(|(name, ..)| *name == "rule")
            .map(|(_, arguments, position)| (arguments, position))
    }

    /// The calls that stand outside of functions as statements.
    pub(super) fn declarations(&self) -> impl Iterator<Item = (&str, &[Expr], Position)> {
        self.statements.iter().filter_map(|statement| {
            if let Stmt::FnCall(call, position) = statement {
                return Some((call.name.as_str(), call.args.as_slice(), *position));
            }
            if let Stmt::Expr(expression) = statement
                && let Expr::FnCall(call, position) = &**expression
            {
                return Some((call.name.as_str(), call.args.as_slice(), *position));
            }
            None
        })
    }
}

/// Whether a call ends the body that it stands in. With two arguments, `manual` declares a requirement.
pub(super) fn ends(name: &str, arguments: usize) -> bool {
    name == "unknown" || name == "manual" && arguments == 1
}

fn statements_of(ast: &AST) -> Vec<Stmt> {
    let mut statements = Vec::new();
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let [ASTNode::Stmt(statement)] = path {
            statements.push((*statement).clone());
        }
        true
    });
    statements
}

/// Visits every node of statements, with the nodes that it stands in.
pub(super) fn walk(statements: &[Stmt], visit: &mut dyn FnMut(&[ASTNode<'_>])) {
    for statement in statements {
        statement.walk(&mut Vec::new(), &mut |path: &[ASTNode<'_>]| {
            visit(path);
            true
        });
    }
}

/// The name of a closure that takes no variables in.
fn pointer(expression: &Expr) -> Option<String> {
    let Expr::DynamicConstant(value, _) = expression else {
        return None;
    };
    let function = value.read_lock::<FnPtr>()?;
    Some(function.fn_name().to_owned())
}

/// The name of a closure and the variables that it takes in.
pub(super) fn closure(expression: &Expr) -> Option<(String, &[Expr])> {
    if let Some(name) = pointer(expression) {
        return Some((name, &[]));
    }
    let Expr::Stmt(block) = expression else {
        return None;
    };
    // Rhai writes a closure that takes variables in as a block that shares them and calls `curry`.
    let Some(Stmt::Expr(last)) = block.statements().last() else {
        return None;
    };
    let Expr::FnCall(call, _) = &**last else {
        return None;
    };
    let (first, taken) = call.args.split_first()?;
    (call.name == "curry").then_some(())?;
    Some((pointer(first)?, taken))
}

/// The members of a `#{ … }`: name, place of the name, and value.
pub(super) fn members(expression: &Expr) -> Vec<(&str, Position, &Expr)> {
    let Expr::Map(members, _) = expression else {
        return Vec::new();
    };
    let all = members.0.iter();
    all.map(|(key, value)| (key.name.as_str(), key.pos, value))
        .collect()
}

/// A member of a `#{ … }` by name.
pub(super) fn member<'e>(expression: &'e Expr, name: &str) -> Option<&'e Expr> {
    let mut all = members(expression).into_iter();
    all.find(|(key, ..)| *key == name).map(|(.., value)| value)
}

/// The text of a literal in quotes.
pub(super) fn text(expression: &Expr) -> Option<&str> {
    if let Expr::StringConstant(text, _) = expression {
        Some(text)
    } else {
        None
    }
}

/// Where the name of a function stands that is declared with `fn`.
fn declared(text: &str, name: &str) -> Position {
    for (index, line) in text.lines().enumerate() {
        let after = line.trim_start().strip_prefix("fn ").map(str::trim_start);
        let Some(rest) = after.and_then(|after| after.strip_prefix(name)) else {
            continue;
        };
        if rest.trim_start().starts_with('(') {
            let before = line.len() - rest.len() - name.len();
            let column = line
                .get(..before)
                .map_or(0, |before| before.chars().count());
            return position(index + 1, column + 1);
        }
    }
    Position::NONE
}

/// Where a parameter stands that is declared behind this place.
pub(super) fn parameter(text: &str, from: Position, name: &str) -> Position {
    let (Some(line), Some(column)) = (from.line(), from.position()) else {
        return from;
    };
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    for (index, content) in text.lines().enumerate().skip(line - 1).take(10) {
        let skipped = if index + 1 == line { column - 1 } else { 0 };
        let letters: Vec<char> = content.chars().collect();
        let mut at = skipped;
        while let Some(letter) = letters.get(at) {
            let word: String = letters
                .iter()
                .skip(at)
                .take_while(|letter| is_word(**letter))
                .collect();
            if word == name {
                return position(index + 1, at + 1);
            }
            at += word.chars().count().max(1);
            if *letter == '{' {
                return from;
            }
        }
    }
    from
}

fn position(line: usize, column: usize) -> Position {
    match (u16::try_from(line), u16::try_from(column)) {
        (Ok(line), Ok(column)) if line > 0 => Position::new(line, column),
        (Ok(_) | Err(_), _) => Position::NONE,
    }
}

/// Which functions and closures are reached from here, by way of calls and of closures handed on.
pub(super) fn reached(code: &Code, from: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<String> = from.into_iter().collect();
    while let Some(name) = open.pop() {
        if !reached.insert(name.clone()) {
            continue;
        }
        let named = code.functions().filter(|function| function.name == name);
        for function in named {
            open.extend(called(&function.body));
        }
    }
    reached
}

/// The names of all functions and closures that statements name.
pub(super) fn called(statements: &[Stmt]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    walk(statements, &mut |path| match path.last() {
        Some(
            ASTNode::Stmt(Stmt::FnCall(call, _))
            | ASTNode::Expr(Expr::FnCall(call, _) | Expr::MethodCall(call, _)),
        ) => {
            names.insert(call.name.to_string());
        }
        Some(ASTNode::Expr(expression)) => names.extend(pointer(expression)),
        _ => {}
    });
    names
}
