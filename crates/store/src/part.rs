//! One Parquet file of events, sorted by time.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader, get_typed_column_reader};
use parquet::data_type::{BoolType, ByteArrayType, DataType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::file::statistics::Statistics;
use parquet::schema::types::Type;

use crate::coded::{Coded, Stretch, broken, each_text};
use crate::error::Error;
use crate::field::{Field, Kind};
use crate::table::{Column, Table};

/// Rows in a row group: small enough that a few files can be merged in little memory.
pub(crate) const GROUP: usize = 16_384;

/// Rows that a cursor holds.
const CHUNK: usize = 1024;

/// Whether a column has a value in each row.
pub(crate) fn required(field: Field) -> bool {
    matches!(field.kind(), Kind::Number | Kind::Time) || matches!(field, Field::Raw | Field::MetadataUid)
}

/// The schema, which a test compares with the statements of `ddl`.
pub(crate) fn schema() -> Result<Type, ParquetError> {
    let columns = Field::ALL.iter().map(|field| {
        let (physical, logical) = match field.kind() {
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Number => (Physical::INT64, None),
            Kind::Flag => (Physical::BOOLEAN, None),
            Kind::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS))),
        };
        let repetition = if required(*field) { Repetition::REQUIRED } else { Repetition::OPTIONAL };
        let column = Type::primitive_type_builder(field.name(), physical);
        column.with_repetition(repetition).with_logical_type(logical).build().map(Arc::new)
    });
    Type::group_type_builder("event").with_fields(columns.collect::<Result<_, _>>()?).build()
}

/// A file that is open for reading.
pub(crate) struct Part {
    path: PathBuf,
    file: SerializedFileReader<File>,
    /// The same file, for reading that does not go through the Parquet crate.
    direct: Mutex<File>,
}

impl Part {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let open = || File::open(path).map_err(|source| Error::io(path, source));
        let (file, direct) = (open()?, Mutex::new(open()?));
        let file = SerializedFileReader::new(file).map_err(|source| Error::parquet(path, source))?;
        let expected = schema().map_err(|source| Error::parquet(path, source))?;
        let found = file.metadata().file_metadata().schema_descr();
        let names = |at: usize| found.columns().get(at).map(|column| column.name().to_owned());
        let fits =
            expected.get_fields().iter().enumerate().all(|(at, field)| names(at).as_deref() == Some(field.name()));
        if !fits {
            return Err(Error::Foreign { path: path.to_owned() });
        }
        Ok(Self { path: path.to_owned(), file, direct })
    }

    pub(crate) fn groups(&self) -> usize {
        self.file.num_row_groups()
    }

    pub(crate) fn rows(&self) -> u64 {
        self.file.metadata().file_metadata().num_rows().try_into().unwrap_or_default()
    }

    /// Rows of a group.
    pub(crate) fn rows_of(&self, group: usize) -> usize {
        let groups = self.file.metadata().row_groups();
        groups.get(group).map_or(0, |group| group.num_rows().try_into().unwrap_or_default())
    }

    /// The first and the last time of a group, where the file says.
    pub(crate) fn span(&self, group: usize) -> Option<(i64, i64)> {
        let group = self.file.metadata().row_groups().get(group)?;
        match group.column(Field::Time.index()).statistics()? {
            Statistics::Int64(times) => Some((*times.min_opt()?, *times.max_opt()?)),
            _ => None,
        }
    }

    /// Reads some columns of a group whole: of texts each value once.
    pub(crate) fn whole(&self, group: usize, fields: &[Field], table: &mut Table) -> Result<(), Error> {
        let rows = self.rows_of(group);
        let mut left: Vec<Field> = Vec::new();
        let read = |left: &mut Vec<Field>, table: &mut Table| {
            for (field, pages) in self.pages(group, fields)? {
                match (field.kind(), pages) {
                    (Kind::Text, pages) => match Coded::read(pages, !required(field), rows)? {
                        Some(coded) if coded.rows() == rows => *table.column_mut(field) = Column::Coded(coded),
                        _ => left.push(field),
                    },
                    (_, pages) => {
                        let about = self.file.metadata().file_metadata().schema_descr().column(field.index());
                        let mut source = Source::of(field, get_column_reader(about, Box::new(pages)));
                        if fill(field, &mut source, rows, table)? != rows {
                            return Err(short());
                        }
                    }
                }
            }
            Ok(())
        };
        read(&mut left, table).map_err(|source| Error::parquet(&self.path, source))?;
        table.set_rows(rows);
        if !left.is_empty() {
            let mut others = Table::default();
            self.columns(group, &left)?.read_all(rows, &mut others)?;
            for field in left {
                std::mem::swap(table.column_mut(field), others.column_mut(field));
            }
        }
        Ok(())
    }

    /// The rows of `among`, ascending, whose record passes. Records are not copied.
    pub(crate) fn raw_passing(
        &self,
        group: usize,
        among: &[usize],
        passes: impl Fn(&str) -> bool,
    ) -> Result<Vec<usize>, Error> {
        let mut found = Vec::new();
        let scan = |found: &mut Vec<usize>| {
            let Some((_, pages)) = self.pages(group, Field::Raw.alone())?.pop() else { return Ok(None) };
            let mut among = among.iter().copied().peekable();
            each_text(pages, |row, text| {
                if among.next_if_eq(&row).is_some() && passes(std::str::from_utf8(text).unwrap_or_default()) {
                    found.push(row);
                }
            })
        };
        // A column that breaks off is no column in which nothing is found.
        if scan(&mut found).map_err(|source| Error::parquet(&self.path, source))? == Some(self.rows_of(group)) {
            return Ok(found);
        }
        let mut table = Table::default();
        self.columns(group, Field::Raw.alone())?.read_at(among, self.rows_of(group), &mut table)?;
        let is_one = |row: &usize| passes(table.text(Field::Raw, *row).unwrap_or_default());
        Ok(among.iter().copied().filter(is_one).collect())
    }

    /// The pages of some columns of a group.
    fn pages(
        &self,
        group: usize,
        fields: &[Field],
    ) -> Result<Vec<(Field, SerializedPageReader<Stretch>)>, ParquetError> {
        let Some(about) = self.file.metadata().row_groups().get(group) else { return Ok(Vec::new()) };
        let columns: Vec<_> = fields.iter().map(|field| about.column(field.index())).collect();
        let mut file = self.direct.lock().unwrap_or_else(PoisonError::into_inner);
        let stretches = Stretch::read(&mut file, &columns)?;
        let rows = self.rows_of(group);
        let parts = fields.iter().zip(columns).zip(stretches);
        parts.map(|((field, column), stretch)| Ok((*field, stretch.pages(column, rows)?))).collect()
    }

    /// Starts to read some columns of a group.
    pub(crate) fn columns(&self, group: usize, fields: &[Field]) -> Result<Columns, Error> {
        let read = || {
            let group = self.file.get_row_group(group)?;
            fields.iter().map(|field| Ok((*field, group.get_column_reader(field.index())?))).collect()
        };
        let readers: Result<Vec<(Field, ColumnReader)>, ParquetError> = read();
        let readers = readers.map_err(|source| Error::parquet(&self.path, source))?;
        let readers = readers.into_iter().map(|(field, reader)| (field, Source::of(field, reader))).collect();
        Ok(Columns { path: self.path.clone(), readers })
    }
}

