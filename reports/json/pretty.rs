//! The layout of the JSON: a line for every field of a result, what lies deeper on one line.

use std::io::{self, Write};

use forewarn_findings::Report;
use serde_json::ser::Formatter;

use super::results;
use crate::inert::{is_hidden, is_plain};

/// How deep every value has a line of its own: the document, `results`, a result, its `evidence`.
const UNFOLDED: usize = 4;

/// Writes JSON that a person can read and that commands no terminal: hidden characters are `\uXXXX`.
#[derive(Debug, Default)]
pub(super) struct Readable<'r> {
    depth: usize,
    filled: bool,
    /// The report whose results stand in the first list, which is a field of the document.
    report: Option<&'r Report>,
}

impl<'r> Readable<'r> {
    /// Writes what stands so deep.
    pub(super) fn at(depth: usize) -> Self {
        Self { depth, ..Self::default() }
    }

    /// Writes a document whose list of results is left empty, and the results of `report` into it.
    pub(super) fn with_results(report: &'r Report) -> Self {
        Self { report: Some(report), ..Self::default() }
    }

    fn open<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.filled = false;
        out.write_all(bracket)
    }

    fn close<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        let unfolded = self.depth <= UNFOLDED;
        self.depth -= 1;
        if self.filled && unfolded {
            self.line(out)?;
        }
        self.filled = true;
        out.write_all(bracket)
    }

    fn next<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if !first {
            out.write_all(b",")?;
        }
        if self.depth <= UNFOLDED {
            self.line(out)
        } else if first {
            Ok(())
        } else {
            out.write_all(b" ")
        }
    }

    fn line<W: ?Sized + Write>(&self, out: &mut W) -> io::Result<()> {
        // No line begins deeper than the last level that is unfolded.
        const LINE: &[u8] = b"\n        ";
        out.write_all(LINE.get(..=2 * self.depth).unwrap_or(LINE))
    }
}

impl Formatter for Readable<'_> {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"[")?;
        if self.depth == 2
            && let Some(report) = self.report.take_if(|report| !report.findings.is_empty())
        {
            results::write(report, out)?;
            self.filled = true;
        }
        Ok(())
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _out: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _out: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        visible(out, fragment)
    }
}

/// Writes a part of a JSON string in which what hides is `\uXXXX`.
pub(super) fn visible<W: ?Sized + Write>(out: &mut W, fragment: &str) -> io::Result<()> {
    // Looking at bytes is cheaper than at characters.
    if is_plain(fragment) || !fragment.contains(is_hidden) {
        return out.write_all(fragment.as_bytes());
    }
    let mut bytes = [0; 4];
    let mut units = [0; 2];
    for c in fragment.chars() {
        if is_hidden(c) {
            for unit in c.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}")?;
            }
        } else {
            out.write_all(c.encode_utf8(&mut bytes).as_bytes())?;
        }
    }
    Ok(())
}
