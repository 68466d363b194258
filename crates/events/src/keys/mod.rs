//! Where each access key is used, and whether more than one person or machine uses it.
//!
//! A long-lived key is one thing, and so are all sessions of one person. Every call with it was made somewhere: from a
//! network, by a host, with a client. Two places that take turns within an hour are two users; a move from one to the
//! other is none. What AWS does by itself says nothing about where a key is, and is set apart.

mod plan;
mod score;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;
use serde::Serialize;

pub use plan::plan;
pub use score::{Judged, Part, Suspicion};

use crate::{WITHIN, host, network};

/// Distinct addresses and agents that are kept of one key.
const MOST: usize = 500;

/// One call, as far as it matters here.
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    /// When.
    pub at: Timestamp,
    /// The id of the event.
    pub id: &'a str,
    /// The id of the access key.
    pub key: &'a str,
    /// The ARN of the identity.
    pub user: &'a str,
    /// The type of the identity, such as `IAMUser`.
    pub kind: &'a str,
    /// The ARN of the role, for a session of one.
    pub role: Option<&'a str>,
    /// The name of the session.
    pub session: Option<&'a str>,
    /// The identity that the first session of a chain carried.
    pub source_identity: Option<&'a str>,
    /// The account of the identity.
    pub account: &'a str,
    /// The service that called on somebody's behalf.
    pub invoked_by: Option<&'a str>,
    /// The address of the caller, where it is one.
    pub address: Option<IpAddr>,
    /// What stands in the place of an address.
    pub domain: Option<&'a str>,
    /// What the client said it was.
    pub agent: Option<&'a str>,
    /// The region that answered.
    pub region: &'a str,
    /// Whether the call was refused.
    pub failed: bool,
}

/// What is used: a key, or the sessions of somebody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A long-lived access key, by its id.
    Key(String),
    /// All sessions of a user or person, by ARN or name.
    Sessions(String),
}

impl Unit {
    /// What a call counts for; `None` for the sessions of a role that do not say whose they are, and for AWS itself.
    fn of(call: &Use<'_>) -> Option<Self> {
        let role = call.role.unwrap_or_default();
        if call.kind == "AWSService" || role.contains(":role/aws-service-role/") {
            return None;
        }
        if call.key.starts_with("AKIA") {
            return Some(Self::Key(call.key.to_owned()));
        }
        let person = match (call.source_identity, call.kind, call.session) {
            (Some(person), _, _) => person,
            (None, "IAMUser" | "Root" | "IdentityCenterUser", _) => call.user,
            (None, _, Some(session)) if role.contains("/AWSReservedSSO_") => session,
            _ => return None,
        };
        (!person.is_empty()).then(|| Self::Sessions(person.to_owned()))
    }
}

/// Networks by the name of their list, such as the ways out of an office, a VPN, or a CI service. All of one list are one
/// place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<(String, Vec<IpNet>)>);

impl Networks {
    /// Adds a list, an address or network a line; what follows a `#` is a comment.
    ///
    /// # Errors
    /// The line that is neither, with its number.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), String> {
        let mut networks = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let entry = line.split('#').next().unwrap_or_default().trim();
            if entry.is_empty() {
                continue;
            }
            let address = || entry.parse::<IpAddr>().ok().map(IpNet::from);
            let network = entry.parse::<IpNet>().ok().or_else(address);
            networks
                .push(network.ok_or_else(|| format!("line {}: `{entry}` is no address and no network", number + 1))?);
        }
        self.0.push((name.to_owned(), networks));
        Ok(())
    }

    /// Where an address is; `None` for one from inside a VPC that no list has.
    fn place(&self, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        let listed = self.0.iter().find(|(_, networks)| networks.iter().any(|network| network.contains(&address)));
        match listed {
            Some((name, _)) => Some(Place { name: format!("list {name}"), listed: true, is_v6: false }),
            None => network(address).map(|name| Place { name, listed: false, is_v6: address.is_ipv6() }),
        }
    }
}

/// A network.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    name: String,
    listed: bool,
    is_v6: bool,
}

/// How often and when something was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// The first time.
    pub first_time: Timestamp,
    /// The last time.
    pub last_time: Timestamp,
    /// Calls.
    pub events: u64,
}

fn see<K: Ord>(map: &mut BTreeMap<K, Seen>, key: K, at: Timestamp) {
    let seen = map.entry(key).or_insert(Seen { first_time: at, last_time: at, events: 0 });
    seen.last_time = at;
    seen.events += 1;
}

