//! What became of a document or setting: opened and never reset, reset, partly, opened again.
//!
//! The changes of one thing are walked through by time. An opening is a change that newly allowed something; what stood
//! before it is what a reset is held against: reset is where what stands allows nothing that was not allowed then.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_events::{Before, Effect, Subject};
use forewarn_policy::{self as policy, Answer, Audience, Grantee, Layers, Side, admin_equivalent};
use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, Serializer};

use super::levels::{self, Level, Levels};
use super::opened::Documents;
use super::timeline::{Step, Told, Verdict, levels_before, told};
use super::{Opened, RecentChange};
use crate::{Case, Reason, Severity};

/// How a thing stands after all of its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It was opened, reset, and opened again.
    OpenedAgain,
    /// It was opened and is still open.
    OpenedAndNeverReset,
    /// Some of what was opened is shut again.
    PartlyReset,
    /// It could not be decided.
    Unknown,
    /// It was opened and is as it was.
    Reset,
    /// Nobody could do it: every call was refused.
    Refused,
    /// Nothing was opened.
    NothingOpened,
}

impl State {
    /// A few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::OpenedAgain => "opened again",
            Self::OpenedAndNeverReset => "opened and never reset",
            Self::PartlyReset => "partly reset",
            Self::Unknown => "unknown",
            Self::Reset => "reset",
            Self::Refused => "refused attempts",
            Self::NothingOpened => "nothing opened",
        }
    }
}

/// What became of a document or setting.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Course {
    /// The account.
    pub account: String,
    /// ARN of what was changed.
    pub resource: String,
    /// What of it, such as `bucket policy`.
    pub changes: &'static str,
    /// What tells its policies apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
    /// How it stands.
    pub state: State,
    /// How bad it is where it is open.
    #[serde(serialize_with = "word")]
    pub severity: Severity,
    /// Each time that it was opened, by time.
    pub openings: Vec<Opening>,
    /// The changes, by time.
    pub event_ids: Vec<String>,
    /// The attempts that were refused, by time.
    pub refused_event_ids: Vec<String>,
    /// When the first change or attempt was.
    pub first_time: Timestamp,
    /// When the last one was.
    pub last_time: Timestamp,
    /// Some change of it was made by nobody who is configured to deploy.
    pub outside_pipeline: bool,
    /// Somebody gave something to themselves.
    pub self_granted: bool,
    /// Where the snapshot shows something else than the last event left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot_disagrees: Option<String>,
    /// Why it could not be decided.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub undecided: Vec<Reason>,
    /// What comes first is what to look at first.
    #[serde(skip)]
    pub(crate) rank: (u8, u8),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn word<S: Serializer>(severity: &Severity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(severity.word())
}

impl Course {
    /// Whether something is open now, as far as is known.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::OpenedAgain | State::OpenedAndNeverReset | State::PartlyReset)
    }
}

/// One time that something was opened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Opening {
    /// The event.
    pub event_id: String,
    /// When.
    pub time: Timestamp,
    /// Later events that opened more of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub further_event_ids: Vec<String>,
    /// Events that shut some of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub partly_reset_event_ids: Vec<String>,
    /// The event that shut it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset: Option<Reset>,
}

/// How something was shut again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reset {
    /// The event.
    pub event_id: String,
    /// When.
    pub time: Timestamp,
    /// How long it was open.
    pub open_for_seconds: i64,
}

impl Reset {
    /// How long it was open, as a person says it.
    pub fn long(&self) -> String {
        let seconds = self.open_for_seconds;
        let span = SignedDuration::from_secs(seconds);
        match (span.as_hours(), span.as_mins()) {
            (48.., _) => format!("{} days", span.as_hours() / 24),
            (2.., _) => format!("{} h", span.as_hours()),
            (_, 2..) => format!("{} min", span.as_mins()),
            _ => format!("{seconds} s"),
        }
    }
}

/// What became of what one change opened, as far as an event store goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Became {
    /// `Reset`, or how what it opened stands.
    pub state: State,
    /// What shut it again.
    pub reset: Option<Reset>,
    /// Up to when the events are known.
    pub as_of: Timestamp,
}

