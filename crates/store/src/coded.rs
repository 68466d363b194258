//! Columns of text as the file has them: each value once, and for each row which it is.
//!
//! Values repeat in most columns. A question is asked of each value once, not of each row, and no value is copied for a
//! row. What is read here is what this program writes; pages of another form are left to the Parquet crate.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use bytes::{Buf as _, Bytes};
use parquet::basic::Encoding;
use parquet::column::page::{Page, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;

/// The code of a row without a value.
const NONE: u32 = u32::MAX;

/// A column of text in which each value stands once, or close to it.
#[derive(Debug, Clone, Default)]
pub struct Coded {
    /// The values, end to end.
    all: String,
    ends: Vec<usize>,
    /// For each row the number of its value.
    codes: Vec<u32>,
}

impl Coded {
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.codes.len()
    }

    /// The text of a row.
    pub fn text(&self, row: usize) -> Option<&str> {
        self.word(self.code(row)?)
    }

    /// How many values there are.
    pub(crate) fn words(&self) -> usize {
        self.ends.len()
    }

    /// Which value a row has.
    pub(crate) fn code(&self, row: usize) -> Option<usize> {
        self.codes.get(row).filter(|code| **code != NONE).map(|code| *code as usize)
    }

    pub(crate) fn word(&self, code: usize) -> Option<&str> {
        self.all.get(self.place(code)?)
    }

    /// Where a value stands in all of them.
    pub(crate) fn place(&self, code: usize) -> Option<Range<usize>> {
        let start = code.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        Some(start..*self.ends.get(code)?)
    }

    /// All values, end to end.
    pub(crate) fn all(&self) -> &str {
        &self.all
    }

    pub(crate) fn clear(&mut self) {
        self.all.clear();
        self.ends.clear();
        self.codes.clear();
    }

    /// Adds rows without a value.
    pub(crate) fn pad(&mut self, rows: usize) {
        self.codes.resize(self.codes.len() + rows, NONE);
    }

    fn add_word(&mut self, word: &[u8]) -> Result<u32> {
        let code = u32::try_from(self.ends.len())
            .ok()
            .filter(|code| *code != NONE)
            .ok_or_else(|| broken("too many values"))?;
        self.all.push_str(std::str::from_utf8(word).map_err(|_| broken("a text is not UTF-8"))?);
        self.ends.push(self.all.len());
        Ok(code)
    }

    /// Reads all pages of a column. `Ok(None)` where one has a form that is not read here.
    pub(crate) fn read(mut pages: impl PageReader, optional: bool, rows: usize) -> Result<Option<Self>> {
        let mut coded = Self { codes: Vec::with_capacity(rows.min(MOST)), ..Self::default() };
        let mut dictionary = 0;
        while let Some(page) = pages.get_next_page()? {
            match page {
                Page::DictionaryPage {
                    buf,
                    num_values,
                    encoding: Encoding::PLAIN | Encoding::PLAIN_DICTIONARY,
                    ..
                } => {
                    let mut values = Plain(&buf);
                    for _ in 0..num_values {
                        coded.add_word(values.next().ok_or_else(|| broken("a dictionary is cut off"))?)?;
                    }
                    dictionary = num_values;
                }
                Page::DataPage { buf, num_values, encoding, def_level_encoding, .. } => {
                    let count = num_values as usize;
                    let (present, values) = match optional {
                        true if def_level_encoding != Encoding::RLE => return Ok(None),
                        true => levels(&buf, count)?,
                        false => (None, &*buf),
                    };
                    let there =
                        present.as_ref().map_or(count, |present| present.iter().filter(|one| **one == 1).count());
                    let codes = match encoding {
                        Encoding::PLAIN => {
                            let mut values = Plain(values);
                            let code = |_| coded.add_word(values.next().ok_or_else(|| broken("a page is cut off"))?);
                            (0..there).map(code).collect::<Result<Vec<u32>>>()?
                        }
                        Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => {
                            let (width, runs) = values.split_first().unwrap_or((&0, &[]));
                            hybrid(runs, *width, there)?
                        }
                        _ => return Ok(None),
                    };
                    if encoding != Encoding::PLAIN && codes.iter().any(|code| *code >= dictionary) {
                        return Err(broken("a value is not in the dictionary"));
                    }
                    match present {
                        None => coded.codes.extend(codes),
                        Some(present) => {
                            let mut codes = codes.into_iter();
                            let code = |level| if level == 1 { codes.next().unwrap_or(NONE) } else { NONE };
                            coded.codes.extend(present.into_iter().map(code));
                        }
                    }
                }
                _ => return Ok(None),
            }
        }
        Ok(Some(coded))
    }
}

