//! Markdown as GitHub and GitLab read it, for a comment on a pull request or the summary of a job.
//!
//! What decides comes first: the verdict, the counts, what to fix first. A comment holds 65 536 characters, so the details
//! stop well before, and what is left out is counted. Whatever was read from the account stands in a code span, in which
//! nothing is a link, a mention, an image or markup; only plain words of ours do not.

pub(crate) mod escape;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use forewarn_findings::{Change, Finding, Report, Severity, VerdictKind};

pub use self::escape::{code, said};
use crate::text::findings::{Group, groups, news};
use crate::{unseen, words};

/// Characters of the details at most; with the rest it fits into one comment.
const ROOM: usize = 40_000;

/// Checks that are named first.
const FIRST: usize = 10;

/// Resources that a check lists.
const LISTED: usize = 10;

/// Writes `report`.
///
/// # Errors
/// What `out` says.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let groups = groups(report);
    let mut page = String::new();
    summary(&mut page, report);
    first(&mut page, report, &groups);
    let mut room = ROOM;
    if !groups.is_empty() {
        line(&mut page, "\n## What failed\n");
    }
    for group in &groups {
        let details = details(group);
        match room.checked_sub(details.len()) {
            Some(left) => {
                page.push_str(&details);
                room = left;
            }
            None => {
                line(&mut page, &format!("- {} (details cut; the html format has them)", head(group)));
            }
        }
    }
    undecided(&mut page, report);
    since(&mut page, report);
    coverage(&mut page, report);
    out.write_all(page.as_bytes())
}

fn line(page: &mut String, text: &str) {
    page.push_str(text);
    page.push('\n');
}

/// The verdict in a line, and the counts.
fn summary(page: &mut String, report: &Report) {
    let count = |verdict| report.count(verdict);
    let verdict = match (count(VerdictKind::Fail), count(VerdictKind::Unknown)) {
        _ if report.findings.is_empty() => "nothing was judged".to_owned(),
        (0, 0) => "no check failed, and every question was decided".to_owned(),
        (0, unknown) => format!("no check failed, {} unknown", words::count(unknown, "verdict")),
        (fail, 0) => words::count(fail, "finding"),
        (fail, unknown) => format!("{}, {} unknown", words::count(fail, "finding"), words::count(unknown, "verdict")),
    };
    line(page, &format!("# forewarn: {verdict}\n"));
    let assessed = report.coverage.assessed();
    let asked = report.coverage.accounts.len();
    let (seen, places) = report.coverage.observed();
    let mut facts =
        format!("{assessed} of {} · as of {} UTC", words::count(asked, "account"), words::utc(report.run.instant));
    if places > 0 {
        let _ = write!(facts, " · {seen} of {places} facts read");
    }
    line(page, &facts);
    if report.run.interrupted {
        line(page, "\n> **Interrupted**: the run was stopped before it was done, so this is partial.");
    }
    if !report.coverage.internal_errors.is_empty() {
        line(page, "\n> **Internal error** of forewarn itself: see the coverage.");
    }
    if report.findings.is_empty() {
        return;
    }
    line(page, "\n| severity | fail | unknown | pass | not applicable |\n|---|---:|---:|---:|---:|");
    for severity in Severity::WORST_FIRST {
        let mut by: BTreeMap<VerdictKind, usize> = BTreeMap::new();
        for finding in report.findings.iter().filter(|finding| finding.severity == severity && !finding.is_excepted()) {
            *by.entry(finding.verdict).or_default() += 1;
        }
        if by.is_empty() {
            continue;
        }
        let number = |verdict| by.get(&verdict).map_or_else(|| "–".to_owned(), ToString::to_string);
        line(
            page,
            &format!(
                "| {} | {} | {} | {} | {} |",
                severity.word(),
                number(VerdictKind::Fail),
                number(VerdictKind::Unknown),
                number(VerdictKind::Pass),
                number(VerdictKind::NotApplicable)
            ),
        );
    }
}

