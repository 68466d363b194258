//! Report formats, one folder each.
//!
//! A [`Report`] goes in, bytes come out; the same report gives the same bytes. Each format owns its wire types, so that
//! a change of the model cannot change a file that others read. Names, tags and messages come from the audited accounts
//! and are hostile: no format passes on a control character, and none lets a name become a formula or a command.
//!
//! | format | for | lossless |
//! |---|---|---|
//! | [`text`] | a person at a terminal | no: passes are counted, long lists are cut |
//! | [`json`] | programs; [`json::read`] gives the report back | yes |
//! | [`html`] | people at a browser: one file, no request leaves it | no: the json has more of a run |
//! | [`csv`] | spreadsheets and auditors, a row for every result | no: no coverage |

use std::io::{self, Write};
use std::str::FromStr;

use forewarn_findings::Report;

pub mod csv;
pub mod html;
mod inert;
pub mod json;
pub mod text;
pub mod words;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

pub use inert::inert;
pub use json::{ReadError, read, schema};
pub use text::{Line, Page, TextOptions, styles};

/// A format that a report can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For a person at a terminal.
    Text,
    /// Lossless, for programs.
    Json,
    /// For spreadsheets, a row for every result.
    Csv,
    /// For a person at a browser.
    Html,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Text, Self::Json, Self::Csv, Self::Html];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Html => "html",
        }
    }

    /// The names of all formats, to list them or to suggest the closest.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().map(Self::name)
    }
}

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
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| UnknownFormat { name: name.to_owned() })
    }
}

/// Writes `report` in `format`. The options concern the text only.
///
/// # Errors
/// What `out` says.
pub fn write(format: Format, report: &Report, options: &TextOptions, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => text::write(report, options, out),
        Format::Json => json::write(report, out),
        Format::Csv => csv::write(report, out),
        Format::Html => html::write(report, out),
    }
}
