//! CloudTrail logs through the real program: imported, killed, searched, checked against digests.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use crate::support::{forewarn, said};

fn record(number: u64) -> String {
    let (day, second) = (1 + number % 3, number % 60);
    json!({
        "eventVersion": "1.10", "eventTime": format!("2026-01-0{day}T10:{:02}:{second:02}Z", number / 60 % 60),
        "eventName": if number.is_multiple_of(2) { "DescribeInstances" } else { "DeleteBucket" },
        "eventSource": "ec2.amazonaws.com", "eventID": format!("10000000-0000-4000-8000-{number:012}"),
        "awsRegion": "eu-central-1", "recipientAccountId": "111122223333", "sourceIPAddress": "192.0.2.10",
        "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana", "userName": "ana" },
    })
    .to_string()
}

/// Files that overlap: each has half of the records of the one before it.
fn logs(folder: &Path, files: u64, each: u64) -> u64 {
    for file in 0..files {
        let records: Vec<String> = (0..each).map(|number| record(file * each / 2 + number)).collect();
        let text = format!("{{\"Records\":[{}]}}", records.join(","));
        std::fs::write(folder.join(format!("{file:03}.json")), text).unwrap();
    }
    (files + 1) * each / 2
}

fn found(home: &Path) -> Vec<String> {
    let output = forewarn(home).args(["events", "search", "-f", "json", "--store", "store"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let id = |line: &str| serde_json::from_str::<Value>(line).unwrap()["eventID"].as_str().unwrap().to_owned();
    String::from_utf8(output.stdout).unwrap().lines().map(id).collect()
}

#[test]
fn a_store_whose_import_is_killed_loses_and_doubles_nothing() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    std::fs::create_dir(home.join("logs")).unwrap();
    let expected = logs(&home.join("logs"), 24, 200);
    let import = ["events", "import", "logs", "--quiet", "--store"];
    let begun = Instant::now();
    let output = forewarn(home).args(import).arg("whole").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let whole = begun.elapsed();
    let program = assert_cmd::cargo::cargo_bin("forewarn");
    let (mut killed, mut round) = (0, 0_u32);
    while killed < 20 {
        round += 1;
        assert!(round < 200, "only {killed} imports were killed before their end");
        let mut command = Command::new(&program);
        command.env_clear().env("HOME", home).current_dir(home).args(import).arg("store");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole * (round % 20 + 1) / 25);
        child.kill().unwrap();
        killed += u32::from(child.wait().unwrap().code().is_none());
        let once = |ids: &[String]| ids.iter().collect::<BTreeSet<_>>().len() == ids.len();
        if home.join("store/_forewarn/version").exists() {
            assert!(once(&found(home)), "round {round}: an event is doubled");
        }
        let output = forewarn(home).args(import).arg("store").output().unwrap();
        assert_eq!(output.status.code(), Some(0), "round {round}: {}", said(&output));
        let ids = found(home);
        assert!(once(&ids) && ids.len() as u64 == expected, "round {round}: {} of {expected} events", ids.len());
        std::fs::remove_dir_all(home.join("store")).unwrap();
    }
}

