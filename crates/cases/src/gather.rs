//! Goes over the log: once to find where the case begins, once around that, and once for each step from artifact to
//! artifact; each time over the events that matter to it only.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use forewarn_events::{Artifact, ArtifactKind, Event, artifacts};
use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use crate::asked::{Asked, Start};
use crate::follow::{Follower, Trace, Value, values};
use crate::past::Past;
use crate::row::{Extent, Log, Only, Row, Seen, Within};
use crate::who::{Names, Who};

/// Events of one person that are no further apart belong together.
pub(crate) const APART: SignedDuration = SignedDuration::from_hours(1);

/// So many events that begin a case, artifacts of them, and rows around them are kept.
const MOST_FOCUS: usize = 1_000;
const MOST_ARTIFACTS: usize = 400;
const MOST_ROWS: usize = 40_000;

/// Calls about what instances can be restored from.
const COPIES: [&str; 5] = ["CreateImage", "CreateSnapshot", "CreateSnapshots", "DeleteSnapshot", "DeregisterImage"];

/// The beginning and the end of what somebody did.
pub(crate) type Episode = (Timestamp, Timestamp);

/// Why there is no case.
#[derive(Debug)]
pub enum Failed<E> {
    /// The log cannot be read.
    Log(E),
    /// Nothing in the log has what the case should begin with.
    NotFound(String),
}

impl<E> From<E> for Failed<E> {
    fn from(error: E) -> Self {
        Self::Log(error)
    }
}

/// All that the log says for a case.
pub(crate) struct Gathered {
    pub(crate) names: Names,
    pub(crate) extent: Extent,
    /// The events that the case is about, by time; the first leads.
    pub(crate) focus: Vec<Seen>,
    /// Events that would be of the case, and are not looked at one by one.
    pub(crate) more_focus: u64,
    pub(crate) who: Who,
    /// The beginning and end of what the person did around them without a break of an hour.
    pub(crate) episode: Episode,
    pub(crate) records: BTreeMap<String, Event>,
    pub(crate) artifacts: Vec<Artifact>,
    pub(crate) more_artifacts: u64,
    /// What the person did, and what touched an artifact; by time.
    pub(crate) rows: Vec<Seen>,
    pub(crate) more_rows: u64,
    /// Calls that make or delete images and snapshots, by time.
    pub(crate) copies: Vec<Seen>,
    pub(crate) pasts: BTreeMap<String, Past>,
    pub(crate) follower: Follower,
}

impl Gathered {
    /// The event that leads.
    pub(crate) fn lead(&self) -> Option<&Seen> {
        self.focus.first()
    }

    /// The record of the event that leads.
    pub(crate) fn lead_record(&self) -> Option<&Event> {
        self.records.get(&self.lead()?.id)
    }

    /// What is known of a value.
    pub(crate) fn trace(&self, value: &Value) -> Option<&Trace> {
        self.follower.traces.get(value)
    }
}

/// Goes over the log.
pub(crate) fn gather<L: Log>(log: &L, asked: &Asked) -> Result<Gathered, Failed<L::Error>> {
    let (names, extent, found) = find(log, &asked.start)?;
    let begun = asked.start.iter().map(Start::word).collect::<Vec<_>>().join(", ");
    let lead = lead(&found, &asked.start).ok_or_else(|| Failed::NotFound(begun))?;
    let (who, from_ids) = (found_who(&lead), asked.start.iter().all(|one| matches!(one, Start::Event(_))));
    let (siblings, episode) = around(log, &names, &lead, &found)?;
    let mut focus: BTreeMap<(Timestamp, String), Seen> = BTreeMap::new();
    let chosen = found.into_iter().filter(|row| from_ids || row.operation == lead.operation && row.who == lead.who);
    let near = |row: &Seen| row.time >= episode.0 && row.time <= episode.1;
    for row in chosen.filter(|row| from_ids || near(row)).chain(siblings) {
        focus.insert((row.time, row.id.clone()), row);
    }
    // The event that leads stays, however many there are.
    let more_focus = focus.len().saturating_sub(MOST_FOCUS) as u64;
    let focus: Vec<Seen> = focus.into_values().take(MOST_FOCUS).collect();
    let wanted: BTreeMap<String, Timestamp> = focus.iter().map(|row| (row.id.clone(), row.time)).collect();
    let records = log.records(&wanted)?;
    let (found, more_artifacts) = artifacts_of(&focus, &records);
    let accounts: BTreeSet<String> = focus.iter().filter_map(|row| row.account.clone()).collect();
    let mut gathered = Gathered {
        names,
        extent,
        more_focus,
        who,
        episode,
        records,
        artifacts: found,
        more_artifacts,
        rows: Vec::new(),
        more_rows: 0,
        copies: Vec::new(),
        pasts: accounts.into_iter().map(|account| (account, Past::default())).collect(),
        follower: Follower::default(),
        focus,
    };
    gathered.first_step(log, asked)?;
    for _ in 0..asked.depth {
        if !gathered.follower.step(asked) {
            break;
        }
        let names = &gathered.names;
        let follower = &mut gathered.follower;
        let only = follower.only(names);
        log.each(Within::default(), &only, &mut |row| {
            let who = names.who(row);
            follower.see(row, &who, episode, &values(row, &who));
        })?;
    }
    gathered.follower.end();
    gathered.fetch(log)?;
    Ok(gathered)
}