impl Became {
    /// A few words.
    pub fn words(&self) -> String {
        let as_of = self.as_of.strftime("%Y-%m-%d %H:%M UTC");
        match (self.state, &self.reset) {
            (_, Some(reset)) => format!("reset after {}", reset.long()),
            (State::OpenedAndNeverReset, None) => format!("never reset up to {as_of}"),
            (State::Unknown, None) => "whether it was reset is not known".to_owned(),
            (state, None) => format!("{} up to {as_of}", state.words()),
        }
    }
}

/// What became of each change that opened something, in the order of `changes`; `None` where it opened nothing, or where no
/// event store says what came after it.
pub(crate) fn became<'a>(case: &Case<'a>, changes: &[RecentChange<'a>]) -> Vec<Option<Became>> {
    let stored = &case.world.settings().stored;
    if stored.is_empty() {
        return vec![None; changes.len()];
    }
    let steps = steps(case, changes);
    let told: Vec<Told> = changes.iter().zip(&steps).map(|(change, step)| told(case, change, step)).collect();
    let courses = courses(case, changes, &steps, &told).into_iter();
    let courses: BTreeMap<Key, Course> = courses
        .map(|course| {
            let key = (course.account.clone(), course.resource.clone(), course.changes, course.slot.clone());
            (key, course)
        })
        .collect();
    let became = |change: &RecentChange<'a>| {
        let covered = stored.get(&change.account.id)?;
        let as_of = covered.until.min(case.inventory().instant);
        let (course, id) = (courses.get(&key(change))?, change.change.event.id());
        let opened =
            |opening: &&Opening| opening.event_id == id || opening.further_event_ids.iter().any(|one| one == id);
        let opening = course.openings.iter().find(opened)?;
        let state = match &opening.reset {
            Some(_) => State::Reset,
            // What was not read may be the way back.
            None if covered.lacks.is_some() => State::Unknown,
            None => course.state,
        };
        let is_known = opening.reset.is_some() || change.change.event.record.event_time <= as_of;
        is_known.then(|| Became { state, reset: opening.reset.clone(), as_of })
    };
    changes.iter().map(became).collect()
}

