//! Comma-separated values (RFC 4180) for spreadsheets and auditors: a header, then one row per result. An account that was asked
//! for and could not be entered is a row too, unknown and with the reason.
//!
//! Rows end in CR LF, cells are quoted where they must be, the text is UTF-8 without a byte-order mark. Every cell is
//! one line: control characters, line breaks and bidirectional marks are written out as `\n`, `\t` or `\u{202e}`.
//!
//! **Spreadsheet traps.** `=cmd` is a legal name of an IAM user, and a spreadsheet would run it. A cell in which
//! `=`, `+`, `-` or `@` (or a full-width or small form of one) comes first, or first after spaces and quotes, gets one
//! apostrophe in front; so does what follows a `;`, because a spreadsheet of some countries splits there. To get the
//! value back, take one apostrophe away where one stands before such a beginning: no other cell begins so.
//!
//! `account_ref` is `acct-012345678901`, which keeps its zero; times are `2026-11-24 06:12:00`, always UTC. A cell is
//! cut at 32 000 characters, just below what a spreadsheet can hold, and says so.
//!
//! A finding that somebody accepted keeps its verdict and has an `exception_id`: to see what is to be done, filter by
//! `fail` and an empty `exception_id`.

mod rows;

use std::borrow::Cow;
use std::io::{self, Write};

use forewarn_findings::{CheckCard, EvidenceRole, Exception, Finding, Report, VerdictKind};

use crate::inert::{inert, one_line};
use crate::{unseen, words};

pub use self::rows::Rows;

/// The header row.
pub const COLUMNS: [&str; 25] = [
    "check",
    "title",
    "severity",
    "verdict",
    "account_id",
    "account_ref",
    "region",
    "resource_arn",
    "reason",
    "witness",
    "unless",
    "evidence",
    "remediation",
    "as_of_utc",
    "assessed_at_utc",
    "fingerprint",
    "run_id",
    "tool_version",
    "change",
    "exception_id",
    "exception_owner",
    "exception_reason",
    "exception_expires",
    "first_seen_utc",
    "days_open",
];

/// Characters of a cell; Excel holds 32 767.
const MOST: usize = 32_000;

/// Writes every result of `report`, passes too; the accounts that could not be entered come first.
///
/// # Errors
/// What `out` says.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(out);
    rows.write_record(COLUMNS)?;
    let assessed_at = words::utc(report.run.instant);
    let (unseen, card) = (unseen::findings(report), unseen::card());
    let of_accounts = unseen.iter().map(|finding| (finding, Some(&card)));
    let judged = report.findings.iter().map(|finding| (finding, report.checks.get(&*finding.check)));
    for (finding, card) in of_accounts.chain(judged) {
        for value in values(report, finding, card, &assessed_at) {
            rows.write_field(&*cell(&value))?;
        }
        rows.write_record(None::<&[u8]>)?;
    }
    rows.flush()
}

/// The values of a row, in the order of [`COLUMNS`].
fn values(report: &Report, finding: &Finding, card: Option<&CheckCard>, assessed_at: &str) -> [String; COLUMNS.len()] {
    let excepted = |part: fn(&Exception) -> String| finding.exception.as_deref().map(part).unwrap_or_default();
    let open = matches!(finding.verdict, VerdictKind::Fail | VerdictKind::Unknown);
    [
        finding.check.to_string(),
        card.map(|card| card.title.clone()).unwrap_or_default(),
        finding.severity.word().to_owned(),
        words::verdict(finding.verdict).to_owned(),
        finding.resource.account.clone(),
        format!("acct-{}", finding.resource.account),
        finding.resource.region.clone().unwrap_or_default(),
        finding.resource.arn.clone(),
        finding.grounds.reason.to_string(),
        finding.grounds.witness.as_ref().map(words::witness).unwrap_or_default(),
        words::unless(&finding.grounds.unless).unwrap_or_default(),
        evidence(finding),
        card.filter(|_| open).map(|card| one_line(&card.fix)).unwrap_or_default(),
        finding.grounds.as_of.map(words::utc).unwrap_or_default(),
        assessed_at.to_owned(),
        finding.fingerprint.to_string(),
        report.run.id.clone(),
        report.run.tool_version.clone(),
        finding.change.map(words::change).unwrap_or_default().to_owned(),
        excepted(|exception| exception.id.clone()),
        excepted(|exception| exception.owner.clone()),
        excepted(|exception| exception.reason.clone()),
        excepted(|exception| exception.expires.to_string()),
        finding.first_seen().map(words::utc).unwrap_or_default(),
        finding.days_open(report.run.instant).map(|days| days.to_string()).unwrap_or_default(),
    ]
}

/// Where it is seen: resource, pointer and what stands there means, one after the other.
fn evidence(finding: &Finding) -> String {
    let seen = finding.grounds.evidence.iter().map(|evidence| {
        let context = if evidence.role == EvidenceRole::Related { " (context)" } else { "" };
        format!("{} {}: {}{context}", evidence.resource, evidence.pointer, evidence.note)
    });
    seen.collect::<Vec<_>>().join(" | ")
}

/// A value as a cell that shows what it is and does nothing.
pub(crate) fn cell(value: &str) -> Cow<'_, str> {
    let shown = inert(value);
    if shown.len() <= MOST && (begins_plainly(&shown) || !shown.split(';').any(starts_a_formula)) {
        return shown;
    }
    cut(shown.split(';').map(neutralised).collect::<Vec<_>>().join(";").into())
}

/// A value as the text of a cell that nobody calculates.
pub(crate) fn text(value: &str) -> Cow<'_, str> {
    let shown = inert(value);
    if shown.len() <= MOST { shown } else { cut(shown) }
}

/// What a spreadsheet can hold of it.
fn cut(shown: Cow<'_, str>) -> Cow<'_, str> {
    match shown.char_indices().nth(MOST) {
        None => shown,
        Some((end, _)) => {
            format!("{} … (cut; the json format has it whole)", shown.get(..end).unwrap_or_default()).into()
        }
    }
}

/// Whether it is a single part that begins as most values do.
fn begins_plainly(shown: &str) -> bool {
    shown.bytes().next().is_none_or(|first| first.is_ascii_alphanumeric()) && !shown.contains(';')
}

fn neutralised(part: &str) -> String {
    if starts_a_formula(part) { format!("'{part}") } else { part.to_owned() }
}

/// Whether a spreadsheet might calculate it: what comes first after spaces and quotes decides.
fn starts_a_formula(part: &str) -> bool {
    let first = part.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '’' | '“' | '”'));
    first.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫', '−'])
}

#[cfg(test)]
mod tests;
