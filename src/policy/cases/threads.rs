//! Work on many things on two threads, each with a stack that no policy can overflow.

use crate::policy::language::engine::on_deep_stack;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{available_parallelism, scope};

/// The most threads: what they share sets a bound to what more of them bring.
const THREADS: usize = 2;

/// What comes of each item, in order. Every thread makes its own tools first. None: the system gave no thread.
pub(super) fn each<T: Sync, K, R: Send>(
    items: &[T],
    tools: impl Fn() -> K + Sync,
    work: impl Fn(&K, &T) -> R + Sync,
) -> Option<Vec<R>> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    let run = || {
        let tools = tools();
        while let Some((number, item)) = {
            let number = next.fetch_add(1, Ordering::Relaxed);
            items.get(number).map(|item| (number, item))
        } {
            let result = work(&tools, item);
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.push((number, result));
        }
    };
    let threads = available_parallelism().map_or(1, NonZero::get).min(THREADS);
    let ended = scope(|scope| {
        let others: Vec<_> = (1..threads)
            .map(|_| scope.spawn(|| on_deep_stack(run).is_some()))
            .collect();
        let own = on_deep_stack(run).is_some();
        others
            .into_iter()
            .fold(own, |all, one| one.join().unwrap_or(false) && all)
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(number, _)| *number);
    ended.then(|| done.into_iter().map(|(_, result)| result).collect())
}
