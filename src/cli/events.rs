//! `forewarn events`: what is asked of CloudTrail at volume.

use std::path::PathBuf;

use clap::{Args, Subcommand};

// The first line of each is that of its options.
#[derive(Debug, Subcommand)]
pub(crate) enum Events {
    Import(Import),
}

/// Where events are kept.
#[derive(Debug, Args)]
pub(crate) struct Kept {
    /// The event store, a folder of Parquet files
    #[arg(long = "store", value_name = "DIR", default_value = "forewarn-events", env = "FOREWARN_EVENTS_STORE")]
    pub(crate) store: PathBuf,
}

/// Read CloudTrail logs into a store: files, folders or `-` for stdin
///
/// Takes what AWS writes: delivered log files, plain or compressed, lines of records, pages of `LookupEvents`, rows of
/// CloudTrail Lake and Athena, envelopes of EventBridge and CloudWatch Logs. A file is read once; an event is kept once.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Files and folders; `-` is stdin
    #[arg(value_name = "SOURCE", required = true)]
    pub(crate) sources: Vec<String>,

    #[command(flatten)]
    pub(crate) kept: Kept,

    /// What could not be read does not change the exit code
    #[arg(long)]
    pub(crate) allow_unreadable: bool,
}
