//! What is drawn of a case: lanes of actors, the week, and who did what from where.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::look::{Look, count};
use crate::row::Seen;
use crate::who::short;

/// Lanes, and marks in all of them.
const MOST_LANES: usize = 8;
const MOST_MARKS: usize = 1_500;

/// What a mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// An event that the case is about.
    Case,
    /// A sign-in that failed.
    SignInFailed,
    /// A sign-in.
    SignIn,
    /// A call that was refused.
    Refused,
    /// A call that changed something.
    Change,
    /// A call that only read.
    Read,
}

impl Mark {
    /// Its name for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Case => "the case",
            Self::SignInFailed => "failed sign-in",
            Self::SignIn => "sign-in",
            Self::Refused => "refused",
            Self::Change => "change",
            Self::Read => "read",
        }
    }
}

/// An event in a lane.
#[derive(Debug, Clone, Serialize)]
pub struct Moment {
    /// When.
    pub time: Timestamp,
    /// Which.
    pub event_id: String,
    /// What it is.
    pub mark: Mark,
    /// `service:Operation`.
    pub action: String,
    /// From where.
    pub from: Option<String>,
    /// What it touched, as far as there is room.
    pub touched: Vec<String>,
    /// The error of a refused call.
    pub error: Option<String>,
}

/// What one actor did.
#[derive(Debug, Clone, Serialize)]
pub struct Lane {
    /// Who.
    pub actor: String,
    /// What, by time.
    pub moments: Vec<Moment>,
}

/// The lanes of a time.
#[derive(Debug, Clone, Serialize)]
pub struct Timeline {
    /// The beginning.
    pub since: Timestamp,
    /// The end.
    pub until: Timestamp,
    /// A lane for each actor, the person of the case first.
    pub lanes: Vec<Lane>,
    /// Actors and events that there was no room for.
    pub more: u64,
}

/// Events by weekday and hour, in UTC.
#[derive(Debug, Clone, Serialize)]
pub struct Heat {
    /// Of what.
    pub of: String,
    /// How many events there were before the case, Monday first.
    pub week: Vec<Vec<u32>>,
    /// The weekday and hour of each event of the case.
    pub case: BTreeSet<(usize, usize)>,
}

/// Something in the graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Whether the case is about it.
    pub is_case: bool,
}

/// How two things belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edge {
    /// The place of the one.
    pub from: usize,
    /// The place of the other.
    pub to: usize,
    /// How many events.
    pub events: u64,
    /// One of them.
    pub event_id: String,
    /// Whether the case is about it.
    pub is_case: bool,
}

/// Addresses, actors and resources, and the events between them.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Graph {
    /// Where it came from.
    pub addresses: Vec<Node>,
    /// Who did it.
    pub actors: Vec<Node>,
    /// What it was done to.
    pub resources: Vec<Node>,
    /// From addresses to actors.
    pub came: Vec<Edge>,
    /// From actors to resources.
    pub did: Vec<Edge>,
}

fn mark(row: &Seen, in_case: bool) -> Mark {
    match (in_case, row.is_sign_in(), row.failed) {
        (true, ..) => Mark::Case,
        (_, true, true) => Mark::SignInFailed,
        (_, true, false) => Mark::SignIn,
        (_, false, true) => Mark::Refused,
        _ if row.writes() => Mark::Change,
        _ => Mark::Read,
    }
}

