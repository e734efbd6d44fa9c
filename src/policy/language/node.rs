//! Facts as policies see them: an immutable tree that is read by name and notes what is read.

use super::session;
use super::stop::{Raised, Stop, broken};
use crate::policy::suggest::did_you_mean;
use rhai::{Dynamic, Engine, EvalAltResult, Position};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The id of nodes that belong to no document, such as parameters.
pub(in crate::policy) const NO_ID: u32 = u32::MAX;

/// The longest text that evidence shows, in characters.
const TEXT: usize = 200;

/// How many octets of text made from an object count as one operation.
const OCTETS: usize = 16;

/// By how many digits of its digest a message is called.
const DIGEST: usize = 8;

/// How many items of a list evidence shows.
const ITEMS: usize = 10;

/// One node. A clone costs one reference count, and nothing can be written.
#[derive(Clone, Debug)]
pub(in crate::policy) struct Fact(pub(in crate::policy) Arc<Node>);

#[derive(Debug)]
pub(in crate::policy) struct Node {
    pub(in crate::policy) id: u32,
    pub(in crate::policy) body: Body,
}

#[derive(Debug)]
pub(in crate::policy) enum Body {
    Scalar(Dynamic),
    List(Vec<Fact>),
    Object(Members),
    Observation(State, Members),
}

/// The state of an observation, as `facts::observed::Observed` writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::policy) enum State {
    Present,
    Absent,
    Unknown,
}

/// Members sorted by name; those that are `null` are left out.
#[derive(Debug)]
pub(in crate::policy) struct Members(pub(in crate::policy) Vec<(Arc<str>, Fact)>);

impl Members {
    fn get(&self, name: &str) -> Option<&Fact> {
        let index = self
            .0
            .binary_search_by(|(known, _)| (**known).cmp(name))
            .ok()?;
        self.0.get(index).map(|(_, fact)| fact)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }
}

impl Fact {
    /// The number of the node in its document; none for parameters.
    pub(in crate::policy) fn id(&self) -> Option<u32> {
        (self.0.id != NO_ID).then_some(self.0.id)
    }

    /// What a policy gets: a scalar itself, anything else as a node.
    pub(in crate::policy) fn read(&self) -> Dynamic {
        if let Body::Scalar(value) = &self.0.body {
            session::note(self);
            value.clone()
        } else {
            Dynamic::from(self.clone())
        }
    }

    /// A member by name, which must be there.
    pub(in crate::policy) fn member(&self, name: &str) -> Raised<Dynamic> {
        match &self.0.body {
            Body::Object(members) => members
                .get(name)
                .map(Self::read)
                .ok_or_else(|| self.no_member(name, members)),
            Body::Observation(state, members) => self.observed(*state, members, name),
            Body::List(_) => Err(broken(format!(
                "{} is a list and has no member `{name}`",
                self.named()
            ))),
            Body::Scalar(_) => Err(broken(format!("{} has no members", self.named()))),
        }
    }

    fn observed(&self, state: State, members: &Members, name: &str) -> Raised<Dynamic> {
        match name {
            "present" => Ok((Self::known_state(state, members)? == State::Present).into()),
            "absent" => Ok((Self::known_state(state, members)? == State::Absent).into()),
            "value" => Ok(self.inside(state, members)?.read()),
            "cause" | "detail" | "proof" => Ok(Self::spoken(state, members, name)),
            _ => match members.get(name) {
                Some(own) => Ok(own.read()),
                None => self.inside(state, members)?.member(name),
            },
        }
    }

    /// A word that belongs to one state only: empty text in the others.
    fn spoken(state: State, members: &Members, name: &str) -> Dynamic {
        let inner = || match (state, members.get("value").map(|value| &value.0.body)) {
            (State::Present, Some(Body::Object(inner))) => inner.get(name),
            _ => None,
        };
        members
            .get(name)
            .or_else(inner)
            .map_or_else(|| Dynamic::from(""), Self::read)
    }

    fn known_state(state: State, members: &Members) -> Raised<State> {
        if let Some(own) = members.get("state") {
            session::note(own);
        }
        match state {
            State::Unknown => Err(Self::not_known(members)),
            State::Present | State::Absent => Ok(state),
        }
    }

