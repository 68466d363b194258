//! Logs in a bucket of the emulator: whole, by days, throttled, with an object that vanishes and a folder that is denied.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Output;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use forewarn_staged::Plan;

use crate::support::between::between;
use crate::support::moto::Moto;
use crate::support::{forewarn, said, signed};

fn import(home: &Path, url: &str, store: &str, more: &[&str]) -> Output {
    let words =
        ["events", "import", "s3://acme-logs/AWSLogs/", "--quiet", "--region", "us-east-1", "--endpoint-url", url];
    signed(home, "AKIAIOSFODNN7EXAMPLE").args(words).args(["--store", store]).args(more).output().unwrap()
}

/// The ids of all events of a store.
fn ids(home: &Path, store: &str) -> BTreeSet<String> {
    let output = forewarn(home).args(["events", "search", "-f", "json", "--store", store]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    let id =
        |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["eventID"].as_str().unwrap().to_owned();
    let all: Vec<String> = text.lines().map(id).collect();
    let once: BTreeSet<String> = all.iter().cloned().collect();
    assert_eq!(all.len(), once.len(), "no event is there twice");
    once
}

/// What the import printed, without the line breaks that a long path has in it.
fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).split_whitespace().collect()
}

fn error(code: &str) -> String {
    format!("<Error><Code>{code}</Code><Message>so it is</Message></Error>")
}

#[test]
fn logs_of_a_bucket_are_read_once_each_whatever_the_bucket_says() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let plan = Plan { seed: 5, events: 4_000, days: 3, accounts: 1, rounds: 0 };
    forewarn_staged::write(&plan, &home.join("log")).unwrap();
    let moto = Moto::plain();
    let log = home.join("log");
    let objects: usize =
        moto.said_by("logs.py", &["--bucket", "acme-logs", "--folder", log.to_str().unwrap()]).parse().unwrap();
    assert!(objects > 250, "{objects}");

    // Every fifth object is refused once because of too many requests.
    let throttled = Mutex::new(BTreeSet::new());
    let asked = AtomicUsize::new(0);
    let slow = between(&moto.url, move |first| {
        let object = first.contains(".json.gz").then(|| first.to_owned())?;
        let fresh = throttled.lock().unwrap().insert(object);
        (fresh && asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(5)).then(|| (503, error("SlowDown")))
    });
    let output = import(home, &slow, "store", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let all = ids(home, "store");
    assert_eq!(all.len(), plan.events);

    // What was read is not read again: a bucket that gives no object has nothing to say.
    let closed = between(&moto.url, |first| first.contains(".json.gz").then(|| (403, error("AccessDenied"))));
    let output = import(home, &closed, "store", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));

    // One object is gone when it is asked for. The rest is read, the object is named, and it comes with the next import.
    let gone = between(&moto.url, |first| {
        (first.contains("eu-west-1_20260303T0500Z") && first.contains(".json.gz")).then(|| (404, error("NoSuchKey")))
    });
    let output = import(home, &gone, "gone", &[]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(told(&output).contains("eu-west-1_20260303T0500Z"), "{}", said(&output));
    let some = ids(home, "gone");
    assert!(some.len() < plan.events && some.is_subset(&all));
    let output = import(home, &moto.url, "gone", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(ids(home, "gone"), all);

    // One region may not be listed; of the others a day is read.
    let denied = between(&moto.url, |first| {
        (first.contains("list-type=2") && first.contains("us-east-1")).then(|| (403, error("AccessDenied")))
    });
    let output = import(home, &denied, "day", &["--since", "2026-03-03", "--until", "2026-03-04"]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    let text = told(&output);
    assert!(text.contains("cannotbelisted") && text.contains("us-east-1"), "{text}");
    let day = ids(home, "day");
    assert!(day.is_subset(&all) && !day.is_empty() && day.len() < plan.events * 2 / 3, "{}", day.len());
}
