//! Stored runs, and since when each finding is known: one `SQLite` file.
//!
//! A finding is recognised by its fingerprint. It is *open* from the run that had it first until a run that looked and did
//! not find it; a run that could not look (its account, region or list was not assessed, its check did not run) changes
//! nothing. One that was gone and is back is open again: it keeps its `first_seen`, and its days count from the return.
//!
//! The results of controls with thresholds of their own are kept beside those of the list: they have their age, and are closed
//! by a run that asked for the same thresholds.
//!
//! Runs may be stored in any order and by several processes at once: a run is one immediate transaction, and what a later
//! run knows is not undone by an earlier one.

mod ask;
mod schema;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use forewarn_findings::{Age, ControlCheck, Fate, Fates, Finding, Report, Resource, VerdictKind};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Statement, Transaction, TransactionBehavior, params};

pub use self::ask::{Span, StoredFinding, StoredRun};

/// How long a run waits for another one that is being stored.
const PATIENCE: Duration = Duration::from_mins(1);

/// Why a history cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file cannot be opened or made.
    #[error("cannot open the history `{}`: {error}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the file system says.
        error: std::io::Error,
    },
    /// It is another file.
    #[error("`{}` is no history of forewarn", path.display())]
    NoHistory {
        /// The file.
        path: PathBuf,
    },
    /// A later forewarn made it.
    #[error(
        "the history `{}` has version {found}, this forewarn knows up to {known}; update forewarn to use it",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The version of this forewarn.
        known: i64,
    },
    /// Nothing has such an id.
    #[error("the history has no {what} `{id}`")]
    Nothing {
        /// `run` or `finding`.
        what: &'static str,
        /// What was asked for.
        id: String,
    },
    /// More than one has.
    #[error("`{id}` is the beginning of more than one {what}; give more of it")]
    Several {
        /// `run` or `finding`.
        what: &'static str,
        /// What was asked for.
        id: String,
    },
    /// `SQLite` says something else.
    #[error("the history `{}` cannot be used: {error}", path.display())]
    Sql {
        /// The file.
        path: PathBuf,
        /// What `SQLite` says.
        error: rusqlite::Error,
    },
}

/// What storing a run changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stored {
    /// Findings that were never there before.
    pub new: usize,
    /// Findings that were gone and are back.
    pub back: usize,
    /// Findings that were looked for and are gone.
    pub gone: usize,
    /// Findings that are open and that this run could not look for.
    pub unassessed: usize,
}

/// An open history.
#[derive(Debug)]
pub struct History {
    connection: Connection,
    path: PathBuf,
}

impl History {
    /// Opens a history, or makes one that only its owner can read.
    ///
    /// # Errors
    /// See [`HistoryError`].
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        make(path).map_err(|error| HistoryError::Open { path: path.to_owned(), error })?;
        Self::existing(path)
    }

    /// Opens a history that is there.
    ///
    /// # Errors
    /// See [`HistoryError`].
    #[expect(clippy::disallowed_methods, reason = "the history is a file")]
    pub fn existing(path: &Path) -> Result<Self, HistoryError> {
        // SQLite's own message does not say what is wrong with the place.
        std::fs::metadata(path).map_err(|error| HistoryError::Open { path: path.to_owned(), error })?;
        let sql = |error| HistoryError::Sql { path: path.to_owned(), error };
        let mut connection = Connection::open(path).map_err(sql)?;
        connection.busy_timeout(PATIENCE).map_err(sql)?;
        schema::prepare(&mut connection, path)?;
        Ok(Self { connection, path: path.to_owned() })
    }

    /// Stores a run and gives every Fail and Unknown of the report its age, those of controls with thresholds of their own too.
    /// What it says was stored is about the list.
    ///
    /// # Errors
    /// See [`HistoryError`]; nothing is stored then.
    pub fn record(&mut self, report: &mut Report) -> Result<Stored, HistoryError> {
        let path = self.path.clone();
        self.in_one(report).map_err(|error| HistoryError::Sql { path, error })
    }

    fn in_one(&mut self, report: &mut Report) -> rusqlite::Result<Stored> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let at = nanoseconds(report.run.instant);
        ask::put_run(&transaction, report, at)?;
        let mut stored = Stored::default();
        let mut here = BTreeSet::new();
        let mut notes = Notes::new(&transaction)?;
        for finding in report.findings.iter_mut().filter(|finding| is_kept(finding)) {
            let (age, event) = notes.seen(finding, LISTED, at)?;
            finding.age = Some(Box::new(age));
            match event {
                Event::New => stored.new += 1,
                Event::Back => stored.back += 1,
                Event::Known => {}
            }
            here.insert(finding.fingerprint.to_string());
        }
        for variant in &mut report.compliance.variants {
            let asked = asked(&variant.of);
            for finding in variant.findings.iter_mut().filter(|finding| is_kept(finding)) {
                let (age, _) = notes.seen(finding, &asked, at)?;
                finding.age = Some(Box::new(age));
                here.insert(finding.fingerprint.to_string());
            }
        }
        drop(notes);
        let (gone, unassessed) = close(&transaction, report, &here, at)?;
        transaction.commit()?;
        Ok(Stored { gone, unassessed, ..stored })
    }
}

/// What is asked for the findings of the list.
const LISTED: &str = "";

/// A check and the thresholds that a control asks for, as they are kept.
fn asked(of: &ControlCheck) -> String {
    of.parameters.iter().fold(of.check.clone(), |asked, (name, value)| format!("{asked} {name}={value}"))
}

fn is_kept(finding: &Finding) -> bool {
    matches!(finding.verdict, VerdictKind::Fail | VerdictKind::Unknown)
}

