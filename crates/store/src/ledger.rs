//! Which sources a store has, and which of them it has in part only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::layout::Layout;

/// A source in the ledger; of several lines about one source the last counts.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) source: String,
    #[serde(flatten)]
    pub(crate) entry: Entry,
}

/// What is known of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// What changes when its content does; empty where it is to be read again.
    pub(crate) identity: String,
    /// Why it was not read whole; `None` = it was, or nobody minds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unread: Option<String>,
}

impl Entry {
    /// A source that was read to its end.
    pub(crate) fn whole(identity: Option<&str>) -> Self {
        Self { identity: identity.unwrap_or_default().to_owned(), unread: None }
    }

    /// One that was not: it is tried again.
    pub(crate) fn cut(reason: String) -> Self {
        Self { identity: String::new(), unread: Some(reason) }
    }
}

/// Everything that the ledgers say.
pub(crate) fn read(layout: &Layout) -> Result<BTreeMap<String, Entry>, Error> {
    let mut ledger = BTreeMap::new();
    for path in layout.ledgers()? {
        let text = std::fs::read_to_string(&path).map_err(|source| Error::io(&path, source))?;
        for line in text.lines() {
            let line: Line = serde_json::from_str(line).map_err(|error| Error::damaged(&path, &error))?;
            ledger.insert(line.source, line.entry);
        }
    }
    Ok(ledger)
}
