//! What records.

use serde_json::Value;

use super::{DEPTH, flag, texts};
use crate::{Glance, Seen};

pub(super) fn may_tamper(glance: &Glance<'_>) -> bool {
    const CALLS: [&str; 7] = [
        "StopLogging",
        "DeleteTrail",
        "DeleteEventDataStore",
        "StopEventDataStoreIngestion",
        "UpdateTrail",
        "UpdateEventDataStore",
        "PutEventSelectors",
    ];
    CALLS.contains(&glance.operation)
}

/// A trail or event data store that records less than before, or elsewhere.
pub(super) fn tampering(seen: &Seen<'_>) -> Option<(Vec<String>, Vec<String>)> {
    let record = &seen.event.record;
    if record.event_source != "cloudtrail.amazonaws.com" {
        return None;
    }
    let parameters = &record.request_parameters;
    let off = |name: &str| parameters.get(name).and_then(flag) == Some(false);
    let mut words = Vec::new();
    match record.event_name.as_str() {
        "StopLogging" => words.push("the trail no longer records".to_owned()),
        "DeleteTrail" => words.push("the trail is gone".to_owned()),
        "DeleteEventDataStore" => words.push("the event data store is gone".to_owned()),
        "StopEventDataStoreIngestion" => words.push("the event data store no longer records".to_owned()),
        "UpdateTrail" => {
            for (name, said) in [
                ("isMultiRegionTrail", "other regions are no longer recorded"),
                ("includeGlobalServiceEvents", "global services are no longer recorded"),
                ("enableLogFileValidation", "log files are no longer validated"),
                ("isOrganizationTrail", "other accounts are no longer recorded"),
            ] {
                words.extend(off(name).then(|| said.to_owned()));
            }
            if let Some(bucket) = parameters.get("s3BucketName").and_then(Value::as_str) {
                words.push(format!("log files go to bucket {bucket}"));
            }
        }
        "UpdateEventDataStore" => {
            words.extend(off("multiRegionEnabled").then(|| "other regions are no longer recorded".to_owned()));
            words.extend(off("organizationEnabled").then(|| "other accounts are no longer recorded".to_owned()));
        }
        "PutEventSelectors" => words.extend(narrowed(parameters)),
        _ => {}
    }
    let mut names = Vec::new();
    for name in ["name", "trailName", "eventDataStore"] {
        texts(parameters, name, DEPTH, &mut names);
    }
    (!words.is_empty()).then(|| (names.into_iter().take(1).map(str::to_owned).collect(), words))
}

/// Why selectors leave management events out.
fn narrowed(parameters: &Value) -> Option<String> {
    let list = |name: &str| parameters.get(name).and_then(Value::as_array).filter(|items| !items.is_empty());
    if let Some(selectors) = list("advancedEventSelectors") {
        let mut categories = Vec::new();
        let fields = |selector: &Value| selector.get("fieldSelectors").and_then(Value::as_array).cloned();
        let mut whole = false;
        for fields in selectors.iter().filter_map(fields) {
            let of = |name: &str| fields.iter().find(|field| field.get("field").is_some_and(|said| said == name));
            let management =
                of("eventCategory").and_then(|field| field.pointer("/equals/0")) == Some(&"Management".into());
            categories.push(management);
            whole |= management && fields.len() == 1;
        }
        return match (categories.contains(&true), whole) {
            (true, true) => None,
            (true, false) => Some("only some management events are recorded".to_owned()),
            _ => Some("management events are no longer recorded".to_owned()),
        };
    }
    let selectors = list("eventSelectors")?;
    let whole = |selector: &Value| {
        let kinds = selector.get("readWriteType").and_then(Value::as_str).is_none_or(|kinds| kinds == "All");
        kinds && selector.get("includeManagementEvents").and_then(flag) != Some(false)
    };
    (!selectors.iter().any(whole)).then(|| "only some management events are recorded, or none".to_owned())
}
