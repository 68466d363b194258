//! Where there are several accounts: what is wrong in each, the worst first.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;

use anstyle::Style;
use forewarn_findings::{AccountCoverage, Report, Severity, VerdictKind};

use super::page::{Line, Page};
use super::styles::{BOLD, DIM, WARN, style};
use super::{TextOptions, cut};

/// Accounts that are listed.
const MOST: usize = 12;
/// Columns of the id and as much of the name as fits.
const WHO: usize = 31;
/// Columns of an id, and the blank behind it.
const ID: usize = 13;
/// Columns of a number.
const NUMBER: usize = 8;
/// What is counted apart; what is informational is left to the totals.
const SEVERITIES: [Severity; 4] = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];

/// What was found in one account: fails by severity, the worst first, and what is unknown.
type Counts = ([usize; SEVERITIES.len()], usize);

pub(super) fn write(page: &mut Page<'_>, report: &Report, options: &TextOptions) -> io::Result<()> {
    if report.coverage.accounts.len() < 2 {
        return Ok(());
    }
    let counted = counted(report);
    let mut rows: Vec<(&AccountCoverage, Counts)> = report
        .coverage
        .accounts
        .iter()
        .map(|account| (account, counted.get(account.id.as_str()).copied().unwrap_or_default()))
        .collect();
    // What nobody could look into stands before what is bad, and what is of no concern behind it.
    rows.sort_by_key(|(account, counts)| (account.gap.is_none(), account.not_applicable.is_some(), Reverse(*counts)));
    page.section(Style::new(), "Accounts")?;
    let wide = page.width() >= 2 + WHO + (SEVERITIES.len() + 1) * (NUMBER + 1);
    let head = SEVERITIES
        .iter()
        .fold(Line::default().padded(DIM, "", WHO), |line, severity| line.right(DIM, severity.word(), NUMBER));
    if wide {
        page.put(2, &head.right(DIM, "unknown", NUMBER))?;
    }
    let (shown, hidden) = cut(rows.len(), MOST, options);
    for (account, counts) in rows.into_iter().take(shown) {
        page.hang(2, 4, &row(account, counts, wide))?;
    }
    if hidden > 0 {
        page.put(2, &Line::default().styled(DIM, &format!("… and {hidden} more (--all lists them)")))?;
    }
    Ok(())
}

fn counted(report: &Report) -> BTreeMap<&str, Counts> {
    let mut counted: BTreeMap<&str, Counts> = BTreeMap::new();
    for finding in &report.findings {
        let (fails, unknown) = counted.entry(&finding.resource.account).or_default();
        match finding.verdict {
            _ if finding.is_excepted() => {}
            VerdictKind::Fail => {
                let places = SEVERITIES.iter().zip(fails);
                places.filter(|(severity, _)| **severity == finding.severity).for_each(|(_, count)| *count += 1);
            }
            VerdictKind::Unknown => *unknown += 1,
            VerdictKind::Pass | VerdictKind::NotApplicable => {}
        }
    }
    counted
}

/// One account; where the page is narrow without columns.
fn row(account: &AccountCoverage, (fails, unknown): Counts, wide: bool) -> Line {
    let name: String = account.name.iter().flat_map(|name| name.chars()).take(WHO - ID).collect();
    let line = Line::default().styled(BOLD, &account.id);
    let line = if wide { line.padded(Style::new(), &name, WHO - ID) } else { line.say(&name) };
    if let Some(gap) = &account.gap {
        return line.styled(WARN, &format!("not assessed: {} {}", gap.operation, gap.cause.words()));
    }
    if let Some(reason) = &account.not_applicable {
        return line.styled(DIM, &format!("not applicable: {reason}"));
    }
    let styled = |severity: &Severity| style(*severity).bold();
    let words = SEVERITIES.iter().map(|severity| severity.word()).chain(["unknown"]);
    let cells = SEVERITIES.iter().map(styled).zip(fails).chain([(WARN, unknown)]).zip(words);
    cells.fold(line, |line, ((style, number), word)| match (number, wide) {
        (0, true) => line.right(DIM, "-", NUMBER),
        (0, false) => line,
        (number, true) => line.right(style, &number.to_string(), NUMBER),
        (number, false) => line.styled(style, &format!("{number} {word}")),
    })
}
