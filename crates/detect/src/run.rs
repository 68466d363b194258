//! The events, one after the other, before every detector.

use forewarn_events::{Actor, Event, Sessions};
use std::borrow::Cow;

use forewarn_findings::Severity;
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::glance::{Glance, Held};
use crate::{DETECTIONS, Lists, Rules, Settings, Threshold};

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

/// Looks for one thing.
pub trait Detector {
    /// Whether an event is wanted, as far as a first look tells; [`Detector::see`] follows where it is. What a detector has
    /// to know of an event that it does not want, it keeps in mind here.
    fn wants(&mut self, _: &Glance<'_>) -> bool {
        true
    }

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

/// An event that is older than one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// Its id.
    pub id: String,
}

/// An event that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSeen {
    /// It is older than one before it.
    Late(Late),
    /// Its record does not read.
    Broken {
        /// Its id.
        id: String,
        /// Why.
        reason: String,
    },
}

/// An event that waits for the others of its instant.
enum Waiting {
    Whole(String, Box<Event>),
    Held(Held),
}

impl Waiting {
    fn time(&self) -> Timestamp {
        match self {
            Self::Whole(_, event) => event.record.event_time,
            Self::Held(held) => held.time(),
        }
    }
}

/// All detectors on their way through the events.
pub struct Run {
    detectors: Vec<(About, Box<dyn Detector>)>,
    rules: Rules,
    sessions: Sessions,
    /// The events of one instant: who took a session may stand after who used it.
    waiting: Vec<Waiting>,
}

impl Run {
    /// Gets our own detections ready.
    ///
    /// # Errors
    /// The name of a list with an entry that does not fit, and what is wrong.
    pub fn new(lists: &Lists) -> Result<Self, String> {
        let rules = Rules::read(&[], lists)
            .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))?;
        Self::with(&Settings { lists: lists.clone(), ..Settings::default() }, rules)
    }

    /// Gets our own detections and these rules ready.
    ///
    /// # Errors
    /// As [`Run::new`], and a threshold that no detection has.
    pub fn with(settings: &Settings, rules: Rules) -> Result<Self, String> {
        settings.check()?;
        let ready = |detection: &Detection| Ok((About::from(detection), (detection.detector)(settings)?));
        let detectors = DETECTIONS.iter().map(ready).collect::<Result<_, String>>()?;
        Ok(Self { detectors, ..Self::of_rules(rules) })
    }

    /// Gets these rules ready, and nothing else.
    pub fn of_rules(rules: Rules) -> Self {
        Self { detectors: Vec::new(), rules, sessions: Sessions::default(), waiting: Vec::new() }
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

    /// Takes the next event.
    ///
    /// # Errors
    /// It is older than the one before; it was not looked at.
    pub fn see(&mut self, id: String, event: Event) -> Result<(), Late> {
        if self.is_late(event.record.event_time) {
            return Err(Late { id });
        }
        // What stands before it was whole, or was looked at by `take`.
        if self.is_over(event.record.event_time) {
            self.flush().map_err(|_| Late { id: id.clone() })?;
        }
        self.waiting.push(Waiting::Whole(id, Box::new(event)));
        Ok(())
    }

    /// Takes the next event at a glance: its record is read where somebody wants it.
    ///
    /// # Errors
    /// It is older than the one before, and was not looked at; or the record of one before it does not read.
    pub fn take(&mut self, held: Held) -> Result<(), NotSeen> {
        if self.is_late(held.time()) {
            return Err(NotSeen::Late(Late { id: held.glance().id.to_owned() }));
        }
        if self.is_over(held.time()) {
            self.flush()?;
        }
        self.waiting.push(Waiting::Held(held));
        Ok(())
    }

    fn is_late(&self, at: Timestamp) -> bool {
        self.waiting.first().is_some_and(|first| first.time() > at)
    }

    /// Whether the instant of the events that wait is over.
    fn is_over(&self, at: Timestamp) -> bool {
        self.waiting.first().is_some_and(|first| first.time() < at)
    }

    /// Looks at the events that wait.
    ///
    /// # Errors
    /// A record of them does not read.
    pub fn flush(&mut self) -> Result<(), NotSeen> {
        let waiting = std::mem::take(&mut self.waiting);
        let mut read: Vec<Option<Event>> = Vec::with_capacity(waiting.len());
        for one in &waiting {
            read.push(match one {
                Waiting::Held(held) if held.glance().may_give_credentials() => Some(parsed(&held.glance())?),
                _ => None,
            });
        }
        self.sessions.learn(waiting.iter().zip(&read).filter_map(|(one, read)| match one {
            Waiting::Whole(_, event) => Some(&event.record),
            Waiting::Held(_) => read.as_ref().map(|event| &event.record),
        }));
        for (one, read) in waiting.iter().zip(read) {
            match one {
                Waiting::Whole(id, event) => self.show(id, event, None),
                Waiting::Held(held) => {
                    let glance = held.glance();
                    let wanted: Vec<bool> =
                        self.detectors.iter_mut().map(|(_, detector)| detector.wants(&glance)).collect();
                    let by_rules = self.rules.wants(&glance);
                    if by_rules || wanted.contains(&true) {
                        let event = read.map_or_else(|| parsed(&glance), Ok)?;
                        self.show(glance.id, &event, Some((&wanted, by_rules)));
                    }
                }
            }
        }
        Ok(())
    }

    /// Shows an event to those who want it.
    fn show(&mut self, id: &str, event: &Event, wanted: Option<(&[bool], bool)>) {
        let actor = Actor::of(&event.record);
        let person = self.sessions.person(&actor).map_or_else(|| actor.name.clone(), |person| person.name);
        let account = event.record.recipient_account_id.as_deref();
        let account = account.or(event.record.user_identity.account_id.as_deref()).unwrap_or_default();
        let seen = Seen { id, event, actor: &actor, person: &person, account };
        for (at, (_, detector)) in self.detectors.iter_mut().enumerate() {
            if wanted.is_none_or(|(wanted, _)| wanted.get(at) != Some(&false)) {
                detector.see(&seen);
            }
        }
        if wanted.is_none_or(|(_, by_rules)| by_rules) {
            self.rules.see(&seen);
        }
    }

    /// The hits, by time, then by detection and actor.
    pub fn finish(mut self) -> Vec<Hit> {
        // Whoever takes events at a glance has flushed before.
        let _ = self.flush();
        let mut hits = self.rules.finish();
        for (about, detector) in &mut self.detectors {
            hits.extend(detector.finish().into_iter().map(|found| Hit::new(about, found)));
        }
        hits.sort_by(|one, other| {
            let key = |hit: &Hit| (hit.first_time, hit.last_time);
            let times = key(one).cmp(&key(other)).then_with(|| one.check.cmp(&other.check));
            times.then_with(|| (&one.actor, &one.event_ids).cmp(&(&other.actor, &other.event_ids)))
        });
        hits
    }
}

