//! What failed: a group for each check, the worst first.

use std::collections::BTreeMap;
use std::io;

use anstyle::Style;
use forewarn_findings::{Change, Finding, Report, Severity, VerdictKind};

use super::page::{Line, Page};
use super::styles::{ALARM, BOLD, DIM, WARN, style};
use super::{TextOptions, cut, more};
use crate::words;

/// Where the title of a group begins, behind its severity.
const TITLE: usize = 10;
/// Characters of a remedy; `checks explain` has all of it.
const REMEDY: usize = 240;

/// Resources that a group lists: the worse, the more.
fn most(severity: Severity) -> usize {
    match severity {
        Severity::Critical | Severity::High => 5,
        Severity::Medium => 3,
        Severity::Low | Severity::Informational => 1,
    }
}

/// The fails of one check.
pub(crate) struct Group<'a> {
    pub(crate) check: &'a str,
    pub(crate) title: &'a str,
    pub(crate) severity: Severity,
    /// What is new first, then the widest audience, then as in the report.
    pub(crate) findings: Vec<&'a Finding>,
    pub(crate) remedy: String,
}

/// Worst first: severity, then what was proved by a request, then how many.
pub(crate) fn groups(report: &Report) -> Vec<Group<'_>> {
    let mut by_check: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in report.open(VerdictKind::Fail) {
        by_check.entry(&finding.check).or_default().push(finding);
    }
    let mut groups: Vec<Group<'_>> = by_check
        .into_iter()
        .filter_map(|(check, mut findings)| {
            findings.sort_by_key(|finding| {
                let proved = finding.grounds.witness.as_ref().map(|witness| witness.audience);
                (finding.change, proved.is_none(), proved)
            });
            let card = report.checks.get(check);
            Some(Group {
                check,
                title: card.map_or(check, |card| card.title.as_str()),
                severity: findings.iter().map(|finding| finding.severity).max()?,
                remedy: card.map(|card| remedy(&card.fix)).unwrap_or_default(),
                findings,
            })
        })
        .collect();
    groups.sort_by_key(|group| {
        let unproved = group.findings.iter().all(|finding| finding.grounds.witness.is_none());
        (std::cmp::Reverse(group.severity), unproved, std::cmp::Reverse(group.findings.len()))
    });
    groups
}

/// How many of its findings the earlier run did not have, or had on other evidence.
pub(crate) fn news(group: &Group<'_>) -> usize {
    group.findings.iter().filter(|finding| matches!(finding.change, Some(Change::New | Change::Changed))).count()
}

/// The first paragraph or list item of the fix, which is the smallest change, without its Markdown.
pub(crate) fn remedy(fix: &str) -> String {
    let start = |line: &&str| {
        let line = line.trim();
        line.is_empty() || line.starts_with("```")
    };
    let mut lines = fix.lines().skip_while(start);
    let first = lines.next().map(|line| item(line).unwrap_or(line));
    let rest = lines.take_while(|line| !start(line) && item(line).is_none());
    let words: Vec<&str> = first.into_iter().chain(rest).flat_map(str::split_whitespace).collect();
    let text = words.join(" ").replace("**", "");
    match text.char_indices().nth(REMEDY) {
        // What follows the colon is a command, which `checks explain` shows.
        None => text.strip_suffix(':').map_or_else(|| text.clone(), |text| format!("{text}.")),
        Some((end, _)) => {
            let kept = text.get(..end).unwrap_or_default();
            let kept = kept.rsplit_once(' ').map_or(kept, |(whole, _)| whole);
            format!("{kept} …")
        }
    }
}

/// What a list item says, where the line begins one.
fn item(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let numbered = || {
        line.trim_start_matches(|c: char| c.is_ascii_digit())
            .strip_prefix(". ")
            .filter(|_| line.starts_with(|c: char| c.is_ascii_digit()))
    };
    line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")).or_else(numbered)
}

