//! The same method for buckets, keys, sessions of roles and trails.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::{Answer, Ids, Needs, Sentence, Weight};
use crate::follow::{Met, Value};
use crate::look::{Look, count, list, utc};
use crate::row::Seen;
use crate::who::short;

pub(super) fn buckets<'a>(look: &Look<'a>) -> Vec<&'a Value> {
    look.values(|value| matches!(value, Value::Bucket(_)))
}

pub(super) fn keys<'a>(look: &Look<'a>) -> Vec<&'a Value> {
    look.values(super::is_key)
}

/// `ana (3 events), bo (1 event)`.
fn met<'m>(all: impl Iterator<Item = (&'m String, &'m Met)>) -> (Vec<String>, Vec<&'m str>) {
    let mut all: Vec<(&String, &Met)> = all.collect();
    all.sort_by(|one, other| other.1.events.cmp(&one.1.events).then(one.0.cmp(other.0)));
    let words = all.iter().map(|(name, met)| format!("{} ({})", short(name), count(met.events, "event"))).collect();
    (words, all.iter().flat_map(|(_, met)| [met.first.1.as_str(), met.last.1.as_str()]).collect())
}

pub(super) fn bucket_users(look: &Look<'_>) -> Answer {
    let mut said = Vec::new();
    for value in buckets(look) {
        let Some(trace) = look.gathered.trace(value) else { continue };
        let (people, ids) = met(trace.people.iter().filter(|(who, _)| **who != look.gathered.who.name));
        let text = if people.is_empty() {
            format!("Nobody but {} was seen at the bucket {}.", look.name(), value.text())
        } else {
            format!("The bucket {} is also used by {}.", value.text(), list(&people, 8))
        };
        said.push(Sentence::new(text, Weight::Plain, Ids::some(ids).unwrap_or_else(|| look.id())));
    }
    let needs = Needs::Log("data events of the bucket: without them nobody sees who reads objects".to_owned());
    let answer = Answer::of(said, needs.clone());
    answer.but((!look.gathered.extent.has_data).then_some(needs))
}

pub(super) fn bucket_changes(look: &Look<'_>) -> Answer {
    let names = buckets(look);
    let changes: Vec<&Seen> = look
        .gathered
        .rows
        .iter()
        .filter(|row| !row.failed && row.service == "s3.amazonaws.com")
        .filter(|row| {
            forewarn_events::Rule::of(&row.service, &row.operation).is_some()
                || ["PutBucketVersioning", "DeleteBucketEncryption", "PutBucketLogging", "DeleteBucket"]
                    .contains(&row.operation.as_str())
        })
        .filter(|row| names.iter().any(|value| row.touches(value.text())))
        .collect();
    if changes.is_empty() {
        let text = format!("No change of who may use it was seen, {}.", look.since_ever());
        return Answer::known(Sentence::new(text, Weight::Plain, look.id()));
    }
    let said = changes.iter().rev().take(20).rev().map(|row| {
        let text = format!("{} called {} at {}.", short(&row.who), row.operation, utc(row.time));
        Sentence::new(text, Weight::Telling, Ids::new(&row.id, []))
    });
    Answer::of(said.collect(), Needs::Log("the records of the changes".to_owned()))
}

pub(super) fn key_use(look: &Look<'_>) -> Answer {
    let mut said = Vec::new();
    for value in keys(look) {
        let rows: Vec<&Seen> =
            look.gathered.rows.iter().filter(|row| row.key.as_deref() == Some(value.text())).collect();
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { continue };
        let people = tally(rows.iter().map(|row| short(&row.who)));
        let addresses = tally(rows.iter().filter_map(|row| row.ip.as_deref().or(row.domain.as_deref())));
        let from = if addresses.is_empty() { String::new() } else { format!(" from {}", list(&addresses, 6)) };
        let text = format!(
            "The key {} was used by {}{from}, first at {} and last at {} ({}).",
            value.text(),
            list(&people, 4),
            utc(first.time),
            utc(last.time),
            count(rows.len() as u64, "event")
        );
        let weight = if addresses.len() > 1 { Weight::Telling } else { Weight::Plain };
        // The first event from each address.
        let mut seen: BTreeSet<Option<&str>> = BTreeSet::new();
        let each = rows.iter().copied().filter(|row| seen.insert(row.ip.as_deref()));
        said.push(Sentence::new(text, weight, look.ids(each.take(50)).and([first.id.as_str(), last.id.as_str()])));
    }
    Answer::of(said, Needs::Log("events that were signed with the key".to_owned()))
}

/// `ana (3), bo (1)`, most often first.
fn tally<'t>(things: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for thing in things {
        *counts.entry(thing).or_default() += 1;
    }
    let mut counts: Vec<(&str, u64)> = counts.into_iter().collect();
    counts.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    counts.into_iter().map(|(thing, events)| format!("{thing} ({events})")).collect()
}

