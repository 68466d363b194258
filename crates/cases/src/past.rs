//! What was usual in an account before the case: hours, terminations, who does what.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use crate::Row;
use crate::gather::day;
use crate::who::Who;

/// The days right before a case that say when an account is active.
pub(crate) const RECENT_DAYS: i64 = 7;

/// One hour of the day: how many events, and the first and last of them by time of day.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hour {
    pub(crate) events: u64,
    pub(crate) earliest: Option<(i32, String)>,
    pub(crate) latest: Option<(i32, String)>,
}

/// What people did in an account before the case; AWS services do not count.
#[derive(Debug, Clone, Default)]
pub(crate) struct Past {
    pub(crate) events: u64,
    pub(crate) days: BTreeSet<Date>,
    /// By weekday, Monday first, and hour.
    pub(crate) week: [[u32; 24]; 7],
    /// All of the past, by hour of the day.
    pub(crate) all: [Hour; 24],
    /// The last seven days.
    pub(crate) recent: [Hour; 24],
    pub(crate) recent_days: BTreeSet<Date>,
    /// Instances that people terminated, by day, with an event.
    pub(crate) terminated: BTreeMap<Date, (BTreeSet<String>, String)>,
    /// Instances that AWS terminated: auto scaling, spot.
    pub(crate) by_itself: u64,
    pub(crate) by_itself_ids: Vec<String>,
    /// Who did before what the case is about, how often, and an event.
    pub(crate) same: BTreeMap<String, (u64, String)>,
    pub(crate) people: BTreeSet<String>,
    pub(crate) last_id: String,
}

impl Past {
    /// Takes an event from before the case.
    pub(crate) fn see(&mut self, row: &Row<'_>, who: &Who, begun: Timestamp, operation: (&str, &str)) {
        let by_itself = who.is_service || row.invoked_by.is_some_and(|service| service.ends_with(".amazonaws.com"));
        if row.operation == "TerminateInstances" && !row.failed {
            let instances = row.touched().filter(|id| id.starts_with("i-"));
            if by_itself {
                self.by_itself += instances.count() as u64;
                if self.by_itself_ids.len() < 20 {
                    self.by_itself_ids.push(row.id.to_owned());
                }
            } else {
                let of_day =
                    self.terminated.entry(day(row.time)).or_insert_with(|| (BTreeSet::new(), row.id.to_owned()));
                of_day.0.extend(instances.map(str::to_owned));
            }
        }
        if by_itself {
            return;
        }
        if (row.service, row.operation) == operation {
            let same = self.same.entry(who.name.clone()).or_insert_with(|| (0, row.id.to_owned()));
            same.0 += 1;
        }
        let local = Offset::UTC.to_datetime(row.time);
        let (hour, weekday) = (local.hour(), local.weekday().to_monday_zero_offset());
        let second = i32::from(local.hour()) * 3600 + i32::from(local.minute()) * 60 + i32::from(local.second());
        let at = |table: &mut [Hour; 24]| {
            let Some(cell) = usize::try_from(hour).ok().and_then(|hour| table.get_mut(hour)) else { return };
            cell.events += 1;
            if cell.earliest.as_ref().is_none_or(|(known, _)| second < *known) {
                cell.earliest = Some((second, row.id.to_owned()));
            }
            if cell.latest.as_ref().is_none_or(|(known, _)| second >= *known) {
                cell.latest = Some((second, row.id.to_owned()));
            }
        };
        at(&mut self.all);
        if begun.duration_since(row.time) <= SignedDuration::from_hours(24 * RECENT_DAYS) {
            at(&mut self.recent);
            self.recent_days.insert(local.date());
        }
        self.events += 1;
        self.days.insert(local.date());
        if let (Ok(weekday), Ok(hour)) = (usize::try_from(weekday), usize::try_from(hour))
            && let Some(cell) = self.week.get_mut(weekday).and_then(|hours| hours.get_mut(hour))
        {
            *cell = cell.saturating_add(1);
        }
        if self.people.len() < 5_000 && !self.people.contains(&who.name) {
            self.people.insert(who.name.clone());
        }
        self.last_id.clear();
        self.last_id.push_str(row.id);
    }
}

/// The shortest part of the day that all events lie in: from an hour on, and up to and with another one.
pub(crate) fn window(hours: &[Hour; 24]) -> Option<(usize, usize)> {
    let busy: Vec<usize> = (0..24).filter(|hour| hours.get(*hour).is_some_and(|cell| cell.events > 0)).collect();
    let (first, last) = (*busy.first()?, *busy.last()?);
    // The longest break ends where the window begins; of two that are as long the earlier one.
    let mut best = (24 - last + first - 1, first, last);
    for pair in busy.windows(2) {
        if let [before, after] = pair
            && after - before - 1 > best.0
        {
            best = (after - before - 1, *after, *before);
        }
    }
    Some((best.1, best.2))
}

/// Whether an hour lies in a window.
pub(crate) fn is_in(window: (usize, usize), hour: usize) -> bool {
    let (from, to) = window;
    if from <= to { (from..=to).contains(&hour) } else { hour >= from || hour <= to }
}

/// How many hours a window has.
pub(crate) fn width(window: (usize, usize)) -> usize {
    let (from, to) = window;
    if from <= to { to - from + 1 } else { 24 - from + to + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(busy: &[usize]) -> [Hour; 24] {
        let mut hours: [Hour; 24] = std::array::from_fn(|_| Hour::default());
        for hour in busy {
            hours[*hour].events = 1;
        }
        hours
    }

    #[test]
    fn the_window_is_what_the_longest_break_leaves() {
        assert_eq!(window(&hours(&[7, 12, 18])), Some((7, 18)));
        assert_eq!(window(&hours(&[22, 23, 0, 3])), Some((22, 3)));
        assert_eq!(window(&hours(&[5])), Some((5, 5)));
        assert_eq!(window(&hours(&[])), None);
        assert!(is_in((22, 3), 0) && !is_in((22, 3), 12) && is_in((7, 18), 18));
        assert_eq!((width((22, 3)), width((7, 18)), width((5, 5))), (6, 12, 1));
    }
}