/// What a change is a change of: account, resource without its path, what of it, and which of its policies.
type Key = (String, String, &'static str, Option<String>);

fn key(change: &RecentChange<'_>) -> Key {
    let of = &change.change;
    (change.account.id.clone(), change.resource.arn.clone(), of.rule.subject.words(), of.slot.map(str::to_owned))
}

/// What each change did, in the order of `changes`, which is by account and time.
pub(super) fn steps<'a>(case: &Case<'a>, changes: &[RecentChange<'a>]) -> Vec<Step> {
    let mut known: BTreeMap<Key, Levels> = BTreeMap::new();
    changes.iter().map(|change| step(case, change, &mut known)).collect()
}

fn step<'a>(case: &Case<'a>, change: &RecentChange<'a>, known: &mut BTreeMap<Key, Levels>) -> Step {
    let mut step = Step {
        levels: None,
        weaker: BTreeMap::new(),
        verdict: Verdict::No,
        witness: None,
        alone: false,
        undecided: Vec::new(),
    };
    if change.change.event.record.failed() {
        step.verdict = Verdict::Refused;
        return step;
    }
    if let Some(moves) = levels::moves(&change.change) {
        let stood = known.entry(key(change)).or_insert_with(|| levels_before(case, change));
        let mut before = stood.clone();
        for (name, level) in &moves.shows {
            before.entry(name.clone()).or_insert_with(|| level.clone());
        }
        let after = moves.after(&before);
        let compared = levels::compared(&after, &before, &moves.sets.keys().collect());
        step.verdict = match (compared.weaker.is_empty(), compared.unclear.is_empty()) {
            (false, _) => Verdict::Yes,
            (true, false) => Verdict::Unknown,
            (true, true) => Verdict::No,
        };
        step.undecided = compared.unclear.into_iter().map(|said| reason("not_understood", said)).collect();
        step.weaker = compared.weaker;
        if let Some(gap) = change.unsure.filter(|_| change.change.rule.subject == Subject::LogStore) {
            step.verdict = Verdict::Unknown;
            step.undecided =
                vec![Reason { message: format!("whether it keeps the log is not known: {gap}"), ..Reason::from(gap) }];
            step.weaker.clear();
        }
        stood.clone_from(&after);
        step.levels = Some((before, after));
        match &change.opened {
            Opened::Yes(witness) => {
                step.verdict = Verdict::Yes;
                step.witness = Some((**witness).clone());
            }
            // An ACL that is void, or that Block Public Access passes over, opens nothing.
            Opened::No if change.change.rule.subject == Subject::BucketAcl => {
                step.verdict = Verdict::No;
                step.weaker.clear();
                step.undecided.clear();
            }
            _ => {}
        }
        return step;
    }
    match &change.opened {
        Opened::Yes(witness) => {
            step.verdict = Verdict::Yes;
            step.witness = Some((**witness).clone());
        }
        Opened::No => {}
        Opened::Unknown(reasons) => {
            step.verdict = Verdict::Unknown;
            step.undecided.clone_from(reasons);
            if let Some(witness) = alone(case, change) {
                step.verdict = Verdict::Yes;
                step.witness = Some(witness);
                step.alone = true;
            }
        }
        Opened::NotAsked if change.change.rule.effect == Effect::Creates => {}
        Opened::NotAsked => {
            step.verdict = Verdict::Unknown;
            step.undecided = vec![reason("not_compared", "what stood before is not known".to_owned())];
        }
    }
    if step.verdict == Verdict::Yes
        && change.change.rule.subject == Subject::Identity
        && let (Some(new), Some(old)) = (after(case, change), before(case, change))
        && let Some(words) = leads_to(&new, &old)
    {
        step.weaker.insert("rights".to_owned(), words);
    }
    step
}

/// What rights lead to, where a change of them leads to more than what was there did.
fn leads_to(new: &Documents, old: &Documents) -> Option<String> {
    let administrator = |documents: &Documents| {
        let layers = Layers { identity: Some(documents.clone()), ..Layers::default() };
        matches!(admin_equivalent(&Grantee { layers, ..Grantee::default() }).answer, Answer::Yes(_))
    };
    (administrator(new) && !administrator(old)).then(|| "they are those of an administrator".to_owned())
}

/// A request that the policy of an identity newly allows by itself, where what the identity holds besides is not known.
fn alone<'a>(case: &Case<'a>, change: &RecentChange<'a>) -> Option<crate::Witness> {
    let of = &change.change;
    if of.rule.subject != Subject::Identity {
        return None;
    }
    let (new, old) = (after(case, change)?, before(case, change)?);
    if !matches!(of.rule.effect, Effect::Puts | Effect::Attaches | Effect::Selects) || new.is_empty() {
        return None;
    }
    match super::opened::compared(&policy::compare(&new, &old, Side::Identity)) {
        Opened::Yes(witness) => Some(*witness),
        _ => None,
    }
}

/// The policies that count since a change; `None` = not known.
fn after<'a>(case: &Case<'a>, change: &RecentChange<'a>) -> Option<Documents> {
    let of = &change.change;
    match of.rule.effect {
        Effect::Attaches => case.named(change.account, of, of.slot?),
        Effect::Detaches => Some(Vec::new()),
        _ => case.after(of).ok(),
    }
}

/// Those that counted before it.
fn before<'a>(case: &Case<'a>, change: &RecentChange<'a>) -> Option<Documents> {
    let of = &change.change;
    match of.rule.effect {
        // That something was attached already, no event says; then nothing was opened twice.
        Effect::Attaches => Some(Vec::new()),
        Effect::Detaches => case.named(change.account, of, of.slot?),
        _ => case.before(of, &change.resource.arn).or_else(|| {
            let version = super::opened::version_before(change.account, of)?;
            Some(vec![case.read(version.document.as_str()).ok()?])
        }),
    }
}

