//! What outlives a run: the exceptions that people wrote down, and the runs that were stored.
//!
//! [`exceptions`] reads `exceptions.toml`; matching them with findings is up to `forewarn_findings`.

pub mod exceptions;