/// Nanoseconds since 1970. The times that they cannot hold are not those of an audit.
fn nanoseconds(instant: Timestamp) -> i64 {
    i64::try_from(instant.as_nanosecond()).unwrap_or(i64::MAX)
}

fn instant(nanoseconds: i64) -> Timestamp {
    Timestamp::from_nanosecond(nanoseconds.into()).unwrap_or_default()
}

/// Makes an empty file where there is none.
#[expect(clippy::disallowed_methods, reason = "the history is a file")]
fn make(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        other => other.map(drop),
    }
}

enum Event {
    New,
    Back,
    Known,
}

/// What is asked and said for each finding of a run, prepared once.
struct Notes<'t> {
    transaction: &'t Transaction<'t>,
    known: Statement<'t>,
    insert: Statement<'t>,
    update: Statement<'t>,
    span: Statement<'t>,
    stretch: Statement<'t>,
    open: Statement<'t>,
}

impl<'t> Notes<'t> {
    fn new(transaction: &'t Transaction<'t>) -> rusqlite::Result<Self> {
        Ok(Self {
            transaction,
            known: transaction.prepare("SELECT number, first_seen FROM findings WHERE fingerprint = ?1")?,
            insert: transaction.prepare(
                "INSERT INTO findings (fingerprint, check_id, account, region, resource, severity, verdict, reason, \
                 first_seen, last_seen, asked) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10)",
            )?,
            update: transaction.prepare(
                "UPDATE findings SET first_seen = min(first_seen, ?2), severity = iif(?2 < last_seen, severity, ?3), \
                 reason = iif(?2 < last_seen, reason, ?4), asked = iif(?2 < last_seen, asked, ?5), \
                 last_seen = max(last_seen, ?2) WHERE number = ?1",
            )?,
            span: transaction.prepare(
                "SELECT opened FROM spans WHERE finding = ?1 AND (closed IS NULL OR closed > ?2) ORDER BY opened LIMIT 1",
            )?,
            stretch: transaction.prepare("UPDATE spans SET opened = ?3 WHERE finding = ?1 AND opened = ?2")?,
            open: transaction.prepare("INSERT INTO spans (finding, opened) VALUES (?1, ?2)")?,
        })
    }

    /// Notes that a run had a finding.
    fn seen(&mut self, finding: &Finding, asked: &str, at: i64) -> rusqlite::Result<(Age, Event)> {
        let fingerprint = finding.fingerprint.to_string();
        let known = self.known.query_row([&fingerprint], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((number, first_seen)): Option<(i64, i64)> = known else {
            let Resource { arn, account, region } = &*finding.resource;
            self.insert.execute(params![
                fingerprint,
                &*finding.check,
                account,
                region,
                arn,
                finding.severity.word(),
                ask::word(finding.verdict),
                finding.grounds.reason,
                at,
                asked
            ])?;
            self.open.execute([self.transaction.last_insert_rowid(), at])?;
            let instant = instant(at);
            return Ok((Age { first_seen: instant, open_since: instant }, Event::New));
        };
        self.update.execute(params![number, at, finding.severity.word(), finding.grounds.reason, asked])?;
        // The span that it falls into, or that begins after it: an earlier run that is stored later.
        let span: Option<i64> = self.span.query_row([number, at], |row| row.get(0)).optional()?;
        let (open_since, event) = match span {
            Some(opened) if opened <= at => (opened, Event::Known),
            Some(opened) => {
                self.stretch.execute([number, opened, at])?;
                (at, Event::Known)
            }
            None => {
                self.open.execute([number, at])?;
                (at, Event::Back)
            }
        };
        let age = Age { first_seen: instant(first_seen.min(at)), open_since: instant(open_since) };
        Ok((age, event))
    }
}

/// Closes what this run looked for and did not find, and counts what it could not look for. What a later run has seen
/// stays open.
fn close(
    transaction: &Transaction<'_>,
    report: &Report,
    here: &BTreeSet<String>,
    at: i64,
) -> rusqlite::Result<(usize, usize)> {
    let variants = &report.compliance.variants;
    let of_controls = variants.iter().map(|variant| (asked(&variant.of), report.fates_among(&variant.findings)));
    let fates: BTreeMap<String, Fates<'_>> = of_controls.chain([(LISTED.to_owned(), report.fates())]).collect();
    let mut open = transaction.prepare(
        "SELECT number, fingerprint, check_id, account, region, resource, asked FROM findings JOIN spans \
         ON finding = number WHERE closed IS NULL AND last_seen < ?1",
    )?;
    let mut rows = open.query([at])?;
    let (mut gone, mut unassessed) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let fingerprint: String = row.get(1)?;
        if here.contains(&fingerprint) {
            continue;
        }
        let check: String = row.get(2)?;
        let resource = Resource { account: row.get(3)?, region: row.get(4)?, arn: row.get(5)? };
        let asked: String = row.get(6)?;
        let listed = asked == LISTED;
        // Nobody asked for these thresholds this time.
        let fate = fates.get(&asked).map_or(Fate::Unassessed, |fates| fates.of(&check, &resource));
        match fate {
            // It fails on other evidence now: this evidence is not there any more.
            Fate::StillFails | Fate::Gone => gone.push((row.get::<_, i64>(0)?, listed)),
            Fate::Unassessed => unassessed += usize::from(listed),
        }
    }
    let mut close = transaction.prepare("UPDATE spans SET closed = ?2 WHERE finding = ?1 AND closed IS NULL")?;
    for (number, _) in &gone {
        close.execute([*number, at])?;
    }
    Ok((gone.iter().filter(|(_, listed)| *listed).count(), unassessed))
}

#[cfg(test)]
mod tests;
