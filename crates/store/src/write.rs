//! Writes a Parquet file of events.

use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, CompressionCodec, Encoding, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter as _};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, TrackedWrite};
use parquet::schema::types::{ColumnDescPtr, ColumnPath};
use zstd::bulk::Compressor;
use zstd::zstd_safe::compress_bound;

use crate::coded::broken;
use crate::field::{Field, Kind};
use crate::part::{required, schema};
use crate::table::Table;

/// Columns of text that are compressed. In most others few values come again and again, which the dictionary of the
/// column is for: to compress the rest takes more time than it saves room.
const COMPRESSED: [Field; 6] =
    [Field::MetadataUid, Field::RequestUid, Field::SharedUid, Field::ErrorMessage, Field::Resources, Field::Raw];

/// Columns in which hardly a value comes twice.
const UNLIKE: [Field; 4] = [Field::MetadataUid, Field::RequestUid, Field::RawHash, Field::Raw];

/// Level 3 takes 1.4 times the time, and gains a tenth of the size of a store.
const LEVEL: i32 = 1;

fn properties() -> Result<WriterProperties, ParquetError> {
    let path = |field: &Field| ColumnPath::from(field.name());
    let zstd = Compression::ZSTD(ZstdLevel::try_new(LEVEL)?);
    let properties = WriterProperties::builder()
        .set_created_by("forewarn".to_owned())
        .set_compression(Compression::UNCOMPRESSED)
        .set_offset_index_disabled(true)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_column_statistics_enabled(path(&Field::Time), EnabledStatistics::Chunk);
    let properties = COMPRESSED.iter().fold(properties, |some, field| some.set_column_compression(path(field), zstd));
    let plain = UNLIKE.iter().fold(properties, |some, field| some.set_column_dictionary_enabled(path(field), false));
    Ok(plain.build())
}

/// Bytes of records that go into a page.
const PAGE: usize = 1 << 20;

/// Writes rows into a Parquet file, a row group at a time.
pub(crate) struct Writer<W: Write + Send> {
    file: SerializedFileWriter<W>,
    /// What records are compressed with.
    zstd: Compressor<'static>,
}

impl<W: Write + Send> Writer<W> {
    pub(crate) fn new(out: W) -> Result<Self, ParquetError> {
        let file = SerializedFileWriter::new(out, Arc::new(schema()?), Arc::new(properties()?))?;
        Ok(Self { file, zstd: Compressor::new(LEVEL)? })
    }

    /// Writes one row group of these rows, each by table and place in it, in this order.
    pub(crate) fn group(&mut self, tables: &[Arc<Table>], rows: &[(usize, usize)]) -> Result<(), ParquetError> {
        let schema = self.file.schema_descr().clone();
        let mut group = self.file.next_row_group()?;
        let column = |field: Field, table: usize| tables.get(table).map(|table| table.column(field));
        for field in Field::ALL.iter().copied() {
            if field == Field::Raw {
                let texts = rows.iter().map(|(table, row)| column(field, *table)?.text(*row));
                let (column, about) =
                    Records::write(texts.map(Option::unwrap_or_default), schema.column(field.index()), &mut self.zstd)?;
                group.append_column(&column, about)?;
                continue;
            }
            let Some(mut writer) = group.next_column()? else { break };
            let optional = !required(field);
            match field.kind() {
                Kind::Text => {
                    // Nothing is copied: values are pieces of the tables' own texts.
                    let all: Vec<Bytes> = tables.iter().map(|table| Whole::of(table, field)).collect();
                    let (mut present, mut values) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
                    for (table, row) in rows {
                        let place = column(field, *table).and_then(|column| column.place(*row));
                        present.push(place.is_some().into());
                        let value = place.zip(all.get(*table)).map(|(place, all)| ByteArray::from(all.slice(place)));
                        values.extend(value);
                    }
                    let present: Option<&[i16]> = optional.then_some(&present);
                    writer.typed::<ByteArrayType>().write_batch(&values, present, None)?;
                }
                Kind::Number | Kind::Time => {
                    let number = |(table, row): &(usize, usize)| column(field, *table).map(|one| one.number(*row));
                    let values: Vec<i64> = rows.iter().filter_map(number).collect();
                    writer.typed::<Int64Type>().write_batch(&values, None, None)?;
                }
                Kind::Flag => {
                    let flags = || rows.iter().map(|(table, row)| column(field, *table)?.flag(*row));
                    let present: Vec<i16> = flags().map(|flag| flag.is_some().into()).collect();
                    let values: Vec<bool> = flags().flatten().collect();
                    writer.typed::<BoolType>().write_batch(&values, Some(&present), None)?;
                }
            }
            writer.close()?;
        }
        group.close().map(|_| ())
    }

