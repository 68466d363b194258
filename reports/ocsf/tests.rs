//! The events, held against the schema of OCSF.

use jsonschema::Validator;
use proptest::prelude::*;

use super::*;
use crate::sample::{HOSTILE, any_report, empty, everything, many};

/// The class with the profile `cloud`, made from the export of the schema at version 1.6.0.
const SCHEMA: &str = include_str!("compliance_finding-1.6.0.json");

fn validator() -> Validator {
    jsonschema::validator_for(&serde_json::from_str(SCHEMA).unwrap()).unwrap()
}

fn written(report: &Report) -> String {
    let mut out = Vec::new();
    write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn events(report: &Report) -> Vec<Value> {
    serde_json::from_str(&written(report)).unwrap()
}

#[test]
fn the_events_of_everything() {
    insta::assert_snapshot!(written(&everything()));
}

#[test]
fn every_event_is_as_the_schema_says() {
    let validator = validator();
    for report in [everything(), empty(), many(300)] {
        for event in events(&report) {
            let faults: Vec<String> =
                validator.iter_errors(&event).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert!(faults.is_empty(), "{faults:?}\n{event:#}");
        }
    }
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let validator = validator();
    let good = events(&everything()).remove(0);
    for (pointer, wrong) in [
        ("/time", json!("2026-11-24T10:59:49Z")),
        ("/class_uid", json!(2001)),
        ("/severity_id", json!(7)),
        ("/compliance/status_id", json!(4)),
        ("/metadata/product", Value::Null),
        ("/evidences", json!([{}])),
    ] {
        let mut bad = good.clone();
        match bad.pointer_mut(pointer) {
            Some(place) => *place = wrong,
            None => bad[pointer.trim_start_matches('/')] = wrong,
        }
        assert!(!validator.is_valid(&bad), "{pointer}");
    }
}

#[test]
fn no_verdict_and_no_account_is_left_out() {
    let report = everything();
    let events = events(&report);
    let with = |status: u64| events.iter().filter(|event| event["compliance"]["status_id"] == status).count();
    let of = |verdict| report.findings.iter().filter(|finding| finding.verdict == verdict).count();
    assert_eq!(with(3), of(VerdictKind::Fail));
    // One for the account that could not be entered, one for those that nobody named.
    assert_eq!(with(0), of(VerdictKind::Unknown) + 2);
    assert_eq!(with(1), report.count(VerdictKind::Pass) + HOSTILE.len());
    assert_eq!(with(99), report.count(VerdictKind::NotApplicable));
    let account = |event: &&Value| event["cloud"]["account"]["uid"] == "333333333333";
    assert_eq!(events.iter().filter(account).count(), 1);
}

#[test]
fn a_finding_keeps_its_uid_when_its_evidence_changes() {
    let mut report = everything();
    let uid = |report: &Report| events(report)[2]["finding_info"].clone();
    let before = uid(&report);
    report.findings[0].fingerprint = Fingerprint([7; 16]);
    let after = uid(&report);
    assert_eq!(before["uid"], after["uid"]);
    assert_ne!(before["uid_alt"], after["uid_alt"]);
    let all: std::collections::BTreeSet<String> =
        events(&report).iter().map(|event| event["metadata"]["uid"].to_string()).collect();
    assert!(all.len() >= report.findings.len());
}

#[test]
fn time_is_in_milliseconds_and_hostile_names_are_values() {
    let report = everything();
    let text = written(&report);
    assert_eq!(text.lines().count(), events(&report).len() + 2, "an event a line");
    for event in events(&report) {
        assert_eq!(event["time"], 1_795_517_989_123_i64);
    }
    let all = events(&report);
    for finding in &report.findings {
        assert!(all.iter().any(|event| event["resources"][0]["uid"] == finding.resource.arn.as_str()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_report_is_as_the_schema_says(report in any_report()) {
        let validator = validator();
        for event in events(&report) {
            prop_assert!(validator.is_valid(&event), "{event:#}");
        }
    }
}
