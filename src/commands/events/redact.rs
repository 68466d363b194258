//! Hits, keys and records with stand-ins: everything is taken apart by name, so that a new field is decided about.

#![expect(clippy::needless_for_each, reason = "a line for every field")]

use std::collections::BTreeMap;

use forewarn_cases::baseline::BASELINES;
use forewarn_detect::{DETECTIONS, Hit};
use forewarn_events::{Judged, Part, Seen, Turn, Unit};
use forewarn_findings::{Redaction, Redactor, sections};
use forewarn_store::{Field, Name};
use serde_json::Value;

use super::detect::Unread;

/// Stand-ins for one output of these commands: the words of the detections stay.
pub(super) fn redactor(redaction: &Redaction) -> Redactor<'_> {
    let checks = forewarn_checks::all().into_iter().map(|check| check.title);
    let detections = DETECTIONS.iter().map(|one| one.title).chain(BASELINES.iter().map(|ground| ground.title));
    redaction.redactor(checks.chain(detections))
}

/// Stand-ins for a case: its story has more words than titles have.
pub(super) fn of_case(redaction: &Redaction) -> Redactor<'_> {
    let checks = forewarn_checks::all().into_iter().flat_map(|check| {
        let parts = sections(check.docs);
        [check.title, parts.what, parts.why, parts.fix]
    });
    let detections = DETECTIONS.iter().map(|one| one.title).chain(BASELINES.iter().map(|ground| ground.title));
    redaction.redactor(checks.chain(detections).chain(forewarn_cases::prose()))
}

/// What becomes of a text of a column.
enum Told {
    /// A word of AWS's.
    Kept,
    /// One thing.
    Name,
    /// Where a call came from.
    Origin,
    /// One thing a line.
    Names,
    /// One thing, whatever it looks like.
    Id,
    /// What strangers write.
    Withheld,
    /// The record itself.
    Record,
}

fn told(field: Field) -> Told {
    match field {
        Field::Time
        | Field::ClassUid
        | Field::ActivityId
        | Field::TypeUid
        | Field::StatusId
        | Field::Operation
        | Field::Error
        | Field::ReadOnly
        | Field::UserType
        | Field::Mfa
        | Field::EventType
        | Field::EventCategory
        | Field::EventVersion => Told::Kept,
        Field::Service
        | Field::User
        | Field::Key
        | Field::Issuer
        | Field::InvokedBy
        | Field::Endpoint
        | Field::Region => Told::Name,
        Field::Ip | Field::Domain => Told::Origin,
        Field::Resources => Told::Names,
        Field::Account
        | Field::UserAccount
        | Field::MetadataUid
        | Field::RequestUid
        | Field::SharedUid
        | Field::UserName
        | Field::Session
        | Field::SourceIdentity
        | Field::UserAgent => Told::Id,
        // A hash of what can be guessed says what it is.
        Field::ErrorMessage | Field::RawHash => Told::Withheld,
        Field::Raw => Told::Record,
    }
}

/// The text of a column of an event.
pub(super) fn column(by: &mut Redactor<'_>, field: Field, text: &str) -> String {
    let mut text = text.to_owned();
    match told(field) {
        Told::Kept => kept(&mut text),
        Told::Name => by.name(&mut text),
        Told::Origin => origin(by, &mut text),
        Told::Id => by.id(&mut text),
        Told::Withheld => Redactor::withhold(&mut text),
        Told::Names => {
            let lines = text.lines().map(|line| {
                let mut line = line.to_owned();
                by.name(&mut line);
                line
            });
            text = lines.collect::<Vec<_>>().join("\n");
        }
        Told::Record => text = record(by, serde_json::from_str(&text).unwrap_or_default()).to_string(),
    }
    text
}

/// A value that events are counted under.
pub(super) fn counted(by: &mut Redactor<'_>, name: Name, value: &str) -> String {
    let field = match name {
        // A source identity may be nothing but digits.
        Name::Actor if !value.contains([':', '.']) => Field::SourceIdentity,
        Name::Actor => Field::User,
        Name::Action => Field::Operation,
        Name::Service => Field::Service,
        Name::Ip => Field::Ip,
        Name::Column(field) => field,
        Name::Day | Name::Hour | Name::Weekday => return value.to_owned(),
    };
    column(by, field, value)
}

