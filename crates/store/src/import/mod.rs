//! Import: files of any kind into a store, each once, in steps that count whole or not at all.

mod feed;
mod report;

use std::collections::BTreeMap;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::feed::{Feed, Message};
use crate::error::Error;
use crate::field::Field;
use crate::known::{Known, Novelty};
use crate::layout::{Journal, Layout, Partition, private};
use crate::ledger::{self, Entry, Line};
use crate::merge::Merge;
use crate::part::GROUP;
use crate::pending::Pending;
use crate::spread::each;
use crate::table::Table;
use crate::write::Writer;

pub use self::report::{Conflict, Progress, Report, Unread};

/// Opens a source.
pub type Opener = Box<dyn Fn() -> io::Result<Box<dyn Read>> + Send + Sync>;

/// A file, an object or a stream that may hold events.
pub struct Source {
    /// Its name, as the ledger and the report have it.
    pub name: String,
    /// What changes when its content does: size and time, an `ETag`. `None` = it is read each time.
    pub identity: Option<String>,
    /// Opens it.
    pub open: Opener,
}

/// Rows are held up to so many bytes, then they are written.
const BATCH: usize = 64 << 20;

/// Bytes that go to a file at a time.
const WRITTEN: usize = 256 << 10;

/// So many files are merged at a time.
const MERGED: usize = 16;

/// A file that is so many times as large as all smaller ones of its partition stays as it is.
const OUTWEIGHS: u64 = 4;

/// So many sources are in sight at a time.
const SLICE: usize = 1024;

/// Writes into a store.
pub struct Importer {
    layout: Layout,
    files: BTreeMap<Partition, Vec<PathBuf>>,
    ledger: BTreeMap<String, Entry>,
    step: u64,
    known: Known,
    pending: BTreeMap<Partition, Pending>,
    /// So many tables of rows came.
    came: u64,
    threads: usize,
    /// As [`BATCH`].
    batch: usize,
    /// What became of sources since the last step.
    finished: Vec<Line>,
    report: Report,
    repair: bool,
    allow_unread: bool,
}

