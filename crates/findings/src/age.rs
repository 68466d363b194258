//! For how long a finding is known.

use jiff::Timestamp;

use crate::Finding;

/// Since when a Fail or an Unknown is known, as the history has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// The instant of the first run that had it.
    pub first_seen: Timestamp,
    /// The same, unless it was gone for a while: then the instant of the run in which it was back.
    pub open_since: Timestamp,
}

impl Finding {
    /// When it was seen for the first time, where a history is kept.
    pub fn first_seen(&self) -> Option<Timestamp> {
        self.age.as_deref().map(|age| age.first_seen)
    }

    /// Whole days that it is open by `instant`, the instant of the run. One that was gone and came back counts from its
    /// return.
    pub fn days_open(&self, instant: Timestamp) -> Option<i64> {
        let open = |age: &Age| (instant.as_second() - age.open_since.as_second()).div_euclid(24 * 60 * 60);
        self.age.as_deref().map(open)
    }
}
