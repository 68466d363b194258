//! Search: the rows that pass a filter, and how many there are of each kind.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use crate::error::Error;
use crate::field::Field;
use crate::filter::{Filter, Name};
use crate::merge::Merge;
use crate::part::{GROUP, Part};
use crate::read::{Span, Store, Stored};
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

/// When an event was, and its id.
pub type Instant = (Timestamp, String);

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
        self.gone_over(&Asked::Filter(filter), fields, threads, &mut act)
    }

    /// Hands every event of a span to `act` that has, in one of some columns of text, a value that passes its test. All
    /// else as in [`Store::search`].
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn search_any(
        &self,
        span: Span,
        any: &[(Field, Test<'_>)],
        fields: &[Field],
        threads: usize,
        act: &mut dyn FnMut(&Hit<'_>) -> bool,
    ) -> Result<(), Error> {
        self.gone_over(&Asked::Any(span, any), fields, threads, act).map(|_| ())
    }

    fn gone_over(
        &self,
        asked: &Asked<'_>,
        fields: &[Field],
        threads: usize,
        act: &mut dyn FnMut(&Hit<'_>) -> bool,
    ) -> Result<u64, Error> {
        let span = asked.span();
        let fields = ordered(fields);
        let (mut passed, mut wanted) = (0, true);
        for day in self.days().into_iter().filter(|day| span.touches(*day)) {
            let files = self.files(day);
            let found = each(&files, threads, |_, path| {
                let mut kept = Vec::new();
                let mut count = 0;
                scan(path, asked, if wanted { &fields } else { &[] }, |table, rows| {
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

    /// Hands every event of a span to `act`, by time and id, with the columns of `fields`, in little memory however many
    /// there are. `act` says whether it wants more.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn walk(&self, span: Span, fields: &[Field], mut act: impl FnMut(&Hit<'_>) -> bool) -> Result<(), Error> {
        let fields = ordered(fields);
        let (since, until) = span.millis();
        for day in self.days().into_iter().filter(|day| span.touches(*day)) {
            let mut rows = Merge::open(&self.files(day), &fields, since, until)?;
            while let Some((table, row)) = rows.next()? {
                if !act(&Hit { table, row }) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// When the first and the last event were, and their ids.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn ends(&self) -> Result<Option<(Instant, Instant)>, Error> {
        let instant = |table: &Table, row: usize| {
            let at = Timestamp::from_millisecond(table.number(Field::Time, row)).ok()?;
            Some((at, table.text(Field::MetadataUid, row)?.to_owned()))
        };
        let mut first = None;
        self.walk(Span::ALL, &[], |hit| {
            first = instant(hit.table, hit.row);
            false
        })?;
        let mut last: Option<(Table, usize)> = None;
        for path in self.days().last().map(|day| self.files(*day)).unwrap_or_default() {
            let part = Part::open(&path)?;
            let Some(group) = part.groups().checked_sub(1) else { continue };
            let mut table = Table::default();
            part.whole(group, &ordered(&[]), &mut table)?;
            // A file is sorted.
            let Some(row) = table.rows().checked_sub(1) else { continue };
            if last.as_ref().is_none_or(|(other, at)| crate::table::compare(other, *at, &table, row).is_lt()) {
                last = Some((table, row));
            }
        }
        Ok(first.zip(last.and_then(|(table, row)| instant(&table, row))))
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
            scan(path, &Asked::Filter(filter), &fields, |table, rows| {
                // Rows that have the same in all columns are counted together, before a value is made of them.
                let mut alike: HashMap<Vec<i64>, (usize, u64)> = HashMap::new();
                let mut key = Vec::with_capacity(fields.len());
                for row in rows {
                    key.clear();
                    key.extend(fields.iter().map(|field| table.column(*field).mark(row)));
                    match alike.get_mut(&key) {
                        Some((_, count)) => *count += 1,
                        None => drop(alike.insert(key.clone(), (row, 1))),
                    }
                }
                for (row, count) in alike.into_values() {
                    *counts.entry(by.iter().map(|name| name.value(&table, row)).collect()).or_default() += count;
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

/// A question about a value.
pub type Test<'t> = &'t (dyn Fn(&str) -> bool + Sync);

/// What is asked of rows.
enum Asked<'a> {
    Filter(&'a Filter),
    /// One of some columns passes a test.
    Any(Span, &'a [(Field, Test<'a>)]),
}

impl Asked<'_> {
    fn span(&self) -> Span {
        match self {
            Self::Filter(filter) => filter.span,
            Self::Any(span, _) => *span,
        }
    }

    /// The columns that must be read first.
    fn fields(&self) -> Vec<Field> {
        match self {
            Self::Filter(filter) => filter.fields(),
            Self::Any(_, any) => {
                let mut fields: Vec<Field> = any.iter().map(|(field, _)| *field).chain([Field::Time]).collect();
                fields.sort_unstable();
                fields.dedup();
                fields
            }
        }
    }

    /// The rows that pass as far as the columns tell.
    fn passing(&self, table: &Table) -> Vec<usize> {
        match self {
            Self::Filter(filter) => filter.passing(table),
            Self::Any(span, any) => {
                let mut passes = vec![false; table.rows()];
                for (field, test) in *any {
                    table.column(*field).marked(test, &mut passes);
                }
                let (since, until) = span.millis();
                let within = |row: &usize| (since..until).contains(&table.number(Field::Time, *row));
                let passing = passes.into_iter().enumerate().filter(|(_, passes)| *passes).map(|(row, _)| row);
                passing.filter(within).collect()
            }
        }
    }
}

/// Columns with those that say the order, each once.
fn ordered(fields: &[Field]) -> Vec<Field> {
    let mut fields = [fields, &[Field::Time, Field::MetadataUid, Field::RawHash]].concat();
    fields.sort_unstable();
    fields.dedup();
    fields
}

/// Hands the rows of a file that pass to `act`, with the columns of `fields`.
fn scan(path: &Path, asked: &Asked<'_>, fields: &[Field], mut act: impl FnMut(Table, Vec<usize>)) -> Result<(), Error> {
    let part = Part::open(path)?;
    let (since, until) = asked.span().millis();
    let first = asked.fields();
    let rest = fields.iter().copied().filter(|field| !first.contains(field));
    let (raw, columns): (Vec<Field>, Vec<Field>) = rest.partition(|field| *field == Field::Raw);
    let with_raw = !raw.is_empty();
    for group in 0..part.groups() {
        if part.span(group).is_some_and(|(first, last)| last < since || first >= until) {
            continue;
        }
        let mut table = Table::default();
        part.whole(group, &first, &mut table)?;
        let mut passing = asked.passing(&table);
        if let Asked::Filter(filter) = asked
            && filter.needs_raw()
            && !passing.is_empty()
        {
            passing = part.raw_passing(group, &passing, |raw| filter.raw_passes(raw))?;
        }
        if passing.is_empty() {
            continue;
        }
        // Records are long: they are read of the rows that passed only.
        part.whole(group, &columns, &mut table)?;
        if with_raw {
            part.columns(group, Field::Raw.alone())?.read_at(&passing, table.rows(), &mut table)?;
        }
        act(table, passing);
    }
    Ok(())
}