#[test]
fn what_cannot_be_read_is_named_and_ends_in_four() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    std::fs::create_dir(home.join("logs")).unwrap();
    std::fs::write(home.join("logs/a.json"), format!("{}\nnon\u{1b}[31msense\n{}\n", record(1), record(2))).unwrap();
    std::fs::write(home.join("logs/b.json"), "{\"Records\":[").unwrap();
    std::fs::write(home.join("logs/letter.md"), "dear").unwrap();
    let run = |more: &[&str]| {
        let output = forewarn(home).args(["events", "import", "logs"]).args(more).output().unwrap();
        (output.status.code(), said(&output))
    };
    let (code, text) = run(&[]);
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("2 new events") && text.contains("a.json:2 (byte") && text.contains("b.json:1"), "{text}");
    assert!(text.contains("letter.md") && !text.contains('\u{1b}'), "{text}");
    assert_eq!(run(&["--allow-unreadable"]).0, Some(0));
    let search = |filter: &[&str]| {
        let output = forewarn(home).args(["events", "search"]).args(filter).output().unwrap();
        (output.status.code(), said(&output))
    };
    let (code, text) = search(&["action:Delete*", "--by", "action,actor", "-f", "csv"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("action,actor,count") && text.contains("DeleteBucket,arn:aws:iam::111122223333:user/ana,1"),
        "{text}"
    );
    let (code, text) = search(&["since:7d actr:ana"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("did you mean `actor`?") && text.contains("\n           ^^^^"), "{text}");
    assert_eq!(search(&["x", "--store", "nowhere"]).0, Some(2));
    let empty = home.join("empty");
    std::fs::create_dir(&empty).unwrap();
    let output = forewarn(home).args(["events", "import", "empty"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
}

#[test]
fn a_log_that_was_changed_is_found_by_its_digest() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let log = "111122223333_CloudTrail_eu-central-1_20260102T1005Z_x.json";
    let folder = home.join("AWSLogs");
    std::fs::create_dir(&folder).unwrap();
    let content = format!("{{\"Records\":[{}]}}", record(1));
    std::fs::write(folder.join(log), &content).unwrap();
    // `sha256sum` of the content, so that the hash is not the program's own.
    let output = Command::new("sha256sum").arg(folder.join(log)).output().unwrap();
    let hash = String::from_utf8(output.stdout).unwrap().split(' ').next().unwrap().to_owned();
    let digest = json!({
        "awsAccountId": "111122223333", "digestStartTime": "2026-01-02T10:00:00Z", "digestEndTime": "2026-01-02T11:00:00Z",
        "digestS3Bucket": "b", "digestS3Object": "d/x", "digestPublicKeyFingerprint": "f",
        "digestSignatureAlgorithm": "SHA256withRSA", "previousDigestS3Object": null,
        "logFiles": [{ "s3Bucket": "b", "s3Object": format!("AWSLogs/{log}"), "hashValue": hash }],
    });
    let name = "111122223333_CloudTrail-Digest_eu-central-1_t_eu-central-1_20260102T110000Z.json";
    std::fs::write(folder.join(name), digest.to_string()).unwrap();
    let verify = || {
        let output = forewarn(home).args(["events", "verify", "AWSLogs"]).output().unwrap();
        (output.status.code(), said(&output))
    };
    let (code, text) = verify();
    // Whoever can change a log can change a digest: without keys nothing is certain.
    assert_eq!(code, Some(4), "{text}");
    let allowed = forewarn(home).args(["events", "verify", "AWSLogs", "--allow-unreadable"]).output().unwrap();
    assert_eq!(allowed.status.code(), Some(0));
    assert!(text.contains("1 log file as delivered") && text.contains("signature not checked"), "{text}");
    std::fs::write(folder.join(log), content.replace("DeleteBucket", "ListBuckets")).unwrap();
    let (code, text) = verify();
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("altered"), "{text}");
    std::fs::remove_file(folder.join(log)).unwrap();
    assert_eq!(verify().0, Some(1));
}

/// What was not read could hold anything: no hit among the rest is no clean look, and neither is a look at nothing.
#[test]
fn a_look_at_a_part_or_at_nothing_is_not_clean() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let run = |args: &[&str]| {
        let output = forewarn(home).args(["events"]).args(args).args(["--store", "store"]).output().unwrap();
        (output.status.code(), said(&output))
    };
    let record = json!({ "eventTime": "2026-01-01T00:00:00Z", "eventName": "ListBuckets", "eventSource": "s3.amazonaws.com",
        "eventID": "1", "awsRegion": "us-east-1", "recipientAccountId": "111122223333" });
    std::fs::write(home.join("cut.json"), format!("{record}\n{{\"eventName\": \u{202e}\n")).unwrap();
    assert_eq!(run(&["import", "cut.json"]).0, Some(4));
    let (code, text) = run(&["detect"]);
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("NOT ALL WAS READ") && text.contains("cut.json"), "{text}");
    let (code, text) = run(&["detect", "-f", "json"]);
    assert_eq!(code, Some(4));
    assert!(text.contains("\"unread\": [") && text.contains("cut.json\""), "{text}");
    assert!(run(&["search", "action:ListBuckets"]).1.contains("not all was imported"));
    assert_eq!(run(&["detect", "--allow-unknown"]).0, Some(0));
    let (code, text) = run(&["detect", "--since", "2030-01-01"]);
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("no event in this time"), "{text}");
    // Whoever imports it knowing that is not told again.
    assert_eq!(run(&["import", "cut.json", "--allow-unreadable"]).0, Some(0));
    let (code, text) = run(&["detect"]);
    assert_eq!(code, Some(0), "{text}");
}

