//! For a person at a terminal: how bad it is, what is worst, what could not be seen, and what to do first.
//!
//! Names of the account are cleaned before they are laid out, and an ARN is never broken: where it is wider than the
//! terminal it goes over the edge, so that it can be copied whole. The last lines are what stays on the screen, so they
//! say what to do first.

mod accounts;
mod changes;
mod compliance;
mod coverage;
mod excepted;
pub(crate) mod findings;
mod page;
mod since;
pub mod styles;
mod unknown;

use std::io::{self, Write};

use anstyle::Style;
use forewarn_findings::{Protects, Report, RollUp, Severity, Side, Tally, VerdictKind};

use self::findings::Group;
use self::styles::{ALARM, BOLD, DIM, GOOD, WARN, style};
use crate::words;

pub use self::page::{Line, Page};

/// How the text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextOptions {
    /// Columns of the terminal; at least 40 are used.
    pub width: usize,
    /// Whether to use colours. Nothing is said by colour alone.
    pub color: bool,
    /// Adds the evidence of each finding, the facts that were not read and the calls per operation.
    pub verbose: bool,
    /// Cuts no list.
    pub all: bool,
}

/// 80 columns, no colour, long lists cut.
impl Default for TextOptions {
    fn default() -> Self {
        Self { width: 80, color: false, verbose: false, all: false }
    }
}

/// Writes `report` for a person.
///
/// # Errors
/// What `out` says.
pub fn write(report: &Report, options: &TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, options.width, options.color);
    let groups = findings::groups(report);
    summary(&mut page, report)?;
    accounts::write(&mut page, report, options)?;
    findings::write(&mut page, report, &groups, options)?;
    unknown::write(&mut page, report, options)?;
    excepted::write(&mut page, report, options)?;
    since::write(&mut page, report, options)?;
    changes::write(&mut page, report, options)?;
    compliance::write(&mut page, report, options)?;
    coverage::write(&mut page, report, options)?;
    first(&mut page, report, &groups)
}

/// What was assessed, what must be known before anything else, and the counts.
fn summary(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let run = &report.run;
    let accounts = &report.coverage.accounts;
    let assessed = report.coverage.assessed();
    let whom = match (accounts.as_slice(), assessed) {
        ([], _) => "no account".to_owned(),
        ([only], 1) => format!("account {}", only.id),
        (all, seen) if all.len() == seen => words::count(seen, "account"),
        (all, seen) => format!("{seen} of {}", words::count(all.len(), "account")),
    };
    let whole = assessed > 0 && !report.coverage.lacks_accounts();
    let head = Line::default()
        .styled(BOLD, &format!("forewarn {}", run.tool_version))
        .say("·")
        .styled(if whole { Style::new() } else { WARN }, &whom)
        .say(&format!("· as of {} UTC", words::utc(run.instant)));
    page.put(0, &head)?;
    if run.interrupted {
        let line = Line::default().styled(ALARM, "INTERRUPTED");
        page.gap()?;
        page.put(0, &line.say("The run was stopped before it was done: this report is partial."))?;
    }
    let faults = report.coverage.internal_errors.len();
    if faults > 0 {
        let line = Line::default().styled(ALARM, "INTERNAL ERROR");
        let said = words::count(faults, "fault");
        page.gap()?;
        page.put(0, &line.say(&format!("{said} of forewarn itself, named under Coverage. Please report it.")))?;
    }
    page.gap()?;
    counts(page, report)?;
    roll_up(page, report)?;
    excepted::summary(page, report)?;
    since::summary(page, report)?;
    page.gap()?;
    let (observed, places) = report.coverage.observed();
    if places == 0 {
        page.put(2, &Line::default().styled(WARN, "Nothing was asked for, so nothing is known."))
    } else if observed == places {
        page.put(2, &Line::default().styled(GOOD, "Coverage 100 %:").say("all that the checks need was read."))
    } else {
        let line = Line::default().styled(WARN, &format!("Coverage {}:", percent(observed, places)));
        let said = format!(
            "{observed} of {places} facts that the checks need were read. What was not read is unknown, never a pass."
        );
        page.hang(2, 2, &line.say(&said))
    }
}

/// A row for each severity that occurs, a column for each verdict.
fn counts(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    if report.findings.is_empty() {
        return page.put(2, &Line::of("There are no results."));
    }
    let mut head = Line::default().padded(DIM, "", 13);
    for (_, title, width) in COLUMNS {
        head = head.right(DIM, title, width);
    }
    page.put(2, &head)?;
    for severity in Severity::WORST_FIRST {
        let count = |verdict: VerdictKind| report.open(verdict).filter(|finding| finding.severity == severity).count();
        if COLUMNS.iter().all(|(verdict, _, _)| count(*verdict) == 0) {
            continue;
        }
        let mut row = Line::default().padded(style(severity), severity.word(), 13);
        for (verdict, _, width) in COLUMNS {
            let (number, style) = match (count(verdict), verdict) {
                (0, _) => ("-".to_owned(), DIM),
                (number, VerdictKind::Fail) => (number.to_string(), style(severity).bold()),
                (number, VerdictKind::Unknown) => (number.to_string(), WARN),
                (number, _) => (number.to_string(), Style::new()),
            };
            row = row.right(style, &number, width);
        }
        page.put(2, &row)?;
    }
    Ok(())
}

