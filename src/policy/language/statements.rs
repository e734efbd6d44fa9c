//! The statements that policies have beyond plain Rhai: `require`, `recommend`, `known`, `each`,
//! `each_or`, `unknown` and `manual`.

use super::lists::List;
use super::node::Fact;
use super::session;
use super::stop::{Raised, Stop, Verdict, broken, sort};
use super::trace;
use super::values::kind;
use crate::policy::explain::step::Held;
use crate::results::finding::Item;
use crate::results::outcome::Outcome;
use rhai::{
    Dynamic, Engine, EvalAltResult, EvalContext, Expression, FnPtr, NativeCallContext, Position,
};

/// How many items a reason names.
const NAMED: usize = 5;

/// The longest reason, in characters.
const REASON: usize = 1_000;

/// Teaches an engine the statements.
pub(in crate::policy) fn register(engine: &mut Engine) {
    for keyword in ["require", "recommend"] {
        engine.register_custom_syntax_with_state_raw(
            keyword,
            |symbols, _, _| {
                Ok(match symbols.len() {
                    1 | 3 => Some("$expr$".into()),
                    2 => Some("else".into()),
                    _ => None,
                })
            },
            false,
            move |context, inputs, _| demand(context, inputs, keyword),
        );
    }
    engine.register_custom_syntax_with_state_raw(
        "known",
        |symbols, _, _| {
            Ok(match symbols.len() {
                1 => Some("(".into()),
                2 => Some("$expr$".into()),
                3 => Some(")".into()),
                _ => None,
            })
        },
        false,
        |context, inputs, _| known(context, inputs),
    );
    engine
        .register_fn(
            "each",
            |context: NativeCallContext<'_>, list: Dynamic, body: FnPtr| {
                let list = List::of(list)?;
                if list.is_empty() {
                    return Err(broken(
                        "`each` over an empty list: say with `when` or `each_or` what that means",
                    ));
                }
                each(&context, &list, &body)
            },
        )
        .register_fn(
            "each_or",
            |context: NativeCallContext<'_>, list: Dynamic, body: FnPtr, empty: FnPtr| {
                let list = List::of(list)?;
                if list.is_empty() {
                    return empty
                        .call_within_context::<Dynamic>(&context, ())
                        .map(|_| ());
                }
                each(&context, &list, &body)
            },
        )
        .register_fn("unknown", |reason: &str| -> Raised<()> {
            Err(Stop::unknown(limit(reason)).raise(Position::NONE))
        })
        .register_fn("manual", |reason: &str| -> Raised<()> {
            Err(Stop::manual(limit(reason)).raise(Position::NONE))
        });
}

