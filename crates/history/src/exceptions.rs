//! `exceptions.toml`: findings that somebody accepts.
//!
//! ```toml
//! [[exception]]
//! check = "s3.reachable_by_anyone"
//! resource = "arn:aws:s3:::acme-press-*"
//! owner = "press@acme.example"
//! reason = "the press kit is public on purpose"
//! expires = 2027-06-30
//! # fingerprint = "3f2b…": only this finding, on this evidence (copied from a report)
//! ```
//!
//! All keys but `fingerprint` are required. `resource` is a pattern as `ArnLike` knows it: `*` and `?` within each of the
//! six parts of an ARN. An exception holds to the end of its last day, UTC.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use forewarn_findings::{Exception, Fingerprint};
use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The keys of an entry.
const KEYS: [&str; 6] = ["check", "resource", "fingerprint", "owner", "reason", "expires"];

/// Something wrong in the file, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

/// All that is wrong in a file; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Fault { line, what }) in self.0.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}line {line}: {what}")?;
        }
        Ok(())
    }
}

/// An exception and the line that it begins in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The line of `[[exception]]`, from 1.
    pub line: usize,
    /// The exception.
    pub exception: Arc<Exception>,
}

/// Reads the file; `checks` are the ids of the checks that there are.
///
/// # Errors
/// All that is wrong in it, in the order of the lines. That an exception has ended is none of it: ask
/// [`Exception::has_ended`].
pub fn parse(text: &str, checks: &[&str]) -> Result<Vec<Entry>, Faults> {
    let mut reading = Reading { text, checks, faults: Vec::new() };
    let entries = match DeTable::parse(text) {
        Ok(table) => reading.file(table.get_ref()),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            reading.fault(at, error.message());
            Vec::new()
        }
    };
    let mut faults = reading.faults;
    if faults.is_empty() {
        return Ok(entries);
    }
    faults.sort();
    Err(Faults(faults))
}

/// The known name that is closest to `wrong`, where one is close.
fn closest<'a>(wrong: &str, known: &[&'a str]) -> Option<&'a str> {
    let likeness = known.iter().map(|name| (strsim::jaro_winkler(wrong, name), *name));
    let close = likeness.filter(|(likeness, _)| *likeness > 0.8);
    close.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, name)| name)
}

struct Reading<'a> {
    text: &'a str,
    checks: &'a [&'a str],
    faults: Vec<Fault>,
}

impl Reading<'_> {
    fn line(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|byte| *byte == b'\n').count()
    }

    fn fault(&mut self, at: usize, what: impl Into<String>) {
        let line = self.line(at);
        self.faults.push(Fault { line, what: what.into() });
    }

    fn file(&mut self, table: &DeTable<'_>) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for (key, value) in table {
            if key.get_ref() != "exception" {
                self.unknown(key.span(), key.get_ref(), &["exception"]);
                continue;
            }
            let Some(items) = value.get_ref().as_array() else {
                self.fault(value.span().start, "each exception is a table of its own: `[[exception]]`");
                continue;
            };
            for item in items {
                let line = self.line(item.span().start);
                let Some(exception) = self.entry(item) else { continue };
                if let Some(first) = seen.get(&exception.id) {
                    self.fault(item.span().start, format!("accepts the same as the entry in line {first}"));
                    continue;
                }
                seen.insert(exception.id.clone(), line);
                entries.push(Entry { line, exception: Arc::new(exception) });
            }
        }
        entries
    }

    fn unknown(&mut self, at: Range<usize>, key: &str, known: &[&str]) {
        let hint = closest(key, known)
            .map_or_else(|| format!("known: {}", known.join(", ")), |close| format!("did you mean `{close}`?"));
        self.fault(at.start, format!("unknown key `{key}`; {hint}"));
    }

    fn entry(&mut self, item: &Spanned<DeValue<'_>>) -> Option<Exception> {
        let start = item.span().start;
        let Some(fields) = item.get_ref().as_table() else {
            self.fault(start, "an exception is a table");
            return None;
        };
        for key in fields.keys() {
            if !KEYS.contains(&key.get_ref().as_ref()) {
                self.unknown(key.span(), key.get_ref(), &KEYS);
            }
        }
        let check = self.text_of(fields, "check", start).filter(|(check, at)| self.is_check(check, *at));
        let resource = self.text_of(fields, "resource", start).filter(|(pattern, at)| self.is_pattern(pattern, *at));
        let owner = self.text_of(fields, "owner", start);
        let reason = self.text_of(fields, "reason", start);
        let expires = self.day(fields, start);
        let fingerprint = match fields.get("fingerprint") {
            None => Some(None),
            Some(value) => self.fingerprint(value).map(Some),
        };
        let ((check, _), (resource, _), fingerprint) = (check?, resource?, fingerprint?);
        Some(Exception {
            id: Exception::id_of(&check, &resource, fingerprint),
            check,
            resource,
            fingerprint,
            owner: owner?.0,
            reason: reason?.0,
            expires: expires?,
        })
    }

    /// A required text that is not blank, and where it stands.
    fn text_of(&mut self, fields: &DeTable<'_>, key: &str, start: usize) -> Option<(String, usize)> {
        let Some(value) = fields.get(key) else {
            self.fault(start, format!("`{key}` is missing"));
            return None;
        };
        let at = value.span().start;
        match value.get_ref().as_str().map(str::trim) {
            Some("") => self.fault(at, format!("`{key}` is empty")),
            Some(text) => return Some((text.to_owned(), at)),
            None => self.fault(at, format!("`{key}` is no text but a {}", value.get_ref().type_str())),
        }
        None
    }

    fn is_check(&mut self, id: &str, at: usize) -> bool {
        let known = self.checks.contains(&id);
        if !known {
            let hint = closest(id, self.checks).map_or_else(
                || "`forewarn checks list` shows them all".to_owned(),
                |close| format!("did you mean `{close}`?"),
            );
            self.fault(at, format!("there is no check `{id}`; {hint}"));
        }
        known
    }

    fn is_pattern(&mut self, pattern: &str, at: usize) -> bool {
        let good = pattern.starts_with("arn:") && pattern.split(':').count() >= 6;
        if !good {
            self.fault(at, format!("`{pattern}` is no pattern of ARNs such as `arn:aws:s3:::acme-press-*`"));
        }
        good
    }

    fn day(&mut self, fields: &DeTable<'_>, start: usize) -> Option<Date> {
        let Some(value) = fields.get("expires") else {
            self.fault(start, "`expires` is missing");
            return None;
        };
        let text = match value.get_ref() {
            DeValue::Datetime(written) => written.to_string(),
            DeValue::String(text) => text.trim().to_owned(),
            other => other.type_str().to_owned(),
        };
        let day = (text.len() == "2027-06-30".len()).then(|| text.parse().ok()).flatten();
        if day.is_none() {
            self.fault(value.span().start, format!("`expires` is `{text}`; a day such as 2027-06-30 is wanted"));
        }
        day
    }

    fn fingerprint(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Fingerprint> {
        let at = value.span().start;
        let Some(text) = value.get_ref().as_str() else {
            self.fault(at, format!("`fingerprint` is no text but a {}", value.get_ref().type_str()));
            return None;
        };
        let read = text.trim().parse();
        if read.is_err() {
            self.fault(at, format!("`fingerprint` is `{text}`; the 32 hexadecimal digits of a report are wanted"));
        }
        read.ok()
    }
}

#[cfg(test)]
mod tests;
