//! Changes as OCSF Detection Findings: one for each thing that was opened, or may have been, or was tried.

use std::collections::BTreeMap;

use forewarn_findings::{Course, Fingerprint, State, Stood, Timeline, Told};
use forewarn_reports::ocsf::detection::Detected;
use serde_json::json;

use super::CHECK;

/// What there is to tell of a timeline; what opened nothing is no finding.
pub(super) fn detected(timeline: &Timeline) -> impl Iterator<Item = Detected<'_>> {
    let told: BTreeMap<(&str, &str), &Told> =
        timeline.changes.iter().map(|told| ((told.event_id.as_str(), told.resource.as_str()), told)).collect();
    let courses = timeline.courses.iter().filter(|course| course.state != State::NothingOpened);
    courses.filter_map(move |course| one(course, &told))
}

fn one<'t>(course: &'t Course, told: &BTreeMap<(&str, &str), &'t Told>) -> Option<Detected<'t>> {
    let last_opening = course.openings.last().map(|opening| opening.event_id.as_str());
    let ids: Vec<&str> = course.event_ids.iter().chain(&course.refused_event_ids).map(String::as_str).collect();
    let by = *told.get(&(last_opening.or_else(|| ids.last().copied())?, course.resource.as_str()))?;
    let unknown: Vec<&str> = course.undecided.iter().map(|reason| reason.message.as_str()).collect();
    let slot = course.slot.as_deref().map(|slot| format!(" {slot}")).unwrap_or_default();
    let mut message = format!("{}{slot} of {}: {}", course.changes, course.resource, course.state.words());
    if !by.loosened.is_empty() {
        message = format!("{message}; {}", by.loosened.join("; "));
    }
    Some(Detected {
        check: CHECK,
        title: "Change of who may do what",
        message,
        severity: course.severity,
        fingerprint: fingerprint(course, by),
        actor: by.person.as_deref().unwrap_or(&by.actor),
        address: by.address.as_deref(),
        account: &course.account,
        region: by.region.as_deref(),
        resources: vec![&course.resource],
        first_time: course.first_time,
        last_time: course.last_time,
        count: ids.len() as u64,
        event_ids: ids,
        techniques: vec!["T1098"],
        unknown: (course.state == State::Unknown).then(|| unknown.join("; ")),
        resolved: course.state == State::Reset,
        more: json!({
            "state": course.state,
            "openings": course.openings,
            "witness": by.witness,
            "self_granted": course.self_granted,
            "outside_pipeline": course.outside_pipeline,
            "snapshot_disagrees": course.snapshot_disagrees,
        }),
    })
}

/// The same for the same thing, opened into the same: never for a time or an event.
fn fingerprint(course: &Course, by: &Told) -> Fingerprint {
    let since = match &by.after {
        Stood::Document { document, .. } => json!(document),
        other => json!(other),
    };
    let opened = json!([by.action, since, by.loosened]).to_string();
    crate::commands::events::fingerprint(&[
        CHECK,
        &course.account,
        &course.resource,
        course.changes,
        course.slot.as_deref().unwrap_or_default(),
        &opened,
    ])
}
