//! A1: what the account is for.

use std::collections::BTreeMap;

use crate::fact::{Answer, Needs, Sentence, Weight};
use crate::look::{Look, list};

pub(super) fn purpose(look: &Look<'_>) -> Answer {
    let account = look.account();
    let mut said = Vec::new();
    let told = look.asked.about.as_ref().and_then(|(file, about)| Some((file, about.get(account)?)));
    if let Some((file, about)) = told {
        let mut parts = Vec::new();
        if let Some(purpose) = &about.purpose {
            parts.push(format!("is for {purpose}"));
        }
        if let Some(unit) = &about.unit {
            parts.push(format!("is in the organisational unit {unit}"));
        }
        match about.production {
            Some(true) => parts.push("is production".to_owned()),
            Some(false) => parts.push("is not production".to_owned()),
            None => {}
        }
        if !about.systems.is_empty() {
            let of = if about.production == Some(true) { "production instances of " } else { "" };
            parts.push(format!("holds {of}{}", list(&about.systems, 12)));
        }
        if let Some(owner) = &about.owner {
            parts.push(format!("belongs to {owner}"));
        }
        if !parts.is_empty() {
            let text = format!("Account {account} {}.", list(&parts, parts.len()));
            let weight = if about.production == Some(true) { Weight::Telling } else { Weight::Plain };
            said.push(Sentence::new(text, weight, look.id()).with(file.clone()));
        }
    }
    if let Some((file, instances)) = &look.asked.production {
        let all = look.instances();
        let listed = all.iter().filter(|id| instances.contains(**id)).count();
        if !all.is_empty() {
            let text = format!("{listed} of the {} instances are on the list of production instances.", all.len());
            let weight = if listed > 0 { Weight::Telling } else { Weight::Easing };
            said.push(Sentence::new(text, weight, look.focus()).with(file.clone()));
        }
    }
    said.extend(tags(look));
    Answer::of(said, Needs::File("what the account is for (--about FILE)".to_owned()))
}

/// What the tags at launch say about what the instances belong to.
fn tags(look: &Look<'_>) -> Option<Sentence> {
    let instances = look.instances();
    let launches: Vec<_> = look
        .before_lead()
        .filter(|row| row.operation == "RunInstances" && !row.failed && instances.iter().any(|id| row.touches(id)))
        .collect();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in launches.iter().filter_map(|row| look.record(row)) {
        for (key, value) in super::instance::tags(event.raw()) {
            let values = found.entry(key).or_default();
            if !values.contains(&value) {
                values.push(value);
            }
        }
    }
    let words: Vec<String> = found.iter().map(|(key, values)| format!("{key} = {}", list(values, 6))).collect();
    if words.is_empty() {
        return None;
    }
    let text = format!("The instances were launched with the tags {}.", list(&words, 8));
    Some(Sentence::new(text, Weight::Plain, look.ids(launches)))
}
