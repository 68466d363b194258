//! What was asked for and what was seen.

use std::collections::BTreeMap;
use std::io;

use anstyle::Style;
use forewarn_findings::{Coverage, Gap, RegionStatus, Report};

use super::page::{Line, Page};
use super::styles::{BOLD, DIM, WARN};
use super::{TextOptions, cut, listed, more, percent};
use crate::words;

/// Where the text of a row begins, behind its label.
const TEXT: usize = 16;
/// Lines of a row.
const MOST: usize = 10;

pub(super) fn write(page: &mut Page<'_>, report: &Report, options: &TextOptions) -> io::Result<()> {
    page.section(Style::new(), "Coverage")?;
    let coverage = &report.coverage;
    accounts(page, coverage, options)?;
    facts(page, coverage, options)?;
    gaps(page, coverage, options)?;
    regions(page, coverage, options)?;
    unassessed(page, coverage)?;
    calls(page, report, options)?;
    if let Some(caller) = report.run.caller_arn.as_deref().filter(|_| options.verbose) {
        row(page, "Asked by", Line::of(caller))?;
    }
    if options.verbose {
        row(page, "Run", Line::of(&report.run.id))?;
    }
    let mut label = "Own faults";
    for fault in &coverage.internal_errors {
        row(page, label, Line::default().styled(WARN, fault))?;
        label = "";
    }
    Ok(())
}

fn row(page: &mut Page<'_>, label: &str, line: Line) -> io::Result<()> {
    page.hang(2, TEXT + 2, &Line::default().padded(BOLD, label, TEXT - 3).then(line))
}

/// A further line of the row above.
fn further(page: &mut Page<'_>, line: &Line) -> io::Result<()> {
    page.hang(TEXT, TEXT + 2, line)
}

fn accounts(page: &mut Page<'_>, coverage: &Coverage, options: &TextOptions) -> io::Result<()> {
    let all = &coverage.accounts;
    let out: Vec<(&str, &Gap)> =
        all.iter().filter_map(|account| Some((account.id.as_str(), account.gap.as_ref()?))).collect();
    let assessed = coverage.assessed();
    let mut line = if assessed == all.len() {
        Line::of(&format!("{assessed} assessed"))
    } else {
        Line::of(&format!("{assessed} of {} assessed", all.len()))
    };
    if !out.is_empty() {
        line = line.say("·").styled(WARN, &format!("{} could not be entered", out.len()));
    }
    row(page, "Accounts", line)?;
    for gap in &coverage.unlisted {
        further(page, &Line::default().styled(WARN, "there may be more:").say(&gap.to_string()))?;
    }
    let (shown, hidden) = cut(out.len(), MOST, options);
    for (id, gap) in out.iter().take(shown) {
        further(page, &Line::default().styled(BOLD, id).say(&gap.to_string()))?;
    }
    more(page, TEXT, hidden)?;
    let closed: Vec<(&str, &str)> =
        all.iter().filter_map(|account| Some((account.id.as_str(), account.not_applicable.as_deref()?))).collect();
    let (shown, hidden) = cut(closed.len(), MOST, options);
    for (id, reason) in closed.iter().take(shown) {
        further(page, &Line::default().styled(BOLD, id).say("not applicable:").say(reason))?;
    }
    more(page, TEXT, hidden)
}

fn facts(page: &mut Page<'_>, coverage: &Coverage, options: &TextOptions) -> io::Result<()> {
    let (observed, places) = coverage.observed();
    row(page, "Facts", Line::of(&format!("{observed} of {places} read ({})", percent(observed, places))))?;
    if options.verbose {
        for fact in coverage.facts.iter().filter(|fact| fact.observed < fact.places) {
            let said = format!("{} {} of {}", fact.fact.operation(), fact.observed, fact.places);
            further(page, &Line::of(&said))?;
        }
    }
    Ok(())
}

