//! `forewarn history`: stored runs, what was open in them, and when a finding was open.

use std::io::{self, Write};

use forewarn_findings::Severity;
use forewarn_history::{History, Span, StoredFinding, StoredRun};
use forewarn_reports::inert;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::{Form, History as Asked, HistoryFile};
use crate::commands::print;
use crate::config::Config;
use crate::exit::{Exit, Failed};

pub(crate) fn run(command: &Asked, config: &Config) -> Result<Exit, Failed> {
    match command {
        Asked::List { from } => list(&open(from, config)?, from.format),
        Asked::Show { run, from } => show(&open(from, config)?, run, from.format),
        Asked::Finding { fingerprint, from } => finding(&open(from, config)?, fingerprint, from.format),
    }
}

fn open(from: &HistoryFile, config: &Config) -> Result<History, Failed> {
    let path = from.path.as_ref().or(config.history.as_ref());
    let path = path.ok_or_else(|| Failed::usage(anyhow::anyhow!("which history? `--history FILE` names one")))?;
    History::existing(path).map_err(Failed::usage)
}

fn time(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn list(history: &History, format: Form) -> Result<Exit, Failed> {
    let runs = history.runs().map_err(Failed::usage)?;
    print(|out| match format {
        Form::Json => runs.iter().try_for_each(|run| writeln!(out, "{}", run_as_json(run))),
        Form::Text if runs.is_empty() => writeln!(out, "No run is stored."),
        Form::Text => {
            writeln!(
                out,
                "{:<19}  {:<16}  {:>8}  {:>6}  {:>7}  {:>8}",
                "UTC", "run", "accounts", "fail", "unknown", "excepted"
            )?;
            runs.iter().try_for_each(|run| {
                let StoredRun { id, instant, accounts, fails, unknown, excepted, interrupted, .. } = run;
                let stopped = if *interrupted { "  interrupted" } else { "" };
                let (time, id) = (time(*instant), inert(id));
                writeln!(out, "{time}  {id:<16}  {accounts:>8}  {fails:>6}  {unknown:>7}  {excepted:>8}{stopped}")
            })
        }
    })
}

fn run_as_json(run: &StoredRun) -> Value {
    let StoredRun { id, instant, tool_version, caller_arn, accounts, interrupted, fails, unknown, excepted } = run;
    json!({
        "id": id, "instant": instant, "tool_version": tool_version, "caller_arn": caller_arn, "accounts": accounts,
        "interrupted": interrupted, "fail": fails, "unknown": unknown, "excepted": excepted,
    })
}

/// How a finding stands to a run.
fn standing(finding: &StoredFinding, run: &StoredRun) -> &'static str {
    match finding.span_at(run.instant) {
        None => "gone",
        Some(span) if span.opened == run.instant && finding.first_seen == run.instant => "new",
        Some(span) if span.opened == run.instant => "back",
        Some(_) => "open",
    }
}

fn days(span: Span, at: Timestamp) -> i64 {
    let until = span.closed.map_or(at, |closed| closed.min(at));
    (until.as_second() - span.opened.as_second()).div_euclid(24 * 60 * 60)
}

/// Place of a severity, worst first.
fn rank(finding: &StoredFinding) -> usize {
    let place = Severity::WORST_FIRST.iter().position(|severity| severity.word() == finding.severity);
    place.unwrap_or(Severity::WORST_FIRST.len())
}

