//! A workbook for auditors: the tables of [`compliance`](crate::compliance) in one file.
//!
//! The first sheet sums up, a sheet per edition of a framework has its rows, the last two say which accounts were assessed
//! and which calls were refused. Numbers, times (UTC) and days are typed cells; all else is text, so `1.10` and
//! `012345678901` stay what they are. A text cell is never calculated: no apostrophe stands before `=` here, as it does in a
//! CSV. A cell is cut at 32 000 characters and says so. A sheet that is full goes on in the next, `cis-aws-3.0.0 (2)`.

use std::collections::BTreeSet;
use std::io::{self, Write};

use forewarn_findings::{Report, Results};
use rust_xlsxwriter::{
    ColNum, DocProperties, ExcelDateTime, Format, FormatAlign, IgnoreError, RowNum, Workbook, Worksheet, XlsxError,
};

use crate::compliance::manifest::{accounts, denied};
use crate::compliance::row::{COLUMNS, KINDS, Kind, Rows};
use crate::compliance::{SUMMARY, summary};
use crate::{csv, unseen};

/// Rows of a sheet, its header too: what Excel can hold.
const MOST_ROWS: RowNum = 1_048_576;

/// Characters of a sheet's name that Excel takes.
const MOST_NAME: usize = 31;

/// Writes the workbook.
///
/// # Errors
/// What `out` says, or the folder for temporary files, which holds the rows of each sheet.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    write_in_sheets(report, MOST_ROWS, out)
}

fn write_in_sheets(report: &Report, most_rows: RowNum, out: &mut dyn Write) -> io::Result<()> {
    let bytes = workbook(report, most_rows).and_then(|mut workbook| workbook.save_to_buffer()).map_err(said)?;
    out.write_all(&bytes)?;
    out.flush()
}

fn workbook(report: &Report, most_rows: RowNum) -> Result<Workbook, XlsxError> {
    let (results, unseen) = (Results::of(report), unseen::findings(report));
    let rows = Rows::new(report, &results, &unseen);
    let mut workbook = Workbook::new();
    let made = ExcelDateTime::from_timestamp(report.run.instant.as_second())?;
    let by = format!("forewarn {}", report.run.tool_version);
    workbook.set_properties(&DocProperties::new().set_author(by).set_creation_datetime(&made));
    let mut sheets = Sheets::new(&mut workbook, most_rows);

    let mut kinds = [Kind::Number; SUMMARY.len()];
    kinds[..5].fill(Kind::Text);
    sheets.table("Summary", &SUMMARY, &kinds, summary(report, &results))?;
    for framework in &report.compliance.frameworks {
        sheets.table(&framework.id, &COLUMNS, &KINDS, rows.of(framework))?;
    }
    let found = accounts(report).map(|account| {
        let assessed = if account.assessed { "yes" } else { "no" };
        let (read, unread) = (account.regions_assessed.join(", "), account.regions_not_assessed.join(", "));
        let (name, reason) = (account.name.unwrap_or_default(), account.reason.unwrap_or_default());
        [account.id.to_owned(), name.to_owned(), assessed.to_owned(), reason, read, unread]
    });
    let header = ["account_id", "account_name", "assessed", "reason", "regions_assessed", "regions_not_assessed"];
    sheets.table("Accounts", &header, &[Kind::Text; 6], found)?;
    let refused = denied(report).map(|denied| {
        let (accounts, checks) = (denied.accounts.join(", "), denied.checks.join(", "));
        [denied.operation.to_owned(), accounts, denied.count.to_string(), checks]
    });
    let header = ["operation", "accounts", "calls", "checks"];
    sheets.table("Denied", &header, &[Kind::Text, Kind::Text, Kind::Number, Kind::Text], refused)?;
    Ok(workbook)
}

/// The sheets so far.
struct Sheets<'w> {
    workbook: &'w mut Workbook,
    most_rows: RowNum,
    names: BTreeSet<String>,
    looks: Looks,
}

/// How cells look.
struct Looks {
    header: Format,
    time: Format,
    day: Format,
}