/// The same, but for what would be one too many.
fn see_some<K: Ord>(map: &mut BTreeMap<K, Seen>, key: K, at: Timestamp) {
    if map.len() < MOST || map.contains_key(&key) {
        see(map, key, at);
    }
}

/// Three calls within an hour, the first and the last from one place and the middle one from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// The place of the first and the last.
    pub here: String,
    /// The place of the middle one.
    pub there: String,
    /// The events.
    pub event_ids: [String; 3],
    /// When the first was.
    pub first_time: Timestamp,
    /// When the last was.
    pub last_time: Timestamp,
}

/// Turns of one kind: how many, and the closest of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Turns {
    pub(crate) count: u64,
    pub(crate) closest: Option<Turn>,
    last: BTreeMap<String, (Timestamp, String)>,
    before: Option<(String, String)>,
}

impl Turns {
    /// Takes the next call; the turn that it ends.
    fn take(&mut self, here: &str, at: Timestamp, id: &str) -> Option<Turn> {
        let turn = match (&self.before, self.last.get(here)) {
            (Some((there, middle)), Some((first, start))) if there != here && at.duration_since(*first) <= WITHIN => {
                Some(Turn {
                    here: here.to_owned(),
                    there: there.clone(),
                    event_ids: [start.clone(), middle.clone(), id.to_owned()],
                    first_time: *first,
                    last_time: at,
                })
            }
            _ => None,
        };
        self.last.insert(here.to_owned(), (at, id.to_owned()));
        self.before = Some((here.to_owned(), id.to_owned()));
        turn
    }

    fn keep(&mut self, turn: Turn) {
        self.count += 1;
        let span = |turn: &Turn| turn.last_time.duration_since(turn.first_time);
        if self.closest.as_ref().is_none_or(|closest| span(&turn) < span(closest)) {
            self.closest = Some(turn);
        }
    }
}

/// All that is known of the use of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The key.
    pub unit: Unit,
    /// Calls, refused ones too.
    pub events: u64,
    /// Refused calls.
    pub refused: u64,
    /// The first call.
    pub first_time: Timestamp,
    /// The last call.
    pub last_time: Timestamp,
    /// The account.
    pub account: String,
    /// ARNs that it was used by.
    pub users: BTreeSet<String>,
    /// Ids of keys; of sessions, at most so many.
    pub keys: BTreeSet<String>,
    /// Networks, and lists of networks.
    pub networks: BTreeMap<String, Seen>,
    /// Addresses; at most five hundred.
    pub addresses: BTreeMap<IpAddr, Seen>,
    /// What agents say of the machines.
    pub hosts: BTreeMap<String, Seen>,
    /// Kinds of clients.
    pub clients: BTreeMap<String, Seen>,
    /// Agents; at most five hundred.
    pub agents: BTreeMap<String, Seen>,
    /// Regions.
    pub regions: BTreeSet<String>,
    /// Calls by AWS services with it, or on its behalf: they say nothing about where it is.
    pub services: BTreeMap<String, Seen>,
    /// Calls from inside a VPC.
    pub inside: u64,
    pub(crate) by_network: Turns,
    pub(crate) by_host: Turns,
    pub(crate) by_client: Turns,
    /// Networks of IPv4 and IPv6 that take turns under one agent: one machine that has both.
    pub(crate) dual_stack: Turns,
    /// Two lists of networks that take turns.
    pub(crate) listed: Turns,
    /// The last agent, listing and family of each network.
    by_place: BTreeMap<String, (Option<String>, bool, bool)>,
}

impl Usage {
    fn new(unit: Unit, call: &Use<'_>) -> Self {
        Self {
            unit,
            events: 0,
            refused: 0,
            first_time: call.at,
            last_time: call.at,
            account: call.account.to_owned(),
            users: BTreeSet::new(),
            keys: BTreeSet::new(),
            networks: BTreeMap::new(),
            addresses: BTreeMap::new(),
            hosts: BTreeMap::new(),
            clients: BTreeMap::new(),
            agents: BTreeMap::new(),
            regions: BTreeSet::new(),
            services: BTreeMap::new(),
            inside: 0,
            by_network: Turns::default(),
            by_host: Turns::default(),
            by_client: Turns::default(),
            dual_stack: Turns::default(),
            listed: Turns::default(),
            by_place: BTreeMap::new(),
        }
    }

