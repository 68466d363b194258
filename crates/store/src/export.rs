//! Rows of any shape as one Parquet file: found events, counts, what a statement says.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use crate::field::Kind;
use crate::part::GROUP;

/// Bytes of text after which a row group is written, however few its rows are.
const GROUP_BYTES: usize = 32 << 20;

/// What a column holds; each may be without a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// UTF-8 text.
    Text,
    /// A 64-bit number.
    Number,
    /// A floating-point number.
    Real,
    /// A boolean.
    Flag,
    /// Milliseconds since 1970, in UTC.
    Time,
    /// Days since 1970.
    Day,
}

impl From<Kind> for Shape {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text,
            Kind::Number => Self::Number,
            Kind::Flag => Self::Flag,
            Kind::Time => Self::Time,
        }
    }
}

/// A value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// There is none.
    Null,
    /// Text.
    Text(&'a str),
    /// A number.
    Number(i64),
    /// A floating-point number.
    Real(f64),
    /// A boolean.
    Flag(bool),
    /// Milliseconds since 1970, in UTC.
    Time(i64),
    /// Days since 1970.
    Day(i32),
}

/// The values of a column that are not written yet, and for each row whether it has one.
struct Column {
    values: Values,
    present: Vec<i16>,
}

enum Values {
    Text(Vec<ByteArray>),
    Long(Vec<i64>),
    Int(Vec<i32>),
    Real(Vec<f64>),
    Flag(Vec<bool>),
}

impl Column {
    fn of(shape: Shape) -> Self {
        let values = match shape {
            Shape::Text => Values::Text(Vec::new()),
            Shape::Number | Shape::Time => Values::Long(Vec::new()),
            Shape::Day => Values::Int(Vec::new()),
            Shape::Real => Values::Real(Vec::new()),
            Shape::Flag => Values::Flag(Vec::new()),
        };
        Self { values, present: Vec::new() }
    }

    /// Adds a value. One of another shape is none.
    fn push(&mut self, cell: Cell<'_>) {
        let there = match (&mut self.values, cell) {
            (Values::Text(values), Cell::Text(text)) => {
                values.push(ByteArray::from(text));
                true
            }
            (Values::Long(values), Cell::Number(number) | Cell::Time(number)) => {
                values.push(number);
                true
            }
            (Values::Int(values), Cell::Day(number)) => {
                values.push(number);
                true
            }
            (Values::Real(values), Cell::Real(number)) => {
                values.push(number);
                true
            }
            (Values::Flag(values), Cell::Flag(flag)) => {
                values.push(flag);
                true
            }
            _ => false,
        };
        self.present.push(there.into());
    }

    fn write(&mut self, group: &mut SerializedRowGroupWriter<'_, Vec<u8>>) -> Result<(), ParquetError> {
        let present = std::mem::take(&mut self.present);
        match &mut self.values {
            Values::Text(values) => write::<ByteArrayType>(group, values, &present),
            Values::Long(values) => write::<Int64Type>(group, values, &present),
            Values::Int(values) => write::<Int32Type>(group, values, &present),
            Values::Real(values) => write::<DoubleType>(group, values, &present),
            Values::Flag(values) => write::<BoolType>(group, values, &present),
        }
    }
}

fn write<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &mut Vec<T::T>,
    present: &[i16],
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else { return Ok(()) };
    column.typed::<T>().write_batch(&std::mem::take(values), Some(present), None)?;
    column.close()
}

/// A Parquet file that is being written.
pub struct Sheet<'w> {
    out: &'w mut dyn Write,
    /// Writes into memory; what is there goes on to `out` after each row group.
    file: SerializedFileWriter<Vec<u8>>,
    columns: Vec<Column>,
    rows: usize,
    bytes: usize,
}

impl<'w> Sheet<'w> {
    /// Begins a file with these columns, whose names differ.
    ///
    /// # Errors
    /// There is none, or it cannot be written.
    pub fn new(out: &'w mut dyn Write, columns: &[(&str, Shape)]) -> io::Result<Self> {
        let schema = columns.iter().map(|(name, shape)| {
            let (physical, logical) = match shape {
                Shape::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
                Shape::Number => (Physical::INT64, None),
                Shape::Real => (Physical::DOUBLE, None),
                Shape::Flag => (Physical::BOOLEAN, None),
                Shape::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS))),
                Shape::Day => (Physical::INT32, Some(LogicalType::Date)),
            };
            let column = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
            column.with_logical_type(logical).build().map(Arc::new)
        });
        let begin = || {
            let schema = Type::group_type_builder("row").with_fields(schema.collect::<Result<_, _>>()?).build()?;
            let properties = WriterProperties::builder()
                .set_created_by("forewarn".to_owned())
                .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?));
            SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties.build()))
        };
        let columns = columns.iter().map(|(_, shape)| Column::of(*shape)).collect();
        Ok(Self { out, file: begin().map_err(io::Error::other)?, columns, rows: 0, bytes: 0 })
    }

    /// Adds a row with a value for each column.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) -> io::Result<()> {
        let mut cells = cells.into_iter();
        for column in &mut self.columns {
            let cell = cells.next().unwrap_or(Cell::Null);
            if let Cell::Text(text) = cell {
                self.bytes += text.len();
            }
            column.push(cell);
        }
        self.rows += 1;
        if self.rows >= GROUP || self.bytes >= GROUP_BYTES { self.group() } else { Ok(()) }
    }

    fn group(&mut self) -> io::Result<()> {
        if self.rows > 0 {
            let mut group = self.file.next_row_group().map_err(io::Error::other)?;
            for column in &mut self.columns {
                column.write(&mut group).map_err(io::Error::other)?;
            }
            group.close().map_err(io::Error::other)?;
            (self.rows, self.bytes) = (0, 0);
        }
        self.out.write_all(&std::mem::take(self.file.inner_mut()))
    }

    /// Writes what is left, and the end of the file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        self.group()?;
        let rest = self.file.into_inner().map_err(io::Error::other)?;
        self.out.write_all(&rest)
    }
}
