//! The filter language: `actor:alice action:Delete* ip:198.51.100.0/24 -error since:7d "free text"`.
//!
//! Terms stand side by side and all must hold; `-` before one turns it around; a comma between values means any of them.
//! A value may have `*` and `?`, upper and lower case are the same. A word without a field is looked for in the whole
//! record; `error` alone means that the call was refused.

mod glob;
mod name;
mod parse;
mod sql;

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;

use crate::field::Field;
use crate::read::Span;
use crate::table::Table;

pub use self::glob::Glob;
pub use self::name::Name;

/// What is asked of events.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// The time.
    pub span: Span,
    terms: Vec<Term>,
}

/// A filter that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FilterError {
    /// Where in the text, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What is wrong, and what may be meant.
    pub message: String,
}

#[derive(Debug, Clone, PartialEq)]
struct Term {
    negated: bool,
    asks: Asks,
}

#[derive(Debug, Clone, PartialEq)]
enum Asks {
    /// A field has one of some values.
    Has(Name, Vec<Pattern>),
    /// The call was refused.
    Failed,
    /// A text, in lower case, stands somewhere in the record.
    Text(String),
}

#[derive(Debug, Clone, PartialEq)]
enum Pattern {
    Glob(Glob),
    Network(IpNet),
}

impl Filter {
    /// Reads a filter. `now` is what spans such as `7d` count back from.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(text: &str, now: Timestamp) -> Result<Self, FilterError> {
        parse::filter(text, now)
    }

    /// The columns that must be read first.
    pub(crate) fn fields(&self) -> Vec<Field> {
        let mut fields = vec![Field::Time];
        for term in &self.terms {
            match &term.asks {
                Asks::Has(name, _) => fields.extend(name.fields()),
                Asks::Failed => fields.push(Field::StatusId),
                Asks::Text(_) => {}
            }
        }
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    /// Whether the whole record has to be read.
    pub(crate) fn needs_raw(&self) -> bool {
        self.terms.iter().any(|term| matches!(term.asks, Asks::Text(_)))
    }

    /// The rows that pass as far as the columns tell.
    pub(crate) fn passing(&self, table: &Table) -> Vec<usize> {
        let (since, until) = self.span.millis();
        let in_time = |row: &usize| (since..until).contains(&table.number(Field::Time, *row));
        let mut rows: Vec<usize> = (0..table.rows()).filter(in_time).collect();
        for term in &self.terms {
            term.retain(&mut rows, table);
            if rows.is_empty() {
                break;
            }
        }
        rows
    }

    /// Whether a record has the free text that is asked for.
    pub(crate) fn raw_passes(&self, raw: &str) -> bool {
        self.terms.iter().all(|term| match &term.asks {
            Asks::Text(text) => contains(raw, text) != term.negated,
            _ => true,
        })
    }
}

impl Term {
    /// Leaves the rows that pass.
    fn retain(&self, rows: &mut Vec<usize>, table: &Table) {
        match &self.asks {
            Asks::Has(name, patterns) => {
                let fits = |text: &str| patterns.iter().any(|one| one.fits(*name, text));
                if let Some(fields) = name.of_texts() {
                    let mut marks = vec![false; table.rows()];
                    for field in fields {
                        table.column(*field).marked(fits, &mut marks);
                    }
                    rows.retain(|row| (marks.get(*row) == Some(&true)) != self.negated);
                } else {
                    rows.retain(|row| name.any(table, *row, fits) != self.negated);
                }
            }
            Asks::Failed => rows.retain(|row| (table.number(Field::StatusId, *row) == 2) != self.negated),
            Asks::Text(_) => {}
        }
    }
}

impl Pattern {
    fn fits(&self, name: Name, text: &str) -> bool {
        match self {
            Self::Glob(glob) => glob.fits(text) || name.also(text).is_some_and(|other| glob.fits(other)),
            Self::Network(network) => text.parse::<IpAddr>().is_ok_and(|address| network.contains(&address)),
        }
    }
}

/// Whether a text in lower case stands in another; upper and lower case are the same.
fn contains(text: &str, wanted: &str) -> bool {
    if !text.is_ascii() {
        return text.to_lowercase().contains(wanted);
    }
    let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
    // The rarest byte of it is looked for; in records most letters are everywhere.
    let rare = RARE.iter().find_map(|rare| wanted.iter().position(|byte| byte == rare)).unwrap_or_default();
    let Some(byte) = wanted.get(rare) else { return true };
    memchr::memchr2_iter(*byte, byte.to_ascii_uppercase(), text).any(|at| {
        let start = at.checked_sub(rare);
        let found = start.and_then(|start| text.get(start..start + wanted.len()));
        found.is_some_and(|found| found.eq_ignore_ascii_case(wanted))
    })
}

/// Bytes that are rare in records, the rarest first.
const RARE: &[u8] = b"~^$|<>&;!@%#+qjzxkw'()*?=yvhbgpfu";

#[cfg(test)]
mod tests;
