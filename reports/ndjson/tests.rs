//! The lines, each read by itself.

use serde_json::Value;

use super::*;
use crate::sample::{HOSTILE, empty, everything};

fn lines(report: &Report) -> Vec<Value> {
    let mut out = Vec::new();
    write(report, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_lines_of_everything() {
    let mut out = Vec::new();
    write(&everything(), &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn every_result_is_a_line_with_its_run_and_the_fields_of_the_json() {
    let report = everything();
    let mut json = Vec::new();
    crate::json::write(&report, &mut json).unwrap();
    let document: Value = serde_json::from_slice(&json).unwrap();
    let lines = lines(&report);
    let results: Vec<&Value> = lines.iter().filter(|line| line["kind"] == "result").collect();
    assert_eq!(results.len(), report.findings.len());
    for (line, result) in results.iter().zip(document["results"].as_array().unwrap()) {
        for (field, value) in result.as_object().unwrap() {
            assert_eq!(&line[field], value, "{field}");
        }
        assert_eq!(line["run_id"], document["run"]["id"]);
        assert_eq!(line["time"], document["run"]["instant"]);
    }
    assert_eq!(lines[0]["coverage"], document["coverage"]);
    assert_eq!(lines.iter().filter(|line| line["kind"] == "gone").count(), HOSTILE.len());
    assert_eq!(lines.last().unwrap()["kind"], "unassessed");
}

#[test]
fn a_report_about_nothing_is_one_line() {
    let lines = lines(&empty());
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["kind"], "run");
}
