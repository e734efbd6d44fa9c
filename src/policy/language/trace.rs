//! What a rule did, written down for whoever asks why. Off, it costs one look at a flag a statement.
//!
//! Policies are pure: the sides of a comparison are recovered by evaluating them once more, beside the
//! notes of the rule and outside of its budget.

use super::node::{Fact, to_json};
use super::session;
use super::stop::sort;
use super::wording;
use crate::policy::explain::step::{Compared, Demand, Held, Operand, Step};
use crate::results::outcome::Outcome;
use rhai::{ASTFlags, BinaryExpr, Dynamic, EvalContext, Expr, Expression, FnCallExpr};
use serde_json::Value;
use std::cell::{Cell, RefCell};

/// The most steps that are written down.
const STEPS: usize = 2_000;

thread_local! {
    static ON: Cell<bool> = const { Cell::new(false) };
    /// The steps so far: those of the rule itself, then those of each item that is open.
    static OPEN: RefCell<Vec<Vec<Step>>> = const { RefCell::new(Vec::new()) };
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

/// Writes down what happens while something runs on this thread.
pub(in crate::policy) fn of<T>(work: impl FnOnce() -> T) -> (T, Vec<Step>) {
    OPEN.replace(vec![Vec::new()]);
    COUNT.set(0);
    ON.set(true);
    let done = work();
    ON.set(false);
    let mut steps = OPEN.take();
    // Items that were open when the rule broke end here.
    while steps.len() > 1 {
        let inner = steps.pop().unwrap_or_default();
        if let Some(outer) = steps.last_mut() {
            outer.extend(inner);
        }
    }
    (done, steps.pop().unwrap_or_default())
}

/// Whether steps are written down.
pub(in crate::policy) fn is_on() -> bool {
    ON.get()
}

fn add(step: Step) {
    COUNT.set(COUNT.get() + 1);
    if COUNT.get() <= STEPS {
        OPEN.with_borrow_mut(|open| {
            if let Some(last) = open.last_mut() {
                last.push(step);
            }
        });
    }
}

/// Begins an item of a list.
pub(in crate::policy) fn enter() {
    if is_on() {
        OPEN.with_borrow_mut(|open| open.push(Vec::new()));
    }
}

/// Ends the item that was begun last.
pub(in crate::policy) fn leave(name: &str, outcome: Outcome, reason: &str) {
    if !is_on() {
        return;
    }
    let steps = OPEN.with_borrow_mut(Vec::pop).unwrap_or_default();
    add(Step::Item {
        name: name.to_owned(),
        outcome,
        reason: reason.to_owned(),
        steps,
    });
}

/// Gives the demand that was written down last its message.
pub(in crate::policy) fn say(message: &str) {
    if !is_on() {
        return;
    }
    OPEN.with_borrow_mut(|open| {
        if let Some(Step::Demand(demand)) = open.last_mut().and_then(|steps| steps.last_mut()) {
            message.clone_into(&mut demand.message);
        }
    });
}

/// Writes down a `require` or `recommend`, with the values of the parts of its condition.
pub(in crate::policy) fn demand(
    context: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
    statement: &str,
    condition: &Expr,
    held: (Held, &str),
) {
    let mut parts = Parts {
        context,
        operands: Vec::new(),
        compared: Vec::new(),
    };
    ON.set(false);
    let _ = parts.take(condition);
    ON.set(true);
    let Parts {
        operands, compared, ..
    } = parts;
    add(Step::Demand(Demand {
        statement: statement.to_owned(),
        line: condition.start_position().line().unwrap_or(0),
        source: String::new(),
        condition: wording::text(condition),
        held: held.0,
        operands,
        message: held.1.to_owned(),
        compared,
    }));
}

/// The parts of a condition, as they are found.
struct Parts<'c, 'a, 'ps, 'g, 's, 't, 'x> {
    context: &'c mut EvalContext<'a, 'ps, 'g, 's, 't, 'x>,
    operands: Vec<Operand>,
    compared: Vec<Compared>,
}

/// A side of a comparison.
struct Side {
    facts: Vec<String>,
    value: Option<Value>,
}