impl Importer {
    /// Opens a store for writing; makes it where there is none.
    ///
    /// # Errors
    /// The folder holds other things, is of a newer version, or is in use.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let layout = Layout::create(root)?;
        let files = layout.partitions()?;
        let mut step = 0;
        for path in layout.ledgers()? {
            let number = path.file_stem().and_then(|stem| stem.to_str()?.parse::<u64>().ok());
            step = step.max(number.ok_or_else(|| Error::damaged(&path, &"its name is no number"))?);
        }
        let ledger = ledger::read(&layout)?;
        Ok(Self {
            layout,
            files,
            ledger,
            step,
            known: Known::default(),
            pending: BTreeMap::new(),
            came: 0,
            threads: 1,
            batch: BATCH,
            finished: Vec::new(),
            report: Report::default(),
            repair: false,
            allow_unread: false,
        })
    }

    /// What could not be read is not kept in mind: whoever reads the store is not told of it.
    #[must_use]
    pub fn allowing_unread(mut self, allow: bool) -> Self {
        self.allow_unread = allow;
        self
    }

    /// Names sources that were asked for and could not even be listed.
    #[must_use]
    pub fn unlisted(mut self, unread: Vec<Unread>) -> Self {
        for one in unread {
            self.settle(&one.source, None, Some(one.reason.clone()));
            self.report.unread.push(one);
        }
        self
    }

    /// Damaged text is mended; each change is in the report.
    #[must_use]
    pub fn repairing(mut self, repair: bool) -> Self {
        self.repair = repair;
        self
    }

    /// Whether a source is in the store as it is now.
    pub fn has(&self, name: &str, identity: &str) -> bool {
        self.ledger.get(name).is_some_and(|known| known.unread.is_none() && known.identity == identity)
    }

    /// Reads sources, several at a time, and writes what is new. A source with faults is not taken for read: the next
    /// import tries it again, and says so again.
    ///
    /// # Errors
    /// The store cannot be written. What was written before stays.
    pub fn run(
        mut self,
        sources: Vec<Source>,
        threads: usize,
        mut progress: impl FnMut(&Progress),
    ) -> Result<Report, Error> {
        let (known, fresh): (Vec<_>, Vec<_>) = sources
            .into_iter()
            .partition(|source| source.identity.as_deref().is_some_and(|identity| self.has(&source.name, identity)));
        self.report.unchanged = known.len() as u64;
        self.threads = threads;
        let mut shown = Progress { sources: fresh.len() as u64, ..Progress::default() };
        progress(&shown);
        for slice in fresh.chunks(SLICE) {
            Feed::run(slice, threads, self.repair, |source, message| {
                match message {
                    Message::Rows(rows) => {
                        shown.events += self.take(source, rows)?;
                        if self.pending.values().map(Pending::bytes).sum::<usize>() > self.batch {
                            self.flush(true)?;
                        }
                    }
                    Message::Done(summary) => {
                        shown.done += 1;
                        self.done(source, summary);
                    }
                    Message::Unopened(reason) => {
                        shown.done += 1;
                        self.settle(&source.name, None, Some(reason.clone()));
                        self.report.unread.push(Unread { source: source.name.clone(), fault: None, reason });
                    }
                }
                progress(&shown);
                Ok(())
            })?;
        }
        self.flush(false)?;
        self.compact()?;
        Ok(self.report)
    }

    fn done(&mut self, source: &Source, summary: forewarn_events::Summary) {
        self.report.read += 1;
        self.report.records += summary.records();
        let fault = summary.faults.first().map(|fault| fault.reason.clone());
        let fault = fault.or_else(|| (!summary.is_whole()).then(|| "it has faults".to_owned()));
        self.settle(&source.name, source.identity.as_deref(), fault);
        self.report.add(&source.name, summary);
    }

    /// Keeps in mind what became of a source: that it was read, or why it was not read whole.
    fn settle(&mut self, source: &str, identity: Option<&str>, fault: Option<String>) {
        let entry = match fault {
            None => Entry::whole(identity),
            Some(_) if self.allow_unread => Entry::whole(None),
            Some(reason) => Entry::cut(reason),
        };
        // A stream that was read whole leaves nothing to know.
        if entry != Entry::whole(None) || self.ledger.contains_key(source) {
            self.finished.push(Line { source: source.to_owned(), entry });
        }
    }

    /// Takes over what is new; how many records there were.
    fn take(&mut self, source: &Source, rows: BTreeMap<Partition, Table>) -> Result<u64, Error> {
        let mut taken = 0;
        for (partition, table) in rows {
            let files = self.files.get(&partition).map(Vec::as_slice).unwrap_or_default();
            let since = self.finished.len();
            let pending = self.pending.entry(partition.clone());
            let pending = pending.or_insert_with(|| Pending::begun(since));
            let count = table.rows();
            self.came += 1;
            pending.touched = self.came;
            let number = pending.add(table);
            for row in 0..count {
                taken += 1;
                let Some(table) = pending.table(number) else { continue };
                let text = |field| table.text(field, row).unwrap_or_default();
                let (uid, raw) = (text(Field::MetadataUid), text(Field::Raw));
                let hash = table.number(Field::RawHash, row).cast_unsigned();
                match self.known.meet(&partition, files, pending, (uid, hash, raw))? {
                    Novelty::Known => {
                        self.report.duplicates += 1;
                        continue;
                    }
                    Novelty::Differs => {
                        self.report.conflicts.push(Conflict { id: uid.to_owned(), source: source.name.clone() });
                    }
                    Novelty::New => {}
                }
                self.report.added += 1;
                self.report.spans(table.number(Field::Time, row));
                pending.keep(number, row);
            }
        }
        Ok(taken)
    }

    /// Writes what is pending, as one step. While more is to come, the partitions that rows came for last stay behind, up to
    /// half of what is held, so that each becomes one file; sources that have a part in them are not done with either, and so a partition stays once only.
    fn flush(&mut self, more: bool) -> Result<(), Error> {
        let mut pending: Vec<(Partition, Pending)> = std::mem::take(&mut self.pending).into_iter().collect();
        let mut settled = self.finished.len();
        if more {
            pending.sort_by_key(|(_, pending)| pending.touched);
            let mut room = self.batch / 2;
            while let Some((partition, mut last)) = pending.pop_if(|(_, last)| !last.stayed && last.bytes() <= room) {
                room -= last.bytes();
                settled = settled.min(last.since);
                last.stayed = true;
                self.pending.insert(partition, last);
            }
            self.pending.values_mut().for_each(|left| left.since -= settled);
        }
        let finished: Vec<Line> = self.finished.drain(..settled).collect();
        pending.retain(|(_, pending)| pending.rows().next().is_some());
        if pending.is_empty() && finished.is_empty() {
            return Ok(());
        }
        self.step += 1;
        let moves = each(&pending, self.threads, |index, (partition, pending)| {
            let (path, staged) = self.layout.staged(&format!("{index}.parquet"));
            let tables = pending.tables();
            write_part(&path, |writer| {
                Ok(pending.sorted().chunks(GROUP).try_for_each(|rows| writer.group(tables, rows))?)
            })?;
            Ok::<_, Error>((staged, self.place(partition)))
        })?;
        let journal = Journal { moves, removes: Vec::new() };
        self.step(journal, pending.into_iter().map(|(partition, _)| partition).collect(), finished)?;
        self.known.forget(|partition| self.pending.contains_key(partition));
        Ok(())
    }

    /// The place of a file of this step.
    fn place(&self, partition: &Partition) -> String {
        format!("{}/events-{:012}.parquet", partition.folder(), self.step)
    }

    /// Writes the ledger of this step and makes the step count.
    fn step(&mut self, mut journal: Journal, partitions: Vec<Partition>, finished: Vec<Line>) -> Result<(), Error> {
        let (path, staged) = self.layout.staged("ledger.jsonl");
        let file = private(&path, true)?;
        let write = |file: std::fs::File| {
            let mut file = io::BufWriter::with_capacity(WRITTEN, file);
            for line in &finished {
                serde_json::to_writer(&mut file, line)?;
                file.write_all(b"\n")?;
            }
            file.into_inner()?.sync_all()
        };
        write(file).map_err(|source| Error::io(&path, source))?;
        journal.moves.push((staged, Layout::ledger_name(self.step)));
        self.layout.commit(&journal)?;
        self.ledger.extend(finished.into_iter().map(|line| (line.source, line.entry)));
        for partition in partitions {
            let place = self.layout.root().join(self.place(&partition));
            let files = self.files.entry(partition).or_default();
            files.retain(|file| !journal.removes.contains(&self.layout.relative(file)));
            files.push(place);
        }
        Ok(())
    }

    /// Makes one file of several of a partition, everywhere, as far as it pays.
    fn compact(&mut self) -> Result<(), Error> {
        let partitions: Vec<Partition> = self.files.keys().cloned().collect();
        for partition in partitions {
            loop {
                let some = worth_merging(self.files.get(&partition).map(Vec::as_slice).unwrap_or_default())?;
                if some.len() < 2 {
                    break;
                }
                self.step += 1;
                let (path, staged) = self.layout.staged("merged.parquet");
                write_part(&path, |writer| merge(&some, writer))?;
                let journal = Journal {
                    moves: vec![(staged, self.place(&partition))],
                    removes: some.iter().map(|file| self.layout.relative(file)).collect(),
                };
                self.step(journal, vec![partition.clone()], Vec::new())?;
            }
        }
        self.compact_ledger()
    }

    /// Makes one ledger of many.
    fn compact_ledger(&mut self) -> Result<(), Error> {
        let old = self.layout.ledgers()?;
        if old.len() < 2 {
            return Ok(());
        }
        let lines = self.ledger.iter();
        let lines = lines.map(|(source, entry)| Line { source: source.clone(), entry: entry.clone() }).collect();
        self.step += 1;
        let removes = old.iter().map(|path| self.layout.relative(path)).collect();
        self.step(Journal { moves: Vec::new(), removes }, Vec::new(), lines)
    }
}