/// Goes over the texts of a column without copying them, with the number of the row; how many there were. `Ok(None)` where a
/// page has a form that is not read here; nothing was handed out then, or too little.
pub(crate) fn each_text(mut pages: impl PageReader, mut act: impl FnMut(usize, &[u8])) -> Result<Option<usize>> {
    let mut row = 0;
    while let Some(page) = pages.get_next_page()? {
        let Page::DataPage { buf, num_values, encoding: Encoding::PLAIN, .. } = page else { return Ok(None) };
        let mut values = Plain(&buf);
        for _ in 0..num_values {
            act(row, values.next().ok_or_else(|| broken("a page is cut off"))?);
            row += 1;
        }
    }
    Ok(Some(row))
}

/// More is not set aside in advance on the word of a file.
const MOST: usize = 1 << 20;

pub(crate) fn broken(what: &str) -> ParquetError {
    ParquetError::General(what.to_owned())
}

/// Texts, each after its length.
struct Plain<'a>(&'a [u8]);

impl<'a> Iterator for Plain<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk::<4>()?;
        let (text, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        self.0 = rest;
        Some(text)
    }
}

/// For each row whether it has a value, and the bytes after that.
fn levels(page: &[u8], count: usize) -> Result<(Option<Vec<u32>>, &[u8])> {
    let cut = || broken("the levels of a page are cut off");
    let (length, rest) = page.split_first_chunk::<4>().ok_or_else(cut)?;
    let (levels, values) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(cut)?;
    let levels = hybrid(levels, 1, count)?;
    let all = levels.iter().all(|level| *level == 1);
    Ok(((!all).then_some(levels), values))
}

/// Numbers of a width in bits: runs of one number, and numbers packed one after the other.
fn hybrid(mut bytes: &[u8], width: u8, count: usize) -> Result<Vec<u32>> {
    if width > 32 {
        return Err(broken("a number is wider than 32 bits"));
    }
    let cut = || broken("a run of numbers is cut off");
    let mut found: Vec<u32> = Vec::with_capacity(count.min(MOST));
    while found.len() < count {
        let left = count - found.len();
        let header = varint(&mut bytes).ok_or_else(cut)?;
        let length = usize::try_from(header >> 1).map_err(|_| cut())?;
        if header & 1 == 0 {
            let (number, rest) = bytes.split_at_checked(usize::from(width).div_ceil(8)).ok_or_else(cut)?;
            let number = number.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte));
            if length == 0 {
                return Err(broken("a run of numbers is empty"));
            }
            found.resize(found.len() + length.min(left), number);
            bytes = rest;
        } else {
            let packed = length.checked_mul(usize::from(width)).ok_or_else(cut)?;
            // The last run may end with the last number that is wanted.
            let (packed, rest) = bytes.split_at_checked(packed).unwrap_or((bytes, &[]));
            let wanted = left.min(length.saturating_mul(8));
            if wanted == 0 || packed.len() * 8 < wanted * usize::from(width) {
                return Err(cut());
            }
            unpack(packed, u32::from(width), wanted, &mut found);
            bytes = rest;
        }
    }
    Ok(found)
}

