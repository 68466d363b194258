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
use super::tally::{Kind, Tally, Words};
use crate::row::{Log, Only, Row, Within, is_write};
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
    let mut learning = Only::default();
    learning.sessions();
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
            log.each(span(yesterday), &learning, &mut |row| names.learn(row))?;
        }
        let mut today = Today::new(baselines, *day, wanted);
        log.each(within, &Only::all(), &mut |row| {
            names.learn(row);
            today.see(row, &names);
        })?;
        today.sum_up();
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

/// What an address is to a baseline.
#[derive(Clone, Copy)]
struct Address {
    network: Option<u32>,
    /// Whether it is of a network that is nobody's news.
    known: bool,
}

/// The day that is looked at.
struct Today<'b> {
    baselines: &'b Baselines,
    day: Date,
    wanted: &'b Wanted,
    words: Words,
    addresses: HashMap<String, Address>,
    agents: HashMap<String, Option<u32>>,
    /// By operation and service.
    actions: HashMap<(u32, u32), u32>,
    tally: Tally,
    subjects: BTreeMap<Subject, DayOf>,
    /// Instances that each terminated, with the events.
    terminated: BTreeMap<Subject, (BTreeSet<String>, Out)>,
    histories: HashMap<String, History<'b>>,
    /// What was asked of a history before: by person, kind, value and account.
    answers: HashMap<[u32; 4], Option<String>>,
    out: BTreeMap<(&'static str, String), Out>,
    bytes: BTreeMap<String, Out>,
}

/// What is asked of a history about an event; texts by their number.
struct Question<'q> {
    person: u32,
    hour: u8,
    network: Option<u32>,
    /// Whether the network is nobody's news.
    known: bool,
    agent: Option<u32>,
    action: u32,
    account: &'q str,
}

impl<'b> Today<'b> {
    fn new(baselines: &'b Baselines, day: Date, wanted: &'b Wanted) -> Self {
        Self {
            baselines,
            day,
            wanted,
            words: Words::default(),
            addresses: HashMap::new(),
            agents: HashMap::new(),
            actions: HashMap::new(),
            tally: Tally::default(),
            subjects: BTreeMap::new(),
            terminated: BTreeMap::new(),
            histories: HashMap::new(),
            answers: HashMap::new(),
            out: BTreeMap::new(),
            bytes: BTreeMap::new(),
        }
    }

    fn see(&mut self, row: &Row<'_>, names: &Names) {
        let who = names.whom(row);
        let by_itself = who.is_service || row.invoked_by.is_some_and(|service| service.ends_with(".amazonaws.com"));
        if by_itself {
            return;
        }
        let hour = u8::try_from(Offset::UTC.to_datetime(row.time).hour()).unwrap_or_default();
        let address = row.ip.map_or(Address { network: None, known: false }, |ip| self.address(ip));
        let agent = row.agent.and_then(|agent| self.agent(agent));
        let action = self.action(row);
        let account = row.account.unwrap_or_default();
        let person = self.words.number(&who.name);
        let mut subjects = [
            (Kind::Person, Some(person)),
            (Kind::Role, None),
            (Kind::Key, None),
            (Kind::Account, None),
            (Kind::Bucket, None),
        ];
        let bucket = || {
            let plain =
                |line: &&str| !line.starts_with("arn:") && !line.starts_with("AKIA") && !line.starts_with("ASIA");
            row.touched().find(plain)
        };
        let texts = [
            None,
            who.role,
            row.key.filter(|key| key.starts_with("AKIA")),
            Some(account).filter(|account| !account.is_empty()),
            if row.service == "s3.amazonaws.com" { bucket() } else { None },
        ];
        for ((_, number), text) in subjects.iter_mut().zip(texts) {
            *number = number.or_else(|| Some(self.words.number(text?)));
        }
        // A refused call is nothing that somebody does; it is counted as refused.
        let values = [
            address.network,
            agent,
            (!row.failed).then_some(action),
            row.region.map(|region| self.words.number(region)),
            row.account.map(|account| self.words.number(account)),
        ];
        let ends = row.operation == "TerminateInstances" && !row.failed;
        for (kind, number) in subjects {
            let Some(number) = number else { continue };
            if ends {
                let subject = kind.subject(self.words.text(number).to_owned());
                let (instances, out) = self.terminated.entry(subject).or_default();
                instances.extend(row.touched().filter(|id| id.starts_with("i-")).map(str::to_owned));
                out.add(row.time, row.id, account, "", None);
            }
            self.tally.add((kind, number), hour, row.failed, values);
        }
        if self.wanted.judged.is_some_and(|within| contains(within, row.time)) {
            let (network, known) = (address.network, address.known);
            self.ask(row, &Question { person, hour, network, known, agent, action, account });
        }
    }

    fn address(&mut self, ip: &str) -> Address {
        if let Some(address) = self.addresses.get(ip) {
            return *address;
        }
        let parsed = ip.parse::<IpAddr>().ok();
        let is_known = |ip: IpAddr| self.wanted.networks.iter().any(|network| network.contains(&ip.to_canonical()));
        let network = parsed.and_then(forewarn_events::network).map(|network| self.words.number(&network));
        let address = Address { network, known: parsed.is_some_and(is_known) };
        self.addresses.insert(ip.to_owned(), address);
        address
    }

    fn agent(&mut self, agent: &str) -> Option<u32> {
        if let Some(known) = self.agents.get(agent) {
            return *known;
        }
        let number = family(agent).map(|family| self.words.number(&family));
        self.agents.insert(agent.to_owned(), number);
        number
    }

    fn action(&mut self, row: &Row<'_>) -> u32 {
        let key = (self.words.number(row.operation), self.words.number(row.service));
        if let Some(known) = self.actions.get(&key) {
            return *known;
        }
        let number = self.words.number(&row.action());
        self.actions.insert(key, number);
        number
    }

    /// What was counted, by subject.
    fn sum_up(&mut self) {
        let tally = std::mem::take(&mut self.tally);
        let words = &self.words;
        self.subjects = tally.finish(words);
    }

    /// Asks the history of the person about each part of an event.
    fn ask(&mut self, row: &Row<'_>, about: &Question<'_>) {
        let acts = is_write(row.read_only, row.operation) && !row.failed;
        let account = self.words.number(about.account);
        let questions = [
            (0, "baseline.unusual_hours", Some(u32::from(about.hour))),
            (1, "baseline.new_network", about.network.filter(|_| !about.known)),
            (2, "baseline.new_agent", about.agent),
            (3, "baseline.first_time_action", acts.then_some(about.action)),
        ];
        for (kind, check, value) in questions {
            let Some(value) = value else { continue };
            let key = [about.person, u32::from(kind), value, if kind == 3 { account } else { 0 }];
            if self.answers.get(&key).is_some_and(Option::is_none) {
                continue;
            }
            let text = if kind == 0 { format!("{value:02}:00") } else { self.words.text(value).to_owned() };
            let person = self.words.text(about.person).to_owned();
            let why = if let Some(why) = self.answers.get(&key) {
                why.clone()
            } else {
                let why = self.answer(&person, kind, usize::from(about.hour), &text, about.account);
                self.answers.insert(key, why.clone());
                why
            };
            if let Some(why) = why {
                let why = format!("{text}: {why}");
                self.out.entry((check, person)).or_default().add(row.time, row.id, about.account, &text, Some(&why));
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