/// The smallest files, up to the last one that is no more than [`OUTWEIGHS`] times as large as those before it together: to
/// write a day anew for each hour that comes would cost more than it brings.
fn worth_merging(files: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let size = |path: &PathBuf| match path.metadata() {
        Ok(about) => Ok((about.len(), path.clone())),
        Err(source) => Err(Error::io(path, source)),
    };
    let mut sizes: Vec<(u64, PathBuf)> = files.iter().map(size).collect::<Result<_, _>>()?;
    sizes.sort();
    let (mut before, mut worth) = (0, 0);
    for (number, (size, _)) in (1..=MERGED).zip(&sizes) {
        if *size <= OUTWEIGHS * before {
            worth = number;
        }
        before += size;
    }
    Ok(sizes.into_iter().take(worth).map(|(_, path)| path).collect())
}

/// Writes a file and makes sure that it is on the disk.
fn write_part(path: &Path, write: impl FnOnce(&mut Writer<Gathered>) -> Result<(), WriteError>) -> Result<(), Error> {
    let parquet = |source| Error::parquet(path, source);
    let file = Gathered(io::BufWriter::with_capacity(WRITTEN, private(path, true)?));
    let mut writer = Writer::new(file).map_err(parquet)?;
    write(&mut writer).map_err(|error| match error {
        WriteError::Read(error) => error,
        WriteError::Write(source) => parquet(source),
    })?;
    let file = writer.finish().map_err(parquet)?;
    let file = file.0.into_inner().map_err(|error| Error::io(path, error.into_error()))?;
    file.sync_all().map_err(|source| Error::io(path, source))
}

/// A file that is written when enough has come together: the writer of Parquet would have each column written at once.
struct Gathered(io::BufWriter<std::fs::File>);

impl io::Write for Gathered {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What stops a file from being written.
enum WriteError {
    Read(Error),
    Write(parquet::errors::ParquetError),
}

impl From<parquet::errors::ParquetError> for WriteError {
    fn from(error: parquet::errors::ParquetError) -> Self {
        Self::Write(error)
    }
}

fn merge<W: io::Write + Send>(files: &[PathBuf], writer: &mut Writer<W>) -> Result<(), WriteError> {
    let mut rows = Merge::open(files, Field::ALL, i64::MIN, i64::MAX).map_err(WriteError::Read)?;
    let mut table = Table::default();
    while let Some((from, row)) = rows.next().map_err(WriteError::Read)? {
        table.push_from(from, row);
        if table.rows() == GROUP {
            whole_group(writer, std::mem::take(&mut table))?;
        }
    }
    if table.rows() > 0 {
        whole_group(writer, table)?;
    }
    Ok(())
}

/// Writes all rows of a table.
fn whole_group<W: io::Write + Send>(writer: &mut Writer<W>, table: Table) -> Result<(), WriteError> {
    let rows: Vec<(usize, usize)> = (0..table.rows()).map(|row| (0, row)).collect();
    Ok(writer.group(&[Arc::new(table)], &rows)?)
}

#[cfg(test)]
mod tests;
