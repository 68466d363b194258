//! Roles taken from roles, from account to account.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::run::Found;
use crate::{Detector, Glance, Lists, Seen};

/// How a session came to be.
#[derive(Debug, Clone, Default)]
struct Way {
    /// Roles that were taken one from the other.
    roles: usize,
    accounts: BTreeSet<String>,
    events: Vec<String>,
}

struct RoleChain {
    lists: Lists,
    sessions: BTreeMap<String, Way>,
    found: Vec<Found>,
}

pub(super) fn detector(lists: &Lists) -> Box<dyn Detector> {
    Box::new(RoleChain { lists: lists.clone(), sessions: BTreeMap::new(), found: Vec::new() })
}

fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

impl Detector for RoleChain {
    fn wants(&mut self, glance: &Glance<'_>) -> bool {
        glance.is("sts.amazonaws.com", "AssumeRole") && !glance.has_error() && glance.user_type != Some("AWSService")
    }

    fn see(&mut self, seen: &Seen<'_>) {
        let record = &seen.event.record;
        if !super::is(seen, "sts.amazonaws.com", "AssumeRole") || record.failed() || seen.actor.is_service {
            return;
        }
        let Some(role) = record.request_parameters.get("roleArn").and_then(Value::as_str) else { return };
        let Some(account) = account_of(role) else { return };
        let mut way = match &seen.actor.role {
            // Who signed in through IAM Identity Center is a person, whose session is no role that was taken.
            Some(from) if from.contains("/AWSReservedSSO_") => Way::default(),
            Some(_) => {
                let known = seen.actor.key.as_ref().and_then(|key| self.sessions.get(key)).cloned();
                known.unwrap_or_else(|| Way { roles: 1, ..Way::default() })
            }
            None => Way::default(),
        };
        way.accounts.extend(account_of(&seen.actor.name).map(str::to_owned));
        way.roles += 1;
        let crosses = !way.accounts.contains(account);
        way.accounts.insert(account.to_owned());
        way.events.push(seen.id.to_owned());
        let trusted = way.accounts.iter().all(|account| self.lists.contains("trusted_accounts", account));
        if way.roles >= 2 && crosses && !trusted {
            let accounts = way.accounts.iter().cloned().collect::<Vec<_>>().join(", ");
            let rests_on = vec![format!("{} roles, one from the other", way.roles), format!("accounts {accounts}")];
            let mut found = Found::one(seen, vec![role.to_owned()], rests_on);
            found.event_ids.clone_from(&way.events);
            found.count = way.roles as u64;
            found.counted = "roles".into();
            self.found.push(found);
        }
        if let Some(key) = record.response_elements.pointer("/credentials/accessKeyId").and_then(Value::as_str) {
            self.sessions.insert(key.to_owned(), way);
        }
    }

    fn finish(&mut self) -> Vec<Found> {
        std::mem::take(&mut self.found)
    }
}
