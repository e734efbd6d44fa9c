//! Reads policy files: compiles them, checks the names of functions, runs them once and gathers
//! what they declare. No facts are involved yet.

use crate::policy::fault::Faults;
use crate::policy::language::stop::{Raised, Stop, lower_first, sort};
use crate::policy::language::{engine, session};
use crate::policy::lint::names::{self, Names};
use crate::policy::lint::{Depth, Linter, table};
use crate::policy::scores;
use rhai::{
    AST, Dynamic, Engine, Expr, FnCallExpr, FnPtr, LexError, Map, NativeCallContext,
    ParseErrorType, Position, Stmt,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// A policy file that was compiled and run once.
pub(in crate::policy) struct Script {
    /// The path relative to the policy folder.
    pub(in crate::policy) file: String,
    /// The compiled text, which the closures of the declarations belong to.
    pub(in crate::policy) ast: Arc<AST>,
    /// What it declares, in order.
    pub(in crate::policy) declarations: Vec<Declaration>,
    /// The names of the members that it reads.
    pub(in crate::policy) members: BTreeSet<String>,
    /// The names of the members that `at_least` compares with.
    pub(in crate::policy) ordered: BTreeSet<String>,
    /// Whether it was read to its end.
    pub(in crate::policy) complete: bool,
}

/// One call of `rule`, `must`, `score` or the like.
pub(in crate::policy) struct Declaration {
    /// The name of the function.
    pub(in crate::policy) function: &'static str,
    /// Where the call stands.
    pub(in crate::policy) position: Position,
    /// Where the keys of its `#{ … }` stand.
    pub(in crate::policy) keys: BTreeMap<String, Position>,
    /// What it was called with.
    pub(in crate::policy) arguments: Vec<Dynamic>,
}

/// The functions that declare something, and how many arguments each takes.
const DECLARATIONS: [(&str, usize); 13] = [
    ("rule", 3),
    ("baseline", 2),
    ("must", 2),
    ("must_not", 2),
    ("should", 2),
    ("should_not", 2),
    ("may", 2),
    ("manual", 2),
    ("score", 3),
    ("out_of_scope", 2),
    ("profile", 2),
    ("change", 2),
    ("drop", 2),
];

type Calls = Arc<Mutex<Vec<(&'static str, Position, Vec<Dynamic>)>>>;

/// Compiles and runs policy files one by one.
pub(in crate::policy) struct Loader {
    engine: Engine,
    names: Names,
    calls: Calls,
    /// What looks through each file.
    pub(in crate::policy) linter: Linter,
}

impl Loader {
    pub(in crate::policy) fn new(depth: Depth) -> Self {
        let mut engine = engine::build();
        scores::register(&mut engine);
        let calls = Calls::default();
        for (name, count) in DECLARATIONS {
            let calls = Arc::clone(&calls);
            let note = move |context: &NativeCallContext<'_>, arguments: Vec<Dynamic>| {
                let mut calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
                calls.push((name, context.call_position(), arguments));
            };
            if count == 2 {
                engine.register_fn(
                    name,
                    move |context: NativeCallContext<'_>, id: Dynamic, header: Dynamic| {
                        note(&context, vec![id, header]);
                    },
                );
            } else {
                engine.register_fn(
                    name,
                    move |context: NativeCallContext<'_>,
                          id: Dynamic,
                          header: Dynamic,
                          body: Dynamic| {
                        note(&context, vec![id, header, body]);
                    },
                );
            }
        }
        let names = Names::of(&engine);
        Self {
            engine,
            names,
            calls,
            linter: Linter::new(depth),
        }
    }

    /// Reads one file. None where it can't be run; the faults say why.
    pub(in crate::policy) fn read(&self, file: &str, faults: &mut Faults<'_>) -> Option<Script> {
        let text = faults.source().text(file)?;
        let mut ast = match self.engine.compile(text) {
            Ok(ast) => ast,
            Err(error) => {
                let (message, help) = syntax(error.err_type());
                faults.note(&table::SYNTAX, (file, error.position()), message, help);
                return None;
            }
        };
        ast.set_source(file);
        self.names.check(file, &ast, faults);
        self.linter.check(file, &ast, faults);
        let mut keys = keys_of(&ast);
        session::begin(None);
        let result = self.engine.run_ast(&ast);
        session::end();
        let calls = std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner));
        let complete = result.is_ok();
        if let Err(error) = result {
            let (stop, position) = sort(error);
            let message = match stop {
                Stop::Broken(message) => message,
                Stop::Fail(verdict) | Stop::Unknown(verdict) | Stop::Manual(verdict) => {
                    verdict.reason
                }
            };
            // A function that does not exist was named already.
            if !faults.has_at(file, position) {
                faults.note(&table::FILE, (file, position), message, "");
            }
        }
        let declarations = calls
            .into_iter()
            .map(|(function, position, arguments)| Declaration {
                function,
                position,
                keys: keys.remove(&place(position)).unwrap_or_default(),
                arguments,
            })
            .collect();
        Some(Script {
            file: file.to_owned(),
            members: names::members(&ast),
            ordered: names::ordered(&ast),
            ast: Arc::new(ast),
            declarations,
            complete,
        })
    }
}

