//! A store of CloudTrail events that is only Parquet files, so that any engine reads it.
//!
//! ```text
//! forewarn-events/
//!   region=eu-central-1/accountId=111122223333/eventDay=20250303/events-000000000002.parquet
//!   _forewarn/   version, lock, ledger of what was imported, staging and journal of the step that is under way
//! ```
//!
//! A file has the events of one account, region and day, sorted by time and id, with flat columns named after OCSF
//! ([`Field`]) and the record byte for byte in `raw_data`. [`Importer`] fills a store, [`Store`] reads it.

#![allow(clippy::disallowed_methods, reason = "a store is files")]

mod coded;
mod error;
mod export;
mod field;
mod filter;
mod import;
mod known;
mod layout;
mod ledger;
mod merge;
mod part;
mod pending;
mod read;
mod scan;
mod search;
mod spread;
mod table;
mod write;

/// The name that the store has as a table.
pub const TABLE: &str = "forewarn_events";

pub use coded::Coded;
pub use error::Error;
pub use export::{Cell, Shape, Sheet};
pub use field::{Field, Kind};
pub use filter::{Filter, FilterError, Glob, Name};
pub use import::{Conflict, Importer, Opener, Progress, Report, Source, Unread};
pub use layout::FORMAT;
pub use read::{Events, Span, Store, Stored};
pub use scan::{Group, Open, Piece};
pub use search::{Counts, Hit, Instant, Test};
pub use table::Column;

#[cfg(test)]
mod tests;
