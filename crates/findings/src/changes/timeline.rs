//! Every change of an inventory's look-back as data for a page of its own: who, when, from where, what it was before and
//! is since, what it newly allowed, and what became of it.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_events::{Before, Change, Effect, Place, Subject, Traced};
use forewarn_inventory::Inventory;
use forewarn_policy::{self as policy, Principal, Side};
use jiff::Timestamp;
use serde::Serialize;

use super::course::{self, Course};
use super::levels::{self, Level, Levels};
use super::{Opened, RecentChange, StandsOut, opened, source};
use crate::case::World;
use crate::{Case, Check, Judge, Protects, Reason, Settings, Severity, Side as Whose, Witness};

/// Changes by time, and what became of each thing that was changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Timeline {
    /// Every change and every refused attempt, by time.
    pub changes: Vec<Told>,
    /// What became of each document and setting, what to look at first first.
    pub courses: Vec<Course>,
}

/// A change as a timeline shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Told {
    /// The id of the event.
    pub event_id: String,
    /// When the call ended.
    pub time: Timestamp,
    /// The account.
    pub account: String,
    /// The region that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The operation, such as `s3:PutBucketPolicy`.
    pub action: String,
    /// ARN of what was changed.
    pub resource: String,
    /// What of it, such as `trust`.
    pub changes: &'static str,
    /// What tells its policies apart, such as the name of an inline policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
    /// ARN or name of who made the call.
    pub actor: String,
    /// The person behind, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// How the person is known: `itself`, `source_identity`, `session_name` or `chain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traced_by: Option<&'static str>,
    /// Address or service that the call came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What the client said it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The error code of a refused call: an attempt, and no change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// What stood there before.
    pub before: Stood,
    /// What stands there since; nothing is said of a refused call.
    pub after: Stood,
    /// Whether it opened something.
    pub opened: Verdict,
    /// A request that is allowed since and was not before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<Witness>,
    /// A request that is allowed since; whether it was before is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allows: Option<Witness>,
    /// What it opened, in words; of settings, which have no witness.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub loosened: Vec<String>,
    /// Whether the policy alone was compared: what the identity holds besides is not known.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub alone: bool,
    /// Why it could not be decided whether it opened something.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub undecided: Vec<Reason>,
    /// Whoever gained by it is who made it.
    pub self_granted: bool,
    /// It was made by nobody who is configured to deploy.
    pub outside_pipeline: bool,
}

/// Whether a change opened something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It did.
    Yes,
    /// It did not.
    No,
    /// It could not be decided.
    Unknown,
    /// The call was refused.
    Refused,
}

/// What stood in a place.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stood {
    /// This policy.
    Document {
        /// Its text.
        document: String,
        /// The event that put it there.
        #[serde(skip_serializing_if = "Option::is_none")]
        event_id: Option<String>,
        /// It is in a snapshot of earlier.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        in_snapshot: bool,
        /// The newest version of the managed policy before the change. Whether it was the one in force, no read tells.
        #[serde(skip_serializing_if = "Option::is_none")]
        version: Option<String>,
    },
    /// These settings, by name: `on`, `off`, a number or a text.
    Settings(BTreeMap<String, Setting>),
    /// Nothing.
    Nothing,
    /// It is not known, and why.
    Unknown(String),
}

/// A setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Setting {
    /// A number.
    Number(i64),
    /// `on`, `off`, or what it is.
    Text(String),
}

/// A check that nobody runs: what a case needs to be asked.
static ASKING: Check = Check {
    id: "trail.timeline",
    title: "Changes",
    severity: Severity::Informational,
    protects: Protects::EVERYTHING,
    side: Whose::Customer,
    needs: &[],
    parameters: &[],
    docs: "",
    judge: Judge::Inventory(|_, _| {}),
};

/// The changes in the look-back of every account, and what became of them.
pub fn timeline(inventory: &Inventory, settings: &Settings) -> Timeline {
    let world = World::new(inventory, settings);
    let case = Case::new(&world, &ASKING);
    let changes = case.recent_changes();
    let steps = course::steps(&case, &changes);
    let told: Vec<Told> = changes.iter().zip(&steps).map(|(change, step)| told(&case, change, step)).collect();
    let courses = course::courses(&case, &changes, &steps, &told);
    let mut told = told;
    told.sort_by(|one, other| (one.time, &one.event_id).cmp(&(other.time, &other.event_id)));
    Timeline { changes: told, courses }
}

