//! Goes from value to value, and past what is none.

use serde_json::Deserializer;

use super::shape::{Shape, begins_as_record};
use super::{At, Container, Reader};

/// So many bytes may be tried in vain for each byte of a block, so that a hostile file costs no more than a large one.
const BUDGET: usize = 16;

/// How far a container that is broken has been looked through.
struct Broken {
    /// Where it begins, what is wrong with it, and where that shows.
    start: usize,
    reason: String,
    shows: usize,
}

/// What stands at a place.
enum Next {
    /// A value, up to there.
    Value(usize),
    /// Nothing that can be read: why, and where that shows.
    Fault { reason: String, shows: usize },
}

impl Reader<'_, '_> {
    /// Reads the values of the window up to `end`.
    pub(super) fn values(&mut self, end: usize) {
        let mut at = 0;
        let mut budget = (end + (1 << 20)) * BUDGET;
        // A container that broke: its records are searched for one by one.
        let mut inside: Option<Broken> = None;
        let mut salvaging = false;
        loop {
            at = self.skip(at, end, salvaging);
            if at >= end {
                break;
            }
            let (reason, shows) = match self.next(at, end) {
                Next::Value(upto) => {
                    at = upto;
                    continue;
                }
                Next::Fault { reason, shows } => (reason, shows),
            };
            budget = budget.saturating_sub(shows.saturating_sub(at).max(1));
            let candidate = self.candidate(at + 1, end).filter(|_| budget > 0);
            if candidate.is_some_and(|candidate| candidate < shows) && self.opens(at) {
                // Records stand before the fault: this is a container, and one of them may be what is broken.
                if let Some(outer) = inside.replace(Broken { start: at, reason, shows }) {
                    self.fault(outer.start, outer.reason);
                }
            } else {
                let reason =
                    if budget == 0 { format!("{reason}; the rest is too damaged to be searched") } else { reason };
                self.fault(at, reason);
                inside = inside.filter(|outer| shows < outer.shows && candidate.is_some());
            }
            salvaging = true;
            let Some(candidate) = candidate else { break };
            at = candidate;
        }
        if let Some(broken) = inside {
            // Where the text ends says nothing about where the container went wrong.
            let place = if broken.shows >= end { broken.start } else { broken.shows };
            self.fault(place, broken.reason);
        }
    }

    /// Past white space, and past what is left of a broken container.
    fn skip(&self, at: usize, end: usize, salvaging: bool) -> usize {
        let rest = self.window.bytes.get(at..end).unwrap_or_default();
        // Neither is the comma between objects that were joined by hand.
        let passes = |byte: &u8| is_space(*byte) || salvaging && matches!(byte, b',' | b']' | b'}');
        at + rest.iter().position(|byte| !passes(byte)).unwrap_or(rest.len())
    }

    /// Whether an object or a list begins here.
    fn opens(&self, at: usize) -> bool {
        matches!(self.window.bytes.get(at), Some(b'{' | b'['))
    }

    /// Reads one value and hands it on.
    fn next(&mut self, at: usize, end: usize) -> Next {
        let (line, byte) = (self.window.line(at), self.window.offset(at));
        let place = At { line, byte, record: None, depth: 0, container: Container::Bare };
        // The borrow of the bytes must not hold the reader.
        let bytes = std::mem::take(&mut self.window.bytes);
        let next = self.parse(&bytes, at, end, place);
        self.window.bytes = bytes;
        next
    }

    fn parse(&mut self, bytes: &[u8], from: usize, end: usize, place: At) -> Next {
        let from = from + stamp(bytes.get(from..end).unwrap_or_default());
        let text = bytes.get(from..end).unwrap_or_default();
        let mut values = Deserializer::from_slice(text).into_iter::<Shape<'_>>();
        match values.next() {
            Some(Ok(Shape::Other | Shape::Text(_))) => {
                Next::Fault { reason: "this is no JSON of CloudTrail".to_owned(), shows: from + values.byte_offset() }
            }
            Some(Ok(shape)) => {
                let used = values.byte_offset();
                match text.get(..used).map(std::str::from_utf8) {
                    Some(Ok(raw)) => {
                        self.shaped(&shape, raw, place);
                        Next::Value(from + used)
                    }
                    _ => Next::Fault { reason: "this is not UTF-8".to_owned(), shows: from + used },
                }
            }
            Some(Err(error)) => {
                let shows = from + offset(text, error.line(), error.column());
                Next::Fault { reason: plain(&error), shows: shows.min(end) }
            }
            None => Next::Value(end),
        }
    }

    /// The next place where a record begins, or a line that begins with a bracket.
    fn candidate(&self, from: usize, end: usize) -> Option<usize> {
        let bytes = self.window.bytes.get(..end)?;
        (from..end).find(|at| {
            bytes.get(*at) == Some(&b'{') && bytes.get(*at..).is_some_and(begins_as_record)
                || matches!(bytes.get(*at), Some(b'{' | b'[')) && bytes.get(at - 1) == Some(&b'\n')
        })
    }
}

/// White space, and the record separator of RFC 7464: they are no content.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x1e)
}

/// What is wrong, without the place: it is told in the terms of the whole file.
fn plain(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    format!("not JSON: {}", said.strip_suffix(&place).unwrap_or(&said))
}

/// The offset of a line and a column, both from 1.
fn offset(text: &[u8], line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive(|byte| *byte == b'\n').take(line.saturating_sub(1)).map(<[u8]>::len).sum();
    before + column.saturating_sub(1)
}

/// The length of the time that CloudWatch Logs puts before each line of an export.
fn stamp(text: &[u8]) -> usize {
    match text {
        [b'1'..=b'9', _, _, _, b'-', _, _, b'-', _, _, b'T', rest @ ..] => {
            let end = rest.iter().take(24).position(|byte| *byte == b' ');
            end.filter(|end| rest.get(end + 1) == Some(&b'{')).map_or(0, |end| 11 + end + 1)
        }
        _ => 0,
    }
}
