//! What stands out on a day against the history before it.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_findings::Severity;
use jiff::civil::Date;

use super::day::{Baselines, DayOf, Subject};
use super::summary::{hours, is_enough, learned_zone};
use crate::look::median;

/// A detection against a baseline, as data.
#[derive(Debug, PartialEq, Eq)]
pub struct Ground {
    /// Its id, for ever.
    pub id: &'static str,
    /// What happened, in one line.
    pub title: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Techniques of MITRE ATT&CK.
    pub techniques: &'static [&'static str],
    /// What looks like it and is none.
    pub false_positives: &'static str,
}

/// Every detection against a baseline.
pub static BASELINES: &[Ground] = &[
    Ground {
        id: "baseline.bytes_out_of_bucket",
        title: "Far more bytes leave a bucket in a day than on any day before",
        severity: Severity::High,
        techniques: &["T1530"],
        false_positives: "A first full backup, a migration, a release that is downloaded.",
    },
    Ground {
        id: "baseline.first_time_action",
        title: "A person changes something in a way that neither they nor most of their peers did before",
        severity: Severity::Low,
        techniques: &["T1078.004"],
        false_positives: "A new task, or a new service of AWS.",
    },
    Ground {
        id: "baseline.new_agent",
        title: "A person who keeps to few clients uses another one",
        severity: Severity::Low,
        techniques: &["T1078.004"],
        false_positives: "A new computer or a new tool.",
    },
    Ground {
        id: "baseline.new_network",
        title: "A person who keeps to few networks calls from another one",
        severity: Severity::Medium,
        techniques: &["T1078.004"],
        false_positives: "A journey, a new provider at home: put the networks of offices and VPNs on a list.",
    },
    Ground {
        id: "baseline.termination_rate",
        title: "Far more instances are terminated in a day than on any day before",
        severity: Severity::High,
        techniques: &["T1485"],
        false_positives: "An environment that is taken down on purpose.",
    },
    Ground {
        id: "baseline.unusual_hours",
        title: "A person is active at an hour or on a weekday at which they never were",
        severity: Severity::Low,
        techniques: &["T1078.004"],
        false_positives: "A night on call, a journey to another zone.",
    },
];

/// The first active days of somebody have only new things; they say nothing about how often new ones come up.
const SETTLING: usize = 5;

/// The history of one person, as far as a day is judged by it.
pub(super) struct History<'b> {
    days: Vec<(Date, &'b DayOf)>,
    pub(super) is_enough: bool,
    pub(super) events: u64,
    /// Active days with events in an hour or next to it, by hour in UTC.
    near: [usize; 24],
    /// Active days and all days of each weekday, in the zone of the person.
    weekdays: [(usize, usize); 7],
    pub(super) zone: i8,
    networks: BTreeSet<&'b str>,
    agents: BTreeSet<&'b str>,
    actions: BTreeSet<&'b str>,
}

impl<'b> History<'b> {
    /// The history of somebody before a day; `zone` is what was configured.
    pub(super) fn of(baselines: &'b Baselines, subject: &'b Subject, day: Date, zone: Option<i8>) -> Self {
        let days: Vec<(Date, &DayOf)> = baselines.before(subject, day).collect();
        let events = days.iter().map(|(_, all)| all.events).sum();
        let zone = zone.or_else(|| learned_zone(&hours(days.iter().map(|(_, all)| *all)))).unwrap_or(0);
        let mut near = [0; 24];
        for (_, all) in &days {
            for (hour, days) in near.iter_mut().enumerate() {
                let around = [(hour + 23) % 24, hour, (hour + 1) % 24];
                *days += usize::from(around.iter().any(|hour| has_hour(all, *hour)));
            }
        }
        let mut history = Self {
            is_enough: is_enough(days.len(), events),
            events,
            near,
            weekdays: [(0, 0); 7],
            zone,
            networks: days.iter().flat_map(|(_, all)| all.networks.keys()).map(String::as_str).collect(),
            agents: days.iter().flat_map(|(_, all)| all.agents.keys()).map(String::as_str).collect(),
            actions: days.iter().flat_map(|(_, all)| all.actions.keys()).map(String::as_str).collect(),
            days,
        };
        history.count_weekdays(day);
        history
    }

    /// Nothing is known.
    pub(super) fn none() -> Self {
        Self {
            days: Vec::new(),
            is_enough: false,
            events: 0,
            near: [0; 24],
            weekdays: [(0, 0); 7],
            zone: 0,
            networks: BTreeSet::new(),
            agents: BTreeSet::new(),
            actions: BTreeSet::new(),
        }
    }

