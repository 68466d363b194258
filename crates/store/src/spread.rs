//! The same work for many things, on several threads.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Does something for each thing, several at a time; the results are in the order of the things.
pub(crate) fn each<I: Sync, T: Send, E: Send>(
    things: &[I],
    threads: usize,
    act: impl Fn(usize, &I) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let next = AtomicUsize::new(0);
    let done: Mutex<BTreeMap<usize, Result<T, E>>> = Mutex::default();
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(thing) = things.get(index) else { return };
            let result = act(index, thing);
            done.lock().unwrap_or_else(PoisonError::into_inner).insert(index, result);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(things.len()) {
            scope.spawn(work);
        }
        // Whoever waits may as well work.
        work();
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}
