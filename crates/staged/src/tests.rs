//! What a log looks like.

use std::io::Read as _;

use super::*;

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

fn written(plan: &Plan) -> (Vec<Planted>, Vec<String>) {
    let folder = std::env::temp_dir().join(format!("forewarn-staged-{}-{}", std::process::id(), plan.seed));
    let _ = fs::remove_dir_all(&folder);
    let planted = write(plan, &folder).unwrap();
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    let mut texts = Vec::new();
    for path in paths {
        let mut text = String::new();
        flate2::read::GzDecoder::new(fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
        texts.push(text);
    }
    fs::remove_dir_all(&folder).unwrap();
    (planted, texts)
}

#[test]
fn the_same_plan_gives_the_same_log_and_every_story_is_in_it() {
    let plan = Plan { seed: 7, events: 2_000, days: 28, accounts: 2, rounds: 2 };
    let (planted, texts) = written(&plan);
    assert_eq!((planted.clone(), texts.clone()), written(&plan));
    let mut ids = std::collections::BTreeSet::new();
    let mut records = 0;
    for text in &texts {
        let file: serde_json::Value = serde_json::from_str(text).unwrap();
        for record in file["Records"].as_array().unwrap() {
            records += 1;
            assert!(!record["eventName"].as_str().unwrap().is_empty(), "{record}");
            ids.insert(record["eventID"].as_str().unwrap().to_owned());
        }
    }
    let told: usize = planted.iter().map(|story| story.event_ids.len()).sum();
    // The event that gives rights is of two stories.
    let shared = 2 * 2;
    assert_eq!(ids.len(), plan.events + told - shared);
    assert!(records > ids.len(), "some are delivered twice");
    assert!(planted.iter().all(|story| story.event_ids.iter().all(|id| ids.contains(id))));
}
