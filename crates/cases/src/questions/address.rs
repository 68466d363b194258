//! P1 to P4: the address that it came from.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::fact::{Answer, Ids, Needs, Sentence, Weight};
use crate::follow::Value;
use crate::gather::is_inside;
use crate::look::{Look, count, list, utc};
use crate::row::Seen;
use crate::who::short;

/// What is said where the record has no address.
fn without(look: &Look<'_>) -> Option<Answer> {
    if !look.addresses().is_empty() {
        return None;
    }
    let said = match look.lead.domain.as_deref() {
        Some(domain) => format!("The call came from {domain} in the place of an address."),
        None => "The record leaves the source address empty.".to_owned(),
    };
    let needs = Needs::Log("a record of the call that has its source address".to_owned());
    Some(Answer::known(Sentence::new(said, Weight::Telling, look.id())).but(needs))
}

pub(super) fn who_else(look: &Look<'_>) -> Answer {
    if let Some(answer) = without(look) {
        return answer;
    }
    let mut said = Vec::new();
    for address in look.addresses() {
        let Some(trace) = look.gathered.trace(&Value::Address(address.to_owned())) else { continue };
        let others: Vec<(&String, &crate::follow::Met)> =
            trace.people.iter().filter(|(who, _)| **who != look.gathered.who.name).collect();
        if others.is_empty() {
            let ids = trace.first.iter().chain(&trace.last).map(|(_, id)| id.as_str());
            let text = format!("Nobody but {} was seen at {address} ({}).", look.name(), count(trace.events, "event"));
            said.push(Sentence::new(text, Weight::Plain, look.id().and(ids)));
            continue;
        }
        let words: Vec<String> =
            others.iter().map(|(who, met)| format!("{} ({})", short(who), count(met.events, "event"))).collect();
        let ids = others.iter().flat_map(|(_, met)| [met.first.1.as_str(), met.last.1.as_str()]);
        let ids = Ids::some(ids).unwrap_or_else(|| look.id());
        let text = format!("{address} is also used by {}.", list(&words, 8));
        said.push(Sentence::new(text, Weight::Telling, ids));
    }
    Answer::of(said, Needs::Log("events from this address".to_owned()))
}

pub(super) fn since_when(look: &Look<'_>) -> Answer {
    if let Some(answer) = without(look) {
        return answer;
    }
    let mut said = Vec::new();
    for address in look.addresses() {
        let trace = look.gathered.trace(&Value::Address(address.to_owned()));
        let Some((Some(first), Some(last))) = trace.map(|trace| (trace.first.as_ref(), trace.last.as_ref())) else {
            continue;
        };
        let new = first.0 >= look.gathered.episode.0;
        // Where the log has hardly begun everything is new.
        let short = look.past().is_none_or(|past| past.days.len() < 3);
        let text = if new {
            format!("{address} was first seen at {}, within the case itself; last at {}.", utc(first.0), utc(last.0))
        } else {
            format!("{address} was first seen at {} and last at {}.", utc(first.0), utc(last.0))
        };
        let weight = if new && !short { Weight::Alarming } else { Weight::Plain };
        said.push(Sentence::new(text, weight, Ids::new(&first.1, [last.1.clone()])));
    }
    let flow = Needs::Log("VPC flow logs, for traffic that is no call of an API".to_owned());
    Answer::of(said, flow.clone()).but((!look.addresses().is_empty()).then_some(flow))
}

pub(super) fn known(look: &Look<'_>) -> Answer {
    if let Some(answer) = without(look) {
        return answer;
    }
    let (mut said, mut needs) = (Vec::new(), Vec::new());
    let asked = look.asked;
    for text in look.addresses() {
        let Ok(address) = text.parse::<IpAddr>() else { continue };
        let ids = look.ids(look.gathered.focus.iter().filter(|row| row.ip.as_deref() == Some(text)));
        if is_inside(address) {
            let text = format!("{address} is an address inside a network of its owner; it says nothing about a place.");
            said.push(Sentence::new(text, Weight::Plain, ids));
            continue;
        }
        said.extend(listed(look, text, &ids));
        if let Some(offices) = asked.offices.as_ref().filter(|offices| !offices.networks.is_empty()) {
            let (text, weight) = match offices.network_of(address) {
                Some(network) => (format!("{address} is of the office network {network}."), Weight::Easing),
                None => (format!("{address} is of none of the office networks."), Weight::Telling),
            };
            said.push(Sentence::new(text, weight, ids.clone()).with(offices.file.clone()));
        }
        said.extend(place(look, address, &ids));
    }
    said.extend(earlier(look));
    if asked.threats.is_empty() {
        needs.push(Needs::File("lists of known bad addresses (--threats FILE)".to_owned()));
    }
    if asked.places.is_none() {
        needs.push(Needs::File("a database of places in the format of MaxMind (--places FILE)".to_owned()));
    }
    if asked.offices.is_none() {
        needs.push(Needs::File("the networks and countries of the offices (--networks FILE)".to_owned()));
    }
    let mut needs = needs.into_iter();
    let answer = match (said.is_empty(), needs.next()) {
        (true, Some(first)) => Answer::lacking(first),
        (true, None) => Answer::lacking(Needs::File("a place for the address in the file of --places".to_owned())),
        (false, first) => Answer::of(said, Needs::File(String::new())).but(first),
    };
    needs.fold(answer, Answer::but)
}

