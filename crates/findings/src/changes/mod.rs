//! Recent changes of who may do what: who made each, whether it opened access, and why it stands out.

mod around;
mod course;
mod laid;
mod levels;
mod opened;
mod timeline;

pub(crate) use course::became;
pub use course::{Became, Course, Opening, Reset, State};
pub use laid::{Covered, lay_changes, lay_store, lay_versions, of_events};
pub use timeline::{Setting as ChangeSetting, Stood, Timeline, Told, Verdict as ChangeVerdict, timeline};

use std::sync::Arc;

use forewarn_events::{Actor, Change, Person, Place, Sessions, SourceAddress, Subject, changes_with};
use forewarn_inventory::{Account, Gap, InlinePolicy, Inventory, Observed, PolicyText};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::around::{Around, Past};
use self::opened::At;
use crate::case::remembered;
use crate::{Case, Evidence, Reason, Resource, Witness};

/// Whether a change lets somebody do what nobody could before.
#[derive(Debug, Clone, PartialEq)]
pub enum Opened {
    /// It does, and this request shows it.
    Yes(Box<Witness>),
    /// It does not.
    No,
    /// It could not be decided.
    Unknown(Vec<Reason>),
    /// There is nothing to compare: the call was refused, or is about something that is no policy.
    NotAsked,
}

/// Why a change stands out of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandsOut {
    /// It opened access.
    OpenedAccess,
    /// It touched a guardrail, and not to tighten it.
    Guardrail,
    /// It touched the log, or what keeps it.
    Log,
    /// It was made by somebody who is not configured to deploy.
    NotADeployer,
}

impl StandsOut {
    /// What is wrong, for a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::OpenedAccess => "opened access",
            Self::Guardrail => "touched a guardrail",
            Self::Log => "touched the log",
            Self::NotADeployer => "came from outside the configured deployers",
        }
    }
}

/// A change with all that was found out about it.
#[derive(Debug, Clone)]
pub struct RecentChange<'a> {
    /// The account.
    pub account: &'a Account,
    /// The event, its rule, the documents.
    pub change: Change<'a>,
    /// What was changed.
    pub resource: Resource,
    /// Who made the call.
    pub actor: Actor,
    /// The person behind, where that is known.
    pub person: Option<Person>,
    /// Whether it opened access.
    pub opened: Opened,
    /// Why it stands out; empty for most.
    pub stands_out: Vec<StandsOut>,
    /// The read that failed, where it could not be said whether the log is concerned.
    pub unsure: Option<&'a Gap>,
    /// What stood around it before and since.
    around: Around,
}

/// A change in the timeline of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeExhibit {
    /// When the call ended.
    pub time: Timestamp,
    /// The id of the event.
    pub event: String,
    /// The operation.
    pub name: String,
    /// The service, as `s3.amazonaws.com`.
    pub source: String,
    /// The region that answered.
    pub region: Option<String>,
    /// What was changed.
    pub resource: Resource,
    /// A word for what it changes, such as `trust`.
    pub changes: String,
    /// ARN or name of who made the call.
    pub actor: String,
    /// The person behind a session, where that is known.
    pub person: Option<String>,
    /// Address or service that the call came from.
    pub address: Option<String>,
    /// What the client said it was.
    pub agent: Option<String>,
    /// The error code of a refused call.
    pub refused: Option<String>,
    /// Whether it opened access; `None` = there was nothing to compare.
    pub opened: Option<bool>,
    /// A request that is allowed since.
    pub witness: Option<Witness>,
    /// Why it could not be decided whether it opened access.
    pub undecided: Vec<Reason>,
    /// Why it stands out.
    pub stands_out: Vec<StandsOut>,
    /// What became of what it opened; `None` where it opened nothing, or nobody knows what came after it.
    pub became: Option<Became>,
}