/// What one change did, before it is told.
#[derive(Debug)]
pub(super) struct Step {
    /// What settings were and are; `None` where it is about a policy.
    pub(super) levels: Option<(Levels, Levels)>,
    pub(super) weaker: BTreeMap<String, String>,
    pub(super) verdict: Verdict,
    pub(super) witness: Option<Witness>,
    pub(super) alone: bool,
    pub(super) undecided: Vec<Reason>,
}

pub(super) fn told(case: &Case<'_>, change: &RecentChange<'_>, step: &Step) -> Told {
    let record = &change.change.event.record;
    let service = record.event_source.split('.').next().unwrap_or_default();
    let (before, after) = match &step.levels {
        _ if record.failed() => (Stood::Unknown("the call was refused".to_owned()), Stood::Nothing),
        Some((before, after)) => (settings(before), settings(after)),
        None => (before(case, change), after(&change.change)),
    };
    let opened = step.verdict == Verdict::Yes;
    let allows = match (&after, step.verdict) {
        (Stood::Document { .. }, Verdict::Unknown) => allows(case, change),
        (Stood::Unknown(_), Verdict::Unknown) if change.change.rule.effect == Effect::Adds => allows(case, change),
        _ => None,
    };
    Told {
        event_id: change.change.event.id().to_owned(),
        time: record.event_time,
        account: change.account.id.clone(),
        region: record.aws_region.clone(),
        action: format!("{service}:{}", record.event_name),
        resource: change.resource.arn.clone(),
        changes: change.change.rule.subject.words(),
        slot: change.change.slot.map(str::to_owned),
        actor: change.actor.name.clone(),
        person: change.person.as_ref().map(|person| person.name.clone()),
        traced_by: change.person.as_ref().map(|person| match person.traced {
            Traced::Itself => "itself",
            Traced::SourceIdentity => "source_identity",
            Traced::SessionName => "session_name",
            Traced::Chain => "chain",
        }),
        address: source(&record.source_address),
        agent: record.user_agent.clone(),
        refused: record.failed().then(|| record.error_code.clone().unwrap_or_else(|| "refused".to_owned())),
        before,
        after: if record.failed() { Stood::Unknown("the call was refused".to_owned()) } else { after },
        opened: step.verdict,
        witness: step.witness.clone(),
        allows,
        loosened: step.weaker.values().cloned().collect(),
        alone: step.alone && opened,
        undecided: step.undecided.clone(),
        self_granted: opened && self_granted(change, step.witness.as_ref()),
        outside_pipeline: change.stands_out.contains(&StandsOut::NotADeployer),
    }
}

fn settings(levels: &Levels) -> Stood {
    if levels.is_empty() {
        return Stood::Unknown("no earlier event and no snapshot has it".to_owned());
    }
    let setting = |level: &Level| match level {
        Level::On => Setting::Text("on".to_owned()),
        Level::Off => Setting::Text("off".to_owned()),
        Level::Number(number) => Setting::Number(*number),
        Level::Is(text) => Setting::Text(text.clone()),
        Level::Unclear => Setting::Text("not understood".to_owned()),
    };
    Stood::Settings(levels.iter().map(|(name, level)| (name.clone(), setting(level))).collect())
}

fn before(case: &Case<'_>, change: &RecentChange<'_>) -> Stood {
    let unknown = |why: &str| Stood::Unknown(why.to_owned());
    match &change.change.before {
        Before::Nothing => Stood::Nothing,
        Before::Document { document, event } => {
            let (document, event_id) = (document.clone(), Some(event.clone()));
            Stood::Document { document, event_id, in_snapshot: false, version: None }
        }
        Before::NotSeen => match change.change.rule.effect {
            Effect::Creates => Stood::Nothing,
            Effect::Attaches => unknown("whether it was attached before is in no event"),
            Effect::Detaches => unknown("the event does not hold the policy"),
            _ => {
                let earlier = case.world.settings().earlier.as_ref();
                let found = earlier.and_then(|earlier| earlier.documents(&change.change, &change.resource.arn));
                let version = opened::version_before(change.account, &change.change);
                match (found.as_deref(), version) {
                    (Some([]), _) => Stood::Nothing,
                    (Some([text, ..]), _) => {
                        let document = text.as_str().to_owned();
                        Stood::Document { document, event_id: None, in_snapshot: true, version: None }
                    }
                    (None, Some(found)) => {
                        let (document, version) = (found.document.as_str().to_owned(), Some(found.id.clone()));
                        Stood::Document { document, event_id: None, in_snapshot: false, version }
                    }
                    (None, None) if earlier.is_some() => unknown("no earlier event has it, nor does the snapshot"),
                    (None, None) => {
                        unknown("no earlier event has it, and no snapshot of earlier was given (--against)")
                    }
                }
            }
        },
    }
}

