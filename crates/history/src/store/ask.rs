//! What a history tells.

use forewarn_findings::{Report, VerdictKind};
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::{History, HistoryError, instant, nanoseconds};

/// A stored run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRun {
    /// Its id.
    pub id: String,
    /// When its collection began.
    pub instant: Timestamp,
    /// The version of forewarn.
    pub tool_version: String,
    /// The ARN that asked.
    pub caller_arn: Option<String>,
    /// Accounts that were assessed.
    pub accounts: usize,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
    /// Fails that nobody accepted.
    pub fails: usize,
    /// Unknowns that nobody accepted.
    pub unknown: usize,
    /// Findings that somebody accepted.
    pub excepted: usize,
}

/// A time during which a finding was open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The run that had it first.
    pub opened: Timestamp,
    /// The run that looked and did not find it; `None` = it is open.
    pub closed: Option<Timestamp>,
}

/// A finding as the history knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFinding {
    /// Its identity.
    pub fingerprint: String,
    /// The check's id.
    pub check: String,
    /// `fail` or `unknown`.
    pub verdict: String,
    /// Its severity when it was last seen.
    pub severity: String,
    /// The account.
    pub account: String,
    /// The region; `None` for a global resource.
    pub region: Option<String>,
    /// The resource's ARN.
    pub resource: String,
    /// What was said of it when it was last seen.
    pub reason: String,
    /// The first run that had it.
    pub first_seen: Timestamp,
    /// The last run that had it.
    pub last_seen: Timestamp,
    /// The check with the thresholds that only controls asked for; empty = it is one of the list.
    pub asked: String,
    /// When it was open, the first time first; never empty.
    pub spans: Vec<Span>,
}

impl StoredFinding {
    /// The span that an instant falls into.
    pub fn span_at(&self, instant: Timestamp) -> Option<Span> {
        let holds = |span: &&Span| span.opened <= instant && span.closed.is_none_or(|closed| closed > instant);
        self.spans.iter().find(holds).copied()
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.spans.last().is_some_and(|span| span.closed.is_none())
    }
}

/// The word for a verdict that is kept.
pub(super) fn word(verdict: VerdictKind) -> &'static str {
    if verdict == VerdictKind::Unknown { "unknown" } else { "fail" }
}

/// Stores what there is to say of a run; the same run again takes the place of the first.
pub(super) fn put_run(connection: &Connection, report: &Report, at: i64) -> rusqlite::Result<()> {
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    connection
        .execute(
            "INSERT OR REPLACE INTO runs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                report.run.id,
                at,
                report.run.tool_version,
                report.run.caller_arn,
                count(report.coverage.assessed()),
                report.run.interrupted,
                count(report.count(VerdictKind::Fail)),
                count(report.count(VerdictKind::Unknown)),
                count(report.excepted().count()),
            ],
        )
        .map(drop)
}

fn run(row: &Row<'_>) -> rusqlite::Result<StoredRun> {
    let count = |at: usize| row.get::<_, i64>(at).map(|count| usize::try_from(count).unwrap_or_default());
    Ok(StoredRun {
        id: row.get(0)?,
        instant: instant(row.get(1)?),
        tool_version: row.get(2)?,
        caller_arn: row.get(3)?,
        accounts: count(4)?,
        interrupted: row.get(5)?,
        fails: count(6)?,
        unknown: count(7)?,
        excepted: count(8)?,
    })
}

const FINDING: &str = "SELECT fingerprint, check_id, verdict, severity, account, region, resource, reason, first_seen, \
                       last_seen, number, asked FROM findings";

fn finding(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<StoredFinding> {
    let number: i64 = row.get(10)?;
    let mut spans = connection.prepare("SELECT opened, closed FROM spans WHERE finding = ?1 ORDER BY opened")?;
    let spans = spans.query_map([number], |row| {
        let closed: Option<i64> = row.get(1)?;
        Ok(Span { opened: instant(row.get(0)?), closed: closed.map(instant) })
    })?;
    Ok(StoredFinding {
        fingerprint: row.get(0)?,
        check: row.get(1)?,
        verdict: row.get(2)?,
        severity: row.get(3)?,
        account: row.get(4)?,
        region: row.get(5)?,
        resource: row.get(6)?,
        reason: row.get(7)?,
        first_seen: instant(row.get(8)?),
        last_seen: instant(row.get(9)?),
        asked: row.get(11)?,
        spans: spans.collect::<Result<_, _>>()?,
    })
}

impl History {
    fn sql(&self, error: rusqlite::Error) -> HistoryError {
        HistoryError::Sql { path: self.path.clone(), error }
    }

    /// Every run, the latest first.
    ///
    /// # Errors
    /// See [`HistoryError`].
    pub fn runs(&self) -> Result<Vec<StoredRun>, HistoryError> {
        let all = || -> rusqlite::Result<Vec<StoredRun>> {
            let mut runs = self.connection.prepare("SELECT * FROM runs ORDER BY instant DESC, id")?;
            runs.query_map([], run)?.collect()
        };
        all().map_err(|error| self.sql(error))
    }

    /// The run whose id begins so.
    ///
    /// # Errors
    /// See [`HistoryError`].
    pub fn run(&self, id: &str) -> Result<StoredRun, HistoryError> {
        let all = self.runs()?;
        only("run", id, all.into_iter().filter(|run| run.id.starts_with(id)))
    }

    /// The finding whose fingerprint begins so.
    ///
    /// # Errors
    /// See [`HistoryError`].
    pub fn finding(&self, fingerprint: &str) -> Result<StoredFinding, HistoryError> {
        let found = || -> rusqlite::Result<Vec<StoredFinding>> {
            let sql = format!("{FINDING} WHERE substr(fingerprint, 1, length(?1)) = ?1 LIMIT 2");
            let mut found = self.connection.prepare(&sql)?;
            found.query_map([fingerprint], |row| finding(&self.connection, row))?.collect()
        };
        only("finding", fingerprint, found().map_err(|error| self.sql(error))?.into_iter())
    }

    /// What of the list was open in a run or gone with it, by check and resource.
    ///
    /// # Errors
    /// See [`HistoryError`].
    pub fn findings(&self, run: &StoredRun) -> Result<Vec<StoredFinding>, HistoryError> {
        let all = || -> rusqlite::Result<Vec<StoredFinding>> {
            let sql = format!(
                "{FINDING} WHERE asked = '' AND EXISTS (SELECT 1 FROM spans WHERE finding = number AND opened <= ?1 AND \
                 (closed IS NULL OR closed >= ?1)) ORDER BY check_id, resource, fingerprint"
            );
            let mut found = self.connection.prepare(&sql)?;
            found.query_map([nanoseconds(run.instant)], |row| finding(&self.connection, row))?.collect()
        };
        all().map_err(|error| self.sql(error))
    }
}

/// The only one of `found`.
fn only<T>(what: &'static str, id: &str, mut found: impl Iterator<Item = T>) -> Result<T, HistoryError> {
    let id = id.to_owned();
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(HistoryError::Nothing { what, id }),
        (Some(_), Some(_)) => Err(HistoryError::Several { what, id }),
    }
}
