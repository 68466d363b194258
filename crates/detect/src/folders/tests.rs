//! Every folder of `checks/detections`: listed, well formed, and its events fire and stay quiet as they should.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests read, and on request write, the folders of this repository"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use forewarn_events::Event;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{FOLDERS, Folder};
use crate::{About, DETECTIONS, Hit, Lists, Rules, Run, Settings};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../checks/detections")
}

fn entries(at: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap()
}

/// Services and names of the folders.
fn on_disk() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for service in entries(&root()).iter().filter(|path| path.is_dir()) {
        let folders = entries(service).into_iter().filter(|path| path.is_dir());
        found.extend(folders.map(|folder| (name(service).to_owned(), name(&folder).to_owned())));
    }
    found
}

fn read(folder: &Folder, file: &str) -> String {
    let path = root().join(folder.id.replace('.', "/")).join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_folder_is_in_the_list() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/folders.rs");
    let module = std::fs::read_to_string(&file).unwrap();
    let (head, rest) = module.split_once("pub static FOLDERS: &[Folder] = &[\n").unwrap();
    let (_, tail) = rest.split_once("];\n").unwrap();
    let line = |(service, name): &(String, String)| {
        let has_rule = root().join(service).join(name).join("rule.yml").is_file();
        let kind = if has_rule { "rule" } else { "own" };
        format!("    {kind}!(\"{service}\", \"{name}\"),\n")
    };
    let lines: String = on_disk().iter().map(line).collect();
    let wanted = format!("{head}pub static FOLDERS: &[Folder] = &[\n{lines}];\n{tail}");
    if wanted != module && std::env::var_os("FOREWARN_LIST_CHECKS").is_some() && std::env::var_os("CI").is_none() {
        std::fs::write(&file, &wanted).unwrap();
        panic!("the list was out of date and has been written; build again");
    }
    assert_eq!(module, wanted, "`FOREWARN_LIST_CHECKS=1 cargo test --package forewarn-detect` writes it");
}

/// The lists that lie in a folder.
fn lists(folder: &Folder) -> Lists {
    let mut lists = Lists::default();
    for path in entries(&root().join(folder.id.replace('.', "/"))) {
        if let Some(list) = name(&path).strip_suffix(".list") {
            lists.add(list, &std::fs::read_to_string(&path).unwrap());
        }
    }
    lists
}

fn run(folder: &'static Folder) -> Run {
    let lists = lists(folder);
    let rules = Rules::of(std::slice::from_ref(folder), &[], &lists).unwrap_or_else(|errors| panic!("{errors:?}"));
    Run::with(&Settings { lists, ..Settings::default() }, rules).unwrap()
}

/// What there is to know of the detection of a folder.
fn about(folder: &'static Folder) -> About {
    let run = run(folder);
    let found: Vec<About> = run.about().filter(|about| about.id == folder.id).cloned().collect();
    assert_eq!(found.len(), 1, "{} is one detection", folder.id);
    found.into_iter().next().unwrap()
}

#[test]
fn every_detection_has_a_folder_that_says_what_it_is() {
    let ids: BTreeSet<&str> = FOLDERS.iter().map(|folder| folder.id).collect();
    assert_eq!(ids.len(), FOLDERS.len());
    assert!(ids.len() >= 60, "{}", ids.len());
    for detection in DETECTIONS {
        assert!(ids.contains(detection.id), "{} has no folder", detection.id);
    }
    let technique = |text: &str| {
        let digits = text.strip_prefix('T').unwrap_or_default();
        let (main, sub) = digits.split_once('.').unwrap_or((digits, "000"));
        main.len() == 4 && sub.len() == 3 && main.bytes().chain(sub.bytes()).all(|byte| byte.is_ascii_digit())
    };
    for folder in FOLDERS {
        let about = about(folder);
        let id = folder.id;
        assert!(about.title.len() <= 80 && !about.title.ends_with('.'), "{id}: {}", about.title);
        assert!(!about.techniques.is_empty() && about.techniques.iter().all(|text| technique(text)), "{id}");
        let first = format!("Severity: {}. MITRE ATT&CK: {}.", about.severity.word(), about.techniques.join(", "));
        assert_eq!(folder.readme.lines().next(), Some(first.as_str()), "{id}");
        let titles: Vec<&str> = folder.readme.lines().filter(|line| line.starts_with('#')).collect();
        let wanted = ["## What it finds", "## Why it matters", "## False positives", "## What to do"];
        assert_eq!(titles, wanted, "{id}");
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let readme = words(folder.readme);
        assert!(!about.false_positives.is_empty() && readme.contains(&words(&about.false_positives)), "{id}");
        let empty =
            folder.readme.split("## ").skip(1).find(|part| part.lines().skip(1).all(|line| line.trim().is_empty()));
        assert_eq!(empty, None, "{id}");
        assert!(folder.readme.lines().all(|line| line.chars().count() <= 120), "{id}");
    }
}