pub(crate) fn timeline(look: &Look<'_>) -> Timeline {
    let (from, to) = look.gathered.episode;
    let long = to.duration_since(from).max(SignedDuration::from_mins(10));
    let pad = SignedDuration::from_secs(long.as_secs() / 12);
    let (since, until) = (from.checked_sub(pad).unwrap_or(from), to.checked_add(pad).unwrap_or(to));
    let case: BTreeSet<&str> = look.gathered.focus.iter().map(|row| row.id.as_str()).collect();
    let mut lanes: BTreeMap<&str, Vec<&Seen>> = BTreeMap::new();
    for row in look.gathered.rows.iter().filter(|row| row.time >= since && row.time <= until) {
        lanes.entry(&row.who).or_default().push(row);
    }
    let own = look.gathered.who.name.as_str();
    let mut lanes: Vec<(&str, Vec<&Seen>)> = lanes.into_iter().collect();
    lanes.sort_by(|one, other| (other.0 == own, other.1.len(), one.0).cmp(&(one.0 == own, one.1.len(), other.0)));
    let (mut room, mut more, mut shown) = (MOST_MARKS, 0, Vec::new());
    for (index, (actor, mut rows)) in lanes.into_iter().enumerate() {
        if index >= MOST_LANES {
            more += rows.len() as u64;
            continue;
        }
        // What only reads goes first where there is no room.
        rows.sort_by_key(|row| (mark(row, case.contains(row.id.as_str())), row.time));
        more += rows.len().saturating_sub(room) as u64;
        rows.truncate(room);
        room -= rows.len();
        rows.sort_by(|one, other| (one.time, &one.id).cmp(&(other.time, &other.id)));
        let moments = rows.into_iter().map(|row| Moment {
            time: row.time,
            event_id: row.id.clone(),
            mark: mark(row, case.contains(row.id.as_str())),
            action: row.action(),
            from: row.ip.clone().or_else(|| row.domain.clone()),
            touched: row.resources.iter().take(4).cloned().collect(),
            error: row.error.clone(),
        });
        let actor = look.gathered.names.full(actor).to_owned();
        shown.push(Lane { actor, moments: moments.collect() });
    }
    Timeline { since, until, lanes: shown, more }
}

/// Weekday, Monday first, and hour of an instant.
fn cell(at: Timestamp) -> (usize, usize) {
    let local = Offset::UTC.to_datetime(at);
    let index = |number: i8| usize::try_from(number).unwrap_or_default();
    (index(local.weekday().to_monday_zero_offset()), index(local.hour()))
}

pub(crate) fn heat(look: &Look<'_>) -> Vec<Heat> {
    let case: BTreeSet<(usize, usize)> = look.gathered.focus.iter().map(|row| cell(row.time)).collect();
    let mut maps = Vec::new();
    if let Some(past) = look.past() {
        let week = past.week.iter().map(|hours| hours.to_vec()).collect();
        maps.push(Heat { of: format!("people in account {}", look.account()), week, case: case.clone() });
    }
    let mut own = vec![vec![0_u32; 24]; 7];
    for row in look.own_before() {
        let (day, hour) = cell(row.time);
        if let Some(events) = own.get_mut(day).and_then(|hours| hours.get_mut(hour)) {
            *events += 1;
        }
    }
    maps.push(Heat { of: look.name().to_owned(), week: own, case });
    maps
}

/// Two names, and the events between them: how many, one of them, and whether the case is about one.
type Joins = BTreeMap<(String, String), (u64, String, bool)>;

/// Things in one column of the graph.
const MOST_NODES: usize = 14;
/// More resources of one kind than this are drawn as one.
const APART: usize = 6;

/// What a resource is drawn as: itself, or all of its kind.
fn drawn(thing: &str, kinds: &BTreeMap<String, BTreeSet<&str>>) -> String {
    let kind = kind(thing);
    match kinds.get(&kind).map(BTreeSet::len) {
        Some(many) if many > APART => count(many as u64, &kind),
        _ => thing.to_owned(),
    }
}

fn kind(thing: &str) -> String {
    let known = [
        ("i-", "instance"),
        ("vol-", "volume"),
        ("snap-", "snapshot"),
        ("ami-", "image"),
        ("sg-", "security group"),
        ("eni-", "network interface"),
        ("subnet-", "subnet"),
        ("AKIA", "access key"),
        ("ASIA", "session key"),
    ];
    if let Some((_, word)) = known.iter().find(|(prefix, _)| thing.starts_with(prefix)) {
        return (*word).to_owned();
    }
    match thing.starts_with("arn:").then(|| thing.split(':').nth(2)).flatten() {
        Some(service) if thing.starts_with("arn:aws:s3:::") && thing.contains('/') => format!("{service} object"),
        Some(service) => format!("{service} resource"),
        None => "other resource".to_owned(),
    }
}