    fn count_weekdays(&mut self, until: Date) {
        let Some((first, _)) = self.days.first() else { return };
        let mut active: BTreeSet<Date> = BTreeSet::new();
        for (day, all) in &self.days {
            active.extend(
                all.hours.keys().filter_map(|hour| local(*day, usize::from(*hour), self.zone)).map(|(day, _)| day),
            );
        }
        let mut day = *first;
        while day < until {
            if let Some((seen, all)) = self.weekdays.get_mut(weekday(day)) {
                *all += 1;
                *seen += usize::from(active.contains(&day));
            }
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
    }

    /// What the history is, in words.
    pub(super) fn words(&self) -> String {
        let span = self.days.first().zip(self.days.last());
        let span = span.map_or_else(String::new, |((first, _), (last, _))| format!(", {first} to {last}"));
        format!("history: {} events on {} days{span}", self.events, self.days.len())
    }

    /// Why an hour of a day is unusual.
    pub(super) fn unusual_hour(&self, day: Date, hour: usize) -> Option<String> {
        if self.near.get(hour) == Some(&0) {
            return Some(format!(
                "on none of {} active days between {:02}:00 and {:02}:59 UTC",
                self.days.len(),
                (hour + 23) % 24,
                (hour + 1) % 24
            ));
        }
        let (local, _) = local(day, hour, self.zone)?;
        let (seen, all) = *self.weekdays.get(weekday(local))?;
        (seen == 0 && all >= 4)
            .then(|| format!("on none of the {all} times that it was {:?} (UTC{:+})", local.weekday(), self.zone))
    }

    /// Why a network is new to somebody who keeps to few.
    pub(super) fn new_network(&self, network: &str) -> Option<String> {
        self.rare(network, &self.networks, |day| &day.networks, 10, "network")
    }

    /// Why a client is new to somebody who keeps to few.
    pub(super) fn new_agent(&self, agent: &str) -> Option<String> {
        self.rare(agent, &self.agents, |day| &day.agents, 10, "client")
    }

    /// Why an action is new to somebody who seldom does new things.
    pub(super) fn new_action(&self, action: &str) -> Option<String> {
        self.rare(action, &self.actions, |day| &day.actions, 5, "action")
    }

    /// New, and new ones came up on at most one of `one_in` days.
    fn rare(
        &self,
        value: &str,
        known: &BTreeSet<&str>,
        of: fn(&DayOf) -> &BTreeMap<String, u64>,
        one_in: usize,
        word: &str,
    ) -> Option<String> {
        if known.is_empty() || known.contains(value) {
            return None;
        }
        let mut met: BTreeSet<&str> = BTreeSet::new();
        let mut days_with_new = 0;
        for (index, (_, day)) in self.days.iter().enumerate() {
            let before = met.len();
            met.extend(of(day).keys().map(String::as_str));
            days_with_new += usize::from(index >= SETTLING && met.len() > before);
        }
        let settled = self.days.len().saturating_sub(SETTLING);
        (days_with_new * one_in <= settled).then(|| {
            let many = if known.len() == 1 { "" } else { "s" };
            format!("{} {word}{many} before; a new one on {days_with_new} of {settled} days", known.len())
        })
    }
}

fn has_hour(day: &DayOf, hour: usize) -> bool {
    u8::try_from(hour).is_ok_and(|hour| day.hours.contains_key(&hour))
}

/// Monday is 0.
fn weekday(day: Date) -> usize {
    usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default()
}

/// The day and hour somewhere at an hour of UTC.
fn local(day: Date, hour: usize, zone: i8) -> Option<(Date, i8)> {
    let hour = i8::try_from(hour).ok()? + zone;
    match hour {
        ..=-1 => Some((day.yesterday().ok()?, hour + 24)),
        24.. => Some((day.tomorrow().ok()?, hour - 24)),
        _ => Some((day, hour)),
    }
}

/// How far figures lie from their median, in the median.
fn spread(figures: &[u64]) -> (u64, u64, u64) {
    let middle = median(figures.to_vec());
    let apart = median(figures.iter().map(|figure| figure.abs_diff(middle)).collect());
    (middle, apart, figures.iter().copied().max().unwrap_or_default())
}

/// Whether as many bytes are far more than ever, and the figures.
pub(super) fn bytes_out(baselines: &Baselines, bucket: &Subject, day: Date, bytes: u64) -> Option<String> {
    const LEAST: u64 = 100 << 20;
    let figures: Vec<u64> =
        baselines.before(bucket, day).filter(|(_, all)| all.says_bytes).map(|(_, all)| all.bytes_out).collect();
    if figures.len() < super::LEAST_DAYS || bytes < LEAST {
        return None;
    }
    let (middle, apart, most) = spread(&figures);
    let far =
        bytes > middle.saturating_mul(3) && bytes > middle.saturating_add(apart.saturating_mul(8)) && bytes > most;
    far.then(|| {
        format!(
            "{bytes} bytes on {day}; on {} days before a median of {middle}, a spread (MAD) of {apart}, at most {most}",
            figures.len()
        )
    })
}

/// Whether as many terminations are far more than ever, and the figures.
pub(super) fn terminations(baselines: &Baselines, subject: &Subject, day: Date, now: u64) -> Option<String> {
    const LEAST: u64 = 5;
    let days: Vec<&DayOf> = baselines.before(subject, day).map(|(_, all)| all).collect();
    let enough = is_enough(days.len(), days.iter().map(|all| all.events).sum());
    if !enough || now < LEAST {
        return None;
    }
    let figures: Vec<u64> = days.iter().map(|all| all.terminated).collect();
    let (middle, apart, most) = spread(&figures);
    let far = now > most.saturating_mul(2) && now > middle.saturating_add(apart.saturating_mul(8));
    far.then(|| {
        format!(
            "{now} instances on {day}; on {} active days before a median of {middle}, a spread (MAD) of {apart}, at most {most}",
            figures.len()
        )
    })
}
