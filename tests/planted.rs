//! Stories planted among the noise of a made-up log: the detections find them, and in the noise they find little.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_staged::{Plan, Planted};
use serde_json::Value;

use crate::support::{forewarn, said};

/// What people do and is looked for all the same: somebody deploys by hand, or does something for the first time.
const KNOWN_NOISE: [&str; 2] = ["baseline.first_time_action", "lambda.code_overwritten"];

#[test]
fn planted_stories_are_found_and_what_looks_like_them_is_not() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let plan = Plan { seed: 1, events: 60_000, days: 28, accounts: 2, rounds: 1 };
    let planted = forewarn_staged::write(&plan, &home.join("log")).unwrap();
    let output = forewarn(home).args(["events", "import", "log", "--quiet", "--store", "store"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let detect = ["events", "detect", "--store", "store", "--fail-on", "never", "-f", "json"];
    let output = forewarn(home).args(detect).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let ids: BTreeSet<&str> = planted.iter().flat_map(|story| &story.event_ids).map(String::as_str).collect();
    // The event that gives rights is of two stories.
    let told = ids.len();
    assert_eq!(found["events"].as_u64().unwrap(), (plan.events + told) as u64, "each event once");
    let mut hits: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for hit in found["detections"].as_array().unwrap() {
        let events: Vec<&str> = hit["event_ids"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let check = hit["check"].as_str().unwrap();
        assert!(KNOWN_NOISE.contains(&check) || events.iter().any(|id| ids.contains(id)), "a false alarm: {hit}");
        hits.entry(check).or_default().extend(events);
    }
    let is_hit = |story: &Planted| {
        let events = hits.get(story.check);
        events.is_some_and(|events| story.event_ids.iter().any(|id| events.contains(id.as_str())))
    };
    for story in &planted {
        assert_eq!(is_hit(story), story.is_true, "{story:?}");
    }
    let checks: BTreeSet<&str> = planted.iter().map(|story| story.check).collect();
    assert!(checks.len() >= 19, "{checks:?}");
}
