//! Scalars in policies: comparisons that never guess, numbers, text and ordered vocabularies.

use super::node::Fact;
use super::session;
use super::stop::{Raised, broken};
use crate::policy::suggest::did_you_mean;
use rhai::{Array, Dynamic, Engine, ImmutableString, NativeCallContext};
use std::cmp::Ordering;

/// The words that have an order, each list from weak to strict.
pub(in crate::policy) const VOCABULARIES: [(&str, &[&str]); 5] = [
    ("DMARC policies", &["none", "quarantine", "reject"]),
    (
        "TLS versions",
        &["SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"],
    ),
    ("SPF results", &["pass", "neutral", "softfail", "fail"]),
    ("MTA-STS modes", &["none", "testing", "enforce"]),
    (
        "grades",
        &["insufficient", "phase-out", "sufficient", "good"],
    ),
];

/// How many octets of a text that is gone through count as one operation.
const OCTETS: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    const ALL: [Self; 6] = [
        Self::Equal,
        Self::NotEqual,
        Self::Less,
        Self::LessOrEqual,
        Self::Greater,
        Self::GreaterOrEqual,
    ];

    const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// Whether it asks for sameness only, and not for an order.
    const fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }

    /// Whether it holds of two values in this order; those without an order are only unequal.
    fn holds(self, order: Option<Ordering>) -> bool {
        match self {
            Self::Equal => order == Some(Ordering::Equal),
            Self::NotEqual => order != Some(Ordering::Equal),
            Self::Less => order == Some(Ordering::Less),
            Self::LessOrEqual => order.is_some_and(Ordering::is_le),
            Self::Greater => order == Some(Ordering::Greater),
            Self::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
        }
    }
}

/// What kind of value it is, for messages.
pub(in crate::policy) fn kind(value: &Dynamic) -> &'static str {
    if value.is_unit() {
        "nothing"
    } else if value.is_bool() {
        "true or false"
    } else if value.is_int() || value.is_float() {
        "a number"
    } else if value.is_string() || value.is_char() {
        "text"
    } else if value.is_array() {
        "a list"
    } else if value.is_map() {
        "an object"
    } else if value.is_fnptr() {
        "a function"
    } else if let Some(fact) = value.read_lock::<Fact>() {
        fact.kind()
    } else {
        "something else"
    }
}

/// Whether two values of a policy are the same; an error where they are of unlike types.
pub(in crate::policy) fn same(left: &Dynamic, right: &Dynamic) -> Raised<bool> {
    compare(Comparison::Equal, left, right)
}

fn compare(comparison: Comparison, left: &Dynamic, right: &Dynamic) -> Raised<bool> {
    if let (Some(left), Some(right)) = (number(left), number(right)) {
        return Ok(comparison.holds(left.partial_cmp(&right)));
    }
    if let (Some(left), Some(right)) = (text(left), text(right)) {
        return Ok(comparison.holds(Some(left.cmp(&right))));
    }
    if comparison.is_equality() {
        if let (Ok(left), Ok(right)) = (left.as_bool(), right.as_bool()) {
            return Ok(comparison.holds(Some(left.cmp(&right))));
        }
        if let (Some(left), Some(right)) = (list(left)?, list(right)?) {
            let order = if same_items(&left, &right)? {
                Ordering::Equal
            } else {
                Ordering::Less
            };
            return Ok(comparison.holds(Some(order)));
        }
    }
    let (left_kind, right_kind) = (kind(left), kind(right));
    let help = if [left_kind, right_kind].contains(&"an observation") {
        "; read its `.value`"
    } else {
        ""
    };
    Err(broken(format!(
        "can't compare {left_kind} with {right_kind} by `{}`{help}",
        comparison.symbol()
    )))
}

fn same_items(left: &[Dynamic], right: &[Dynamic]) -> Raised<bool> {
    if left.len() != right.len() {
        return Ok(false);
    }
    for (left, right) in left.iter().zip(right) {
        session::spend(1);
        if !same(left, right)? {
            return Ok(false);
        }
    }
    Ok(true)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "numbers in facts and policies are far below 2^53; two integers are compared as such elsewhere"
)]
fn number(value: &Dynamic) -> Option<f64> {
    value
        .as_int()
        .map(|number| number as f64)
        .or_else(|_| value.as_float())
        .ok()
}

fn text(value: &Dynamic) -> Option<ImmutableString> {
    value
        .clone()
        .into_immutable_string()
        .or_else(|_| value.as_char().map(|letter| letter.to_string().into()))
        .ok()
}

fn list(value: &Dynamic) -> Raised<Option<Array>> {
    if let Ok(items) = value.as_array_ref() {
        return Ok(Some(items.clone()));
    }
    match value.read_lock::<Fact>() {
        Some(fact) if fact.kind() == "a list" => {
            Ok(Some(fact.items()?.iter().map(Fact::read).collect()))
        }
        Some(_) | None => Ok(None),
    }
}

/// The ordered vocabularies, each from weak to strict.
pub(in crate::policy) fn vocabularies() -> impl Iterator<Item = &'static [&'static str]> {
    VOCABULARIES.iter().map(|(_, words)| *words)
}

/// What to do about a word that is in no ordered vocabulary with another one; nothing where it is in one, or where
/// that other one is in none.
pub(in crate::policy) fn misplaced(beside: &str, word: &str) -> Option<String> {
    let fitting = VOCABULARIES.into_iter().map(|(_, words)| words);
    let fitting: Vec<_> = fitting.filter(|words| words.contains(&beside)).collect();
    if fitting.is_empty() || fitting.iter().any(|words| words.contains(&word)) {
        return None;
    }
    let help = did_you_mean(word, fitting.iter().flat_map(|words| words.iter().copied()));
    if !help.is_empty() {
        return Some(help);
    }
    let orders: Vec<_> = fitting.iter().map(|words| words.join(" < ")).collect();
    Some(format!("there are {}", orders.join("; ")))
}