impl Parts<'_, '_, '_, '_, '_, '_, '_> {
    /// Takes a condition apart as far as it was evaluated, and gives its truth where it has one.
    fn take(&mut self, condition: &Expr) -> Option<bool> {
        if let Expr::And(parts, _) = condition {
            for part in parts.iter() {
                if !self.take(part)? {
                    return Some(false);
                }
            }
            return Some(true);
        }
        if let Expr::Or(parts, _) = condition {
            for part in parts.iter() {
                if self.take(part)? {
                    return Some(true);
                }
            }
            return Some(false);
        }
        if let Expr::FnCall(call, _) = condition
            && (call.is_operator_call() || call.name == "contains")
        {
            if let ("!", [inner]) = (call.name.as_str(), call.args.as_slice()) {
                return self.take(inner).map(|truth| !truth);
            }
            self.sides(&call.args);
            return self.truth(condition);
        }
        if let Some((target, call)) = without_last(condition) {
            let mut sides = vec![target];
            sides.extend(call.args.iter().cloned());
            self.sides(&sides);
            return self.truth(condition);
        }
        let side = self.side(condition);
        side.value.and_then(|value| value.as_bool())
    }

    fn truth(&mut self, condition: &Expr) -> Option<bool> {
        let (value, _) = self.evaluate(condition);
        value.ok()?.as_bool().ok()
    }

    /// Values that are held against each other.
    fn sides(&mut self, sides: &[Expr]) {
        let sides: Vec<Side> = sides
            .iter()
            .filter(|side| !wording::is_closure(side))
            .map(|side| self.side(side))
            .collect();
        for (index, side) in sides.iter().enumerate() {
            let others = sides.iter().enumerate().filter(|(at, _)| *at != index);
            let values = others.filter_map(|(_, other)| other.value.clone());
            self.compared.push(Compared {
                facts: side.facts.clone(),
                values: values.collect(),
            });
        }
    }

    fn side(&mut self, expression: &Expr) -> Side {
        let (value, facts) = self.evaluate(expression);
        let (value, trouble) = match value {
            Ok(value) => (Some(value), String::new()),
            Err(trouble) => (None, trouble),
        };
        let json = value.as_ref().map(shown);
        let text = wording::text(expression);
        let is_new = !self.operands.iter().any(|known| known.text == text);
        if is_new && !wording::is_constant(expression) {
            self.operands.push(Operand {
                text,
                value: json.clone(),
                trouble,
            });
        }
        Side { facts, value: json }
    }

    /// The value of a part, or why it has none, and the facts that were read for it.
    fn evaluate(&mut self, expression: &Expr) -> (Result<Dynamic, String>, Vec<String>) {
        let context = &mut *self.context;
        let work = || {
            let value = context.eval_expression_tree(&Expression::from(expression));
            value.map_err(|error| sort(error).0.words())
        };
        session::aside(work)
    }
}

/// A value as evidence shows it: short.
pub(in crate::policy) fn shown(value: &Dynamic) -> Value {
    if let Some(fact) = value.read_lock::<Fact>() {
        return fact.evidence();
    }
    if let Ok(items) = value.as_array_ref() {
        if items.iter().all(|item| item.read_lock::<Fact>().is_none()) && items.len() <= 10 {
            return items.iter().map(to_json).collect();
        }
        let count = items.len();
        let plural = if count == 1 { "" } else { "s" };
        return Value::String(format!("{count} item{plural}"));
    }
    to_json(value)
}

/// A chain that ends with a call of a method, without this call.
fn without_last(expression: &Expr) -> Option<(Expr, &FnCallExpr)> {
    let chained = |chain: &BinaryExpr, rhs| {
        let lhs = chain.lhs.clone();
        Box::new(BinaryExpr { lhs, rhs })
    };
    if let Expr::Dot(chain, flags, place) = expression {
        if let Expr::MethodCall(call, _) = &chain.rhs {
            return Some((chain.lhs.clone(), call));
        }
        let (shorter, call) = without_last(&chain.rhs)?;
        return Some((Expr::Dot(chained(chain, shorter), *flags, *place), call));
    }
    if let Expr::Index(chain, flags, place) = expression
        && !flags.contains(ASTFlags::BREAK)
    {
        let (shorter, call) = without_last(&chain.rhs)?;
        return Some((Expr::Index(chained(chain, shorter), *flags, *place), call));
    }
    None
}
