//! U1 to U5: whoever did it.

use std::collections::BTreeMap;

use forewarn_events::{Before, Change, Effect, Event, changes};
use forewarn_findings::{ChangeVerdict, Report, SettingState, Settings, VerdictKind, of_events, timeline};
use jiff::SignedDuration;

use crate::asked::{EarlierCase, EarlierLead, KnownHit};
use crate::fact::{Answer, Ids, Needs, Sentence, Weight};
use crate::look::{Look, clock, count, list, utc};
use crate::row::Seen;
use crate::who::{short, without_path};

pub(super) fn access(look: &Look<'_>) -> Answer {
    let Some((file, report)) = &look.asked.snapshot else {
        return Answer::lacking(Needs::Permission(
            "iam:GetAccountAuthorizationDetails, in a snapshot (`forewarn audit --save-snapshot FILE`, then --against FILE)"
                .to_owned(),
        ));
    };
    let names: Vec<&str> =
        [Some(look.gathered.who.name.as_str()), look.lead.role.as_deref()].into_iter().flatten().collect();
    let known = |arn: &str| names.iter().any(|name| without_path(arn) == *name || arn == *name);
    let mut said = Vec::new();
    for identity in report.exhibits.identities.iter().filter(|one| known(&one.resource.arn)) {
        let name = short(&identity.resource.arn);
        let policies = match identity.policies.len() {
            0 => "no policy".to_owned(),
            _ => format!("the policies {}", list(&identity.policies, 10)),
        };
        said.push(from_snapshot(look, file, format!("{name} has {policies}."), Weight::Plain));
        let admin = identity.administrator.as_ref();
        let (text, weight) = match admin.map(|setting| setting.state) {
            Some(SettingState::On) => (format!("{name} is an administrator of the account."), Weight::Telling),
            Some(SettingState::Partly | SettingState::Off) => {
                (format!("{name} is no administrator of the account."), Weight::Plain)
            }
            Some(SettingState::Unknown) => (
                format!(
                    "Whether {name} is an administrator could not be decided: {}.",
                    admin.map_or("", |setting| setting.said.as_str())
                ),
                Weight::Plain,
            ),
            None => continue,
        };
        said.push(from_snapshot(look, file, text, weight));
    }
    said.extend(findings(look, file, report, &known, |id| id.starts_with("iam.")));
    Answer::of(said, Needs::File(format!("a snapshot that has {}; {file} has not", names.join(" or "))))
}

fn from_snapshot(look: &Look<'_>, file: &str, text: String, weight: Weight) -> Sentence {
    Sentence::new(text, weight, look.id()).with(file)
}

/// What the audit of the snapshot found about somebody.
fn findings(
    look: &Look<'_>,
    file: &str,
    report: &Report,
    known: &dyn Fn(&str) -> bool,
    wanted: fn(&str) -> bool,
) -> Vec<Sentence> {
    let found = report.findings.iter().filter(|finding| {
        finding.verdict == VerdictKind::Fail && wanted(&finding.check) && known(&finding.resource.arn)
    });
    let words: Vec<String> = found.map(|finding| format!("{} ({})", finding.check, finding.grounds.reason)).collect();
    words
        .iter()
        .take(8)
        .map(|words| from_snapshot(look, file, format!("The audit of the snapshot found {words}."), Weight::Telling))
        .collect()
}

pub(super) fn rarity(look: &Look<'_>) -> Answer {
    let Some(past) = look.past().filter(|past| past.events > 0) else {
        return Answer::lacking(Needs::Log("events of this account from before the case".to_owned()));
    };
    let (name, action) = (look.name(), look.lead.action());
    let own = past.same.get(&look.gathered.who.name);
    let others: Vec<(&String, &(u64, String))> =
        past.same.iter().filter(|(who, _)| **who != look.gathered.who.name).collect();
    let peers = past.people.iter().filter(|who| **who != look.gathered.who.name).count();
    let had = match own {
        Some((times, _)) => format!("{name} had called {action} {} before", count(*times, "time")),
        None => format!("{name} had never called {action} before"),
    };
    let text = format!(
        "{had}; of {} in account {}, {} had.",
        count(peers as u64, "other person"),
        look.account(),
        others.len()
    );
    let text = text.replace("other persons", "other people");
    let ids = own.into_iter().chain(others.iter().map(|(_, same)| *same)).map(|(_, id)| id.as_str());
    // Of a short log nobody can say what is rare.
    let weight = match (own, others.is_empty()) {
        _ if past.days.len() < 3 => Weight::Plain,
        (None, true) => Weight::Alarming,
        (None, false) => Weight::Telling,
        (Some(_), _) => Weight::Easing,
    };
    Answer::known(Sentence::new(text, weight, look.id().and(ids)))
}

