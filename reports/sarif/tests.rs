//! The log, held against the schema of OASIS and the limits of GitHub.

use std::sync::Arc;

use jsonschema::Validator;
use proptest::prelude::*;

use super::*;
use crate::sample::{HOSTILE, any_report, empty, everything, many};

fn validator() -> Validator {
    jsonschema::validator_for(&serde_json::from_str(include_str!("sarif-2.1.0.json")).unwrap()).unwrap()
}

fn written(report: &Report, lines: Option<&Lines>) -> String {
    let mut out = Vec::new();
    write(report, lines, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn log(report: &Report) -> Value {
    serde_json::from_str(&written(report, None)).unwrap()
}

fn faults(log: &Value) -> Vec<String> {
    validator().iter_errors(log).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn the_log_of_everything() {
    insta::assert_snapshot!(written(&everything(), None));
}

#[test]
fn every_log_is_as_the_schema_says() {
    for report in [everything(), empty(), many(300)] {
        assert_eq!(faults(&log(&report)), Vec::<String>::new());
    }
    let mut bad = log(&everything());
    bad["runs"][0]["results"][0]["kind"] = "bad".into();
    bad["runs"][0]["results"][1]["message"] = json!({});
    assert_eq!(faults(&bad).len(), 2);
}

#[test]
fn what_fails_and_what_is_unknown_are_results_and_the_rest_is_counted() {
    let report = everything();
    // Excepted or not.
    let count = |verdict| report.findings.iter().filter(|finding| finding.verdict == verdict).count();
    let log = log(&report);
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let of = |kind: &str| results.iter().filter(|result| result["kind"] == kind).count();
    assert_eq!(of("fail"), count(VerdictKind::Fail));
    assert_eq!(of("open"), count(VerdictKind::Unknown) + 2);
    assert_eq!(run["properties"]["pass"], report.count(VerdictKind::Pass));
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result["kind"] == "fail" || result["level"] == "none");
    }
}

#[test]
fn the_limits_of_github_are_kept_and_what_is_left_out_is_said() {
    let log = log(&many(60_000));
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), MOST_RESULTS);
    assert_eq!(results[0]["properties"]["severity"], "critical");
    let said = run["invocations"][0]["toolExecutionNotifications"].to_string();
    assert!(said.contains("left out"), "{said}");
    for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
        assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 10);
    }
    for result in results {
        assert_eq!(result["locations"].as_array().unwrap().len(), 1);
    }
}

/// A snapshot with the resources of the sample.
const SNAPSHOT: &str = r#"{
  "forewarn_snapshot": 1,
  "inventory": {
    "instant": "2026-11-24T10:59:49Z",
    "accounts": [
      {
        "id": "111111111111",
        "s3": {
          "buckets": [
            {
              "name": "acme-closed",
              "arn": "arn:aws:s3:::acme-closed",
              "policy": "{\"Statement\":[]}"
            },
            {
              "name": "acme-public",
              "arn": "arn:aws:s3:::acme-public",
              "tags": [],
              "policy": "{\"Statement\":[{\"Effect\":\"Allow\"}]}",
              "public_access_block": null
            }
          ]
        }
      }
    ]
  }
}
"#;

#[test]
fn results_are_at_their_lines_in_the_snapshot() {
    let report = everything();
    let lines = Lines::of("./runs/the snapshot.json", SNAPSHOT, &report);
    let log: Value = serde_json::from_str(&written(&report, Some(&lines))).unwrap();
    assert_eq!(faults(&log), Vec::<String>::new());
    let results = log["runs"][0]["results"].as_array().unwrap();
    let public = results
        .iter()
        .find(|result| {
            result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "arn:aws:s3:::acme-public"
        })
        .unwrap();
    let place = |location: &Value| location["physicalLocation"].clone();
    let at = |line: u64| json!({ "artifactLocation": { "uri": "runs/the%20snapshot.json" }, "region": { "startLine": line } });
    assert_eq!(place(&public["locations"][0]), at(19));
    assert_eq!(place(&public["relatedLocations"][1]), at(20));
    // A resource that the snapshot does not have is at its account.
    let user = results.iter().find(|result| result["ruleId"] == "iam.user_without_mfa").unwrap();
    assert_eq!(place(&user["locations"][0]), at(7));
    for broken in ["", "{", "[[", "{\"a\": \"", "{\"arn\": \"arn:aws:s3:::acme-public\", \"policy\": {"] {
        let _ = Lines::of("x", broken, &report);
    }
    assert_eq!(Lines::of("/tmp/a b", "{}", &report).uri(), "file:///tmp/a%20b");
}

#[test]
fn hostile_names_are_text() {
    for name in HOSTILE.into_iter().chain(["[click](https://evil.example)", "{0} and {x}"]) {
        let mut report = everything();
        report.findings.truncate(1);
        Arc::make_mut(&mut report.findings[0].resource).arn = name.to_owned();
        Arc::make_mut(&mut report.findings[0].grounds).reason = name.into();
        let log = log(&report);
        assert_eq!(faults(&log), Vec::<String>::new());
        let results = log["runs"][0]["results"].as_array().unwrap();
        let text = results.iter().find(|result| result["kind"] == "fail").unwrap()["message"]["text"].as_str().unwrap();
        assert!(text.starts_with(&plain(name)));
    }
    assert_eq!(plain("[a](b) {0} \\ \n"), "\\[a\\](b) {{0}} \\\\ \\\\n");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_report_is_as_the_schema_says(report in any_report()) {
        prop_assert_eq!(faults(&log(&report)), Vec::<String>::new());
    }
}