pub(super) fn write(
    page: &mut Page<'_>,
    report: &Report,
    groups: &[Group<'_>],
    options: &TextOptions,
) -> io::Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    let resources: usize = groups.iter().map(|group| group.findings.len()).sum();
    let checks = words::count(groups.len(), "check");
    page.section(Style::new(), &format!("Failed: {} of {checks}", words::count(resources, "finding")))?;
    for (index, group) in groups.iter().enumerate() {
        if index > 0 {
            page.gap()?;
        }
        write_group(page, report, group, options)?;
    }
    Ok(())
}

fn write_group(page: &mut Page<'_>, report: &Report, group: &Group<'_>, options: &TextOptions) -> io::Result<()> {
    let label = if group.severity == Severity::Critical { ALARM } else { style(group.severity).bold() };
    let head = Line::default().padded(label, words::tag(group.severity), TITLE - 1).styled(BOLD, group.title);
    page.hang(0, TITLE, &head)?;
    let count = words::count(group.findings.len(), "resource");
    let count = Line::default().styled(DIM, &format!("{} · {count}", group.check));
    let count = match news(group) {
        0 => count,
        new => count.styled(DIM, "·").styled(WARN, &format!("{new} new")),
    };
    page.hang(TITLE, TITLE, &count)?;
    if !group.remedy.is_empty() {
        page.hang(TITLE, TITLE + 5, &Line::default().styled(DIM, "Fix:").say(&group.remedy))?;
    }
    let told: Vec<Vec<Line>> = group.findings.iter().map(|finding| tell(finding, options)).collect();
    let shared = told.first().filter(|first| told.len() > 1 && told.iter().all(|other| other == *first));
    if let Some(lines) = shared {
        for line in lines {
            page.hang(TITLE, TITLE + 2, line)?;
        }
    }
    let (shown, hidden) = cut(group.findings.len(), most(group.severity), options);
    for (finding, lines) in group.findings.iter().zip(&told).take(shown) {
        let line = match finding.days_open(report.run.instant) {
            Some(days) => resource(finding).styled(DIM, &format!("· open for {}", words::days(days))),
            None => resource(finding),
        };
        page.hang(4, 6, &line)?;
        if shared.is_none() {
            for line in lines {
                page.hang(6, 8, line)?;
            }
        }
    }
    more(page, 4, hidden)
}

/// The ARN, with account and region where it does not name them.
pub(super) fn resource(finding: &Finding) -> Line {
    let resource = &finding.resource;
    let line = match finding.change {
        Some(Change::New) => Line::default().styled(WARN, "NEW"),
        Some(Change::Changed) => Line::default().styled(WARN, "CHANGED"),
        Some(Change::Unchanged) | None => Line::default(),
    };
    let line = line.styled(BOLD, &resource.arn);
    let region = resource.region.as_deref();
    let missing = [Some(resource.account.as_str()), region];
    let missing: Vec<&str> = missing.into_iter().flatten().filter(|part| !resource.arn.contains(part)).collect();
    if missing.is_empty() { line } else { line.styled(DIM, &format!("({})", missing.join(", "))) }
}

/// What is to be said of one resource.
fn tell(finding: &Finding, options: &TextOptions) -> Vec<Line> {
    let mut lines = Vec::new();
    if !finding.grounds.reason.is_empty() {
        lines.push(Line::of(&finding.grounds.reason));
    }
    if let Some(witness) = &finding.grounds.witness {
        lines.push(Line::default().styled(DIM, "Proof:").say(&words::witness(witness)));
    }
    if let Some(unless) = words::unless(&finding.grounds.unless) {
        lines.push(Line::default().styled(DIM, "Unless").say(&unless));
    }
    if let Some(as_of) = finding.grounds.as_of {
        lines.push(Line::default().styled(DIM, "As of").say(&format!("AWS's report of {} UTC", words::utc(as_of))));
    }
    if options.verbose {
        for evidence in &finding.grounds.evidence {
            let said = format!("{} of {}: {}", evidence.pointer, evidence.resource, evidence.note);
            lines.push(Line::default().styled(DIM, "Seen at").say(&said));
        }
        lines.push(Line::default().styled(DIM, "Fingerprint").say(&finding.fingerprint.to_string()));
    }
    lines
}
