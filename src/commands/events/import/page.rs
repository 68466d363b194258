//! What an import says in the end.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use forewarn_events::{Container, Fault};
use forewarn_reports::{Line, Page, inert, styles};
use forewarn_store::{Conflict, Report, Unread};

use crate::terminal::Terminal;

/// So many of a kind are listed.
const LISTED: usize = 50;

pub(super) fn write(out: &mut dyn Write, report: &Report, passed: &[String], store: &Path) -> io::Result<()> {
    let mut page = Page::new(out, Terminal::width(), Terminal::color());
    let added = format!("{} new events", counted(report.added));
    let span = report.span.map_or_else(String::new, |(first, last)| format!(" from {first} to {last}"));
    let head = Line::default().styled(styles::BOLD, &added).say(&format!(
        "{} in `{}`",
        span.trim_start(),
        shown(&store.to_string_lossy())
    ));
    page.hang(0, 2, &head)?;
    let mut read = vec![
        format!("{} {} read", counted(report.read), plural(report.read)),
        format!("{} records", counted(report.records)),
    ];
    for (count, what) in [(report.duplicates, "duplicates"), (report.unchanged, "files read before")] {
        if count > 0 {
            read.push(format!("{} {what}", counted(count)));
        }
    }
    page.hang(2, 4, &Line::of(&format!("{}.", read.join(", "))))?;
    for (container, (files, records)) in &report.containers {
        let what = match container {
            Container::Digest => {
                format!("{} {}: no events, `forewarn events verify` reads them", counted(*files), plural(*files))
            }
            _ => format!("{} {}, {} records", counted(*files), plural(*files), counted(*records)),
        };
        page.hang(2, 4, &Line::default().styled(styles::DIM, &format!("{}: {what}", container.word())))?;
    }
    conflicts(&mut page, &report.conflicts)?;
    repairs(&mut page, report)?;
    unread(&mut page, report)?;
    if !passed.is_empty() {
        let some: Vec<String> = passed.iter().take(3).map(|one| format!("`{}`", shown(one))).collect();
        let more = if passed.len() > some.len() { ", …" } else { "" };
        let text = format!(
            "Passed over {} that are no logs by their name: {}{more}",
            counted(passed.len() as u64),
            some.join(", ")
        );
        page.hang(2, 4, &Line::default().styled(styles::DIM, &text))?;
    }
    Ok(())
}

fn conflicts(page: &mut Page<'_>, conflicts: &[Conflict]) -> io::Result<()> {
    if conflicts.is_empty() {
        return Ok(());
    }
    let head = format!(
        "{} records have the id of another event and say something else; both are kept",
        counted(conflicts.len() as u64)
    );
    page.hang(0, 2, &Line::default().styled(styles::WARN, &head))?;
    for conflict in conflicts.iter().take(LISTED) {
        page.hang(2, 4, &Line::default().say(&format!("`{}` in `{}`", shown(&conflict.id), shown(&conflict.source))))?;
    }
    rest(page, conflicts.len())
}

/// Each kind of change with its places.
fn repairs(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    for (source, repairs) in &report.repairs {
        let head = format!("{} repairs in `{}`:", counted(repairs.len() as u64), shown(source));
        page.hang(0, 2, &Line::default().styled(styles::WARN, &head))?;
        let mut kinds: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for repair in repairs {
            kinds.entry(repair.what).or_default().push(format!("{}:{}", repair.line, repair.byte));
        }
        for (what, places) in kinds {
            page.hang(2, 4, &Line::of(&format!("{what}: {} times, at line:byte {}", places.len(), places.join(" "))))?;
        }
    }
    Ok(())
}

fn unread(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    if report.is_whole() {
        return Ok(());
    }
    let count = report.unread.len() as u64 + report.more_faults;
    page.hang(
        0,
        2,
        &Line::default().styled(
            styles::BAD,
            &format!(
                "{} could not be read:",
                if count == 1 { "1 place".to_owned() } else { format!("{} places", counted(count)) }
            ),
        ),
    )?;
    // What many places of a file have in common is said once.
    let mut groups: Vec<(&Unread, Vec<&Fault>)> = Vec::new();
    for one in &report.unread {
        match groups.last_mut().filter(|(last, _)| last.source == one.source && last.reason == one.reason) {
            Some((_, places)) => places.extend(&one.fault),
            None => groups.push((one, one.fault.iter().collect())),
        }
    }
    for (unread, places) in groups.iter().take(LISTED) {
        let place = match places.as_slice() {
            [] => String::new(),
            [fault] => {
                let record = fault.record.map_or_else(String::new, |record| format!(", record {record}"));
                format!(":{} (byte {}{record})", fault.line, fault.byte)
            }
            many => {
                let lines: Vec<String> = many.iter().take(5).map(|fault| fault.line.to_string()).collect();
                let more = if many.len() > lines.len() { ", …" } else { "" };
                format!(" ({} places, lines {}{more})", many.len(), lines.join(", "))
            }
        };
        page.hang(2, 4, &Line::of(&format!("{}{place}: {}", shown(&unread.source), shown(&unread.reason))))?;
    }
    let more = report.more_faults + groups.len().saturating_sub(LISTED) as u64;
    if more > 0 {
        page.hang(2, 4, &Line::default().styled(styles::DIM, &format!("and {} more", counted(more))))?;
    }
    Ok(())
}

fn rest(page: &mut Page<'_>, count: usize) -> io::Result<()> {
    match count.checked_sub(LISTED) {
        Some(more) if more > 0 => page.hang(2, 4, &Line::default().styled(styles::DIM, &format!("and {more} more"))),
        _ => Ok(()),
    }
}

fn shown(text: &str) -> String {
    inert(text).into_owned()
}

fn plural(files: u64) -> &'static str {
    if files == 1 { "file" } else { "files" }
}

/// A number with its thousands apart.
fn counted(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(' ');
        }
        shown.push(digit);
    }
    shown
}