impl RecentChange<'_> {
    /// When, by whom and from where, for a person.
    pub fn told(&self) -> String {
        let record = &self.change.event.record;
        let person = match &self.person {
            Some(person) if person.name != self.actor.name => format!(" ({})", person.name),
            _ => String::new(),
        };
        let from = source(&record.source_address).map_or_else(String::new, |from| format!(" from {from}"));
        let at = record.event_time.strftime("%Y-%m-%d %H:%M:%S UTC");
        format!("{} by {}{person}{from} at {at}", record.event_name, self.actor.name)
    }

    /// A pointer into the record of the event.
    pub fn evidence(&self, pointer: &str, note: impl Into<Arc<str>>) -> Evidence {
        Evidence::at(&self.resource.arn, self.change.event.raw(), pointer, note)
    }

    /// The change as the timeline shows it.
    pub fn exhibit(&self, became: Option<Became>) -> ChangeExhibit {
        let record = &self.change.event.record;
        let (opened, witness, undecided) = match &self.opened {
            Opened::Yes(witness) => (Some(true), Some((**witness).clone()), Vec::new()),
            Opened::No => (Some(false), None, Vec::new()),
            Opened::Unknown(reasons) => (None, None, reasons.clone()),
            Opened::NotAsked => (None, None, Vec::new()),
        };
        ChangeExhibit {
            time: record.event_time,
            event: self.change.event.id().to_owned(),
            name: record.event_name.clone(),
            source: record.event_source.clone(),
            region: record.aws_region.clone(),
            resource: self.resource.clone(),
            changes: self.change.rule.subject.words().to_owned(),
            actor: self.actor.name.clone(),
            person: self.person.as_ref().map(|person| person.name.clone()).filter(|name| *name != self.actor.name),
            address: source(&record.source_address),
            agent: record.user_agent.clone(),
            refused: record.failed().then(|| record.error_code.clone().unwrap_or_else(|| "refused".to_owned())),
            opened,
            witness,
            undecided,
            stands_out: self.stands_out.clone(),
            became,
        }
    }
}

/// Where a call came from, as text.
fn source(address: &SourceAddress) -> Option<String> {
    match address {
        SourceAddress::Address(address) => Some(address.to_string()),
        SourceAddress::Service(name) | SourceAddress::Other(name) => Some(name.clone()),
        SourceAddress::Absent => None,
    }
}

impl<'a> Case<'a> {
    /// The recent changes of all accounts, by account and time. Each is compared once in a run.
    pub fn recent_changes(&self) -> Vec<RecentChange<'a>> {
        self.accounts().flat_map(|account| self.changes_of(account)).collect()
    }

    fn changes_of(&self, account: &'a Account) -> Vec<RecentChange<'a>> {
        let log = &account.trail.changes;
        let sessions = Sessions::of(log.iter().map(|event| &event.record));
        let version = |arn: &str, id: &str| {
            let policy = account.iam.policies.iter().find(|policy| policy.arn == arn)?;
            let version = policy.versions.iter().find(|version| version.id == id)?;
            Some(version.document.as_str().to_owned())
        };
        let found = changes_with(&log.items, &account.partition, &account.id, &version);
        let past = Past::of(&found);
        // What came before the span that was asked for says what was there, and is no recent change.
        let recent = |change: &Change<'_>| log.since.is_none_or(|since| change.event.record.event_time >= since);
        let recent = found.into_iter().filter(recent);
        recent.filter_map(|change| self.recent_change(account, change, &sessions, &past)).collect()
    }

    fn recent_change(
        &self,
        account: &'a Account,
        change: Change<'a>,
        sessions: &Sessions,
        past: &Past,
    ) -> Option<RecentChange<'a>> {
        let record = &change.event.record;
        let arn = opened::full_arn(account, &change);
        let kept = is_log_store(account, &change, &arn);
        if change.rule.subject == Subject::LogStore && matches!(kept, Ok(false)) {
            return None;
        }
        let actor = Actor::of(record);
        let earlier = self.world.settings().earlier.as_ref().and_then(|earlier| earlier.before(record.event_time));
        let around = past.around(account, earlier, &change);
        let (mut stands_out, mut opened, mut unsure) = (Vec::new(), Opened::NotAsked, None);
        if !record.failed() {
            let of = (account.id.clone(), record.event_time, change.event.id().to_owned(), change.rule.name);
            opened = remembered(&self.world.opened, of, |_| {
                self.opened(At { account, change: &change, arn: &arn, around: &around })
            });
            // Those that a look-back does not ask for are mostly the ways back.
            let tightens = !change.rule.looked_up && levels::moves(&change).is_some_and(|moves| moves.only_protects());
            let guards = change.rule.subject.is_guardrail() && opened != Opened::No && !tightens;
            let settings = self.world.settings();
            let deploys = |pattern: &String| actor.arns().any(|arn| forewarn_policy::arn_matches(pattern, arn));
            let outside =
                !settings.deployers.is_empty() && !actor.is_service && !settings.deployers.iter().any(deploys);
            for (stands, why) in [
                (matches!(opened, Opened::Yes(_)), StandsOut::OpenedAccess),
                (guards, StandsOut::Guardrail),
                ((change.rule.subject == Subject::Log || matches!(kept, Ok(true))) && !tightens, StandsOut::Log),
                (outside, StandsOut::NotADeployer),
            ] {
                stands_out.extend(stands.then_some(why));
            }
            unsure = kept.err();
        }
        let region = record.aws_region.clone().filter(|_| !change.rule.is_global() && !arn.ends_with(":root"));
        Some(RecentChange {
            account,
            resource: Resource { arn, account: account.id.clone(), region },
            person: sessions.person(&actor),
            actor,
            opened,
            stands_out,
            unsure,
            change,
            around,
        })
    }
}