fn found_who(lead: &Seen) -> Who {
    Who { name: lead.who.clone(), is_service: lead.is_service, role: lead.role.clone() }
}

/// The first time over the log: who is who, and what the case begins with.
fn find<L: Log>(log: &L, start: &[Start]) -> Result<(Names, Extent, Vec<Seen>), L::Error> {
    let (mut names, extent, mut found) = (Names::default(), log.extent()?, Vec::new());
    let ids: BTreeSet<&str> = start
        .iter()
        .filter_map(|one| match one {
            Start::Event(id) => Some(id.as_str()),
            _ => None,
        })
        .collect();
    let others: Vec<Value> = start.iter().filter_map(Value::of).collect();
    // Of a person it is not known before the end under which keys to look.
    let mut only = if others.is_empty() { Only::default() } else { Only::all() };
    only.sessions();
    for id in &ids {
        only.id(id);
    }
    log.each(Within::default(), &only, &mut |row| {
        names.learn(row);
        let hit = ids.contains(row.id) || {
            !others.is_empty() && {
                let who = names.who(row);
                let has = values(row, &who);
                others.iter().any(|wanted| has.contains(wanted) || wanted.is_named_by(row))
            }
        };
        if hit {
            found.push(Seen::of(row, &names.who(row)));
            // The newest ones tell more; the ids that were named are few.
            if found.len() > 2 * MOST_ROWS {
                found.drain(..MOST_ROWS);
            }
        }
    })?;
    Ok((names, extent, found))
}

/// The event that a case is about: the first that was named; of those that an artifact has, the last that changed
/// something, else the last.
fn lead(found: &[Seen], start: &[Start]) -> Option<Seen> {
    if start.iter().any(|one| matches!(one, Start::Event(_))) {
        return found.first().cloned();
    }
    let telling = |row: &&Seen| row.writes() && !row.failed && !row.is_service;
    let by_people = |row: &&Seen| !row.is_service;
    found.iter().rev().find(telling).or_else(|| found.iter().rev().find(by_people)).or_else(|| found.last()).cloned()
}

/// The calls of the same kind around the one that leads, and the time of what its person did around it without a break.
fn around<L: Log>(log: &L, names: &Names, lead: &Seen, found: &[Seen]) -> Result<(Vec<Seen>, Episode), L::Error> {
    const MARGIN: SignedDuration = SignedDuration::from_hours(26);
    let shifted = |at: Timestamp, by: SignedDuration| at.checked_add(by).unwrap_or(at);
    let last = found.iter().filter(|row| row.who == lead.who).map(|row| row.time).max().unwrap_or(lead.time);
    let until = last.min(shifted(lead.time, SignedDuration::from_hours(24 * 7))).max(lead.time);
    let within = Within { since: Some(shifted(lead.time, -MARGIN)), until: Some(shifted(until, MARGIN)) };
    let (mut times, mut alike) = (Vec::new(), Vec::new());
    let mut only = Only::default();
    only.person(&lead.who, names);
    log.each(within, &only, &mut |row| {
        if names.whom(row).name == lead.who {
            let who = names.who(row);
            times.push(row.time);
            if row.operation == lead.operation && row.service == lead.service && row.failed == lead.failed {
                alike.push(Seen::of(row, &who));
            }
        }
    })?;
    times.sort_unstable();
    let at = times.partition_point(|time| *time < lead.time);
    let (before, after) = times.split_at(at);
    let mut episode = (lead.time, lead.time);
    for time in before.iter().rev() {
        if episode.0.duration_since(*time) > APART {
            break;
        }
        episode.0 = *time;
    }
    for time in after {
        if time.duration_since(episode.1) > APART {
            break;
        }
        episode.1 = *time;
    }
    alike.retain(|row| row.time >= episode.0 && row.time <= episode.1);
    Ok((alike, episode))
}

/// The artifacts of the records, those of the first one first.
fn artifacts_of(focus: &[Seen], records: &BTreeMap<String, Event>) -> (Vec<Artifact>, u64) {
    let mut all: Vec<Artifact> = Vec::new();
    let mut known: BTreeSet<(ArtifactKind, String)> = BTreeSet::new();
    let mut more = 0;
    for event in focus.iter().filter_map(|row| records.get(&row.id)) {
        for artifact in artifacts(event.raw()) {
            if !known.insert((artifact.kind, artifact.value.clone())) {
                continue;
            }
            if all.len() < MOST_ARTIFACTS { all.push(artifact) } else { more += 1 }
        }
    }
    (all, more)
}

