//! The events, one after the other, before every detector.

use std::borrow::Cow;
use std::cmp::Ordering;

use forewarn_events::{Actor, Brief, Event, Sessions};
use forewarn_findings::Severity;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::glance::{Glance, Held};
use crate::{DETECTIONS, Rules, Settings, Threshold};

/// A detection, as data.
#[derive(Debug)]
pub struct Detection {
    /// `<service>.<what>`, for ever.
    pub id: &'static str,
    /// What happened, in one line.
    pub title: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Techniques of MITRE ATT&CK.
    pub techniques: &'static [&'static str],
    /// What looks like it and is none.
    pub false_positives: &'static str,
    /// The lists that it asks.
    pub lists: &'static [&'static str],
    /// Its thresholds.
    pub thresholds: &'static [Threshold],
    /// Makes a detector.
    pub detector: fn(&Settings) -> Result<Box<dyn Detector>, String>,
}

/// What there is to know of a detection, whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// `<service>.<what>`; `sigma.<id>` for a rule that a user brought.
    pub id: String,
    /// What happened, in one line.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// Techniques of MITRE ATT&CK.
    pub techniques: Vec<String>,
    /// What looks like it and is none.
    pub false_positives: String,
    /// The lists that it asks.
    pub lists: Vec<String>,
    /// The file of its Sigma rule; `None` where it is written in Rust.
    pub file: Option<String>,
}

impl From<&Detection> for About {
    fn from(detection: &Detection) -> Self {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Self {
            id: detection.id.to_owned(),
            title: detection.title.to_owned(),
            severity: detection.severity,
            techniques: owned(detection.techniques),
            false_positives: detection.false_positives.to_owned(),
            lists: owned(detection.lists),
            file: None,
        }
    }
}

/// An event together with who did it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The id of the event.
    pub id: &'a str,
    /// The event.
    pub event: &'a Event,
    /// Who called.
    pub actor: &'a Actor,
    /// The person behind; where the events do not tell, the session or whoever called.
    pub person: &'a str,
    /// The account that the event is of.
    pub account: &'a str,
}

/// An event of which a few fields were read, and who did it.
#[derive(Debug, Clone, Copy)]
pub struct Short<'a> {
    /// The id of the event.
    pub id: &'a str,
    /// When.
    pub time: Timestamp,
    /// The parameters of the call.
    pub parameters: &'a Value,
    /// Who called.
    pub actor: &'a Actor,
    /// The person behind; where the events do not tell, the session or whoever called.
    pub person: &'a str,
    /// The account that the event is of.
    pub account: &'a str,
}

impl<'a> Short<'a> {
    /// The same of an event that was read whole.
    pub(crate) fn of(seen: &Seen<'a>) -> Self {
        Self {
            id: seen.id,
            time: seen.event.record.event_time,
            parameters: &seen.event.record.request_parameters,
            actor: seen.actor,
            person: seen.person,
            account: seen.account,
        }
    }
}

/// Looks for one thing.
pub trait Detector {
    /// Whether an event is wanted, as far as a first look tells; [`Detector::see`] follows where it is. What a detector has
    /// to know of an event that it does not want, it keeps in mind here.
    fn wants(&mut self, _: &Glance<'_>) -> bool {
        true
    }

    /// Whether a few fields are enough of an event: [`Detector::see_short`] follows, or [`Detector::see`] where the record is
    /// read for others anyway.
    fn wants_short(&mut self, _: &Glance<'_>) -> bool {
        false
    }

