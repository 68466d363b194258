//! The files of a case.

mod markdown;
mod page;
mod picture;

use std::io::{self, Write};

use crate::Case;

pub use self::markdown::write as markdown;
pub use self::page::write as html;

/// Ids of one sentence that are shown; the JSON has all.
const SHOWN: usize = 4;

/// Writes all of a case, for programs.
///
/// # Errors
/// What `out` says.
pub fn json(case: &Case, out: &mut dyn Write) -> io::Result<()> {
    forewarn_reports::json::write_readable(case, out)
}