fn show(history: &History, id: &str, format: Form) -> Result<Exit, Failed> {
    let run = match id {
        "latest" => history.runs().map_err(Failed::usage)?.into_iter().next(),
        id => Some(history.run(id).map_err(Failed::usage)?),
    };
    let run = run.ok_or_else(|| Failed::usage(anyhow::anyhow!("no run is stored")))?;
    let mut found = history.findings(&run).map_err(Failed::usage)?;
    found.sort_by_key(rank);
    let of = |word: &str| found.iter().filter(|finding| standing(finding, &run) == word).count();
    print(|out| match format {
        Form::Json => {
            let findings: Vec<Value> = found.iter().map(|finding| finding_as_json(finding, &run)).collect();
            let mut shown = run_as_json(&run);
            if let Some(fields) = shown.as_object_mut() {
                fields.insert("findings".to_owned(), findings.into());
            }
            writeln!(out, "{shown}")
        }
        Form::Text => {
            writeln!(out, "run {} of {} UTC", inert(&run.id), time(run.instant))?;
            let (new, back, gone) = (of("new"), of("back"), of("gone"));
            writeln!(out, "{} open ({new} new, {back} back), {gone} gone", found.len() - gone)?;
            ["new", "back", "open", "gone"].into_iter().try_for_each(|word| {
                let these = found.iter().filter(|finding| standing(finding, &run) == word);
                these.enumerate().try_for_each(|(index, finding)| {
                    if index == 0 {
                        writeln!(out, "\n{word}")?;
                    }
                    line(out, finding, &run)
                })
            })
        }
    })
}

fn line(out: &mut dyn Write, finding: &StoredFinding, run: &StoredRun) -> io::Result<()> {
    let StoredFinding { fingerprint, check, severity, resource, verdict, .. } = finding;
    let verdict = if verdict == "unknown" { ", unknown" } else { "" };
    let open = finding.span_at(run.instant).map_or(String::new(), |span| format!("  {} days", days(span, run.instant)));
    writeln!(out, "  {severity:<13} {}  ({check}{verdict}){open}", inert(resource))?;
    writeln!(out, "    {fingerprint}")
}

fn finding_as_json(finding: &StoredFinding, run: &StoredRun) -> Value {
    let mut shown = described(finding);
    if let Some(fields) = shown.as_object_mut() {
        let span = finding.span_at(run.instant);
        fields.insert("standing".to_owned(), standing(finding, run).into());
        fields.insert("days_open".to_owned(), span.map(|span| days(span, run.instant)).into());
    }
    shown
}

fn described(finding: &StoredFinding) -> Value {
    let StoredFinding {
        fingerprint,
        check,
        verdict,
        severity,
        account,
        region,
        resource,
        reason,
        first_seen,
        last_seen,
        asked,
        spans,
    } = finding;
    let spans: Vec<Value> =
        spans.iter().map(|Span { opened, closed }| json!({ "opened": opened, "closed": closed })).collect();
    json!({
        "fingerprint": fingerprint, "check": check, "verdict": verdict, "severity": severity, "account": account,
        "region": region, "resource_arn": resource, "reason": reason, "first_seen": first_seen, "last_seen": last_seen,
        "open": finding.is_open(), "asked": (!asked.is_empty()).then_some(asked), "spans": spans,
    })
}

fn finding(history: &History, fingerprint: &str, format: Form) -> Result<Exit, Failed> {
    let found = history.finding(fingerprint).map_err(Failed::usage)?;
    print(|out| {
        if format == Form::Json {
            return writeln!(out, "{}", described(&found));
        }
        writeln!(out, "{}", found.fingerprint)?;
        let asked = if found.asked.is_empty() { &found.check } else { &found.asked };
        writeln!(out, "  {}  {asked}  {}", found.severity, found.verdict)?;
        writeln!(out, "  {}", inert(&found.resource))?;
        writeln!(out, "  {}", inert(&found.reason))?;
        writeln!(out, "  first seen {} UTC, last seen {} UTC", time(found.first_seen), time(found.last_seen))?;
        found.spans.iter().try_for_each(|span| {
            let opened = time(span.opened);
            match span.closed {
                Some(closed) => {
                    let days = days(*span, closed);
                    writeln!(out, "  open from {opened} to {}, {days} days", time(closed))
                }
                None => writeln!(out, "  open since {opened}, seen for {} days", days(*span, found.last_seen)),
            }
        })
    })
}
