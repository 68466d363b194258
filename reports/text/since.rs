//! What changed since the earlier run.

use std::io;

use anstyle::Style;
use forewarn_findings::{Change, Earlier, Report, VerdictKind};

use super::page::{Line, Page};
use super::styles::{BOLD, DIM, GOOD, WARN, style};
use super::{TextOptions, cut};
use crate::words;

/// Lines of a list.
const MOST: usize = 5;

/// One line in the summary: what is new, what is as it was, what is gone.
pub(super) fn summary(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let Some(since) = &report.since else { return Ok(()) };
    let count = |change: Change| {
        let these = |finding: &&_| is(finding, change);
        report.findings.iter().filter(these).count()
    };
    let new = count(Change::New);
    let mut line = Line::default()
        .styled(BOLD, &format!("Since {} UTC:", words::utc(since.instant)))
        .styled(if new > 0 { WARN } else { Style::new() }, &format!("{new} new,"));
    let changed = count(Change::Changed);
    if changed > 0 {
        line = line.styled(WARN, &format!("{changed} on other evidence,"));
    }
    line = line.say(&format!("{} as before,", count(Change::Unchanged)));
    let gone = since.gone.len();
    let end = if since.unassessed.is_empty() { "." } else { "," };
    line = line.styled(if gone > 0 { GOOD } else { Style::new() }, &format!("{gone} gone{end}"));
    if !since.unassessed.is_empty() {
        line = line.styled(WARN, &format!("{} could not be assessed this time.", since.unassessed.len()));
    }
    page.gap()?;
    page.hang(2, 4, &line)
}

fn is(finding: &forewarn_findings::Finding, change: Change) -> bool {
    finding.verdict == VerdictKind::Fail && !finding.is_excepted() && finding.change == Some(change)
}

/// What is gone, and what nobody knows of any more.
pub(super) fn write(page: &mut Page<'_>, report: &Report, options: &TextOptions) -> io::Result<()> {
    let Some(since) = &report.since else { return Ok(()) };
    let titles = [("Gone", GOOD, &since.gone), ("Failed before and not assessed this time", WARN, &since.unassessed)];
    for (title, color, all) in titles {
        if all.is_empty() {
            continue;
        }
        page.section(color, &format!("{title}: {}", words::count(all.len(), "finding")))?;
        let (shown, hidden) = cut(all.len(), MOST, options);
        for earlier in all.iter().take(shown) {
            page.hang(2, 14, &line(earlier))?;
        }
        if hidden > 0 {
            page.put(2, &Line::default().styled(DIM, &format!("… and {hidden} more (-f json has them all)")))?;
        }
    }
    Ok(())
}

fn line(earlier: &Earlier) -> Line {
    Line::default()
        .padded(style(earlier.severity), words::tag(earlier.severity), 11)
        .styled(BOLD, &earlier.resource.arn)
        .styled(DIM, &format!("({})", earlier.check))
}
