//! What outlives a run: the exceptions that people wrote down, and the runs that were stored.
//!
//! [`exceptions`] reads `exceptions.toml`; matching them with findings is up to `forewarn_findings`. [`History`] is one file
//! with every run: since when a finding is known, when it was gone, when it came back.

pub mod exceptions;
mod store;

pub use store::{History, HistoryError, Span, Stored, StoredFinding, StoredRun};
