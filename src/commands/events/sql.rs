//! `forewarn events sql`: the answer to a statement, in the forms of a search.

use std::io::{self, Read as _, Write};

use anstyle::Style;
use anyhow::{Context as _, anyhow};
use forewarn_reports::json::compact;
use forewarn_reports::{Line, Page, inert, styles};
use forewarn_sql::{Answer, Error, Heading, Options, Place, Rows, Value, ask};
use forewarn_store::{Cell, Shape, Sheet, Store};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use unicode_width::UnicodeWidthStr as _;

use super::{failed, rows, threads, warn_of_unread};
use crate::cli::{RowForm, Sql};
use crate::exit::{Exit, Failed};
use crate::output::check_files;
use crate::terminal::Terminal;

/// Rows in a table, unless more are asked for.
const SHOWN: u64 = 100;

/// The widest column of a table.
const WIDE: usize = 60;

pub(super) fn run(asked: &Sql, terminal: &Terminal) -> Result<Exit, Failed> {
    let mut statement = asked.statement.clone();
    if statement == "-" {
        statement.clear();
        let read = io::stdin().lock().take(1 << 20).read_to_string(&mut statement);
        read.context("cannot read the statement").map_err(Failed::usage)?;
    }
    let path = asked.format.path.as_deref();
    check_files(path.map(|path| Some((path, "parquet"))).into_iter(), None).map_err(Failed::usage)?;
    let store = Store::open(&asked.kept.store).map_err(failed)?;
    warn_of_unread(&store, terminal)?;
    let form = asked.format.form;
    let limit = match asked.limit {
        Some(0) => u64::MAX,
        Some(limit) => limit,
        None if form == RowForm::Table => SHOWN,
        None => u64::MAX,
    };
    let memory = usize::try_from(asked.memory).unwrap_or(usize::MAX).saturating_mul(1 << 20);
    let options = Options { threads: threads(), memory, now: Timestamp::now() };
    let (mut shown, mut outcome) = (0, Ok(()));
    let written = rows::to(&asked.format, |out| {
        let mut out = Some(out);
        let mut writer = None;
        let stop = async {
            // Where the signal cannot be heard, it ends the process as it always does.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let found = ask(store, &statement, options, stop, |answer, rows| -> io::Result<bool> {
            if let Some(out) = out.take() {
                writer = Some(Writer::begin(form, out, answer)?);
            }
            let (Some(rows), Some(writer)) = (rows, &mut writer) else { return Ok(true) };
            for row in 0..rows.count() {
                shown += 1;
                if shown > limit {
                    // One more than is shown says that there are more.
                    return Ok(false);
                }
                writer.row(answer, rows, row)?;
            }
            Ok(true)
        });
        match found {
            Ok(written) => written.and_then(|()| writer.map_or(Ok(()), Writer::end)),
            Err(error) => {
                outcome = Err(error);
                Err(io::Error::other("there is no answer"))
            }
        }
    });
    outcome.map_err(|error| told(&statement, error))?;
    written.map_err(Failed::internal)?;
    if shown > limit {
        terminal.note(&format!("there are more rows; the first {limit} are shown, --limit 0 shows all"));
    } else {
        terminal.note(&format!("{shown} row{}", if shown == 1 { "" } else { "s" }));
    }
    Ok(Exit::Clean)
}

/// The error in the words of the command line, with the line of the statement and a caret under the place.
fn told(statement: &str, error: Error) -> Failed {
    match error {
        Error::Statement { message, place } => {
            let shown = inert(&message);
            match place.and_then(|place| pointed(statement, place)) {
                Some(lines) => Failed::usage(anyhow!("{shown}\n{lines}")),
                None => Failed::usage(anyhow!("{shown}")),
            }
        }
        Error::Run(said) => Failed::usage(anyhow!("the statement broke off: {}", inert(&said))),
        Error::Memory { .. } => Failed::usage(error),
        Error::Store(error) => failed(error),
        Error::Interrupted => Failed { exit: Exit::Interrupted, error: error.into() },
    }
}

fn pointed(statement: &str, place: Place) -> Option<String> {
    let line = statement.lines().nth(usize::try_from(place.line).ok()?.checked_sub(1)?)?;
    let before: String = line.chars().take(usize::try_from(place.column).ok()?.checked_sub(1)?).collect();
    Some(format!("  {}\n  {}^", inert(line), " ".repeat(inert(&before).width())))
}

