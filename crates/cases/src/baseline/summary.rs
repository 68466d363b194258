//! The history of a subject, summed up.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::day::{Baselines, DayOf, Subject};
use super::{LEAST_DAYS, LEAST_EVENTS};
use crate::look::median;

/// How many days something was seen on, and when first and last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Days.
    pub days: usize,
    /// Events.
    pub events: u64,
    /// The first day.
    pub first: Date,
    /// The last day.
    pub last: Date,
}

/// What is usual for a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Whose.
    pub subject: Subject,
    /// Days with events.
    pub days: usize,
    /// Events.
    pub events: u64,
    /// Refused ones.
    pub refused: u64,
    /// The first and the last day.
    pub span: Option<(Date, Date)>,
    /// Whether that is enough to say what is unusual.
    pub is_enough: bool,
    /// Events a day, in the median of the active days.
    pub median_events: u64,
    /// The most on one day.
    pub most_events: u64,
    /// By weekday, Monday first, and hour, in UTC: days on which there were events.
    pub week: Vec<Vec<u32>>,
    /// Hours from UTC that the rhythm of the day speaks for.
    pub zone: Option<i8>,
    /// Networks.
    pub networks: BTreeMap<String, Share>,
    /// Clients.
    pub agents: BTreeMap<String, Share>,
    /// Actions.
    pub actions: BTreeMap<String, Share>,
    /// Regions.
    pub regions: BTreeMap<String, Share>,
    /// Bytes that went out, a day in the median, and the most; `None` = no data event says.
    pub bytes_out: Option<(u64, u64)>,
    /// Instances terminated, a day in the median, and the most.
    pub terminated: (u64, u64),
}

impl Summary {
    /// Sums up the days of a subject before a day.
    pub fn of(baselines: &Baselines, subject: &Subject, before: Date) -> Self {
        let days: Vec<(Date, &DayOf)> = baselines.before(subject, before).collect();
        let shares = |of: fn(&DayOf) -> &BTreeMap<String, u64>| {
            let mut shares: BTreeMap<String, Share> = BTreeMap::new();
            for (day, all) in &days {
                for (name, events) in of(all) {
                    let share = shares.entry(name.clone());
                    let share = share.or_insert(Share { days: 0, events: 0, first: *day, last: *day });
                    share.days += 1;
                    share.events += events;
                    share.last = *day;
                }
            }
            shares
        };
        let mut week = vec![vec![0_u32; 24]; 7];
        for (day, all) in &days {
            let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default();
            for hour in all.hours.keys() {
                if let Some(cell) = week.get_mut(weekday).and_then(|hours| hours.get_mut(usize::from(*hour))) {
                    *cell += 1;
                }
            }
        }
        let figures = |of: fn(&DayOf) -> u64| -> Vec<u64> { days.iter().map(|(_, all)| of(all)).collect() };
        let most = |figures: &[u64]| figures.iter().copied().max().unwrap_or_default();
        let (events, terminated) = (figures(|all| all.events), figures(|all| all.terminated));
        let enough = is_enough(days.len(), events.iter().sum());
        let bytes: Vec<u64> = days.iter().filter(|(_, all)| all.says_bytes).map(|(_, all)| all.bytes_out).collect();
        Self {
            subject: subject.clone(),
            days: days.len(),
            events: events.iter().sum(),
            refused: days.iter().map(|(_, all)| all.refused).sum(),
            span: days.first().zip(days.last()).map(|((first, _), (last, _))| (*first, *last)),
            is_enough: enough,
            median_events: median(events.clone()),
            most_events: most(&events),
            zone: enough.then(|| learned_zone(&hours(days.iter().map(|(_, all)| *all)))).flatten(),
            week,
            networks: shares(|all| &all.networks),
            agents: shares(|all| &all.agents),
            actions: shares(|all| &all.actions),
            regions: shares(|all| &all.regions),
            bytes_out: (!bytes.is_empty()).then(|| (median(bytes.clone()), most(&bytes))),
            terminated: (median(terminated.clone()), most(&terminated)),
        }
    }
}

/// Whether there is enough history.
pub(super) fn is_enough(days: usize, events: u64) -> bool {
    days >= LEAST_DAYS && events >= LEAST_EVENTS
}

/// Days with events in each hour, in UTC.
pub(super) fn hours<'d>(days: impl Iterator<Item = &'d DayOf>) -> [u64; 24] {
    let mut hours = [0; 24];
    for hour in days.flat_map(|day| day.hours.keys()) {
        if let Some(days) = hours.get_mut(usize::from(*hour)) {
            *days += 1;
        }
    }
    hours
}

/// The hours from UTC that make the eight quietest hours in a row the ones from 21:00 on, as they are of somebody who works from nine to six; `None` where there is no rhythm:
/// more than a tenth lies in them.
pub fn learned_zone(hours: &[u64; 24]) -> Option<i8> {
    const QUIET: usize = 8;
    const NIGHT: usize = 21;
    let all: u64 = hours.iter().sum();
    let quiet = |from: usize| -> u64 { hours.iter().cycle().skip(from).take(QUIET).sum() };
    let least = (0..24).map(quiet).min()?;
    if all == 0 || least * 10 > all {
        return None;
    }
    // Of several that are as quiet the one in the middle of the quiet time.
    let best: Vec<usize> = (0..24).filter(|from| quiet(*from) == least).collect();
    let start = (0..best.len())
        .filter_map(|index| {
            let from = *best.get(index)?;
            let run = (0..24).take_while(|step| best.contains(&((from + step) % 24))).count();
            let begins = !best.contains(&((from + 23) % 24));
            (begins || run == 24).then_some((run, from))
        })
        .max_by_key(|(run, from)| (*run, std::cmp::Reverse(*from)))
        .map(|(run, from)| (from + (run - 1) / 2) % 24)?;
    let offset = (NIGHT + 24 - start) % 24;
    let offset = i8::try_from(offset).ok()?;
    Some(if offset > 14 { offset - 24 } else { offset })
}
