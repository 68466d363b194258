//! Stored runs, as the command line shows them, and a stored report in another format.

use std::path::Path;
use std::process::Output;

use forewarn_inventory::{Inventory, overlay, snapshot};
use serde_json::{Value, json};

use crate::support::{forewarn, said};

fn account(day: u32, open: bool) -> Inventory {
    let policy = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::press/*" }
    ] });
    let closed = json!({ "Version": "2012-10-17", "Statement": [] });
    let mut inventory = overlay::inventory(
        &json!({ "s3": { "buckets": [{ "name": "press", "policy": if open { policy } else { closed } }] } }),
    )
    .unwrap();
    inventory.instant = format!("2026-11-{day:02}T02:00:00Z").parse().unwrap();
    inventory
}

fn night(home: &Path, day: u32, open: bool) -> Value {
    snapshot::save(&account(day, open), &home.join("account.json")).unwrap();
    let arguments = ["audit", "--snapshot", "account.json", "--check", "s3.reachable_by_anyone", "--fail-on", "never"];
    let output =
        forewarn(home).args(arguments).args(["--history", "history.db", "-f", "json=run.json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    serde_json::from_str(&std::fs::read_to_string(home.join("run.json")).unwrap()).unwrap()
}

fn history(home: &Path, arguments: &[&str]) -> Output {
    forewarn(home).arg("history").args(arguments).args(["--history", "history.db"]).output().unwrap()
}

#[test]
fn a_finding_has_its_days_and_comes_back() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    night(home, 1, true);
    let report = night(home, 11, true);
    assert_eq!(report["results"][0]["days_open"], 10);
    assert_eq!(report["results"][0]["first_seen"], "2026-11-01T02:00:00Z");
    night(home, 12, false);
    let report = night(home, 20, true);
    assert_eq!(report["results"][0]["days_open"], 0);
    assert_eq!(report["results"][0]["first_seen"], "2026-11-01T02:00:00Z");

    let listed = history(home, &["list"]);
    let text = String::from_utf8_lossy(&listed.stdout);
    assert_eq!(text.lines().count(), 5, "{}", said(&listed));
    let shown = history(home, &["show", "latest"]);
    let text = String::from_utf8_lossy(&shown.stdout);
    assert!(text.contains("1 open (0 new, 1 back), 0 gone"), "{}", said(&shown));
    let fingerprint = report["results"][0]["fingerprint"].as_str().unwrap();
    let told = history(home, &["finding", &fingerprint[..10], "-f", "json"]);
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(told["spans"].as_array().unwrap().len(), 2);
    assert_eq!(told["spans"][0]["closed"], "2026-11-12T02:00:00Z");
    let unknown = history(home, &["show", "ffff"]);
    assert_eq!(unknown.status.code(), Some(2), "{}", said(&unknown));
}

/// A control that asks for thresholds of its own has rows of its own, and these have their days too.
#[test]
fn the_rows_of_a_control_with_its_own_thresholds_have_their_days() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    std::fs::write(home.join("forewarn.toml"), "[parameters.\"iam.credential_unused\"]\nunused_days = 365\n").unwrap();
    let night = |day: u32| {
        let row = json!({
            "user": "dev", "password_enabled": { "value": true },
            "password_last_used": { "value": "2026-09-01T00:00:00Z" },
            "password_last_changed": { "value": "2026-08-01T00:00:00Z" },
            "keys": [{ "active": { "value": false } }, { "active": { "value": false } }],
        });
        let mut inventory = overlay::inventory(&json!({ "iam": {
            "users": [{ "name": "dev" }],
            "credential_report": { "generated": "2026-11-01T00:00:00Z", "rows": [row] },
        } }))
        .unwrap();
        inventory.instant = format!("2026-11-{day:02}T02:00:00Z").parse().unwrap();
        snapshot::save(&inventory, &home.join("account.json")).unwrap();
        let output = forewarn(home)
            .args(["audit", "--snapshot", "account.json", "--check", "iam.credential_unused", "--fail-on", "never"])
            .args(["--history", "history.db", "-f", "compliance=audit", "-f", "json=run.json"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        output
    };
    night(2);
    let output = night(9);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("0 new, 0 back, 0 gone"),
        "the list has nothing to count: 69 days are fewer than 365\n{said}"
    );
    let mut rows = csv::Reader::from_path(home.join("audit/cis-aws-3.0.0.csv")).unwrap();
    let header = rows.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    let row = rows.iter().find(|row| &row[at("control_id")] == "1.12" && &row[at("status")] == "FAIL").unwrap();
    assert_eq!((&row[at("first_seen_utc")], &row[at("days_open")]), ("2026-11-02 02:00:00", "7"));

    let shown = history(home, &["show", "latest"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("0 open"), "{}", crate::support::said(&shown));
    let told = history(home, &["finding", &row[at("finding_id")], "-f", "json"]);
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!((&told["asked"], &told["open"]), (&json!("iam.credential_unused unused_days=45"), &json!(true)));
}

#[test]
fn a_file_that_is_no_history_stops_the_run_before_it_begins() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("notes.txt"), "x".repeat(2000)).unwrap();
    let output = forewarn(home.path()).args(["demo", "--history", "notes.txt"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is no history of forewarn"));
}

/// Every format, read from the stored run, has the bytes that it had at the time.
#[test]
fn a_stored_run_gives_the_same_bytes_in_every_format() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let names = ["json", "csv", "html", "text"];
    let formats = |folder: &str| -> Vec<String> {
        std::fs::create_dir(home.join(folder)).unwrap();
        names.iter().flat_map(|name| ["-f".to_owned(), format!("{name}={folder}/report.{name}")]).collect()
    };
    let told = forewarn(home)
        .args(["demo", "--quiet", "--fail-on", "never", "--history", "history.db"])
        .args(formats("then"))
        .output()
        .unwrap();
    assert_eq!(told.status.code(), Some(0), "{}", said(&told));
    let again = forewarn(home).args(["report", "then/report.json", "--quiet"]).args(formats("now")).output().unwrap();
    assert_eq!(again.status.code(), Some(0), "{}", said(&again));
    for name in names {
        let read = |folder: &str| std::fs::read(home.join(folder).join(format!("report.{name}"))).unwrap();
        assert!(read("then") == read("now"), "{name}");
    }
    let missing = forewarn(home).args(["report", "none.json"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(2), "{}", said(&missing));
}

/// The lines of a stored run are those of the time, where its snapshot is named; another one is refused.
#[test]
fn a_stored_run_has_its_lines_where_its_snapshot_is_named() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    night(home, 1, true);
    let arguments = ["audit", "--snapshot", "account.json", "--check", "s3.reachable_by_anyone", "--fail-on", "never"];
    let told = forewarn(home).args(arguments).args(["-f", "json=run.json", "-f", "sarif=then.sarif"]).output().unwrap();
    assert_eq!(told.status.code(), Some(0), "{}", said(&told));
    let again = |more: &[&str]| forewarn(home).args(["report", "run.json", "--snapshot"]).args(more).output().unwrap();
    let output = again(&["account.json", "-f", "sarif=now.sarif"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let read = |name: &str| std::fs::read_to_string(home.join(name)).unwrap();
    assert_eq!(read("then.sarif"), read("now.sarif"));
    let log: Value = serde_json::from_str(&read("now.sarif")).unwrap();
    let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "account.json");
    let line = place["region"]["startLine"].as_u64().unwrap();
    let text = read("account.json");
    assert!(text.lines().nth(usize::try_from(line).unwrap() - 1).unwrap().contains("s3:PutObject"), "line {line}");

    snapshot::save(&account(2, true), &home.join("other.json")).unwrap();
    snapshot::save(&account(1, true), &home.join("account.json.zst")).unwrap();
    for (arguments, why) in [
        (&["other.json", "-f", "sarif"][..], "is a snapshot of 2026-11-02T02:00:00Z"),
        (&["account.json.zst", "-f", "sarif"], "is compressed"),
        (&["account.json", "-f", "csv"], "gives lines to `-f sarif`"),
        (&["account.json", "-f", "sarif", "--redact"], "cannot be used with"),
    ] {
        let output = again(arguments);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(String::from_utf8_lossy(&output.stderr).contains(why), "{}", said(&output));
    }
}

#[test]
fn two_stored_runs_differ_by_what_is_new_and_gone() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    night(home, 1, false);
    std::fs::rename(home.join("run.json"), home.join("old.json")).unwrap();
    night(home, 2, true);
    let differ = |old: &str, new: &str| {
        let output = forewarn(home).args(["diff", old, new]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let text = differ("old.json", "run.json");
    assert!(text.contains("1 new") && text.contains("+ critical      arn:aws:s3:::press"), "{text}");
    let text = differ("run.json", "old.json");
    assert!(text.contains("1 gone") && text.contains("- critical      arn:aws:s3:::press"), "{text}");
}
