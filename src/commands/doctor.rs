//! `forewarn doctor`: which reads are denied here, and which checks that disables.

use std::collections::BTreeMap;
use std::time::Duration;

use forewarn_collect::Lookups;
use forewarn_findings::{Settings, assess};

use crate::cli::Doctor;
use crate::commands::audit::{live, options};
use crate::commands::print;
use crate::config::{Config, Tagged, select};
use crate::exit::{Exit, Failed};
use crate::terminal::Terminal;

pub(crate) fn run(doctor: &Doctor, config: &Config, terminal: &Terminal) -> Result<Exit, Failed> {
    let selection = &doctor.selection;
    let tagged = Tagged {
        protects: selection.tags.protects.clone(),
        side: selection.tags.side,
        last_accessed: selection.last_accessed,
    };
    let checks = select(&selection.checks, &selection.skip, &tagged).map_err(Failed::usage)?;
    let mut options = options(&doctor.connection, config).map_err(Failed::usage)?;
    // Whether looking back is allowed shows at the first call; what a whole look would find is no matter here.
    options.lookups = Lookups { days: 1, budget: Duration::from_secs(10), ..Lookups::default() };
    options.needs = checks.iter().flat_map(|check| check.needs).copied().collect();
    let inventory = live(&options, terminal)?;
    let report = assess(&checks, &inventory, &Settings::default(), env!("CARGO_PKG_VERSION"));
    let inert = forewarn_reports::inert;
    let caller = inventory.collection.caller_arn.as_deref().unwrap_or("unknown");
    print(|out| {
        writeln!(out, "caller   {}", inert(caller))?;
        for account in &report.coverage.accounts {
            let said = match (&account.gap, &account.not_applicable) {
                (Some(gap), _) => format!("could not be entered: {gap}"),
                (None, Some(reason)) => format!("not applicable: {reason}"),
                (None, None) => format!("{} regions looked at", account.assessed_regions()),
            };
            writeln!(out, "account  {}, {}", inert(&account.id), inert(&said))?;
        }
        for gap in &report.coverage.unlisted {
            writeln!(out, "accounts there may be more: {}", inert(&gap.to_string()))?;
        }
        let (seen, all) = report.coverage.observed();
        writeln!(out, "read     {seen} of {all} facts that the checks need")?;
        if report.coverage.lacks_accounts() {
            writeln!(out, "\nAccounts that could not be entered: `forewarn permissions --org` prints what you need,")?;
            writeln!(out, "`forewarn permissions --member` what the role in each of them needs.")?;
        }
        if report.coverage.assessed() == 0 {
            return Ok(());
        }
        if report.coverage.gaps.is_empty() {
            return writeln!(out, "\nEvery read that the checks need works where it was tried.");
        }
        let mut disabled: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        writeln!(out, "\nReads that did not work:")?;
        for gap in &report.coverage.gaps {
            let times = if gap.count == 1 { String::new() } else { format!(", {} times", gap.count) };
            let said = gap.detail.as_deref().map_or(String::new(), |detail| format!(": {}", inert(detail)));
            writeln!(out, "  {}  {}{times}{said}", gap.operation, gap.cause.words())?;
            for resource in &gap.resources {
                writeln!(out, "      on {}", inert(resource))?;
            }
            for check in &gap.checks {
                disabled.entry(check).or_default().push(&gap.operation);
            }
        }
        if disabled.is_empty() {
            writeln!(out, "\nNo check needs them; what they would name is not assessed in any case.")?;
        } else {
            writeln!(out, "\nChecks that cannot be decided everywhere for it:")?;
        }
        for (check, operations) in disabled {
            writeln!(out, "  {check}  needs {}", operations.join(", "))?;
        }
        writeln!(out, "\n`forewarn permissions` prints the policy that allows them all.")
    })?;
    let disables = report.coverage.gaps.iter().any(|gap| !gap.checks.is_empty());
    Ok(match (report.coverage.assessed(), disables || report.coverage.lacks_accounts()) {
        (0, _) => Exit::Unreached,
        (_, true) => Exit::Unknown,
        (_, false) => Exit::Clean,
    })
}
