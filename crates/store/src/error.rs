//! What can go wrong with a store.

use std::io;
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;

/// Why a store could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused.
    #[error("cannot use `{}`", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A file is no good Parquet.
    #[error("`{}` cannot be read as Parquet", path.display())]
    Parquet {
        /// Where.
        path: PathBuf,
        /// What is wrong.
        source: Box<ParquetError>,
    },
    /// A Parquet file that does not have the columns of the store.
    #[error("`{}` does not have the columns of an event store", path.display())]
    Foreign {
        /// Where.
        path: PathBuf,
    },
    /// The folder holds other things.
    #[error("`{}` is no event store: it has files, but not `_forewarn/version`; name an empty or a new folder", path.display())]
    NotAStore {
        /// Where.
        path: PathBuf,
    },
    /// There is no such folder.
    #[error("there is no event store `{}`; make one with `forewarn events import`", path.display())]
    Missing {
        /// Where.
        path: PathBuf,
    },
    /// A newer forewarn made the store.
    #[error("the event store `{}` has format {found}, this forewarn knows up to {known}; use a newer one", path.display())]
    Newer {
        /// Where.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// Another process holds it.
    #[error("the event store `{}` is in use by another forewarn; wait for it", path.display())]
    Busy {
        /// Where.
        path: PathBuf,
    },
    /// What the store says about itself does not read.
    #[error("`{}` is damaged: {reason}", path.display())]
    Damaged {
        /// Where.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl Error {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    pub(crate) fn parquet(path: &Path, source: ParquetError) -> Self {
        Self::Parquet { path: path.to_owned(), source: Box::new(source) }
    }

    pub(crate) fn damaged(path: &Path, reason: &dyn std::fmt::Display) -> Self {
        Self::Damaged { path: path.to_owned(), reason: reason.to_string() }
    }
}
