//! The credential report: made on request, then fetched as CSV.

use std::borrow::Cow;

use forewarn_inventory::{CredentialReport, CredentialRow, Reported};
use jiff::Timestamp;

use crate::answer::Reply;
use crate::call::Call;
use crate::fault::{Trouble, read};
use crate::sts::document as reply;
use crate::text;

/// Asks for a report. It is ready once [`crate::Settings::report_polls`] requests said otherwise.
pub(super) fn generate(call: &Call<'_>) -> Reply {
    let before = call.world.poll_report(&call.account.id);
    let waits = call.world.settings.report_polls;
    let (state, description) = match before {
        0 if waits > 0 => ("STARTED", Some("No report exists. Starting a new report generation task")),
        before if before < waits => ("INPROGRESS", None),
        _ => ("COMPLETE", None),
    };
    reply(call, |xml| {
        xml.text("State", state);
        xml.optional("Description", description);
    })
}

/// Fetches it.
pub(super) fn get(call: &Call<'_>) -> Result<Reply, Trouble> {
    let polls = call.world.report_polls(&call.account.id);
    let waits = call.world.settings.report_polls;
    let not_present = || Call::failure(410, "ReportNotPresent", "No report exists. Call GenerateCredentialReport");
    if waits > 0 && polls == 0 {
        return Err(not_present());
    }
    if polls > 0 && polls <= waits {
        return Err(Call::failure(404, "ReportInProgress", "Report generation is in progress"));
    }
    let report = read(&call.account.iam.credential_report)?.ok_or_else(not_present)?;
    Ok(reply(call, |xml| {
        xml.text("Content", &text::base64(csv(report).as_bytes()));
        xml.text("ReportFormat", "text/csv");
        xml.time("GeneratedTime", report.generated);
    }))
}

/// A column: its name, and its cell in a row (`None` = the report has no such column).
type Column = (&'static str, fn(&CredentialRow) -> Option<Cow<'_, str>>);

/// The columns, by the names and in the order of AWS.
const COLUMNS: &[Column] = &[
    ("user", |row| Some(Cow::Borrowed(&row.user))),
    ("arn", |row| Some(Cow::Borrowed(&row.arn))),
    ("user_creation_time", |row| time(&row.created)),
    ("password_enabled", |row| flag(&row.password_enabled)),
    ("password_last_used", |row| time(&row.password_last_used)),
    ("password_last_changed", |row| time(&row.password_last_changed)),
    ("password_next_rotation", |row| time(&row.password_next_rotation)),
    ("mfa_active", |row| flag(&row.mfa_active)),
    ("access_key_1_active", |row| flag(&row.keys[0].active)),
    ("access_key_1_last_rotated", |row| time(&row.keys[0].last_rotated)),
    ("access_key_1_last_used_date", |row| time(&row.keys[0].last_used)),
    ("access_key_1_last_used_region", |row| word(&row.keys[0].last_used_region)),
    ("access_key_1_last_used_service", |row| word(&row.keys[0].last_used_service)),
    ("access_key_2_active", |row| flag(&row.keys[1].active)),
    ("access_key_2_last_rotated", |row| time(&row.keys[1].last_rotated)),
    ("access_key_2_last_used_date", |row| time(&row.keys[1].last_used)),
    ("access_key_2_last_used_region", |row| word(&row.keys[1].last_used_region)),
    ("access_key_2_last_used_service", |row| word(&row.keys[1].last_used_service)),
    ("cert_1_active", |row| flag(&row.certificates[0].active)),
    ("cert_1_last_rotated", |row| time(&row.certificates[0].last_rotated)),
    ("cert_2_active", |row| flag(&row.certificates[1].active)),
    ("cert_2_last_rotated", |row| time(&row.certificates[1].last_rotated)),
];

/// The report as AWS writes it. A column that no row has is left out; a cell that one row lacks is empty.
fn csv(report: &CredentialReport) -> String {
    let columns: Vec<&Column> = COLUMNS
        .iter()
        .filter(|(_, cell)| report.rows.is_empty() || report.rows.iter().any(|row| cell(row).is_some()))
        .collect();
    let mut text = String::new();
    for (at, (name, _)) in columns.iter().enumerate() {
        text.push_str(if at == 0 { "" } else { "," });
        text.push_str(name);
    }
    for row in &report.rows {
        for (at, (_, cell)) in columns.iter().enumerate() {
            text.push(if at == 0 { '\n' } else { ',' });
            text.push_str(&quoted(&cell(row).unwrap_or_default()));
        }
    }
    text
}

/// A cell, quoted where it must be: a user's name may hold a comma.
fn quoted(cell: &str) -> Cow<'_, str> {
    if cell.contains([',', '"', '\n', '\r']) {
        Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(cell)
    }
}

fn cell<'a, T>(reported: &'a Reported<T>, write: impl FnOnce(&'a T) -> Cow<'a, str>) -> Option<Cow<'a, str>> {
    match reported {
        Reported::Value(value) => Some(write(value)),
        Reported::NotApplicable => Some(Cow::Borrowed("N/A")),
        Reported::NotSupported => Some(Cow::Borrowed("not_supported")),
        Reported::NoInformation => Some(Cow::Borrowed("no_information")),
        Reported::Missing => None,
    }
}

fn flag(reported: &Reported<bool>) -> Option<Cow<'_, str>> {
    cell(reported, |value| Cow::Borrowed(if *value { "true" } else { "false" }))
}

fn word(reported: &Reported<String>) -> Option<Cow<'_, str>> {
    cell(reported, |value| Cow::Borrowed(value))
}

/// The report writes its times with an offset, unlike the rest of IAM.
fn time(reported: &Reported<Timestamp>) -> Option<Cow<'_, str>> {
    cell(reported, |value| Cow::Owned(text::iso(*value).replace('Z', "+00:00")))
}