fn after(change: &Change<'_>) -> Stood {
    if !change.is_in_force() {
        return Stood::Unknown("the version is not in force".to_owned());
    }
    match change.after() {
        Some(Before::NotSeen) if matches!(change.rule.effect, Effect::Adds | Effect::Drops) => {
            Stood::Unknown("the policy that the statement belongs to is in no event".to_owned())
        }
        Some(Before::Document { document, event }) => {
            Stood::Document { document, event_id: Some(event), in_snapshot: false, version: None }
        }
        Some(Before::Nothing) => Stood::Nothing,
        Some(Before::NotSeen) | None => Stood::Unknown("the event does not hold the policy".to_owned()),
    }
}

/// A request that the policy allows since, whoever was allowed it before; of a statement that is added, one that it allows.
fn allows(case: &Case<'_>, change: &RecentChange<'_>) -> Option<Witness> {
    let of = &change.change;
    if of.rule.subject == Subject::Organization {
        return None;
    }
    let added = of.document.as_ref().filter(|_| of.is_one_statement());
    let documents = match (case.after(of), added) {
        (Ok(documents), _) => documents,
        (Err(_), Some((_, text))) => vec![case.read(text).ok()?],
        (Err(_), None) => return None,
    };
    let opened = match of.rule.subject {
        Subject::Identity => opened::compared(&policy::compare(&documents, &[], Side::Identity)),
        _ => case.newly(change.at(), &documents, &Vec::new()),
    };
    match opened {
        Opened::Yes(witness) => Some(*witness),
        _ => None,
    }
}

/// Account, kind and name: events leave the path of an identity out.
fn identity(arn: &str) -> Option<(&str, &str, &str)> {
    let (_, rest) = arn.split_once(":iam::")?;
    let (account, rest) = rest.split_once(':')?;
    let (kind, name) = rest.split_once('/')?;
    Some((account, kind, name.rsplit('/').next()?))
}

/// Whether whoever gained by a change is who made it: the identity itself, a group of it, the holder of a managed policy, or
/// the caller of the witness.
fn self_granted(change: &RecentChange<'_>, witness: Option<&Witness>) -> bool {
    let person = change.person.as_ref().map(|person| person.name.as_str());
    let callers: BTreeSet<(&str, &str, &str)> = change.actor.arns().chain(person).filter_map(identity).collect();
    let is_caller = |arn: &str| identity(arn).is_some_and(|identity| callers.contains(&identity));
    if is_caller(&change.resource.arn) {
        return true;
    }
    let iam = &change.account.iam;
    let users = iam.users.iter().filter(|user| is_caller(&user.arn));
    let held = match change.change.rule.place {
        Place::Group => {
            let name = change.resource.arn.rsplit('/').next().unwrap_or_default();
            users.flat_map(|user| &user.groups).any(|group| group == name)
        }
        Place::Policy => {
            let roles = iam.roles.iter().filter(|role| is_caller(&role.arn)).flat_map(|role| &role.attached);
            users.flat_map(|user| &user.attached).chain(roles).any(|policy| policy.arn == change.resource.arn)
        }
        _ => false,
    };
    // A witness of a policy that lets in more than the caller says nothing.
    let only = matches!(witness.map(|witness| &witness.request.principal), Some(Principal::Arn(arn)) if is_caller(arn));
    held || (only && change.change.rule.subject != Subject::Identity)
}

/// What earlier inventories say of settings.
pub(super) fn levels_before(case: &Case<'_>, change: &RecentChange<'_>) -> Levels {
    let Some(earlier) = &case.world.settings().earlier else { return Levels::new() };
    let Some(inventory) = earlier.before(change.change.event.record.event_time) else { return Levels::new() };
    levels::in_inventory(inventory, &change.account.id, &change.change, &change.resource.arn)
}

#[cfg(test)]
mod tests;
