//! Report formats, one folder each.
//!
//! A [`Report`] goes in, bytes come out; the same report gives the same bytes. Each format owns its wire types, so that
//! a change of the model cannot change a file that others read. Names, tags and messages come from the audited accounts
//! and are hostile: no format passes on a control character, and none lets a name become a formula or a command.
//!
//! [`Format::ALL`] lists them: one line makes a format known to the command line, its help and the tests of all formats.

use std::io::{self, Write};
use std::str::FromStr;

use forewarn_findings::Report;

mod arn;
pub mod asff;
pub mod compliance;
pub mod csv;
pub mod html;
mod inert;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod ndjson;
pub mod ocsf;
mod place;
pub mod review;
pub mod sarif;
pub mod text;
mod unseen;
pub mod words;
pub mod xlsx;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

pub use inert::inert;
pub use json::{ReadError, read, schema};
pub use sarif::Lines;
pub use text::{Line, Page, TextOptions, styles};

/// Writes the content of a file.
pub type Content<'a> = dyn FnMut(&mut dyn Write) -> io::Result<()> + 'a;

/// Where a format that is a folder puts its files.
pub trait FileWriter {
    /// Writes a file whole or not at all.
    ///
    /// # Errors
    /// What the disk says.
    fn file(&mut self, name: &str, content: &mut Content<'_>) -> io::Result<()>;
}

/// A format that a report can be written in.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// What the names of its files end in.
    pub extension: &'static str,
    /// Who reads it, and what is in it.
    pub what: &'static str,
    write: Writer,
}

#[derive(Debug, Clone, Copy)]
enum Writer {
    Plain(fn(&Report, &mut dyn Write) -> io::Result<()>),
    LaidOut(fn(&Report, &TextOptions, &mut dyn Write) -> io::Result<()>),
    Placed(fn(&Report, Option<&Lines>, &mut dyn Write) -> io::Result<()>),
    Binary(fn(&Report, &mut dyn Write) -> io::Result<()>),
    Folder(fn(&Report, &mut dyn FileWriter) -> io::Result<()>),
}

impl Format {
    /// What is written where nothing else is asked for.
    pub const TEXT: Self = Self {
        name: "text",
        extension: "txt",
        what: "a person at a terminal: passes are counted, long lists are cut",
        write: Writer::LaidOut(text::write),
    };

    /// Every format, those for people first.
    pub const ALL: &[Self] = &[
        Self::TEXT,
        Self::new("html", "html", "a person at a browser: one file, no request leaves it", html::write),
        Self::new("md", "md", "a pull request or the summary of a job: what failed, short", markdown::write),
        Self::new("csv", "csv", "spreadsheets and auditors: a row for every result", csv::write),
        Self {
            name: "compliance",
            extension: "",
            what: "auditors: a folder with a CSV per edition of a framework, a summary and a manifest",
            write: Writer::Folder(compliance::write),
        },
        Self {
            name: "xlsx",
            extension: "xlsx",
            what: "auditors with a spreadsheet: the same tables as the sheets of one workbook",
            write: Writer::Binary(xlsx::write),
        },
        Self::new("json", "json", "programs: all there is, and it can be read back", json::write),
        Self::new("ndjson", "ndjson", "log shippers: a line of JSON for every result", ndjson::write),
        Self::new("junit", "xml", "the test page of a CI system: a case for every result", junit::write),
        Self::new("ocsf", "ocsf.json", "a SIEM or a data lake: OCSF Compliance Findings", ocsf::write),
        Self::new("asff", "asff.json", "AWS Security Hub: findings in its format", asff::write),
        Self {
            name: "sarif",
            extension: "sarif",
            what: "code scanning, such as GitHub's: at the lines of the saved snapshot",
            write: Writer::Placed(sarif::write),
        },
    ];

    const fn new(
        name: &'static str,
        extension: &'static str,
        what: &'static str,
        write: fn(&Report, &mut dyn Write) -> io::Result<()>,
    ) -> Self {
        Self { name, extension, what, write: Writer::Plain(write) }
    }

    /// Writes `report`. The options concern the text only.
    ///
    /// # Errors
    /// What `out` says.
    pub fn write(&self, report: &Report, options: &TextOptions, out: &mut dyn Write) -> io::Result<()> {
        match self.write {
            Writer::Plain(write) | Writer::Binary(write) => write(report, out),
            Writer::LaidOut(write) => write(report, options, out),
            Writer::Placed(write) => write(report, None, out),
            Writer::Folder(_) => Err(io::Error::other(format!("`{}` is a folder of files", self.name))),
        }
    }

    /// Whether it names lines of the saved snapshot, where there is one.
    pub fn names_lines(&self) -> bool {
        matches!(self.write, Writer::Placed(_))
    }

    /// The same as [`write`](Self::write), with the lines of the saved snapshot where the format names them.
    ///
    /// # Errors
    /// What `out` says.
    pub fn write_with_lines(
        &self,
        report: &Report,
        options: &TextOptions,
        lines: Option<&Lines>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match self.write {
            Writer::Placed(write) => write(report, lines, out),
            _ => self.write(report, options, out),
        }
    }

    /// Whether it is a folder of files.
    pub fn is_folder(&self) -> bool {
        matches!(self.write, Writer::Folder(_))
    }

    /// Whether it is no text, so that a terminal is no place for it.
    pub fn is_binary(&self) -> bool {
        matches!(self.write, Writer::Binary(_))
    }

    /// Writes the files of a format that [is a folder](Self::is_folder).
    ///
    /// # Errors
    /// What `files` says, or that the format is one file.
    pub fn write_folder(&self, report: &Report, files: &mut dyn FileWriter) -> io::Result<()> {
        match self.write {
            Writer::Folder(write) => write(report, files),
            _ => Err(io::Error::other(format!("`{}` is one file", self.name))),
        }
    }

    /// The names of all formats, to list them or to suggest the closest.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().map(|format| format.name)
    }
}

/// Two of one name are one.
impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Format {}

/// A name that no format has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown format `{name}`; known: {}", Format::names().collect::<Vec<_>>().join(", "))]
pub struct UnknownFormat {
    /// The name that was given.
    pub name: String,
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let found = Self::ALL.iter().copied().find(|format| format.name == name);
        found.ok_or_else(|| UnknownFormat { name: name.to_owned() })
    }
}