fn gaps(page: &mut Page<'_>, coverage: &Coverage, options: &TextOptions) -> io::Result<()> {
    let mut gaps: Vec<_> = coverage.gaps.iter().collect();
    gaps.sort_by_key(|gap| std::cmp::Reverse(gap.count));
    let (shown, hidden) = cut(gaps.len(), MOST, options);
    for (index, gap) in gaps.iter().take(shown).enumerate() {
        let times = words::count(gap.count, "time");
        let accounts = match gap.accounts.len() {
            0 => String::new(),
            number => format!(" in {}", words::count(number, "account")),
        };
        let line = Line::of(&gap.operation).styled(WARN, gap.cause.words()).styled(DIM, &format!("{times}{accounts}"));
        if index == 0 {
            row(page, "Not read", line)?;
        } else {
            further(page, &line)?;
        }
        if options.verbose && !gap.checks.is_empty() {
            let checks = listed(gap.checks.iter().map(String::as_str), usize::MAX - 1, options);
            page.hang(TEXT + 2, TEXT + 4, &Line::default().styled(DIM, "needed by").say(&checks))?;
        }
    }
    more(page, TEXT, hidden)
}

fn regions(page: &mut Page<'_>, coverage: &Coverage, options: &TextOptions) -> io::Result<()> {
    let entered = coverage.assessed();
    let mut by_status: BTreeMap<RegionStatus, BTreeMap<&str, usize>> = BTreeMap::new();
    for account in &coverage.accounts {
        for (region, status) in &account.regions {
            *by_status.entry(*status).or_default().entry(region).or_default() += 1;
        }
    }
    let mut label = "Regions";
    for (status, regions) in &by_status {
        let said = match status {
            RegionStatus::Assessed => "looked at",
            RegionStatus::NotOptedIn => "not opted in",
            RegionStatus::NotSelected => "left out",
        };
        let names: Vec<String> = regions
            .iter()
            .map(|(region, accounts)| match *accounts {
                all if all == entered => (*region).to_owned(),
                some => format!("{region} ({some} of {entered} accounts)"),
            })
            .collect();
        let names = listed(names.iter().map(String::as_str), 24, options);
        let line = Line::of(&format!("{} {said}:", regions.len())).styled(DIM, &names);
        row(page, label, line)?;
        label = "";
    }
    Ok(())
}

fn unassessed(page: &mut Page<'_>, coverage: &Coverage) -> io::Result<()> {
    let mut families: BTreeMap<&str, usize> = BTreeMap::new();
    for (family, seen) in coverage.accounts.iter().flat_map(|account| &account.unassessed) {
        *families.entry(family).or_default() += seen;
    }
    let mut label = "Not assessed";
    for (family, seen) in families {
        row(page, label, Line::of(family).say(&format!("({seen} seen)")))?;
        label = "";
    }
    Ok(())
}

fn calls(page: &mut Page<'_>, report: &Report, options: &TextOptions) -> io::Result<()> {
    let calls = &report.run.calls;
    if calls.is_empty() {
        return Ok(());
    }
    let (sent, failed, throttled) = calls.values().fold((0u64, 0u64, 0u64), |(sent, failed, throttled), calls| {
        (
            sent.saturating_add(calls.sent),
            failed.saturating_add(calls.failed),
            throttled.saturating_add(calls.throttled),
        )
    });
    row(page, "Calls", Line::of(&format!("{sent} sent, {failed} failed, {throttled} throttled")))?;
    if options.verbose {
        let widest = calls.keys().map(String::len).max().unwrap_or(0).min(48);
        let mut head = Line::default().padded(DIM, "operation", widest);
        for title in ["sent", "failed", "throttled"] {
            head = head.right(DIM, title, 9);
        }
        page.put(4, &head)?;
        for (operation, calls) in calls {
            let mut line = Line::default().padded(Style::new(), operation, widest);
            for number in [calls.sent, calls.failed, calls.throttled] {
                line = line.right(Style::new(), &number.to_string(), 9);
            }
            page.put(4, &line)?;
        }
    }
    Ok(())
}
