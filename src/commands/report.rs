//! `forewarn report` and `forewarn diff`: what was stored, told again or held against another run.

use std::io::{self, Write};
use std::path::Path;

use anyhow::bail;
use forewarn_findings::{Change, Earlier, Finding, Report as Stored, VerdictKind};
use forewarn_inventory::snapshot;
use forewarn_reports::{Format, Lines, inert};
use serde_json::{Value, json};

use crate::assessment::{is_compressed, lines_in, redaction, shares_an_account, stored, write_all};
use crate::cli::{Diff, Form, Report as Asked};
use crate::commands::print;
use crate::exit::{Exit, Failed};
use crate::output::{self, Target};
use crate::terminal::Terminal;

pub(crate) fn run(asked: &Asked, terminal: &Terminal, verbose: bool) -> Result<Exit, Failed> {
    let mut targets = asked.formats.clone();
    if targets.is_empty() {
        targets.push(Target { format: Format::TEXT, path: None });
    }
    output::check(&targets, None).map_err(Failed::usage)?;
    let redaction = redaction(&asked.redact).map_err(Failed::usage)?;
    let report = stored(&asked.run, "run").map_err(Failed::usage)?;
    let lines = asked.snapshot.as_deref().map(|path| lines(path, &report, &targets));
    let lines = lines.transpose().map_err(Failed::usage)?;
    let report = match &redaction {
        Some(redaction) => report.redacted(redaction),
        None => report,
    };
    write_all(&report, &targets, lines.as_ref(), asked.all, verbose, terminal)?;
    Ok(Exit::Clean)
}

/// Where the evidence of a run stands in the snapshot that the run was of.
fn lines(path: &Path, report: &Stored, targets: &[Target]) -> anyhow::Result<Lines> {
    if !targets.iter().any(|target| target.format.names_lines()) {
        bail!("`--snapshot` gives lines to `-f sarif`, which is not asked for");
    }
    let place = path.display();
    if is_compressed(path) {
        bail!("`{place}` is compressed, so nothing in it has a line; `zstd -d` unpacks it");
    }
    let inventory = snapshot::load(path)?;
    let (then, run) = (inventory.instant, report.run.instant);
    if then != run {
        bail!("`{place}` is a snapshot of {then}, and the run is of {run}: its lines would be those of something else");
    }
    lines_in(path, report)
}

/// What is new, on other evidence, gone and not assessed in the later run.
pub(crate) fn diff(asked: &Diff, terminal: &Terminal) -> Result<Exit, Failed> {
    let old = stored(&asked.old, "run").map_err(Failed::usage)?;
    let new = stored(&asked.new, "run").map_err(Failed::usage)?;
    if !shares_an_account(&new, &old) {
        terminal.say("warning: the two runs are about different accounts");
    }
    if new.run.instant < old.run.instant {
        terminal.say("warning: the first run is the later one; `forewarn diff OLD.json NEW.json` is the order");
    }
    let report = new.since(&old);
    let Some(since) = &report.since else { return Ok(Exit::Clean) };
    let of = |change: Change| -> Vec<&Finding> {
        let these = |finding: &&Finding| finding.verdict == VerdictKind::Fail && finding.change == Some(change);
        report.findings.iter().filter(these).collect()
    };
    let (new, changed, unchanged) = (of(Change::New), of(Change::Changed), of(Change::Unchanged).len());
    print(|out| match asked.format {
        Form::Json => {
            let now =
                |all: &[&Finding]| -> Vec<Value> { all.iter().map(|finding| told(&Earlier::of(finding))).collect() };
            let then = |all: &[Earlier]| -> Vec<Value> { all.iter().map(told).collect() };
            let answer = json!({
                "old": since.run, "new_run": report.run.id, "unchanged": unchanged, "new": now(&new),
                "changed": now(&changed), "gone": then(&since.gone), "unassessed": then(&since.unassessed),
            });
            writeln!(out, "{answer}")
        }
        Form::Text => {
            writeln!(
                out,
                "{} new, {} on other evidence, {unchanged} as before, {} gone, {} not assessed",
                new.len(),
                changed.len(),
                since.gone.len(),
                since.unassessed.len()
            )?;
            new.iter().try_for_each(|finding| line(out, '+', &Earlier::of(finding)))?;
            changed.iter().try_for_each(|finding| line(out, '~', &Earlier::of(finding)))?;
            since.gone.iter().try_for_each(|earlier| line(out, '-', earlier))?;
            since.unassessed.iter().try_for_each(|earlier| line(out, '?', earlier))
        }
    })
}

fn line(out: &mut dyn Write, mark: char, earlier: &Earlier) -> io::Result<()> {
    let (severity, arn, said) = (earlier.severity.word(), inert(&earlier.resource.arn), inert(&earlier.reason));
    writeln!(out, "{mark} {severity:<13} {arn}  ({})\n      {said}", earlier.check)
}

fn told(earlier: &Earlier) -> Value {
    let Earlier { check, severity, resource, reason, fingerprint } = earlier;
    json!({
        "check": check, "severity": severity.word(), "resource_arn": resource.arn, "account": resource.account,
        "region": resource.region, "reason": reason, "fingerprint": fingerprint,
    })
}
