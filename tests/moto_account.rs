//! Whole audits of seeded accounts in the public AWS emulator. What is expected was reasoned from the facts and written
//! down beside each case, in `tests/moto/*_cases.py`, before our program was run on it.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::support::moto::Moto;
use crate::support::{said, signed};

/// Seeds, audits, and compares every verdict that is written down.
fn audited(arguments: &[&str], at_least: usize) {
    let moto = Moto::start();
    let expected = moto.seed(arguments);
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
    let expected: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_str(&fs::read_to_string(expected).unwrap()).unwrap();
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
    assert!(wrong.is_empty(), "{} of {compared} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared >= at_least, "only {compared} verdicts are written down");
    // What the emulator cannot serve is named with its operation, and never a verdict.
    for result in got.values().filter(|result| result["verdict"] == "unknown") {
        assert!(!result["unknown_because"].as_array().unwrap().is_empty(), "{result}");
    }
}

#[test]
fn the_large_account_is_judged_as_written_down() {
    audited(&[], 700);
}

#[test]
fn the_second_account_is_judged_as_written_down() {
    audited(&["--account", "second"], 30);
}