fn reason(code: &str, message: String) -> Reason {
    Reason { code: code.to_owned(), message, gap: None }
}

/// What became of each thing, by rank.
pub(super) fn courses<'a>(case: &Case<'a>, changes: &[RecentChange<'a>], steps: &[Step], told: &[Told]) -> Vec<Course> {
    let mut by_key: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for (index, change) in changes.iter().enumerate() {
        by_key.entry(key(change)).or_default().push(index);
    }
    // What takes a resource away ends every course of it.
    let ends: Vec<usize> = (0..changes.len())
        .filter(|index| {
            changes
                .get(*index)
                .is_some_and(|one| one.change.rule.effect == Effect::Ends && !one.change.event.record.failed())
        })
        .collect();
    let mut found: Vec<Course> = by_key
        .into_iter()
        .filter_map(|(key, own)| {
            let mut walk = Walk { case, changes, steps, told, open: None, openings: Vec::new(), doubts: Vec::new() };
            let mut all = own.clone();
            let others = ends.iter().copied().filter(|index| {
                let of = |one: &RecentChange<'_>| (one.account.id == key.0) && one.resource.arn == key.1;
                !own.contains(index) && changes.get(*index).is_some_and(of)
            });
            all.extend(others);
            all.sort_by_key(|index| told.get(*index).map(|one| (one.time, one.event_id.clone())));
            for index in &all {
                walk.take(*index);
            }
            walk.ended(key, &own)
        })
        .collect();
    found.sort_by(|one, other| {
        let order = |course: &Course| (course.rank, std::cmp::Reverse(course.last_time));
        order(one).cmp(&order(other)).then_with(|| {
            (&one.account, &one.resource, one.changes, &one.slot).cmp(&(
                &other.account,
                &other.resource,
                other.changes,
                &other.slot,
            ))
        })
    });
    found
}

/// What an opening is held against.
enum Base {
    Documents(Documents),
    Levels(Levels),
}

struct Walk<'w, 'a> {
    case: &'w Case<'a>,
    changes: &'w [RecentChange<'a>],
    steps: &'w [Step],
    told: &'w [Told],
    /// What stood before the opening that is not reset, and what stands since the last step.
    open: Option<(Base, Base)>,
    openings: Vec<Opening>,
    doubts: Vec<Reason>,
}

/// What a step left of an opening.
enum Left {
    Nothing,
    Less,
    All,
    Unknown(Vec<Reason>),
}

