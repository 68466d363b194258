//! What could not be decided: grouped by the read that failed, or the doubt of the policy engine.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

use anstyle::Style;
use forewarn_findings::{Cause, Finding, Report, Severity, VerdictKind};

use super::findings::sentence;
use super::page::{Line, Page};
use super::{BOLD, DIM, TextOptions, WARN, cut, listed, more, style};
use crate::words;

/// Groups that are listed.
const MOST: usize = 12;
/// Resources and checks that a group names.
const NAMES: usize = 6;
/// Where the text of a group begins.
const TEXT: usize = 4;

/// The read that failed (its cause and operation), or the code of a doubt.
type Key<'a> = (Option<Cause>, &'a str);

/// Verdicts that are unknown for the same reason.
#[derive(Default)]
struct Group<'a> {
    findings: usize,
    worst: Option<Severity>,
    checks: BTreeSet<&'a str>,
    on: BTreeSet<&'a str>,
    said: BTreeSet<&'a str>,
}

fn groups(report: &Report) -> Vec<(Key<'_>, Group<'_>)> {
    let mut groups: BTreeMap<Key<'_>, Group<'_>> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.verdict == VerdictKind::Unknown) {
        let mut keys: BTreeSet<Key<'_>> = BTreeSet::new();
        for reason in &finding.unknown_because {
            let key = match &reason.gap {
                Some(gap) => (Some(gap.cause), gap.operation.as_str()),
                None => (None, reason.code.as_str()),
            };
            let group = groups.entry(key).or_default();
            match &reason.gap {
                Some(gap) => {
                    group.on.extend(gap.resource.as_deref());
                    group.said.extend(gap.detail.as_deref());
                }
                None => {
                    group.on.insert(&finding.resource.arn);
                    group.said.insert(&reason.message);
                }
            }
            keys.insert(key);
        }
        if keys.is_empty() {
            keys.insert((None, ""));
        }
        for key in keys {
            groups.entry(key).or_default().count(finding);
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, group)| (Reverse(group.worst), Reverse(group.findings)));
    groups
}

impl<'a> Group<'a> {
    fn count(&mut self, finding: &'a Finding) {
        self.findings += 1;
        self.worst = self.worst.max(Some(finding.severity));
        self.checks.insert(&finding.check);
    }
}

pub(super) fn write(page: &mut Page<'_>, report: &Report, options: &TextOptions) -> io::Result<()> {
    let groups = groups(report);
    if groups.is_empty() {
        return Ok(());
    }
    let verdicts = words::count(report.count(VerdictKind::Unknown), "verdict");
    page.section(Style::new(), &format!("Unknown: {verdicts} could not be reached"))?;
    let (shown, hidden) = cut(groups.len(), MOST, options);
    for (key, group) in groups.iter().take(shown) {
        write_group(page, *key, group, options)?;
    }
    more(page, 2, hidden)?;
    if groups.iter().any(|((cause, _), _)| *cause == Some(Cause::Denied)) {
        page.gap()?;
        let line = Line::of("Denied reads: the policy that an audit needs is printed by");
        page.put(2, &line.styled(BOLD, "forewarn permissions"))?;
    }
    Ok(())
}

fn write_group(page: &mut Page<'_>, key: Key<'_>, group: &Group<'_>, options: &TextOptions) -> io::Result<()> {
    let (cause, name) = key;
    let mut head = Line::default();
    if let Some(cause) = cause {
        head = head.styled(BOLD, name).styled(WARN, cause.words());
    } else {
        head = head.styled(BOLD, if name.is_empty() { "no reason given" } else { name });
    }
    head = head.styled(DIM, &format!("· {}, up to", words::count(group.findings, "verdict")));
    if let Some(worst) = group.worst {
        head = head.styled(style(worst), worst.word());
    }
    page.hang(2, TEXT, &head)?;
    if !group.said.is_empty() {
        let said = group.said.iter().copied();
        let line = match cause {
            Some(_) => Line::default().styled(DIM, "said").say(&listed(said, 2, options)),
            None => Line::of(&sentence(&listed(said, 2, options))),
        };
        page.hang(TEXT, TEXT + 2, &line)?;
    }
    if !group.on.is_empty() {
        let on = listed(group.on.iter().copied(), NAMES, options);
        page.hang(TEXT, TEXT + 2, &Line::default().styled(DIM, "on").say(&on))?;
    }
    let verb = if cause.is_some() { "disables" } else { "leaves open" };
    let checks = listed(group.checks.iter().copied(), NAMES, options);
    page.hang(TEXT, TEXT + 2, &Line::default().styled(DIM, verb).say(&checks))
}