/// Nodes of a column in the order of how much happens there; the place of each name.
fn column(weights: BTreeMap<String, (u64, bool)>) -> (Vec<Node>, BTreeMap<String, usize>) {
    let mut all: Vec<(String, (u64, bool))> = weights.into_iter().collect();
    all.sort_by(|one, other| (other.1.1, other.1.0, &one.0).cmp(&(one.1.1, one.1.0, &other.0)));
    let hidden = all.len().saturating_sub(MOST_NODES);
    let mut places = BTreeMap::new();
    let mut nodes: Vec<Node> = Vec::new();
    for (index, (name, (_, is_case))) in all.into_iter().enumerate() {
        places.insert(name.clone(), index.min(MOST_NODES));
        if index < MOST_NODES {
            nodes.push(Node { name, is_case });
        }
    }
    if hidden > 0 {
        nodes.push(Node { name: format!("{hidden} more"), is_case: false });
    }
    (nodes, places)
}

pub(crate) fn graph(look: &Look<'_>) -> Graph {
    const DAY: SignedDuration = SignedDuration::from_hours(24);
    let (from, to) = look.gathered.episode;
    let case: BTreeSet<&str> = look.gathered.focus.iter().map(|row| row.id.as_str()).collect();
    let near = |row: &&Seen| {
        from.duration_since(row.time) <= DAY
            && row.time.duration_since(to) <= DAY
            && !row.is_service
            && (row.writes() || row.is_sign_in() || row.failed || case.contains(row.id.as_str()))
    };
    let rows: Vec<&Seen> = look.gathered.rows.iter().filter(near).collect();
    let mut kinds: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for thing in rows.iter().flat_map(|row| row.resources.iter()) {
        kinds.entry(kind(thing)).or_default().insert(thing);
    }
    let mut weights: [BTreeMap<String, (u64, bool)>; 3] = Default::default();
    let mut edges: [Joins; 2] = Default::default();
    for row in &rows {
        let in_case = case.contains(row.id.as_str());
        let actor = short(&row.who).to_owned();
        let address = row.ip.clone().or_else(|| row.domain.clone()).unwrap_or_else(|| "no address".to_owned());
        let things: BTreeSet<String> = row.resources.iter().map(|thing| drawn(thing, &kinds)).collect();
        let [addresses, actors, resources] = &mut weights;
        let weigh = |of: &mut BTreeMap<String, (u64, bool)>, name: &str| {
            let weight = of.entry(name.to_owned()).or_default();
            weight.0 += 1;
            weight.1 |= in_case;
        };
        weigh(addresses, &address);
        weigh(actors, &actor);
        for thing in &things {
            weigh(resources, thing);
        }
        let [came, did] = &mut edges;
        let join = |of: &mut Joins, from: &str, to: &str| {
            let edge = of.entry((from.to_owned(), to.to_owned())).or_insert_with(|| (0, row.id.clone(), false));
            edge.0 += 1;
            edge.2 |= in_case;
        };
        join(came, &address, &actor);
        for thing in &things {
            join(did, &actor, thing);
        }
    }
    let [addresses, actors, resources] = weights;
    let (addresses, at_address) = column(addresses);
    let (actors, at_actor) = column(actors);
    let (resources, at_resource) = column(resources);
    let place = |edges: Joins, left: &BTreeMap<String, usize>, right: &BTreeMap<String, usize>| {
        let mut joined: BTreeMap<(usize, usize), Edge> = BTreeMap::new();
        for ((from, to), (events, event_id, is_case)) in edges {
            let (Some(from), Some(to)) = (left.get(&from), right.get(&to)) else { continue };
            let edge =
                joined.entry((*from, *to)).or_insert(Edge { from: *from, to: *to, events: 0, event_id, is_case });
            edge.events += events;
            edge.is_case |= is_case;
        }
        joined.into_values().collect()
    };
    let [came, did] = edges;
    Graph {
        came: place(came, &at_address, &at_actor),
        did: place(did, &at_actor, &at_resource),
        addresses,
        actors,
        resources,
    }
}