/// An address, a client: a service of AWS stays, what looks like a figure or a version does not.
fn origin(by: &mut Redactor<'_>, text: &mut String) {
    let was = text.clone();
    by.leaf(text);
    if *text == was && !was.contains(".amazonaws.com") {
        by.id(text);
    }
}

/// A word of AWS's stays where it looks like one.
fn kept(text: &mut String) {
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-_".contains(&byte)) {
        Redactor::withhold(text);
    }
}

/// A record; fields that it has beside the columns are read as a policy is.
pub(super) fn record(by: &mut Redactor<'_>, record: Value) -> Value {
    let Value::Object(fields) = record else { return Value::Null };
    let fields = fields.into_iter().map(|(name, value)| {
        let told = match (name.as_str(), value) {
            ("eventName" | "errorCode" | "eventType" | "eventCategory", Value::String(mut text)) => {
                kept(&mut text);
                text.into()
            }
            (
                "eventID" | "requestID" | "sharedEventID" | "userAgent" | "recipientAccountId",
                Value::String(mut text),
            ) => {
                by.id(&mut text);
                text.into()
            }
            ("sourceIPAddress", Value::String(mut text)) => {
                origin(by, &mut text);
                text.into()
            }
            ("errorMessage", Value::String(mut text)) => {
                Redactor::withhold(&mut text);
                text.into()
            }
            ("userIdentity", value) => identity(by, value),
            (_, value) => by.value(value),
        };
        (name, told)
    });
    Value::Object(fields.collect())
}

/// Who it was: the types of identities stay, and names are names also where they are nothing but digits.
fn identity(by: &mut Redactor<'_>, value: Value) -> Value {
    let Value::Object(fields) = value else { return by.value(value) };
    let fields = fields.into_iter().map(|(name, value)| {
        let told = match (name.as_str(), value) {
            ("type", Value::String(mut text)) => {
                kept(&mut text);
                text.into()
            }
            ("userName" | "sourceIdentity" | "accountId", Value::String(mut text)) => {
                by.id(&mut text);
                text.into()
            }
            ("sessionContext" | "sessionIssuer", value) => identity(by, value),
            (_, value) => by.value(value),
        };
        (name, told)
    });
    Value::Object(fields.collect())
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
            by.name(&mut one);
            one
        });
        *actor = people.collect::<Vec<_>>().join(", ");
        by.name(account);
        event_ids.iter_mut().for_each(|id| by.id(id));
        resources.iter_mut().for_each(|name| by.name(name));
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
        by.name(name);
        by.name(&mut usage.account);
        for set in [&mut usage.users, &mut usage.keys, &mut usage.regions] {
            *set = std::mem::take(set)
                .into_iter()
                .map(|mut name| {
                    by.name(&mut name);
                    name
                })
                .collect();
        }
        for seen in [&mut usage.networks, &mut usage.hosts, &mut usage.services] {
            named(by, seen);
        }
        for seen in [&mut usage.clients, &mut usage.agents] {
            each(by, seen, origin);
        }
        for Turn { here, there, event_ids, first_time: _, last_time: _ } in
            parts.iter_mut().filter_map(|part| part.turn.as_mut())
        {
            [here, there].into_iter().for_each(|name| by.name(name));
            event_ids.iter_mut().for_each(|id| by.id(id));
        }
    }
    for Part { points: _, reason, turn: _ } in keys.iter_mut().flat_map(|key| &mut key.parts) {
        by.sentence(reason);
    }
}

/// The names of a map.
pub(super) fn named(by: &mut Redactor<'_>, seen: &mut BTreeMap<String, Seen>) {
    each(by, seen, Redactor::name);
}

fn each<'r>(by: &mut Redactor<'r>, seen: &mut BTreeMap<String, Seen>, shown: fn(&mut Redactor<'r>, &mut String)) {
    let names = std::mem::take(seen).into_iter().map(|(mut name, seen)| {
        shown(by, &mut name);
        (name, seen)
    });
    *seen = names.collect();
}