impl Gathered {
    /// The time over the log that looks at the person and at the artifacts of the case.
    fn first_step<L: Log>(&mut self, log: &L, asked: &Asked) -> Result<(), L::Error> {
        let mut wanted: BTreeSet<Value> = BTreeSet::new();
        for row in &self.focus {
            let text = row.resources.join("\n");
            let seen = Row {
                ip: row.ip.as_deref(),
                key: row.key.as_deref(),
                service: &row.service,
                operation: &row.operation,
                account: row.account.as_deref(),
                resources: &text,
                ..Row::default()
            };
            let who = Who { name: row.who.clone(), is_service: row.is_service, role: row.role.clone() };
            wanted.extend(values(&seen, &who));
        }
        wanted.extend(asked.start.iter().filter_map(Value::of));
        let account = self.focus.first().and_then(|row| row.account.clone());
        wanted.extend(self.artifacts.iter().filter_map(|one| Value::of_artifact(one, account.as_deref())));
        let person = Value::Person(self.who.name.clone());
        if !self.who.is_service {
            wanted.insert(person.clone());
        }
        let mut follower = Follower::begin(wanted, asked);
        let (names, episode, pasts) = (&self.names, self.episode, &mut self.pasts);
        let operation = self.focus.first().map(|row| (row.service.clone(), row.operation.clone())).unwrap_or_default();
        let (mut kept, mut copies) = (Kept::new(episode), std::collections::VecDeque::new());
        let mut only = follower.only(names);
        for account in pasts.keys() {
            only.account(account);
        }
        only.operations(&COPIES);
        log.each(Within::default(), &only, &mut |row| {
            let who = names.who(row);
            if row.time < episode.0
                && let Some(past) = row.account.and_then(|account| pasts.get_mut(account))
            {
                past.see(row, &who, episode.0, (&operation.0, &operation.1));
            }
            if COPIES.contains(&row.operation) {
                copies.push_back(Seen::of(row, &who));
                if copies.len() > MOST_ROWS {
                    copies.pop_front();
                }
            }
            let has = values(row, &who);
            if follower.see(row, &who, episode, &has) {
                kept.take(Seen::of(row, &who));
            }
        })?;
        self.copies = copies.into();
        (self.rows, self.more_rows) = kept.finish();
        self.follower = follower;
        Ok(())
    }

    /// The records that answers look into: sign-ins, launches, changes of who may do what, copies that can be restored.
    fn fetch<L: Log>(&mut self, log: &L) -> Result<(), L::Error> {
        const MOST: usize = 4_000;
        const ASKED: [&str; 16] = [
            "ConsoleLogin",
            "RunInstances",
            "CreateTags",
            "AttachVolume",
            "CreateSnapshot",
            "CreateSnapshots",
            "CreateImage",
            "DeleteSnapshot",
            "DeregisterImage",
            "CreateAccessKey",
            "StartInstances",
            "StopInstances",
            "ModifyInstanceAttribute",
            "AssumeRole",
            "StopLogging",
            "StartLogging",
        ];
        let changes = |row: &Seen| forewarn_events::Rule::of(&row.service, &row.operation).is_some();
        let wanted = self.rows.iter().filter(|row| ASKED.contains(&row.operation.as_str()) || changes(row));
        let wanted: BTreeMap<String, Timestamp> =
            wanted.rev().take(MOST).map(|row| (row.id.clone(), row.time)).collect();
        self.records.extend(log.records(&wanted)?);
        Ok(())
    }
}

/// Rows that are kept: what changes something or is refused apart from what only reads, for that is most.
struct Kept {
    episode: Episode,
    acts: std::collections::VecDeque<Seen>,
    reads: std::collections::VecDeque<Seen>,
    more: u64,
}

impl Kept {
    fn new(episode: Episode) -> Self {
        Self { episode, acts: std::collections::VecDeque::new(), reads: std::collections::VecDeque::new(), more: 0 }
    }

    fn take(&mut self, row: Seen) {
        let after = row.time > self.episode.1;
        let acts = row.writes() || row.failed || row.is_sign_in();
        let (kept, most) = if acts { (&mut self.acts, MOST_ROWS) } else { (&mut self.reads, MOST_ROWS / 4) };
        if kept.len() >= most {
            self.more += 1;
            if after {
                return;
            }
            kept.pop_front();
        }
        kept.push_back(row);
    }

    fn finish(self) -> (Vec<Seen>, u64) {
        let mut rows: Vec<Seen> = self.acts.into_iter().chain(self.reads).collect();
        rows.sort_by(|one, other| (one.time, &one.id).cmp(&(other.time, &other.id)));
        rows.dedup_by(|one, other| one.id == other.id && one.time == other.time);
        (rows, self.more)
    }
}

/// The day of an instant, in UTC.
pub(crate) fn day(at: Timestamp) -> Date {
    Offset::UTC.to_datetime(at).date()
}

/// Whether an address is one from inside a network of its owner.
pub(crate) fn is_inside(address: IpAddr) -> bool {
    forewarn_events::network(address).is_none()
}
