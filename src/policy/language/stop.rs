//! Why a rule ended early: it failed, it met something unknown, or it is broken.

use super::session::OPERATIONS;
use crate::results::finding::Item;
use rhai::{Dynamic, EvalAltResult, Position};

/// What anything that runs inside a policy returns.
pub(in crate::policy) type Raised<T> = Result<T, Box<EvalAltResult>>;

/// Why a body of statements ended before its end.
#[derive(Clone, Debug)]
pub(in crate::policy) enum Stop {
    /// A requirement does not hold.
    Fail(Verdict),
    /// A fact that was read is not known.
    Unknown(Verdict),
    /// Nothing was observed that could settle it: somebody has to look.
    Manual(Verdict),
    /// The rule itself is at fault; with the message.
    Broken(String),
}

/// The reason of a failure or of ignorance.
#[derive(Clone, Debug, Default)]
pub(in crate::policy) struct Verdict {
    /// The reason in one sentence.
    pub(in crate::policy) reason: String,
    /// The items of the list that it was judged by, where there was one.
    pub(in crate::policy) items: Vec<Item>,
}

impl Stop {
    pub(in crate::policy) const fn fail(reason: String) -> Self {
        Self::Fail(Verdict {
            reason,
            items: Vec::new(),
        })
    }

    pub(in crate::policy) const fn unknown(reason: String) -> Self {
        Self::Unknown(Verdict {
            reason,
            items: Vec::new(),
        })
    }

    pub(in crate::policy) const fn manual(reason: String) -> Self {
        Self::Manual(Verdict {
            reason,
            items: Vec::new(),
        })
    }

    /// Why it ended, in one sentence.
    pub(in crate::policy) fn words(self) -> String {
        match self {
            Self::Fail(verdict) => verdict.reason,
            Self::Unknown(verdict) => format!("unknown: {}", verdict.reason),
            Self::Manual(verdict) => format!("manual: {}", verdict.reason),
            Self::Broken(message) => message,
        }
    }

    /// As an error that Rhai carries up. The place is filled in on the way where it is `NONE`.
    #[expect(
        clippy::unnecessary_box_returns,
        reason = "Rhai carries its errors in a box"
    )]
    pub(in crate::policy) fn raise(self, position: Position) -> Box<EvalAltResult> {
        Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(self), position))
    }
}

/// A mistake of the rule, to be carried up.
#[expect(
    clippy::unnecessary_box_returns,
    reason = "Rhai carries its errors in a box"
)]
pub(in crate::policy) fn broken(message: impl Into<String>) -> Box<EvalAltResult> {
    Stop::Broken(message.into()).raise(Position::NONE)
}

/// Reads an error that came up: why, and the innermost place that is known.
pub(in crate::policy) fn sort(mut error: Box<EvalAltResult>) -> (Stop, Position) {
    let mut position = error.position();
    while is_wrapped(&error) {
        if let EvalAltResult::ErrorInFunctionCall(_, _, inner, _)
        | EvalAltResult::ErrorInModule(_, inner, _) = *error
        {
            error = inner;
        }
        if !error.position().is_none() {
            position = error.position();
        }
    }
    if let EvalAltResult::ErrorRuntime(value, _) = &mut *error {
        match value.take().try_cast_result::<Stop>() {
            Ok(stop) => return (stop, position),
            Err(other) => return (Stop::Broken(other.to_string()), position),
        }
    }
    error.clear_position();
    (Stop::Broken(explain(&error)), position)
}

const fn is_wrapped(error: &EvalAltResult) -> bool {
    matches!(
        error,
        EvalAltResult::ErrorInFunctionCall(..) | EvalAltResult::ErrorInModule(..)
    )
}

/// An error of Rhai in this project's words.
fn explain(error: &EvalAltResult) -> String {
    use EvalAltResult as E;
    if let E::ErrorTerminated(..) | E::ErrorTooManyOperations(_) = error {
        return format!("it takes more than {OPERATIONS} operations");
    }
    if let E::ErrorStackOverflow(_) = error {
        return "its function calls are nested too deep".to_owned();
    }
    if let E::ErrorFunctionNotFound(signature, _) = error {
        let signature = signature
            .replace("&str | ImmutableString | String", "string")
            .replace("i64", "int")
            .replace("f64", "float")
            .replacen(" (", "(", 1);
        return format!("there is no function `{signature}`");
    }
    if let E::ErrorDotExpr(..) | E::ErrorIndexingType(..) = error {
        return format!("a member of something that has none or can't be set: {error}");
    }
    if let E::ErrorAssignmentToConstant(name, _) = error {
        return format!("`{name}` can't be changed: facts and lists are read only");
    }
    if let E::ErrorFor(_) = error {
        return "`for` goes through lists only".to_owned();
    }
    if let E::ErrorMismatchDataType(wanted, got, _) | E::ErrorMismatchOutputType(wanted, got, _) =
        error
    {
        return format!("expected {wanted}, got {got}");
    }
    lower_first(&error.to_string())
}

/// Text that begins with a small letter, as messages do.
pub(in crate::policy) fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}
