//! Newline-delimited JSON, for log shippers and `jq`: each line is a document of its own.
//!
//! The first line is the `run` with its coverage, then there is a `result` for each verdict, with the fields that it has
//! in the [json](crate::json) format; last come `gone` and `unassessed`, what an earlier run had. Every line says of which
//! run and time it is, so that no line needs another.

use std::io::{self, Write};

use forewarn_findings::{Report, VerdictKind};
use jiff::Timestamp;
use serde::Serialize;

use crate::json::wire::coverage::Coverage;
use crate::json::wire::since::Earlier;
use crate::json::wire::{Finding, Run};
use crate::json::{SCHEMA_VERSION, compact};

/// What every line begins with.
#[derive(Serialize)]
struct Line<'a, T> {
    schema_version: &'static str,
    kind: &'static str,
    run_id: &'a str,
    time: Timestamp,
    #[serde(flatten)]
    body: T,
}

/// The first line.
#[derive(Serialize)]
struct Summary {
    run: Run,
    counts: Counts,
    coverage: Coverage,
}

#[derive(Serialize)]
struct Counts {
    fail: usize,
    unknown: usize,
    pass: usize,
    not_applicable: usize,
}

/// Writes `report`, a line at a time.
///
/// # Errors
/// What `out` says.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let counts = Counts {
        fail: report.count(VerdictKind::Fail),
        unknown: report.count(VerdictKind::Unknown),
        pass: report.count(VerdictKind::Pass),
        not_applicable: report.count(VerdictKind::NotApplicable),
    };
    let run = Summary { run: Run::of(&report.run), counts, coverage: Coverage::of(&report.coverage) };
    line(report, "run", run, out)?;
    for finding in &report.findings {
        line(report, "result", Finding::of(finding, report), out)?;
    }
    let Some(since) = &report.since else { return Ok(()) };
    for (kind, all) in [("gone", &since.gone), ("unassessed", &since.unassessed)] {
        for earlier in all {
            line(report, kind, Earlier::of(earlier.clone()), out)?;
        }
    }
    Ok(())
}

fn line(report: &Report, kind: &'static str, body: impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let run = &report.run;
    compact(&Line { schema_version: SCHEMA_VERSION, kind, run_id: &run.id, time: run.instant, body }, out)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests;
