//! Search: the rows that pass a filter, and how many there are of each kind.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use crate::error::Error;
use crate::field::Field;
use crate::filter::{Filter, Name};
use crate::part::{GROUP, Part};
use crate::read::{Store, Stored};
use crate::spread::each;
use crate::table::Table;

/// A row that passed.
pub struct Hit<'t> {
    table: &'t Table,
    row: usize,
}

impl Hit<'_> {
    /// The text of a column that was asked for.
    pub fn text(&self, field: Field) -> Option<&str> {
        self.table.text(field, self.row)
    }

    /// When.
    pub fn time(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.table.number(Field::Time, self.row)).ok()
    }

    /// Whether the call was refused, where `StatusId` was asked for.
    pub fn failed(&self) -> bool {
        self.table.number(Field::StatusId, self.row) == 2
    }

    /// A number of a column that was asked for; of the time the milliseconds.
    pub fn number(&self, field: Field) -> i64 {
        self.table.number(field, self.row)
    }

    /// A boolean of a column that was asked for.
    pub fn flag(&self, field: Field) -> Option<bool> {
        self.table.column(field).flag(self.row)
    }

    /// The value that it is counted under.
    pub fn value(&self, name: Name) -> Option<String> {
        name.value(self.table, self.row)
    }
}

/// Rows of a group that passed.
struct Kept {
    table: Table,
    rows: Vec<usize>,
}

impl Kept {
    /// Where few of many rows passed, the others are let go of.
    fn of(table: Table, rows: Vec<usize>) -> Self {
        if rows.len() * 4 < table.rows() {
            return Self { table: table.only(&rows), rows: (0..rows.len()).collect() };
        }
        Self { table, rows }
    }

    fn rows(&self) -> impl Iterator<Item = (&Table, usize)> {
        self.rows.iter().map(|row| (&self.table, *row))
    }
}

/// How often each combination of values occurs; `None` = the events have no such value.
pub type Counts = BTreeMap<Vec<Option<String>>, u64>;

impl Store {
    /// Hands every event that passes to `act`, by time and id, with the columns of `fields`. `act` says whether it wants
    /// more; how many pass is counted to the end.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn search(
        &self,
        filter: &Filter,
        fields: &[Field],
        threads: usize,
        mut act: impl FnMut(&Hit<'_>) -> bool,
    ) -> Result<u64, Error> {
        let mut fields = [fields, &[Field::Time, Field::MetadataUid, Field::RawHash]].concat();
        fields.sort_unstable();
        fields.dedup();
        let (mut passed, mut wanted) = (0, true);
        for day in self.days().into_iter().filter(|day| filter.span.touches(*day)) {
            let files = self.files(day);
            let found = each(&files, threads, |_, path| {
                let mut kept = Vec::new();
                let mut count = 0;
                scan(path, filter, if wanted { &fields } else { &[] }, |table, rows| {
                    count += rows.len() as u64;
                    if wanted {
                        kept.push(Kept::of(table, rows));
                    }
                })?;
                Ok::<_, Error>((kept, count))
            })?;
            passed += found.iter().map(|(_, count)| count).sum::<u64>();
            let mut order: Vec<(&Table, usize)> =
                found.iter().flat_map(|(kept, _)| kept).flat_map(Kept::rows).collect();
            order.sort_by(|one, other| crate::table::compare(one.0, one.1, other.0, other.1));
            for (table, row) in order {
                wanted = wanted && act(&Hit { table, row });
            }
        }
        Ok(passed)
    }

    /// The events with some ids; `wanted` has their times. Two records that have one id and differ are both there.
    ///
    /// # Errors
    /// A file cannot be read, or a record in it does not read.
    pub fn records(&self, wanted: &BTreeMap<String, Timestamp>) -> Result<Vec<Stored>, Error> {
        let mut days: BTreeMap<Date, BTreeSet<&str>> = BTreeMap::new();
        for (id, at) in wanted {
            days.entry(Offset::UTC.to_datetime(*at).date()).or_default().insert(id);
        }
        let mut found = Vec::new();
        for (day, ids) in days {
            for path in self.files(day) {
                let part = Part::open(&path)?;
                for group in 0..part.groups() {
                    let count = part.rows_of(group).max(GROUP);
                    let mut table = Table::default();
                    part.columns(group, Field::MetadataUid.alone())?.read(count, &mut table)?;
                    let has = |row: &usize| table.text(Field::MetadataUid, *row).is_some_and(|id| ids.contains(id));
                    let rows: Vec<usize> = (0..table.rows()).filter(has).collect();
                    if rows.is_empty() {
                        continue;
                    }
                    part.columns(group, Field::Raw.alone())?.read_at(&rows, table.rows(), &mut table)?;
                    for row in rows {
                        let text = |field| table.text(field, row).unwrap_or_default().to_owned();
                        found.push(Stored::read(self.root(), text(Field::MetadataUid), text(Field::Raw))?);
                    }
                }
            }
        }
        Ok(found)
    }

    /// Counts the events that pass by some values.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn count_by(&self, filter: &Filter, by: &[Name], threads: usize) -> Result<Counts, Error> {
        let mut fields: Vec<Field> = by.iter().flat_map(|name| name.fields()).copied().collect();
        fields.sort_unstable();
        fields.dedup();
        let days = self.days().into_iter().filter(|day| filter.span.touches(*day));
        let files: Vec<_> = days.flat_map(|day| self.files(day)).collect();
        let found = each(&files, threads, |_, path| {
            let mut counts = Counts::new();
            scan(path, filter, &fields, |table, rows| {
                for row in rows {
                    *counts.entry(by.iter().map(|name| name.value(&table, row)).collect()).or_default() += 1;
                }
            })?;
            Ok::<_, Error>(counts)
        })?;
        let mut all = Counts::new();
        for (values, count) in found.into_iter().flatten() {
            *all.entry(values).or_default() += count;
        }
        Ok(all)
    }
}

/// Hands the rows of a file that pass to `act`, with the columns of `fields`.
fn scan(path: &Path, filter: &Filter, fields: &[Field], mut act: impl FnMut(Table, Vec<usize>)) -> Result<(), Error> {
    let part = Part::open(path)?;
    let (since, until) = filter.span.millis();
    let asked = filter.fields();
    let mut rest: Vec<Field> = fields.iter().copied().filter(|field| !asked.contains(field)).collect();
    let raw_is_extra = filter.needs_raw() && !rest.contains(&Field::Raw);
    if raw_is_extra {
        rest.push(Field::Raw);
    }
    for group in 0..part.groups() {
        if part.span(group).is_some_and(|(first, last)| last < since || first >= until) {
            continue;
        }
        let count = part.rows_of(group).max(GROUP);
        let mut table = Table::default();
        part.columns(group, &asked)?.read(count, &mut table)?;
        let passing: Vec<usize> = (0..table.rows()).filter(|row| filter.columns_pass(&table, *row)).collect();
        if passing.is_empty() {
            continue;
        }
        // What else is wanted is read of the rows that passed only.
        if !rest.is_empty() {
            part.columns(group, &rest)?.read_at(&passing, table.rows(), &mut table)?;
        }
        let passing: Vec<usize> = passing
            .into_iter()
            .filter(|row| !filter.needs_raw() || filter.raw_passes(table.text(Field::Raw, *row).unwrap_or_default()))
            .collect();
        act(table, passing);
    }
    Ok(())
}