impl<'a> Walk<'_, 'a> {
    fn take(&mut self, index: usize) {
        let all = (self.changes.get(index), self.steps.get(index), self.told.get(index));
        let (Some(change), Some(step), Some(told)) = all else { return };
        if step.verdict == Verdict::Refused || !change.change.is_in_force() {
            return;
        }
        let now = match &step.levels {
            Some((_, after)) => Some(Base::Levels(after.clone())),
            None => after(self.case, change).map(Base::Documents),
        };
        match self.open.take() {
            None if step.verdict == Verdict::Yes => {
                let base = match &step.levels {
                    Some((before, _)) => Some(Base::Levels(before.clone())),
                    None => before(self.case, change).map(Base::Documents),
                };
                // What could not be said of earlier changes matters no more.
                self.doubts.clear();
                self.openings.push(Opening {
                    event_id: told.event_id.clone(),
                    time: told.time,
                    further_event_ids: Vec::new(),
                    partly_reset_event_ids: Vec::new(),
                    reset: None,
                });
                self.open = base.zip(now);
            }
            None => {}
            Some((base, last)) => {
                let left = self.left(change, &base, &last, now.as_ref());
                let Some(opening) = self.openings.last_mut() else { return };
                match left {
                    Left::Nothing => {
                        let open_for_seconds = told.time.duration_since(opening.time).as_secs();
                        let (event_id, time) = (told.event_id.clone(), told.time);
                        opening.reset = Some(Reset { event_id, time, open_for_seconds });
                        self.doubts.clear();
                        return;
                    }
                    Left::Less => opening.partly_reset_event_ids.push(told.event_id.clone()),
                    Left::Unknown(why) => self.doubts.extend(why),
                    Left::All => {}
                }
                if step.verdict == Verdict::Yes {
                    opening.further_event_ids.push(told.event_id.clone());
                }
                self.open = Some((base, now.unwrap_or(last)));
            }
        }
        if step.verdict == Verdict::Unknown && self.open.is_none() {
            self.doubts.extend(step.undecided.iter().cloned());
        }
    }

    /// What of an opening is left after a change.
    fn left(&self, change: &RecentChange<'a>, base: &Base, last: &Base, now: Option<&Base>) -> Left {
        if change.change.rule.effect == Effect::Ends {
            return Left::Nothing;
        }
        match (base, last, now) {
            (Base::Levels(base), Base::Levels(last), Some(Base::Levels(now))) => levels_left(base, last, now),
            (Base::Documents(base), Base::Documents(last), Some(Base::Documents(now))) => {
                let newly = |new: &Documents, old: &Documents| {
                    match self.case.newly(change.at(), new, old) {
                        // Where the rest is not known, the policies by themselves are what there is to hold together.
                        Opened::Unknown(why) if change.change.rule.subject == Subject::Identity => {
                            match super::opened::compared(&policy::compare(new, old, Side::Identity)) {
                                Opened::Unknown(_) => Opened::Unknown(why),
                                told => told,
                            }
                        }
                        told => told,
                    }
                };
                match newly(now, base) {
                    Opened::No => Left::Nothing,
                    Opened::Yes(_) | Opened::NotAsked => match newly(last, now) {
                        Opened::Yes(_) => Left::Less,
                        _ => Left::All,
                    },
                    Opened::Unknown(why) => Left::Unknown(why),
                }
            }
            _ => Left::Unknown(vec![reason(
                "document_not_known",
                "what stands since a later event is not known".to_owned(),
            )]),
        }
    }

    fn ended(self, key: Key, own: &[usize]) -> Option<Course> {
        let told: Vec<&Told> = own.iter().filter_map(|index| self.told.get(*index)).collect();
        let ids = |refused: bool| -> Vec<String> {
            told.iter().filter(|one| one.refused.is_some() == refused).map(|one| one.event_id.clone()).collect()
        };
        let (event_ids, refused_event_ids) = (ids(false), ids(true));
        let is_open = self.openings.last().is_some_and(|opening| opening.reset.is_none());
        let partly = self.openings.last().is_some_and(|opening| !opening.partly_reset_event_ids.is_empty());
        let state = match (is_open, self.openings.len()) {
            _ if event_ids.is_empty() => State::Refused,
            (_, 0) | (true, _) if !self.doubts.is_empty() => State::Unknown,
            (_, 0) => State::NothingOpened,
            (false, _) => State::Reset,
            (true, _) if partly => State::PartlyReset,
            (true, 1) => State::OpenedAndNeverReset,
            (true, _) => State::OpenedAgain,
        };
        let last = own.iter().rev().filter_map(|index| self.changes.get(*index));
        let last = last.into_iter().find(|one| !one.change.event.record.failed() && one.change.is_in_force());
        let snapshot_disagrees = last.and_then(|last| disagrees(self.case, last));
        let (account, resource, changes, slot) = key;
        let (first, latest) = (told.first()?, told.last()?);
        let mut undecided = self.doubts;
        undecided.sort();
        undecided.dedup();
        let weight = told.iter().filter(|one| one.opened != Verdict::Refused).map(|one| weight(one)).min().unwrap_or(9);
        let still = match state {
            State::OpenedAgain | State::OpenedAndNeverReset | State::PartlyReset => 0,
            _ if snapshot_disagrees.is_some() => 0,
            State::Unknown => 1,
            State::Reset => 2,
            State::Refused => 3,
            State::NothingOpened => 4,
        };
        Some(Course {
            first_time: first.time,
            last_time: latest.time,
            outside_pipeline: told.iter().any(|one| one.outside_pipeline),
            self_granted: told.iter().any(|one| one.self_granted),
            account,
            resource,
            changes,
            slot,
            state,
            severity: severity(changes, weight),
            openings: self.openings,
            event_ids,
            refused_event_ids,
            snapshot_disagrees,
            undecided: if state == State::Unknown { undecided } else { Vec::new() },
            rank: (still, weight),
        })
    }
}

