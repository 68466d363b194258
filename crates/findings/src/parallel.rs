//! Work that is done side by side.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// As much as the main thread has: documents may be nested deeply.
const STACK: usize = 8 << 20;

/// Does `work` for each of `all` on every processor, and gives what came out in their order. `work` must not panic.
pub fn side_by_side<T: Sync, R: Send>(all: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, R)>> = Mutex::default();
    let worker = || {
        while let Some((index, one)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            all.get(index).map(|one| (index, one))
        } {
            let result = work(one);
            lock(&done).push((index, result));
        }
    };
    let helpers = thread::available_parallelism().map_or(1, usize::from).min(all.len()).saturating_sub(1);
    thread::scope(|scope| {
        for _ in 0..helpers {
            // A thread that cannot be had leaves its work to the others.
            let _ = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, worker);
        }
        worker();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// A lock that is still good when another thread panicked with it: what it guards is never left half done.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_done_once_and_stands_in_order() {
        let all: Vec<u32> = (0..1000).collect();
        assert_eq!(side_by_side(&all, |one| one * 2), all.iter().map(|one| one * 2).collect::<Vec<_>>());
        assert_eq!(side_by_side(&[] as &[u32], |one| *one), Vec::<u32>::new());
    }
}
