//! The questions of one region, within its budget.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::operation::lookup_events::LookupEventsOutput;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use aws_smithy_types::DateTime;
use forewarn_events::{Effect, Event, RULES, Rule};
use forewarn_inventory::{Cause, Fact, Gap, KeyCall, Lookback, LookedUp, Reached};
use jiff::Timestamp;

use super::question::Question;
use super::{Asker, InUse};
use crate::call::{Ask, Caller};
use crate::operations::LOOKUP_EVENTS;

/// What CloudTrail gives on a page at most.
const PAGE: i32 = 50;

/// How far the making of a session and the event of it may lie apart, in seconds.
const AROUND: i64 = 120;

/// One region: what was asked there, and what came of it.
pub(super) struct Asked<'a> {
    caller: &'a Caller,
    client: Client,
    name: &'a str,
    since: Timestamp,
    until: Timestamp,
    is_home: bool,
    /// The whole budget, and how much of it changes may take.
    budget: Duration,
    for_changes: Duration,
    spent: Duration,
    /// Why nothing more is asked here.
    ended: Option<Gap>,
    /// The same, for changes alone.
    changes_ended: Option<Gap>,
    /// Records that no event could be made of.
    unclear: Vec<Gap>,
    writes: Question,
    reads: Option<Question>,
    /// Whether any key was in use, so that its calls are looked for.
    wants_keys: bool,
    names: Vec<Question>,
    users: Vec<Question>,
    changes: BTreeMap<(Timestamp, String), Event>,
    calls: BTreeMap<(Timestamp, String), KeyCall>,
    given: Vec<Event>,
    /// Why it was not found out who took some of the sessions.
    unfollowed: Option<Gap>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(asker: &'a Asker<'_>, name: &'a str, since: Timestamp) -> Self {
        Self {
            caller: asker.caller,
            client: asker.clients.of(name),
            name,
            since,
            until: asker.instant,
            is_home: name == asker.home,
            budget: asker.lookups.budget,
            for_changes: if asker.needs.contains(&Fact::KeyUse) {
                asker.lookups.budget * 2 / 3
            } else {
                asker.lookups.budget
            },
            spent: Duration::ZERO,
            ended: None,
            unfollowed: None,
            changes_ended: None,
            unclear: Vec::new(),
            writes: Question::new(LookedUp::Writes, asker.instant),
            reads: None,
            wants_keys: false,
            names: Vec::new(),
            users: Vec::new(),
            changes: BTreeMap::new(),
            calls: BTreeMap::new(),
            given: Vec::new(),
        }
    }

    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    /// Every event that was kept.
    pub(super) fn events(&self) -> impl Iterator<Item = &Event> {
        self.changes.values().chain(&self.given)
    }

    /// Looks for changes. Where the use of keys is looked for too, a third of the budget is left to that.
    pub(super) async fn changes(&mut self) {
        let whole = std::mem::replace(&mut self.budget, self.for_changes);
        self.look_for_changes().await;
        self.budget = whole;
        self.changes_ended.clone_from(&self.ended);
        if self.ended.as_ref().is_some_and(|gap| gap.cause == Cause::OutOfBudget) {
            self.ended = None;
        }
    }

    async fn look_for_changes(&mut self) {
        let mut rules: Vec<&Rule> =
            RULES.iter().filter(|rule| rule.looked_up && (self.is_home || !rule.is_global())).collect();
        // What gives goes before what takes away or only makes something.
        rules.sort_by_key(|rule| matches!(rule.effect, Effect::Removes | Effect::Detaches | Effect::Creates));
        let mut names: Vec<&str> = rules.into_iter().map(|rule| rule.name).collect();
        let mut known = BTreeSet::new();
        names.retain(|name| known.insert(*name));
        self.writes(names.len()).await;
        if !self.writes.done {
            let until = self.writes.since;
            let questions = names.into_iter().map(|name| Question::new(LookedUp::Name(name.to_owned()), until));
            self.names = self.in_turn(questions.collect()).await;
        }
    }

    /// Looks for calls with the keys of these users.
    pub(super) async fn key_use(&mut self, users: &[InUse]) {
        self.wants_keys = !users.is_empty();
        if !self.wants_keys {
            return;
        }
        if self.names.is_empty() && self.writes.reached(self.name).is_none() {
            self.writes(users.len()).await;
        }
        let mut until = self.until;
        if self.writes.done {
            let mut reads = Question::new(LookedUp::Reads, self.until);
            self.through(&mut reads, users.len()).await;
            until = reads.since;
            let done = reads.done;
            self.reads = Some(reads);
            if done {
                return;
            }
        }
        // Whoever was seen here last goes first.
        let mut order: Vec<&InUse> = users.iter().collect();
        order.sort_by_key(|user| !user.regions.contains(self.name));
        let questions = order.into_iter().map(|user| Question::new(LookedUp::User(user.name.clone()), until));
        self.users = self.in_turn(questions.collect()).await;
    }

    /// Looks for the calls that gave these sessions out, each around the time that it was made.
    pub(super) async fn sessions(&mut self, keys: &[(String, Timestamp)]) {
        for (key, made) in keys {
            let attribute = (LookupAttributeKey::ResourceName, key.as_str());
            let span = (made.as_second() - AROUND, made.as_second() + AROUND);
            let Some(answer) = self.call(attribute, span, None).await else {
                self.unfollowed.clone_from(&self.ended);
                return;
            };
            for event in self.understood(answer).0 {
                let gives = event.record.response_elements.pointer("/credentials/accessKeyId");
                if gives.is_some_and(|given| given == key.as_str()) {
                    self.given.push(event);
                }
            }
        }
    }

    async fn writes(&mut self, other: usize) {
        let mut writes = self.writes.clone();
        self.through(&mut writes, other).await;
        self.writes = writes;
    }

    /// Asks to the end, or until `other` questions are cheaper.
    async fn through(&mut self, question: &mut Question, other: usize) {
        while !question.done && !question.is_dearer_than(other, self.since) {
            if !self.turn(question).await {
                return;
            }
        }
    }

    /// Asks each for a page in turn, so that one with many events does not starve the others.
    async fn in_turn(&mut self, mut questions: Vec<Question>) -> Vec<Question> {
        while questions.iter().any(|question| !question.done) {
            for question in questions.iter_mut().filter(|question| !question.done) {
                if !self.turn(question).await {
                    return questions;
                }
            }
        }
        questions
    }

    /// Asks for the next page; whether to go on.
    async fn turn(&mut self, question: &mut Question) -> bool {
        let (name, value) = question.by.attribute();
        let attribute = (LookupAttributeKey::from(name), value);
        let span = (self.since.as_second(), question.end());
        let Some(mut answer) = self.call(attribute, span, question.token.clone()).await else { return false };
        let next = answer.next_token.take();
        let (events, oldest) = self.understood(answer);
        for event in events {
            self.keep(event);
        }
        let forward = question.turned(oldest, next, self.since);
        if !forward {
            self.ended = Some(self.ask().malformed("the same page over and over"));
        }
        forward
    }

    fn ask(&self) -> Ask<'a> {
        Ask::new(&LOOKUP_EVENTS, self.name).on(self.name)
    }

    async fn call(
        &mut self,
        (key, value): (LookupAttributeKey, &str),
        (start, end): (i64, i64),
        token: Option<String>,
    ) -> Option<LookupEventsOutput> {
        if self.ended.is_some() {
            return None;
        }
        if self.spent >= self.budget {
            self.ended =
                Some(self.ask().gap(
                    Cause::OutOfBudget,
                    format!("the {} s of --events-budget were used up", self.budget.as_secs()),
                ));
            return None;
        }
        let began = self.caller.now();
        let attribute = LookupAttribute::builder().attribute_key(key).attribute_value(value).build().ok()?;
        let send = || {
            self.client
                .lookup_events()
                .lookup_attributes(attribute.clone())
                .start_time(DateTime::from_secs(start))
                .end_time(DateTime::from_secs(end))
                .max_results(PAGE)
                .set_next_token(token.clone())
                .send()
        };
        let answer = self.caller.call(self.ask(), send).await;
        self.spent += self.caller.now().duration_since(began).unwrap_or_default();
        match answer {
            Ok(Some(answer)) => Some(answer),
            Ok(None) => None,
            Err(gap) => {
                self.ended = Some(gap);
                None
            }
        }
    }

    /// The events of a page, and the time of the oldest.
    fn understood(&mut self, answer: LookupEventsOutput) -> (Vec<Event>, Option<Timestamp>) {
        let mut events = Vec::new();
        let mut oldest: Option<Timestamp> = None;
        for listed in answer.events.unwrap_or_default() {
            let id = listed.event_id.unwrap_or_default();
            let said = crate::convert::when(listed.event_time);
            let time = match listed.cloud_trail_event.as_deref().map(Event::parse) {
                Some(Ok(event)) => {
                    let time = event.record.event_time;
                    events.push(event);
                    Some(time)
                }
                Some(Err(error)) => {
                    self.unclear.push(self.ask().malformed(format!("event `{id}` is no CloudTrail record: {error}")));
                    said
                }
                None => {
                    self.unclear.push(self.ask().malformed(format!("event `{id}` comes without its record")));
                    said
                }
            };
            oldest = oldest.into_iter().chain(time).min();
        }
        (events, oldest)
    }

    fn keep(&mut self, event: Event) {
        let at = (event.record.event_time, event.id().to_owned());
        if let Some(call) = KeyCall::of(&event, self.name) {
            self.calls.insert(at.clone(), call);
        }
        if Rule::of(&event.record.event_source, &event.record.event_name).is_some() {
            self.changes.insert(at, event);
        }
    }

    /// What was found of changes.
    pub(super) fn changes_found(&mut self) -> Lookback<Event> {
        let items = std::mem::take(&mut self.changes).into_values().chain(std::mem::take(&mut self.given)).collect();
        let whole = self.writes.done;
        let mut found = self.found(items, whole, self.changes_ended.as_ref(), &[&self.writes], &self.names);
        if let Some(gap) = &self.unfollowed {
            let said = gap.detail.clone().unwrap_or_default();
            found.rest.push(gap.clone().detail(format!("who took some of the sessions is not known: {said}")));
        }
        found
    }

    /// What was found of the use of keys.
    pub(super) fn key_use_found(&mut self) -> Lookback<KeyCall> {
        let items = std::mem::take(&mut self.calls).into_values().collect();
        let reads = self.reads.as_ref();
        let whole = !self.wants_keys || (self.writes.done && reads.is_some_and(|reads| reads.done));
        let passes: Vec<&Question> = std::iter::once(&self.writes).chain(reads).collect();
        self.found(items, whole, self.ended.as_ref(), &passes, &self.users)
    }

    fn found<T>(
        &self,
        items: Vec<T>,
        whole: bool,
        ended: Option<&Gap>,
        passes: &[&Question],
        single: &[Question],
    ) -> Lookback<T> {
        let asked = passes.iter().copied().chain(single);
        let reached: Vec<Reached> = asked.filter_map(|question| question.reached(self.name)).collect();
        let done = single.iter().filter(|question| question.done).count();
        let mut rest = self.unclear.clone();
        if !whole && (done < single.len() || (single.is_empty() && ended.is_some())) {
            let furthest = passes.iter().map(|pass| pass.since).max().unwrap_or(self.until);
            let gap = ended.cloned().unwrap_or_else(|| self.ask().gap(Cause::Interrupted, "the run was stopped"));
            let (said, of) = (gap.detail.clone().unwrap_or_default(), single.len());
            let span = match (reached.is_empty(), of) {
                (true, _) => said,
                (false, 0) => format!("{said}; everything was read back to {furthest}"),
                (false, of) => {
                    format!("{said}; everything was read back to {furthest}, of {of} names and users {done} to the end")
                }
            };
            rest.push(if span.is_empty() { gap } else { gap.detail(span) });
        }
        Lookback { since: Some(self.since), items, reached, rest }
    }
}
