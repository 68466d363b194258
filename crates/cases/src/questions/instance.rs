//! I1 to I5, N1 and N2: instances, and how often they end.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_events::{Artifact, ArtifactKind};
use jiff::SignedDuration;
use serde_json::Value;

use crate::fact::{Answer, Ids, Needs, Sentence, Weight};
use crate::look::{Look, count, date, list, median, utc};
use crate::row::Seen;
use crate::who::short;

/// How the state of an instance is called, by code.
const ENDED: [i64; 2] = [32, 48];
const STOPPED: [i64; 2] = [64, 80];

fn states<'a>(look: &Look<'a>, kind: ArtifactKind) -> Vec<&'a str> {
    let of = |one: &&Artifact| one.kind == kind;
    look.gathered.artifacts.iter().filter(of).map(|one| one.value.as_str()).collect()
}

pub(super) fn stopped_or_terminated(look: &Look<'_>) -> Answer {
    let (now, before) = (states(look, ArtifactKind::CurrentState), states(look, ArtifactKind::PreviousState));
    let code = |state: &&str| state.split(' ').next().and_then(|code| code.parse::<i64>().ok());
    let has = |codes: &[i64]| now.iter().filter_map(code).any(|code| codes.contains(&code));
    let instances = count(look.instances().len() as u64, "instance");
    let verb = match (has(&ENDED), has(&STOPPED), look.lead.operation.as_str()) {
        (true, true, _) => "terminated, and some stopped",
        (true, false, _) => "terminated, not stopped",
        (false, true, _) => "stopped, not terminated",
        (false, false, "TerminateInstances" | "DeleteInstances") => "to be terminated, as the name of the event says",
        (false, false, "StopInstances") => "to be stopped, as the name of the event says",
        _ => "to be restarted, as the name of the event says",
    };
    if look.lead.failed {
        let text = format!("The call was refused: nothing was {verb}.");
        return Answer::known(Sentence::new(text, Weight::Easing, look.focus()));
    }
    let states = match (before.is_empty(), now.is_empty()) {
        (false, false) => format!(": their state went from {} to {}", list(&before, 4), list(&now, 4)),
        (true, false) => format!(": their state is {}", list(&now, 4)),
        _ => String::new(),
    };
    let were = if look.instances().len() == 1 { "was" } else { "were" };
    let text = format!("{instances} {were} {verb}{states}.");
    Answer::known(Sentence::new(text, Weight::Telling, look.focus()))
}

pub(super) fn cadence(look: &Look<'_>) -> Answer {
    let Some(past) = look.past().filter(|past| past.days.len() >= 3) else {
        return Answer::lacking(Needs::Log("events of this account on three days before the case".to_owned()));
    };
    let by_day = |day| past.terminated.get(day).map_or(0, |(instances, _)| instances.len() as u64);
    let figures: Vec<u64> = past.days.iter().map(by_day).collect();
    let most = figures.iter().copied().max().unwrap_or_default();
    let now = look.instances().len() as u64;
    let ids = past.terminated.values().map(|(_, id)| id.as_str()).take(50);
    let text = format!(
        "On the {} with activity before, people terminated a median of {} a day in account {}, at most {most}; this time it was {now}.",
        count(past.days.len() as u64, "day"),
        count(median(figures), "instance").replace("no instance", "0 instances"),
        look.account(),
    );
    let weight = if now > 2 * most.max(2) { Weight::Alarming } else { Weight::Plain };
    let mut answer = Answer::known(Sentence::new(text, weight, look.id().and(ids)));
    if let Some(ids) = Ids::some(past.by_itself_ids.iter().map(String::as_str)) {
        let text =
            format!("Auto scaling and spot ended {} besides, which do not count.", count(past.by_itself, "instance"));
        answer = answer.and(Sentence::new(text, Weight::Plain, ids));
    }
    let own: BTreeSet<&str> = look
        .own_before()
        .filter(|row| row.operation == "TerminateInstances" && !row.failed)
        .flat_map(|row| row.resources.iter())
        .filter(|id| id.starts_with("i-"))
        .map(String::as_str)
        .collect();
    let rows = look.own_before().filter(|row| row.operation == "TerminateInstances" && !row.failed);
    let text = format!("{} had terminated {} before.", look.name(), count(own.len() as u64, "instance"));
    answer.and(Sentence::new(text, Weight::Plain, look.ids(rows)))
}

