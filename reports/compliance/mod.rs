//! A folder for auditors: a CSV per edition of a framework, a summary, and a manifest.
//!
//! Each edition has a row per control, check and resource, and a row for a control that no check answers or that there is
//! nothing to judge for: the denominator is the framework, not the findings. Cells are as those of [`csv`]:
//! RFC 4180, nothing that a spreadsheet calculates. `control_ref` (`CIS-3.0.0:1.10`) and `account_ref`
//! (`acct-012345678901`) stay texts in a spreadsheet, where `control_id` and `account_id` lose their zeros.
//!
//! `manifest.json` has the rows and the SHA-256 of every file, who asked, what was asked for and assessed, and what was
//! denied. It is written last: a folder without one, or with one that does not fit, was cut short.

pub(crate) mod manifest;
pub(crate) mod row;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write};

use forewarn_findings::{ControlStatus, Report, Results};
use sha2::{Digest as _, Sha256};

use crate::{FileWriter, csv, unseen};
use row::{COLUMNS, Rows};

pub use row::SCHEMA_VERSION;

/// A file that is there now.
struct Written {
    name: String,
    rows: usize,
    sha256: String,
}

/// Writes the folder.
///
/// # Errors
/// What `files` says.
pub fn write(report: &Report, files: &mut dyn FileWriter) -> io::Result<()> {
    let (results, unseen) = (Results::of(report), unseen::findings(report));
    let rows = Rows::new(report, &results, &unseen);
    let mut written = Vec::new();
    let mut names = BTreeSet::new();
    for framework in &report.compliance.frameworks {
        let name = file_name(&framework.id, &mut names);
        written.push(file(name, files, &mut |out| table(COLUMNS, &mut rows.of(framework), out))?);
    }
    written
        .push(file("summary.csv".to_owned(), files, &mut |out| table(SUMMARY, &mut summary(report, &results), out))?);
    files.file("manifest.json", &mut |out| manifest::write(report, &written, out))
}

/// The name of an edition's file. A stored report may be anybody's: no name of its leaves the folder, and none is there twice.
fn file_name(id: &str, taken: &mut BTreeSet<String>) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    let id = if id.trim_start_matches('.').is_empty() { "edition" } else { id };
    let id: String = id.trim_start_matches('.').chars().take(100).map(plain).collect();
    let numbers = std::iter::once(String::new()).chain((2..).map(|number| format!("-{number}")));
    let mut names = numbers.map(|number| format!("{id}{number}.csv").to_ascii_lowercase());
    let free = names.find(|name| name != "summary.csv" && !taken.contains(name)).unwrap_or_default();
    taken.insert(free.clone());
    free
}

/// Writes a file and says what is in it.
fn file(
    name: String,
    files: &mut dyn FileWriter,
    write: &mut dyn FnMut(&mut dyn Write) -> io::Result<usize>,
) -> io::Result<Written> {
    let (mut rows, mut sha256) = (0, String::new());
    files.file(&name, &mut |out| {
        let mut hashed = Hashed { out, hash: Sha256::new() };
        rows = write(&mut hashed)?;
        sha256 = hex::encode(hashed.hash.finalize());
        Ok(())
    })?;
    Ok(Written { name, rows, sha256 })
}

/// Hashes what goes through.
struct Hashed<'a> {
    out: &'a mut dyn Write,
    hash: Sha256,
}

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Rows of text cells; gives how many there are beside the header.
fn table<const N: usize>(
    header: [&str; N],
    rows: &mut dyn Iterator<Item = [Cow<'_, str>; N]>,
    out: &mut dyn Write,
) -> io::Result<usize> {
    let mut written = csv::Rows::new(out);
    written.row(header)?;
    let mut count = 0;
    for row in rows {
        written.row(&row)?;
        count += 1;
    }
    written.finish()?;
    Ok(count)
}

/// The header of the summary.
pub(crate) const SUMMARY: [&str; 12] = [
    "schema_version",
    "run_id",
    "framework",
    "framework_version",
    "meaning",
    "controls",
    "FAIL",
    "UNKNOWN",
    "EXCEPTED",
    "PASS",
    "NOT_APPLICABLE",
    "MANUAL",
];

/// A row per edition; the last seven cells are numbers.
pub(crate) fn summary<'r>(
    report: &'r Report,
    results: &'r Results<'r>,
) -> impl Iterator<Item = [Cow<'r, str>; SUMMARY.len()]> {
    report.compliance.frameworks.iter().map(|framework| {
        let tally = results.tally(framework);
        let count = |status: ControlStatus| tally.get(&status).copied().unwrap_or_default().to_string().into();
        let [fail, unknown, excepted, pass, not_applicable, manual] = ControlStatus::ALL.map(count);
        [
            SCHEMA_VERSION.into(),
            report.run.id.as_str().into(),
            framework.name.as_str().into(),
            framework.version.as_str().into(),
            framework.claim().into(),
            framework.controls.len().to_string().into(),
            fail,
            unknown,
            excepted,
            pass,
            not_applicable,
            manual,
        ]
    })
}

#[cfg(test)]
mod tests;
