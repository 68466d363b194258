//! `cargo xtask bench`: the measured targets as a table.
//!
//! Absolute times hold on no machine but the one they were taken on; the targets name what was measured beside them.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::place::{cargo, run as execute, target};

/// One measured target.
struct Row {
    what: &'static str,
    target: String,
    figure: String,
    met: bool,
}

/// Builds in release mode, measures, prints the table, and fails where a target is missed.
pub fn run() -> anyhow::Result<()> {
    execute(&mut cargo(&["build", "--release", "--package", "forewarn"]))?;
    execute(&mut cargo(&["bench", "--bench", "policy"]))?;
    let rows = [decide()?, batch()?, demo()?];
    println!("{:<46} {:>16} {:>16}  outcome", "what", "target", "figure");
    for row in &rows {
        let outcome = if row.met { "met" } else { "MISSED" };
        println!("{:<46} {:>16} {:>16}  {outcome}", row.what, row.target, row.figure);
    }
    if rows.iter().any(|row| !row.met) {
        bail!("a target was missed");
    }
    Ok(())
}

fn binary() -> PathBuf {
    target().join("release").join("forewarn")
}

/// The mean that the last micro benchmark run left behind.
fn decide() -> anyhow::Result<Row> {
    let path = target().join("criterion/decide/five statements/new/estimates.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let estimates: Value = serde_json::from_str(&text)?;
    let nanoseconds = estimates["mean"]["point_estimate"].as_f64().context("no mean in the estimates")?;
    let figure = format!("{:.2} µs", nanoseconds / 1000.0);
    Ok(Row {
        what: "decide, parsed policy of five statements",
        target: "≤ 2 µs".to_owned(),
        figure,
        met: nanoseconds <= 2000.0,
    })
}

/// Cases a second through the whole program.
fn batch() -> anyhow::Result<Row> {
    const CASES: u32 = 200_000;
    let case = r#"{"id":"1","op":"decide","request":{"principal":"arn:aws:iam::111111111111:user/a","action":"s3:GetObject","resource":"arn:aws:s3:::b/k","context":{"aws:SourceIp":"198.51.100.7"}},"policies":{"identity":[{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"},{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}]}]}}"#;
    let file = target().join("bench-batch.jsonl");
    std::fs::write(&file, format!("{case}\n").repeat(CASES as usize))?;
    let begun = Instant::now();
    execute(Command::new(binary()).args(["policy", "batch"]).arg(&file).stdout(Stdio::null()))?;
    let rate = f64::from(CASES) / begun.elapsed().as_secs_f64();
    std::fs::remove_file(&file)?;
    let figure = format!("{rate:.0} /s");
    Ok(Row { what: "policy batch, decide cases", target: "≥ 20000 /s".to_owned(), figure, met: rate >= 20_000.0 })
}

/// The demo from start to end.
fn demo() -> anyhow::Result<Row> {
    let begun = Instant::now();
    let mut command = Command::new(binary());
    command.args(["demo", "--quiet", "--fail-on", "never"]).stdout(Stdio::null());
    execute(&mut command)?;
    let seconds = begun.elapsed().as_secs_f64();
    Ok(Row { what: "demo", target: "≤ 5 s".to_owned(), figure: format!("{seconds:.2} s"), met: seconds <= 5.0 })
}