/// The same verdicts by what they protect and by whose side they are on.
fn roll_up(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let all = RollUp::of(report);
    let protects = Protects::ALL.iter().map(|tag| tag.word()).zip(all.protects);
    let sides = Side::ALL.map(|side| if side == Side::Customer { "customer alone" } else { "shared with AWS" });
    let tags = protects.chain(sides.into_iter().zip(all.side));
    let known: Vec<(&str, Tally)> = tags.filter(|(_, tally)| *tally != Tally::default()).collect();
    if known.is_empty() {
        return Ok(());
    }
    page.gap()?;
    for (word, tally) in known {
        let mut row = Line::default().padded(DIM, word, LABEL);
        for ((verdict, _, width), less) in COLUMNS.into_iter().zip([LABEL - 13, 0, 0, 0]) {
            let count = tally.of(verdict);
            let (number, style) = if count == 0 { ("-".to_owned(), DIM) } else { (count.to_string(), Style::new()) };
            row = row.right(style, &number, width - less);
        }
        page.put(2, &row)?;
    }
    Ok(())
}

/// Columns of the longest label of [`roll_up`].
const LABEL: usize = 15;

const COLUMNS: [(VerdictKind, &str, usize); 4] = [
    (VerdictKind::Fail, "fail", 7),
    (VerdictKind::Unknown, "unknown", 9),
    (VerdictKind::Pass, "pass", 7),
    (VerdictKind::NotApplicable, "not applicable", 16),
];

/// Rounded down: 100 % is all of it, and 0 % is none.
fn percent(part: usize, whole: usize) -> String {
    match part.saturating_mul(100).checked_div(whole) {
        Some(0) if part > 0 => "below 1 %".to_owned(),
        Some(share) => format!("{share} %"),
        None => "0 %".to_owned(),
    }
}

/// How many checks the last lines name.
const FIRST: usize = 3;

/// The last lines: what to do first.
fn first(page: &mut Page<'_>, report: &Report, groups: &[Group<'_>]) -> io::Result<()> {
    page.section(Style::new(), "What to do first")?;
    let unknown = report.count(VerdictKind::Unknown);
    if report.run.interrupted {
        page.put(2, &Line::default().styled(WARN, "Run it again to the end:").say("this run was interrupted."))?;
    }
    for (group, number) in groups.iter().zip(1..).take(FIRST) {
        let head = Line::default()
            .say(&format!("{number}."))
            .padded(style(group.severity).bold(), words::tag(group.severity), 8)
            .say(group.title);
        let count = words::count(group.findings.len(), "resource");
        page.hang(2, 14, &head)?;
        page.hang(14, 14, &Line::of(&count).styled(DIM, &format!("· forewarn checks explain {}", group.check)))?;
    }
    if report.findings.is_empty() {
        page.put(2, &Line::of("Nothing was judged: see the coverage for what could not be entered or read."))?;
    } else if groups.is_empty() && unknown == 0 {
        page.put(2, &Line::default().styled(GOOD, "Nothing:").say("no check failed and every question was decided."))?;
    } else if groups.is_empty() {
        let said = format!("No check failed, but {} could not be reached.", words::count(unknown, "verdict"));
        page.put(2, &Line::of(&said))?;
    }
    let lacking = report.coverage.accounts.iter().filter(|account| account.gap.is_some()).count();
    if lacking > 0 {
        let said = format!("{} could not be entered:", words::count(lacking, "account"));
        page.hang(2, 4, &Line::default().styled(WARN, &said).say("the reasons stand under Coverage."))?;
    }
    if unknown > 0 {
        page.put(2, &Line::default().say("To settle what is unknown:").styled(DIM, "forewarn doctor"))?;
    }
    Ok(())
}

/// How many of `total` to list, and how many are left out; a single one is never left out.
fn cut(total: usize, most: usize, options: &TextOptions) -> (usize, usize) {
    if options.all || total <= most + 1 { (total, 0) } else { (most, total - most) }
}

/// The line that stands for what was left out.
fn more(page: &mut Page<'_>, indent: usize, hidden: usize) -> io::Result<()> {
    if hidden == 0 {
        return Ok(());
    }
    page.put(indent, &Line::default().styled(DIM, &format!("… and {hidden} more (-f csv has them all)")))
}

/// `a, b and 3 more`.
fn listed<'a>(names: impl IntoIterator<Item = &'a str>, most: usize, options: &TextOptions) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let (shown, hidden) = cut(names.len(), most, options);
    let text = names.iter().take(shown).copied().collect::<Vec<_>>().join(", ");
    if hidden > 0 { format!("{text} and {hidden} more") } else { text }
}

#[cfg(test)]
mod tests;