fn parsed(glance: &Glance<'_>) -> Result<Event, NotSeen> {
    Event::parse(glance.raw).map_err(|error| NotSeen::Broken { id: glance.id.to_owned(), reason: error.to_string() })
}

/// The hits among events in any order; copies of one event count once.
///
/// # Errors
/// As [`Run::new`].
pub fn detect(events: impl IntoIterator<Item = Event>, lists: &Lists) -> Result<Vec<Hit>, String> {
    let mut run = Run::new(lists)?;
    for event in sorted(events) {
        // Sorted: none is late.
        let _ = run.see(event.id().to_owned(), event);
    }
    Ok(run.finish())
}

/// Events by time, each once.
pub(crate) fn sorted(events: impl IntoIterator<Item = Event>) -> Vec<Event> {
    let mut events: Vec<Event> = events.into_iter().collect();
    events.sort_by_cached_key(|event| (event.record.event_time, event.id().to_owned(), event.raw().to_string()));
    events.dedup();
    events
}

/// The hits of events that are sorted; the same whether each is taken whole or at a glance.
#[cfg(test)]
pub(crate) fn both_ways(ready: impl Fn() -> Run, events: Vec<Event>) -> Vec<Hit> {
    let (mut whole, mut glanced) = (ready(), ready());
    for event in events {
        glanced.take(Held::of_event(&event)).unwrap();
        whole.see(event.id().to_owned(), event).unwrap();
    }
    glanced.flush().unwrap();
    let hits = whole.finish();
    assert_eq!(hits, glanced.finish(), "at a glance");
    hits
}