impl Script {
    /// The texts that a key of the first declaration lists.
    pub(in crate::policy) fn texts(&self, key: &str) -> Vec<String> {
        let header = self
            .declarations
            .first()
            .and_then(|first| first.arguments.get(1)?.clone().try_cast::<Map>());
        let listed = header.and_then(|mut header| header.remove(key)?.into_array().ok());
        let listed = listed.unwrap_or_default().into_iter();
        listed.filter_map(|one| one.into_string().ok()).collect()
    }

    /// A closure of this file that takes so many parameters. Variables of the file that it uses are
    /// copied into it, so that no rule can change what another one sees.
    pub(in crate::policy) fn closure(
        &self,
        value: &Dynamic,
        takes: &[usize],
    ) -> Result<Closure, String> {
        let Some(mut function) = value.clone().try_cast::<FnPtr>() else {
            return Err("a closure is missing here, such as `|mail, want| { … }`".to_owned());
        };
        let parameters = self
            .ast
            .iter_functions()
            .find(|known| known.name == function.fn_name())
            .map_or(0, |known| known.params.len())
            .saturating_sub(function.curry().len());
        if !takes.contains(&parameters) {
            let wanted: Vec<_> = takes.iter().map(usize::to_string).collect();
            return Err(format!(
                "the closure takes {parameters} parameters, and should take {}",
                wanted.join(" or ")
            ));
        }
        let copies: Vec<_> = function
            .curry()
            .iter()
            .map(Dynamic::flatten_clone)
            .collect();
        function.set_curry(copies);
        Ok(Closure {
            function,
            ast: Arc::clone(&self.ast),
            parameters,
        })
    }
}

/// A closure with the file that it belongs to.
#[derive(Clone)]
pub(in crate::policy) struct Closure {
    function: FnPtr,
    ast: Arc<AST>,
    parameters: usize,
}

impl Closure {
    /// Calls it with as many of the arguments as it takes.
    pub(in crate::policy) fn call(
        &self,
        engine: &Engine,
        mut arguments: Vec<Dynamic>,
    ) -> Raised<Dynamic> {
        arguments.truncate(self.parameters);
        self.function.call(engine, &self.ast, arguments)
    }
}

/// A place as a key.
fn place(position: Position) -> (usize, usize) {
    (
        position.line().unwrap_or(0),
        position.position().unwrap_or(0),
    )
}

/// The keys of the `#{ … }` that each call outside of functions has, by the place of the call.
fn keys_of(ast: &AST) -> BTreeMap<(usize, usize), BTreeMap<String, Position>> {
    ast.statements()
        .iter()
        .filter_map(|statement| {
            let (call, position) = call_of(statement)?;
            let keys = call.args.iter().find_map(|argument| {
                let Expr::Map(members, _) = argument else {
                    return None;
                };
                let keys = members.0.iter();
                Some(
                    keys.map(|(key, _)| (key.name.to_string(), key.pos))
                        .collect(),
                )
            })?;
            Some((place(position), keys))
        })
        .collect()
}

fn call_of(statement: &Stmt) -> Option<(&FnCallExpr, Position)> {
    if let Stmt::FnCall(call, position) = statement {
        return Some((call, *position));
    }
    if let Stmt::Expr(expression) = statement
        && let Expr::FnCall(call, position) = &**expression
    {
        return Some((call, *position));
    }
    None
}

/// A syntax error in this project's words, with help.
pub(in crate::policy) fn syntax(kind: &ParseErrorType) -> (String, &'static str) {
    if let ParseErrorType::VariableUndefined(name) = kind {
        let help = match name.as_str() {
            "not" => "not is written `!`: `!mail.mx.null_mx`",
            "and" => "and is written `&&`",
            "or" => "or is written `||`",
            _ => {
                "facts are read from the first parameter of the closure, as in `mail.…`; text stands in double quotes"
            }
        };
        return (format!("there is no variable `{name}` here"), help);
    }
    if let ParseErrorType::MissingToken(token, _) = kind
        && token == "else"
    {
        let help = "write `require CONDITION else \"why it fails\";`; values are compared by `==`";
        return ("`require` has no `else`".to_owned(), help);
    }
    if let ParseErrorType::MissingToken(token, _) = kind
        && token == ";"
    {
        let help = "the statement before this place ends without `;`; and is written `&&`, or `||`";
        return ("a `;` is missing".to_owned(), help);
    }
    if let ParseErrorType::BadInput(LexError::MalformedChar(text)) = kind {
        let help = "text stands in double quotes: `\"reject\"`";
        return (format!("`'{text}'` is no text"), help);
    }
    if let ParseErrorType::Reserved(word)
    | ParseErrorType::BadInput(LexError::ImproperSymbol(word, _)) = kind
        && !word.is_empty()
    {
        let help = if engine::is_disabled(word) {
            "policies have no endless loops, no catching of errors, no code from text and no other files"
        } else {
            ""
        };
        return (format!("`{word}` can't be used in policies"), help);
    }
    (lower_first(&kind.to_string()), "")
}
