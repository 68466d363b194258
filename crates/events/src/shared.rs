//! Whether one key is used from two places at once.

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use crate::{Actor, Record, SourceAddress};

/// A call as the question sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting<'a> {
    /// When.
    pub at: Timestamp,
    /// From which address.
    pub address: IpAddr,
    /// What the client said it was.
    pub agent: Option<&'a str>,
}

/// How far apart the first and the last of three sightings may be.
pub const WITHIN: SignedDuration = SignedDuration::from_mins(60);

/// What is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sharing {
    /// Two public networks take turns.
    Networks,
    /// Two hosts take turns.
    Hosts,
}

/// The address of a call that says something about where a key is: neither AWS itself nor a service on somebody's behalf.
pub fn origin(record: &Record) -> Option<IpAddr> {
    match record.source_address {
        SourceAddress::Address(address) if record.user_identity.invoked_by.is_none() => Some(address),
        _ => None,
    }
}

/// Whether a record was signed with a long-lived key, and with which.
pub fn long_lived_key(record: &Record) -> Option<&str> {
    let key = record.user_identity.access_key_id.as_deref()?;
    (key.starts_with("AKIA") && !Actor::of(record).is_service).then_some(key)
}

/// A network: what of an address does not change when a provider hands out another one (/16, or /32 of IPv6). `None` for
/// an address that is not public: it is one from inside a VPC.
pub fn network(address: IpAddr) -> Option<String> {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, _, _] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let inside = v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified() || shared;
            (!inside).then(|| format!("{a}.{b}.0.0/16"))
        }
        IpAddr::V6(v6) => {
            let [a, b, ..] = v6.segments();
            let inside = v6.is_loopback() || v6.is_unspecified() || (a & 0xfe00) == 0xfc00 || (a & 0xffc0) == 0xfe80;
            (!inside).then(|| format!("{a:x}:{b:x}::/32"))
        }
    }
}

/// What an agent says of the machine that it runs on: its system, the release of that, its processor. `None` where it says
/// nothing, as browsers and AWS's console do not.
///
/// Both forms that the SDKs of AWS have are read: `os/linux#6.1 md/arch#x86_64`, and `Linux/6.1 …`.
pub fn host(agent: &str) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    for word in agent.trim_matches(['[', ']']).split([' ', ';', ',']) {
        let lower = word.to_ascii_lowercase();
        let system = ["os/", "linux/", "darwin/", "windows/", "macos/"].iter().any(|start| lower.starts_with(start));
        if system || lower.starts_with("md/arch#") || lower.starts_with("arch/") {
            parts.push(lower);
        }
    }
    let names_a_system = parts.iter().any(|part| !part.starts_with("md/") && !part.starts_with("arch/"));
    parts.sort();
    parts.dedup();
    names_a_system.then(|| parts.join(" "))
}

/// Three sightings of which the first and the last are from one place and the middle one from another, within an hour.
///
/// `sightings` are sorted by time. Where both places take turns, the earliest such three.
pub fn shared<'s, 'a>(sightings: &'s [Sighting<'a>]) -> Option<(Sharing, [&'s Sighting<'a>; 3])> {
    let networks = turns(sightings, |sighting| network(sighting.address)).map(|found| (Sharing::Networks, found));
    networks.or_else(|| turns(sightings, |sighting| sighting.agent.and_then(host)).map(|found| (Sharing::Hosts, found)))
}

