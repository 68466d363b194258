//! The store as a table of the engine: columns and rows that a statement does not need are not read.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{
    Array as _, ArrayRef, AsArray as _, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions, StringArray,
    TimestampMillisecondArray,
};
use datafusion::arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{DataType, Field as ArrowField, Schema, SchemaRef, TimeUnit};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNode as _;
use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, Operator, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use forewarn_store::{Column, Field, Group, Kind, Open, Piece, Span, Store};
use jiff::Timestamp;

/// The columns that the path has, as `events ddl` names them; the engine reads names in lower case.
const OF_THE_PATH: [&str; 3] = ["region", "accountid", "eventday"];

/// The table.
#[derive(Debug)]
pub(crate) struct Events {
    store: Store,
    threads: usize,
    schema: SchemaRef,
}

impl Events {
    pub(crate) fn new(store: Store, threads: usize) -> Self {
        let columns = Field::ALL.iter().map(|field| {
            let kind = match field.kind() {
                Kind::Text => DataType::Utf8,
                Kind::Number => DataType::Int64,
                Kind::Flag => DataType::Boolean,
                Kind::Time => DataType::Timestamp(TimeUnit::Millisecond, None),
            };
            let always = matches!(field.kind(), Kind::Number | Kind::Time);
            ArrowField::new(field.name(), kind, !always)
        });
        let of_the_path = OF_THE_PATH.map(|name| ArrowField::new(name, DataType::Utf8, false));
        Self { store, threads, schema: Arc::new(Schema::new(columns.chain(of_the_path).collect::<Vec<_>>())) }
    }

    /// What can have rows that pass: files by their paths, row groups by their times.
    fn units(&self, session: &dyn Session, filters: &[Expr]) -> Result<Vec<Unit>> {
        let span = filters.iter().fold(Span::ALL, narrowed);
        let mut pieces = self.store.pieces(span);
        if let Some(filter) = self.filter(session, filters.iter().filter(|filter| is_of_the_path(filter)))? {
            let texts = |text: fn(&Piece) -> &String| -> ArrayRef {
                Arc::new(StringArray::from_iter_values(pieces.iter().map(text)))
            };
            let all = [texts(|piece| &piece.region), texts(|piece| &piece.account), texts(|piece| &piece.day)];
            let arrays = filter.columns.iter().filter_map(|column| all.get(column - Field::ALL.len()).cloned());
            let passing = filter.passing(arrays.collect(), pieces.len())?;
            let mut passing = passing.iter();
            pieces.retain(|_| passing.next() == Some(Some(true)));
        }
        let mut units = Vec::new();
        for piece in pieces {
            let piece = Arc::new(piece);
            let groups = Open::new(&piece.path).map_err(external)?.groups();
            let inside = |group: &Group| {
                group.times.is_none_or(|(first, last)| {
                    span.since.is_none_or(|since| last >= since.as_millisecond())
                        && span.until.is_none_or(|until| first <= until.as_millisecond())
                })
            };
            units.extend(groups.into_iter().filter(inside).map(|group| Unit { piece: Arc::clone(&piece), group }));
        }
        Ok(units)
    }

    /// Filters as one expression over the columns that it needs.
    fn filter<'f>(
        &self,
        session: &dyn Session,
        filters: impl Iterator<Item = &'f Expr>,
    ) -> Result<Option<Arc<Filter>>> {
        let Some(all) = conjunction(filters.cloned()) else { return Ok(None) };
        let named = all.column_refs();
        let columns: Vec<usize> = self
            .schema
            .fields()
            .iter()
            .enumerate()
            .filter(|(_, field)| named.iter().any(|column| column.name == *field.name()))
            .map(|(index, _)| index)
            .collect();
        let schema = Arc::new(self.schema.project(&columns)?);
        let known = DFSchema::try_from(Arc::clone(&schema))?;
        let test = session.create_physical_expr(all, &known)?;
        Ok(Some(Arc::new(Filter { test, columns, schema })))
    }
}