/// Days before the case in which a change of rights is recent.
const RECENT: SignedDuration = SignedDuration::from_hours(24 * 30);

pub(super) fn privileges(look: &Look<'_>) -> Answer {
    let user = &look.gathered.who.name;
    let about = |row: &&Seen| {
        let named = row.touches(short(user)) || row.resources.iter().any(|arn| without_path(arn) == *user);
        let role = look.lead.role.as_deref().is_some_and(|role| row.touches(role) || row.touches(short(role)));
        (named || role) && look.lead.time.duration_since(row.time) <= RECENT
    };
    let changed: Vec<&Seen> = look
        .before_lead()
        .filter(|row| forewarn_events::Rule::of(&row.service, &row.operation).is_some() && !row.failed)
        .filter(about)
        .collect();
    if changed.is_empty() {
        let text =
            format!("No change of what {} may do was seen in the 30 days before, {}.", look.name(), look.since_ever());
        return Answer::known(Sentence::new(text, Weight::Plain, look.id()));
    }
    let events = changed.iter().filter_map(|row| look.record(row));
    let events: Vec<Event> = events.cloned().collect();
    let opened = opened(&events);
    let made = changes(&events, "aws", look.account());
    let said = made.iter().take(20).map(|change| sentence(look, change, opened.get(change.event.id())));
    Answer::of(said.collect(), Needs::Log("the records of the changes".to_owned()))
}

/// What each change newly allowed, in words, by its event. The records are all that is known of what was before.
fn opened(events: &[Event]) -> BTreeMap<String, String> {
    let inventory = of_events(events.to_vec(), &[]);
    let told = timeline(&inventory, &Settings::default()).changes.into_iter();
    let words = |told: forewarn_findings::Told| {
        let said = match (told.opened, &told.witness) {
            (ChangeVerdict::Yes, Some(witness)) => {
                format!("; it newly allowed {} on {}", witness.request.action, witness.request.resource)
            }
            (ChangeVerdict::Yes, None) => "; it opened something".to_owned(),
            (ChangeVerdict::No, _) => "; it allowed nothing new".to_owned(),
            (ChangeVerdict::Unknown | ChangeVerdict::Refused, _) => {
                let why = told.undecided.first().map(|reason| format!(" ({})", reason.message)).unwrap_or_default();
                format!("; what it newly allowed is not known{why}")
            }
        };
        let more = told.loosened.iter().fold(String::new(), |all, said| all + ", and " + said);
        (told.event_id, format!("{said}{more}"))
    };
    told.map(words).collect()
}

fn sentence(look: &Look<'_>, change: &Change<'_>, opened: Option<&String>) -> Sentence {
    let id = change.event.id();
    let row = look.gathered.rows.iter().find(|row| row.id == id);
    let by = row.map_or("somebody", |row| short(&row.who));
    let what = change.slot.map_or_else(String::new, |slot| format!(" ({slot})"));
    let before = match (&change.before, change.rule.effect) {
        (_, Effect::Attaches | Effect::Detaches | Effect::Sets) => String::new(),
        (Before::Document { event, .. }, _) => format!("; what was there before is in event {event}"),
        (Before::Nothing, _) => "; nothing was there before".to_owned(),
        (Before::NotSeen, _) => "; what was there before is in no event of the log".to_owned(),
    };
    let text = format!(
        "{by} changed the {} of {} by {}{what} at {}{before}{}.",
        change.rule.subject.words(),
        short(&change.resource),
        change.rule.name,
        utc(change.event.record.event_time),
        opened.map_or("", String::as_str)
    );
    let ids = match &change.before {
        Before::Document { event, .. } => Ids::new(id, [event.clone()]),
        _ => Ids::new(id, []),
    };
    let own = row.is_some_and(|row| row.who == look.gathered.who.name);
    Sentence::new(text, if own { Weight::Alarming } else { Weight::Telling }, ids)
}