    /// What was observed; raises where there is nothing to read.
    fn inside<'a>(&self, state: State, members: &'a Members) -> Raised<&'a Self> {
        match Self::known_state(state, members)? {
            State::Present => members
                .get("value")
                .ok_or_else(|| broken(format!("{} has no value", self.named()))),
            State::Absent | State::Unknown => Err(broken(format!(
                "read inside something absent: {}; require `.present` first",
                self.named()
            ))),
        }
    }

    #[expect(
        clippy::unnecessary_box_returns,
        reason = "Rhai carries its errors in a box"
    )]
    fn not_known(members: &Members) -> Box<EvalAltResult> {
        let word = |name| match members.get(name).map(|fact| &fact.0.body) {
            Some(Body::Scalar(text)) => text.to_string(),
            _ => String::new(),
        };
        let (cause, detail) = (word("cause"), word("detail"));
        for name in ["cause", "detail"] {
            if let Some(member) = members.get(name) {
                session::note(member);
            }
        }
        // A question to the DNS is named; of anything else the evidence says which fact it was.
        let mut reason = match (word("name"), word("type")) {
            (name, rtype) if !name.is_empty() && !rtype.is_empty() => {
                format!("{name} {rtype}: {cause}")
            }
            _ => cause.clone(),
        };
        // Some details only say the cause again.
        if !detail.is_empty() && !detail.eq_ignore_ascii_case(&cause) {
            reason.extend([" (", &*detail, ")"]);
        }
        Stop::unknown(reason).raise(Position::NONE)
    }

    /// A member that may be missing.
    fn optional(&self, name: &str) -> Raised<Option<&Self>> {
        match &self.0.body {
            Body::Object(members) => Ok(members.get(name)),
            Body::Observation(state, members) => match members.get(name) {
                Some(own) if name != "value" => Ok(Some(own)),
                Some(_) | None => {
                    let inside = self.inside(*state, members)?;
                    if name == "value" {
                        Ok(Some(inside))
                    } else {
                        inside.optional(name)
                    }
                }
            },
            Body::List(_) | Body::Scalar(_) => {
                Err(broken(format!("{} has no members", self.named())))
            }
        }
    }

    /// The items of a list, or of a list that was observed.
    pub(in crate::policy) fn items(&self) -> Raised<&[Self]> {
        match &self.0.body {
            Body::List(items) => Ok(items),
            Body::Observation(state, members) => self.inside(*state, members)?.items(),
            Body::Object(_) | Body::Scalar(_) => {
                Err(broken(format!("{} is no list", self.named())))
            }
        }
    }

    /// Notes that the list as a whole was looked at.
    pub(in crate::policy) fn note_list(&self) {
        match &self.0.body {
            Body::Observation(_, members) => {
                if let Some(value) = members.get("value") {
                    value.note_list();
                }
            }
            Body::List(_) | Body::Object(_) | Body::Scalar(_) => session::note(self),
        }
    }

    /// Whether this is an observation that is not known.
    pub(in crate::policy) fn is_unknown(&self) -> bool {
        matches!(self.0.body, Body::Observation(State::Unknown, _))
    }

    /// What an item of a list is called, where it has a name.
    pub(in crate::policy) fn title(&self) -> Option<String> {
        let members = match &self.0.body {
            Body::Object(members) => members,
            Body::Observation(_, members) => {
                let own = own_title(members);
                return own.or_else(|| members.get("value").and_then(Self::title));
            }
            Body::Scalar(value) => return value.is_string().then(|| value.to_string()),
            Body::List(_) => return None,
        };
        own_title(members)
    }

    #[expect(
        clippy::unnecessary_box_returns,
        reason = "Rhai carries its errors in a box"
    )]
    fn no_member(&self, name: &str, members: &Members) -> Box<EvalAltResult> {
        if self.id().is_none() {
            let help = did_you_mean(name, members.names());
            return broken(format!("the rule has no parameter `{name}`; {help}"));
        }
        let mut help = did_you_mean(name, members.names());
        if help.is_empty() {
            help = format!("where it may be missing, write `.opt(\"{name}\", …)`");
        }
        let path = session::path(self);
        let dot = if path.is_empty() { "" } else { "." };
        broken(format!("there is no fact `{path}{dot}{name}`; {help}"))
    }

    /// The node as messages name it.
    pub(in crate::policy) fn named(&self) -> String {
        match session::path(self) {
            path if path.is_empty() && self.id().is_none() => "a parameter".to_owned(),
            path if path.is_empty() => "the facts document".to_owned(),
            path => format!("`{path}`"),
        }
    }

    /// What kind of thing it is, for messages.
    pub(in crate::policy) fn kind(&self) -> &'static str {
        match &self.0.body {
            Body::Scalar(_) => "a value",
            Body::List(_) => "a list",
            Body::Object(_) => "an object",
            Body::Observation(..) => "an observation",
        }
    }

    /// As text inside a message.
    pub(in crate::policy) fn text(&self) -> String {
        session::spend(1);
        match &self.0.body {
            Body::Scalar(value) => {
                session::note(self);
                value.to_string()
            }
            Body::List(items) => {
                session::note(self);
                let items: Vec<_> = items.iter().map(Self::text).collect();
                items.join(", ")
            }
            Body::Observation(State::Present, members) => {
                members.get("value").map_or_else(String::new, Self::text)
            }
            Body::Observation(State::Absent, _) => "absent".to_owned(),
            Body::Observation(State::Unknown, _) => "unknown".to_owned(),
            Body::Object(_) => {
                let text = self.json().to_string();
                session::spend(text.len() / OCTETS);
                cut(&text)
            }
        }
    }

    fn json(&self) -> Value {
        match &self.0.body {
            Body::Scalar(value) => to_json(value),
            Body::List(items) => items.iter().map(Self::json).collect(),
            Body::Object(members) | Body::Observation(_, members) => members
                .0
                .iter()
                .map(|(name, fact)| (name.to_string(), fact.json()))
                .collect(),
        }
    }

    /// The value that evidence shows: scalars cut to a sensible length, of lists the beginning.
    pub(in crate::policy) fn evidence(&self) -> Value {
        match &self.0.body {
            Body::Scalar(value) => match to_json(value) {
                Value::String(text) => Value::String(cut(&text)),
                other @ (Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::Array(_)
                | Value::Object(_)) => other,
            },
            Body::List(items)
                if items.len() <= ITEMS
                    && items
                        .iter()
                        .all(|item| matches!(item.0.body, Body::Scalar(_))) =>
            {
                items.iter().map(Self::evidence).collect()
            }
            Body::List(items) => Value::String(match items.len() {
                1 => "1 item".to_owned(),
                count => format!("{count} items"),
            }),
            Body::Object(_) | Body::Observation(..) => Value::String(cut(&self.json().to_string())),
        }
    }
}

