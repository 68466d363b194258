//! Events of a store in the place of a look-back: what was changed, and with which keys, is known from them.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_events::{Event, Rule};
use forewarn_inventory::{
    Account, Cause, Gap, Inventory, KeyCall, Listing, Lookback, ManagedPolicy, Observed, PolicyText, PolicyVersion,
};
use jiff::{SignedDuration, Timestamp};

/// The account that an event is of.
fn account(event: &Event) -> &str {
    let record = &event.record;
    record.recipient_account_id.as_deref().or(record.user_identity.account_id.as_deref()).unwrap_or_default()
}

/// The partition of a region.
fn partition(region: Option<&str>) -> &'static str {
    match region {
        Some(region) if region.starts_with("cn-") => "aws-cn",
        Some(region) if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// Events as an inventory of their accounts; its clock is the last of them. What no event tells is a gap.
///
/// `events` are changes and the calls that gave out the sessions in which they were made. Behind each of `unread`, a source
/// and why it was not read whole, there may be more.
pub fn of_events(events: Vec<Event>, unread: &[(String, String)]) -> Inventory {
    let instant = events.iter().map(|event| event.record.event_time).max().unwrap_or(Timestamp::UNIX_EPOCH);
    let mut inventory = Inventory {
        organization: Observed::Unreadable(Gap::new(Cause::NotAsked, "organizations:DescribeOrganization")),
        ..Inventory::unasked(instant)
    };
    lay_changes(&mut inventory, events, unread);
    inventory
}

/// Puts the changes among `events` in the place of what an inventory has of them. Accounts that it does not have come in
/// with nothing but their events. Its clock is never before the last event.
pub fn lay_changes(inventory: &mut Inventory, events: Vec<Event>, unread: &[(String, String)]) {
    let (mut by_account, mut sessions): (BTreeMap<String, Vec<Event>>, Vec<Event>) = Default::default();
    for event in events {
        if Rule::of(&event.record.event_source, &event.record.event_name).is_some() {
            by_account.entry(account(&event).to_owned()).or_default().push(event);
        } else {
            sessions.push(event);
        }
    }
    for (id, events) in &by_account {
        if !inventory.accounts.iter().any(|account| account.id == *id) {
            let region = events.first().and_then(|event| event.record.aws_region.as_deref());
            inventory.accounts.push(Account::unasked(id, partition(region)));
        }
    }
    inventory.accounts.sort_by(|one, other| one.id.cmp(&other.id));
    let gaps: Vec<Gap> = unread.iter().map(|(source, why)| gap(source, why)).collect();
    for account in &mut inventory.accounts {
        let events = by_account.remove(&account.id).unwrap_or_default();
        add_policies(account, &events);
        let since = events.iter().map(|event| event.record.event_time).min();
        inventory.instant =
            events.iter().map(|event| event.record.event_time).chain([inventory.instant]).max().unwrap_or_default();
        let mut items = events;
        // Who took a session may be told by the log of another account.
        items.extend(sessions.iter().cloned());
        items.sort_by(|one, other| (one.record.event_time, one.id()).cmp(&(other.record.event_time, other.id())));
        account.trail.changes = Lookback { since, items, reached: Vec::new(), rest: gaps.clone() };
    }
}

/// What a store has of the log of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// The first event.
    pub since: Timestamp,
    /// The last event; what came shortly before may still be on its way.
    pub until: Timestamp,
    /// Why it is not whole between; `None` = it is.
    pub lacks: Option<String>,
}

/// How late CloudTrail may deliver: it says about five minutes, and some are later.
const LATE: SignedDuration = SignedDuration::from_hours(1);

impl Covered {
    /// Up to when a look-back that begins at `since` need not ask; `None` = it has to ask for everything.
    pub fn known(&self, since: Timestamp) -> Option<Timestamp> {
        if self.lacks.is_some() || self.since > since {
            return None;
        }
        self.until.checked_sub(LATE).ok().filter(|until| *until > since)
    }
}

/// Joins what a store has with what a look-back found: changes with the calls that gave out sessions, and calls with
/// long-lived keys. What the store covers counts as read; where nothing was asked, what it does not cover is a gap.
pub fn lay_store(
    inventory: &mut Inventory,
    events: Vec<Event>,
    calls: Vec<(String, KeyCall)>,
    covered: &BTreeMap<String, Covered>,
) {
    let end = inventory.instant;
    let (mut changes, mut sessions): (BTreeMap<String, Vec<Event>>, Vec<Event>) = Default::default();
    for event in events {
        if Rule::of(&event.record.event_source, &event.record.event_name).is_some() {
            changes.entry(account(&event).to_owned()).or_default().push(event);
        } else {
            sessions.push(event);
        }
    }
    let mut used: BTreeMap<String, Vec<KeyCall>> = BTreeMap::new();
    for (account, call) in calls {
        used.entry(account).or_default().push(call);
    }
    for account in &mut inventory.accounts {
        let covered = covered.get(&account.id);
        let events = changes.remove(&account.id).unwrap_or_default();
        add_policies(account, &events);
        let place = |event: &Event| (event.record.event_time, event.id().to_owned(), event.record.event_name.clone());
        let events = events.into_iter().chain(sessions.iter().cloned()).collect();
        join(&mut account.trail.changes, events, place, covered, end);
        let place = |call: &KeyCall| (call.time, call.event.clone(), call.name.clone());
        join(&mut account.trail.key_use, used.remove(&account.id).unwrap_or_default(), place, covered, end);
    }
}

