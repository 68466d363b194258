//! Goes over the days: sums up those that are not, and judges those that are asked for.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

use ipnet::IpNet;
use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{Span, Timestamp};

use super::agent::family;
use super::day::{Baselines, Day, DayOf, Subject};
use super::judge::{BASELINES, Ground, History, bytes_out, terminations};
use crate::row::{Log, Row, Within, is_write};
use crate::who::Names;

/// Events that a hit names.
const KEPT: usize = 1_000;

/// What is asked of a walk.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The days of the log, each with the stamp of what it was made from.
    pub days: BTreeMap<Date, String>,
    /// The time in which events are judged; `None` = nothing is judged.
    pub judged: Option<Within>,
    /// Networks that are nobody's news: offices, VPNs, CI.
    pub networks: Vec<IpNet>,
    /// Hours from UTC where people are; learned for each where it is not given.
    pub zone: Option<i8>,
}

/// Something that stands out, in the terms of a hit of a detection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoodOut {
    /// Against which baseline.
    pub ground: &'static Ground,
    /// Who; of buckets and accounts what.
    pub actor: String,
    /// The account.
    pub account: String,
    /// The first event.
    pub first: Timestamp,
    /// The last event.
    pub last: Timestamp,
    /// How many of what is counted.
    pub count: u64,
    /// What is counted.
    pub counted: &'static str,
    /// The events, by time; at most a thousand.
    pub event_ids: Vec<String>,
    /// What is new, or what it was done to.
    pub resources: Vec<String>,
    /// The figures that it rests on.
    pub rests_on: Vec<String>,
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Judged {
    /// The hits, by time, then by detection and actor.
    pub hits: Vec<StoodOut>,
    /// Who was active in the time that was judged.
    pub people: BTreeSet<String>,
    /// Who of them had not enough history for a single one of these days.
    pub without_history: BTreeSet<String>,
    /// Days that were summed up anew.
    pub renewed: usize,
}

/// Brings baselines up to date and judges.
///
/// # Errors
/// The log cannot be read.
pub fn walk<L: Log>(log: &L, baselines: &mut Baselines, wanted: &Wanted) -> Result<Judged, L::Error> {
    let mut judged = Judged::default();
    baselines.days.retain(|day, _| wanted.days.contains_key(day));
    let mut names = Names::default();
    let mut learned: Option<Date> = None;
    let mut with_history: BTreeSet<String> = BTreeSet::new();
    for (day, stamp) in &wanted.days {
        let known = baselines.days.get(day).is_some_and(|known| known.stamp == *stamp);
        let within = span(*day);
        let asked = wanted.judged.is_some_and(|asked| overlap(asked, within));
        if known && !asked {
            continue;
        }
        // A session may be of the day before.
        let yesterday = day.yesterday().ok().filter(|day| learned != Some(*day));
        if let Some(yesterday) = yesterday {
            names = Names::default();
            log.each(span(yesterday), &mut |row| names.learn(row))?;
        }
        let mut today = Today::new(baselines, *day, wanted);
        log.each(within, &mut |row| {
            names.learn(row);
            today.see(row, &names);
        })?;
        log.transfers(within, &mut |id, time, bucket, bytes| today.transfer(id, time, bucket, bytes))?;
        learned = Some(*day);
        if asked {
            today.judge(&mut judged, &mut with_history);
        }
        let subjects = today.finish();
        if !known {
            judged.renewed += 1;
            baselines.days.insert(*day, Day { stamp: stamp.clone(), subjects });
        }
    }
    judged.without_history = judged.people.difference(&with_history).cloned().collect();
    judged.hits.sort_by(|one, other| {
        let key = |hit: &StoodOut| (hit.first, hit.last, hit.ground.id);
        key(one).cmp(&key(other)).then_with(|| (&one.actor, &one.event_ids).cmp(&(&other.actor, &other.event_ids)))
    });
    Ok(judged)
}

fn span(day: Date) -> Within {
    let start = |day: Date| Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok();
    let next = day.checked_add(Span::new().days(1)).ok();
    Within { since: start(day), until: next.and_then(start) }
}

