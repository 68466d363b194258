//! The lines of a saved snapshot: where a piece of evidence stands in the file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use forewarn_findings::Report;

/// Where the evidence of a report stands in a snapshot.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    uri: String,
    /// By ARN, then by pointer inside the resource; the empty pointer is where the resource begins.
    resources: BTreeMap<String, BTreeMap<String, usize>>,
    /// Where each account begins.
    accounts: BTreeMap<String, usize>,
}

impl Lines {
    /// Finds the evidence of `report` in the `text` of the snapshot at `path`.
    pub fn of(path: &str, text: &str, report: &Report) -> Self {
        let mut wanted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for finding in &report.findings {
            if !finding.grounds.evidence.is_empty() {
                wanted.entry(&finding.resource.arn).or_default();
            }
            for evidence in &finding.grounds.evidence {
                wanted.entry(&evidence.resource).or_default().insert(&evidence.pointer);
            }
        }
        let mut scanner = Scanner { rest: text, line: 1, wanted, open: Vec::new(), found: Self::default() };
        // What is no JSON has no more lines to tell; those that were found are right.
        let _ = scanner.at(0, &mut Vec::new());
        Self { uri: uri(path), ..scanner.found }
    }

    /// The snapshot's own path as a URI.
    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    /// The line of the longest part of the pointer that is found, else of the account, else the first.
    pub(super) fn line(&self, arn: &str, pointer: &str, account: &str) -> usize {
        let inside = self.resources.get(arn).and_then(|lines| {
            let mut at = pointer;
            loop {
                if let Some(line) = lines.get(at) {
                    return Some(*line);
                }
                at = at.rsplit_once('/')?.0;
            }
        });
        inside.or_else(|| self.accounts.get(account).copied()).unwrap_or(1)
    }
}

/// A path as a URI: relative to the root of the repository, or of the machine where it is absolute.
pub(crate) fn uri(path: &str) -> String {
    let encoded = path.split('/').map(encoded).collect::<Vec<_>>().join("/");
    if path.starts_with('/') { format!("file://{encoded}") } else { encoded.trim_start_matches("./").to_owned() }
}

/// A segment of a URI.
pub(super) fn encoded(segment: &str) -> String {
    segment.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

/// A resource that the scanner is inside of.
struct Open {
    arn: String,
    /// How many steps of the path lead to it.
    depth: usize,
}

/// Walks through JSON text and counts its lines.
struct Scanner<'t, 'w> {
    rest: &'t str,
    line: usize,
    wanted: BTreeMap<&'w str, BTreeSet<&'w str>>,
    open: Vec<Open>,
    found: Lines,
}

/// Deeper than any snapshot is.
const DEEPEST: usize = 100;

impl<'t> Scanner<'t, '_> {
    /// A value; `path` are the steps to it.
    fn at(&mut self, depth: usize, path: &mut Vec<String>) -> Option<()> {
        self.space();
        self.note(path);
        match self.rest.chars().next()? {
            '{' if depth < DEEPEST => self.object(depth, path),
            '[' if depth < DEEPEST => self.array(depth, path),
            '"' => self.string().map(drop),
            '{' | '[' => None,
            _ => {
                let end = self.rest.find([',', ']', '}', '\n', ' '])?;
                self.rest = self.rest.get(end..)?;
                Some(())
            }
        }
    }

    fn object(&mut self, depth: usize, path: &mut Vec<String>) -> Option<()> {
        let begins = self.line;
        let outer = self.open.len();
        self.skip('{')?;
        self.space();
        if self.rest.starts_with('}') {
            return self.skip('}');
        }
        loop {
            self.space();
            let key = self.string()?.to_owned();
            self.space();
            self.skip(':')?;
            self.space();
            if let Some(text) = self.rest.strip_prefix('"') {
                let text = text.split('"').next().unwrap_or_default();
                match key.as_str() {
                    "arn" if self.wanted.contains_key(text) => {
                        self.open.push(Open { arn: text.to_owned(), depth: path.len() });
                        let lines = self.found.resources.entry(text.to_owned()).or_default();
                        lines.entry(String::new()).or_insert(begins);
                    }
                    "id" if text.len() == 12 && path.len() == 3 => {
                        self.found.accounts.entry(text.to_owned()).or_insert(self.line);
                    }
                    _ => {}
                }
            }
            path.push(key.replace('~', "~0").replace('/', "~1"));
            let done = self.at(depth + 1, path);
            path.pop();
            done?;
            self.space();
            if self.rest.starts_with('}') {
                self.open.truncate(outer);
                return self.skip('}');
            }
            self.skip(',')?;
        }
    }

    fn array(&mut self, depth: usize, path: &mut Vec<String>) -> Option<()> {
        self.skip('[')?;
        self.space();
        if self.rest.starts_with(']') {
            return self.skip(']');
        }
        for index in 0usize.. {
            path.push(index.to_string());
            let done = self.at(depth + 1, path);
            path.pop();
            done?;
            self.space();
            if self.rest.starts_with(']') {
                break;
            }
            self.skip(',')?;
        }
        self.skip(']')
    }

    /// Notes the line where the value is one that some evidence points at, or into.
    fn note(&mut self, path: &[String]) {
        let Some(Open { arn, depth }) = self.open.last() else { return };
        let Some(pointers) = self.wanted.get(arn.as_str()) else { return };
        let pointer = path.iter().skip(*depth).fold(String::new(), |pointer, step| pointer + "/" + step);
        let leads = |wanted: &&str| {
            wanted.strip_prefix(pointer.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if pointers.iter().any(leads) {
            self.found.resources.entry(arn.clone()).or_default().entry(pointer).or_insert(self.line);
        }
    }

    /// A string as it stands there, escapes and all.
    fn string(&mut self) -> Option<&'t str> {
        let text = self.rest.strip_prefix('"')?;
        let mut escaped = false;
        let end = text.bytes().position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        })?;
        self.rest = text.get(end + 1..)?;
        text.get(..end)
    }

    fn space(&mut self) {
        let trimmed = self.rest.trim_start_matches([' ', '\n', '\r', '\t']);
        let skipped = self.rest.len() - trimmed.len();
        self.line += self.rest.get(..skipped).map_or(0, |skipped| skipped.matches('\n').count());
        self.rest = trimmed;
    }

    fn skip(&mut self, mark: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(mark)?;
        Some(())
    }
}
