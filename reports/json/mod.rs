//! The lossless format: what is written can be [read] back into the same report.
//!
//! [`schema`] describes it (JSON Schema, draft 2020-12). `schema_version` is `major.minor`: a new minor adds fields, a
//! new major changes what is there. Hidden characters in names are written as `\uXXXX`, so that the file is safe to look
//! at in a terminal.

mod compact;
mod pretty;
mod results;
pub(crate) mod wire;

use std::io::{self, BufWriter, IntoInnerError, Read, Write};

use forewarn_findings::Report;
use serde::Deserialize;
use serde_json::Value;

pub use self::compact::compact;

/// The version of the format.
pub const SCHEMA_VERSION: &str = "1.5";

/// Writes `report`, some results at a time.
///
/// # Errors
/// What `out` says.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let document = wire::Document::of(report);
    gathered(&document.without_results(), pretty::Readable::with_results(report), out)
}

/// Writes a value as the reports are written: indented, with hidden characters as `\uXXXX`.
///
/// # Errors
/// What `out` says.
pub fn write_readable(value: &impl serde::Serialize, out: &mut dyn Write) -> io::Result<()> {
    gathered(value, pretty::Readable::default(), out)
}

fn gathered(value: &impl serde::Serialize, readable: pretty::Readable<'_>, out: &mut dyn Write) -> io::Result<()> {
    // A value is written in pieces of a few bytes.
    let mut gathered = BufWriter::with_capacity(GATHERED, out);
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut gathered, readable))?;
    gathered.write_all(b"\n")?;
    gathered.into_inner().map(|_| ()).map_err(IntoInnerError::into_error)
}

/// So many bytes are written at a time.
const GATHERED: usize = 64 << 10;

/// The JSON Schema of the format.
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(wire::Document<'static>);
    schema.insert("$id".to_owned(), format!("urn:forewarn:findings:{SCHEMA_VERSION}").into());
    schema.insert("title".to_owned(), "forewarn findings report".into());
    let mut schema = schema.to_value();
    tighten(&mut schema);
    format!("{schema:#}")
}

/// Every field is always written, so every field is required: one that may be null is null, not left out. Formats of
/// numbers, which only Rust knows, go.
fn tighten(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(tighten),
        Value::Object(fields) => {
            if fields.get("type") == Some(&"integer".into()) {
                fields.remove("format");
            }
            if fields.get("additionalProperties") == Some(&Value::Bool(false))
                && let Some(Value::Object(properties)) = fields.get("properties")
            {
                let names: Vec<String> = properties.keys().cloned().collect();
                fields.insert("required".to_owned(), names.into());
            }
            fields.values_mut().for_each(tighten);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Why a report could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file or stream broke off.
    #[error("the report cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is something else: there is no version in it.
    #[error(
        "this is not a findings report: it is no object with a `schema_version`; `forewarn audit -f json` writes one"
    )]
    NotAReport,
    /// A later forewarn wrote it.
    #[error(
        "the report has schema_version `{found}`, this forewarn reads up to {SCHEMA_VERSION}; update forewarn to read it"
    )]
    Newer {
        /// The version that it says.
        found: String,
    },
    /// The version is no version.
    #[error("schema_version `{found}` is not a version such as {SCHEMA_VERSION}")]
    NoVersion {
        /// What stands there.
        found: String,
    },
    /// A place in it is wrong.
    #[error("the report is broken at line {line}, column {column}: {what}")]
    Broken {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong there.
        what: String,
    },
}

/// All that must be known before the rest can be understood.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Header {
    schema_version: Option<Value>,
}

/// Reads a report back.
///
/// # Errors
/// See [`ReadError`]; a field that this version does not know is an error, never dropped.
pub fn read(mut input: impl Read) -> Result<Report, ReadError> {
    let mut text = Vec::new();
    input.read_to_end(&mut text)?;
    if text.trim_ascii_start().first() != Some(&b'{') {
        return Err(ReadError::NotAReport);
    }
    let header: Header = serde_json::from_slice(&text).map_err(|error| broken(&error))?;
    let found = match header.schema_version {
        None => return Err(ReadError::NotAReport),
        Some(Value::String(found)) => found,
        Some(other) => return Err(ReadError::NoVersion { found: other.to_string() }),
    };
    match (version(&found), version(SCHEMA_VERSION)) {
        (None, _) => return Err(ReadError::NoVersion { found }),
        (found_version, known) if found_version > known => return Err(ReadError::Newer { found }),
        _ => {}
    }
    let document: wire::Document<'_> = serde_json::from_slice(&text).map_err(|error| broken(&error))?;
    Ok(document.into_report())
}

/// `major.minor`.
fn version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn broken(error: &serde_json::Error) -> ReadError {
    let said = error.to_string();
    let what = said.rsplit_once(" at line ").map_or(said.as_str(), |(what, _)| what);
    let what = ["usize", "u64", "u32"].iter().fold(what.to_owned(), |what, number| {
        what.replace(&format!("expected {number}"), "expected a whole number that is not negative")
    });
    ReadError::Broken { line: error.line(), column: error.column(), what }
}

#[cfg(test)]
mod tests;