impl<'w> Sheets<'w> {
    fn new(workbook: &'w mut Workbook, most_rows: RowNum) -> Self {
        let looks = Looks {
            header: Format::new().set_bold().set_align(FormatAlign::Top),
            time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            day: Format::new().set_num_format("yyyy-mm-dd"),
        };
        Self { workbook, most_rows, names: BTreeSet::new(), looks }
    }

    /// A table on a sheet of its own, or on several.
    fn table<const N: usize>(
        &mut self,
        name: &str,
        header: &[&str; N],
        kinds: &[Kind; N],
        rows: impl Iterator<Item = [impl AsRef<str>; N]>,
    ) -> Result<(), XlsxError> {
        let mut rows = rows.peekable();
        for part in 1.. {
            let name = self.name(name, part);
            let sheet = self.workbook.add_worksheet_with_constant_memory()?;
            sheet.set_name(name)?;
            sheet.set_freeze_panes(1, 0)?;
            for ((column, title), kind) in (0..).zip(header).zip(kinds) {
                sheet.set_column_width(column, width(title, *kind))?;
                sheet.write_string_with_format(0, column, *title, &self.looks.header)?;
            }
            let mut last = 0;
            for (number, row) in (1..self.most_rows).zip(&mut rows) {
                for ((column, value), kind) in (0..).zip(&row).zip(kinds) {
                    self.looks.cell(sheet, (number, column), value.as_ref(), *kind)?;
                }
                last = number;
            }
            let width = ColNum::try_from(N).unwrap_or(ColNum::MAX).saturating_sub(1);
            sheet.autofilter(0, 0, last, width)?;
            // Ids that look like numbers are texts on purpose.
            sheet.ignore_error_range(0, 0, last, width, IgnoreError::NumberStoredAsText)?;
            if rows.peek().is_none() {
                break;
            }
        }
        Ok(())
    }

    /// A name that Excel takes and no sheet has yet. A stored report may be anybody's, so may the ids of its frameworks.
    fn name(&mut self, wanted: &str, part: usize) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' };
        let wanted: String = wanted.chars().map(plain).collect();
        let wanted = if wanted.trim().is_empty() { "edition" } else { wanted.as_str() };
        let numbered = |number: usize| {
            let end = if number < 2 { String::new() } else { format!(" ({number})") };
            let head: String = wanted.chars().take(MOST_NAME - end.len()).collect();
            format!("{head}{end}")
        };
        let free = |name: &String| !self.names.contains(&name.to_ascii_lowercase());
        // One more than there are names is free.
        let name = (part..=part + self.names.len()).map(numbered).find(free).unwrap_or_default();
        self.names.insert(name.to_ascii_lowercase());
        name
    }
}

impl Looks {
    /// Writes a cell; what is not of its kind is text, and an empty value no cell.
    fn cell(&self, sheet: &mut Worksheet, at: (RowNum, ColNum), value: &str, kind: Kind) -> Result<(), XlsxError> {
        let (row, column) = at;
        if value.is_empty() {
            return Ok(());
        }
        let look = match kind {
            Kind::Number => match value.parse::<u32>() {
                Ok(number) => return sheet.write_number(row, column, number).map(drop),
                Err(_) => None,
            },
            Kind::Time => Some(&self.time),
            Kind::Day => Some(&self.day),
            Kind::Text => None,
        };
        let time = look.and_then(|look| Some((ExcelDateTime::parse_from_str(value).ok()?, look)));
        match time {
            Some((time, look)) => sheet.write_datetime_with_format(row, column, &time, look)?,
            None => sheet.write_string(row, column, csv::text(value))?,
        };
        Ok(())
    }
}

/// How wide a column is, in characters.
fn width(title: &str, kind: Kind) -> f64 {
    match (kind, title) {
        (Kind::Time, _) => 20.0,
        (Kind::Number | Kind::Day, _) => 14.0,
        (Kind::Text, "control_title" | "status_reason" | "resource_arn" | "remediation" | "reason" | "checks") => 60.0,
        (Kind::Text, _) => 18.0,
    }
}

/// What the writer came upon: the disk's own word where it is the disk's.
fn said(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod libreoffice;
#[cfg(test)]
mod tests;