/// `require` ends the body where its condition does not hold, `recommend` notes it and goes on.
fn demand(
    context: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
    inputs: &[Expression<'_>],
    keyword: &str,
) -> Raised<Dynamic> {
    let [condition, message] = inputs else {
        return Err(broken(format!(
            "`{keyword}` takes a condition and a message"
        )));
    };
    let place = condition.start_position();
    let truth = context.eval_expression_tree(condition);
    let truth = match truth {
        Err(error) if trace::is_on() => return Err(stopped(context, (keyword, condition), error)),
        other => other?,
    };
    let holds = truth.as_bool().map_err(|_| {
        let got = kind(&truth);
        Stop::Broken(format!(
            "`{keyword}` needs a condition that is true or false, and got {got}"
        ))
        .raise(place)
    })?;
    if trace::is_on() {
        let held = if holds { Held::Yes } else { Held::No };
        trace::demand(context, keyword, condition, (held, ""));
    }
    if holds {
        return Ok(Dynamic::UNIT);
    }
    let reason = reason(context, message)?;
    trace::say(&reason);
    if keyword == "recommend" {
        session::recommend(&reason);
        return Ok(Dynamic::UNIT);
    }
    Err(Stop::fail(reason).raise(place))
}

/// A condition that gave no truth, written down on the way up.
#[expect(
    clippy::unnecessary_box_returns,
    reason = "Rhai carries its errors in a box"
)]
fn stopped(
    context: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
    (keyword, condition): (&str, &Expression<'_>),
    error: Box<EvalAltResult>,
) -> Box<EvalAltResult> {
    let (stop, place) = sort(error);
    let held = match &stop {
        Stop::Unknown(verdict) | Stop::Manual(verdict) => (Held::Unknown, verdict.reason.as_str()),
        Stop::Fail(verdict) => (Held::No, verdict.reason.as_str()),
        Stop::Broken(message) => (Held::Error, message.as_str()),
    };
    trace::demand(context, keyword, condition, held);
    stop.raise(place)
}

/// The message behind `else`. What it would show may be unknown: that the condition does not hold is not.
fn reason(
    context: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
    message: &Expression<'_>,
) -> Raised<String> {
    let error = match context.eval_expression_tree(message) {
        Ok(text) => {
            return match text.read_lock::<Fact>() {
                Some(fact) => Ok(limit(&fact.text())),
                None => Ok(limit(&text.to_string())),
            };
        }
        Err(error) => error,
    };
    let place = message.start_position();
    match sort(error) {
        (Stop::Unknown(verdict) | Stop::Manual(verdict), _) => {
            Ok(limit(&format!("it does not hold; {}", verdict.reason)))
        }
        (stop @ (Stop::Fail(_) | Stop::Broken(_)), inner) => {
            Err(stop.raise(if inner.is_none() { place } else { inner }))
        }
    }
}

/// Whether reading something leads to no unknown observation and it is none itself.
fn known(
    context: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
    inputs: &[Expression<'_>],
) -> Raised<Dynamic> {
    let [node] = inputs else {
        return Err(broken("`known` takes one fact"));
    };
    match context.eval_expression_tree(node) {
        Ok(value) => Ok((!value
            .read_lock::<Fact>()
            .is_some_and(|fact| fact.is_unknown()))
        .into()),
        Err(error) => match sort(error) {
            (Stop::Unknown(_) | Stop::Manual(_), _) => Ok(false.into()),
            (stop @ (Stop::Fail(_) | Stop::Broken(_)), place) => Err(stop.raise(place)),
        },
    }
}

/// Runs the body for every item and gathers what came of it.
fn each(context: &NativeCallContext<'_>, list: &List, body: &FnPtr) -> Raised<()> {
    let mut items = Vec::new();
    let mut settled = None;
    for (index, item) in list.iter().enumerate() {
        let name = name_of(&item, index);
        session::enter(&name);
        trace::enter();
        let result = body.call_within_context::<Dynamic>(context, (item,));
        session::leave();
        let (outcome, verdict, place) = match result.map_err(sort) {
            Ok(_) => (Outcome::Pass, Verdict::default(), Position::NONE),
            Err((Stop::Fail(verdict), place)) => (Outcome::Fail, verdict, place),
            Err((Stop::Unknown(verdict), place)) => (Outcome::Unknown, verdict, place),
            Err((Stop::Manual(verdict), place)) => (Outcome::Manual, verdict, place),
            Err((broken @ Stop::Broken(_), place)) => {
                trace::leave(&name, Outcome::Error, "");
                return Err(broken.raise(place));
            }
        };
        trace::leave(&name, outcome, &verdict.reason);
        if outcome != Outcome::Pass && settled.is_none_or(|(worst, _)| outcome < worst) {
            settled = Some((outcome, place));
        }
        add(&mut items, name, outcome, verdict);
    }
    let Some((outcome, place)) = settled else {
        return Ok(());
    };
    items.sort_by_key(|item| item.outcome);
    let reason = sentence(&items, outcome);
    let verdict = Verdict { reason, items };
    Err(if outcome == Outcome::Fail {
        Stop::Fail(verdict)
    } else if outcome == Outcome::Manual {
        Stop::Manual(verdict)
    } else {
        Stop::Unknown(verdict)
    }
    .raise(place))
}

/// An item is called by its own name, else by its number, counted from 1.
fn name_of(item: &Dynamic, index: usize) -> String {
    let own = match item.read_lock::<Fact>() {
        Some(fact) => fact.title(),
        None => item.is_string().then(|| item.to_string()),
    };
    own.filter(|name| !name.is_empty() && name.chars().count() <= 255)
        .unwrap_or_else(|| (index + 1).to_string())
}

/// Adds what came of one item; the items of an `each` inside take its name in front of their own.
fn add(items: &mut Vec<Item>, name: String, outcome: Outcome, verdict: Verdict) {
    if verdict.items.is_empty() {
        items.push(Item {
            name,
            outcome,
            reason: verdict.reason,
        });
        return;
    }
    items.extend(verdict.items.into_iter().map(|inner| Item {
        name: format!("{name} / {}", inner.name),
        ..inner
    }));
}

/// One sentence of the items that came out so.
fn sentence(items: &[Item], outcome: Outcome) -> String {
    let chosen: Vec<_> = items
        .iter()
        .filter(|item| item.outcome == outcome)
        .map(|item| format!("{}: {}", item.name, item.reason))
        .collect();
    let mut text = if chosen.len() > 1 {
        format!("{} of {}: ", chosen.len(), items.len())
    } else {
        String::new()
    };
    text.push_str(&chosen.get(..NAMED).unwrap_or(&chosen).join("; "));
    if chosen.len() > NAMED {
        text.extend(["; and ", &(chosen.len() - NAMED).to_string(), " more"]);
    }
    limit(&text)
}

fn limit(text: &str) -> String {
    match text.char_indices().nth(REASON) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