/// How two words stand to each other in the first ordered vocabulary that has both: the stricter one is greater.
pub(in crate::policy) fn ranked(left: &str, right: &str) -> Option<Ordering> {
    let rank = |words: &[&str], wanted: &str| words.iter().position(|word| *word == wanted);
    VOCABULARIES
        .iter()
        .find_map(|(_, words)| Some(rank(words, left)?.cmp(&rank(words, right)?)))
}

fn at_least(value: &str, floor: &str) -> Raised<bool> {
    if let Some(order) = ranked(value, floor) {
        return Ok(order.is_ge());
    }
    let known = VOCABULARIES
        .map(|(name, words)| format!("{name} ({})", words.join(" < ")))
        .join(", ");
    Err(broken(format!(
        "`{value}` and `{floor}` do not belong to one ordered vocabulary; there are {known}"
    )))
}

/// Teaches an engine comparisons, numbers and text.
pub(in crate::policy) fn register(engine: &mut Engine) {
    register_comparisons(engine);
    register_numbers(engine);
    register_text(engine);
    engine
        .register_fn("!", |truth: bool| !truth)
        .register_fn("at_least", |value: &str, floor: &str| {
            at_least(value, floor)
        });
}

/// The pairs that occur most get a function of their own; all others go through `compare`.
fn register_comparisons(engine: &mut Engine) {
    for by in Comparison::ALL {
        let name = by.symbol();
        engine
            .register_fn(name, move |left: i64, right: i64| {
                by.holds(Some(left.cmp(&right)))
            })
            .register_fn(
                name,
                move |left: ImmutableString, right: ImmutableString| {
                    by.holds(Some(left.as_str().cmp(right.as_str())))
                },
            )
            .register_fn(name, move |left: Dynamic, right: Dynamic| {
                compare(by, &left, &right)
            });
    }
}

fn register_numbers(engine: &mut Engine) {
    let overflow = || broken("the number is too large");
    engine
        .register_fn("-", move |number: i64| {
            number.checked_neg().ok_or_else(overflow)
        })
        .register_fn("-", |number: f64| -number)
        .register_fn("+", |number: i64| number)
        .register_fn("+", |number: f64| number)
        .register_fn("round", |number: i64| number)
        .register_fn("round", f64::round)
        .register_fn("min", |left: i64, right: i64| left.min(right))
        .register_fn("max", |left: i64, right: i64| left.max(right))
        .register_fn("min", |left: Dynamic, right: Dynamic| {
            extreme(&left, &right, f64::min)
        })
        .register_fn("max", |left: Dynamic, right: Dynamic| {
            extreme(&left, &right, f64::max)
        })
        .register_fn("to_string", |number: i64| number.to_string())
        .register_fn("to_string", |number: f64| number.to_string())
        .register_fn("to_string", |truth: bool| truth.to_string());
}

fn extreme(left: &Dynamic, right: &Dynamic, choose: fn(f64, f64) -> f64) -> Raised<f64> {
    match (number(left), number(right)) {
        (Some(left), Some(right)) => Ok(choose(left, right)),
        (Some(_), None) | (None, Some(_) | None) => Err(broken(format!(
            "`min` and `max` take numbers, not {} and {}",
            kind(left),
            kind(right)
        ))),
    }
}

/// Charges for going through a text once.
fn gone_through(text: &str) -> &str {
    session::spend(text.len() / OCTETS);
    text
}

fn register_text(engine: &mut Engine) {
    engine
        .register_fn("len", |text: &str| {
            count(gone_through(text).chars().count())
        })
        .register_fn("is_empty", |text: &str| text.is_empty())
        .register_fn("starts_with", |text: &str, part: &str| {
            text.starts_with(part)
        })
        .register_fn("ends_with", |text: &str, part: &str| text.ends_with(part))
        .register_fn("contains", |text: &str, part: &str| {
            gone_through(text).contains(part)
        })
        .register_fn("is_within", is_within)
        .register_fn("to_lower", |text: &str| gone_through(text).to_lowercase())
        .register_fn("to_upper", |text: &str| gone_through(text).to_uppercase())
        .register_fn("trim", |text: &str| gone_through(text).trim().to_owned())
        .register_fn("split", |text: &str, by: &str| -> Array {
            gone_through(text)
                .split(by)
                .map(|part| Dynamic::from(part.to_owned()))
                .collect()
        })
        .register_fn("sub_string", |text: &str, start: i64| {
            sub_string(text, start, i64::MAX)
        })
        .register_fn("sub_string", sub_string)
        .register_fn("to_string", |text: ImmutableString| text)
        .register_fn(
            "to_string",
            |context: NativeCallContext<'_>, items: Array| -> Raised<String> {
                let texts: Raised<Vec<String>> = items
                    .into_iter()
                    .map(|item| context.call_fn("to_string", (item,)))
                    .collect();
                Ok(texts?.join(", "))
            },
        );
}

/// Whether a name is another one or below it. Letter case and a dot at the end do not matter; labels do:
/// `evil-outlook.com` is not within `outlook.com`.
fn is_within(name: &str, above: &str) -> bool {
    let plain = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
    let (name, above) = (plain(name), plain(above));
    let rest = name.strip_suffix(&above);
    !above.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// A count as policies write numbers.
pub(in crate::policy) fn count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn sub_string(text: &str, start: i64, length: i64) -> String {
    let start = usize::try_from(start).unwrap_or(0);
    let length = usize::try_from(length).unwrap_or(0);
    gone_through(text)
        .chars()
        .skip(start)
        .take(length)
        .collect()
}
