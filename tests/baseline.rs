//! Nights in a row: the run of today held against the one before.

use std::path::Path;
use std::process::Output;

use forewarn_inventory::{Inventory, overlay, snapshot};
use serde_json::{Value, json};

use crate::support::{forewarn, said};

/// A bucket that is open, and one that was opened since or not.
fn account(opened: bool, unread: bool) -> Inventory {
    let policy = |name: &str| {
        json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": format!("arn:aws:s3:::{name}/*") }
        ] })
    };
    let closed = json!({ "Version": "2012-10-17", "Statement": [] });
    let press = json!({ "unreadable": { "cause": "denied", "operation": "s3:GetBucketPolicy", "resource": "press" } });
    overlay::inventory(&json!({ "s3": { "buckets": [
        { "name": "press", "policy": if unread { press } else { policy("press") } },
        { "name": "sdk", "policy": if opened { policy("sdk") } else { closed } },
    ] } }))
    .unwrap()
}

/// One night: the cron line of the README, on a snapshot.
fn night(home: &Path, inventory: &Inventory, with_baseline: bool) -> (Output, Value) {
    snapshot::save(inventory, &home.join("account.json")).unwrap();
    let mut arguments = vec!["audit", "--snapshot", "account.json", "--check", "s3.reachable_by_anyone"];
    arguments.extend(["-f", "json=run.json", "-f", "text"]);
    if with_baseline {
        arguments.extend(["--baseline", "run.json", "--fail-on", "new"]);
    }
    let output = forewarn(home).args(arguments).output().unwrap();
    let report = serde_json::from_str(&std::fs::read_to_string(home.join("run.json")).unwrap()).unwrap();
    (output, report)
}

fn changes(report: &Value) -> Vec<(&str, &str, &str)> {
    let results = report["results"].as_array().unwrap().iter();
    let word = |value: &'_ Value| -> String { value.as_str().unwrap_or("-").to_owned() };
    results
        .map(|result| {
            let change: &'static str = match word(&result["change"]).as_str() {
                "new" => "new",
                "changed" => "changed",
                "unchanged" => "unchanged",
                _ => "-",
            };
            (result["resource_arn"].as_str().unwrap(), result["verdict"].as_str().unwrap(), change)
        })
        .collect()
}

#[test]
fn three_nights_with_something_changed_in_between() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let (press, sdk) = ("arn:aws:s3:::press", "arn:aws:s3:::sdk");

    let (first, report) = night(home, &account(false, false), false);
    assert_eq!(first.status.code(), Some(1), "{}", said(&first));
    assert_eq!(changes(&report), [(press, "fail", "-"), (sdk, "pass", "-")]);

    let (quiet, report) = night(home, &account(false, false), true);
    assert_eq!(quiet.status.code(), Some(0), "what was there before is no reason to wake anybody\n{}", said(&quiet));
    assert_eq!(changes(&report), [(press, "fail", "unchanged"), (sdk, "pass", "-")]);

    let (opened, report) = night(home, &account(true, false), true);
    assert_eq!(opened.status.code(), Some(1), "{}", said(&opened));
    assert_eq!(changes(&report), [(press, "fail", "unchanged"), (sdk, "fail", "new")]);
    let text = String::from_utf8_lossy(&opened.stdout);
    assert!(text.contains("1 new, 1 as before, 0 gone.") && text.contains("NEW arn:aws:s3:::sdk"), "{text}");

    // The policy of one cannot be read: its finding is not gone, and the run is not clean.
    let (denied, report) = night(home, &account(false, true), true);
    assert_eq!(denied.status.code(), Some(4), "{}", said(&denied));
    let arns = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|earlier| earlier["resource_arn"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(arns(&report["since"]["gone"]), [sdk]);
    assert_eq!(arns(&report["since"]["unassessed"]), [press]);

    // Nor is it new on the day that it can be read again.
    let (read, report) = night(home, &account(false, false), true);
    assert_eq!(read.status.code(), Some(0), "{}", said(&read));
    assert_eq!(changes(&report)[0], (press, "fail", "unchanged"));
}

#[test]
fn a_baseline_that_is_none_is_refused_before_anything_is_asked() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    std::fs::write(home.join("other.json"), "{\"a\": 1}").unwrap();
    for (arguments, words) in [
        (vec!["demo", "--baseline", "missing.json"], "cannot read the baseline `missing.json`"),
        (vec!["demo", "--baseline", "other.json"], "`other.json` is no baseline"),
        (vec!["demo", "--fail-on", "new"], "`--fail-on new` needs `--baseline FILE`"),
    ] {
        let output = forewarn(home).args(&arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(String::from_utf8_lossy(&output.stderr).contains(words), "{}", said(&output));
    }
}

#[test]
fn a_baseline_of_another_account_is_said() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    night(home, &account(false, false), false);
    let mut other = account(false, false);
    other.accounts[0].id = "222222222222".to_owned();
    let (output, _) = night(home, &other, true);
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("the baseline is about other accounts"),
        "{}",
        said(&output)
    );
}

#[test]
fn the_demo_held_against_itself_has_no_news() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let first = forewarn(home).args(["demo", "--quiet", "-f", "json=run.json"]).output().unwrap();
    assert_eq!(first.status.code(), Some(1), "{}", said(&first));
    let second = ["demo", "--quiet", "--baseline", "run.json", "--fail-on", "new", "-f", "text"];
    let second = forewarn(home).args(second).output().unwrap();
    assert_eq!(second.status.code(), Some(0), "{}", said(&second));
    let text = String::from_utf8_lossy(&second.stdout);
    assert!(text.contains(" 0 new, ") && text.contains(" as before, 0 gone."), "{text}");
}
