//! Sign-ins to the console.

use std::collections::{BTreeMap, VecDeque};

use forewarn_events::{HIDDEN, SourceAddress};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::run::Found;
use crate::{Detector, Glance, Seen, Settings};

pub(super) fn may_sign_in(glance: &Glance<'_>) -> bool {
    glance.operation == "ConsoleLogin"
}

fn is_sign_in(seen: &Seen<'_>) -> bool {
    super::is(seen, "signin.amazonaws.com", "ConsoleLogin")
}

fn mfa<'s>(seen: &Seen<'s>) -> Option<&'s str> {
    seen.event.record.additional_event_data.get("MFAUsed").and_then(Value::as_str)
}

/// The root user in, without MFA.
pub(super) fn root_without_mfa(seen: &Seen<'_>) -> Option<(Vec<String>, Vec<String>)> {
    let record = &seen.event.record;
    let root = record.user_identity.kind.as_deref() == Some("Root");
    let without = mfa(seen) != Some("Yes");
    (is_sign_in(seen) && root && without).then(|| {
        (
            vec![format!("account {}", seen.account)],
            vec![format!("MFAUsed is {}", mfa(seen).unwrap_or("not said")), from(seen)],
        )
    })
}

fn from(seen: &Seen<'_>) -> String {
    match &seen.event.record.source_address {
        SourceAddress::Address(address) => format!("from {address}"),
        SourceAddress::Service(name) | SourceAddress::Other(name) => format!("from {name}"),
        SourceAddress::Absent => "from an address that is not said".to_owned(),
    }
}

/// Failed sign-ins by account and user.
struct FailuresThenSuccess {
    least: usize,
    within: SignedDuration,
    /// Whether a sign-in with MFA ends the failures without a hit.
    without_mfa: bool,
    failures: BTreeMap<(String, String), VecDeque<(Timestamp, String)>>,
    /// Sign-ins that worked at the present instant: a failure of the same second may come after.
    worked: Vec<((String, String), Timestamp, Option<Found>)>,
    found: Vec<Found>,
}

pub(super) fn failures_then_success(settings: &Settings, without_mfa: bool) -> Box<dyn Detector> {
    const BOTH: &str = "signin.failures_then_success";
    const WITHOUT: &str = "signin.failures_then_success_without_mfa";
    let id = if without_mfa { WITHOUT } else { BOTH };
    Box::new(FailuresThenSuccess {
        least: settings.count(id, "failures"),
        within: SignedDuration::from_mins(settings.threshold(id, "minutes")),
        without_mfa,
        failures: BTreeMap::new(),
        worked: Vec::new(),
        found: Vec::new(),
    })
}

/// The user's name; AWS hides it where it may be a password.
fn user(seen: &Seen<'_>) -> Option<String> {
    let identity = &seen.event.record.user_identity;
    let name = match identity.kind.as_deref() {
        Some("Root") => "root",
        _ => identity.user_name.as_deref().or_else(|| identity.arn.as_deref()?.rsplit('/').next())?,
    };
    (name != HIDDEN && name != "HIDDEN_DUE_TO_SECURITY_REASONS").then(|| name.to_owned())
}

impl FailuresThenSuccess {
    fn settle(&mut self) {
        for (key, at, found) in std::mem::take(&mut self.worked) {
            let (Some(mut failures), Some(mut found)) = (self.failures.remove(&key), found) else { continue };
            failures.retain(|(failed, _)| at.duration_since(*failed) <= self.within);
            let (Some((first, _)), true) = (failures.front(), failures.len() >= self.least) else { continue };
            found.first = *first;
            found.count = failures.len() as u64;
            found.counted = "failures".into();
            found.rests_on.insert(0, format!("{} failures from {first}, success at {at}", failures.len()));
            found.event_ids = failures.into_iter().map(|(_, id)| id).chain(found.event_ids).collect();
            self.found.push(found);
        }
    }
}

impl Detector for FailuresThenSuccess {
    fn wants(&mut self, glance: &Glance<'_>) -> bool {
        may_sign_in(glance)
    }

    fn see(&mut self, seen: &Seen<'_>) {
        let at = seen.event.record.event_time;
        if self.worked.first().is_some_and(|(_, worked, _)| *worked < at) {
            self.settle();
        }
        let Some(user) = user(seen).filter(|_| is_sign_in(seen)) else { return };
        let key = (seen.account.to_owned(), user);
        if seen.event.record.failed() {
            let failures = self.failures.entry(key).or_default();
            while failures.pop_front_if(|(failed, _)| at.duration_since(*failed) > self.within).is_some() {}
            failures.push_back((at, seen.id.to_owned()));
        } else {
            let rests_on = vec![format!("MFAUsed is {}", mfa(seen).unwrap_or("not said")), from(seen)];
            let counts = !self.without_mfa || mfa(seen) != Some("Yes");
            self.worked.push((key, at, counts.then(|| Found::one(seen, Vec::new(), rests_on))));
        }
    }

    fn finish(&mut self) -> Vec<Found> {
        self.settle();
        std::mem::take(&mut self.found)
    }
}