/// A, B, A within an hour, where `place` says what A and B are.
fn turns<'s, 'a>(
    sightings: &'s [Sighting<'a>],
    place: impl Fn(&Sighting<'a>) -> Option<String>,
) -> Option<[&'s Sighting<'a>; 3]> {
    // Only the ends of a stay matter: what lies between two calls from one place says nothing.
    let mut last: BTreeMap<String, &Sighting<'_>> = BTreeMap::new();
    let mut before: Option<(String, &Sighting<'_>)> = None;
    for sighting in sightings {
        let Some(here) = place(sighting) else { continue };
        if let Some((there, middle)) = &before
            && *there != here
            && let Some(first) = last.get(&here)
            && sighting.at.duration_since(first.at) <= WITHIN
        {
            return Some([first, middle, sighting]);
        }
        last.insert(here.clone(), sighting);
        before = Some((here, sighting));
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sighting(minute: i64, address: &str, agent: Option<&'static str>) -> Sighting<'static> {
        let start: Timestamp = "2026-01-02T03:00:00Z".parse().unwrap();
        let at = Timestamp::from_second(start.as_second() + 60 * minute).unwrap();
        Sighting { at, address: address.parse().unwrap(), agent }
    }

    fn found(sightings: &[(i64, &str)]) -> Option<[i64; 3]> {
        let made: Vec<_> = sightings.iter().map(|(minute, address)| sighting(*minute, address, None)).collect();
        shared(&made).map(|(sharing, three)| {
            assert_eq!(sharing, Sharing::Networks);
            three.map(|one| (one.at.as_second() - made[0].at.as_second()) / 60)
        })
    }

    const A: &str = "198.51.100.7";
    const B: &str = "203.0.113.9";

    #[test]
    fn two_networks_that_take_turns_within_an_hour_are_two_places() {
        assert_eq!(found(&[(0, A), (10, B), (20, A)]), Some([0, 10, 20]));
        assert_eq!(found(&[(0, A), (1, A), (10, B), (60, A)]), Some([1, 10, 60]));
        assert_eq!(found(&[(0, A), (10, B), (60, A)]), Some([0, 10, 60]));
        assert_eq!(found(&[(0, A), (10, B), (61, A)]), None);
        assert_eq!(found(&[(0, A), (10, B), (61, A), (62, B)]), Some([10, 61, 62]));
    }

    #[test]
    fn a_move_from_one_network_to_another_is_no_sharing() {
        assert_eq!(found(&[(0, A), (10, A), (20, B), (30, B)]), None);
        assert_eq!(found(&[]), None);
    }

    #[test]
    fn another_address_of_the_same_network_is_the_same_place() {
        assert_eq!(found(&[(0, A), (10, "198.51.7.1"), (20, A)]), None);
        assert_eq!(found(&[(0, "2001:db8:1::1"), (10, "2001:db8:2::1"), (20, "2001:db8:1::1")]), None);
        assert_eq!(found(&[(0, "2001:db8::1"), (10, "2001:db9::1"), (20, "2001:db8::1")]), Some([0, 10, 20]));
        assert_eq!(network("::ffff:198.51.100.7".parse().unwrap()), network(A.parse().unwrap()));
    }

    #[test]
    fn an_address_inside_a_vpc_is_no_network() {
        for inside in ["10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "127.0.0.1", "::1", "fd00::1", "fe80::1"]
        {
            assert_eq!(network(inside.parse().unwrap()), None, "{inside}");
            assert_eq!(found(&[(0, A), (10, inside), (20, A)]), None, "{inside}");
        }
    }

    #[test]
    fn two_machines_that_take_turns_behind_one_address_are_two_places() {
        const MAC: &str = "aws-cli/2.15.0 Python/3.11.6 Darwin/23.1.0 exe/x86_64";
        const BUILD: &str = "Boto3/1.34 md/Botocore#1.34 ua/2.0 os/linux#6.1.0 md/arch#x86_64 lang/python#3.11";
        const SAME: &str = "aws-sdk-go/1.4 ua/2.0 os/linux#6.1.0 md/arch#x86_64";
        let three = |one, two| {
            let made = [sighting(0, A, Some(one)), sighting(5, A, Some(two)), sighting(9, A, Some(one))];
            shared(&made).map(|(sharing, _)| sharing)
        };
        assert_eq!(three(MAC, BUILD), Some(Sharing::Hosts));
        assert_eq!(three(BUILD, SAME), None, "two programs of one machine");
        assert_eq!(three(BUILD, "console.amazonaws.com"), None, "an agent that says nothing");
    }

    #[test]
    fn calls_by_a_service_say_nothing_about_where_the_key_is() {
        let record = |address: &str, invoked_by: Option<&str>, key: &str| -> Record {
            serde_json::from_value(json!({
                "eventTime": "2026-01-02T03:04:05Z", "eventName": "x", "sourceIPAddress": address,
                "userIdentity": { "type": "IAMUser", "accessKeyId": key, "invokedBy": invoked_by },
            }))
            .unwrap()
        };
        assert_eq!(origin(&record(A, None, "AKIA1")), Some(A.parse().unwrap()));
        assert_eq!(origin(&record("cloudformation.amazonaws.com", None, "AKIA1")), None);
        assert_eq!(origin(&record("AWS Internal", None, "AKIA1")), None);
        assert_eq!(origin(&record(A, Some("cloudformation.amazonaws.com"), "AKIA1")), None);
        assert_eq!(long_lived_key(&record(A, None, "AKIA1")), Some("AKIA1"));
        assert_eq!(long_lived_key(&record(A, None, "ASIA1")), None);
    }
}
