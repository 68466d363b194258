//! JSON on one line, for the formats of which each line is a document.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::Formatter;

use super::pretty::visible;

/// As compact as can be; hidden characters are `\uXXXX`, so that a line is one line for every reader.
struct Compact;

impl Formatter for Compact {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        visible(out, fragment)
    }
}

/// Writes `value` without a line break.
///
/// # Errors
/// What `out` says.
pub fn compact(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, Compact))?;
    Ok(())
}