/// What to do first.
fn first(page: &mut String, report: &Report, groups: &[Group<'_>]) {
    if groups.is_empty() {
        return;
    }
    line(page, "\n## Fix first\n");
    for (group, number) in groups.iter().zip(1..).take(FIRST) {
        let fix = if group.remedy.is_empty() { String::new() } else { format!(" {}", said(&group.remedy)) };
        line(page, &format!("{number}. {}.{fix}", head(group)));
    }
    if groups.len() > FIRST {
        line(page, &format!("\n{} more below.", words::count(groups.len() - FIRST, "check")));
    }
    if report.since.is_some() {
        let new: usize = groups.iter().map(news).sum();
        line(page, &format!("\n{} new or on other evidence since the earlier run.", words::count(new, "finding")));
    }
}

/// Severity, title, id and how many.
fn head(group: &Group<'_>) -> String {
    let count = words::count(group.findings.len(), "resource");
    format!("**{}** {} ({}, {count})", words::tag(group.severity), said(group.title), code(group.check))
}

/// A check with the resources that failed it.
fn details(group: &Group<'_>) -> String {
    let mut text = String::new();
    // Closed but for what is open now: a summary is read from the top.
    let open = if group.severity >= Severity::High { " open" } else { "" };
    let count = words::count(group.findings.len(), "resource");
    let title = escape::html(group.title);
    line(
        &mut text,
        &format!("<details{open}><summary><b>{}</b> {title} · {count}</summary>\n", words::tag(group.severity)),
    );
    for finding in group.findings.iter().take(LISTED) {
        one(&mut text, finding);
    }
    if let Some(more) = group.findings.len().checked_sub(LISTED).filter(|more| *more > 0) {
        line(&mut text, &format!("- … and {more} more (the csv format has them all)"));
    }
    line(&mut text, "\n</details>\n");
    text
}

fn one(text: &mut String, finding: &Finding) {
    let change = match finding.change {
        Some(Change::New) => "**new** ",
        Some(Change::Changed) => "**changed** ",
        Some(Change::Unchanged) | None => "",
    };
    let reason =
        if finding.grounds.reason.is_empty() { String::new() } else { format!(": {}", said(&finding.grounds.reason)) };
    line(text, &format!("- {change}{}{reason}", code(&words::resource(&finding.resource))));
    if let Some(witness) = &finding.grounds.witness {
        line(text, &format!("  - proof: {}", said(&words::witness(witness))));
    }
    if let Some(unless) = words::unless(&finding.grounds.unless) {
        line(text, &format!("  - unless {}", said(&unless)));
    }
    if let Some(as_of) = finding.grounds.as_of {
        line(text, &format!("  - as of AWS's report of {} UTC", words::utc(as_of)));
    }
}

/// What could not be decided, by check.
fn undecided(page: &mut String, report: &Report) {
    let mut by: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in report.open(VerdictKind::Unknown) {
        by.entry(&finding.check).or_default().push(finding);
    }
    if by.is_empty() {
        return;
    }
    line(page, "\n## Unknown\n\nWhat could not be read or decided is unknown, never a pass.\n");
    for (check, findings) in by {
        let reason = findings.first().map(|first| said(&first.grounds.reason).into_owned()).unwrap_or_default();
        line(page, &format!("- {}: {}, such as {reason}", code(check), words::count(findings.len(), "verdict")));
    }
}

/// What an earlier run had.
fn since(page: &mut String, report: &Report) {
    let Some(since) = &report.since else { return };
    line(page, &format!("\n## Since {} UTC\n", words::utc(since.instant)));
    line(page, &format!("- gone: {}", words::count(since.gone.len(), "finding")));
    line(page, &format!("- not assessed this time: {}", words::count(since.unassessed.len(), "finding")));
}

/// What nobody could look into.
fn coverage(page: &mut String, report: &Report) {
    let unseen = unseen::findings(report);
    let coverage = &report.coverage;
    if unseen.is_empty() && coverage.gaps.is_empty() && coverage.internal_errors.is_empty() {
        return;
    }
    line(page, "\n## Not seen\n");
    let (shown, hidden) = (unseen.iter().take(LISTED), unseen.len().saturating_sub(LISTED));
    for finding in shown {
        line(page, &format!("- account {}: {}", code(&finding.resource.account), said(&finding.grounds.reason)));
    }
    if hidden > 0 {
        line(page, &format!("- … and {} more", words::count(hidden, "account")));
    }
    for gap in &coverage.gaps {
        let what = format!("{} {}", gap.operation, gap.cause.words());
        line(page, &format!("- {}: {}", code(&what), words::count(gap.count, "time")));
    }
    for fault in &coverage.internal_errors {
        line(page, &format!("- internal error: {}", code(fault)));
    }
}

#[cfg(test)]
mod tests;
