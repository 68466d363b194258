//! An import that ends at any moment.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::Path;

use super::{Importer, Progress, Report, Source};
use crate::{Span, Store};

/// Days of the log, and sources of each.
const DAYS: u64 = 5;
const EACH: u64 = 6;

/// Events that a source has.
const EVENTS: u64 = 4;

/// The sources of a log. The last event of each stands in the next one, and is of the day before where a day begins.
fn sources() -> Vec<Source> {
    let event = |number: u64| {
        let (source, within) = (number / EVENTS, number % EVENTS);
        let (day, hour) = (1 + source / EACH, source % EACH * 4 + within);
        format!(
            "{{\"eventID\":\"10000000-0000-4000-8000-{number:012}\",\"eventTime\":\"2025-03-{day:02}T{hour:02}:00:00Z\",\
             \"eventName\":\"A\",\"awsRegion\":\"eu-central-1\",\"recipientAccountId\":\"111122223333\"}}"
        )
    };
    let source = |number: u64| {
        let first = (number * EVENTS).saturating_sub(1);
        let lines: Vec<String> = (first..number * EVENTS + EVENTS).map(event).collect();
        let text = lines.join("\n");
        let open = move || Ok(Box::new(Cursor::new(text.clone().into_bytes())) as Box<dyn std::io::Read>);
        Source { name: format!("{number:03}"), identity: Some("1".to_owned()), open: Box::new(open) }
    };
    (0..DAYS * EACH).map(source).collect()
}

/// Imports the log and holds only a few sources of it in memory.
fn import(store: &Path, progress: impl FnMut(&Progress)) -> Report {
    let importer = Importer { batch: 15_000, ..Importer::open(store).unwrap() };
    importer.run(sources(), 2, progress).unwrap()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let into = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &into);
        } else {
            std::fs::copy(&path, &into).unwrap();
        }
    }
}

#[test]
fn wherever_an_import_ends_the_next_one_brings_every_event_once() {
    let folder = tempfile::tempdir().unwrap();
    let (store, mut shown) = (folder.path().join("store"), 0);
    let moment = |number: usize| folder.path().join(format!("moment-{number}"));
    let whole = import(&store, |_| {
        if shown % 3 == 1 {
            copy(&store, &moment(shown / 3));
        }
        shown += 1;
    });
    assert_eq!((whole.added, whole.unread.len()), (DAYS * EACH * EVENTS, 0));
    let mut spared = BTreeSet::new();
    for number in 0..shown / 3 {
        let store = moment(number);
        let report = import(&store, |_| {});
        spared.insert(report.unchanged);
        let ids: Vec<String> = Store::open(&store).unwrap().events(Span::ALL).map(|event| event.unwrap().id).collect();
        assert_eq!(ids.len() as u64, whole.added, "ended at {number}");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "ended at {number}");
    }
    assert!(spared.len() > 3, "sources that are done with are not read again: {spared:?}");
}