#[async_trait]
impl TableProvider for Events {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let asks = |filter: &Expr| {
            filter.exists(|part| Ok(matches!(part, Expr::ScalarSubquery(_) | Expr::InSubquery(_) | Expr::Exists(_))))
        };
        filters
            .iter()
            .map(|filter| {
                Ok(if asks(filter)? {
                    TableProviderFilterPushDown::Unsupported
                } else {
                    TableProviderFilterPushDown::Exact
                })
            })
            .collect()
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let projection = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let schema = Arc::new(self.schema.project(&projection)?);
        let filter = self.filter(session, filters.iter())?;
        let parts = shared_out(self.units(session, filters)?, self.threads);
        let parts = parts.into_iter().map(|units| -> Arc<dyn PartitionStream> {
            Arc::new(Part {
                units,
                filter: filter.clone(),
                projection: projection.clone(),
                schema: Arc::clone(&schema),
            })
        });
        let plan = StreamingTableExec::try_new(Arc::clone(&schema), parts.collect(), None, [], false, limit)?;
        Ok(Arc::new(plan))
    }
}

/// A row group to read.
#[derive(Debug, Clone)]
struct Unit {
    piece: Arc<Piece>,
    group: Group,
}

/// The same number of rows for each thread, about.
fn shared_out(mut units: Vec<Unit>, threads: usize) -> Vec<Vec<Unit>> {
    let mut parts: Vec<(usize, Vec<Unit>)> = vec![(0, Vec::new()); threads.clamp(1, units.len().max(1))];
    units.sort_by_key(|unit| std::cmp::Reverse(unit.group.rows));
    for unit in units {
        if let Some((rows, part)) = parts.iter_mut().min_by_key(|(rows, _)| *rows) {
            *rows += unit.group.rows;
            part.push(unit);
        }
    }
    parts
        .into_iter()
        .map(|(_, mut units)| {
            // A file is opened once.
            units.sort_by(|one, other| (&one.piece.path, one.group.index).cmp(&(&other.piece.path, other.group.index)));
            units
        })
        .collect()
}

/// A span, narrowed by what a filter says of the time.
fn narrowed(span: Span, filter: &Expr) -> Span {
    let Expr::BinaryExpr(said) = filter else { return span };
    let (sign, millis) = match (said.left.as_ref(), said.right.as_ref()) {
        (Expr::Column(column), Expr::Literal(ScalarValue::TimestampMillisecond(Some(millis), None), _))
            if column.name == Field::Time.name() =>
        {
            (Some(said.op), *millis)
        }
        (Expr::Literal(ScalarValue::TimestampMillisecond(Some(millis), None), _), Expr::Column(column))
            if column.name == Field::Time.name() =>
        {
            (said.op.swap(), *millis)
        }
        _ => return span,
    };
    // A millisecond too much at either end does no harm: the filter itself is asked of each row.
    let after = Timestamp::from_millisecond(millis.saturating_add(1)).ok();
    let Ok(at) = Timestamp::from_millisecond(millis) else { return span };
    let later = |since: Option<Timestamp>| Some(since.map_or(at, |since| since.max(at)));
    let sooner = |until: Option<Timestamp>| after.map(|after| until.map_or(after, |until| until.min(after))).or(until);
    match sign {
        Some(Operator::Gt | Operator::GtEq) => Span { since: later(span.since), ..span },
        Some(Operator::Lt | Operator::LtEq) => Span { until: sooner(span.until), ..span },
        Some(Operator::Eq) => Span { since: later(span.since), until: sooner(span.until) },
        _ => span,
    }
}

fn is_of_the_path(filter: &Expr) -> bool {
    let columns = filter.column_refs();
    !columns.is_empty() && columns.iter().all(|column| OF_THE_PATH.contains(&column.name.as_str()))
}

fn external(error: forewarn_store::Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// What rows have to pass.
#[derive(Debug)]
struct Filter {
    test: Arc<dyn PhysicalExpr>,
    /// The columns of the table that it needs, and their schema.
    columns: Vec<usize>,
    schema: SchemaRef,
}

impl Filter {
    fn passing(&self, arrays: Vec<ArrayRef>, rows: usize) -> Result<BooleanArray> {
        let batch = batch(&self.schema, arrays, rows)?;
        Ok(self.test.evaluate(&batch)?.into_array(rows)?.as_boolean().clone())
    }
}

fn batch(schema: &SchemaRef, arrays: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options)?)
}

/// What one thread reads.
#[derive(Debug)]
struct Part {
    units: Vec<Unit>,
    filter: Option<Arc<Filter>>,
    projection: Vec<usize>,
    schema: SchemaRef,
}

impl PartitionStream for Part {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let reader = Reader {
            filter: self.filter.clone(),
            projection: self.projection.clone(),
            schema: Arc::clone(&self.schema),
            open: None,
        };
        let rows = self.units.clone().into_iter().scan(reader, |reader, unit| Some(reader.read(&unit).transpose()));
        let stream = futures_util::stream::iter(rows.flatten());
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream))
    }
}

