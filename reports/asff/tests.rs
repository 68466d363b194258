//! The findings, held against what the service documents. `tests/formats.rs` of the program holds them against the
//! service model of the AWS SDK for Python as well.

use serde_json::Value;

use super::*;
use crate::sample::{HOSTILE, any_report, empty, everything, many};
use proptest::prelude::*;

fn written(report: &Report) -> String {
    let mut out = Vec::new();
    write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn read(report: &Report) -> Vec<Value> {
    serde_json::from_str(&written(report)).unwrap()
}

/// The limits of the user guide that the service model does not have.
fn faults(finding: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let text = |pointer: &str| finding.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    for (pointer, most) in [
        ("/Id", 512),
        ("/GeneratorId", 512),
        ("/Title", 256),
        ("/Description", 1_024),
        ("/Remediation/Recommendation/Text", 512),
        ("/Resources/0/Id", 512),
        ("/ProductFields/forewarn~1resource", 2_048),
        ("/ProductFields/forewarn~1proof", 2_048),
    ] {
        let length = text(pointer).chars().count();
        if length > most {
            faults.push(format!("{pointer} has {length} characters"));
        }
    }
    for pointer in [
        "/Id",
        "/ProductArn",
        "/AwsAccountId",
        "/Title",
        "/Description",
        "/CreatedAt",
        "/UpdatedAt",
        "/Resources/0/Type",
        "/Resources/0/Id",
    ] {
        if text(pointer).trim().is_empty() {
            faults.push(format!("{pointer} is empty"));
        }
    }
    if finding.to_string().len() > 240_000 {
        faults.push("more than 240 KB".to_owned());
    }
    faults
}

#[test]
fn the_findings_of_everything() {
    insta::assert_snapshot!(written(&everything()));
}

#[test]
fn every_finding_is_within_the_limits() {
    for report in [everything(), empty(), many(300)] {
        for finding in read(&report) {
            assert_eq!(faults(&finding), Vec::<String>::new(), "{finding:#}");
        }
    }
    let mut bad = read(&everything()).remove(0);
    bad["Title"] = "x".repeat(257).into();
    bad["AwsAccountId"] = " ".into();
    assert_eq!(faults(&bad).len(), 2);
}

#[test]
fn every_verdict_has_its_status_and_the_gone_are_archived() {
    let report = everything();
    // Excepted or not.
    let count = |verdict| report.findings.iter().filter(|finding| finding.verdict == verdict).count();
    let all = read(&report);
    let with = |status: &str| all.iter().filter(|one| one["Compliance"]["Status"] == status).count();
    assert_eq!(with("FAILED"), count(VerdictKind::Fail));
    assert_eq!(with("WARNING"), count(VerdictKind::Unknown) + 2);
    assert_eq!(with("PASSED"), report.count(VerdictKind::Pass) + HOSTILE.len());
    assert_eq!(with("NOT_AVAILABLE"), report.count(VerdictKind::NotApplicable));
    let archived = all.iter().filter(|one| one["RecordState"] == "ARCHIVED").count();
    assert_eq!(archived, HOSTILE.len());
    // Only what is open is graver than a remark.
    for one in all.iter().filter(|one| one["Compliance"]["Status"] == "PASSED") {
        assert_eq!(one["Severity"]["Label"], "INFORMATIONAL");
    }
}

#[test]
fn ids_are_of_check_and_resource_and_no_two_are_the_same() {
    let mut report = everything();
    report.since = None;
    let ids = |report: &Report| read(report).iter().map(|one| one["Id"].to_string()).collect::<Vec<_>>();
    let before = ids(&report);
    assert_eq!(before.iter().collect::<std::collections::BTreeSet<_>>().len(), before.len());
    for finding in &mut report.findings {
        finding.fingerprint = Fingerprint([1; 16]);
    }
    assert_eq!(ids(&report), before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_report_is_within_the_limits(report in any_report()) {
        for finding in read(&report) {
            prop_assert_eq!(faults(&finding), Vec::<String>::new());
        }
    }
}
