//! What could not be decided: grouped by cause, then by the read that failed, or by the doubt of the policy engine.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

use anstyle::Style;
use forewarn_findings::{Cause, Finding, Report, Severity, VerdictKind};

use super::page::{Line, Page};
use super::styles::{BOLD, DIM, WARN, style};
use super::{TextOptions, cut, listed, more};
use crate::words;

/// Reads and doubts that a cause lists.
const MOST: usize = 8;
/// Resources and messages that one of them names.
const NAMES: usize = 3;
/// Checks that one of them names.
const CHECKS: usize = 8;

/// The cause of the failed reads; `None` = the policy engine was in doubt.
type Blocker = Option<Cause>;

/// Verdicts that are unknown for the same reason.
#[derive(Default)]
struct Group<'a> {
    findings: usize,
    worst: Option<Severity>,
    checks: BTreeSet<&'a str>,
    on: BTreeSet<&'a str>,
    said: BTreeSet<&'a str>,
}

impl<'a> Group<'a> {
    fn count(&mut self, finding: &'a Finding) {
        self.findings += 1;
        self.worst = self.worst.max(Some(finding.severity));
        self.checks.insert(&finding.check);
    }

    fn rank(&self) -> (Option<Severity>, usize) {
        (self.worst, self.findings)
    }
}

/// The groups by operation, or by the code of the doubt; the worst first.
type Groups<'a> = Vec<(&'a str, Group<'a>)>;

/// Worst cause first.
fn groups(report: &Report) -> Vec<(Blocker, Groups<'_>)> {
    let mut groups: BTreeMap<Blocker, BTreeMap<&str, Group<'_>>> = BTreeMap::new();
    for finding in report.open(VerdictKind::Unknown) {
        let mut keys: BTreeSet<(Blocker, &str)> = BTreeSet::new();
        for reason in &finding.grounds.unknown_because {
            let (key, on, said) = if let Some(gap) = &reason.gap {
                ((Some(gap.cause), gap.operation.as_str()), gap.resource.as_deref(), gap.detail.as_deref())
            } else {
                let on = Some(finding.resource.arn.as_str());
                ((None, reason.code.as_str()), on, Some(reason.message.as_str()))
            };
            let group = groups.entry(key.0).or_default().entry(key.1).or_default();
            group.on.extend(on);
            group.said.extend(said);
            keys.insert(key);
        }
        if keys.is_empty() {
            keys.insert((None, "no_reason_given"));
        }
        for (blocker, name) in keys {
            groups.entry(blocker).or_default().entry(name).or_default().count(finding);
        }
    }
    let mut ranked: Vec<(Blocker, Groups<'_>)> = groups
        .into_iter()
        .map(|(blocker, groups)| {
            let mut groups: Groups<'_> = groups.into_iter().collect();
            groups.sort_by_key(|(_, group)| Reverse(group.rank()));
            (blocker, groups)
        })
        .collect();
    ranked.sort_by_key(|(_, groups)| Reverse(groups.iter().map(|(_, group)| group.rank()).max()));
    ranked
}

pub(super) fn write(page: &mut Page<'_>, report: &Report, options: &TextOptions) -> io::Result<()> {
    let groups = groups(report);
    if groups.is_empty() {
        return Ok(());
    }
    let verdicts = words::count(report.count(VerdictKind::Unknown), "verdict");
    page.section(Style::new(), &format!("Unknown: {verdicts} could not be reached"))?;
    for (index, (blocker, groups)) in groups.iter().enumerate() {
        if index > 0 {
            page.gap()?;
        }
        let name = blocker.map_or("in doubt", Cause::words).to_uppercase();
        page.hang(2, 4, &Line::default().styled(WARN, &format!("{name}:")).say(advice(*blocker)))?;
        let (shown, hidden) = cut(groups.len(), MOST, options);
        for (name, group) in groups.iter().take(shown) {
            write_group(page, *blocker, name, group, options)?;
        }
        more(page, 4, hidden)?;
    }
    Ok(())
}

/// What a person can do about a cause.
fn advice(blocker: Blocker) -> &'static str {
    match blocker {
        None => "what was read does not settle it",
        Some(Cause::Denied) => "`forewarn permissions` prints the policy that an audit needs",
        Some(Cause::Throttled | Cause::TimedOut | Cause::Failed) => "another run may get through",
        Some(Cause::Malformed) => "the answer could not be understood",
        Some(Cause::Unsupported) => "the service or region does not know the operation",
        Some(Cause::NotAsked) => "the snapshot does not hold it",
        Some(Cause::Interrupted) => "the run was stopped before",
        Some(Cause::OutOfBudget) => "the budget of calls or time was used up",
        Some(Cause::KnownAfterApply) => "the value exists only after the change",
    }
}

fn write_group(
    page: &mut Page<'_>,
    blocker: Blocker,
    name: &str,
    group: &Group<'_>,
    options: &TextOptions,
) -> io::Result<()> {
    let count = words::count(group.findings, "verdict");
    let mut head = Line::default().styled(BOLD, name).styled(DIM, &format!("· {count}, up to"));
    if let Some(worst) = group.worst {
        head = head.styled(style(worst), worst.word());
    }
    page.hang(4, 6, &head)?;
    let list = |label: &str, names: &BTreeSet<&str>, most| {
        Line::default().styled(DIM, label).say(&listed(names.iter().copied(), most, options))
    };
    let verb = if blocker.is_some() { "disables" } else { "leaves open" };
    page.hang(6, 8, &list(verb, &group.checks, CHECKS))?;
    if !group.on.is_empty() {
        page.hang(6, 8, &list("on", &group.on, NAMES))?;
    }
    if !group.said.is_empty() {
        page.hang(6, 8, &list(if blocker.is_some() { "AWS said" } else { "because" }, &group.said, NAMES))?;
    }
    Ok(())
}