struct Reader {
    filter: Option<Arc<Filter>>,
    projection: Vec<usize>,
    schema: SchemaRef,
    open: Option<(PathBuf, Open)>,
}

impl Reader {
    /// The rows of a row group that pass; first the columns that the filter needs, then the others of those rows.
    fn read(&mut self, unit: &Unit) -> Result<Option<RecordBatch>> {
        let path = &unit.piece.path;
        let open = match self.open.take() {
            Some((last, open)) if last == *path => open,
            _ => Open::new(path).map_err(external)?,
        };
        let (_, open) = self.open.insert((path.clone(), open));
        let rows = unit.group.rows;
        let Some(filter) = &self.filter else {
            let arrays = arrays(open, unit, &self.projection, None)?;
            return batch(&self.schema, arrays, rows).map(Some);
        };
        let tested = arrays(open, unit, &filter.columns, None)?;
        let passing = filter.passing(tested.clone(), rows)?;
        let wanted: Vec<usize> = (0..rows).filter(|row| passing.is_valid(*row) && passing.value(*row)).collect();
        if wanted.is_empty() {
            return Ok(None);
        }
        let more: Vec<usize> =
            self.projection.iter().copied().filter(|column| !filter.columns.contains(column)).collect();
        // Where most rows pass, to skip the others costs more than it spares.
        let only = (wanted.len() < rows / 2).then_some(wanted.as_slice());
        let rest = arrays(open, unit, &more, only)?;
        let of = |column: &usize| {
            let known = filter.columns.iter().position(|one| one == column).and_then(|at| tested.get(at));
            known.or_else(|| more.iter().position(|one| one == column).and_then(|at| rest.get(at))).cloned()
        };
        // The columns of rows that were passed over have no value yet.
        let fields = self.schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true));
        let loose = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let all = batch(&loose, self.projection.iter().filter_map(of).collect(), rows)?;
        let all = filter_record_batch(&all, &passing)?;
        batch(&self.schema, all.columns().to_vec(), all.num_rows()).map(Some)
    }
}

/// Columns of the table, in this order.
fn arrays(open: &Open, unit: &Unit, columns: &[usize], only: Option<&[usize]>) -> Result<Vec<ArrayRef>> {
    let fields: Vec<Field> = columns.iter().filter_map(|column| Field::ALL.get(*column).copied()).collect();
    let mut read = match fields.as_slice() {
        [] => Vec::new(),
        fields => open.columns(unit.group, fields, only).map_err(external)?,
    }
    .into_iter();
    let Piece { region, account, day, .. } = unit.piece.as_ref();
    columns
        .iter()
        .map(|column| {
            let constant = |text: &String| -> ArrayRef {
                Arc::new(StringArray::from_iter_values(std::iter::repeat_n(text, unit.group.rows)))
            };
            match (Field::ALL.get(*column), column.checked_sub(Field::ALL.len())) {
                (Some(field), _) => read.next().map_or_else(|| Err(short()), |column| array(column, *field)),
                (None, Some(0)) => Ok(constant(region)),
                (None, Some(1)) => Ok(constant(account)),
                _ => Ok(constant(day)),
            }
        })
        .collect()
}

fn short() -> DataFusionError {
    DataFusionError::Execution("the store gave fewer columns than were asked for".to_owned())
}

fn array(column: Column, field: Field) -> Result<ArrayRef> {
    Ok(match column {
        Column::Text { all, ends, present } => {
            let offsets: std::result::Result<Vec<i32>, _> = std::iter::once(0).chain(ends).map(i32::try_from).collect();
            let offsets =
                offsets.map_err(|_| DataFusionError::Execution("a row group has more than 2 GB of text".to_owned()))?;
            let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
            let nulls = present.contains(&false).then(|| NullBuffer::from(present));
            Arc::new(StringArray::try_new(offsets, Buffer::from(all.into_bytes()), nulls)?)
        }
        Column::Coded(coded) => Arc::new((0..coded.rows()).map(|row| coded.text(row)).collect::<StringArray>()),
        Column::Number(numbers) if field.kind() == Kind::Time => Arc::new(TimestampMillisecondArray::from(numbers)),
        Column::Number(numbers) => Arc::new(Int64Array::from(numbers)),
        Column::Flag(flags) => Arc::new(BooleanArray::from(flags)),
    })
}
