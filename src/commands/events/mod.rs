//! `forewarn events`: CloudTrail at volume. One file per subcommand.

mod baseline;
mod changes;
mod ddl;
mod detect;
mod glances;
mod import;
mod investigate;
mod keys;
mod log;
mod places;
mod redact;
mod rows;
mod rules;
mod search;
#[cfg(feature = "sql")]
mod sql;
mod verify;

use anyhow::{Error, anyhow};
use forewarn_findings::Fingerprint;
use forewarn_reports::inert;
use forewarn_store::{Error as StoreError, Filter, FilterError, Span, Store};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

pub(super) use self::changes::all_changes;
use crate::cli::Events;
use crate::config::Config;
use crate::exit::{Exit, Failed};
use crate::terminal::Terminal;

pub(crate) fn run(command: &Events, config: &Config, terminal: &Terminal) -> Result<Exit, Failed> {
    match command {
        Events::Import(asked) => import::run(asked, config, terminal),
        Events::Search(asked) => search::run(asked, terminal),
        #[cfg(feature = "sql")]
        Events::Sql(asked) => sql::run(asked, terminal),
        Events::Ddl(asked) => ddl::run(asked),
        Events::Verify(asked) => verify::run(asked),
        Events::Detect(asked) => detect::run(asked, config, terminal),
        Events::Rules(asked) => rules::run(asked, config, terminal),
        Events::Baseline(asked) => baseline::run(asked, terminal),
        Events::Investigate(asked) => investigate::run(asked, terminal),
        Events::Changes(asked) => changes::run(asked, config, terminal),
        Events::Keys(asked) => keys::run(asked),
    }
}

/// Threads to read with.
pub(super) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// A store that cannot be used is wrong usage; one that fails while it is used is not.
pub(super) fn failed(error: StoreError) -> Failed {
    match error {
        StoreError::NotAStore { .. }
        | StoreError::Missing { .. }
        | StoreError::Newer { .. }
        | StoreError::Busy { .. } => Failed::usage(error),
        StoreError::Io { .. }
        | StoreError::Parquet { .. }
        | StoreError::Foreign { .. }
        | StoreError::Damaged { .. } => Failed::internal(Error::new(error)),
    }
}

/// Says which sources the store lacks.
fn warn_of_unread(store: &Store, terminal: &Terminal) -> Result<(), Failed> {
    let unread = store.unread().map_err(failed)?;
    if let Some((source, why)) = unread.first() {
        let more = if unread.len() > 1 { format!(" and {} more", unread.len() - 1) } else { String::new() };
        terminal.note(&format!("warning: not all was imported: {}: {}{more}", inert(source), inert(why)));
    }
    Ok(())
}

/// The identity of what was found across runs: of what it is about, never of a time or an event.
fn fingerprint(parts: &[&str]) -> Fingerprint {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part.as_bytes());
    }
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    Fingerprint(bytes)
}

/// The time between two options, each said as in a filter.
fn span(since: Option<&str>, until: Option<&str>) -> Result<Span, Failed> {
    let mut span = Span::ALL;
    for (word, said) in [("since", since), ("until", until)] {
        let Some(said) = said else { continue };
        let text = format!("{word}:{said}");
        let read = Filter::parse(&text, Timestamp::now());
        let read = read.map_err(|error| Failed::usage(anyhow!("{}", pointed(&text, &error))))?.span;
        span = Span { since: read.since.or(span.since), until: read.until.or(span.until) };
    }
    Ok(span)
}

/// The message, the filter, and a line of carets under what is wrong in it.
fn pointed(text: &str, error: &FilterError) -> String {
    use unicode_width::UnicodeWidthStr as _;

    let part = |range: std::ops::Range<usize>| inert(text.get(range).unwrap_or_default()).into_owned();
    let before = part(0..error.start).width();
    let wide = part(error.start..error.end).width().max(1);
    format!("{}\n  {}\n  {}{}", inert(&error.message), inert(text), " ".repeat(before), "^".repeat(wide))
}
