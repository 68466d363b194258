//! A run that is killed while it writes leaves each file as it was, or has written it whole.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use forewarn_inventory::{Inventory, overlay, snapshot};
use serde_json::{Value, json};

use crate::support::forewarn;

/// A file of each format; a saved snapshot is written in the same way.
const FILES: [&str; 3] = ["run.json", "run.csv", "run.txt"];

/// Enough that writing takes a while.
fn account(versioned: bool) -> Inventory {
    let bucket = |number: usize| -> Value {
        json!({ "name": format!("bucket-{number:04}"), "versioning": { "enabled": versioned } })
    };
    let buckets: Vec<Value> = (0..1500).map(bucket).collect();
    overlay::inventory(&json!({ "s3": { "buckets": buckets } })).unwrap()
}

fn arguments(input: &str) -> Vec<String> {
    let fixed = [
        "audit",
        "--snapshot",
        input,
        "--check",
        "s3.versioning_off,s3.access_logging_off",
        "--quiet",
        "--all",
        "--fail-on",
        "never",
    ];
    let formats = ["-f", "json=run.json", "-f", "csv=run.csv", "-f", "text=run.txt"];
    fixed.into_iter().chain(formats).map(str::to_owned).collect()
}

fn contents(home: &Path) -> BTreeMap<&'static str, Vec<u8>> {
    FILES.into_iter().map(|name| (name, std::fs::read(home.join(name)).unwrap())).collect()
}

#[test]
fn a_run_that_is_killed_leaves_the_old_file_or_the_new_one() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    for (name, versioned) in [("old.json", false), ("new.json", true)] {
        snapshot::save(&account(versioned), &home.join(name)).unwrap();
    }
    // The same input gives the same bytes, so both states of every file are known beforehand.
    let whole = |input: &str| {
        let begun = Instant::now();
        let output = forewarn(home).args(arguments(input)).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        (contents(home), begun.elapsed())
    };
    let (new, time) = whole("new.json");
    let (old, _) = whole("old.json");
    assert!(FILES.iter().all(|name| old[name] != new[name]), "the two can be told apart");
    let program = assert_cmd::cargo::cargo_bin("forewarn");
    let (mut kept, mut written, mut between) = (0, 0, 0);
    for round in 0..40u32 {
        for (name, content) in &old {
            std::fs::write(home.join(name), content).unwrap();
        }
        let mut command = Command::new(&program);
        command.env_clear().env("HOME", home).current_dir(home).args(arguments("new.json"));
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // The second half of the run is the part that writes.
        std::thread::sleep(time / 3 + time * round / 50 + Duration::from_millis(1));
        child.kill().unwrap();
        child.wait().unwrap();
        let now = contents(home);
        for name in FILES {
            assert!(now[name] == old[name] || now[name] == new[name], "round {round}: {name} is neither old nor new");
        }
        match FILES.iter().filter(|name| now[*name] == new[*name]).count() {
            0 => kept += 1,
            3 => written += 1,
            _ => between += 1,
        }
    }
    assert!(kept > 0 && kept + written + between == 40, "{kept} before, {between} in between, {written} after");
}