fn overlap(one: Within, other: Within) -> bool {
    let before = |since: Option<Timestamp>, until: Option<Timestamp>| match (since, until) {
        (Some(since), Some(until)) => since < until,
        _ => true,
    };
    before(one.since, other.until) && before(other.since, one.until)
}

fn contains(within: Within, at: Timestamp) -> bool {
    within.since.is_none_or(|since| at >= since) && within.until.is_none_or(|until| at < until)
}

/// Events of one kind that stand out, with why.
#[derive(Default)]
struct Out {
    account: String,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    events: u64,
    ids: Vec<String>,
    things: BTreeSet<String>,
    why: BTreeSet<String>,
}

impl Out {
    fn add(&mut self, at: Timestamp, id: &str, account: &str, thing: &str, why: Option<&str>) {
        if self.first.is_none() {
            self.first = Some(at);
            account.clone_into(&mut self.account);
        }
        self.first = self.first.min(Some(at));
        self.last = self.last.max(Some(at));
        self.events += 1;
        if self.ids.len() < KEPT {
            self.ids.push(id.to_owned());
        }
        if !self.things.contains(thing) && self.things.len() < 100 {
            self.things.insert(thing.to_owned());
        }
        if let Some(why) = why.filter(|_| self.why.len() < 20) {
            self.why.insert(why.to_owned());
        }
    }
}

/// The day that is looked at.
struct Today<'b> {
    baselines: &'b Baselines,
    day: Date,
    wanted: &'b Wanted,
    subjects: BTreeMap<Subject, DayOf>,
    /// Instances that each terminated, with the events.
    terminated: BTreeMap<Subject, (BTreeSet<String>, Out)>,
    histories: HashMap<String, History<'b>>,
    /// What was asked of a history before: by person, kind and value.
    answers: HashMap<(String, u8, String), Option<String>>,
    out: BTreeMap<(&'static str, String), Out>,
    bytes: BTreeMap<String, Out>,
}

impl<'b> Today<'b> {
    fn new(baselines: &'b Baselines, day: Date, wanted: &'b Wanted) -> Self {
        Self {
            baselines,
            day,
            wanted,
            subjects: BTreeMap::new(),
            terminated: BTreeMap::new(),
            histories: HashMap::new(),
            answers: HashMap::new(),
            out: BTreeMap::new(),
            bytes: BTreeMap::new(),
        }
    }

    fn see(&mut self, row: &Row<'_>, names: &Names) {
        let who = names.who(row);
        let by_itself = who.is_service || row.invoked_by.is_some_and(|service| service.ends_with(".amazonaws.com"));
        if by_itself {
            return;
        }
        let hour = u8::try_from(Offset::UTC.to_datetime(row.time).hour()).unwrap_or_default();
        let network = row.ip.and_then(|ip| forewarn_events::network(ip.parse::<IpAddr>().ok()?));
        let agent = row.agent.and_then(family);
        let action = row.action();
        let account = row.account.unwrap_or_default();
        let mut subjects = vec![Subject::Person(who.name.clone())];
        subjects.extend(who.role.clone().map(Subject::Role));
        subjects.extend(row.key.filter(|key| key.starts_with("AKIA")).map(|key| Subject::Key(key.to_owned())));
        if !account.is_empty() {
            subjects.push(Subject::Account(account.to_owned()));
        }
        if row.service == "s3.amazonaws.com" {
            let plain =
                |line: &&str| !line.starts_with("arn:") && !line.starts_with("AKIA") && !line.starts_with("ASIA");
            subjects.extend(row.touched().find(plain).map(|bucket| Subject::Bucket(bucket.to_owned())));
        }
        let ends = row.operation == "TerminateInstances" && !row.failed;
        for subject in subjects {
            if ends {
                let (instances, out) = self.terminated.entry(subject.clone()).or_default();
                instances.extend(row.touched().filter(|id| id.starts_with("i-")).map(str::to_owned));
                out.add(row.time, row.id, account, "", None);
            }
            let of = self.subjects.entry(subject).or_default();
            of.events += 1;
            of.refused += u64::from(row.failed);
            *of.hours.entry(hour).or_default() += 1;
            let mut count = |map: fn(&mut DayOf) -> &mut BTreeMap<String, u64>, name: Option<&str>| {
                let Some(name) = name else { return };
                let map = map(of);
                match map.get_mut(name) {
                    Some(events) => *events += 1,
                    None => drop(map.insert(name.to_owned(), 1)),
                }
            };
            count(|of| &mut of.networks, network.as_deref());
            count(|of| &mut of.agents, agent.as_deref());
            // A refused call is nothing that somebody does; it is counted as refused.
            count(|of| &mut of.actions, (!row.failed).then_some(action.as_str()));
            count(|of| &mut of.regions, row.region);
            count(|of| &mut of.accounts, row.account);
        }
        if self.wanted.judged.is_some_and(|within| contains(within, row.time)) {
            self.ask(row, &who.name, usize::from(hour), network.as_deref(), agent.as_deref(), &action);
        }
    }

