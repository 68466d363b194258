//! The exceptions of a run: read from their file, refused where one has ended.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use forewarn_findings::Exception;
use forewarn_history::exceptions::{Entry, parse};
use jiff::Timestamp;

/// The file that `exceptions list` and `exceptions check` read where no other is named.
pub(crate) const DEFAULT: &str = "exceptions.toml";

/// What a file accepts.
#[derive(Debug)]
pub(crate) struct Accepted {
    path: PathBuf,
    pub(crate) entries: Vec<Entry>,
}

impl Accepted {
    /// Reads a file; exceptions that have ended are among what it has.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let checks: Vec<&str> = forewarn_checks::all().iter().map(|check| check.id).collect();
        match parse(&text, &checks) {
            Ok(entries) => Ok(Self { path: path.to_owned(), entries }),
            Err(faults) => {
                let faults = faults.0.iter().map(|fault| at(path, fault.line, &fault.what));
                bail!("{}", faults.collect::<Vec<_>>().join("\n"))
            }
        }
    }

    pub(crate) fn exceptions(&self) -> Vec<Arc<Exception>> {
        self.entries.iter().map(|entry| entry.exception.clone()).collect()
    }

    /// Refuses exceptions that have ended, with the owner of each.
    pub(crate) fn hold(&self, instant: Timestamp) -> anyhow::Result<()> {
        let ended: Vec<String> = self
            .entries
            .iter()
            .filter(|entry| entry.exception.has_ended(instant))
            .map(|Entry { line, exception }| {
                let Exception { check, resource, owner, expires, .. } = &**exception;
                let said = format!("the exception for {check} on {resource} ended on {expires}; {owner} owns it");
                at(&self.path, *line, &said)
            })
            .collect();
        if ended.is_empty() { Ok(()) } else { bail!("{}\nrenew them or take them out", ended.join("\n")) }
    }

    /// What is said of one that accepts nothing.
    pub(crate) fn idle(&self, idle: &Exception) -> String {
        let line = self.entries.iter().find(|entry| entry.exception.id == idle.id).map_or(0, |entry| entry.line);
        let Exception { check, resource, owner, .. } = idle;
        let said = format!("the exception for {check} on {resource} accepts no finding of this run; {owner} owns it");
        at(&self.path, line, &said)
    }
}

fn at(path: &Path, line: usize, what: &str) -> String {
    format!("{}:{line}: {what}", path.display())
}