/// Some columns of a row group, read in step.
pub(crate) struct Columns {
    path: PathBuf,
    readers: Vec<(Field, Source)>,
}

enum Source {
    Text(ColumnReaderImpl<ByteArrayType>),
    Number(ColumnReaderImpl<Int64Type>),
    Flag(ColumnReaderImpl<BoolType>),
}

impl Source {
    fn of(field: Field, reader: ColumnReader) -> Self {
        match field.kind() {
            Kind::Text => Self::Text(get_typed_column_reader(reader)),
            Kind::Number | Kind::Time => Self::Number(get_typed_column_reader(reader)),
            Kind::Flag => Self::Flag(get_typed_column_reader(reader)),
        }
    }
}

/// Reads up to `rows` values: those that are there, and for each row whether it has one.
fn values<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    rows: usize,
    optional: bool,
) -> Result<(Vec<T::T>, Vec<i16>), ParquetError> {
    let (mut values, mut present) = (Vec::new(), Vec::new());
    let mut read = 0;
    while read < rows {
        let levels = optional.then_some(&mut present);
        let (records, _, _) = reader.read_records(rows - read, levels, None, &mut values)?;
        if records == 0 {
            break;
        }
        read += records;
    }
    if !optional {
        present.resize(read, 1);
    }
    Ok((values, present))
}

/// What is not there must not be taken for rows in which nothing is found.
fn short() -> ParquetError {
    broken("a column has fewer rows than its group")
}

/// Appends up to `rows` values to a column; how many there were.
fn fill(field: Field, source: &mut Source, rows: usize, table: &mut Table) -> Result<usize, ParquetError> {
    let column = table.column_mut(field);
    match source {
        Source::Text(reader) => values(reader, rows, !required(field)).map(|(values, present)| {
            let mut values = values.iter();
            for there in &present {
                let value = if *there == 1 { values.next() } else { None };
                column.push_text(value.map(|value| std::str::from_utf8(value.data()).unwrap_or_default()));
            }
            present.len()
        }),
        Source::Number(reader) => values(reader, rows, false).map(|(values, _)| {
            for value in &values {
                column.push_number(*value);
            }
            values.len()
        }),
        Source::Flag(reader) => values(reader, rows, true).map(|(values, present)| {
            let mut values = values.iter();
            for there in &present {
                column.push_flag(if *there == 1 { values.next().copied() } else { None });
            }
            present.len()
        }),
    }
}

