//! Lists in policies: those of the facts and those that policies make of them.

use super::node::Fact;
use super::stop::{Raised, broken};
use super::values::{count, same};
use super::{engine, session};
use rhai::{Array, Dynamic, Engine, FnPtr, NativeCallContext};
use std::vec;

/// A list of either kind, with its items read when they are asked for.
pub(in crate::policy) enum List {
    Facts(Fact),
    Values(Array),
}

impl List {
    /// The list in a value, which must be one.
    pub(in crate::policy) fn of(value: Dynamic) -> Raised<Self> {
        let value = match value.try_cast_result::<Fact>() {
            Ok(fact) => return Self::facts(fact),
            Err(value) => value,
        };
        value
            .into_array()
            .map(Self::Values)
            .map_err(|kind| broken(format!("expected a list, got {kind}")))
    }

    fn facts(fact: Fact) -> Raised<Self> {
        if fact.items()?.is_empty() {
            fact.note_list();
        }
        Ok(Self::Facts(fact))
    }

    pub(in crate::policy) fn len(&self) -> usize {
        match self {
            Self::Facts(fact) => fact.items().map_or(0, <[Fact]>::len),
            Self::Values(items) => items.len(),
        }
    }

    pub(in crate::policy) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The items in order. What they are called can be asked of them before they are read.
    pub(in crate::policy) fn iter(&self) -> impl Iterator<Item = Dynamic> + '_ {
        (0..self.len()).filter_map(|index| match self {
            Self::Facts(fact) => Some(fact.items().ok()?.get(index)?.read()),
            Self::Values(items) => items.get(index).cloned(),
        })
    }

    fn note(&self) {
        if let Self::Facts(fact) = self {
            fact.note_list();
        }
    }
}

impl IntoIterator for Fact {
    type Item = Raised<Dynamic>;
    type IntoIter = vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        match List::facts(self) {
            Ok(list) => list.iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error)],
        }
        .into_iter()
    }
}

fn test(context: &NativeCallContext<'_>, closure: &FnPtr, item: Dynamic) -> Raised<bool> {
    closure.call_within_context(context, (item,))
}

fn not_empty(list: &List, name: &str) -> Raised<()> {
    if list.is_empty() {
        return Err(broken(format!(
            "`{name}` over an empty list: say first what an empty list means"
        )));
    }
    Ok(())
}

fn any(context: &NativeCallContext<'_>, list: &List, closure: &FnPtr) -> Raised<bool> {
    not_empty(list, "any")?;
    for item in list.iter() {
        if test(context, closure, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn all(context: &NativeCallContext<'_>, list: &List, closure: &FnPtr) -> Raised<bool> {
    not_empty(list, "all")?;
    for item in list.iter() {
        if !test(context, closure, item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn filter(context: &NativeCallContext<'_>, list: &List, closure: &FnPtr) -> Raised<Array> {
    let mut chosen = Array::new();
    for item in list.iter() {
        if test(context, closure, item.clone())? {
            chosen.push(item);
        }
    }
    Ok(chosen)
}

/// The list grows here, where Rhai does not look: its size is counted item by item.
fn map(context: &NativeCallContext<'_>, list: &List, closure: &FnPtr) -> Raised<Array> {
    let (mut made, mut size) = (Array::new(), Size::default());
    for item in list.iter() {
        let item = closure.call_within_context::<Dynamic>(context, (item,))?;
        size.add(&item);
        if size.items > engine::ITEMS || size.text > engine::TEXT {
            return Err(broken("the list that `map` makes is too large"));
        }
        made.push(item);
    }
    Ok(made)
}

/// What a list holds, lists and objects inside it included.
#[derive(Default)]
struct Size {
    items: usize,
    text: usize,
}

impl Size {
    fn add(&mut self, value: &Dynamic) {
        self.items += 1;
        if let Ok(items) = value.as_array_ref() {
            items.iter().for_each(|item| self.add(item));
        } else if let Ok(members) = value.as_map_ref() {
            members.values().for_each(|member| self.add(member));
        } else if let Ok(text) = value.as_immutable_string_ref() {
            self.text += text.len();
        }
    }
}

fn contains(list: &List, wanted: &Dynamic) -> Raised<bool> {
    list.note();
    for item in list.iter() {
        session::spend(1);
        if same(&item, wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

type WithClosure<T> = fn(&NativeCallContext<'_>, &List, &FnPtr) -> Raised<T>;

/// Registers a function for both kinds of lists.
fn with_closure<T: rhai::Variant + Clone>(
    engine: &mut Engine,
    name: &str,
    function: WithClosure<T>,
) {
    engine
        .register_fn(
            name,
            move |context: NativeCallContext<'_>, list: Fact, closure: FnPtr| {
                function(&context, &List::facts(list)?, &closure)
            },
        )
        .register_fn(
            name,
            move |context: NativeCallContext<'_>, list: Array, closure: FnPtr| {
                function(&context, &List::Values(list), &closure)
            },
        );
}

fn plain<T: rhai::Variant + Clone>(
    engine: &mut Engine,
    name: &str,
    function: fn(&List) -> Raised<T>,
) {
    engine
        .register_fn(name, move |list: Fact| function(&List::facts(list)?))
        .register_fn(name, move |list: Array| function(&List::Values(list)));
}

/// Teaches an engine lists.
pub(in crate::policy) fn register(engine: &mut Engine) {
    engine
        .register_iterator::<Array>()
        .register_iterator_result::<Fact, _>();
    with_closure(engine, "any", any);
    with_closure(engine, "all", all);
    with_closure(engine, "filter", filter);
    with_closure(engine, "map", map);
    with_closure(engine, "count", |context, list, closure| {
        filter(context, list, closure).map(|chosen| count(chosen.len()))
    });
    plain(engine, "len", |list| {
        list.note();
        Ok(count(list.len()))
    });
    plain(engine, "is_empty", |list| {
        list.note();
        Ok(list.is_empty())
    });
    plain(engine, "first", |list| {
        list.iter()
            .next()
            .ok_or_else(|| broken("`first` of an empty list"))
    });
    engine
        .register_fn("contains", |list: Fact, wanted: Dynamic| {
            contains(&List::facts(list)?, &wanted)
        })
        .register_fn("contains", |list: Array, wanted: Dynamic| {
            contains(&List::Values(list), &wanted)
        });
}
