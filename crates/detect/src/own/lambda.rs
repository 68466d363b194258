//! Functions: who writes their code, and whose layers they load.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::run::Found;
use crate::{Detector, Glance, Lists, Seen, Settings};

const LAMBDA: &str = "lambda.amazonaws.com";

/// Whether an event may be one of these calls; their names end in a date.
fn may_change(glance: &Glance<'_>, calls: &[&str]) -> bool {
    !glance.has_error() && calls.iter().any(|call| glance.operation.starts_with(call))
}

/// Calls of one deployer that lie so close to the first of them are one finding with it.
const TOGETHER: SignedDuration = SignedDuration::from_hours(1);

/// Who deploys functions in an account, as far as the log tells.
#[derive(Default)]
struct Deploying {
    /// The first and the last deployment, and how many there were.
    span: Option<(Timestamp, Timestamp)>,
    count: usize,
    /// Each deployer, with the place of what was found of it.
    deployers: BTreeMap<String, Option<usize>>,
    found: Vec<Found>,
}

/// Code that somebody writes whose work that has not been.
struct CodeOverwritten {
    least: usize,
    days: SignedDuration,
    accounts: BTreeMap<String, Deploying>,
}

pub(super) fn code_overwritten(settings: &Settings) -> Box<dyn Detector> {
    const ID: &str = "lambda.code_overwritten";
    let days = SignedDuration::from_hours(24 * settings.threshold(ID, "days"));
    Box::new(CodeOverwritten { least: settings.count(ID, "deployments"), days, accounts: BTreeMap::new() })
}

impl CodeOverwritten {
    /// Whether there is enough of a past to tell who deploys.
    fn is_known(&self, count: usize, first: Timestamp, last: Timestamp) -> bool {
        count >= self.least && last.duration_since(first) >= self.days
    }
}

impl Detector for CodeOverwritten {
    fn wants(&mut self, glance: &Glance<'_>) -> bool {
        may_change(glance, &["UpdateFunctionCode", "CreateFunction2"])
    }

    fn see(&mut self, seen: &Seen<'_>) {
        let record = &seen.event.record;
        let writes = record.event_name.starts_with("UpdateFunctionCode");
        let deploys = writes || record.event_name.starts_with("CreateFunction2");
        if record.event_source != LAMBDA || !deploys || record.failed() {
            return;
        }
        let at = record.event_time;
        // Nobody but a pipeline can be behind a role whose taker is not known: a session of each run is no new deployer.
        let role = seen.actor.role.as_deref().filter(|_| seen.person == seen.actor.name);
        let deployer = role.unwrap_or(seen.person);
        let past = self.accounts.remove(seen.account).unwrap_or_default();
        let known = past.span.is_some_and(|(first, _)| self.is_known(past.count, first, at));
        let Deploying { span, count, mut deployers, mut found } = past;
        let function = record.request_parameters.get("functionName").and_then(Value::as_str).unwrap_or_default();
        let by_aws = seen.actor.is_service || record.user_identity.invoked_by.is_some();
        match deployers.get(deployer) {
            Some(place) => {
                let episode = place.and_then(|place| found.get_mut(place));
                let near = |found: &&mut Found| at.duration_since(found.first) <= TOGETHER;
                if let Some(episode) = episode.filter(near).filter(|_| writes && !by_aws) {
                    episode.last = at;
                    episode.count += 1;
                    episode.event_ids.push(seen.id.to_owned());
                    if !episode.resources.iter().any(|resource| resource == function) {
                        episode.resources.push(function.to_owned());
                    }
                }
            }
            None if !writes || by_aws || (!known && role.is_some()) => {
                deployers.insert(deployer.to_owned(), None);
            }
            None => {
                let others = deployers.len();
                let said = span.map_or_else(
                    || "no deployment before it is in the log".to_owned(),
                    |(first, _)| format!("{count} deployments by {others} others since {first}, none by this one"),
                );
                let mut one = Found::one(seen, vec![function.to_owned()], vec![said]);
                one.unknown =
                    (!known).then(|| "the log is too short to tell whose work it is to deploy there".to_owned());
                deployers.insert(deployer.to_owned(), Some(found.len()));
                found.push(one);
            }
        }
        let span = Some((span.map_or(at, |(first, _)| first), at));
        self.accounts.insert(seen.account.to_owned(), Deploying { span, count: count + 1, deployers, found });
    }

    fn finish(&mut self) -> Vec<Found> {
        let mut all = Vec::new();
        for past in std::mem::take(&mut self.accounts).into_values() {
            // Those from whom the past was learned are no finding once there is enough of it.
            let known = past.span.is_some_and(|(first, last)| self.is_known(past.count, first, last));
            all.extend(past.found.into_iter().filter(|found| !known || found.unknown.is_none()));
        }
        all
    }
}

/// The first layer of each foreign account that a function of an account loads.
struct ForeignLayer {
    lists: Lists,
    seen: BTreeSet<(String, String)>,
    found: Vec<Found>,
}

pub(super) fn layer_of_other_account(lists: &Lists) -> Box<dyn Detector> {
    Box::new(ForeignLayer { lists: lists.clone(), seen: BTreeSet::new(), found: Vec::new() })
}

impl Detector for ForeignLayer {
    fn wants(&mut self, glance: &Glance<'_>) -> bool {
        may_change(glance, &["UpdateFunctionConfiguration", "CreateFunction2"])
    }

    fn see(&mut self, seen: &Seen<'_>) {
        let record = &seen.event.record;
        let names = ["UpdateFunctionConfiguration", "CreateFunction2"];
        let loads = names.iter().any(|name| record.event_name.starts_with(name));
        if record.event_source != LAMBDA || !loads || record.failed() {
            return;
        }
        let Some(layers) = record.request_parameters.get("layers").and_then(Value::as_array) else { return };
        for layer in layers.iter().filter_map(Value::as_str) {
            let Some(owner) = layer.split(':').nth(4).filter(|owner| !owner.is_empty()) else { continue };
            if owner == seen.account || self.lists.contains("trusted_accounts", owner) {
                continue;
            }
            if self.seen.insert((seen.account.to_owned(), owner.to_owned())) {
                let function = record.request_parameters.get("functionName").and_then(Value::as_str);
                let resources = function.into_iter().chain([layer]).map(str::to_owned).collect();
                let said = format!("the first layer of account {owner} in account {}", seen.account);
                self.found.push(Found::one(seen, resources, vec![said]));
            }
        }
    }

    fn finish(&mut self) -> Vec<Found> {
        std::mem::take(&mut self.found)
    }
}
