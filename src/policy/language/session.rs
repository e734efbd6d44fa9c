//! What is noted while one rule runs: its operations, the facts that it reads, its recommendations.
//!
//! The notes belong to the thread, because Rhai hands no context to iterators, comparisons and the
//! progress hook, and because a rule runs from start to end on one thread.

use super::document::Table;
use super::node::Fact;
use std::cell::{Cell, RefCell};
use std::sync::Arc;

/// How many operations one rule may take. Rhai counts about one for each node of the syntax tree.
pub(in crate::policy) const OPERATIONS: u32 = 250_000;

/// How many facts a finding shows at most.
const READS: usize = 100;

/// How many weaknesses one rule can name.
const RECOMMENDATIONS: usize = 500;

/// The notes on one rule.
#[derive(Default)]
pub(in crate::policy) struct Notes {
    /// The facts in the order in which they were first read.
    pub(in crate::policy) reads: Vec<Fact>,
    /// The weaknesses, in order.
    pub(in crate::policy) recommendations: Vec<String>,
    seen: Vec<bool>,
    items: Vec<String>,
    table: Option<Arc<Table>>,
}

thread_local! {
    static NOTES: RefCell<Notes> = RefCell::default();
    static LEFT: Cell<u32> = const { Cell::new(0) };
}

/// Starts the notes on one rule, with a fresh budget of operations.
pub(in crate::policy) fn begin(table: Option<Arc<Table>>) {
    LEFT.set(OPERATIONS);
    let nodes = table.as_ref().map_or(0, |table| table.len());
    NOTES.replace(Notes {
        table,
        seen: vec![false; nodes],
        ..Notes::default()
    });
}

/// Ends the notes and hands them out.
pub(in crate::policy) fn end() -> Notes {
    NOTES.take()
}

/// Counts one operation; false when the budget is used up. Rhai's own count starts anew in each
/// closure that a native function calls, so that it bounds nothing by itself.
pub(in crate::policy) fn tick() -> bool {
    let left = LEFT.get();
    LEFT.set(left.saturating_sub(1));
    left > 0
}

/// Charges for work that a native function does by itself, where it grows with its arguments: Rhai counts one
/// operation for the whole of it.
pub(in crate::policy) fn spend(operations: usize) {
    let operations = u32::try_from(operations).unwrap_or(u32::MAX);
    LEFT.set(LEFT.get().saturating_sub(operations));
}

/// How many operations were taken since [`begin`].
pub(in crate::policy) fn taken() -> u32 {
    OPERATIONS - LEFT.get()
}

/// Runs something beside the notes on the rule and outside of its budget. Gives the facts that it read, as
/// JSON pointers.
pub(in crate::policy) fn aside<T>(work: impl FnOnce() -> T) -> (T, Vec<String>) {
    let left = LEFT.replace(OPERATIONS);
    let (reads, seen, recommendations) = NOTES.with_borrow_mut(|notes| {
        let fresh = vec![false; notes.seen.len()];
        (
            std::mem::take(&mut notes.reads),
            std::mem::replace(&mut notes.seen, fresh),
            notes.recommendations.clone(),
        )
    });
    let done = work();
    LEFT.set(left);
    NOTES.with_borrow_mut(|notes| {
        notes.seen = seen;
        notes.recommendations = recommendations;
        let read = std::mem::replace(&mut notes.reads, reads);
        let ids = read.iter().filter_map(Fact::id);
        let pointers = notes
            .table
            .as_ref()
            .map(|table| ids.map(|id| table.pointer(id)).collect());
        (done, pointers.unwrap_or_default())
    })
}

/// Notes that a fact was read.
pub(in crate::policy) fn note(fact: &Fact) {
    let Some(id) = fact.id().and_then(|id| usize::try_from(id).ok()) else {
        return;
    };
    NOTES.with_borrow_mut(|notes| {
        if notes.reads.len() < READS
            && let Some(seen) = notes.seen.get_mut(id)
            && !std::mem::replace(seen, true)
        {
            notes.reads.push(fact.clone());
        }
    });
}

/// Notes a weakness, named by the items that are being looked at.
pub(in crate::policy) fn recommend(text: &str) {
    NOTES.with_borrow_mut(|notes| {
        let text = if notes.items.is_empty() {
            text.to_owned()
        } else {
            format!("{}: {text}", notes.items.join(" / "))
        };
        if notes.recommendations.len() < RECOMMENDATIONS && !notes.recommendations.contains(&text) {
            notes.recommendations.push(text);
        }
    });
}

/// Enters an item of a list.
pub(in crate::policy) fn enter(name: &str) {
    NOTES.with_borrow_mut(|notes| notes.items.push(name.to_owned()));
}

/// Leaves the item that was entered last.
pub(in crate::policy) fn leave() {
    NOTES.with_borrow_mut(|notes| notes.items.pop());
}

/// Where a fact stands, as policies write it: `dmarc.record`, `mx.hosts[0]`.
pub(in crate::policy) fn path(fact: &Fact) -> String {
    NOTES.with_borrow(|notes| match (fact.id(), &notes.table) {
        (Some(id), Some(table)) => table.path(id),
        (Some(_), None) | (None, _) => String::new(),
    })
}