    /// Writes the end of the file.
    pub(crate) fn finish(self) -> Result<W, ParquetError> {
        self.file.into_inner()
    }
}

/// Records are most of a store: their column is written here, straight into pages, so that nothing is copied but once.
struct Records<'z> {
    out: TrackedWrite<Vec<u8>>,
    zstd: &'z mut Compressor<'static>,
    /// The page that is being filled, and how many records are in it.
    page: Vec<u8>,
    held: u32,
    /// The same page, compressed.
    packed: Vec<u8>,
    /// All pages with their headers, as they would be without compression.
    unpacked: usize,
}

impl<'z> Records<'z> {
    /// The column of a row group, and what the file says about it.
    fn write<'t>(
        texts: impl Iterator<Item = &'t str>,
        about: ColumnDescPtr,
        zstd: &'z mut Compressor<'static>,
    ) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
        let (page, packed) = (Vec::with_capacity(PAGE + PAGE / 8), Vec::new());
        let out = TrackedWrite::new(Vec::new());
        let mut records = Self { out, zstd, page, held: 0, packed, unpacked: 0 };
        let mut rows = 0u32;
        for text in texts {
            records.add(text)?;
            rows += 1;
        }
        records.finish_page()?;
        let Self { out, unpacked, .. } = records;
        let bytes = Bytes::from(out.into_inner()?);
        let length = |bytes: usize| i64::try_from(bytes).map_err(|_| broken("a row group is too large"));
        let metadata = ColumnChunkMetaData::builder(about)
            .set_compression_codec(CompressionCodec::ZSTD)
            .set_encodings(vec![Encoding::PLAIN])
            .set_num_values(rows.into())
            .set_total_compressed_size(length(bytes.len())?)
            .set_total_uncompressed_size(length(unpacked)?)
            .set_data_page_offset(0)
            .build()?;
        let bytes_written = bytes.len() as u64;
        let (bloom_filter, column_index, offset_index) = (None, None, None);
        let rows_written = rows.into();
        let close =
            ColumnCloseResult { bytes_written, rows_written, metadata, bloom_filter, column_index, offset_index };
        Ok((bytes, close))
    }

    fn add(&mut self, text: &str) -> Result<(), ParquetError> {
        if self.page.len() + text.len() > PAGE {
            self.finish_page()?;
        }
        let length = u32::try_from(text.len()).map_err(|_| broken("a record is longer than 4 GB"))?;
        self.page.extend_from_slice(&length.to_le_bytes());
        self.page.extend_from_slice(text.as_bytes());
        self.held += 1;
        Ok(())
    }

    fn finish_page(&mut self) -> Result<(), ParquetError> {
        if self.held == 0 {
            return Ok(());
        }
        self.packed.clear();
        self.packed.reserve(compress_bound(self.page.len()));
        self.zstd.compress_to_buffer(&self.page, &mut self.packed)?;
        let page = Page::DataPage {
            buf: Bytes::copy_from_slice(&self.packed),
            num_values: self.held,
            encoding: Encoding::PLAIN,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let page = CompressedPage::new(page, self.page.len());
        self.unpacked += SerializedPageWriter::new(&mut self.out).write_page(page)?.uncompressed_size;
        self.page.clear();
        self.held = 0;
        Ok(())
    }
}

/// The texts of a column of a table, which lives as long as they are used.
struct Whole(Arc<Table>, Field);

impl Whole {
    fn of(table: &Arc<Table>, field: Field) -> Bytes {
        Bytes::from_owner(Self(Arc::clone(table), field))
    }
}

impl AsRef<[u8]> for Whole {
    fn as_ref(&self) -> &[u8] {
        self.0.column(self.1).all().as_bytes()
    }
}