/// Numbers packed one after the other, the lowest bit first.
fn unpack(packed: &[u8], width: u32, count: usize, found: &mut Vec<u32>) {
    let mask = (1u64 << width) - 1;
    let (mut bits, mut held) = (0u64, 0u32);
    let mut bytes = packed.iter();
    for _ in 0..count {
        while held < width {
            bits |= u64::from(bytes.next().copied().unwrap_or_default()) << held;
            held += 8;
        }
        #[expect(clippy::cast_possible_truncation, reason = "the mask leaves 32 bits at most")]
        found.push((bits & mask) as u32);
        bits >>= width;
        held -= width;
    }
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// A part of a file, in memory.
pub(crate) struct Stretch {
    start: u64,
    bytes: Bytes,
}

/// Columns nearer to each other than this are read together.
const GAP: u64 = 16 << 10;

impl Stretch {
    /// Reads the stretches that some columns lie in, in as few steps as is sensible; for each column its stretch.
    pub(crate) fn read(file: &mut File, columns: &[&ColumnChunkMetaData]) -> Result<Vec<Arc<Self>>> {
        let size = file.metadata()?.len();
        let range = |column: &ColumnChunkMetaData| {
            let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
            let (start, length) = (u64::try_from(start).ok()?, u64::try_from(column.compressed_size()).ok()?);
            start.checked_add(length).filter(|end| *end <= size).map(|end| (start, end))
        };
        let ranges = columns.iter().map(|column| range(column).ok_or_else(|| broken("a column lies outside the file")));
        let ranges: Vec<(u64, u64)> = ranges.collect::<Result<_>>()?;
        let mut order = ranges.clone();
        order.sort_unstable();
        let mut joined: Vec<(u64, u64)> = Vec::new();
        for (start, end) in order {
            match joined.last_mut() {
                Some((_, last)) if start <= last.saturating_add(GAP) => *last = end.max(*last),
                _ => joined.push((start, end)),
            }
        }
        let mut stretches = Vec::new();
        for (start, end) in joined {
            let mut bytes = vec![0; usize::try_from(end - start).map_err(|_| broken("a column is too long"))?];
            file.seek(SeekFrom::Start(start))?;
            file.read_exact(&mut bytes)?;
            stretches.push((end, Arc::new(Self { start, bytes: bytes.into() })));
        }
        let of = |(_, end): (u64, u64)| stretches.iter().find(|(last, _)| end <= *last).map(|(_, one)| Arc::clone(one));
        ranges.into_iter().map(|range| of(range).ok_or_else(|| broken("a column was not read"))).collect()
    }

    /// The pages of a column in it.
    pub(crate) fn pages(
        self: &Arc<Self>,
        column: &ColumnChunkMetaData,
        rows: usize,
    ) -> Result<SerializedPageReader<Self>> {
        SerializedPageReader::new(Arc::clone(self), column, rows, None)
    }

    fn from(&self, start: u64) -> Result<Bytes> {
        let start = start.checked_sub(self.start).and_then(|start| usize::try_from(start).ok());
        let start =
            start.filter(|start| *start <= self.bytes.len()).ok_or_else(|| broken("a page lies outside its column"))?;
        Ok(self.bytes.slice(start..))
    }
}

impl Length for Stretch {
    fn len(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

impl ChunkReader for Stretch {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(self.from(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let bytes = self.from(start)?;
        if length > bytes.len() {
            return Err(broken("a page is cut off"));
        }
        Ok(bytes.slice(..length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_packed_numbers_are_read_as_the_format_says() {
        // The example of the format: the numbers 0 to 7 in three bits each.
        assert_eq!(hybrid(&[0b11, 0b1000_1000, 0b1100_0110, 0b1111_1010], 3, 8).unwrap(), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(hybrid(&[0b1010, 4], 3, 5).unwrap(), [4; 5]);
        assert_eq!(hybrid(&[0b100, 0x34, 0x12, 0b11, 0xff, 0xff, 1, 0], 16, 4).unwrap(), [0x1234, 0x1234, 0xffff, 1]);
        assert_eq!(hybrid(&[0x10], 0, 8).unwrap(), [0; 8]);
    }

    #[test]
    fn numbers_that_are_cut_off_or_empty_are_an_error() {
        for (bytes, width) in
            [(&[][..], 3), (&[0], 3), (&[0, 0, 0], 3), (&[0b11, 1], 3), (&[0x80; 20], 1), (&[2], 3), (&[4], 33)]
        {
            assert!(hybrid(bytes, width, 8).is_err(), "{bytes:?}");
        }
        // A length that no file has asks for no memory.
        assert_eq!(hybrid(&[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1], 1, 4).unwrap(), [1; 4]);
        assert!(levels(&[9, 0, 0, 0, 1], 4).is_err());
    }

    #[test]
    fn texts_without_their_end_are_no_texts() {
        assert_eq!(Plain(&[1, 0, 0, 0, b'a', 0, 0, 0, 0]).collect::<Vec<_>>(), [b"a".as_slice(), b""]);
        assert_eq!(Plain(&[9, 0, 0, 0, b'a']).next(), None);
        assert_eq!(Plain(&[1, 0]).next(), None);
    }
}
