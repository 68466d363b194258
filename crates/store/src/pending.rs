//! Rows of a partition that no file has yet.

use crate::table::{Table, compare};

/// The tables as they came from the readers, and which of their rows count: nothing is copied until it is written.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    tables: Vec<Table>,
    rows: Vec<(usize, usize)>,
    /// Sources that were done with when its first row came: they have no part in it.
    pub(crate) since: usize,
}

impl Pending {
    /// Nothing yet, when so many sources are done with.
    pub(crate) fn begun(since: usize) -> Self {
        Self { since, ..Self::default() }
    }

    /// Takes a table over, no row of which counts yet; its number.
    pub(crate) fn add(&mut self, table: Table) -> usize {
        self.tables.push(table);
        self.tables.len() - 1
    }

    /// A table that was taken over.
    pub(crate) fn table(&self, number: usize) -> Option<&Table> {
        self.tables.get(number)
    }

    /// A row counts.
    pub(crate) fn keep(&mut self, number: usize, row: usize) {
        self.rows.push((number, row));
    }

    /// About as many bytes as it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.tables.iter().map(Table::bytes).sum()
    }

    /// The rows that count, as they came.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&Table, usize)> {
        self.rows.iter().filter_map(|(number, row)| Some((self.tables.get(*number)?, *row)))
    }

    /// The rows that count, in the order of the store.
    pub(crate) fn sorted(&self) -> Vec<(&Table, usize)> {
        let mut rows: Vec<_> = self.rows().collect();
        rows.sort_by(|one, other| compare(one.0, one.1, other.0, other.1));
        rows
    }
}
