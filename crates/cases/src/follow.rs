//! From artifact to artifact, within bounds; what is harmless is set aside, with the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use forewarn_events::{Artifact, ArtifactKind};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::Row;
use crate::asked::{Asked, Start};
use crate::gather::is_inside;
use crate::row::Only;
use crate::who::{Names, Who, short, without_path};

/// What more people have in common says little about any of them.
const COMMON: usize = 10;

/// New values that are kept in mind of a step.
const MOST_NEW: usize = 20_000;

/// A value that leads to other events.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Value {
    /// A person, or a session that could not be traced to one.
    Person(String),
    /// An access key.
    Key(String),
    /// An address.
    Address(String),
    /// A role.
    Role(String),
    /// An instance.
    Instance(String),
    /// A bucket.
    Bucket(String),
    /// Another resource.
    Resource(String),
}

impl Value {
    /// What a case begins with.
    pub(crate) fn of(start: &Start) -> Option<Self> {
        match start {
            Start::Event(_) => None,
            Start::Arn(arn) => Some(of_arn(arn)),
            Start::Key(key) => Some(Self::Key(key.clone())),
            Start::Address(address) => Some(Self::Address(address.to_string())),
            Start::Resource(id) => Some(of_id(id)),
        }
    }

    pub(crate) fn of_artifact(artifact: &Artifact, account: Option<&str>) -> Option<Self> {
        let value = artifact.value.clone();
        match artifact.kind {
            ArtifactKind::Address => value.parse::<IpAddr>().is_ok().then_some(Self::Address(value)),
            ArtifactKind::UserName => Some(Self::Person(format!("arn:aws:iam::{}:user/{value}", account?))),
            ArtifactKind::Instance => Some(Self::Instance(value)),
            ArtifactKind::Resource => Some(Self::Resource(value)),
            ArtifactKind::Bucket => Some(Self::Bucket(value)),
            ArtifactKind::Arn => Some(of_arn(&value)),
            ArtifactKind::AccessKey => Some(Self::Key(value)),
            ArtifactKind::Time
            | ArtifactKind::EventName
            | ArtifactKind::UserAgent
            | ArtifactKind::Account
            | ArtifactKind::Session
            | ArtifactKind::SourceIdentity
            | ArtifactKind::CurrentState
            | ArtifactKind::PreviousState => None,
        }
    }

    /// The text of it.
    pub fn text(&self) -> &str {
        let (Self::Person(text)
        | Self::Key(text)
        | Self::Address(text)
        | Self::Role(text)
        | Self::Instance(text)
        | Self::Bucket(text)
        | Self::Resource(text)) = self;
        text
    }

    /// What it is, in a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Person(_) => "person",
            Self::Key(_) => "access key",
            Self::Address(_) => "address",
            Self::Role(_) => "role",
            Self::Instance(_) => "instance",
            Self::Bucket(_) => "bucket",
            Self::Resource(_) => "resource",
        }
    }

    /// Whether a call of IAM names it by its bare name: calls about users and roles do.
    pub(crate) fn is_named_by(&self, row: &Row<'_>) -> bool {
        if row.service != "iam.amazonaws.com" {
            return false;
        }
        let (arn, about) = match self {
            Self::Person(arn) => (arn, ["User", "AccessKey", "LoginProfile", "MFADevice"].as_slice()),
            Self::Role(arn) => (arn, ["Role", "InstanceProfile"].as_slice()),
            _ => return false,
        };
        crate::who::account_of(arn) == row.account
            && about.iter().any(|word| row.operation.contains(word))
            && row.touched().any(|line| line == short(arn))
    }
}

fn of_arn(arn: &str) -> Value {
    if arn.contains(":user/") {
        Value::Person(without_path(arn).into_owned())
    } else if arn.contains(":role/") {
        Value::Role(arn.to_owned())
    } else if arn.contains(":assumed-role/") || arn.ends_with(":root") {
        Value::Person(arn.to_owned())
    } else if let Some(rest) = arn.strip_prefix("arn:aws:s3:::") {
        Value::Bucket(rest.split('/').next().unwrap_or(rest).to_owned())
    } else if let Some((_, id)) = arn.split_once(":instance/") {
        Value::Instance(id.to_owned())
    } else {
        Value::Resource(arn.to_owned())
    }
}

fn of_id(id: &str) -> Value {
    if id.starts_with("i-") { Value::Instance(id.to_owned()) } else { Value::Resource(id.to_owned()) }
}

