//! Hits and keys with stand-ins: everything is taken apart by name, so that a new field is decided about.

#![expect(clippy::needless_for_each, reason = "a line for every field")]

use std::collections::BTreeMap;

use forewarn_cases::baseline::BASELINES;
use forewarn_detect::{DETECTIONS, Hit};
use forewarn_events::{Judged, Part, Seen, Turn, Unit};
use forewarn_findings::{Redaction, Redactor};

use super::detect::Unread;

/// Stand-ins for one output of these commands: the words of the detections stay.
pub(super) fn redactor(redaction: &Redaction) -> Redactor<'_> {
    let checks = forewarn_checks::all().into_iter().map(|check| check.title);
    let detections = DETECTIONS.iter().map(|one| one.title).chain(BASELINES.iter().map(|ground| ground.title));
    redaction.redactor(checks.chain(detections))
}

pub(super) fn unread(by: &mut Redactor<'_>, all: &mut [Unread]) {
    for Unread { source, why } in all {
        by.leaf(source);
        Redactor::withhold(why);
    }
}

pub(super) fn hits(by: &mut Redactor<'_>, hits: &mut [Hit]) {
    for hit in hits.iter_mut() {
        let Hit {
            check: _,
            title: _,
            severity: _,
            techniques: _,
            actor,
            account,
            first_time: _,
            last_time: _,
            count: _,
            counted: _,
            event_ids,
            resources,
            rests_on: _,
            unknown: _,
        } = hit;
        // Several people are set apart by commas.
        let people = actor.split(", ").map(|one| {
            let mut one = one.to_owned();
            by.leaf(&mut one);
            one
        });
        *actor = people.collect::<Vec<_>>().join(", ");
        by.leaf(account);
        event_ids.iter_mut().for_each(|id| by.id(id));
        resources.iter_mut().for_each(|name| by.leaf(name));
    }
    for hit in hits {
        // The title of a rule that somebody brought may have names.
        if hit.check.starts_with("sigma.") {
            by.sentence(&mut hit.title);
        }
        hit.rests_on.iter_mut().chain(&mut hit.unknown).for_each(|said| by.sentence(said));
    }
}

pub(super) fn keys(by: &mut Redactor<'_>, keys: &mut [Judged]) {
    for Judged { usage, parts, suspicion: _, score: _ } in keys.iter_mut() {
        let (Unit::Key(name) | Unit::Sessions(name)) = &mut usage.unit;
        by.leaf(name);
        by.leaf(&mut usage.account);
        for set in [&mut usage.users, &mut usage.keys, &mut usage.regions] {
            *set = std::mem::take(set)
                .into_iter()
                .map(|mut name| {
                    by.leaf(&mut name);
                    name
                })
                .collect();
        }
        for seen in [&mut usage.networks, &mut usage.hosts, &mut usage.clients, &mut usage.agents, &mut usage.services]
        {
            named(by, seen);
        }
        for Turn { here, there, event_ids, first_time: _, last_time: _ } in
            parts.iter_mut().filter_map(|part| part.turn.as_mut())
        {
            [here, there].into_iter().for_each(|name| by.leaf(name));
            event_ids.iter_mut().for_each(|id| by.id(id));
        }
    }
    for Part { points: _, reason, turn: _ } in keys.iter_mut().flat_map(|key| &mut key.parts) {
        by.sentence(reason);
    }
}

/// The names of a map.
pub(super) fn named(by: &mut Redactor<'_>, seen: &mut BTreeMap<String, Seen>) {
    let names = std::mem::take(seen).into_iter().map(|(mut name, seen)| {
        by.leaf(&mut name);
        (name, seen)
    });
    *seen = names.collect();
}
