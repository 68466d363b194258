//! Whole audits of seeded accounts in the public AWS emulator. What is expected was reasoned from the facts and written
//! down beside each case, in `tests/moto/*_cases.py`, before our program was run on it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use crate::support::moto::{Moto, script};
use crate::support::{said, signed};

/// What stands in a file of `tests/moto`: a word by check and resource.
type Words = BTreeMap<String, BTreeMap<String, String>>;

/// Seeds, audits, and compares every verdict that is written down.
fn audited(moto: &Moto, arguments: &[&str], expectations: &str, at_least: usize) {
    let file = moto.seed(arguments);
    assert_eq!(file.file_name().unwrap(), expectations, "the file that holds for this server");
    let home = tempfile::tempdir().unwrap();
    let output = signed(home.path(), "testing")
        .args(["audit", "--endpoint-url", &moto.url, "--region", "us-east-1", "-f", "json"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let got: BTreeMap<(&str, &str), &Value> = report["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| ((result["check"].as_str().unwrap(), result["resource_arn"].as_str().unwrap()), result))
        .collect();
    let expected: Words = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let mut compared = 0;
    let mut wrong = Vec::new();
    for (check, verdicts) in &expected {
        for (resource, verdict) in verdicts {
            compared += 1;
            match got.get(&(check.as_str(), resource.as_str())) {
                Some(result) if result["verdict"] == verdict.as_str() => {}
                Some(result) => wrong.push(format!(
                    "{check} on {resource}: {verdict} is expected, {} is said: {}",
                    result["verdict"], result["reason"]
                )),
                None => wrong.push(format!("{check} on {resource}: {verdict} is expected, nothing is said")),
            }
        }
    }
    let unserved: BTreeMap<String, Words> =
        serde_json::from_str(&fs::read_to_string(script("unserved.json")).unwrap()).unwrap();
    for (check, operations) in &unserved[expectations] {
        for (resource, operation) in operations {
            match got.get(&(check.as_str(), resource.as_str())) {
                Some(result) if result["verdict"] == "unknown" && names(result, operation) => {}
                other => wrong.push(format!("{check} on {resource}: not unknown for want of {operation}: {other:?}")),
            }
        }
    }
    // No unknown without a reason, and none for a read of which the coverage does not say that it failed.
    let failed: BTreeSet<&str> =
        report["coverage"]["gaps"].as_array().unwrap().iter().filter_map(|gap| gap["operation"].as_str()).collect();
    for result in got.values().filter(|result| result["verdict"] == "unknown") {
        let reasons = result["unknown_because"].as_array().unwrap();
        let uncovered = reasons.iter().filter_map(|reason| reason["gap"]["operation"].as_str());
        let uncovered: Vec<&str> = uncovered.filter(|operation| !failed.contains(operation)).collect();
        if reasons.is_empty() || !uncovered.is_empty() {
            wrong.push(format!("{uncovered:?} is not in the coverage: {result}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {compared} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared >= at_least, "only {compared} verdicts are written down");
}

/// Whether a reason of an Unknown names the operation, as the gap behind it or in its words.
fn names(result: &Value, operation: &str) -> bool {
    result["unknown_because"].as_array().unwrap().iter().any(|reason| {
        reason["gap"]["operation"] == operation || reason["message"].as_str().unwrap().contains(operation)
    })
}

#[test]
fn the_large_account_is_judged_as_written_down() {
    audited(&Moto::start(), &[], "expected-serve.json", 700);
}

#[test]
fn the_second_account_is_judged_as_written_down() {
    audited(&Moto::start(), &["--account", "second"], "expected-second-serve.json", 30);
}

#[test]
fn what_a_plain_moto_cannot_serve_is_unknown_with_the_operation_named() {
    audited(&Moto::plain(), &[], "expected.json", 700);
}

#[test]
fn the_second_account_in_a_plain_moto_is_judged_as_written_down() {
    audited(&Moto::plain(), &["--account", "second"], "expected-second.json", 30);
}
