//! Shared keys for people.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{self, Write};

use anstyle::Style;
use forewarn_events::{Seen, Suspicion, Unit};
use forewarn_reports::{Line, Page, styles};
use jiff::Timestamp;

use super::{Found, Told};
use crate::terminal::Terminal;

/// Places that are listed of one kind.
const SHOWN: usize = 6;

pub(super) fn write(out: &mut dyn Write, found: &Found<'_>, all: bool, to_terminal: bool) -> io::Result<()> {
    let (width, color) = if to_terminal { (Terminal::width(), Terminal::color()) } else { (120, false) };
    let mut page = Page::new(out, width, color);
    if !found.unread.is_empty() {
        page.put(0, &Line::default().styled(styles::WARN, "Not all was read, so not all uses are here:"))?;
        for unread in found.unread.iter().take(SHOWN) {
            page.hang(2, 4, &Line::of(&unread.source).styled(styles::DIM, &unread.why))?;
        }
        page.gap()?;
    }
    if found.keys.is_empty() {
        return page.put(0, &Line::of("No key was used in these events."));
    }
    let count = |of: Suspicion| found.keys.iter().filter(|key| key.verdict == of).count();
    let said = format!(
        "{} keys and persons in {} events: {} shared, {} perhaps, {} not seen to be, {} unknown",
        found.keys.len(),
        found.events,
        count(Suspicion::Shared),
        count(Suspicion::Maybe),
        count(Suspicion::NotSeen),
        count(Suspicion::Unknown)
    );
    page.put(0, &Line::default().styled(styles::BOLD, &said))?;
    for key in &found.keys {
        if all || matches!(key.verdict, Suspicion::Shared | Suspicion::Maybe) {
            page.gap()?;
            self::key(&mut page, key)?;
        }
    }
    Ok(())
}

fn key(page: &mut Page<'_>, key: &Told<'_>) -> io::Result<()> {
    let (style, verdict) = match key.verdict {
        Suspicion::Shared => (styles::BAD, "shared"),
        Suspicion::Maybe => (styles::WARN, "perhaps"),
        Suspicion::NotSeen => (Style::new(), "not seen"),
        Suspicion::Unknown => (styles::WARN, "unknown"),
    };
    let name = match key.unit {
        Unit::Key(id) => format!("access key {id}"),
        Unit::Sessions(person) => format!("sessions of {person}"),
    };
    let line = Line::default()
        .padded(style, verdict, 8)
        .right(styles::BOLD, &key.score.to_string(), 3)
        .styled(styles::BOLD, &name)
        .styled(styles::DIM, "account")
        .say(key.account);
    page.hang(0, 13, &line)?;
    for part in key.parts {
        page.hang(8, 17, &Line::default().right(style, &format!("+{}", part.points), 4).say(&part.reason))?;
        if let Some(turn) = &part.turn {
            let said = format!(
                "from {} to {}: events {}",
                utc(turn.first_time),
                utc(turn.last_time),
                turn.event_ids.join(", ")
            );
            page.hang(13, 15, &Line::default().styled(styles::DIM, &said))?;
        }
    }
    if key.users.iter().any(|user| !matches!(key.unit, Unit::Sessions(person) if person == user)) {
        page.hang(13, 23, &Line::default().padded(styles::DIM, "users", 9).say(&key.users.join(", ")))?;
    }
    let span =
        format!("{} to {}, {} calls, {} refused", utc(key.first_time), utc(key.last_time), key.events, key.refused);
    page.hang(13, 23, &Line::default().padded(styles::DIM, "used", 9).say(&span))?;
    seen(page, "networks", key.networks)?;
    seen(page, "hosts", key.hosts)?;
    seen(page, "clients", key.clients)?;
    seen(page, "services", key.services)?;
    if key.events_inside > 0 {
        let said = format!("{} calls from inside a VPC", key.events_inside);
        page.hang(13, 23, &Line::default().padded(styles::DIM, "inside", 9).say(&said))?;
    }
    if !key.plan.is_empty() {
        page.put(13, &Line::default().styled(styles::BOLD, "To split and revoke it (nothing of this was run):"))?;
        for step in &key.plan {
            let style = if step.starts_with('#') { styles::DIM } else { Style::new() };
            // A command must be copied as it stands: it is not wrapped.
            page.verbatim(15, &[(style, forewarn_reports::inert(step).into_owned())])?;
        }
    }
    Ok(())
}

fn seen<K: Display>(page: &mut Page<'_>, word: &str, map: &BTreeMap<K, Seen>) -> io::Result<()> {
    let mut all: Vec<(&K, &Seen)> = map.iter().collect();
    all.sort_by_key(|(_, seen)| std::cmp::Reverse(seen.events));
    for (number, (name, seen)) in all.iter().take(SHOWN).enumerate() {
        let label = if number == 0 { word } else { "" };
        let line = Line::default().padded(styles::DIM, label, 9).say(&name.to_string()).styled(
            styles::DIM,
            &format!("{} calls, {} to {}", seen.events, utc(seen.first_time), utc(seen.last_time)),
        );
        page.hang(13, 23, &line)?;
    }
    match all.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => page.put(23, &Line::default().styled(styles::DIM, &format!("and {more} more (-f json)"))),
    }
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
