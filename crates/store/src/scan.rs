//! The columns of a store, a row group at a time: what an engine for SQL reads.

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::field::Field;
use crate::part::Part;
use crate::read::{Span, Store};
use crate::table::{Column, Table};

/// A file of a store, and what its path says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Where it is.
    pub path: PathBuf,
    /// The region of all its events.
    pub region: String,
    /// Their account.
    pub account: String,
    /// Their day, as in the path: `20260101`.
    pub day: String,
}

/// A row group of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// Which it is.
    pub index: usize,
    /// How many rows it has.
    pub rows: usize,
    /// The first and the last time in it, in milliseconds, where the file says.
    pub times: Option<(i64, i64)>,
}

/// A file that is open to have its columns read.
pub struct Open(Part);

impl Store {
    /// The files that can have events of a span.
    pub fn pieces(&self, span: Span) -> Vec<Piece> {
        let partitions = self.partitions().iter().filter(|(partition, _)| span.touches(partition.day));
        partitions
            .flat_map(|(partition, files)| {
                files.iter().map(|path| Piece {
                    path: path.clone(),
                    region: partition.region.clone(),
                    account: partition.account.clone(),
                    day: partition.compact_day(),
                })
            })
            .collect()
    }
}

impl Open {
    /// Opens a file of a store.
    ///
    /// # Errors
    /// It cannot be read, or is none of ours.
    pub fn new(path: &Path) -> Result<Self, Error> {
        Ok(Self(Part::open(path)?))
    }

    /// Its row groups.
    pub fn groups(&self) -> Vec<Group> {
        (0..self.0.groups())
            .map(|index| Group { index, rows: self.0.rows_of(index), times: self.0.span(index) })
            .collect()
    }

    /// Columns of a row group, in the order of `fields`. Where `only` names rows, ascending, the others are there without
    /// a value: what is not needed of them is not read.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn columns(&self, group: Group, fields: &[Field], only: Option<&[usize]>) -> Result<Vec<Column>, Error> {
        let mut table = Table::default();
        let mut columns = self.0.columns(group.index, fields)?;
        match only {
            None => columns.read(group.rows, &mut table).map(|_| ())?,
            Some(rows) => columns.read_at(rows, group.rows, &mut table)?,
        }
        Ok(table.take(fields))
    }
}
