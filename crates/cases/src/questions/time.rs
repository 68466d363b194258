//! T1 to T3: the hour of the event against the hours that are usual.

use crate::fact::{Answer, Ids, Needs, Sentence, Weight};
use crate::look::{Look, clock, count, date, hour, utc};
use crate::past::{Hour, RECENT_DAYS, is_in, width, window};
use crate::row::Seen;

/// So much must be known of a week, or nothing is said about it.
const LEAST_EVENTS: u64 = 20;
const LEAST_DAYS: usize = 3;
/// Hours in a day from which on an account is active around the clock.
const AROUND_THE_CLOCK: usize = 20;

/// The hours of the week before, where enough is known.
fn recent(look: &Look<'_>) -> Option<(usize, usize)> {
    let past = look.past()?;
    let events: u64 = past.recent.iter().map(|hour| hour.events).sum();
    let enough = events >= LEAST_EVENTS && past.recent_days.len() >= LEAST_DAYS;
    enough.then(|| window(&past.recent)).flatten()
}

fn minutes(second: i32) -> String {
    format!("{:02}:{:02}", second / 3600, second / 60 % 60)
}

/// The first and last time of day in a window, with their events.
fn edges(table: &[Hour; 24], window: (usize, usize)) -> Option<(String, String, [&str; 2])> {
    let (from, first) = table.get(window.0)?.earliest.as_ref()?;
    let (to, last) = table.get(window.1)?.latest.as_ref()?;
    Some((minutes(*from), minutes(*to), [first, last]))
}

pub(super) fn off_hours(look: &Look<'_>) -> Answer {
    let lead = look.lead;
    let mut said = Vec::new();
    if let Some(hours) = &look.asked.hours {
        let inside = hours.has(lead.time);
        let (verb, weight) = if inside { ("is within", Weight::Easing) } else { ("is outside of", Weight::Alarming) };
        let text = format!("{} {verb} the hours of the organisation ({hours}).", utc(lead.time));
        said.push(Sentence::new(text, weight, look.id()).with("--hours"));
    }
    let learned = recent(look).and_then(|window| {
        let past = look.past()?;
        let (from, to, ids) = edges(&past.recent, window)?;
        let events: u64 = past.recent.iter().map(|hour| hour.events).sum();
        let ids = Ids::some(ids.into_iter().chain([lead.id.as_str()]))?;
        let account = look.account();
        Some(if width(window) >= AROUND_THE_CLOCK {
            let text = format!(
                "In the {RECENT_DAYS} days before, people were active in account {account} around the clock ({events} events): \
                 the hour says little."
            );
            Sentence::new(text, Weight::Plain, ids)
        } else {
            let inside = is_in(window, hour(lead.time));
            let (end, weight) = if inside {
                ("lies within", Weight::Easing)
            } else {
                ("is off-hours", Weight::Alarming)
            };
            let text = format!(
                "In the {RECENT_DAYS} days before, the activity of people in account {account} lay between {from} and {to} UTC \
                 ({events} events on {}); {} UTC {end}.",
                count(past.recent_days.len() as u64, "day"),
                clock(lead.time)
            );
            Sentence::new(text, weight, ids)
        })
    });
    said.extend(learned);
    if let Some(own) = own_hours(look) {
        said.push(own);
    }
    let needs = format!(
        "the hours of the organisation (--hours), or a log with at least {LEAST_EVENTS} events of people on {LEAST_DAYS} of the \
         {RECENT_DAYS} days before"
    );
    Answer::of(said, Needs::File(needs))
}

/// The hours that the person kept before.
fn own_hours(look: &Look<'_>) -> Option<Sentence> {
    let before: Vec<&Seen> = look.own_before().filter(|row| row.invoked_by.is_none()).collect();
    let mut days: Vec<String> = before.iter().map(|row| date(row.time)).collect();
    days.dedup();
    if (before.len() as u64) < LEAST_EVENTS || days.len() < LEAST_DAYS {
        return None;
    }
    let mut table: [Hour; 24] = std::array::from_fn(|_| Hour::default());
    for row in &before {
        let cell = table.get_mut(hour(row.time))?;
        cell.events += 1;
    }
    let window = window(&table)?;
    let inside = is_in(window, hour(lead_time(look)));
    let near = |row: &&&Seen| hour(row.time) == window.0 || hour(row.time) == window.1;
    let ids = Ids::some(before.iter().filter(near).take(4).map(|row| row.id.as_str()).chain([look.lead.id.as_str()]))?;
    let text = format!(
        "{} itself was active from {:02}:00 to {:02}:59 UTC before ({} on {}); {} UTC is {} of that.",
        look.name(),
        window.0,
        window.1,
        count(before.len() as u64, "event"),
        count(days.len() as u64, "day"),
        clock(look.lead.time),
        if inside { "part" } else { "outside" }
    );
    let weight = if inside || width(window) >= AROUND_THE_CLOCK { Weight::Plain } else { Weight::Alarming };
    Some(Sentence::new(text, weight, ids))
}

fn lead_time(look: &Look<'_>) -> jiff::Timestamp {
    look.lead.time
}

/// Whether two hours of the day are at most one apart.
fn near(one: usize, other: usize) -> bool {
    let apart = one.abs_diff(other);
    apart <= 1 || apart == 23
}

pub(super) fn similar(look: &Look<'_>) -> Answer {
    let lead = look.lead;
    let alike: Vec<&Seen> =
        look.own_before().filter(|row| row.operation == lead.operation && row.service == lead.service).collect();
    let (name, action) = (look.name(), lead.action());
    if alike.is_empty() {
        let text = format!("{name} was not seen to call {action} before, {}.", look.since_ever());
        return Answer::known(Sentence::new(text, Weight::Telling, look.id()));
    }
    let around = alike.iter().filter(|row| near(hour(row.time), hour(lead.time))).count();
    let text = format!(
        "{name} had called {action} {} before, {} within an hour of {} UTC.",
        count(alike.len() as u64, "time"),
        if around == 0 { "none of them".to_owned() } else { format!("{around} of them") },
        clock(lead.time)
    );
    let weight = if around == 0 { Weight::Telling } else { Weight::Easing };
    Answer::known(Sentence::new(text, weight, look.ids(alike)))
}

pub(super) fn outside(look: &Look<'_>) -> Answer {
    let lacking = || {
        Needs::Log(format!("at least {LEAST_EVENTS} events of people on {LEAST_DAYS} of the {RECENT_DAYS} days before"))
    };
    let (Some(window), Some(past)) = (recent(look), look.past()) else { return Answer::lacking(lacking()) };
    let outside = (0..24).zip(&past.all).filter(|(hour, cell)| !is_in(window, *hour) && cell.events > 0);
    let (mut events, mut ids) = (0, Vec::new());
    for (_, cell) in outside {
        events += cell.events;
        let ends = [&cell.earliest, &cell.latest];
        ids.extend(ends.into_iter().flatten().map(|(_, id)| id.as_str()));
    }
    let hours = format!("{:02}:00 to {:02}:59 UTC", window.0, window.1);
    let text = format!(
        "Of {} of people in account {} before the case, {} lay outside of {hours}.",
        count(past.events, "event"),
        look.account(),
        if events == 0 { "none".to_owned() } else { events.to_string() }
    );
    let ids = Ids::some(ids).unwrap_or_else(|| look.id().and([past.last_id.as_str()]));
    Answer::known(Sentence::new(text, Weight::Plain, ids))
}
