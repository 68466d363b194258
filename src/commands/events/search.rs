//! `forewarn events search`: events that pass a filter, or how many of each kind.

mod page;

use std::borrow::Cow;
use std::io::{self, Write};

use anyhow::anyhow;
use forewarn_events::Event;
use forewarn_findings::Redactor;
use forewarn_reports::inert;
use forewarn_reports::json::compact;
use forewarn_store::{Cell, Error, Field, Filter, Hit, Kind, Name, Shape, Sheet, Store, TABLE};
use jiff::Timestamp;

use super::{failed, pointed, redact, rows, threads, warn_of_unread};
use crate::assessment::redaction;
use crate::cli::{RowForm, RowTarget, Search};
use crate::commands::print;
use crate::exit::{Exit, Failed};
use crate::output::{check_files, suggestion};
use crate::terminal::Terminal;

/// Events in a table, unless more are asked for.
const SHOWN: u64 = 100;

pub(super) fn run(asked: &Search, terminal: &Terminal) -> Result<Exit, Failed> {
    let text = asked.filter.join(" ");
    let filter =
        Filter::parse(&text, Timestamp::now()).map_err(|error| Failed::usage(anyhow!("{}", pointed(&text, &error))))?;
    let by = asked.by.iter().map(|word| name(word)).collect::<Result<Vec<_>, _>>()?;
    if asked.print_sql {
        return print(|out| writeln!(out, "{}", filter.statement(TABLE, &by)));
    }
    let RowTarget { form, path } = &asked.format;
    check_files(path.as_deref().map(|path| Some((path, "parquet"))).into_iter(), None).map_err(Failed::usage)?;
    let store = Store::open(&asked.kept.store).map_err(failed)?;
    warn_of_unread(&store, terminal)?;
    let redaction = redaction(&asked.redact).map_err(Failed::usage)?;
    let mut names = redaction.as_ref().map(redact::redactor);
    if !by.is_empty() {
        return count(&store, &filter, &by, asked, names.as_mut());
    }
    let limit = match asked.limit {
        Some(0) => u64::MAX,
        Some(limit) => limit,
        None if *form == RowForm::Table => SHOWN,
        None => u64::MAX,
    };
    let mut outcome = Ok(0);
    let written = rows::to(&asked.format, |out| {
        let written = match form {
            RowForm::Table => page::table(out, &store, &filter, limit, names.as_mut()),
            RowForm::Json => {
                each(&store, &filter, &[Field::Raw], limit, |hit| writeln!(out, "{}", record(hit, names.as_mut())?))
            }
            RowForm::Csv => csv(out, &store, &filter, limit, names.as_mut()),
            RowForm::Parquet => parquet(out, &store, &filter, limit, names.as_mut()),
        };
        match written {
            // What went wrong with the output is told to its owner, the rest to ours.
            Err(Stopped::Write(error)) => Err(error),
            Err(Stopped::Store(error)) => {
                outcome = Err(error);
                Err(io::Error::other("the store cannot be read"))
            }
            Ok(found) => {
                outcome = Ok(found);
                Ok(())
            }
        }
    });
    let found = outcome.map_err(failed)?;
    written.map_err(Failed::internal)?;
    terminal.note(&match found {
        0 => "no event passes".to_owned(),
        1 => "1 event passes".to_owned(),
        found if found > limit => format!("{found} events pass; the first {limit} are shown, --limit 0 shows all"),
        found => format!("{found} events pass"),
    });
    Ok(Exit::Clean)
}

/// What ends a search early.
enum Stopped {
    Store(Error),
    Write(io::Error),
}

/// Writes each event that passes, up to a limit; how many pass.
fn each(
    store: &Store,
    filter: &Filter,
    fields: &[Field],
    limit: u64,
    mut write: impl FnMut(&Hit<'_>) -> io::Result<()>,
) -> Result<u64, Stopped> {
    let (mut shown, mut outcome) = (0, Ok(()));
    let found = store.search(filter, fields, threads(), |hit| {
        if shown >= limit {
            return false;
        }
        shown += 1;
        outcome = write(hit);
        outcome.is_ok()
    });
    outcome.map_err(Stopped::Write)?;
    found.map_err(Stopped::Store)
}

/// A text of an event, with stand-ins where they are wanted.
fn shown<'h>(hit: &'h Hit<'_>, field: Field, names: Option<&mut Redactor<'_>>) -> Option<Cow<'h, str>> {
    let text = hit.text(field)?;
    Some(match names {
        Some(by) => redact::column(by, field, text).into(),
        None => text.into(),
    })
}

/// The record on a line, without credentials.
fn record(hit: &Hit<'_>, names: Option<&mut Redactor<'_>>) -> io::Result<String> {
    let mut line = Vec::new();
    compact(&Event::parse(hit.text(Field::Raw).unwrap_or_default())?, &mut line)?;
    let line = String::from_utf8(line).map_err(io::Error::other)?;
    Ok(match names {
        Some(by) => redact::column(by, Field::Raw, &line),
        None => line,
    })
}

