//! The narrative: what happened, and what the answers say that has to be known. Every sentence has its events.

use crate::fact::{Sentence, Weight};
use crate::look::{Look, clock, count, date, list, utc};
use crate::questions::Answered;

/// In which order the answers tell it.
const ORDER: [&str; 27] = [
    "N1", "T1", "T2", "U2", "N2", "U4", "P3", "P1", "P2", "P4", "R1", "R2", "K1", "K2", "U1", "U3", "U5", "I1", "I3",
    "I2", "I5", "I4", "B1", "B2", "L1", "A1", "T3",
];

/// What happened, in a sentence.
pub(crate) fn happened(look: &Look<'_>) -> Sentence {
    let lead = look.lead;
    let focus = &look.gathered.focus;
    let last = focus.last().map_or(lead.time, |row| row.time);
    let who = look.gathered.names.full(&look.gathered.who.name);
    let alike = focus.iter().filter(|row| row.operation == lead.operation && row.failed == lead.failed).count();
    let calls = match (alike, lead.time == last) {
        (1, _) => lead.action(),
        (_, true) => format!("{} {alike} times", lead.action()),
        (_, false) => format!("{} {alike} times until {} UTC", lead.action(), clock(last)),
    };
    let ends = matches!(lead.operation.as_str(), "TerminateInstances" | "DeleteInstances");
    let instances = look.instances();
    let listed = look.asked.production.as_ref();
    let listed = listed.is_some_and(|(_, list)| !instances.is_empty() && instances.iter().all(|id| list.contains(*id)));
    let kind = if listed { "production instance" } else { "instance" };
    let what = match (ends && !instances.is_empty(), lead.failed) {
        (true, false) => format!("terminated {} ", count(instances.len() as u64, kind)),
        (true, true) => format!("tried to terminate {} and was refused ", count(instances.len() as u64, kind)),
        (false, true) => format!("tried {calls} and was refused ({}) ", lead.error.as_deref().unwrap_or("no code")),
        (false, false) => format!("called {calls} "),
    };
    let by = if ends && !instances.is_empty() { format!(" ({calls})") } else { String::new() };
    let mut things: Vec<&str> = focus.iter().flat_map(|row| row.resources.iter().map(String::as_str)).collect();
    things.sort_unstable();
    things.dedup();
    let on = if ends || things.is_empty() { String::new() } else { format!(" on {}", list(&things, 6)) };
    let role = look.lead.role.as_deref().filter(|_| !look.gathered.who.is_service);
    let role = role.map_or_else(String::new, |role| format!(" with the role {role}"));
    let text = format!(
        "On {} at {} UTC {who}{role} {what}in account {}{on}{by}.",
        date(lead.time),
        clock(lead.time),
        look.account()
    );
    Sentence::new(text, Weight::Telling, look.focus())
}

/// The narrative.
pub(crate) fn narrative(look: &Look<'_>, answers: &[Answered]) -> Vec<Sentence> {
    let mut told = vec![happened(look)];
    let (begun, ended) = look.gathered.episode;
    if begun < look.lead.time {
        let own: Vec<_> = look.own().filter(|row| row.time >= begun && row.time <= ended).collect();
        let text = format!(
            "It is part of what {} did from {} to {} without a break of an hour: {}.",
            look.name(),
            utc(begun),
            utc(ended),
            count(own.len() as u64, "event")
        );
        told.push(Sentence::new(text, Weight::Telling, look.ids(own)));
    }
    for id in ORDER {
        let sentences = answers.iter().filter(|one| one.id == id).flat_map(|one| one.answer.sentences());
        for sentence in sentences.filter(|sentence| sentence.weight() != Weight::Plain) {
            // Several questions may have the same to say.
            if told.iter().all(|known| known.text() != sentence.text()) {
                told.push(sentence.clone());
            }
        }
    }
    told
}

/// What speaks for something wrong, and what against it.
pub(crate) fn balance(answers: &[Answered]) -> (usize, usize) {
    let of = |weight| {
        answers.iter().filter(|one| one.answer.sentences().iter().any(|sentence| sentence.weight() == weight)).count()
    };
    (of(Weight::Alarming), of(Weight::Easing))
}