/// The calls that launched instances of the case, with how many of these.
fn launches<'a>(look: &Look<'a>) -> (Vec<&'a Seen>, BTreeSet<&'a str>) {
    let instances = look.instances();
    let rows: Vec<&Seen> = look
        .before_lead()
        .filter(|row| row.operation == "RunInstances" && !row.failed)
        .filter(|row| instances.iter().any(|id| row.touches(id)))
        .collect();
    let known = instances.into_iter().filter(|id| rows.iter().any(|row| row.touches(id))).collect();
    (rows, known)
}

/// `2020-09-01`, or `2020-09-01 to 2020-09-03`.
fn days(rows: &[&Seen]) -> String {
    let (first, last) = (rows.first().map(|row| date(row.time)), rows.last().map(|row| date(row.time)));
    match (first, last) {
        (Some(first), Some(last)) if first != last => format!("between {first} and {last}"),
        (Some(first), _) => format!("on {first}"),
        _ => String::new(),
    }
}

pub(super) fn launched(look: &Look<'_>) -> Answer {
    let (rows, known) = launches(look);
    let all = look.instances().len();
    let log = || Needs::Log(format!("a log that reaches back to their launch; this one begins {}", begin(look)));
    if known.is_empty() {
        return Answer::lacking(log());
    }
    let text = format!(
        "{} of the {} {} stood up {}, as the calls that launched them say.",
        known.len(),
        count(all as u64, "instance"),
        if known.len() == 1 { "was" } else { "were" },
        days(&rows)
    );
    let text = if known.len() == all {
        format!("{} stood up {}, as the calls that launched them say.", all_were(all), days(&rows))
    } else {
        text
    };
    Answer::known(Sentence::new(text, Weight::Telling, look.ids(rows))).but((known.len() < all).then(log))
}

fn all_were(all: usize) -> String {
    if all == 1 { "The instance was".to_owned() } else { format!("All {all} instances were") }
}

fn begin(look: &Look<'_>) -> String {
    look.gathered.extent.first.as_ref().map_or_else(String::new, |(at, _)| format!("on {}", date(*at)))
}

pub(super) fn touched(look: &Look<'_>) -> Answer {
    let instances = look.instances();
    let before: Vec<&Seen> = look.own_before().filter(|row| instances.iter().any(|id| row.touches(id))).collect();
    if before.is_empty() {
        let text = format!("{} was not seen to touch these instances before, {}.", look.name(), look.since_ever());
        return Answer::known(Sentence::new(text, Weight::Telling, look.id()));
    }
    let mut actions: Vec<String> = before.iter().map(|row| row.action()).collect();
    actions.sort_unstable();
    actions.dedup();
    let text = format!(
        "{} had touched them before, {} ({}), last at {}.",
        look.name(),
        count(before.len() as u64, "time"),
        list(&actions, 6),
        before.last().map_or_else(String::new, |row| utc(row.time))
    );
    Answer::known(Sentence::new(text, Weight::Easing, look.ids(before)))
}

pub(super) fn shut_down(look: &Look<'_>) -> Answer {
    let instances = look.instances();
    let ends = ["StopInstances", "TerminateInstances", "RebootInstances"];
    let begun = look.lead.time;
    let before: Vec<&Seen> = look
        .before_lead()
        .filter(|row| ends.contains(&row.operation.as_str()) && !row.failed && row.time < begun)
        .filter(|row| instances.iter().any(|id| row.touches(id)))
        .collect();
    let (rows, known) = launches(look);
    if before.is_empty() {
        let whole = known.len() == instances.len() && !known.is_empty();
        let since = if whole { format!("since they were stood up {}", days(&rows)) } else { look.since_ever() };
        let none = if instances.len() == 1 {
            "The instance had not".to_owned()
        } else {
            format!("None of the {} instances had", instances.len())
        };
        let text = format!("{none} been shut down or restarted before, {since}.");
        let ids = look.focus().and(rows.iter().map(|row| row.id.as_str()));
        return Answer::known(Sentence::new(text, Weight::Telling, ids));
    }
    let each = before.iter().map(|row| format!("{} by {} at {}", row.operation, short(&row.who), utc(row.time)));
    let words: Vec<String> = each.collect();
    let text = format!("They had been shut down or restarted before: {}.", list(&words, 8));
    Answer::known(Sentence::new(text, Weight::Easing, look.ids(before)))
}