#[test]
fn every_rule_has_an_id_of_its_own() {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for folder in FOLDERS {
        for line in folder.rule.unwrap_or_default().lines() {
            let Some(id) = line.strip_prefix("id: ") else { continue };
            let lengths: Vec<usize> = id.split('-').map(str::len).collect();
            assert_eq!(lengths, [8, 4, 4, 4, 12], "{}: {id}", folder.id);
            assert_eq!(seen.insert(id.to_owned(), folder.id), None, "{}: {id}", folder.id);
        }
    }
}

/// Groups of events: a blank line ends one. `repeat` makes several of an event, with `{n}` for the number of each.
fn groups(text: &str) -> Vec<Vec<Event>> {
    let mut groups = vec![Vec::new()];
    for line in text.lines() {
        if line.trim().is_empty() {
            groups.push(Vec::new());
            continue;
        }
        let mut event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let repeat = event.as_object_mut().unwrap().remove("repeat");
        let of = |name: &str| repeat.as_ref().map_or(0, |repeat| repeat[name].as_i64().unwrap());
        for number in 0..of("times").max(1) {
            let mut one = event.clone();
            if repeat.is_some() {
                let time: Timestamp = one["eventTime"].as_str().unwrap().parse().unwrap();
                one["eventTime"] = (time + SignedDuration::from_secs(number * of("seconds"))).to_string().into();
                let id: String = one["eventID"].as_str().unwrap().chars().take(24).collect();
                one["eventID"] = format!("{id}{number:012}").into();
                one = serde_json::from_str(&one.to_string().replace("{n}", &format!("{number:04}"))).unwrap();
            }
            groups.last_mut().unwrap().push(Event::new(one).unwrap());
        }
    }
    groups.retain(|group| !group.is_empty());
    assert!(!groups.is_empty());
    groups
}

/// The hits of the detection of a folder; the same for the events in the other order.
fn hits(folder: &'static Folder, events: &[Event]) -> Vec<Hit> {
    let found = |events: Vec<Event>| {
        crate::run::both_ways(|| run(folder), crate::run::sorted(events))
            .into_iter()
            .filter(|hit| hit.check == folder.id)
            .collect::<Vec<_>>()
    };
    let hits = found(events.to_vec());
    assert_eq!(hits, found(events.iter().rev().chain(events).cloned().collect()), "{}: order and copies", folder.id);
    hits
}

#[test]
fn events_that_fire_fire_and_those_that_stay_quiet_do() {
    let mut wrong = Vec::new();
    for folder in FOLDERS {
        for (number, group) in groups(&read(folder, "fires.ndjson")).iter().enumerate() {
            let ids: BTreeSet<&str> = group.iter().map(Event::id).collect();
            let hits = hits(folder, group);
            let own = hits.iter().flat_map(|hit| &hit.event_ids).all(|id| ids.contains(id.as_str()));
            let whole = hits.iter().all(|hit| !hit.event_ids.is_empty() && !hit.actor.is_empty() && hit.count > 0);
            if hits.is_empty() || !own || !whole {
                wrong.push(format!("{} does not fire on group {number}: {hits:?}", folder.id));
            }
        }
        for (number, group) in groups(&read(folder, "quiet.ndjson")).iter().enumerate() {
            let hits = hits(folder, group);
            if !hits.is_empty() {
                wrong.push(format!("{} fires on quiet group {number}: {:?}", folder.id, hits[0].rests_on));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