/// The values that an event has.
pub(crate) fn values(row: &Row<'_>, who: &Who) -> Vec<Value> {
    let mut found = Vec::new();
    if !who.is_service {
        found.push(Value::Person(who.name.clone()));
    }
    if let Some(key) = row.key.filter(|key| key.starts_with("AKIA") || key.starts_with("ASIA")) {
        found.push(Value::Key(key.to_owned()));
    }
    if let Some(ip) = row.ip {
        found.push(Value::Address(ip.to_owned()));
    }
    if let Some(role) = who.role.as_deref().filter(|_| !who.is_service) {
        found.push(Value::Role(role.to_owned()));
    }
    for line in row.touched() {
        let value = if line.starts_with("arn:") {
            of_arn(line)
        } else if line.len() == 20 && (line.starts_with("AKIA") || line.starts_with("ASIA")) {
            Value::Key(line.to_owned())
        } else if line.contains('-') && matches!(Start::of(line), Start::Resource(_)) {
            of_id(line)
        } else if row.service == "s3.amazonaws.com" {
            Value::Bucket(line.to_owned())
        } else {
            continue;
        };
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found
}

/// How often a value occurs, with whom and since when.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trace {
    pub(crate) events: u64,
    pub(crate) refused: u64,
    pub(crate) first: Option<(Timestamp, String)>,
    pub(crate) last: Option<(Timestamp, String)>,
    /// Events, first and last id by person.
    pub(crate) people: BTreeMap<String, Met>,
    /// Events and first id by address.
    pub(crate) addresses: BTreeMap<String, Met>,
    /// Events by action.
    pub(crate) actions: BTreeMap<String, u64>,
    /// Further people, addresses and actions than are kept.
    pub(crate) more: u64,
}

/// What a value was seen with.
#[derive(Debug, Clone)]
pub(crate) struct Met {
    pub(crate) events: u64,
    pub(crate) first: (Timestamp, String),
    pub(crate) last: (Timestamp, String),
}

/// People, addresses and actions of a value that are told apart.
const MOST_MET: usize = 200;

impl Trace {
    fn see(&mut self, row: &Row<'_>, who: &Who) {
        self.events += 1;
        self.refused += u64::from(row.failed);
        let here = || (row.time, row.id.to_owned());
        self.first.get_or_insert_with(here);
        self.last = Some(here());
        let mut more = 0;
        let mut meet = |met: &mut BTreeMap<String, Met>, name: &str| {
            let is_full = met.len() >= MOST_MET;
            match met.get_mut(name) {
                Some(met) => {
                    met.events += 1;
                    met.last = here();
                }
                None if is_full => more += 1,
                None => {
                    met.insert(name.to_owned(), Met { events: 1, first: here(), last: here() });
                }
            }
        };
        if !who.is_service {
            meet(&mut self.people, &who.name);
        }
        if let Some(ip) = row.ip {
            meet(&mut self.addresses, ip);
        }
        let action = row.action();
        let is_full = self.actions.len() >= MOST_MET;
        match self.actions.get_mut(&action) {
            Some(events) => *events += 1,
            None if is_full => more += 1,
            None => {
                self.actions.insert(action, 1);
            }
        }
        self.more += more;
    }
}

/// A new value, and what led to it.
#[derive(Debug, Clone)]
struct New {
    from: Value,
    events: u64,
    first: String,
    /// Whether it was met within a day of the case.
    near: bool,
}

/// How a value came up.
#[derive(Debug, Clone, Serialize)]
pub struct Followed {
    /// The value.
    #[serde(flatten)]
    pub value: Value,
    /// Steps from the event: 0 stands in it.
    pub step: usize,
    /// What led to it.
    pub from: Option<Value>,
}

/// A value that was not followed.
#[derive(Debug, Clone, Serialize)]
pub struct SetAside {
    /// The value.
    #[serde(flatten)]
    pub value: Value,
    /// Steps from the event.
    pub step: usize,
    /// Whether that is because it is harmless; else it is beyond the bounds.
    pub harmless: bool,
    /// Why.
    pub why: String,
    /// An event that has it.
    pub event_id: String,
}

/// Follows values over the log.
#[derive(Debug, Default)]
pub(crate) struct Follower {
    pub(crate) traces: BTreeMap<Value, Trace>,
    pub(crate) followed: Vec<Followed>,
    pub(crate) set_aside: Vec<SetAside>,
    /// The values of this step, and whether what they lead to counts.
    wanted: BTreeMap<Value, bool>,
    new: BTreeMap<Value, New>,
    /// The values that were chosen or set aside: each is thought about once.
    known: BTreeSet<Value>,
    step: usize,
    more_new: u64,
}

impl Follower {
    /// Begins with the values of the case itself: all are looked at, those that are harmless lead no further.
    pub(crate) fn begin(values: BTreeSet<Value>, asked: &Asked) -> Self {
        let mut follower = Self::default();
        for value in values {
            let harmless = harmless(&value, asked);
            follower.followed.push(Followed { value: value.clone(), step: 0, from: None });
            if let Some(why) = &harmless {
                follower.set_aside.push(SetAside {
                    value: value.clone(),
                    step: 0,
                    harmless: true,
                    why: why.clone(),
                    event_id: String::new(),
                });
            }
            follower.known.insert(value.clone());
            follower.wanted.insert(value, harmless.is_none());
        }
        follower
    }