/// Whether a bucket keeps the log of a trail, or a key encrypts it; the gap where not every trail is known.
fn is_log_store<'a>(account: &'a Account, change: &Change<'_>, arn: &str) -> Result<bool, &'a Gap> {
    let trails = &account.trail.trails;
    let keeps = match change.rule.place {
        Place::Bucket => {
            let name = arn.rsplit(':').next().unwrap_or_default();
            trails.iter().any(|trail| trail.bucket == name)
        }
        Place::Key => trails.iter().any(|trail| trail.kms_key.as_deref() == Some(arn)),
        _ => return Ok(false),
    };
    match trails.rest.first() {
        Some(gap) if !keeps => Err(gap),
        _ => Ok(keeps),
    }
}

/// An inventory of earlier, for what policies were before a change.
#[derive(Debug, Clone)]
pub struct EarlierInventory(Arc<Inventory>);

impl EarlierInventory {
    /// Takes an inventory that was read before the changes.
    pub fn new(inventory: Arc<Inventory>) -> Self {
        Self(inventory)
    }

    /// What a change replaced, which may be nothing: `None` = not known.
    ///
    /// Only for a change after the inventory was read: one before it is in there already.
    pub(crate) fn documents(&self, change: &Change<'_>, arn: &str) -> Option<Vec<&PolicyText>> {
        standing_in(self.before(change.event.record.event_time)?, change, arn)
    }

    /// The inventory, where it was read before an instant.
    pub(crate) fn before(&self, at: Timestamp) -> Option<&Inventory> {
        Some(&*self.0).filter(|inventory| inventory.instant <= at)
    }

    /// The inventory, where it was read after an instant.
    pub(crate) fn after(&self, at: Timestamp) -> Option<&Inventory> {
        Some(&*self.0).filter(|inventory| inventory.instant > at)
    }
}

/// The policies that stand in an inventory where a change is, which may be none: `None` = not known.
fn standing_in<'i>(inventory: &'i Inventory, change: &Change<'_>, arn: &str) -> Option<Vec<&'i PolicyText>> {
    inventory.accounts.iter().find_map(|account| {
        let (iam, s3) = (&account.iam, &account.s3);
        match (change.rule.place, change.rule.subject) {
            (Place::Bucket, Subject::Bucket) => seen(&s3.buckets.iter().find(|bucket| bucket.arn == arn)?.policy),
            (Place::AccessPoint, _) => {
                let points = s3.access_points.iter().map(|point| (&point.arn, &point.policy));
                let more = s3.multi_region_access_points.iter().map(|point| (&point.arn, &point.policy));
                seen(points.chain(more).find(|(known, _)| *known == arn)?.1)
            }
            (Place::Key, Subject::Key) => seen(&account.kms.keys.iter().find(|key| key.arn == arn)?.policy),
            (Place::Role, Subject::Trust) => Some(vec![&iam.roles.iter().find(|role| role.arn == arn)?.trust]),
            (Place::Role, _) => Some(inline(&iam.roles.iter().find(|role| role.arn == arn)?.inline, change.slot)),
            (Place::User, _) => Some(inline(&iam.users.iter().find(|user| user.arn == arn)?.inline, change.slot)),
            (Place::Group, _) => Some(inline(&iam.groups.iter().find(|group| group.arn == arn)?.inline, change.slot)),
            (Place::Policy, _) => Some(vec![iam.policies.iter().find(|policy| policy.arn == arn)?.document()?]),
            _ => None,
        }
    })
}

/// A policy that was read, or seen to be absent.
fn seen(fact: &Observed<PolicyText>) -> Option<Vec<&PolicyText>> {
    fact.read().ok().map(|text| text.into_iter().collect())
}

/// The inline policy of this name, where there is one.
fn inline<'p>(policies: &'p [InlinePolicy], name: Option<&str>) -> Vec<&'p PolicyText> {
    policies.iter().filter(|policy| Some(policy.name.as_str()) == name).map(|policy| &policy.document).collect()
}
