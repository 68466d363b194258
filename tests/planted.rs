//! Stories planted among the noise of a made-up log: the detections find them, and in the noise they find little.

use std::collections::{BTreeMap, BTreeSet};

use forewarn_staged::{Plan, Planted};
use serde_json::Value;

use crate::support::{forewarn, said};

/// What people do and is looked for all the same: somebody does something for the first time.
const KNOWN_NOISE: &str = "baseline.first_time_action";

/// What a detection found, against what was told.
#[derive(Debug, Default, PartialEq, Eq)]
struct Score {
    /// Stories that are true, and those of them that were found.
    told: usize,
    found: usize,
    /// Hits, and those of them that rest on a story that is true.
    hits: usize,
    right: usize,
}

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
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    let is_of = |hit: &[&str], story: &Planted| story.event_ids.iter().any(|id| hit.contains(&id.as_str()));
    let mut hits: BTreeMap<&str, Vec<Vec<&str>>> = BTreeMap::new();
    for hit in found["detections"].as_array().unwrap() {
        let events: Vec<&str> = hit["event_ids"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let check = hit["check"].as_str().unwrap();
        // Too few deployments for a past: that is said, and alarms nobody.
        if check == "lambda.code_overwritten" && hit["unknown"].is_string() {
            continue;
        }
        assert!(check == KNOWN_NOISE || events.iter().any(|id| ids.contains(id)), "a false alarm: {hit}");
        let score = scores.entry(check).or_default();
        score.hits += 1;
        // Another detection may have its word to say about an event of a story.
        score.right += usize::from(planted.iter().any(|story| story.is_true && is_of(&events, story)));
        hits.entry(check).or_default().push(events);
    }
    for story in &planted {
        let is_found = hits.get(story.check).is_some_and(|hits| hits.iter().any(|hit| is_of(hit, story)));
        assert_eq!(is_found, story.is_true, "{story:?}");
        let score = scores.entry(story.check).or_default();
        score.told += usize::from(story.is_true);
        score.found += usize::from(story.is_true && is_found);
    }
    let told: BTreeMap<&str, &Score> =
        scores.iter().filter(|(_, score)| score.told > 0).map(|(check, score)| (*check, score)).collect();
    assert!(told.len() >= 19, "{told:?}");
    // Precision and recall of each story: everything that was told is found, and what is found was told.
    for (check, score) in told {
        assert_eq!(score.found, score.told, "recall of {check}");
        assert!(check == KNOWN_NOISE || score.right == score.hits, "precision of {check}: {score:?}");
    }
}
