//! What is told of events: in the same two rounds as a report, and taken apart by name.

#![expect(clippy::needless_for_each, reason = "a line for every field")]

use serde_json::Value;

use super::Redaction;
use super::stand_in::{StandIns, WITHHELD};
use super::walk::{leaf, of_reason, of_witness, said_by_aws, sentence, told};
use crate::{ChangeSetting, Course, Opening, Reset, Stood, Timeline, Told};

/// Stand-ins for what is in no report: hits of detections, keys, changes.
pub struct Redactor<'r>(StandIns<'r>);

impl Redaction {
    /// Stand-ins for one output. `prose` is what is written of everybody, such as the titles of detections: its words stay.
    pub fn redactor<'p>(&self, prose: impl IntoIterator<Item = &'p str>) -> Redactor<'_> {
        Redactor(StandIns::new(self.key.as_deref(), prose))
    }
}

impl Redactor<'_> {
    /// A field that holds one thing. All of them come before the first sentence.
    pub fn leaf(&mut self, text: &mut String) {
        leaf(&mut self.0, text);
    }

    /// The name of one thing, which is no figure where it is nothing but digits.
    pub fn name(&mut self, text: &mut String) {
        if text.bytes().all(|byte| byte.is_ascii_digit()) { id(&mut self.0, text) } else { leaf(&mut self.0, text) }
    }

    /// From here on this name goes, also where it is an ordinary word or nothing but digits.
    pub fn sure(&mut self, name: &str) {
        self.0.sure(name);
    }

    /// A text that is replaced whatever stands in it: the id of an event, which may be nothing but digits, or what somebody
    /// wrote freely.
    pub fn id(&mut self, text: &mut String) {
        id(&mut self.0, text);
    }

    /// A JSON pointer.
    pub fn pointer(&mut self, text: &mut String) {
        *text = self.0.pointer(text);
    }

    /// JSON as AWS has it.
    pub fn value(&mut self, value: Value) -> Value {
        self.0.value(value, false)
    }

    /// A word of AWS's, such as the name of an event, that stays in sentences from here on.
    pub fn keep(&mut self, word: &str) {
        self.0.keep_word(word);
    }

    /// A sentence of forewarn's of which all names were met: nothing else in it is replaced.
    pub fn known_in(&mut self, text: &mut String) {
        *text = self.0.known_in(text);
    }

    /// A command of forewarn's of which all names were met.
    pub fn command(&mut self, text: &mut String) {
        *text = self.0.command(text);
    }

    /// A sentence of forewarn's with names in it.
    pub fn sentence(&mut self, text: &mut String) {
        sentence(&mut self.0, text);
    }

    /// A text that strangers write.
    pub fn withhold(text: &mut String) {
        WITHHELD.clone_into(text);
    }
}

impl Timeline {
    /// The same with stand-ins.
    #[must_use]
    pub fn redacted(mut self, redactor: &mut Redactor<'_>) -> Self {
        let by = &mut redactor.0;
        self.changes.iter_mut().for_each(|told| fields(by, told));
        self.courses.iter_mut().for_each(|course| of_course(by, course));
        for change in &mut self.changes {
            change.loosened.iter_mut().for_each(|said| sentence(by, said));
            change.undecided.iter_mut().for_each(|reason| told(by, reason));
            for stood in [&mut change.before, &mut change.after] {
                match stood {
                    Stood::Settings(settings) => {
                        *settings =
                            std::mem::take(settings).into_iter().map(|(name, set)| (by.sentence(&name), set)).collect();
                    }
                    Stood::Unknown(why) => sentence(by, why),
                    Stood::Document { .. } | Stood::Nothing => {}
                }
            }
        }
        for course in &mut self.courses {
            course.snapshot_disagrees.iter_mut().for_each(|said| sentence(by, said));
            course.undecided.iter_mut().for_each(|reason| told(by, reason));
        }
        self
    }
}

fn id(by: &mut StandIns<'_>, text: &mut String) {
    if !text.is_empty() {
        *text = by.of(text);
    }
}

fn fields(by: &mut StandIns<'_>, told: &mut Told) {
    let Told {
        event_id,
        time: _,
        account,
        region,
        action: _,
        resource,
        changes: _,
        slot,
        actor,
        person,
        traced_by: _,
        address,
        agent,
        refused,
        before,
        after,
        opened: _,
        witness,
        allows,
        loosened: _,
        alone: _,
        undecided,
        self_granted: _,
        outside_pipeline: _,
    } = told;
    id(by, event_id);
    [account, resource, actor].into_iter().for_each(|name| leaf(by, name));
    [region, slot, person, address].into_iter().flatten().for_each(|name| leaf(by, name));
    agent.iter_mut().for_each(|agent| WITHHELD.clone_into(agent));
    said_by_aws(refused);
    stood(by, before);
    stood(by, after);
    witness.iter_mut().chain(allows).for_each(|witness| of_witness(by, witness));
    undecided.iter_mut().for_each(|reason| of_reason(by, reason));
}

fn stood(by: &mut StandIns<'_>, stood: &mut Stood) {
    match stood {
        Stood::Document { document, event_id, in_snapshot: _, version: _ } => {
            *document = match serde_json::from_str(document) {
                Ok(value) => by.value(value, false).to_string(),
                Err(_) => WITHHELD.to_owned(),
            };
            event_id.iter_mut().for_each(|of| id(by, of));
        }
        Stood::Settings(settings) => {
            for setting in settings.values_mut() {
                match setting {
                    ChangeSetting::Text(text) if matches!(text.as_str(), "on" | "off" | "not understood") => {}
                    // A number would be one; this is a name.
                    ChangeSetting::Text(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => id(by, text),
                    ChangeSetting::Text(text) => leaf(by, text),
                    ChangeSetting::Number(_) => {}
                }
            }
        }
        Stood::Nothing | Stood::Unknown(_) => {}
    }
}

fn of_course(by: &mut StandIns<'_>, course: &mut Course) {
    let Course {
        account,
        resource,
        changes: _,
        slot,
        state: _,
        severity: _,
        openings,
        event_ids,
        refused_event_ids,
        first_time: _,
        last_time: _,
        outside_pipeline: _,
        self_granted: _,
        snapshot_disagrees: _,
        undecided,
        rank: _,
    } = course;
    [account, resource].into_iter().chain(slot).for_each(|name| leaf(by, name));
    event_ids.iter_mut().chain(refused_event_ids).for_each(|of| id(by, of));
    for opening in openings {
        let Opening { event_id, time: _, further_event_ids, partly_reset_event_ids, reset } = opening;
        id(by, event_id);
        further_event_ids.iter_mut().chain(partly_reset_event_ids).for_each(|of| id(by, of));
        if let Some(Reset { event_id, time: _, open_for_seconds: _ }) = reset {
            id(by, event_id);
        }
    }
    undecided.iter_mut().for_each(|reason| of_reason(by, reason));
}
