//! What is wrong with a statement, in our words and with its place.

use datafusion::common::{DataFusionError, SchemaError};
use datafusion::sql::sqlparser::parser::ParserError;
use forewarn_store::Error as StoreError;

/// A statement that has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not read, or asks for what is not there.
    #[error("{message}")]
    Statement {
        /// What is wrong.
        message: String,
        /// Where, where that is known.
        place: Option<Place>,
    },
    /// It needs more memory or temporary files than it may have.
    #[error("the statement needs more than {limit} MB of memory; ask for less, or raise --memory")]
    Memory {
        /// What it may have.
        limit: usize,
    },
    /// It worked for some rows, then a value did not fit.
    #[error("the statement broke off: {0}")]
    Run(String),
    /// The store cannot be read.
    #[error(transparent)]
    Store(StoreError),
    /// The one who asked has ended it.
    #[error("interrupted")]
    Interrupted,
}

/// A place in a statement: line and column, from 1, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: u64,
    /// The column.
    pub column: u64,
}

impl Error {
    pub(crate) fn refused(message: &str) -> Self {
        Self::Statement { message: message.to_owned(), place: None }
    }

    /// What the engine says before anything is read.
    pub(crate) fn planned(error: &DataFusionError) -> Self {
        let place = error.diagnostic().and_then(|found| found.span).map(|span| span.start);
        let place = place.map(|at| Place { line: at.line, column: at.column }).filter(|at| at.line > 0);
        match error.find_root() {
            DataFusionError::SQL(error, _) => {
                let (ParserError::TokenizerError(said) | ParserError::ParserError(said)) = error.as_ref() else {
                    return Self::refused("the statement is nested too deeply");
                };
                let (said, place) = located(said);
                Self::Statement { message: format!("the statement does not read: {}", decapitalised(said)), place }
            }
            DataFusionError::SchemaError(error, _) => Self::Statement { message: schema(error), place },
            other => {
                let said = plain(other);
                let table = said.split_once("table '").and_then(|(_, rest)| rest.split_once("' not found"));
                let message = match table {
                    Some((name, _)) => {
                        let name = name.rsplit('.').next().unwrap_or(name);
                        format!("there is no table `{name}`; the events are `{}`", forewarn_store::TABLE)
                    }
                    None if said.contains("require unique expression names") => {
                        "two columns have one name; give one of them another with AS".to_owned()
                    }
                    None => format!("the statement cannot be understood: {said}"),
                };
                Self::Statement { message, place }
            }
        }
    }

    /// What the engine says while it works.
    pub(crate) fn ran(error: DataFusionError, limit: usize) -> Self {
        match innermost(error) {
            Ok(store) => Self::Store(store),
            Err(error) => match error.find_root() {
                DataFusionError::ResourcesExhausted(_) => Self::Memory { limit: limit >> 20 },
                other => Self::Run(plain(other)),
            },
        }
    }
}

/// The error of the store that is at the bottom of one of the engine.
fn innermost(error: DataFusionError) -> Result<StoreError, DataFusionError> {
    match error {
        DataFusionError::External(inner) => match inner.downcast::<StoreError>() {
            Ok(store) => Ok(*store),
            Err(inner) => Err(DataFusionError::External(inner)),
        },
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => innermost(*inner),
        other => Err(other),
    }
}

/// The place that a message of the parser ends in.
fn located(said: &str) -> (&str, Option<Place>) {
    let read = || {
        let (before, rest) = said.split_once(" at Line: ")?;
        let (line, rest) = rest.split_once(", Column: ")?;
        let column: String = rest.chars().take_while(char::is_ascii_digit).collect();
        Some((before, Place { line: line.parse().ok()?, column: column.parse().ok()? }))
    };
    read().map_or((said, None), |(before, place)| (before, Some(place)))
}

fn schema(error: &SchemaError) -> String {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let known = || valid_fields.iter().map(|field| field.name.as_str());
            let close = known()
                .map(|name| (strsim::jaro_winkler(&field.name, name), name))
                .filter(|(likeness, _)| *likeness > 0.75)
                .max_by(|(one, _), (other, _)| one.total_cmp(other));
            match close {
                Some((_, name)) => format!("there is no column `{}`; did you mean `{name}`?", field.name),
                None => format!("there is no column `{}`; `forewarn events ddl` lists them", field.name),
            }
        }
        SchemaError::AmbiguousReference { field } => {
            format!("`{}` could be a column of more than one table; put the table before it", field.name)
        }
        SchemaError::DuplicateQualifiedField { name, .. } | SchemaError::DuplicateUnqualifiedField { name } => {
            format!("two columns are called `{name}`; give one of them another name with AS")
        }
    }
}

/// The engine's sentence without its kind and its asides.
fn plain(error: &DataFusionError) -> String {
    let said = error.message();
    let said = said.lines().next().unwrap_or_default();
    let said = said.split(". This issue was likely caused").next().unwrap_or(said);
    decapitalised(said.trim_end_matches('.'))
}

fn decapitalised(said: &str) -> String {
    let mut chars = said.chars();
    let first = chars.next().map(|c| c.to_lowercase().to_string()).unwrap_or_default();
    first + chars.as_str()
}
