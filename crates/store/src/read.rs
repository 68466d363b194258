//! Reading: all events of a span, by time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use forewarn_events::Event;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::error::Error;
use crate::field::Field;
use crate::layout::{Layout, Partition};
use crate::ledger;
use crate::merge::Merge;

/// A span of time: from its beginning on and before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first instant of it; `None` = since ever.
    pub since: Option<Timestamp>,
    /// The first instant after it; `None` = for ever.
    pub until: Option<Timestamp>,
}

impl Span {
    /// All of the time.
    pub const ALL: Self = Self { since: None, until: None };

    /// In milliseconds. A bound between two milliseconds is the later one: no event of the store lies between.
    pub(crate) fn millis(&self) -> (i64, i64) {
        let up = |at: Timestamp| at.as_millisecond() + i64::from(at.subsec_nanosecond().rem_euclid(1_000_000) != 0);
        (self.since.map_or(i64::MIN, up), self.until.map_or(i64::MAX, up))
    }

    /// Whether a day has a part of it.
    pub(crate) fn touches(&self, day: Date) -> bool {
        let start = jiff::tz::Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok();
        let end = day.tomorrow().ok().and_then(|next| jiff::tz::Offset::UTC.to_timestamp(next.at(0, 0, 0, 0)).ok());
        let before = |one: Option<Timestamp>, other: Option<Timestamp>| match (one, other) {
            (Some(one), Some(other)) => one < other,
            _ => true,
        };
        before(start, self.until) && before(self.since, end)
    }
}

/// An event of a store.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The id of the event; where the record has none, one made from its text.
    pub id: String,
    /// The record, typed. Credentials in it are taken away.
    pub event: Event,
    /// The record byte for byte as it was delivered. It may hold session tokens: show the event instead.
    pub raw: String,
}

impl Stored {
    pub(crate) fn read(root: &Path, id: String, raw: String) -> Result<Self, Error> {
        let event = Event::parse(&raw)
            .map_err(|error| Error::damaged(root, &format!("the record of event `{id}` does not read: {error}")))?;
        Ok(Self { id, event, raw })
    }
}

/// An event store that is open for reading.
#[derive(Debug)]
pub struct Store {
    layout: Layout,
    partitions: BTreeMap<Partition, Vec<PathBuf>>,
}

impl Store {
    /// Opens a store. As long as it is open nobody writes to it.
    ///
    /// # Errors
    /// There is none, it is of a newer version, damaged, or being written.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let layout = Layout::open(root)?;
        let partitions = layout.partitions()?;
        Ok(Self { layout, partitions })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        self.layout.root()
    }

    /// The days that have events, each once, in order.
    pub fn days(&self) -> Vec<Date> {
        let mut days: Vec<Date> = self.partitions.keys().map(|partition| partition.day).collect();
        days.dedup();
        days
    }

    /// What the events of a day are made of: another text as soon as one comes or goes.
    pub fn stamp(&self, day: Date) -> String {
        let names = self.files(day).into_iter().map(|path| self.layout.relative(&path));
        format!("{:016x}", crate::known::hash(&names.collect::<Vec<_>>().join("\n")))
    }

    /// How many events there are.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn count(&self) -> Result<u64, Error> {
        let files = self.partitions.values().flatten();
        files.map(|path| Ok(crate::part::Part::open(path)?.rows())).sum()
    }

    /// Sources that were imported in part only, or not at all, and why: events of theirs may be missing.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn unread(&self) -> Result<Vec<(String, String)>, Error> {
        let ledger = ledger::read(&self.layout)?;
        Ok(ledger.into_iter().filter_map(|(source, entry)| Some((source, entry.unread?))).collect())
    }

    /// All events of a span, sorted by time and then by id, each once. Two records that have one id and differ are both
    /// there.
    pub fn events(&self, span: Span) -> Events<'_> {
        let days = self.days().into_iter().filter(|day| span.touches(*day)).collect::<Vec<_>>().into_iter();
        Events { store: self, span, days, day: None }
    }

    /// The files of a day.
    pub(crate) fn files(&self, day: Date) -> Vec<PathBuf> {
        let of_day = self.partitions.iter().filter(|(partition, _)| partition.day == day);
        of_day.flat_map(|(_, files)| files.iter().cloned()).collect()
    }

    pub(crate) fn partitions(&self) -> &BTreeMap<Partition, Vec<PathBuf>> {
        &self.partitions
    }
}

/// The events of a span, a day at a time.
pub struct Events<'s> {
    store: &'s Store,
    span: Span,
    days: std::vec::IntoIter<Date>,
    day: Option<Merge>,
}

impl Events<'_> {
    fn step(&mut self) -> Result<Option<Stored>, Error> {
        const FIELDS: [Field; 4] = [Field::Time, Field::MetadataUid, Field::RawHash, Field::Raw];
        loop {
            if let Some(day) = &mut self.day
                && let Some((table, row)) = day.next()?
            {
                let text = |field| table.text(field, row).unwrap_or_default().to_owned();
                let (id, raw) = (text(Field::MetadataUid), text(Field::Raw));
                return Stored::read(self.store.root(), id, raw).map(Some);
            }
            let Some(day) = self.days.next() else { return Ok(None) };
            let (since, until) = self.span.millis();
            self.day = Some(Merge::open(&self.store.files(day), &FIELDS, since, until)?);
        }
    }
}

impl Iterator for Events<'_> {
    type Item = Result<Stored, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}
