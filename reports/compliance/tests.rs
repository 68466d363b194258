//! The folder, file by file.

use std::collections::BTreeMap;
use std::io::{self, Write};

use forewarn_findings::{ControlStatus, VerdictKind};
use serde_json::Value;

use super::*;
use crate::sample::{Files, HOSTILE, any_report, everything};
use crate::{Content, FileWriter};
use proptest::prelude::*;

fn folder(report: &Report) -> Vec<(String, Vec<u8>)> {
    let mut files = Files::default();
    write(report, &mut files).unwrap();
    files.0
}

/// The rows of a file by column.
fn rows(bytes: &[u8]) -> Vec<BTreeMap<String, String>> {
    let mut reader = ::csv::Reader::from_reader(bytes);
    let header = reader.headers().unwrap().clone();
    let cells = |row: ::csv::StringRecord| {
        header.iter().zip(row.iter()).map(|(name, cell)| (name.to_owned(), cell.to_owned())).collect()
    };
    reader.records().map(|row| cells(row.unwrap())).collect()
}

#[test]
fn a_folder_is_what_it_was() {
    let files = folder(&everything());
    let shown: Vec<String> = files
        .iter()
        .map(|(name, bytes)| format!("── {name}\n{}", String::from_utf8_lossy(bytes).replace("\r\n", "\n")))
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn every_control_is_there_and_the_statuses_are_those_of_its_rows() {
    let mut report = everything();
    report.coverage.unlisted.clear();
    report.coverage.accounts.retain(|account| account.gap.is_none());
    let files = folder(&report);
    let acme = rows(&files.iter().find(|(name, _)| name == "acme-1.0.csv").unwrap().1);
    let of = |id: &str| -> Vec<&str> {
        acme.iter()
            .filter(|row| row["control_ref"] == format!("ACME-1.0:{id}"))
            .map(|row| row["status"].as_str())
            .collect()
    };
    assert_eq!(of("1.1"), ["MANUAL"]);
    assert!(of("1.10").contains(&"FAIL") && of("1.10").contains(&"PASS") && of("1.10").contains(&"NOT_APPLICABLE"));
    assert_eq!(of("1.14"), ["PASS", "FAIL"], "the thresholds of the control count, not those of the list");
    assert_eq!(of("2.1"), ["UNKNOWN"], "a check that did not run is no pass");
    let summary = rows(&files.iter().find(|(name, _)| name == "summary.csv").unwrap().1);
    assert_eq!((summary[0]["controls"].as_str(), summary[0]["MANUAL"].as_str()), ("5", "1"));
    assert_eq!(summary[1]["meaning"], "contributes evidence to");
    let results = Results::of(&report);
    assert_eq!(results.tally(&report.compliance.frameworks[0])[&ControlStatus::Unknown], 1);
}

/// A pass in the accounts that were entered is no pass of the control.
#[test]
fn an_account_that_could_not_be_entered_leaves_no_control_passed() {
    let mut report = everything();
    report.findings.retain(|finding| finding.verdict == VerdictKind::Pass);
    report.coverage.unlisted.clear();
    let control = &report.compliance.frameworks[0].controls[1].clone();
    assert_eq!(Results::of(&report).status(control), ControlStatus::Unknown);
    let acme = rows(&folder(&report)[0].1);
    let of_control = acme.iter().filter(|row| row["control_ref"] == "ACME-1.0:1.10");
    let seen: Vec<_> = of_control.map(|row| (row["status"].as_str(), row["account_id"].as_str())).collect();
    assert_eq!(seen, [("PASS", "111111111111"), ("UNKNOWN", "333333333333")]);
    assert!(acme.iter().all(|row| row["status"] != "MANUAL" || row["account_id"].is_empty()));
    report.coverage.accounts.retain(|account| account.gap.is_none());
    assert_eq!(Results::of(&report).status(control), ControlStatus::Pass);
}

#[test]
fn the_manifest_names_every_file_with_its_rows_and_its_hash() {
    let files = folder(&everything());
    let (last, manifest) = files.last().unwrap();
    assert_eq!(last, "manifest.json", "it is written last");
    let manifest: Value = serde_json::from_slice(manifest).unwrap();
    let listed = manifest["files"].as_array().unwrap();
    assert_eq!(listed.len(), files.len() - 1);
    for (file, (name, bytes)) in listed.iter().zip(&files) {
        assert_eq!(file["name"], *name);
        assert_eq!(file["rows"], rows(bytes).len());
        assert_eq!(file["sha256"], hex::encode(Sha256::digest(bytes)));
    }
    assert!(manifest["accounts"].as_array().unwrap().iter().any(|account| account["assessed"] == false));
    assert!(manifest["denied"].as_array().unwrap().iter().any(|denied| denied["operation"] == "s3:GetBucketPolicy"));
    assert_eq!(manifest["inputs"]["configuration"].as_str().unwrap().len(), 64);
}

#[test]
fn hostile_titles_and_names_calculate_nothing() {
    let files = folder(&everything());
    let mut seen = 0;
    for (_, bytes) in files.iter().filter(|(name, _)| name != "manifest.json") {
        for row in rows(bytes) {
            for value in row.values() {
                assert!(!value.starts_with(['=', '+', '-', '@', '\t', '\r']), "{value}");
                assert!(!value.chars().any(char::is_control), "{value:?}");
            }
            seen += usize::from(
                row.get("control_title")
                    .is_some_and(|title| title.trim_start_matches('\'') == crate::inert(HOSTILE[0])),
            );
        }
    }
    assert!(seen > 0, "no hostile title was looked at");
}

#[test]
fn no_name_of_a_stored_report_leaves_the_folder() {
    let mut taken = BTreeSet::new();
    let names: Vec<String> = ["../../etc/x", "", "", "SUMMARY", "a b", "..", "cis-1.0", "CIS-1.0"]
        .into_iter()
        .map(|id| file_name(id, &mut taken))
        .collect();
    let expected = [
        "_.._etc_x.csv",
        "edition.csv",
        "edition-2.csv",
        "summary-2.csv",
        "a_b.csv",
        "edition-3.csv",
        "cis-1.0.csv",
        "cis-1.0-2.csv",
    ];
    assert_eq!(names, expected);
    assert!(names.iter().all(|name| !name.contains('/')));
}

#[test]
fn a_full_disk_is_an_error_and_leaves_no_manifest() {
    struct Full(usize, Vec<String>);
    impl FileWriter for Full {
        fn file(&mut self, name: &str, content: &mut Content<'_>) -> io::Result<()> {
            if self.1.len() == self.0 {
                return content(&mut Broken);
            }
            self.1.push(name.to_owned());
            content(&mut io::sink())
        }
    }
    struct Broken;
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::from(io::ErrorKind::StorageFull))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for good in 0..4 {
        let mut disk = Full(good, Vec::new());
        let error = write(&everything(), &mut disk).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert!(!disk.1.contains(&"manifest.json".to_owned()));
    }
}

proptest! {
    #[test]
    fn every_report_has_its_folder(report in any_report()) {
        let files = folder(&report);
        prop_assert_eq!(files.len(), report.compliance.frameworks.len() + 2);
        for (framework, (_, bytes)) in report.compliance.frameworks.iter().zip(&files) {
            prop_assert!(rows(bytes).len() >= framework.controls.len());
        }
    }
}