fn listed(look: &Look<'_>, address: &str, ids: &Ids) -> Vec<Sentence> {
    let threats = &look.asked.threats;
    let on: Vec<&str> = threats.iter().filter(|list| list.has(address)).map(|list| list.file.as_str()).collect();
    let files: Vec<&str> = threats.iter().map(|list| list.file.as_str()).collect();
    if files.is_empty() {
        return Vec::new();
    }
    let (text, weight, from) = if on.is_empty() {
        (format!("{address} is on no threat list."), Weight::Easing, files)
    } else {
        (format!("{address} is on {}.", count(on.len() as u64, "threat list")), Weight::Alarming, on)
    };
    vec![from.into_iter().fold(Sentence::new(text, weight, ids.clone()), Sentence::with)]
}

fn place(look: &Look<'_>, address: IpAddr, ids: &Ids) -> Option<Sentence> {
    let places = look.asked.places.as_deref()?;
    let place = places.place(address)?;
    let words = place.words()?;
    let offices = look.asked.offices.as_ref();
    let works = offices.and_then(|offices| offices.works_at(&place));
    let (text, weight) = match (works, offices) {
        (Some(false), Some(offices)) => (
            format!("{address} is in {words}; the offices are in {} only.", list(&offices.places, 12)),
            Weight::Alarming,
        ),
        (Some(true), _) => (format!("{address} is in {words}, where there are offices."), Weight::Easing),
        _ => (format!("{address} is in {words}."), Weight::Telling),
    };
    let sentence = Sentence::new(text, weight, ids.clone()).with(places.file());
    Some(match (works, offices) {
        (Some(_), Some(offices)) => sentence.with(offices.file.clone()),
        _ => sentence,
    })
}

/// Where the person signed in from before.
fn earlier(look: &Look<'_>) -> Vec<Sentence> {
    let Some(places) = look.asked.places.as_deref() else { return Vec::new() };
    let mut by_place: BTreeMap<String, Vec<&Seen>> = BTreeMap::new();
    for row in look.own_before().filter(|row| row.is_sign_in() && !row.failed) {
        let place = row.ip.as_deref().and_then(|ip| ip.parse().ok()).and_then(|ip| places.place(ip));
        if let Some(words) = place.and_then(|place| place.words()) {
            by_place.entry(words).or_default().push(row);
        }
    }
    let said = by_place.into_iter().map(|(place, rows)| {
        let text = format!("{} of {} came from {place}.", count(rows.len() as u64, "earlier sign-in"), look.name());
        Sentence::new(text, Weight::Telling, look.ids(rows)).with(places.file())
    });
    said.collect()
}

/// Whether an agent is the console.
pub(super) fn is_console(row: &Seen) -> bool {
    let agent = row.agent.as_deref().unwrap_or_default();
    agent.contains("console.amazonaws.com")
        || agent.contains("signin.amazonaws.com")
        || row.is_sign_in()
        || agent.contains("Console")
}

pub(super) fn console(look: &Look<'_>) -> Answer {
    let lead = look.lead;
    let from_console = look.gathered.lead_record().is_some_and(|event| {
        let said = event
            .raw()
            .get("sessionCredentialFromConsole")
            .and_then(|value| value.as_bool().or_else(|| value.as_str()?.parse().ok()));
        said == Some(true)
    });
    let by_console = from_console || is_console(lead);
    let mut said = Vec::new();
    let how = if by_console { "by the console" } else { "by an API client, not by the console" };
    let agent = lead.agent.as_deref().map_or_else(String::new, |agent| format!(" (agent {agent})"));
    said.push(Sentence::new(format!("The call was made {how}{agent}."), Weight::Plain, look.id()));
    for address in look.addresses() {
        let before: Vec<&Seen> = look
            .gathered
            .rows
            .iter()
            .filter(|row| row.ip.as_deref() == Some(address) && is_console(row) && row.time < look.gathered.episode.0)
            .collect();
        let text = if before.is_empty() {
            format!("Nobody was seen to use the console from {address} before the case.")
        } else {
            format!("The console was used from {address} before, {}.", count(before.len() as u64, "time"))
        };
        let weight = if before.is_empty() && by_console { Weight::Telling } else { Weight::Plain };
        said.push(Sentence::new(text, weight, look.ids(before.into_iter().take(20))));
    }
    let needs = look.asked.offices.is_none();
    let needs = needs.then(|| Needs::File("the networks where the console is expected (--networks FILE)".to_owned()));
    Answer::of(said, Needs::Log("the record of the call".to_owned())).but(needs)
}
