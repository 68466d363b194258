//! What the folder holds and what it rests on.

use std::collections::BTreeMap;
use std::io::{self, Write};

use forewarn_findings::{Cause, RegionStatus, Report};
use serde::Serialize;

use super::{SCHEMA_VERSION, Written};
use crate::words;

#[derive(Serialize)]
struct Manifest<'a> {
    schema_version: &'a str,
    run_id: &'a str,
    assessed_at_utc: String,
    tool_version: &'a str,
    caller_arn: Option<&'a str>,
    /// Whether the collection was stopped half-way.
    interrupted: bool,
    /// SHA-256 of what the user gave: the configuration, the exceptions, an earlier report.
    inputs: &'a BTreeMap<String, String>,
    files: Vec<File<'a>>,
    accounts: Vec<Account<'a>>,
    denied: Vec<Denied<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    name: &'a str,
    rows: usize,
    sha256: &'a str,
}

/// An account that was asked for.
#[derive(Serialize)]
pub(crate) struct Account<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: Option<&'a str>,
    pub(crate) assessed: bool,
    /// Why it was not.
    pub(crate) reason: Option<String>,
    pub(crate) regions_assessed: Vec<&'a str>,
    pub(crate) regions_not_assessed: Vec<&'a str>,
}

/// A call that was refused, and which checks lack it.
#[derive(Serialize)]
pub(crate) struct Denied<'a> {
    pub(crate) operation: &'a str,
    pub(crate) accounts: &'a [String],
    pub(crate) count: usize,
    pub(crate) checks: &'a [String],
}

/// Every account that was asked for.
pub(crate) fn accounts(report: &Report) -> impl Iterator<Item = Account<'_>> {
    report.coverage.accounts.iter().map(|account| {
        let of = |assessed: bool| {
            let wanted = account.regions.iter().filter(|(_, status)| (**status == RegionStatus::Assessed) == assessed);
            wanted.map(|(region, _)| region.as_str()).collect()
        };
        let gap = account.gap.as_ref().map(|gap| format!("{} ({})", gap.cause.words(), gap.operation));
        Account {
            id: &account.id,
            name: account.name.as_deref(),
            assessed: account.is_assessed(),
            reason: gap.or_else(|| account.not_applicable.clone()),
            regions_assessed: of(true),
            regions_not_assessed: of(false),
        }
    })
}

/// Every call that was refused.
pub(crate) fn denied(report: &Report) -> impl Iterator<Item = Denied<'_>> {
    report.coverage.gaps.iter().filter(|gap| gap.cause == Cause::Denied).map(|gap| Denied {
        operation: &gap.operation,
        accounts: &gap.accounts,
        count: gap.count,
        checks: &gap.checks,
    })
}

pub(super) fn write(report: &Report, files: &[Written], out: &mut dyn Write) -> io::Result<()> {
    let manifest = Manifest {
        schema_version: SCHEMA_VERSION,
        run_id: &report.run.id,
        assessed_at_utc: words::utc(report.run.instant),
        tool_version: &report.run.tool_version,
        caller_arn: report.run.caller_arn.as_deref(),
        interrupted: report.run.interrupted,
        inputs: &report.run.inputs,
        files: files.iter().map(|Written { name, rows, sha256 }| File { name, rows: *rows, sha256 }).collect(),
        accounts: accounts(report).collect(),
        denied: denied(report).collect(),
    };
    crate::json::write_readable(&manifest, out)
}