    fn take(&mut self, call: &Use<'_>, networks: &Networks) {
        self.events += 1;
        self.refused += u64::from(call.failed);
        self.last_time = call.at;
        if self.users.len() < MOST && !call.user.is_empty() {
            self.users.insert(call.user.to_owned());
        }
        if self.keys.len() < MOST {
            self.keys.insert(call.key.to_owned());
        }
        self.regions.insert(call.region.to_owned());
        let (Some(address), None) = (call.address, call.invoked_by) else {
            let by = call.invoked_by.or(call.domain).unwrap_or("(no address)");
            see_some(&mut self.services, by.to_owned(), call.at);
            return;
        };
        see_some(&mut self.addresses, address.to_canonical(), call.at);
        if let Some(agent) = call.agent {
            see_some(&mut self.agents, agent.to_owned(), call.at);
        }
        match networks.place(address) {
            Some(place) => {
                see_some(&mut self.networks, place.name.clone(), call.at);
                self.turn(&place, call);
            }
            None => self.inside += 1,
        }
        if let Some(host) = call.agent.and_then(host) {
            see_some(&mut self.hosts, host.clone(), call.at);
            if let Some(turn) = self.by_host.take(&host, call.at, call.id) {
                self.by_host.keep(turn);
            }
        }
        if let Some(client) = call.agent.and_then(client) {
            see_some(&mut self.clients, client.clone(), call.at);
            if let Some(turn) = self.by_client.take(&client, call.at, call.id) {
                self.by_client.keep(turn);
            }
        }
    }

    fn turn(&mut self, place: &Place, call: &Use<'_>) {
        let agent = call.agent.map(str::to_owned);
        let turn = self.by_network.take(&place.name, call.at, call.id);
        if let Some(turn) = turn {
            let other = self.by_place.get(&turn.there);
            let dual =
                other.is_some_and(|(other, _, is_v6)| *is_v6 != place.is_v6 && *other == agent && agent.is_some());
            let listed = place.listed && other.is_some_and(|(_, listed, _)| *listed);
            let kind = match (listed, dual) {
                (true, _) => &mut self.listed,
                (_, true) => &mut self.dual_stack,
                _ => &mut self.by_network,
            };
            kind.keep(turn);
        }
        self.by_place.insert(place.name.clone(), (agent, place.listed, place.is_v6));
    }
}

/// What kind of program an agent says it is, without its version; `None` where it says nothing.
pub fn client(agent: &str) -> Option<String> {
    /// Programs that say what they are in the midst of what their libraries say.
    const INSIDE: [&str; 14] = [
        "terraform",
        "pulumi",
        "ansible",
        "cyberduck",
        "s3 browser",
        "rclone",
        "aws-cli",
        "awspowershell",
        "aws-cdk",
        "cloudformation",
        "signin.amazonaws.com",
        "console.amazonaws.com",
        "s3console",
        "aws-vault",
    ];
    let lower = agent.trim_matches(['[', ']', ' ']).to_ascii_lowercase();
    if let Some(known) = INSIDE.into_iter().find(|known| lower.contains(known)) {
        let console = known.ends_with("amazonaws.com") || known == "s3console";
        return Some(if console { "console".to_owned() } else { known.to_owned() });
    }
    if lower.starts_with("mozilla/") {
        return Some("browser".to_owned());
    }
    let product = lower.split(['/', ' ', ';', ',']).next()?;
    (!product.is_empty() && product.len() <= 64).then(|| product.to_owned())
}

/// The use of every key, call by call.
#[derive(Debug, Default)]
pub struct Keys {
    networks: Networks,
    found: BTreeMap<Unit, Usage>,
}

impl Keys {
    /// Understands these lists of networks.
    pub fn new(networks: Networks) -> Self {
        Self { networks, found: BTreeMap::new() }
    }

    /// Takes the next call; they come by time.
    pub fn take(&mut self, call: &Use<'_>) {
        let Some(unit) = Unit::of(call) else { return };
        let usage = self.found.entry(unit.clone()).or_insert_with(|| Usage::new(unit, call));
        usage.take(call, &self.networks);
    }

    /// Every key with its score, the highest first.
    pub fn judged(self) -> Vec<Judged> {
        let mut all: Vec<Judged> = self.found.into_values().map(score::judged).collect();
        all.sort_by(|one, other| other.score.cmp(&one.score).then_with(|| one.usage.unit.cmp(&other.usage.unit)));
        all
    }
}

#[cfg(test)]
mod tests;
