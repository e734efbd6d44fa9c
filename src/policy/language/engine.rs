//! The Rhai engine that policies run in: nothing but computing, within limits, the same in every build.

use super::node::Fact;
use super::{lists, node, session, statements, values};
use rhai::{Engine, EvalContext, OptimizationLevel};
use std::thread;

/// How deep functions and closures may call each other.
const CALLS: usize = 32;
/// How deep expressions may be nested.
const EXPRESSIONS: usize = 64;
/// The longest text, in bytes; also of all text in one list.
pub(in crate::policy) const TEXT: usize = 256 * 1024;
/// The most items of one list, those of lists inside it included.
pub(in crate::policy) const ITEMS: usize = 10_000;
/// The most members of one object.
const MEMBERS: usize = 1_000;
/// The most variables at one time.
const VARIABLES: usize = 256;
/// The most functions in one file.
const FUNCTIONS: usize = 2_000;

/// The stack of the threads that run policies, in bytes. Only what is used is taken from memory. It
/// holds the deepest nesting that the limits above allow, in builds without optimization too.
const STACK: usize = 64 * 1024 * 1024;

/// What policies can't say: loops without an end, catching errors, code from text, other files.
const SYMBOLS: [&str; 19] = [
    "eval",
    "try",
    "catch",
    "throw",
    "while",
    "loop",
    "until",
    "do",
    "import",
    "export",
    "as",
    "private",
    "print",
    "debug",
    "curry",
    "Fn",
    "is_def_fn",
    "is_def_var",
    "is_shared",
];

/// An engine that can read facts and knows the statements of policies.
///
/// It has none of Rhai's packages: operators come from the language itself, everything else from the
/// modules beside this one. So there is no clock, no `sleep` and nothing that grows without a limit.
pub(in crate::policy) fn build() -> Engine {
    let mut engine = Engine::new_raw();
    restrict(&mut engine);
    values::register(&mut engine);
    lists::register(&mut engine);
    node::register(&mut engine);
    statements::register(&mut engine);
    engine
}

/// Whether policies can't say this word.
pub(in crate::policy) fn is_disabled(word: &str) -> bool {
    SYMBOLS.contains(&word)
}

fn restrict(engine: &mut Engine) {
    engine
        .set_optimization_level(OptimizationLevel::None)
        .set_fast_operators(false)
        .set_strict_variables(true)
        .set_fail_on_invalid_map_property(true)
        .set_max_call_levels(CALLS)
        .set_max_expr_depths(EXPRESSIONS, EXPRESSIONS)
        .set_max_string_size(TEXT)
        .set_max_array_size(ITEMS)
        .set_max_map_size(MEMBERS)
        .set_max_variables(VARIABLES)
        .set_max_functions(FUNCTIONS)
        .set_max_modules(1)
        .set_max_operations(u64::from(session::OPERATIONS))
        .on_progress(|_| (!session::tick()).then(|| "budget".into()))
        .on_print(|_| {})
        .on_debug(|_, _, _| {});
    for symbol in SYMBOLS {
        engine.disable_symbol(symbol);
    }
    by_value(engine);
}

/// Lets closures take facts and lists from around them by value. Rhai would share such a variable
/// behind a lock and then stop with a data race at `list.any(|item| … list …)`.
#[expect(
    deprecated,
    reason = "Rhai marks this callback so because it may change, not because it goes away"
)]
fn by_value(engine: &mut Engine) {
    engine.on_var(|name, _, context: EvalContext<'_, '_, '_, '_, '_, '_>| {
        Ok(context
            .scope()
            .get(name)
            .filter(|value| {
                value.is::<Fact>() || value.is_array() || value.is_map() || value.is_fnptr()
            })
            .cloned())
    });
}

/// Runs something on a thread with a stack that the limits can't overflow. None: the system gave no
/// thread, or the work panicked.
pub(in crate::policy) fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    thread::scope(|scope| {
        thread::Builder::new()
            .name("policy".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, work)
            .ok()?
            .join()
            .ok()
    })
}