/// How long before the case a failure is recent.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// A failed sign-in that is followed by one that works within this time belongs to it.
const GUESSING: SignedDuration = SignedDuration::from_mins(30);

pub(super) fn failures(look: &Look<'_>) -> Answer {
    let mut said = Vec::new();
    let signs: Vec<&Seen> = look
        .own()
        .filter(|row| row.is_sign_in() && row.time <= look.lead.time && look.lead.time.duration_since(row.time) <= DAY)
        .collect();
    let success = signs.iter().rev().find(|row| !row.failed);
    if let Some(success) = success {
        let failed: Vec<&Seen> = signs
            .iter()
            .copied()
            .filter(|row| row.failed && row.time <= success.time && success.time.duration_since(row.time) <= GUESSING)
            .collect();
        said.extend(guessed(look, &failed, success));
        said.push(mfa(look, success));
    } else {
        let failed: Vec<&Seen> = signs.into_iter().filter(|row| row.failed).collect();
        if let (Some(first), Some(last)) = (failed.first(), failed.last()) {
            let text = format!(
                "{} of {} failed from {} to {} UTC, and none succeeded.",
                count(failed.len() as u64, "sign-in"),
                look.name(),
                clock(first.time),
                clock(last.time)
            );
            said.push(Sentence::new(text, Weight::Alarming, look.ids(failed)));
        } else {
            said.push(without_sign_in(look));
        }
    }
    said.extend(denied(look));
    Answer::of(
        said,
        Needs::Log("sign-in events, which are in the trail of us-east-1 or the region of sign-in".to_owned()),
    )
}

fn guessed(look: &Look<'_>, failed: &[&Seen], success: &Seen) -> Option<Sentence> {
    let first = failed.first()?;
    let text = format!(
        "{} of {} failed from {} UTC on, then one succeeded at {} UTC.",
        count(failed.len() as u64, "sign-in"),
        look.name(),
        clock(first.time),
        clock(success.time)
    );
    let ids = look.ids(failed.iter().copied()).and([success.id.as_str()]);
    Some(Sentence::new(text, if failed.len() > 2 { Weight::Alarming } else { Weight::Telling }, ids))
}

fn mfa(look: &Look<'_>, success: &Seen) -> Sentence {
    let record = look.record(success).map(|event| &event.record);
    let used = record.and_then(|record| record.additional_event_data.get("MFAUsed")?.as_str());
    let at = utc(success.time);
    let (text, weight) = match used {
        Some("Yes") => (format!("MFA was used at the sign-in of {at}."), Weight::Easing),
        Some("No") => (format!("No MFA was used at the sign-in of {at}."), Weight::Alarming),
        _ => (format!("The record of the sign-in of {at} does not say whether MFA was used."), Weight::Plain),
    };
    Sentence::new(text, weight, Ids::new(&success.id, []))
}

fn without_sign_in(look: &Look<'_>) -> Sentence {
    let session = look.gathered.lead_record().and_then(|event| event.record.user_identity.session.clone());
    let mfa = session.and_then(|session| {
        let value = session.attributes.get("mfaAuthenticated").cloned()?;
        value.as_bool().or_else(|| value.as_str()?.parse().ok())
    });
    let (text, weight) = match mfa {
        Some(true) => ("The session of the call was opened with MFA.".to_owned(), Weight::Easing),
        Some(false) => ("The session of the call was opened without MFA.".to_owned(), Weight::Telling),
        None => (format!("No sign-in of {} to the console was seen in the day before.", look.name()), Weight::Plain),
    };
    Sentence::new(text, weight, look.id())
}