/// A form on its way.
enum Writer<'w> {
    /// The rows are kept until the widths are known.
    Table(&'w mut dyn Write, Vec<Heading>, Vec<Vec<String>>),
    Json(&'w mut dyn Write),
    Csv(forewarn_reports::csv::Rows<'w>),
    Parquet(Sheet<'w>),
}

impl<'w> Writer<'w> {
    fn begin(form: RowForm, out: &'w mut dyn Write, answer: &Answer) -> io::Result<Self> {
        let names = || answer.columns.iter().map(|column| column.name.as_str());
        Ok(match form {
            RowForm::Table => Self::Table(out, answer.columns.clone(), Vec::new()),
            RowForm::Json => Self::Json(out),
            RowForm::Csv => {
                let mut rows = forewarn_reports::csv::Rows::new(out);
                rows.row(names())?;
                Self::Csv(rows)
            }
            RowForm::Parquet => {
                let columns: Vec<(&str, Shape)> =
                    names().zip(answer.columns.iter().map(|column| column.shape)).collect();
                Self::Parquet(Sheet::new(out, &columns)?)
            }
        })
    }

    fn row(&mut self, answer: &Answer, rows: &Rows, row: usize) -> io::Result<()> {
        let values: Vec<Value> = (0..answer.columns.len()).map(|column| rows.value(column, row)).collect();
        match self {
            Self::Table(_, _, kept) => {
                kept.push(values.iter().map(|value| text(value).unwrap_or_else(|| "-".to_owned())).collect());
                Ok(())
            }
            Self::Json(out) => {
                compact(&Named(&answer.columns, &values), out)?;
                writeln!(out)
            }
            Self::Csv(rows) => rows.row(values.iter().map(|value| text(value).unwrap_or_default())),
            Self::Parquet(sheet) => sheet.row(values.iter().map(cell)),
        }
    }

    fn end(self) -> io::Result<()> {
        match self {
            Self::Table(out, columns, kept) => table(out, &columns, &kept),
            Self::Json(_) | Self::Csv(_) => Ok(()),
            Self::Parquet(sheet) => sheet.finish(),
        }
    }
}

fn cell(value: &Value) -> Cell<'_> {
    match value {
        Value::Null => Cell::Null,
        Value::Text(text) => Cell::Text(text),
        Value::Number(number) => Cell::Number(*number),
        Value::Real(number) => Cell::Real(*number),
        Value::Flag(flag) => Cell::Flag(*flag),
        Value::Time(millis) => Cell::Time(*millis),
        Value::Day(days) => Cell::Day(*days),
    }
}

/// A value as text; `None` = there is none.
fn text(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::Time(millis) => {
            Timestamp::from_millisecond(*millis).map_or_else(|_| millis.to_string(), |at| at.to_string())
        }
        Value::Day(days) => {
            let epoch = Date::constant(1970, 1, 1);
            let day = epoch.checked_add(jiff::Span::new().try_days(*days).unwrap_or_default());
            day.map_or_else(|_| days.to_string(), |day| day.to_string())
        }
    })
}

/// A row as an object, its keys in the order of the columns.
struct Named<'r>(&'r [Heading], &'r [Value]);

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (column, value) in self.0.iter().zip(self.1) {
            match value {
                Value::Number(number) => map.serialize_entry(&column.name, number)?,
                Value::Real(number) => map.serialize_entry(&column.name, number)?,
                Value::Flag(flag) => map.serialize_entry(&column.name, flag)?,
                other => map.serialize_entry(&column.name, &text(other))?,
            }
        }
        map.end()
    }
}

fn table(out: &mut dyn Write, columns: &[Heading], kept: &[Vec<String>]) -> io::Result<()> {
    let mut page = Page::new(out, Terminal::width(), Terminal::color());
    let wide = |column: usize, name: &str| {
        let values = kept.iter().filter_map(|row| row.get(column)).map(|text| inert(text).width());
        values.max().unwrap_or(0).max(inert(name).width()).min(WIDE)
    };
    let widths: Vec<usize> = columns.iter().enumerate().map(|(at, column)| wide(at, &column.name)).collect();
    let line = |style: Style, cells: &mut dyn Iterator<Item = &str>| {
        let mut line = Line::default();
        for ((cell, width), column) in cells.zip(&widths).zip(columns) {
            line = match column.shape {
                Shape::Number | Shape::Real => line.right(style, cell, *width),
                _ => line.padded(style, cell, *width),
            };
        }
        line
    };
    page.put(0, &line(styles::DIM, &mut columns.iter().map(|column| column.name.as_str())))?;
    kept.iter().try_for_each(|row| page.hang(0, 4, &line(Style::new(), &mut row.iter().map(String::as_str))))
}
