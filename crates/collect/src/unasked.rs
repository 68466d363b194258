//! Facts that no selected check needs.

use forewarn_inventory::{Cause, Fact, Gap, Listing, Observed};

/// The gap of a fact that nobody needs.
pub(crate) fn unasked(fact: Fact) -> Gap {
    Gap::new(Cause::NotAsked, fact.operation())
}

/// A place in the inventory that can be left unasked.
pub(crate) trait Unasked {
    /// Nobody needs it.
    fn unasked(fact: Fact) -> Self;
}

impl<T> Unasked for Observed<T> {
    fn unasked(fact: Fact) -> Self {
        Self::Unreadable(unasked(fact))
    }
}

impl<T> Unasked for Listing<T> {
    fn unasked(fact: Fact) -> Self {
        Self::unreadable(unasked(fact))
    }
}
