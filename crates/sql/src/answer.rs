//! What a statement says, in kinds that every output knows.

use datafusion::arrow::array::{Array, ArrayRef, AsArray as _, RecordBatch};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Schema, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use forewarn_store::Shape;

use crate::error::Error;

/// A column of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// Its name.
    pub name: String,
    /// What it holds; lists, intervals and the like are text.
    pub shape: Shape,
}

/// The columns of an answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// From left to right.
    pub columns: Vec<Heading>,
}

impl Answer {
    pub(crate) fn of(schema: &Schema) -> Result<Self, Error> {
        let columns: Vec<Heading> = schema
            .fields()
            .iter()
            .map(|field| Heading { name: field.name().clone(), shape: shape(field.data_type()) })
            .collect();
        let mut names = std::collections::BTreeSet::new();
        match columns.iter().find(|column| !names.insert(column.name.as_str())) {
            Some(twice) => Err(Error::refused(&format!(
                "two columns are called `{}`; give one of them another name with AS",
                twice.name
            ))),
            None => Ok(Self { columns }),
        }
    }
}

fn shape(kind: &DataType) -> Shape {
    match kind {
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64 => Shape::Number,
        DataType::Float32 | DataType::Float64 => Shape::Real,
        DataType::Boolean => Shape::Flag,
        DataType::Timestamp(..) => Shape::Time,
        DataType::Date32 => Shape::Day,
        _ => Shape::Text,
    }
}

/// A value of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// There is none.
    Null,
    /// Text.
    Text(String),
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

/// Some rows of an answer.
#[derive(Debug)]
pub struct Rows(RecordBatch);

impl Rows {
    /// # Errors
    /// A number has no place in 64 bits with a sign.
    pub(crate) fn of(batch: RecordBatch) -> Result<Self, Error> {
        let too_large = |column: &ArrayRef| {
            let numbers = column.as_primitive_opt::<UInt64Type>();
            numbers.is_some_and(|numbers| numbers.iter().flatten().any(|number| i64::try_from(number).is_err()))
        };
        if batch.columns().iter().any(too_large) {
            return Err(Error::Run("a number is too large".to_owned()));
        }
        Ok(Self(batch))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.num_rows()
    }

    /// A value; there is none outside the rows and the columns.
    pub fn value(&self, column: usize, row: usize) -> Value {
        match self.0.columns().get(column) {
            Some(values) if row < values.len() && !values.is_null(row) => value(values.as_ref(), row),
            _ => Value::Null,
        }
    }
}

fn value(values: &dyn Array, row: usize) -> Value {
    match values.data_type() {
        // Such a column keeps no list of what is missing: everything is.
        DataType::Null => Value::Null,
        DataType::Utf8 => Value::Text(values.as_string::<i32>().value(row).to_owned()),
        DataType::Boolean => Value::Flag(values.as_boolean().value(row)),
        DataType::Int8 => Value::Number(values.as_primitive::<Int8Type>().value(row).into()),
        DataType::Int16 => Value::Number(values.as_primitive::<Int16Type>().value(row).into()),
        DataType::Int32 => Value::Number(values.as_primitive::<Int32Type>().value(row).into()),
        DataType::Int64 => Value::Number(values.as_primitive::<Int64Type>().value(row)),
        DataType::UInt8 => Value::Number(values.as_primitive::<UInt8Type>().value(row).into()),
        DataType::UInt16 => Value::Number(values.as_primitive::<UInt16Type>().value(row).into()),
        DataType::UInt32 => Value::Number(values.as_primitive::<UInt32Type>().value(row).into()),
        DataType::UInt64 => {
            let number = values.as_primitive::<UInt64Type>().value(row);
            Value::Number(i64::try_from(number).unwrap_or_default())
        }
        DataType::Float32 => Value::Real(values.as_primitive::<Float32Type>().value(row).into()),
        DataType::Float64 => Value::Real(values.as_primitive::<Float64Type>().value(row)),
        DataType::Date32 => Value::Day(values.as_primitive::<Date32Type>().value(row)),
        DataType::Timestamp(unit, _) => Value::Time(match unit {
            TimeUnit::Second => values.as_primitive::<TimestampSecondType>().value(row).saturating_mul(1000),
            TimeUnit::Millisecond => values.as_primitive::<TimestampMillisecondType>().value(row),
            TimeUnit::Microsecond => values.as_primitive::<TimestampMicrosecondType>().value(row).div_euclid(1000),
            TimeUnit::Nanosecond => values.as_primitive::<TimestampNanosecondType>().value(row).div_euclid(1_000_000),
        }),
        _ => {
            let format = FormatOptions::new().with_display_error(true);
            let shown = ArrayFormatter::try_new(values, &format).map(|formatter| formatter.value(row).to_string());
            shown.map_or(Value::Null, Value::Text)
        }
    }
}
