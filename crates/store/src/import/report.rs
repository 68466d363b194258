//! What an import did, and what it could not.

use std::collections::BTreeMap;

use forewarn_events::{Container, Fault, Repair, Summary};
use jiff::Timestamp;

/// How far an import is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Sources to read.
    pub sources: u64,
    /// Sources that were read.
    pub done: u64,
    /// Records that were read.
    pub events: u64,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The source.
    pub source: String,
    /// The place in it; `None` = all of it.
    pub fault: Option<Fault>,
    /// Why.
    pub reason: String,
}

/// Two records with one id that differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The id.
    pub id: String,
    /// Where the later one stands.
    pub source: String,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Sources that were read now.
    pub read: u64,
    /// Sources that were read before and have not changed.
    pub unchanged: u64,
    /// Sources by what they are, and the records in them.
    pub containers: BTreeMap<Container, (u64, u64)>,
    /// Records that were read.
    pub records: u64,
    /// Events that the store did not have.
    pub added: u64,
    /// Events that it had.
    pub duplicates: u64,
    /// Records that share their id with another one; both are kept.
    pub conflicts: Vec<Conflict>,
    /// What could not be read.
    pub unread: Vec<Unread>,
    /// What was changed to read damaged text, by source.
    pub repairs: BTreeMap<String, Vec<Repair>>,
    /// Further faults of sources that have very many.
    pub more_faults: u64,
    /// The first and the last time of the events that were added.
    pub span: Option<(Timestamp, Timestamp)>,
}

impl Report {
    /// Whether everything was read.
    pub fn is_whole(&self) -> bool {
        self.unread.is_empty()
    }

    pub(super) fn add(&mut self, source: &str, summary: Summary) {
        for (container, records) in summary.containers {
            let entry = self.containers.entry(container).or_default();
            *entry = (entry.0 + 1, entry.1 + records);
        }
        self.more_faults += summary.more_faults;
        if !summary.repairs.is_empty() {
            self.repairs.insert(source.to_owned(), summary.repairs);
        }
        self.unread.extend(summary.faults.into_iter().map(|fault| Unread {
            source: source.to_owned(),
            reason: fault.reason.clone(),
            fault: Some(fault),
        }));
    }

    pub(super) fn spans(&mut self, millis: i64) {
        if let Ok(at) = Timestamp::from_millisecond(millis) {
            let (first, last) = self.span.unwrap_or((at, at));
            self.span = Some((first.min(at), last.max(at)));
        }
    }
}
