//! Rows of any table, with the same care for spreadsheets.

use std::io::{self, Write};

use super::cell;

/// Writes rows as CSV; each cell is safe in a spreadsheet and on one line.
pub struct Rows<'o>(::csv::Writer<&'o mut dyn Write>);

impl<'o> Rows<'o> {
    /// Rows end in CR LF.
    pub fn new(out: &'o mut dyn Write) -> Self {
        Self(::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(out))
    }

    /// Writes one row.
    ///
    /// # Errors
    /// What `out` says.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl AsRef<str>>) -> io::Result<()> {
        for value in cells {
            self.0.write_field(&*cell(value.as_ref())).map_err(said)?;
        }
        self.0.write_record(None::<&[u8]>).map_err(said)
    }

    /// Writes what is still held back.
    ///
    /// # Errors
    /// What `out` says.
    pub fn finish(mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// What the writer came upon: the disk's own word where it is the disk's.
fn said(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