    /// Asks the history of the person about each part of an event.
    fn ask(
        &mut self,
        row: &Row<'_>,
        person: &str,
        hour: usize,
        network: Option<&str>,
        agent: Option<&str>,
        action: &str,
    ) {
        let known = row
            .ip
            .and_then(|ip| ip.parse::<IpAddr>().ok())
            .is_some_and(|ip| self.wanted.networks.iter().any(|network| network.contains(&ip.to_canonical())));
        let acts = is_write(row.read_only, row.operation) && !row.failed;
        let questions = [
            (0, "baseline.unusual_hours", Some(format!("{hour:02}:00"))),
            (1, "baseline.new_network", network.filter(|_| !known).map(str::to_owned)),
            (2, "baseline.new_agent", agent.map(str::to_owned)),
            (3, "baseline.first_time_action", acts.then(|| action.to_owned())),
        ];
        for (kind, check, value) in questions {
            let Some(value) = value else { continue };
            let account = row.account.unwrap_or_default();
            let key = (person.to_owned(), kind, if kind == 3 { format!("{value} {account}") } else { value.clone() });
            let why = if let Some(why) = self.answers.get(&key) {
                why.clone()
            } else {
                let why = self.answer(person, kind, hour, &value, account);
                self.answers.insert(key, why.clone());
                why
            };
            if let Some(why) = why {
                let why = format!("{value}: {why}");
                self.out.entry((check, person.to_owned())).or_default().add(
                    row.time,
                    row.id,
                    account,
                    &value,
                    Some(&why),
                );
            }
        }
    }

