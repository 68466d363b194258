//! Accepted findings: shown with their owner, no reason to fail, refused once they have ended.

use std::path::Path;
use std::process::Output;

use forewarn_inventory::{Inventory, overlay, snapshot};
use serde_json::{Value, json};

use crate::support::{forewarn, said};

fn account() -> Inventory {
    let open = |name: &str| {
        json!({ "name": name, "policy": { "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{name}/*") }
        ] } })
    };
    overlay::inventory(&json!({ "s3": { "buckets": [open("press-kit"), open("payroll")] } })).unwrap()
}

fn exceptions(home: &Path, resource: &str, expires: &str) {
    let text = format!(
        "[[exception]]\ncheck = \"s3.reachable_by_anyone\"\nresource = \"{resource}\"\nowner = \"press team\"\n\
         reason = \"the press kit is public\"\nexpires = {expires}\n"
    );
    std::fs::write(home.join("exceptions.toml"), text).unwrap();
}

fn audit(home: &Path) -> (Output, Value) {
    snapshot::save(&account(), &home.join("account.json")).unwrap();
    let arguments = ["audit", "--snapshot", "account.json", "--check", "s3.reachable_by_anyone"];
    let formats = ["-f", "json=run.json", "-f", "csv=run.csv", "-f", "html=run.html", "-f", "text"];
    let output = forewarn(home).args(arguments).args(formats).args(["--exceptions", "exceptions.toml"]).output();
    let report = std::fs::read_to_string(home.join("run.json")).unwrap_or_else(|_| "null".to_owned());
    (output.unwrap(), serde_json::from_str(&report).unwrap())
}

#[test]
fn an_accepted_finding_is_shown_and_fails_no_run() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    exceptions(home, "arn:aws:s3:::press-*", "2999-12-31");
    let (output, report) = audit(home);
    assert_eq!(output.status.code(), Some(1), "the other bucket fails\n{}", said(&output));
    let of = |name: &str| {
        let results = report["results"].as_array().unwrap();
        results.iter().find(|result| result["resource_arn"] == format!("arn:aws:s3:::{name}")).unwrap()
    };
    assert_eq!(of("press-kit")["verdict"], "fail", "it is what it is");
    assert_eq!(of("press-kit")["exception"]["owner"], "press team");
    assert_eq!(of("payroll")["exception"], Value::Null);
    let text = String::from_utf8_lossy(&output.stdout);
    for shown in ["1 finding excepted:", "Excepted: 1 finding", "by press team until 2999-12-31", "Failed: 1 finding"] {
        assert!(text.contains(shown), "{shown}\n{text}");
    }
    let csv = std::fs::read_to_string(home.join("run.csv")).unwrap();
    assert!(
        csv.lines()
            .any(|line| line.contains("press-kit") && line.contains("press team,the press kit is public,2999-12-31"))
    );
    assert!(std::fs::read_to_string(home.join("run.html")).unwrap().contains("1 finding excepted:"));

    exceptions(home, "arn:aws:s3:::p*", "2999-12-31");
    assert_eq!(audit(home).0.status.code(), Some(0), "both are accepted");
}

#[test]
fn an_exception_that_has_ended_stops_the_run_and_names_its_owner() {
    let home = tempfile::tempdir().unwrap();
    exceptions(home.path(), "arn:aws:s3:::press-*", "2001-01-01");
    let (output, report) = audit(home.path());
    assert_eq!((output.status.code(), report), (Some(2), Value::Null));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.contains("exceptions.toml:1: ") && error.contains("ended on 2001-01-01; press team owns it"),
        "{error}"
    );

    let checked = forewarn(home.path()).args(["exceptions", "check"]).output().unwrap();
    assert_eq!(checked.status.code(), Some(2), "{}", said(&checked));
    let listed = forewarn(home.path()).args(["exceptions", "list"]).output().unwrap();
    let text = String::from_utf8_lossy(&listed.stdout);
    assert!(listed.status.success() && text.contains("ENDED") && text.contains("press team"), "{}", said(&listed));
}

#[test]
fn an_exception_that_accepts_nothing_is_a_warning_and_in_the_report() {
    let home = tempfile::tempdir().unwrap();
    exceptions(home.path(), "arn:aws:s3:::gone-*", "2999-12-31");
    let (output, report) = audit(home.path());
    let idle = &report["coverage"]["idle_exceptions"];
    assert_eq!(
        (idle[0]["owner"].as_str(), idle[0]["resource"].as_str()),
        (Some("press team"), Some("arn:aws:s3:::gone-*"))
    );
    assert_eq!(idle.as_array().unwrap().len(), 1);
    let page = std::fs::read_to_string(home.path().join("run.html")).unwrap();
    assert!(page.contains("Exceptions that accept nothing") && page.contains("<code>arn:aws:s3:::gone-*</code>"));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.contains("warning: exceptions.toml:1: ") && error.contains("accepts no finding of this run"),
        "{error}"
    );
    let checked = forewarn(home.path()).args(["exceptions", "check", "--run", "run.json"]).output().unwrap();
    assert_eq!(checked.status.code(), Some(0), "{}", said(&checked));
    assert!(String::from_utf8_lossy(&checked.stderr).contains("accepts no finding of this run"), "{}", said(&checked));
}

#[test]
fn what_is_wrong_in_the_file_is_said_with_its_line() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("exceptions.toml"), "[[exception]]\nownr = \"a\"\n").unwrap();
    let (output, _) = audit(home.path());
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("exceptions.toml:2: unknown key `ownr`; did you mean `owner`?"), "{error}");
    assert!(error.contains("exceptions.toml:1: `check` is missing"), "{error}");
}