/// Tags in the parameters of a launch or of `CreateTags`, in whatever of its shapes.
pub(super) fn tags(record: &Value) -> Vec<(String, String)> {
    fn walk(value: &Value, depth: u8, found: &mut Vec<(String, String)>) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match value {
            Value::Object(fields) => {
                let text = |name: &str| fields.get(name).and_then(Value::as_str);
                if let (Some(key), Some(value), 2) = (text("key"), text("value"), fields.len()) {
                    let tag = (key.to_owned(), value.to_owned());
                    if !found.contains(&tag) {
                        found.push(tag);
                    }
                    return;
                }
                fields.values().for_each(|value| walk(value, depth, found));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, depth, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    if let Some(parameters) = record.get("requestParameters") {
        walk(parameters, 10, &mut found);
    }
    found
}

/// Every text under a field of one of these names.
fn texts<'v>(value: &'v Value, names: &[&str], depth: u8, found: &mut BTreeSet<&'v str>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(text) if names.contains(&name.as_str()) && !text.is_empty() => {
                        found.insert(text);
                    }
                    _ => texts(value, names, depth, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|value| texts(value, names, depth, found)),
        _ => {}
    }
}

pub(super) fn runs(look: &Look<'_>) -> Answer {
    let (rows, _) = launches(look);
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut marked: BTreeSet<String> = BTreeSet::new();
    for event in rows.iter().filter_map(|row| look.record(row)) {
        for part in ["requestParameters", "responseElements"] {
            let Some(value) = event.raw().get(part) else { continue };
            for (word, names) in [
                ("type", ["instanceType"].as_slice()),
                ("image", ["imageId"].as_slice()),
                ("security group", ["groupId", "groupName"].as_slice()),
                ("key pair", ["keyName"].as_slice()),
                ("subnet", ["subnetId"].as_slice()),
            ] {
                texts(value, names, 12, found.entry(word).or_default());
            }
        }
        let profile = event.raw().pointer("/requestParameters/iamInstanceProfile");
        if let Some(profile) = profile {
            texts(profile, &["arn", "name"], 4, found.entry("instance profile").or_default());
        }
        marked.extend(tags(event.raw()).into_iter().map(|(key, value)| format!("{key}={value}")));
    }
    found.retain(|_, values| !values.is_empty());
    let mut words: Vec<String> =
        found.iter().map(|(word, values)| format!("{word} {}", list(&values.iter().collect::<Vec<_>>(), 5))).collect();
    if !marked.is_empty() {
        words.push(format!("tags {}", list(&marked.iter().collect::<Vec<_>>(), 8)));
    }
    if words.is_empty() {
        return Answer::lacking(Needs::Log("the calls that launched them (RunInstances), or their tags".to_owned()));
    }
    let text = format!("They were launched with {}.", list(&words, words.len()));
    Answer::known(Sentence::new(text, Weight::Plain, look.ids(rows)))
}

pub(super) fn changed(look: &Look<'_>) -> Answer {
    const DAYS: SignedDuration = SignedDuration::from_hours(24 * 30);
    let instances = look.instances();
    let verbs =
        ["Modify", "Attach", "Detach", "Associate", "Disassociate", "CreateTags", "DeleteTags", "Replace", "Assign"];
    let rows: Vec<&Seen> = look
        .before_lead()
        .filter(|row| !row.failed && verbs.iter().any(|verb| row.operation.starts_with(verb)))
        .filter(|row| look.lead.time.duration_since(row.time) <= DAYS)
        .filter(|row| instances.iter().any(|id| row.touches(id)))
        .collect();
    if rows.is_empty() {
        let text = format!("No change of them was seen in the 30 days before, {}.", look.since_ever());
        return Answer::known(Sentence::new(text, Weight::Plain, look.id()));
    }
    let words: Vec<String> =
        rows.iter().map(|row| format!("{} by {} at {}", row.operation, short(&row.who), utc(row.time))).collect();
    let text = format!("They were changed in the 30 days before: {}.", list(&words, 8));
    Answer::known(Sentence::new(text, Weight::Telling, look.ids(rows)))
}
