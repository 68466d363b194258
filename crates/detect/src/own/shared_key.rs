//! Long-lived keys that are in two places.

use std::collections::BTreeMap;
use std::net::IpAddr;

use forewarn_events::{WITHIN, host, long_lived_key, network, origin};
use ipnet::IpNet;
use jiff::Timestamp;

use crate::run::Found;
use crate::{Detector, Glance, Lists, Seen};

/// Lists of networks; all addresses of one list are one place.
pub(super) const LISTS: [&str; 3] = ["office_networks", "vpn_networks", "ci_networks"];

/// When a call was, and its id.
type Call = (Timestamp, String);

/// The place of a call, and its id.
type Spot = (String, String);

/// Where one key was.
#[derive(Default)]
struct Places {
    /// The last call from each place.
    last: BTreeMap<String, Call>,
    before: Option<Spot>,
}

impl Places {
    /// The call that a call from here would end a turn with, and the one between them.
    fn ended(&self, here: &str, at: Timestamp) -> Option<(&Call, &Spot)> {
        let (between, first) = self.before.as_ref().zip(self.last.get(here))?;
        (between.0 != here && at.duration_since(first.0) <= WITHIN).then_some((first, between))
    }

    /// The ids of three calls, the first and the last from one place and the middle one from another, within an hour.
    fn turn(&mut self, here: &str, at: Timestamp, id: &str) -> Option<(Timestamp, [String; 3], String)> {
        let turn = self.ended(here, at).map(|((first, start), (there, middle))| {
            (*first, [start.clone(), middle.clone(), id.to_owned()], there.clone())
        });
        self.last.insert(here.to_owned(), (at, id.to_owned()));
        self.before = Some((here.to_owned(), id.to_owned()));
        turn
    }
}

struct SharedKey {
    networks: Vec<(&'static str, Vec<IpNet>)>,
    keys: BTreeMap<String, (Places, Places)>,
    found: BTreeMap<String, Found>,
}

pub(super) fn detector(lists: &Lists) -> Result<Box<dyn Detector>, String> {
    let read = |name: &'static str| match lists.networks(name) {
        Ok(networks) => Ok((name, networks)),
        Err(entry) => Err(format!("list `{name}`: `{entry}` is no network")),
    };
    let networks = LISTS.into_iter().map(read).collect::<Result<_, _>>()?;
    Ok(Box::new(SharedKey { networks, keys: BTreeMap::new(), found: BTreeMap::new() }))
}

impl SharedKey {
    fn place(&self, address: IpAddr) -> Option<String> {
        let address = address.to_canonical();
        let listed =
            self.networks.iter().find(|(_, networks)| networks.iter().any(|network| network.contains(&address)));
        listed.map_or_else(|| network(address), |(name, _)| Some(format!("list {name}")))
    }
}

impl Detector for SharedKey {
    /// What ends no turn is kept in mind here, for that is most.
    fn wants(&mut self, glance: &Glance<'_>) -> bool {
        let Some(key) = glance.key.filter(|key| key.starts_with("AKIA")) else { return false };
        if glance.user_type == Some("AWSService") || glance.invoked_by.is_some() {
            return false;
        }
        if glance.user_type == Some("AssumedRole") {
            return true;
        }
        let Some(address) = glance.ip.and_then(|ip| ip.parse().ok()) else { return false };
        let (place, machine) = (self.place(address), glance.agent.and_then(host));
        let (networks, hosts) = self.keys.entry(key.to_owned()).or_default();
        let turns = |places: &Places, here: &Option<String>| {
            here.as_deref().is_some_and(|here| places.ended(here, glance.time).is_some())
        };
        if turns(networks, &place) || turns(hosts, &machine) {
            return true;
        }
        for (places, here) in [(networks, place), (hosts, machine)] {
            if let Some(here) = here {
                places.turn(&here, glance.time, glance.id);
            }
        }
        false
    }

    fn see(&mut self, seen: &Seen<'_>) {
        let record = &seen.event.record;
        let (Some(key), Some(address)) = (long_lived_key(record), origin(record)) else { return };
        let at = record.event_time;
        let place = self.place(address);
        let machine = record.user_agent.as_deref().and_then(host);
        let (networks, hosts) = self.keys.entry(key.to_owned()).or_default();
        let by_network = place.as_deref().and_then(|place| Some((networks.turn(place, at, seen.id)?, place)));
        let by_host = machine.as_deref().and_then(|host| Some((hosts.turn(host, at, seen.id)?, host)));
        let Some(((first, ids, there), here)) = by_network.or(by_host) else { return };
        let found = self.found.entry(key.to_owned()).or_insert_with(|| {
            let rests_on = vec![format!("{here} and {there} take turns within an hour")];
            let mut found = Found::one(seen, vec![key.to_owned()], rests_on);
            (found.first, found.count, found.counted) = (first, 0, "turns".into());
            found.event_ids.clear();
            found
        });
        found.last = at;
        found.count += 1;
        for id in ids {
            if found.event_ids.len() < crate::window::KEPT / 10 && !found.event_ids.contains(&id) {
                found.event_ids.push(id);
            }
        }
    }

    fn finish(&mut self) -> Vec<Found> {
        std::mem::take(&mut self.found).into_values().collect()
    }
}