fn join<T>(
    found: &mut Lookback<T>,
    more: Vec<T>,
    place: impl Fn(&T) -> (Timestamp, String, String),
    covered: Option<&Covered>,
    end: Timestamp,
) {
    // What happened after the inventory was read is not what it is about.
    found.items.extend(more.into_iter().filter(|item| place(item).0 <= end));
    found.items.sort_by_key(&place);
    found.items.dedup_by_key(|item| place(item));
    let Some(covered) = covered else { return };
    let gap = |said: String| Gap::new(Cause::NotAsked, "events:Import").detail(said);
    if let Some(since) = found.since {
        let known = covered.known(since);
        for reached in found.reached.iter_mut().filter(|reached| known.is_some_and(|known| reached.since <= known)) {
            reached.since = since;
        }
        return;
    }
    found.since = Some(covered.since);
    found.rest = covered.lacks.iter().cloned().map(gap).collect();
    if end.duration_since(covered.until) > LATE {
        found.rest.push(gap(format!("the store ends at {}", covered.until)));
    }
}

/// That a source of the store was not read whole.
fn gap(source: &str, why: &str) -> Gap {
    Gap::new(Cause::Malformed, "events:Import").on(source).detail(why)
}

/// Puts the versions of managed policies that AWS has now beside those that events made: a version never changes. Of accounts
/// that `now` does not have, and of lists that could not be read, nothing more is known than before.
pub fn lay_versions(inventory: &mut Inventory, now: Vec<Account>) {
    for mut read in now {
        let Some(account) = inventory.accounts.iter_mut().find(|account| account.id == read.id) else { continue };
        for policy in std::mem::take(&mut read.iam.policies.items) {
            match account.iam.policies.items.iter_mut().find(|known| known.arn == policy.arn) {
                Some(known) => {
                    let ids: BTreeSet<String> = known.versions.iter().map(|version| version.id.clone()).collect();
                    known.versions.extend(policy.versions.into_iter().filter(|version| !ids.contains(&version.id)));
                    known.default_version = policy.default_version;
                }
                None => account.iam.policies.items.push(policy),
            }
        }
        account.iam.policies.items.sort_by(|one, other| one.arn.cmp(&other.arn));
    }
}

/// Managed policies that events made and that the inventory does not have: their text is what attaching them gives.
fn add_policies(account: &mut Account, events: &[Event]) {
    let known: BTreeSet<String> = account.iam.policies.iter().map(|policy| policy.arn.clone()).collect();
    let mut made: BTreeMap<String, ManagedPolicy> = BTreeMap::new();
    for change in forewarn_events::changes(events, &account.partition, &account.id) {
        let Some((_, text)) = change.document.as_ref().filter(|_| change.rule.place == forewarn_events::Place::Policy)
        else {
            continue;
        };
        let record = &change.event.record;
        if record.failed() || known.contains(&change.resource) {
            continue;
        }
        let policy = made.entry(change.resource.clone()).or_insert_with(|| ManagedPolicy {
            name: change.resource.rsplit('/').next().unwrap_or_default().to_owned(),
            arn: change.resource.clone(),
            id: String::new(),
            path: "/".to_owned(),
            created: record.event_time,
            updated: record.event_time,
            default_version: String::new(),
            versions: Vec::new(),
            attachments: 0,
            boundary_uses: 0,
        });
        let answered = record.response_elements.pointer("/policyVersion/versionId").and_then(serde_json::Value::as_str);
        let id = answered.map_or_else(|| format!("v{}", policy.versions.len() + 1), str::to_owned);
        policy.versions.push(PolicyVersion {
            id: id.clone(),
            created: record.event_time,
            document: PolicyText::new(text.as_str()),
        });
        if change.is_in_force() {
            policy.default_version = id;
        }
    }
    let Listing { items, .. } = &mut account.iam.policies;
    items.extend(made.into_values());
    items.sort_by(|one, other| one.arn.cmp(&other.arn));
}

#[cfg(test)]
mod tests;