    /// Takes the next event, as far as a few of its fields tell.
    fn see_short(&mut self, _: &Short<'_>) {}

    /// Takes the next event; they come by time.
    fn see(&mut self, seen: &Seen<'_>);

    /// What was found, once all events were seen.
    fn finish(&mut self) -> Vec<Found>;
}

/// What a detector found, without the words of its detection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The person.
    pub actor: String,
    /// The account.
    pub account: String,
    /// The first event.
    pub first: Timestamp,
    /// The last event.
    pub last: Timestamp,
    /// How many of what is counted.
    pub count: u64,
    /// What is counted.
    pub counted: Cow<'static, str>,
    /// The events, by time; at most 10 000.
    pub event_ids: Vec<String>,
    /// What it was done to.
    pub resources: Vec<String>,
    /// The figures and facts that it rests on.
    pub rests_on: Vec<String>,
    /// Why it could not be decided; `None` = it happened.
    pub unknown: Option<String>,
}

impl Found {
    /// What one event says by itself.
    pub(crate) fn one(seen: &Seen<'_>, resources: Vec<String>, rests_on: Vec<String>) -> Self {
        let at = seen.event.record.event_time;
        Self {
            actor: seen.person.to_owned(),
            account: seen.account.to_owned(),
            first: at,
            last: at,
            count: 1,
            counted: Cow::Borrowed("events"),
            event_ids: vec![seen.id.to_owned()],
            resources,
            rests_on,
            unknown: None,
        }
    }
}

/// A hit of a detection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hit {
    /// The id of the detection.
    pub check: String,
    /// Its title.
    pub title: String,
    /// How bad it is.
    #[serde(serialize_with = "word")]
    pub severity: Severity,
    /// Techniques of MITRE ATT&CK.
    pub techniques: Vec<String>,
    /// The person behind; where the events do not tell, the session or whoever called. Several are set apart by commas.
    pub actor: String,
    /// The account.
    pub account: String,
    /// When the first event was.
    pub first_time: Timestamp,
    /// When the last event was.
    pub last_time: Timestamp,
    /// How many of what is counted.
    pub count: u64,
    /// What is counted, such as `instances`.
    pub counted: Cow<'static, str>,
    /// The events, by time; at most 10 000.
    pub event_ids: Vec<String>,
    /// What it was done to.
    pub resources: Vec<String>,
    /// The figures and facts that it rests on.
    pub rests_on: Vec<String>,
    /// Why it could not be decided; absent where it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
}

