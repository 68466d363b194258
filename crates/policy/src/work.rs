//! How much work a question may cost.
//!
//! A policy can be written so that no search through its conditions and patterns ever ends, and whoever writes it may be the
//! one whom it should keep out. So every question has a budget of [`STEPS`]; where it runs out the answer is Unknown, with
//! the doubt `too_complex`. Steps are counted where the work is done, and not in the functions that lead there: in the
//! matching of a pattern, the product of patterns, and whatever else grows with a document. They are the same on every
//! machine, so that the same question always has the same answer.

use std::cell::Cell;

/// The steps of one question. One is some twenty nanoseconds: a pattern that is matched, an entry that is looked at. Of
/// 1 500 comparisons of made-up policies, which cost the most, the hardest takes 26 million, and thirteen take more than
/// ten; who gets in is found out with less.
pub(crate) const STEPS: u64 = 30_000_000;

thread_local! {
    /// What is left for the question that this thread answers; `None` where it answers none.
    static LEFT: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Answers a question within a budget. One that is asked inside another one shares the other's.
pub(crate) fn within_budget<T>(question: impl FnOnce() -> T) -> T {
    if LEFT.get().is_some() { question() } else { within(STEPS, question).0 }
}

/// Answers a question within so many steps, and tells how many of them are left.
pub(crate) fn within<T>(steps: u64, question: impl FnOnce() -> T) -> (T, u64) {
    /// Ends the budget, also where the question panics.
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            LEFT.set(None);
        }
    }
    LEFT.set(Some(steps));
    let _end = End;
    let answer = question();
    (answer, LEFT.get().unwrap_or_default())
}

/// Takes from what is left.
pub(crate) fn spend(steps: usize) {
    if let Some(left) = LEFT.get() {
        LEFT.set(Some(left.saturating_sub(u64::try_from(steps).unwrap_or(u64::MAX))));
    }
}

/// Whether nothing is left: from here on nothing is found and nothing is proved.
pub(crate) fn is_spent() -> bool {
    LEFT.get() == Some(0)
}
