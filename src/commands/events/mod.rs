//! `forewarn events`: CloudTrail at volume. One file per subcommand.

mod ddl;
mod import;
mod search;

use anyhow::Error;
use forewarn_store::Error as StoreError;

use crate::cli::Events;
use crate::exit::{Exit, Failed};
use crate::terminal::Terminal;

pub(crate) fn run(command: &Events, terminal: &Terminal) -> Result<Exit, Failed> {
    match command {
        Events::Import(asked) => import::run(asked, terminal),
        Events::Search(asked) => search::run(asked, terminal),
        Events::Ddl(asked) => ddl::run(asked),
    }
}

/// Threads to read with.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// A store that cannot be used is wrong usage; one that fails while it is used is not.
fn failed(error: StoreError) -> Failed {
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