impl Hit {
    /// What a detection found.
    pub fn new(about: &About, found: Found) -> Self {
        Self {
            check: about.id.clone(),
            title: about.title.clone(),
            severity: about.severity,
            techniques: about.techniques.clone(),
            actor: found.actor,
            account: found.account,
            first_time: found.first,
            last_time: found.last,
            count: found.count,
            counted: found.counted,
            event_ids: found.event_ids,
            resources: found.resources,
            rests_on: found.rests_on,
            unknown: found.unknown,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn word<S: Serializer>(severity: &Severity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(severity.word())
}

/// An event that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSeen {
    /// It is older than one before it.
    Late {
        /// Its id.
        id: String,
    },
    /// Its record does not read.
    Broken {
        /// Its id.
        id: String,
        /// Why.
        reason: String,
    },
}

/// All detectors on their way through the events.
pub struct Run {
    detectors: Vec<(About, Box<dyn Detector>)>,
    rules: Rules,
    sessions: Sessions,
    /// The events of one instant: who took a session may stand after who used it.
    waiting: Vec<Held>,
    /// Whether rules and detectors are asked first, and not shown everything.
    asks: bool,
}

impl Run {
    /// Gets our own detections and these rules ready.
    ///
    /// # Errors
    /// A list with an entry that does not fit, or a threshold that no detection has.
    pub fn with(settings: &Settings, rules: Rules) -> Result<Self, String> {
        settings.check()?;
        let ready = |detection: &Detection| Ok((About::from(detection), (detection.detector)(settings)?));
        let detectors = DETECTIONS.iter().map(ready).collect::<Result<_, String>>()?;
        Ok(Self { detectors, ..Self::of_rules(rules) })
    }

    /// Gets these rules ready, and nothing else.
    pub fn of_rules(rules: Rules) -> Self {
        Self { detectors: Vec::new(), rules, sessions: Sessions::default(), waiting: Vec::new(), asks: true }
    }

    /// Adds a detector, such as one that needs more than the events.
    pub fn add(&mut self, about: About, detector: Box<dyn Detector>) {
        self.detectors.push((about, detector));
    }

    /// Every detection that looks at the events.
    pub fn about(&self) -> impl Iterator<Item = &About> {
        self.detectors.iter().map(|(about, _)| about).chain(self.rules.about())
    }

    /// The rules among them.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Takes the next event; its record is read where somebody wants it.
    ///
    /// # Errors
    /// It is older than the one before, and was not looked at; or the record of one before it does not read.
    pub fn take(&mut self, held: Held) -> Result<(), NotSeen> {
        match self.waiting.first().map(|first| first.time().cmp(&held.time())) {
            Some(Ordering::Greater) => return Err(NotSeen::Late { id: held.glance().id.to_owned() }),
            Some(Ordering::Less) => self.flush()?,
            _ => {}
        }
        self.waiting.push(held);
        Ok(())
    }

    /// Looks at the events that wait.
    fn flush(&mut self) -> Result<(), NotSeen> {
        let waiting = std::mem::take(&mut self.waiting);
        let asks = self.asks;
        for held in &waiting {
            let glance = held.glance();
            if !asks || glance.may_give_credentials() {
                self.sessions.learn_brief(&brief(&glance)?);
            }
        }
        for held in &waiting {
            let glance = held.glance();
            let wants = |(_, detector): &mut (About, Box<dyn Detector>)| !asks || detector.wants(&glance);
            let mut wanted: Vec<bool> = self.detectors.iter_mut().map(wants).collect();
            let short: Vec<bool> =
                self.detectors.iter_mut().map(|(_, detector)| asks && detector.wants_short(&glance)).collect();
            let by_rules = !asks || self.rules.wants(&glance);
            if by_rules || wanted.contains(&true) {
                for (wanted, short) in wanted.iter_mut().zip(short) {
                    *wanted |= short;
                }
                self.show(glance.id, &parsed(&glance)?, &wanted, by_rules);
            } else if short.contains(&true) {
                self.show_short(&glance, &brief(&glance)?, &short);
            }
        }
        Ok(())
    }

    /// Shows a few fields of an event to those for whom they are enough.
    fn show_short(&mut self, glance: &Glance<'_>, brief: &Brief, wanted: &[bool]) {
        let actor = Actor::from(&brief.user_identity);
        let person = self.sessions.person(&actor).map_or_else(|| actor.name.clone(), |person| person.name);
        let account = brief.recipient_account_id.as_deref();
        let account = account.or(brief.user_identity.account_id.as_deref()).unwrap_or_default();
        let parameters = &brief.request_parameters;
        let short = Short { id: glance.id, time: glance.time, parameters, actor: &actor, person: &person, account };
        for ((_, detector), _) in self.detectors.iter_mut().zip(wanted).filter(|(_, wanted)| **wanted) {
            detector.see_short(&short);
        }
    }

    /// Shows an event to those who want it.
    fn show(&mut self, id: &str, event: &Event, wanted: &[bool], by_rules: bool) {
        let actor = Actor::of(&event.record);
        let person = self.sessions.person(&actor).map_or_else(|| actor.name.clone(), |person| person.name);
        let account = event.record.recipient_account_id.as_deref();
        let account = account.or(event.record.user_identity.account_id.as_deref()).unwrap_or_default();
        let seen = Seen { id, event, actor: &actor, person: &person, account };
        for ((_, detector), _) in self.detectors.iter_mut().zip(wanted).filter(|(_, wanted)| **wanted) {
            detector.see(&seen);
        }
        if by_rules {
            self.rules.see(&seen);
        }
    }

    /// The hits, by time, then by detection and actor.
    ///
    /// # Errors
    /// The record of one of the last events does not read.
    pub fn finish(mut self) -> Result<Vec<Hit>, NotSeen> {
        self.flush()?;
        let mut hits = self.rules.finish();
        for (about, detector) in &mut self.detectors {
            hits.extend(detector.finish().into_iter().map(|found| Hit::new(about, found)));
        }
        hits.sort_by(|one, other| {
            let key = |hit: &Hit| (hit.first_time, hit.last_time);
            let times = key(one).cmp(&key(other)).then_with(|| one.check.cmp(&other.check));
            times.then_with(|| (&one.actor, &one.event_ids).cmp(&(&other.actor, &other.event_ids)))
        });
        Ok(hits)
    }
}

/// A few fields of the record; where they do not read by themselves, out of all of it.
fn brief(glance: &Glance<'_>) -> Result<Brief, NotSeen> {
    Brief::parse(glance.raw).or_else(|_| Ok(Brief::from(&parsed(glance)?.record)))
}

fn parsed(glance: &Glance<'_>) -> Result<Event, NotSeen> {
    Event::parse(glance.raw).map_err(|error| NotSeen::Broken { id: glance.id.to_owned(), reason: error.to_string() })
}

/// Events by time, each once.
#[cfg(test)]
pub(crate) fn sorted(events: impl IntoIterator<Item = Event>) -> Vec<Event> {
    let mut events: Vec<Event> = events.into_iter().collect();
    events.sort_by_cached_key(|event| (event.record.event_time, event.id().to_owned(), event.raw().to_string()));
    events.dedup();
    events
}

/// The hits of events that are sorted; the same whether everybody is asked first or shown everything.
#[cfg(test)]
pub(crate) fn both_ways(ready: impl Fn() -> Run, events: Vec<Event>) -> Vec<Hit> {
    use forewarn_events::Normal;

    let (mut whole, mut asked) = (Run { asks: false, ..ready() }, ready());
    for event in events {
        let raw = event.raw().to_string();
        let held = Held::of(&Glance::of(&Normal::of(&raw).unwrap(), event.id(), &raw));
        asked.take(held.clone()).unwrap();
        whole.take(held).unwrap();
    }
    let hits = whole.finish().unwrap();
    assert_eq!(hits, asked.finish().unwrap(), "at a glance");
    hits
}
