//! The exit codes, in one table.

use std::process::ExitCode;

/// How a run of forewarn ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, and nothing at or above `--fail-on`.
    Clean = 0,
    /// A finding at or above `--fail-on`.
    Findings = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// AWS could not be reached, did not accept the credentials, or let into none of the accounts; nothing was assessed.
    Unreached = 3,
    /// No such finding, but a check of that severity is Unknown somewhere.
    Unknown = 4,
    /// forewarn itself failed somewhere; everything else was written.
    Internal = 5,
    /// Interrupted; what was read so far was written.
    Interrupted = 130,
}

impl Exit {
    /// The table that the help shows.
    pub(crate) const TABLE: &'static str = "\
Exit codes:
    0  done, and nothing at or above --fail-on
    1  a finding at or above --fail-on (default: high)
    2  wrong usage or configuration
    3  AWS could not be reached, or did not accept the credentials; nothing was assessed
    4  no such finding, but a check of that severity is unknown somewhere, or an account could not be
       entered (--allow-unknown lifts it); events: a log could not be read (--allow-unreadable)
    5  internal error; everything else was written
  130  interrupted; a partial report was written";
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error together with the exit code that it ends in.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) exit: Exit,
    pub(crate) error: anyhow::Error,
}

impl Failed {
    /// Wrong usage, configuration or input file.
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Usage, error: error.into() }
    }

    /// AWS could not be reached or did not accept the credentials.
    pub(crate) fn unreached(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Unreached, error: error.into() }
    }

    /// Something that must not happen.
    pub(crate) fn internal(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Internal, error: error.into() }
    }
}
