//! Rows of a partition that no file has yet.

use std::sync::Arc;

use crate::table::{Table, compare};

/// The tables as they came from the readers, and which of their rows count: nothing is copied until it is written.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    tables: Vec<Arc<Table>>,
    rows: Vec<(usize, usize)>,
    /// Sources that were done with when its first row came: they have no part in it.
    pub(crate) since: usize,
    /// When rows came for it last: larger is later.
    pub(crate) touched: u64,
    /// Whether it stayed behind when others were written.
    pub(crate) stayed: bool,
}

impl Pending {
    /// Nothing yet, when so many sources are done with.
    pub(crate) fn begun(since: usize) -> Self {
        Self { since, ..Self::default() }
    }

    /// Takes a table over, no row of which counts yet; its number.
    pub(crate) fn add(&mut self, table: Table) -> usize {
        self.tables.push(Arc::new(table));
        self.tables.len() - 1
    }

    /// A table that was taken over.
    pub(crate) fn table(&self, number: usize) -> Option<&Table> {
        self.tables.get(number).map(Arc::as_ref)
    }

    /// All tables.
    pub(crate) fn tables(&self) -> &[Arc<Table>] {
        &self.tables
    }

    /// A row counts.
    pub(crate) fn keep(&mut self, number: usize, row: usize) {
        self.rows.push((number, row));
    }

    /// About as many bytes as it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.tables.iter().map(|table| table.bytes()).sum()
    }

    /// The rows that count, as they came.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&Table, usize)> {
        self.rows.iter().filter_map(|(number, row)| Some((self.table(*number)?, *row)))
    }

    /// The rows that count, each by table and place in it, in the order of the store.
    pub(crate) fn sorted(&self) -> Vec<(usize, usize)> {
        let mut rows = self.rows.clone();
        rows.sort_by(|one, other| match (self.table(one.0), self.table(other.0)) {
            (Some(table), Some(beside)) => compare(table, one.1, beside, other.1),
            _ => one.cmp(other),
        });
        rows
    }
}
