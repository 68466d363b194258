use super::*;
use crate::sample::{empty, everything};

/// The parts of a workbook by name.
fn parts(report: &Report, most_rows: RowNum) -> Vec<(String, String)> {
    let mut bytes = Vec::new();
    write_in_sheets(report, most_rows, &mut bytes).unwrap();
    let mut archive = zip::ZipArchive::new(io::Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut part = archive.by_index(index).unwrap();
            let name = part.name().unwrap().into_owned();
            (name, io::read_to_string(&mut part).unwrap())
        })
        .collect()
}

fn sheet_names(parts: &[(String, String)]) -> Vec<&str> {
    let (_, workbook) = parts.iter().find(|(name, _)| name == "xl/workbook.xml").unwrap();
    workbook.split("<sheet name=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn a_sheet_for_the_summary_each_edition_and_what_was_read() {
    let parts = parts(&everything(), MOST_ROWS);
    assert_eq!(sheet_names(&parts), ["Summary", "acme-1.0", "goals-1.0", "Accounts", "Denied"]);
    assert!(parts.iter().all(|(_, part)| !part.contains("<f>") && !part.contains("<hyperlink")));
}

#[test]
fn a_report_without_frameworks_has_the_other_sheets() {
    assert_eq!(sheet_names(&parts(&empty(), MOST_ROWS)), ["Summary", "Accounts", "Denied"]);
}

#[test]
fn what_does_not_fit_on_a_sheet_goes_on_in_the_next() {
    let rows = |parts: &[(String, String)]| -> Vec<usize> {
        let sheets = parts.iter().filter(|(name, _)| name.starts_with("xl/worksheets/sheet"));
        sheets.map(|(_, sheet)| sheet.matches("<row ").count()).collect()
    };
    let whole = rows(&parts(&everything(), MOST_ROWS));
    let split = parts(&everything(), 11);
    let names = sheet_names(&split);
    let of_acme: Vec<usize> = std::iter::zip(&names, rows(&split))
        .filter(|(name, _)| name.starts_with("acme-1.0"))
        .map(|(_, rows)| rows)
        .collect();
    assert!(names.contains(&"acme-1.0 (2)"), "{names:?}");
    assert_eq!(of_acme.iter().sum::<usize>() - of_acme.len(), whole[1] - 1, "no row is lost or twice");
    assert!(of_acme[..of_acme.len() - 1].iter().all(|rows| *rows == 11) && *of_acme.last().unwrap() > 1);
}

#[test]
fn names_of_sheets_are_such_as_excel_takes() {
    let mut report = everything();
    let ids = ["Summary", "a/b:c[d]*?", "", "x".repeat(40).as_str(), &"X".repeat(41), "'quoted'"].map(str::to_owned);
    let framework = report.compliance.frameworks.remove(0);
    report.compliance.frameworks = ids.map(|id| forewarn_findings::Framework { id, ..framework.clone() }).to_vec();
    let parts = parts(&report, MOST_ROWS);
    let names = sheet_names(&parts);
    assert_eq!(names[1..4], ["Summary (2)", "a_b_c_d___", "edition"]);
    assert_eq!(names[4..7], ["x".repeat(31), format!("{} (2)", "X".repeat(27)), "_quoted_".to_owned()]);
}