fn csv(
    out: &mut dyn Write,
    store: &Store,
    filter: &Filter,
    limit: u64,
    mut names: Option<&mut Redactor<'_>>,
) -> Result<u64, Stopped> {
    let fields: Vec<Field> =
        Field::ALL.iter().copied().filter(|field| !matches!(field, Field::Raw | Field::RawHash)).collect();
    let mut rows = forewarn_reports::csv::Rows::new(out);
    rows.row(fields.iter().map(|field| field.name())).map_err(Stopped::Write)?;
    each(store, filter, &fields, limit, |hit| {
        let cell = |field: &Field| match field.kind() {
            Kind::Text => shown(hit, *field, names.as_deref_mut()).unwrap_or_default(),
            _ => hit.value(Name::Column(*field)).unwrap_or_default().into(),
        };
        rows.row(fields.iter().map(cell))
    })
}

/// The columns of the store, as any engine reads them; credentials are taken away from the record.
fn parquet(
    out: &mut dyn Write,
    store: &Store,
    filter: &Filter,
    limit: u64,
    mut names: Option<&mut Redactor<'_>>,
) -> Result<u64, Stopped> {
    let columns: Vec<(&str, Shape)> =
        Field::ALL.iter().map(|field| (field.name(), Shape::from(field.kind()))).collect();
    let mut sheet = Sheet::new(out, &columns).map_err(Stopped::Write)?;
    let found = each(store, filter, Field::ALL, limit, |hit| {
        let record = record(hit, names.as_deref_mut())?;
        let mut text = |field: &Field| shown(hit, *field, names.as_deref_mut());
        let texts: Vec<_> =
            Field::ALL.iter().map(|field| if *field == Field::Raw { None } else { text(field) }).collect();
        let is_open = names.is_none();
        let cells = Field::ALL.iter().zip(&texts).map(|(field, text)| match (field, field.kind()) {
            (Field::Raw, _) => Cell::Text(&record),
            // It would say what the record was.
            (Field::RawHash, _) if !is_open => Cell::Null,
            (_, Kind::Text) => text.as_deref().map_or(Cell::Null, Cell::Text),
            (_, Kind::Flag) => hit.flag(*field).map_or(Cell::Null, Cell::Flag),
            (_, Kind::Number) => Cell::Number(hit.number(*field)),
            (_, Kind::Time) => Cell::Time(hit.number(*field)),
        });
        sheet.row(cells)
    })?;
    sheet.finish().map_err(Stopped::Write)?;
    Ok(found)
}

fn count(
    store: &Store,
    filter: &Filter,
    by: &[Name],
    asked: &Search,
    names: Option<&mut Redactor<'_>>,
) -> Result<Exit, Failed> {
    let counts = store.count_by(filter, by, threads()).map_err(failed)?;
    let mut counts: Vec<(Vec<Option<String>>, u64)> = counts.into_iter().collect();
    // Times go by their order, everything else by how often it is.
    if !matches!(by, [Name::Day | Name::Hour, ..]) {
        counts.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    }
    if let Some(names) = names {
        for (values, _) in &mut counts {
            for (name, value) in by.iter().zip(values) {
                *value = value.take().map(|value| redact::counted(names, *name, &value));
            }
        }
    }
    let limit = asked.limit.filter(|limit| *limit > 0).unwrap_or(u64::MAX);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let words: Vec<&str> = by.iter().map(|name| name.word()).collect();
    let shown = counts.get(..limit.min(counts.len())).unwrap_or_default();
    rows::to(&asked.format, |out| match asked.format.form {
        RowForm::Table => page::counts(out, &words, shown, counts.len()),
        RowForm::Json => shown.iter().try_for_each(|(values, count)| {
            let mut line = serde_json::Map::new();
            for (word, value) in words.iter().zip(values) {
                line.insert((*word).to_owned(), value.clone().into());
            }
            line.insert("count".to_owned(), (*count).into());
            compact(&line, out)?;
            writeln!(out)
        }),
        RowForm::Parquet => {
            let columns: Vec<(&str, Shape)> =
                words.iter().map(|word| (*word, Shape::Text)).chain([("count", Shape::Number)]).collect();
            let mut sheet = Sheet::new(out, &columns)?;
            for (values, count) in shown {
                let values = values.iter().map(|value| value.as_deref().map_or(Cell::Null, Cell::Text));
                sheet.row(values.chain([Cell::Number(i64::try_from(*count).unwrap_or(i64::MAX))]))?;
            }
            sheet.finish()
        }
        RowForm::Csv => {
            let mut rows = forewarn_reports::csv::Rows::new(out);
            rows.row(words.iter().copied().chain(["count"]))?;
            shown.iter().try_for_each(|(values, count)| {
                let values = values.iter().map(|value| value.clone().unwrap_or_default());
                rows.row(values.chain([count.to_string()]))
            })
        }
    })
    .map_err(Failed::internal)?;
    Ok(Exit::Clean)
}

fn name(word: &str) -> Result<Name, Failed> {
    Name::of(&word.to_ascii_lowercase()).ok_or_else(|| {
        let shown = inert(word);
        let hint = match suggestion(word, Name::words()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("there are {}", Name::words().collect::<Vec<_>>().join(", ")),
        };
        Failed::usage(anyhow!("there is no field `{shown}` to count by; {hint}"))
    })
}
