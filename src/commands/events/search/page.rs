//! Found events and counts for people.

use std::borrow::Cow;
use std::io::{self, Write};

use anstyle::Style;
use forewarn_findings::Redactor;
use forewarn_reports::{Line, Page, inert, styles};
use forewarn_store::{Field, Filter, Hit, Store};
use unicode_width::UnicodeWidthStr as _;

use super::{Stopped, each};
use crate::terminal::Terminal;

/// The widest bar of a histogram.
const BAR: u64 = 30;

/// A line for each event: when, who, from where, what, what came of it.
pub(super) fn table(
    out: &mut dyn Write,
    store: &Store,
    filter: &Filter,
    limit: u64,
    mut names: Option<&mut Redactor<'_>>,
) -> Result<u64, Stopped> {
    const FIELDS: [Field; 15] = [
        Field::StatusId,
        Field::Operation,
        Field::Service,
        Field::Error,
        Field::User,
        Field::UserName,
        Field::Session,
        Field::Issuer,
        Field::SourceIdentity,
        Field::InvokedBy,
        Field::Ip,
        Field::Domain,
        Field::Account,
        Field::Region,
        Field::Resources,
    ];
    let mut page = Page::new(out, Terminal::width(), Terminal::color());
    each(store, filter, &FIELDS, limit, |hit| {
        event(&mut page, hit, &mut |field| super::shown(hit, field, names.as_deref_mut()).map(Cow::into_owned))
    })
}

/// The texts of an event.
type Texts<'t> = dyn FnMut(Field) -> Option<String> + 't;

fn event(page: &mut Page<'_>, hit: &Hit<'_>, text: &mut Texts<'_>) -> io::Result<()> {
    let shown = |text: Option<String>| inert(&text.unwrap_or_default()).into_owned();
    let service = shown(text(Field::Service));
    let service = service.strip_suffix(".amazonaws.com").unwrap_or(&service);
    let action = format!("{service}:{}", shown(text(Field::Operation)));
    let from = shown(text(Field::Ip).or_else(|| text(Field::Domain)));
    let time = hit.time().map_or_else(String::new, |at| at.strftime("%Y-%m-%d %H:%M:%S").to_string());
    let mut line = Line::default()
        .styled(styles::DIM, &time)
        .padded(Style::new(), &who(text), 24)
        .padded(Style::new(), &from, 15)
        .styled(styles::BOLD, &action);
    if hit.failed() {
        let error = text(Field::Error);
        line = line.styled(styles::WARN, error.as_ref().map_or("refused", |_| "refused:"));
        line = line.styled(styles::WARN, &shown(error));
    }
    let place = format!("{} {}", shown(text(Field::Account)), shown(text(Field::Region)));
    page.hang(0, 4, &line.styled(styles::DIM, place.trim()))?;
    let resources = text(Field::Resources).unwrap_or_default();
    let resources: Vec<&str> = resources.lines().collect();
    if resources.is_empty() {
        return Ok(());
    }
    let some: Vec<String> = resources.iter().take(4).map(|one| inert(one).into_owned()).collect();
    let more = resources.len() - some.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    page.hang(4, 6, &Line::default().styled(styles::DIM, &format!("{}{more}", some.join(", "))))
}

/// The shortest name that says who it was: of a session its role too.
fn who(text: &mut Texts<'_>) -> String {
    let name = match (text(Field::Session), text(Field::UserName)) {
        (Some(session), Some(role)) => format!("{}/{}", role, text(Field::SourceIdentity).unwrap_or(session)),
        (Some(session), None) => session,
        (None, Some(name)) => name,
        (None, None) => text(Field::User).or_else(|| text(Field::InvokedBy)).unwrap_or_else(|| "-".to_owned()),
    };
    inert(&name).into_owned()
}

/// How many of each, with a bar.
pub(super) fn counts(
    out: &mut dyn Write,
    words: &[&str],
    counts: &[(Vec<Option<String>>, u64)],
    all: usize,
) -> io::Result<()> {
    let mut page = Page::new(out, Terminal::width(), Terminal::color());
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1);
    let shown =
        |value: &Option<String>| value.as_deref().map_or_else(|| "-".to_owned(), |text| inert(text).into_owned());
    let wide: Vec<usize> = words
        .iter()
        .enumerate()
        .map(|(column, word)| {
            let values = counts.iter().filter_map(|(values, _)| values.get(column)).map(|value| shown(value).width());
            values.max().unwrap_or(0).max(word.width()).min(60)
        })
        .collect();
    let mut head = Line::default();
    for (word, width) in words.iter().zip(&wide) {
        head = head.padded(styles::DIM, word, *width);
    }
    page.put(0, &head.right(styles::DIM, "events", 9))?;
    for (values, count) in counts {
        let mut line = Line::default();
        for (value, width) in values.iter().zip(&wide) {
            line = line.padded(Style::new(), &shown(value), *width);
        }
        let bar = usize::try_from((count * BAR).div_ceil(most)).unwrap_or_default();
        line = line.right(styles::BOLD, &count.to_string(), 9).styled(styles::DIM, &"▇".repeat(bar));
        page.put(0, &line)?;
    }
    if all > counts.len() {
        page.put(0, &Line::default().styled(styles::DIM, &format!("and {} more", all - counts.len())))?;
    }
    Ok(())
}
