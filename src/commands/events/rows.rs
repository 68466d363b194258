//! Where rows go: stdout, or a file that is written whole or not at all.

use std::io::{self, Write};

use crate::cli::RowTarget;
use crate::output::write_file;
use crate::terminal::Terminal;

/// Writes rows to where they were asked for.
pub(super) fn to(target: &RowTarget, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    match &target.path {
        Some(path) => write_file(path, write),
        None => Ok(Terminal::data(write)?),
    }
}
