//! Trails as chains: from the call that is recorded to those who hear of it.

use std::collections::BTreeMap;

use forewarn_inventory::{Trail, TrailStatus};

use super::{LoggingExhibit, LoggingLink, LoggingStep, Setting, SettingState};
use crate::{Case, In, Resource};

/// Every trail once. The trail of an organisation stands in the list of each of its accounts; the one that could read
/// its status has the word.
pub(super) fn chains(case: Case<'_>) -> Vec<LoggingExhibit> {
    let mut trails: BTreeMap<&str, In<'_, Trail>> = BTreeMap::new();
    for trail in case.trails() {
        let known = trails.entry(&trail.item().arn).or_insert(trail);
        if known.status.gap().is_some() && trail.status.gap().is_none() {
            *known = trail;
        }
    }
    trails.values().map(|trail| chain(trail)).collect()
}

fn chain(trail: &In<'_, Trail>) -> LoggingExhibit {
    let named = |name: &Option<String>| match name {
        Some(name) => Setting::of(true).saying(name),
        None => Setting::off(),
    };
    let steps = [
        (LoggingLink::Recording, Setting::read(trail.status.read(), |status| Setting::of(status.logging))),
        (LoggingLink::EveryRegion, Setting::of(trail.multi_region).saying(&trail.home_region)),
        (LoggingLink::Bucket, arrives(trail, &trail.bucket, |status| &status.delivery_error)),
        (LoggingLink::Validation, Setting::of(trail.log_validation)),
        (LoggingLink::Encryption, named(&trail.kms_key)),
        (
            LoggingLink::LogGroup,
            trail
                .log_group_arn
                .as_ref()
                .map_or_else(Setting::off, |group| arrives(trail, group, |status| &status.log_group_error)),
        ),
        (
            LoggingLink::Topic,
            trail
                .sns_topic_arn
                .as_ref()
                .map_or_else(Setting::off, |topic| arrives(trail, topic, |status| &status.notification_error)),
        ),
    ];
    LoggingExhibit {
        resource: Resource::from(trail),
        organization: trail.organization,
        steps: steps.into_iter().map(|(link, setting)| LoggingStep { link, setting }).collect(),
    }
}

/// A destination; where the last delivery failed it does not arrive.
fn arrives(trail: &Trail, to: &str, failed: fn(&TrailStatus) -> &Option<String>) -> Setting {
    match trail.status.read() {
        Err(gap) => Setting { state: SettingState::Unknown, said: format!("{to}: {gap}") },
        Ok(None) => Setting { state: SettingState::Unknown, said: format!("{to}: AWS gave no status for the trail") },
        Ok(Some(status)) => match failed(status) {
            Some(error) => Setting::off().saying(format!("{to}: {error}")),
            None => Setting::of(true).saying(to),
        },
    }
}
