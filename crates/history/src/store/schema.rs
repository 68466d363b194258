//! The tables, and whether a file has them.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::HistoryError;

/// What the head of the file says that it belongs to: `forw`.
const APPLICATION: i64 = 0x666f_7277;
/// The version of the tables.
const VERSION: i64 = 2;

/// What the first version had not: the thresholds of findings that are not those of the list.
const SECOND: &str = "ALTER TABLE findings ADD COLUMN asked TEXT NOT NULL DEFAULT '';";

/// Instants are nanoseconds since 1970, UTC. A finding is open while one of its spans has no end. `asked` is empty for a finding
/// of the list, and has check and thresholds of one that only controls asked for.
const TABLES: &str = "
    CREATE TABLE runs (
        id TEXT NOT NULL PRIMARY KEY, instant INTEGER NOT NULL, tool_version TEXT NOT NULL, caller TEXT,
        accounts INTEGER NOT NULL, interrupted INTEGER NOT NULL,
        fails INTEGER NOT NULL, unknown INTEGER NOT NULL, excepted INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE findings (
        number INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE, check_id TEXT NOT NULL, account TEXT NOT NULL,
        region TEXT, resource TEXT NOT NULL, severity TEXT NOT NULL, verdict TEXT NOT NULL, reason TEXT NOT NULL,
        first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, asked TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE TABLE spans (
        finding INTEGER NOT NULL REFERENCES findings (number), opened INTEGER NOT NULL, closed INTEGER,
        PRIMARY KEY (finding, opened)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX open_spans ON spans (finding) WHERE closed IS NULL;
";

/// Makes the tables in a file that is empty, and refuses one that is something else.
pub(super) fn prepare(connection: &mut Connection, path: &Path) -> Result<(), HistoryError> {
    let number = |connection: &Connection, pragma: &str| -> rusqlite::Result<i64> {
        connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))
    };
    let mut found = || -> rusqlite::Result<(i64, i64)> {
        // Two runs may be the first at the same time: whoever comes second finds the tables.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
        if tables == 0 && number(&transaction, "application_id")? == 0 {
            transaction.execute_batch(TABLES)?;
            transaction
                .execute_batch(&format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION};"))?;
        }
        let first =
            (number(&transaction, "application_id")?, number(&transaction, "user_version")?) == (APPLICATION, 1);
        if first {
            transaction.execute_batch(&format!("{SECOND} PRAGMA user_version = {VERSION};"))?;
        }
        let found = (number(&transaction, "application_id")?, number(&transaction, "user_version")?);
        transaction.commit()?;
        Ok(found)
    };
    match found() {
        Ok((APPLICATION, VERSION)) => Ok(()),
        Ok((APPLICATION, found)) if found > VERSION => {
            Err(HistoryError::Newer { path: path.to_owned(), found, known: VERSION })
        }
        Ok(_) => Err(HistoryError::NoHistory { path: path.to_owned() }),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            Err(HistoryError::NoHistory { path: path.to_owned() })
        }
        Err(error) => Err(HistoryError::Sql { path: path.to_owned(), error }),
    }
}