impl Columns {
    /// Appends up to `rows` rows to a table; how many there were.
    pub(crate) fn read(&mut self, rows: usize, table: &mut Table) -> Result<usize, Error> {
        let mut read = None;
        for (field, source) in &mut self.readers {
            let got = fill(*field, source, rows, table).map_err(|source| Error::parquet(&self.path, source))?;
            if *read.get_or_insert(got) != got {
                return Err(Error::parquet(&self.path, short()));
            }
        }
        let read = read.unwrap_or_default();
        table.set_rows(table.rows() + read);
        Ok(read)
    }

    /// Appends so many rows to a table, no fewer.
    fn read_all(&mut self, rows: usize, table: &mut Table) -> Result<(), Error> {
        let read = self.read(rows, table)?;
        if read == rows { Ok(()) } else { Err(Error::parquet(&self.path, short())) }
    }

    /// Fills columns of a table that has `rows` rows, but reads only some of them; the others get nothing.
    pub(crate) fn read_at(&mut self, wanted: &[usize], rows: usize, table: &mut Table) -> Result<(), Error> {
        let mut at = 0;
        let mut wanted = wanted.iter().copied().peekable();
        while let Some(start) = wanted.next() {
            let mut end = start + 1;
            while wanted.next_if_eq(&end).is_some() {
                end += 1;
            }
            self.skip(start - at, table)?;
            self.read_all(end - start, table)?;
            at = end;
        }
        for (field, _) in &self.readers {
            table.column_mut(*field).pad(rows - at);
        }
        table.set_rows(rows);
        Ok(())
    }

    /// Passes some rows; the columns get nothing there.
    fn skip(&mut self, rows: usize, table: &mut Table) -> Result<(), Error> {
        if rows == 0 {
            return Ok(());
        }
        for (field, source) in &mut self.readers {
            let skipped = match source {
                Source::Text(reader) => reader.skip_records(rows),
                Source::Number(reader) => reader.skip_records(rows),
                Source::Flag(reader) => reader.skip_records(rows),
            };
            skipped.map_err(|source| Error::parquet(&self.path, source))?;
            table.column_mut(*field).pad(rows);
        }
        Ok(())
    }
}

/// The rows of a file one after another, in little memory.
pub(crate) struct Cursor {
    part: Part,
    fields: Vec<Field>,
    since: i64,
    until: i64,
    group: usize,
    columns: Option<Columns>,
    /// The rows in sight, and which is the next.
    pub(crate) table: Table,
    pub(crate) row: usize,
}

impl Cursor {
    /// Rows from `since` on and before `until`, in milliseconds.
    pub(crate) fn open(path: &Path, fields: &[Field], since: i64, until: i64) -> Result<Self, Error> {
        let part = Part::open(path)?;
        let fields = fields.to_vec();
        let mut cursor = Self { part, fields, since, until, group: 0, columns: None, table: Table::default(), row: 0 };
        cursor.settle()?;
        Ok(cursor)
    }

    /// Whether a row is in sight.
    pub(crate) fn has_row(&self) -> bool {
        self.row < self.table.rows()
    }

    /// To the next row.
    pub(crate) fn advance(&mut self) -> Result<(), Error> {
        self.row += 1;
        self.settle()
    }

    /// Goes on to a row that is within the span.
    fn settle(&mut self) -> Result<(), Error> {
        loop {
            while self.has_row() {
                let time = self.table.number(Field::Time, self.row);
                if time >= self.until {
                    self.group = usize::MAX;
                    self.table.clear();
                    self.row = 0;
                    self.columns = None;
                    return Ok(());
                }
                if time >= self.since {
                    return Ok(());
                }
                self.row += 1;
            }
            self.table.clear();
            self.row = 0;
            if let Some(columns) = &mut self.columns
                && columns.read(CHUNK, &mut self.table)? > 0
            {
                continue;
            }
            self.columns = None;
            if self.group >= self.part.groups() {
                return Ok(());
            }
            let outside = |(first, last): (i64, i64)| last < self.since || first >= self.until;
            if !self.part.span(self.group).is_some_and(outside) {
                self.columns = Some(self.part.columns(self.group, &self.fields)?);
            }
            self.group += 1;
        }
    }
}
