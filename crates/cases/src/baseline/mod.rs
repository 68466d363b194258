//! Baselines: what is usual for a person, role, key, account or bucket, and what stands out against it.
//!
//! A day is summed up once, in [`DayOf`], and never looked at again unless its events change; the history of a subject is
//! its days before the one that is judged, up to [`HORIZON`]. All figures are counts of days, medians and shares of days, so
//! that a finding can print what it rests on. Below [`LEAST_DAYS`] or [`LEAST_EVENTS`] nothing is said: there is not enough
//! history.

mod agent;
mod day;
mod judge;
mod summary;
mod tally;
mod walk;

pub use agent::family;
pub use day::{Baselines, Day, DayOf, NotBaselines, Subject};
pub use judge::{BASELINES, Ground};
pub use summary::{Share, Summary, learned_zone};
pub use walk::{Judged, StoodOut, Wanted, walk};

/// Days of history that count.
pub const HORIZON: i32 = 90;

/// Active days below which nothing is said.
pub const LEAST_DAYS: usize = 10;

/// Events below which nothing is said.
pub const LEAST_EVENTS: u64 = 50;

#[cfg(test)]
mod tests;