    /// Takes an event; whether it has one of the values.
    pub(crate) fn see(&mut self, row: &Row<'_>, who: &Who, episode: (Timestamp, Timestamp), has: &[Value]) -> bool {
        const NEAR: SignedDuration = SignedDuration::from_hours(24);
        let mut leads: Option<Value> = None;
        let mut hit = false;
        let by_name = row.service == "iam.amazonaws.com";
        for value in has {
            if let Some(counts) = self.wanted.get(value) {
                hit = true;
                if *counts && leads.is_none() {
                    leads = Some(value.clone());
                }
                self.traces.entry(value.clone()).or_default().see(row, who);
            }
        }
        if by_name {
            for (value, counts) in &self.wanted {
                if !has.contains(value) && value.is_named_by(row) {
                    hit = true;
                    if *counts && leads.is_none() {
                        leads = Some(value.clone());
                    }
                    self.traces.entry(value.clone()).or_default().see(row, who);
                }
            }
        }
        let Some(from) = leads else { return hit };
        let near = episode.0.duration_since(row.time) <= NEAR && row.time.duration_since(episode.1) <= NEAR;
        for value in has {
            if self.known.contains(value) {
                continue;
            }
            let is_full = self.new.len() >= MOST_NEW;
            match self.new.get_mut(value) {
                Some(new) => {
                    new.events += 1;
                    new.near |= near;
                }
                None if is_full => self.more_new += 1,
                None => {
                    let new = New { from: from.clone(), events: 1, first: row.id.to_owned(), near };
                    self.new.insert(value.clone(), new);
                }
            }
        }
        hit
    }

    /// The events that have one of the values of this step.
    pub(crate) fn only(&self, names: &Names) -> Only {
        let mut only = Only::default();
        for value in self.wanted.keys() {
            match value {
                Value::Person(name) => only.person(name, names),
                other => only.text(other.text()),
            }
            if matches!(value, Value::Person(_) | Value::Role(_)) {
                only.text(short(value.text()));
            }
        }
        only
    }

    /// Chooses what is followed next; whether there is anything.
    pub(crate) fn step(&mut self, asked: &Asked) -> bool {
        self.end();
        self.step += 1;
        let step = self.step;
        let mut new: Vec<(Value, New)> = std::mem::take(&mut self.new).into_iter().collect();
        // What was met near the case goes first, then what was met often.
        new.sort_by(|(one, a), (other, b)| (b.near, b.events, one).cmp(&(a.near, a.events, other)));
        let common: BTreeSet<Value> = self.wanted.keys().filter(|value| self.is_common(value)).cloned().collect();
        self.wanted.clear();
        for (value, new) in new {
            self.known.insert(value.clone());
            let aside =
                |harmless, why| SetAside { value: value.clone(), step, harmless, why, event_id: new.first.clone() };
            if let Some(why) = harmless(&value, asked) {
                self.set_aside.push(aside(true, why));
            } else if common.contains(&new.from) {
                self.set_aside.push(aside(
                    true,
                    format!("it came up with {}, which more than {COMMON} people have in common", new.from.text()),
                ));
            } else if self.wanted.len() >= asked.fan_out {
                let why = format!("{} other new values were nearer or more frequent (--fan-out)", asked.fan_out);
                self.set_aside.push(aside(false, why));
            } else {
                self.followed.push(Followed { value: value.clone(), step, from: Some(new.from) });
                self.wanted.insert(value, true);
            }
        }
        !self.wanted.is_empty()
    }

    /// Whether so many people have a value that it says little about one of them.
    pub(crate) fn is_common(&self, value: &Value) -> bool {
        !matches!(value, Value::Person(_)) && self.traces.get(value).is_some_and(|trace| trace.people.len() > COMMON)
    }

    /// What the last step brought up and nobody follows.
    pub(crate) fn end(&mut self) {
        if self.more_new > 0 {
            self.set_aside.push(SetAside {
                value: Value::Resource(format!("{} further values", self.more_new)),
                step: self.step + 1,
                harmless: false,
                why: format!("only {MOST_NEW} new values are kept in mind"),
                event_id: String::new(),
            });
            self.more_new = 0;
        }
    }

    /// New values of the last step, which are beyond the depth: with an event, and why they are harmless, where they are.
    pub(crate) fn beyond<'f>(&'f self, asked: &'f Asked) -> impl Iterator<Item = (&'f Value, &'f str, Option<String>)> {
        self.new.iter().map(|(value, new)| (value, new.first.as_str(), harmless(value, asked)))
    }
}

/// Why a value is harmless.
fn harmless(value: &Value, asked: &Asked) -> Option<String> {
    if let Some(why) = asked.allowed.why(value.text()) {
        return Some(why.to_owned());
    }
    match value {
        Value::Address(text) => {
            let address: IpAddr = text.parse().ok()?;
            if is_inside(address) {
                return Some("it is an address inside a network of the owner".to_owned());
            }
            let offices = asked.offices.as_ref()?;
            offices
                .network_of(address)
                .map(|network| format!("it is of the office network {network} ({})", offices.file))
        }
        Value::Role(arn) if arn.contains(":role/aws-service-role/") => {
            Some("it is the role of an AWS service".to_owned())
        }
        Value::Resource(arn) if arn.starts_with("arn:aws:iam::aws:policy/") => {
            Some("it is a policy of AWS, which every account has".to_owned())
        }
        _ => None,
    }
}
