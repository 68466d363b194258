//! The table, read back with a reader of its own.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::sample::{HOSTILE, any_report, empty, everything};
use crate::tests::written;

fn csv(report: &Report) -> String {
    written("csv", report, &crate::TextOptions::default())
}

fn rows(text: &str) -> Vec<Vec<String>> {
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// Undoes the neutralising, as the documentation of the format says.
fn restored(cell: &str) -> String {
    let part = |part: &str| match part.strip_prefix('\'') {
        Some(rest) if starts_a_formula(rest) => rest.to_owned(),
        _ => part.to_owned(),
    };
    cell.split(';').map(part).collect::<Vec<_>>().join(";")
}

#[test]
fn the_table_of_everything() {
    insta::assert_snapshot!(csv(&everything()));
}

#[test]
fn without_results_there_is_a_header() {
    assert_eq!(csv(&empty()), format!("{}\r\n", COLUMNS.join(",")));
}

#[test]
fn lines_end_as_the_rfc_has_it_and_cells_hold_no_line_break() {
    let text = csv(&everything());
    assert!(text.ends_with("\r\n"));
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    let unseen = unseen::findings(&everything()).len();
    assert_eq!(text.matches("\r\n").count(), everything().findings.len() + unseen + 1);
}

#[test]
fn a_formula_gets_an_apostrophe() {
    for (value, shown) in [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1", "' =1"),
        ("\"=1\"", "'\"=1\""),
        ("'=1", "''=1"),
        (" \" '=1", "' \" '=1"),
        ("\u{a0}=1", "'\u{a0}=1"),
        ("＝1", "'＝1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠x", "'＠x"),
        ("\t=1", "\\t=1"),
        ("\r=1", "\\r=1"),
        ("\u{200b}=1", "\\u{200b}=1"),
        ("a;=1", "a;'=1"),
        ("a; \"+1", "a;' \"+1"),
        ("a=1", "a=1"),
        ("'tis", "'tis"),
        ("s3:GetObject - x", "s3:GetObject - x"),
        ("", ""),
    ] {
        assert_eq!(cell(value), shown);
        assert_eq!(restored(&cell(value)), inert(value));
    }
}

#[test]
fn a_cell_fits_a_spreadsheet() {
    let long = "é".repeat(40_000);
    let long = cell(&long);
    assert_eq!(long.chars().take_while(|c| *c == 'é').count(), MOST);
    assert!(long.ends_with(" … (cut; the json format has it whole)"));
    assert_eq!(cell(&"é".repeat(MOST)).chars().count(), MOST);
}

#[test]
fn an_account_that_could_not_be_entered_is_a_row_with_the_reason() {
    let report = everything();
    let closed = report.coverage.accounts.iter().find(|account| account.gap.is_some()).unwrap();
    let rows = rows(&csv(&report));
    let of_account: Vec<_> = rows.iter().filter(|row| row[4] == closed.id).collect();
    let [row] = &of_account[..] else { panic!("{of_account:?}") };
    assert_eq!((row[0].as_str(), row[3].as_str()), (unseen::CHECK, "unknown"));
    assert_eq!(row[8], inert(&closed.gap.as_ref().unwrap().to_string()));
    assert_eq!((row[1].as_str(), row[12].is_empty()), ("Account could not be assessed", false));
}

#[test]
fn an_account_keeps_its_zero() {
    let mut report = everything();
    Arc::make_mut(&mut report.findings[0].resource).account = "012345678901".to_owned();
    let row = &rows(&csv(&report))[1 + unseen::findings(&report).len()];
    assert_eq!((row[4].as_str(), row[5].as_str()), ("012345678901", "acct-012345678901"));
}

#[test]
fn hostile_names_come_back_and_calculate_nothing() {
    for name in HOSTILE {
        let mut report = everything();
        report.coverage.accounts.clear();
        report.coverage.unlisted.clear();
        report.findings.truncate(1);
        Arc::make_mut(&mut report.findings[0].resource).arn = name.to_owned();
        Arc::make_mut(&mut report.findings[0].grounds).reason = name.into();
        let row = &rows(&csv(&report))[1];
        assert_eq!(restored(&row[7]), inert(name));
        assert_eq!(restored(&row[8]), inert(name));
        assert!(
            row.iter().flat_map(|cell| cell.split(';')).all(|cell| !starts_a_formula(cell) || cell.starts_with('\''))
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_cell_comes_back(report in any_report()) {
        let rows = rows(&csv(&report));
        let unseen = unseen::findings(&report);
        prop_assert_eq!(rows.len(), unseen.len() + report.findings.len() + 1);
        for (row, finding) in rows.iter().skip(1).zip(unseen.iter().chain(&report.findings)) {
            prop_assert_eq!(row.len(), COLUMNS.len());
            prop_assert_eq!(restored(&row[0]), inert(&finding.check));
            prop_assert_eq!(restored(&row[7]), inert(&finding.resource.arn));
            prop_assert_eq!(restored(&row[8]), inert(&finding.grounds.reason));
            prop_assert_eq!(restored(&row[15]), finding.fingerprint.to_string());
        }
    }

    #[test]
    fn no_cell_calculates(value in "[ \"';=+@＝a-]{0,8}") {
        let shown = cell(&value);
        prop_assert!(shown.split(';').all(|part| !starts_a_formula(part) || part.starts_with('\'')));
        prop_assert_eq!(restored(&shown), value);
    }
}