    fn history(&mut self, person: &str) -> &History<'b> {
        let (baselines, day, zone) = (self.baselines, self.day, self.wanted.zone);
        self.histories.entry(person.to_owned()).or_insert_with(|| {
            let subject = Subject::Person(person.to_owned());
            let known = baselines.days.values().find_map(|day| day.subjects.get_key_value(&subject));
            match known {
                Some((subject, _)) => History::of(baselines, subject, day, zone),
                None => History::none(),
            }
        })
    }

    fn answer(&mut self, person: &str, kind: u8, hour: usize, value: &str, account: &str) -> Option<String> {
        let day = self.day;
        let history = self.history(person);
        if !history.is_enough {
            return None;
        }
        match kind {
            0 => history.unusual_hour(day, hour),
            1 => history.new_network(value),
            2 => history.new_agent(value),
            _ => {
                let why = history.new_action(value)?;
                let (did, all) = self.peers(person, value, account);
                (did * 10 <= all).then(|| format!("{why}; done by {did} of {all} other people in the account"))
            }
        }
    }

    /// How many other people of an account did something, and how many there are.
    fn peers(&self, person: &str, action: &str, account: &str) -> (usize, usize) {
        let first = self.day.checked_sub(Span::new().days(super::HORIZON)).unwrap_or(Date::MIN);
        let mut all: BTreeMap<&str, bool> = BTreeMap::new();
        for (_, day) in self.baselines.days.range(first..self.day) {
            for (subject, of) in &day.subjects {
                let Subject::Person(name) = subject else { break };
                if name != person && of.accounts.contains_key(account) {
                    *all.entry(name).or_default() |= of.actions.contains_key(action);
                }
            }
        }
        (all.values().filter(|did| **did).count(), all.len())
    }

    fn transfer(&mut self, id: &str, time: Timestamp, bucket: &str, bytes: u64) {
        let of = self.subjects.entry(Subject::Bucket(bucket.to_owned())).or_default();
        of.bytes_out = of.bytes_out.saturating_add(bytes);
        of.says_bytes = true;
        if bytes > 0 && self.wanted.judged.is_some_and(|within| contains(within, time)) {
            self.bytes.entry(bucket.to_owned()).or_default().add(time, id, "", "", None);
        }
    }

    fn judge(&mut self, judged: &mut Judged, with_history: &mut BTreeSet<String>) {
        let people: Vec<String> = self
            .subjects
            .keys()
            .filter_map(|subject| match subject {
                Subject::Person(name) => Some(name.clone()),
                _ => None,
            })
            .collect();
        for person in people {
            if self.history(&person).is_enough {
                with_history.insert(person.clone());
            }
            judged.people.insert(person);
        }
        for ((check, person), out) in std::mem::take(&mut self.out) {
            let mut rests_on: Vec<String> = out.why.iter().cloned().collect();
            rests_on.push(self.history(&person).words());
            if check == "baseline.unusual_hours" {
                rests_on.push(format!("zone of {person}: UTC{:+}", self.history(&person).zone));
            }
            let (count, things) = (out.events, out.things.iter().cloned().collect());
            judged.hits.extend(hit(check, &person, out, (count, "events"), things, rests_on));
        }
        for (bucket, out) in std::mem::take(&mut self.bytes) {
            let subject = Subject::Bucket(bucket.clone());
            let bytes = self.subjects.get(&subject).map_or(0, |of| of.bytes_out);
            if let Some(why) = bytes_out(self.baselines, &subject, self.day, bytes) {
                let resources = vec![format!("arn:aws:s3:::{bucket}")];
                let actor = format!("bucket {bucket}");
                judged.hits.extend(hit(
                    "baseline.bytes_out_of_bucket",
                    &actor,
                    out,
                    (bytes, "bytes"),
                    resources,
                    vec![why],
                ));
            }
        }
        self.judge_terminations(judged);
    }

    /// People first; an account only where no person of it stands out.
    fn judge_terminations(&mut self, judged: &mut Judged) {
        let within = self.wanted.judged.unwrap_or_default();
        let terminated = std::mem::take(&mut self.terminated);
        let mut accounts: BTreeSet<String> = BTreeSet::new();
        for people_first in [true, false] {
            for (subject, (instances, out)) in &terminated {
                let actor = match subject {
                    Subject::Person(name) if people_first => name.clone(),
                    Subject::Account(id) if !people_first && !accounts.contains(id) => format!("account {id}"),
                    _ => continue,
                };
                if !out.last.is_some_and(|at| contains(within, at)) {
                    continue;
                }
                let now = instances.len() as u64;
                let Some(why) = terminations(self.baselines, subject, self.day, now) else { continue };
                accounts.insert(out.account.clone());
                let out = Out {
                    account: out.account.clone(),
                    ids: out.ids.clone(),
                    why: BTreeSet::new(),
                    things: BTreeSet::new(),
                    ..*out
                };
                let resources = instances.iter().take(100).cloned().collect();
                judged.hits.extend(hit(
                    "baseline.termination_rate",
                    &actor,
                    out,
                    (now, "instances"),
                    resources,
                    vec![why],
                ));
            }
        }
        self.terminated = terminated;
    }

    fn finish(mut self) -> BTreeMap<Subject, DayOf> {
        for (subject, (instances, _)) in &self.terminated {
            if let Some(of) = self.subjects.get_mut(subject) {
                of.terminated = instances.len() as u64;
            }
        }
        self.subjects
    }
}

fn hit(
    check: &'static str,
    actor: &str,
    out: Out,
    (count, counted): (u64, &'static str),
    resources: Vec<String>,
    rests_on: Vec<String>,
) -> Option<StoodOut> {
    let ground = BASELINES.iter().find(|ground| ground.id == check)?;
    Some(StoodOut {
        ground,
        actor: actor.to_owned(),
        account: out.account,
        first: out.first?,
        last: out.last?,
        count,
        counted,
        event_ids: out.ids,
        resources,
        rests_on,
    })
}