/// How heavy a change weighs: what strangers can do, then the log, then people who help themselves, then the rest.
fn weight(told: &Told) -> u8 {
    let stranger = told
        .witness
        .as_ref()
        .is_some_and(|witness| !matches!(witness.audience, Audience::SameAccount | Audience::Organization));
    let by_itself = u8::from(!told.self_granted);
    match told.changes {
        _ if told.opened != Verdict::Yes => 7,
        "bucket policy" | "access point" | "trust" | "key policy" | "key grant" | "resource policy" | "bucket ACL"
            if stranger || told.changes == "bucket ACL" =>
        {
            0
        }
        "log" => 1,
        "rights" | "trust" | "permissions boundary" => 2 + by_itself,
        "organisation" | "Block Public Access" => 4,
        "MFA" | "log storage" => 5,
        _ => 6,
    }
}

/// How bad it is where it is open.
fn severity(changes: &str, weight: u8) -> Severity {
    match changes {
        _ if weight == 0 => Severity::Critical,
        "credentials" | "password policy" => Severity::Low,
        "organisation" | "Block Public Access" | "permissions boundary" | "MFA" | "log storage" => Severity::Medium,
        _ => Severity::High,
    }
}

fn levels_left(base: &Levels, last: &Levels, now: &Levels) -> Left {
    let open = |levels: &Levels| -> BTreeSet<String> {
        let weak = |name: &String, level: &Level| match (base.get(name), level) {
            (Some(base), level) if base == level => false,
            (Some(Level::Number(base)), Level::Number(now)) => now < base,
            (_, Level::Off | Level::Unclear) | (Some(Level::Is(_)), Level::Is(_)) => true,
            _ => false,
        };
        levels.iter().filter(|(name, level)| weak(name, level)).map(|(name, _)| name.clone()).collect()
    };
    let (was, is) = (open(last), open(now));
    if is.is_empty() {
        Left::Nothing
    } else if was.difference(&is).next().is_some() {
        Left::Less
    } else {
        Left::All
    }
}

/// Where a snapshot of after the last change shows another policy than that change left.
fn disagrees(case: &Case<'_>, last: &RecentChange<'_>) -> Option<String> {
    let at = last.change.event.record.event_time;
    let seen = case.world.settings().earlier.as_ref()?.after(at)?;
    let now = super::standing_in(seen, &last.change, &last.resource.arn)?;
    let said = |what: &str| {
        let (time, id) = (seen.instant.strftime("%Y-%m-%d %H:%M:%S UTC"), last.change.event.id());
        Some(format!("the snapshot of {time} {what} event {id} left: a change that no event shows"))
    };
    match (last.change.after()?, now.as_slice()) {
        (Before::NotSeen, _) | (Before::Nothing, []) => None,
        (Before::Nothing, _) => said("has a policy where none was what"),
        (Before::Document { .. }, []) => said("has no policy, which is not what"),
        (Before::Document { document, .. }, [text, ..]) => {
            if document == text.as_str() {
                return None;
            }
            let (Ok(was), Ok(is)) = (case.read(&document), case.read(text.as_str())) else {
                return said("may allow something else (one of the two cannot be read) than what");
            };
            let side = if last.change.rule.subject == Subject::Identity { Side::Identity } else { Side::Resource };
            let more = |one: &policy::Reading<_>, other: &policy::Reading<_>| {
                policy::compare(std::slice::from_ref(one), std::slice::from_ref(other), side)
            };
            match (more(&is, &was), more(&was, &is)) {
                (Answer::No, Answer::No) => None,
                (Answer::Yes(_), _) | (_, Answer::Yes(_)) => said("allows something else than what"),
                _ => said("may allow something else (it was not to be decided) than what"),
            }
        }
    }
}