pub(super) fn key_made(look: &Look<'_>) -> Answer {
    let mut said = Vec::new();
    for value in keys(look) {
        let makes = ["CreateAccessKey", "AssumeRole", "GetSessionToken", "GetFederationToken"];
        let made = look.gathered.rows.iter().find(|row| {
            makes.iter().any(|name| row.operation.starts_with(name)) && row.touches(value.text()) && !row.failed
        });
        let Some(row) = made.filter(|row| row.key.as_deref() != Some(value.text())) else { continue };
        let text = format!(
            "The key {} was made by {} with {} at {}.",
            value.text(),
            short(&row.who),
            row.operation,
            utc(row.time)
        );
        said.push(Sentence::new(text, Weight::Telling, Ids::new(&row.id, [])));
    }
    Answer::of(
        said,
        Needs::Log("the call that made the key, which is before the log begins or in another trail".to_owned()),
    )
}

pub(super) fn session_taken(look: &Look<'_>) -> Answer {
    let Some(key) = look.lead.key.as_deref() else {
        return Answer::lacking(Needs::Log("the id of the key of the session".to_owned()));
    };
    let taken = look.gathered.rows.iter().find(|row| row.operation.starts_with("AssumeRole") && row.touches(key));
    match taken.filter(|row| row.key.as_deref() != Some(key)) {
        Some(row) => {
            let from = row.ip.as_deref().or(row.domain.as_deref()).unwrap_or("an address that is not said");
            let text =
                format!("{} took the role with {} from {from} at {}.", short(&row.who), row.operation, utc(row.time));
            Answer::known(Sentence::new(text, Weight::Telling, Ids::new(&row.id, [look.lead.id.clone()])))
        }
        None => Answer::lacking(Needs::Log(
            "the AssumeRole that gave the session out; it may be in the log of another account or before this one begins"
                .to_owned(),
        )),
    }
}

pub(super) fn role_use(look: &Look<'_>) -> Answer {
    let Some(role) = &look.lead.role else { return Answer::lacking(Needs::Log("the role of the session".to_owned())) };
    let Some(trace) = look.gathered.trace(&Value::Role(role.clone())) else {
        return Answer::lacking(Needs::Log("events of the role".to_owned()));
    };
    let mut actions: Vec<(&String, &u64)> = trace.actions.iter().collect();
    actions.sort_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
    let words: Vec<String> = actions.iter().map(|(action, events)| format!("{action} ({events})")).collect();
    let (people, ids) = met(trace.people.iter());
    let text = format!("With the role {} {} called {}.", short(role), list(&people, 5), list(&words, 8));
    Answer::known(Sentence::new(text, Weight::Plain, look.id().and(ids)))
}

pub(super) fn about_trail(look: &Look<'_>) -> bool {
    look.lead.service == "cloudtrail.amazonaws.com"
        && ["StopLogging", "StartLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"]
            .contains(&look.lead.operation.as_str())
}

pub(super) fn trail_gaps(look: &Look<'_>) -> Answer {
    let stops = look.gathered.rows.iter().filter(|row| !row.failed && row.operation == "StopLogging");
    let mut said = Vec::new();
    for stop in stops {
        let start = look.gathered.rows.iter().find(|row| {
            row.time >= stop.time
                && row.operation == "StartLogging"
                && !row.failed
                && row.resources.iter().any(|trail| stop.touches(trail))
        });
        let (text, ids) = match start {
            Some(start) => (
                format!("Logging was stopped at {} and started again at {}.", utc(stop.time), utc(start.time)),
                Ids::new(&stop.id, [start.id.clone()]),
            ),
            None => (
                format!("Logging was stopped at {} and not seen to start again.", utc(stop.time)),
                Ids::new(&stop.id, []),
            ),
        };
        said.push(Sentence::new(text, Weight::Alarming, ids));
    }
    let lead = look.lead;
    if !lead.failed && matches!(lead.operation.as_str(), "DeleteTrail" | "UpdateTrail" | "PutEventSelectors") {
        let parameters = look.gathered.lead_record().map(|event| &event.record.request_parameters);
        let name = parameters.and_then(|all| all.get("name").or_else(|| all.get("trailName"))?.as_str());
        let what = if lead.operation == "DeleteTrail" { "deleted" } else { "changed" };
        let text =
            format!("The trail {} was {what} at {}.", name.unwrap_or("that the record does not name"), utc(lead.time));
        said.push(Sentence::new(text, Weight::Alarming, look.id()));
    }
    if said.is_empty() {
        let text = "No trail was seen to be stopped.".to_owned();
        said.push(Sentence::new(text, Weight::Plain, look.id()));
    }
    Answer::of(said, Needs::Log("digest files, which show gaps (`forewarn events verify`)".to_owned()))
}
