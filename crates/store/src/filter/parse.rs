//! From text to a filter, with the place of what is wrong.

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::{Asks, Filter, FilterError, Glob, Name, Pattern, Term};
use crate::read::Span;

/// Names of the language that are no column.
const TIMES: [&str; 2] = ["since", "until"];

pub(super) fn filter(text: &str, now: Timestamp) -> Result<Filter, FilterError> {
    let mut filter = Filter { span: Span::ALL, terms: Vec::new() };
    let mut at = 0;
    while let Some(word) = word(text, &mut at)? {
        let Word { start, end, negated, field, values } = word;
        let fail = |message: String| FilterError { start, end, message };
        let Some(field) = field else {
            let Some(Value { text: said, quoted, .. }) = values.into_iter().next() else { continue };
            let asks = if said == "error" && !quoted { Asks::Failed } else { Asks::Text(said.to_lowercase()) };
            filter.terms.push(Term { negated, asks });
            continue;
        };
        let lower = field.to_ascii_lowercase();
        if TIMES.contains(&lower.as_str()) {
            if negated {
                return Err(fail(format!("`{lower}` cannot be turned around; use `since:` or `until:`")));
            }
            let [value] = values.as_slice() else { return Err(fail(format!("`{lower}` takes one time"))) };
            let instant = time(&value.text, now).ok_or_else(|| FilterError {
                start: value.start,
                end: value.end,
                message: format!(
                    "`{}` is no time; such as `7d`, `12h`, `2026-03-01` or `2026-03-01T10:00:00Z`",
                    value.text
                ),
            })?;
            match lower.as_str() {
                "since" => filter.span.since = Some(instant),
                _ => filter.span.until = Some(instant),
            }
            continue;
        }
        let name = Name::of(&lower).ok_or_else(|| FilterError {
            start: start + usize::from(negated),
            end: start + usize::from(negated) + field.len(),
            message: unknown(&field, &lower),
        })?;
        let patterns = values.iter().map(|value| pattern(name, value)).collect::<Result<_, _>>()?;
        filter.terms.push(Term { negated, asks: Asks::Has(name, patterns) });
    }
    Ok(filter)
}

fn unknown(field: &str, lower: &str) -> String {
    let known = || Name::words().chain(TIMES);
    let close = known()
        .map(|name| (strsim::jaro_winkler(lower, name), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    match close {
        Some((_, name)) => format!("there is no field `{field}`; did you mean `{name}`?"),
        None => format!(
            "there is no field `{field}`; there are {}. To look for the text itself, put it in quotes",
            known().collect::<Vec<_>>().join(", ")
        ),
    }
}

struct Value {
    text: String,
    quoted: bool,
    start: usize,
    end: usize,
}

struct Word {
    start: usize,
    end: usize,
    negated: bool,
    field: Option<String>,
    values: Vec<Value>,
}

/// Reads the next term.
fn word(text: &str, at: &mut usize) -> Result<Option<Word>, FilterError> {
    let rest = |at: usize| text.get(at..).unwrap_or_default();
    *at += rest(*at).len() - rest(*at).trim_start().len();
    let start = *at;
    if rest(start).is_empty() {
        return Ok(None);
    }
    let negated = rest(start).starts_with('-');
    *at += usize::from(negated);
    let name = rest(*at).split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').next().unwrap_or_default();
    let field =
        (!name.is_empty() && rest(*at + name.len()).starts_with(':') && !rest(*at + name.len()).starts_with("://"))
            .then(|| name.to_owned());
    if let Some(field) = &field {
        *at += field.len() + 1;
    }
    let mut values = Vec::new();
    loop {
        let value = value(text, at, field.is_some())?;
        let is_empty = value.text.is_empty();
        values.push(value);
        if is_empty {
            let message = match &field {
                Some(field) => format!("`{field}:` lacks a value; `{field}:*` means any"),
                None => "there is nothing to look for".to_owned(),
            };
            return Err(FilterError { start, end: (*at).max(start + 1), message });
        }
        if field.is_none() || !rest(*at).starts_with(',') {
            break;
        }
        *at += 1;
    }
    Ok(Some(Word { start, end: *at, negated, field, values }))
}

/// Reads a value, in quotes or up to white space; a comma ends it where several may stand.
fn value(text: &str, at: &mut usize, listed: bool) -> Result<Value, FilterError> {
    let start = *at;
    let rest = text.get(start..).unwrap_or_default();
    let Some(inside) = rest.strip_prefix('"') else {
        let ends = |c: char| c.is_whitespace() || listed && c == ',';
        let said = rest.split(ends).next().unwrap_or_default();
        *at += said.len();
        return Ok(Value { text: said.to_owned(), quoted: false, start, end: *at });
    };
    let mut said = String::new();
    let mut chars = inside.char_indices();
    while let Some((index, c)) = chars.next() {
        match c {
            '"' => {
                *at = start + index + 2;
                return Ok(Value { text: said, quoted: true, start, end: *at });
            }
            '\\' => said.extend(chars.next().map(|(_, c)| c)),
            c => said.push(c),
        }
    }
    Err(FilterError { start, end: text.len(), message: "the quote is not closed".to_owned() })
}

fn pattern(name: Name, value: &Value) -> Result<Pattern, FilterError> {
    if name == Name::Ip && value.text.contains('/') {
        return value.text.parse().map(Pattern::Network).map_err(|_| FilterError {
            start: value.start,
            end: value.end,
            message: format!("`{}` is no network; such as `198.51.100.0/24` or `2001:db8::/32`", value.text),
        });
    }
    // Flags are said as yes and no.
    let said = match value.text.to_ascii_lowercase().as_str() {
        "true" if matches!(name, Name::Column(field) if field.kind() == crate::Kind::Flag) => "yes".to_owned(),
        "false" if matches!(name, Name::Column(field) if field.kind() == crate::Kind::Flag) => "no".to_owned(),
        _ => value.text.clone(),
    };
    Ok(Pattern::Glob(Glob::new(&said)))
}

/// `7d` before now, a day or an instant.
fn time(said: &str, now: Timestamp) -> Option<Timestamp> {
    if let Some((count, unit)) = said.char_indices().last().and_then(|(at, unit)| Some((said.get(..at)?, unit)))
        && let Ok(count) = count.parse::<i64>()
    {
        let seconds = match unit {
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 7 * 86_400,
            _ => return None,
        };
        return now.checked_sub(SignedDuration::from_secs(count.checked_mul(seconds)?)).ok();
    }
    let day = || said.parse::<Date>().ok().and_then(|day| Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok());
    let local = || said.parse::<jiff::civil::DateTime>().ok().and_then(|at| Offset::UTC.to_timestamp(at).ok());
    said.parse().ok().or_else(|| if said.len() == 10 { day() } else { local() })
}