/// Calls that were refused, in the day before.
fn denied(look: &Look<'_>) -> Option<Sentence> {
    let refused: Vec<&Seen> = look
        .own()
        .filter(|row| row.failed && !row.is_sign_in() && row.time <= look.lead.time)
        .filter(|row| look.lead.time.duration_since(row.time) <= DAY)
        .filter(|row| {
            let code = row.error.as_deref().unwrap_or_default();
            code.contains("AccessDenied") || code.contains("Unauthorized")
        })
        .collect();
    let (first, last) = (refused.first()?, refused.last()?);
    let mut actions: Vec<String> = refused.iter().map(|row| row.action()).collect();
    actions.sort_unstable();
    actions.dedup();
    let text = format!(
        "{} was denied {} in the day before, from {} to {}: {}.",
        look.name(),
        count(refused.len() as u64, "call"),
        utc(first.time),
        utc(last.time),
        list(&actions, 6)
    );
    Some(Sentence::new(text, if actions.len() >= 5 { Weight::Alarming } else { Weight::Telling }, look.ids(refused)))
}

pub(super) fn elsewhere(look: &Look<'_>) -> Answer {
    let mut said = Vec::new();
    if let Some((file, hits)) = &look.asked.hits {
        let own = &look.gathered.who.name;
        let of = |hit: &&KnownHit| {
            without_path(&hit.actor) == *own || look.lead.session.as_deref().is_some_and(|name| hit.actor == name)
        };
        let mut by_check: BTreeMap<&str, Vec<&KnownHit>> = BTreeMap::new();
        for hit in hits.iter().filter(of) {
            by_check.entry(&hit.check).or_default().push(hit);
        }
        for (check, hits) in by_check {
            let ids = Ids::some(hits.iter().flat_map(|hit| hit.event_ids.iter()).map(String::as_str));
            let (Some(ids), Some(hit)) = (ids, hits.first()) else { continue };
            let times = if hits.len() > 1 { format!(", {} times", hits.len()) } else { String::new() };
            let text = format!("The detection {check} has {}{times}: {}.", look.name(), hit.title);
            said.push(Sentence::new(text, Weight::Alarming, ids).with(file.clone()));
        }
        if said.is_empty() {
            let text = format!("No detection has {}.", look.name());
            said.push(Sentence::new(text, Weight::Plain, look.id()).with(file.clone()));
        }
    }
    let named: Vec<&str> =
        look.asked.threats.iter().filter(|list| list.has(look.name())).map(|list| list.file.as_str()).collect();
    if !named.is_empty() {
        let text = format!("The name {} is on {}.", look.name(), count(named.len() as u64, "threat list"));
        said.push(named.into_iter().fold(Sentence::new(text, Weight::Alarming, look.id()), Sentence::with));
    }
    if let Some(cases) = &look.asked.cases {
        said.extend(earlier(look, cases));
    }
    let lacking =
        Needs::File("hits of the detections (`forewarn events detect -f json=FILE`, then --hits FILE)".to_owned());
    let missing = look.asked.hits.is_none() && !said.is_empty();
    Answer::of(said, lacking.clone()).but(missing.then_some(lacking))
}

/// Cases of earlier that know the person, or what stands in the event of this one.
fn earlier(look: &Look<'_>, cases: &[(String, EarlierCase)]) -> Vec<Sentence> {
    let own = &look.gathered.who.name;
    let mut said = Vec::new();
    for (file, case) in cases {
        let text = if without_path(&case.actor) == *own {
            format!("An earlier case, {}, is about {} too: {}", case.id, look.name(), case.title.text)
        } else {
            let known = |lead: &&EarlierLead| {
                without_path(&lead.value) == *own || look.gathered.artifacts.iter().any(|one| one.value == lead.value)
            };
            let mut shared: Vec<String> =
                case.followed.iter().filter(known).map(|lead| short(&lead.value).to_owned()).collect();
            shared.sort_unstable();
            shared.dedup();
            if shared.is_empty() {
                continue;
            }
            format!("An earlier case, {}, has {} too: {}", case.id, list(&shared, 5), case.title.text)
        };
        said.push(Sentence::new(text, Weight::Alarming, look.id()).with(file.clone()));
    }
    if said.is_empty() {
        let text = format!("None of {} has {}.", count(cases.len() as u64, "earlier case"), look.name());
        said.push(Sentence::new(text, Weight::Plain, look.id()));
    }
    said
}