/// Twenty production instances, one call each, over midnight, in two files whose order is not that of the calls.
fn terminations(home: &Path, last: &str) {
    let call = |number: u64| {
        let time = if number == 19 { last.to_owned() } else { format!("2026-01-01T23:58:{number:02}Z") };
        json!({
            "eventTime": time, "eventName": "TerminateInstances", "eventSource": "ec2.amazonaws.com",
            "eventID": format!("20000000-0000-4000-8000-{number:012}"), "recipientAccountId": "111122223333",
            "awsRegion": if number.is_multiple_of(2) { "eu-central-1" } else { "us-east-1" },
            "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana", "userName": "ana" },
            "requestParameters": { "instancesSet": { "items": [{ "instanceId": format!("i-{number:017}") }] } },
        })
    };
    std::fs::create_dir(home.join("logs")).unwrap();
    for (name, numbers) in [("1.json", 10..20), ("2.json", 0..10)] {
        let records: Vec<Value> = numbers.map(call).collect();
        std::fs::write(home.join("logs").join(name), json!({ "Records": records }).to_string()).unwrap();
    }
    let ids: Vec<String> = (0..20).map(|number| format!("i-{number:017}\n")).collect();
    let ids = ids.concat();
    std::fs::write(home.join("production.txt"), ids).unwrap();
    let output = forewarn(home).args(["events", "import", "logs", "--store", "store"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn a_mass_termination_is_found_across_files_days_and_regions() {
    for (last, exit, count) in [("2026-01-02T00:03:00Z", 1, 1), ("2026-01-02T00:03:01Z", 0, 0)] {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        terminations(home, last);
        let detect = ["events", "detect", "--store", "store", "--list", "production_instances=production.txt"];
        let output = forewarn(home).args(detect).args(["-f", "json=hits.json", "-f", "text"]).output().unwrap();
        assert_eq!(output.status.code(), Some(exit), "{}", said(&output));
        let found: Value = serde_json::from_str(&std::fs::read_to_string(home.join("hits.json")).unwrap()).unwrap();
        assert_eq!(found["events"], 20);
        let hits = found["detections"].as_array().unwrap();
        assert_eq!(hits.len(), count, "{found}");
        for hit in hits {
            assert_eq!((&hit["check"], &hit["count"]), (&json!("ec2.mass_termination"), &json!(20)));
            assert_eq!(hit["actor"], "arn:aws:iam::111122223333:user/ana");
            assert_eq!(hit["event_ids"].as_array().unwrap().len(), 20);
            assert_eq!((&hit["first_time"], &hit["last_time"]), (&json!("2026-01-01T23:58:00Z"), &json!(last)));
        }
    }
}

#[test]
fn a_list_that_nothing_asks_for_is_wrong_usage() {
    let home = tempfile::tempdir().unwrap();
    // Only the rules say which lists there are, and they are read with the lists.
    let file = home.path().join("ids.txt");
    std::fs::write(&file, "i-1\n").unwrap();
    let misspelt = format!("production_instance={}", file.display());
    for (list, words) in [
        (misspelt.as_str(), "did you mean `production_instances`?"),
        ("production_instances", "write NAME=FILE"),
        ("production_instances=missing.txt", "cannot read the list"),
    ] {
        let output = forewarn(home.path()).args(["events", "detect", "--list", list]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(words), "{}", said(&output));
    }
}