fn own_title(members: &Members) -> Option<String> {
    // Only messages have a witness.
    if let (Some(digest), Some(_)) = (members.get("digest"), members.get("witness"))
        && let Body::Scalar(digest) = &digest.0.body
    {
        let digest: String = digest.to_string().chars().take(DIGEST).collect();
        return Some(format!("message {digest}"));
    }
    ["host", "ip", "selector", "domain", "name", "uri"]
        .iter()
        .find_map(|name| match &members.get(name)?.0.body {
            Body::Scalar(value) if value.is_string() => Some(value.to_string()),
            Body::Scalar(_) | Body::List(_) | Body::Object(_) | Body::Observation(..) => None,
        })
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A value of a policy as JSON; what JSON does not have becomes its text.
pub(in crate::policy) fn to_json(value: &Dynamic) -> Value {
    if value.is_unit() {
        Value::Null
    } else if let Ok(truth) = value.as_bool() {
        truth.into()
    } else if let Ok(number) = value.as_int() {
        number.into()
    } else if let Ok(number) = value.as_float() {
        number.into()
    } else if let Ok(items) = value.as_array_ref() {
        items.iter().map(to_json).collect()
    } else if let Ok(members) = value.as_map_ref() {
        members
            .iter()
            .map(|(name, member)| (name.to_string(), to_json(member)))
            .collect()
    } else if let Some(fact) = value.read_lock::<Fact>() {
        fact.json()
    } else {
        value.to_string().into()
    }
}

/// Teaches an engine to read these members directly. It finds others too, but Rhai takes a detour by
/// way of an error message for each, which costs more than the reading.
pub(in crate::policy) fn register_members(engine: &mut Engine, names: &BTreeSet<String>) {
    for name in names {
        let member = name.clone();
        engine.register_get(name, move |fact: &mut Fact| fact.member(&member));
    }
}

/// Teaches an engine to read facts.
pub(in crate::policy) fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<Fact>("fact")
        .register_indexer_get(|fact: &mut Fact, name: &str| fact.member(name))
        .register_indexer_get(|fact: &mut Fact, index: i64| {
            let items = fact.items()?;
            usize::try_from(index)
                .ok()
                .and_then(|index| items.get(index))
                .map(Fact::read)
                .ok_or_else(|| {
                    let (name, count) = (fact.named(), items.len());
                    broken(format!("{name} has no item {index}: it has {count} items"))
                })
        })
        .register_fn("has", |fact: Fact, name: &str| -> Raised<bool> {
            Ok(match fact.optional(name)? {
                Some(member) => {
                    session::note(member);
                    true
                }
                None => false,
            })
        })
        .register_fn(
            "opt",
            |fact: Fact, name: &str, default: Dynamic| -> Raised<Dynamic> {
                Ok(fact.optional(name)?.map_or(default, Fact::read))
            },
        )
        .register_fn("to_string", |fact: Fact| fact.text());
}
