//! Detections through the real program: our own and a user's rules over a store, lists, thresholds, and what is refused.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{forewarn, said};

fn record(number: usize, minute: usize, second: usize, instance: &str) -> Value {
    json!({
        "eventVersion": "1.11", "eventTime": format!("2026-03-03T23:{minute:02}:{second:02}Z"), "eventName": "TerminateInstances",
        "eventSource": "ec2.amazonaws.com", "eventID": format!("20000000-0000-4000-8000-{number:012}"),
        "awsRegion": if number.is_multiple_of(2) { "eu-central-1" } else { "us-east-1" },
        "recipientAccountId": "111122223333", "sourceIPAddress": "192.0.2.10", "readOnly": false,
        "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana", "userName": "ana" },
        "requestParameters": { "instancesSet": { "items": [{ "instanceId": instance }] } },
        "responseElements": { "instancesSet": { "items": [{ "instanceId": instance }] } },
    })
}

/// A store of twenty terminations over two regions, in two files whose times interleave, the later file first by name.
fn store(home: &Path) {
    fs::create_dir(home.join("logs")).unwrap();
    for half in 0..2 {
        let events: Vec<Value> = (0..20)
            .filter(|number| number % 2 == half)
            .map(|number| record(number, 55 + number * 15 / 60, number * 15 % 60, &format!("i-{number:017}")))
            .collect();
        fs::write(home.join(format!("logs/{}.json", 1 - half)), json!({ "Records": events }).to_string()).unwrap();
    }
    let output = forewarn(home).args(["events", "import", "logs", "--quiet", "--store", "store"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let ids: Vec<String> = (0..20).map(|number| format!("i-{number:017}")).collect();
    fs::write(home.join("ids.txt"), ids.join("\n")).unwrap();
}

fn detect(home: &Path, more: &[&str]) -> std::process::Output {
    let detect = ["events", "detect", "--store", "store", "-f", "json", "--list", "production_instances=ids.txt"];
    forewarn(home).args(detect).args(more).output().unwrap()
}

fn hits(home: &Path, more: &[&str]) -> Vec<Value> {
    let output = detect(home, more);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", said(&output));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    found["detections"].as_array().unwrap().clone()
}

const RULE: &str = "title: Instance terminated in a region\nid: 3b0f2d9e-0000-4000-8000-000000000001\nlevel: low\nlogsource:\n    product: aws\n    service: cloudtrail\ndetection:\n    call:\n        eventName: TerminateInstances\n        requestParameters.instancesSet.items.instanceId|expand: '%production_instances%'\n        awsRegion: us-east-1\n    condition: call\n";

#[test]
fn our_detections_and_rules_of_a_folder_are_run_over_a_store() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    store(home);
    let found = hits(home, &[]);
    assert_eq!(found.len(), 1, "{found:?}");
    let hit = &found[0];
    assert_eq!((hit["check"].as_str(), hit["count"].as_u64()), (Some("ec2.mass_termination"), Some(20)));
    assert_eq!(hit["actor"], "arn:aws:iam::111122223333:user/ana");
    assert_eq!(hit["event_ids"].as_array().unwrap().len(), 20);
    assert_eq!(
        (&hit["first_time"], &hit["last_time"]),
        (&"2026-03-03T23:55:00Z".into(), &"2026-03-03T23:59:45Z".into())
    );

    assert_eq!(hits(home, &["--set", "ec2.mass_termination.instances=21"]), Vec::<Value>::new());
    fs::write(home.join("forewarn.toml"), "[parameters.\"ec2.mass_termination\"]\nminutes = 4\n").unwrap();
    assert_eq!(hits(home, &[]), Vec::<Value>::new(), "the configuration is read");
    assert_eq!(
        hits(home, &["--set", "ec2.mass_termination.minutes=5"]).len(),
        1,
        "and the command line stands over it"
    );
    fs::remove_file(home.join("forewarn.toml")).unwrap();

    fs::create_dir_all(home.join("rules/deep")).unwrap();
    fs::create_dir_all(home.join("rules/.github")).unwrap();
    fs::write(home.join("rules/deep/one.yml"), RULE).unwrap();
    fs::write(home.join("rules/deep/other.yaml"), RULE.replace("product: aws", "product: windows")).unwrap();
    fs::write(home.join("rules/.github/broken.yml"), "[").unwrap();
    let output = detect(home, &["--rules", "rules"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of: Vec<&Value> = found["detections"].as_array().unwrap().iter().collect();
    let own = of.iter().find(|hit| hit["check"] == "sigma.3b0f2d9e-0000-4000-8000-000000000001").unwrap();
    assert_eq!((own["count"].as_u64(), own["severity"].as_str()), (Some(10), Some("low")));
    assert_eq!(found["set_aside"], json!({ "windows/cloudtrail": 1 }));
    assert_eq!(found["without_list"]["signin.break_glass_user_used"], "break_glass_users");
    assert!(String::from_utf8_lossy(&output.stderr).contains("set aside: 1 document for windows/cloudtrail"));
}

#[test]
fn what_cannot_be_honoured_ends_the_run_and_is_named() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    store(home);
    let refused = |more: &[&str], words: &[&str]| {
        let output = detect(home, more);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        let stderr = String::from_utf8_lossy(&output.stderr);
        for word in words {
            assert!(stderr.contains(word), "`{word}` is missing\n{}", said(&output));
        }
        assert!(output.stdout.is_empty(), "{}", said(&output));
    };
    fs::create_dir(home.join("rules")).unwrap();
    fs::write(home.join("rules/a.yml"), RULE.replace("|expand", "|befuddle")).unwrap();
    fs::write(home.join("rules/b.yml"), RULE.replace("production_instances", "offices")).unwrap();
    let lines = [
        "2 rules cannot be honoured",
        "rules/a.yml:10: rule `Instance",
        "befuddle",
        "rules/b.yml:10:",
        "--list offices=FILE",
    ];
    refused(&["--rules", "rules"], &lines);
    fs::create_dir(home.join("empty")).unwrap();
    refused(&["--rules", "empty"], &["no rule (`.yml`)"]);
    fs::write(home.join("empty/w.yml"), RULE.replace("product: aws", "product: windows")).unwrap();
    refused(&["--rules", "empty"], &["none of the rules is for AWS CloudTrail"]);
    refused(&["--rules", "nowhere"], &["cannot read `nowhere`"]);
    refused(&["--list", "trusted_acounts=ids.txt"], &["did you mean `trusted_accounts`?"]);
    refused(&["--set", "ec2.mass_termination.instanses=3"], &["it has: instances, minutes, count_events"]);
    refused(&["--set", "ec2.mass_termination"], &["sets no threshold"]);
}

#[test]
fn detections_are_listed_and_explained() {
    let home = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let output = forewarn(home.path()).args(["events", "rules"]).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let all = run(&[]);
    assert!(all.lines().count() >= 60 && all.contains("s3.policy_opened"), "{all}");
    let one = run(&["ec2.mass_termination"]);
    for word in ["(critical)", "T1485", "Threshold instances = 20", "## What to do"] {
        assert!(one.contains(word), "{word}\n{one}");
    }
    // Its list was not given, so it is not run; it can be read about all the same.
    assert!(run(&["signin.break_glass_user_used"]).contains("## What it finds"));
    let output = forewarn(home.path()).args(["events", "rules", "s3.policy_opend"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean `s3.policy_opened`?"), "{}", said(&output));
}
