//! What somebody accepted: it fails no run, and it is never hidden.

use std::cmp::Reverse;
use std::io;

use anstyle::Style;
use forewarn_findings::{Exception, Finding, Report, VerdictKind};

use super::page::{Line, Page};
use super::styles::{BOLD, DIM, WARN, style};
use super::{TextOptions, cut, more};
use crate::words;

/// Lines of the list.
const MOST: usize = 5;
/// An exception that ends within so many days is said louder.
const SOON: i64 = 14;

/// A line in the summary.
pub(super) fn summary(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let count = report.excepted().count();
    if count == 0 {
        return Ok(());
    }
    page.gap()?;
    let line = Line::default().styled(BOLD, &format!("{} excepted:", words::count(count, "finding")));
    page.hang(2, 4, &line.say("accepted by an owner, counted nowhere else, listed under Excepted."))
}

/// Every accepted finding with its owner.
pub(super) fn write(page: &mut Page<'_>, report: &Report, options: &TextOptions) -> io::Result<()> {
    let mut all: Vec<(&Finding, &Exception)> = report.excepted().collect();
    if all.is_empty() {
        return Ok(());
    }
    all.sort_by_key(|(finding, exception)| (Reverse(finding.severity), exception.expires));
    page.section(Style::new(), &format!("Excepted: {}", words::count(all.len(), "finding")))?;
    let (shown, hidden) = cut(all.len(), MOST, options);
    for (finding, exception) in all.iter().take(shown) {
        let unknown = if finding.verdict == VerdictKind::Unknown { "unknown, " } else { "" };
        let line = Line::default()
            .padded(style(finding.severity), words::tag(finding.severity), 9)
            .styled(BOLD, &finding.resource.arn)
            .styled(DIM, &format!("({unknown}{})", finding.check));
        page.hang(2, 12, &line)?;
        let left = exception.days_left(report.run.instant);
        let until = format!("until {}, {} left:", exception.expires, words::days(left));
        let line = Line::default()
            .styled(DIM, &exception.id)
            .say("by")
            .say(&exception.owner)
            .styled(if left <= SOON { WARN } else { Style::new() }, &until)
            .say(&exception.reason);
        page.hang(12, 14, &line)?;
    }
    more(page, 2, hidden)
}
