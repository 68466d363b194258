//! The rows of several files in one order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::PathBuf;

use crate::error::Error;
use crate::field::Field;
use crate::part::Cursor;
use crate::table::Table;

type Head = Reverse<(i64, String, i64, usize)>;

/// Goes through several files, by time and id.
pub(crate) struct Merge {
    cursors: Vec<Cursor>,
    heads: BinaryHeap<Head>,
    /// The cursor whose row was handed out last.
    last: Option<usize>,
}

impl Merge {
    /// Rows from `since` on and before `until`, in milliseconds. `fields` must have time, id and hash.
    pub(crate) fn open(files: &[PathBuf], fields: &[Field], since: i64, until: i64) -> Result<Self, Error> {
        let cursors: Vec<Cursor> =
            files.iter().map(|path| Cursor::open(path, fields, since, until)).collect::<Result<_, _>>()?;
        let heads = (0..).zip(&cursors).filter_map(|(index, cursor)| head(cursor, index)).collect();
        Ok(Self { cursors, heads, last: None })
    }

    /// The next row: a table and the place in it.
    pub(crate) fn next(&mut self) -> Result<Option<(&Table, usize)>, Error> {
        if let Some(last) = self.last.take()
            && let Some(cursor) = self.cursors.get_mut(last)
        {
            cursor.advance()?;
            self.heads.extend(head(cursor, last));
        }
        let Some(Reverse((_, _, _, index))) = self.heads.pop() else { return Ok(None) };
        self.last = Some(index);
        Ok(self.cursors.get(index).map(|cursor| (&cursor.table, cursor.row)))
    }
}

fn head(cursor: &Cursor, index: usize) -> Option<Head> {
    let (table, row) = (&cursor.table, cursor.row);
    let uid = || table.text(Field::MetadataUid, row).unwrap_or_default().to_owned();
    cursor.has_row().then(|| Reverse((table.number(Field::Time, row), uid(), table.number(Field::RawHash, row), index)))
}
