//! Things found out once in a run and shared by all who ask, bounded in number.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Locks even where another thread panicked while it held the lock: no state here can be half done.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Entries by key in two generations. When the young one is full it becomes the old one, and the old
/// one is dropped; what is asked for again moves to the young one. So memory stays flat in a long run
/// while that which many targets share stays known.
#[derive(Debug)]
pub(crate) struct Once<E> {
    generations: Mutex<Generations<E>>,
    limit: usize,
}

#[derive(Debug)]
struct Generations<E> {
    young: BTreeMap<Box<[u8]>, Arc<E>>,
    old: BTreeMap<Box<[u8]>, Arc<E>>,
    /// How many entries the young ones count for.
    weight: usize,
}

impl<E: Default> Once<E> {
    /// Nothing known yet; at most twice `limit` entries are kept.
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            generations: Mutex::new(Generations {
                young: BTreeMap::new(),
                old: BTreeMap::new(),
                weight: 0,
            }),
            limit,
        }
    }

    /// The entry under this key, empty where it is new.
    pub(crate) fn entry(&self, key: &[u8]) -> Arc<E> {
        let mut guard = locked(&self.generations);
        let Generations { young, old, weight } = &mut *guard;
        if let Some(entry) = young.get(key) {
            return Arc::clone(entry);
        }
        let entry = old.remove(key).unwrap_or_default();
        if *weight >= self.limit {
            *old = std::mem::take(young);
            *weight = 0;
        }
        *weight += 1;
        young.insert(key.into(), Arc::clone(&entry));
        entry
    }

    /// Notes that an entry has grown, so that it counts for this many more.
    pub(crate) fn weigh(&self, more: usize) {
        let mut generations = locked(&self.generations);
        generations.weight = generations.weight.saturating_add(more);
    }

    /// The entry under this key, where there is one.
    pub(crate) fn known(&self, key: &[u8]) -> Option<Arc<E>> {
        let generations = locked(&self.generations);
        let found = generations.young.get(key);
        found.or_else(|| generations.old.get(key)).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn one_key_has_one_entry() {
        let once: Once<AtomicU32> = Once::new(8);
        once.entry(b"a").fetch_add(1, Ordering::Relaxed);
        assert_eq!(once.entry(b"a").load(Ordering::Relaxed), 1);
        assert!(once.known(b"b").is_none());
    }

    #[test]
    fn large_entries_count_for_more() {
        let once: Once<AtomicU32> = Once::new(10);
        once.entry(b"first");
        once.weigh(10);
        once.entry(b"second");
        once.weigh(10);
        once.entry(b"third");
        assert!(once.known(b"first").is_none());
        assert!(once.known(b"second").is_some());
    }

    #[test]
    fn the_number_of_entries_is_bounded_and_what_is_used_stays() {
        let once: Once<AtomicU32> = Once::new(10);
        once.entry(b"kept").store(7, Ordering::Relaxed);
        for number in 0_u32..1000 {
            once.entry(&number.to_be_bytes());
            once.entry(b"kept");
        }
        let generations = locked(&once.generations);
        assert!(generations.young.len() + generations.old.len() <= 20);
        drop(generations);
        assert_eq!(once.entry(b"kept").load(Ordering::Relaxed), 7);
        assert!(once.known(&0_u32.to_be_bytes()).is_none());
    }
}
