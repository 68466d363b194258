//! `cargo xtask bench`: the measured targets as a table.
//!
//! The targets are for two cores of a common server; on another machine compare a figure with its own past.

mod volume;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use anyhow::{Context as _, anyhow, bail, ensure};
use serde_json::Value;

use crate::place::{cargo, python, root, run as execute, target};
use crate::test::{install_packages, make_environment};

/// One measured target.
struct Row {
    what: &'static str,
    target: &'static str,
    measure: fn() -> anyhow::Result<Figure>,
}

/// What was measured, in words, and whether it meets its target.
struct Figure {
    words: String,
    met: bool,
}

const ROWS: &[Row] = &[
    Row { what: "decide, parsed policy of five statements", target: "≤ 2 µs", measure: decide },
    Row { what: "policy batch, decide cases", target: "≥ 20000 /s", measure: batch },
    Row { what: "reach, 24 hard bucket policies: mean a question", target: "≤ 0.5 ms", measure: hard_mean },
    Row { what: "the same: worst", target: "≤ 5 ms", measure: hard_worst },
    Row { what: "the same: cvc5's mean against it", target: "≥ 10 ×", measure: hard_ratio },
    Row { what: "5000 roles, 200 buckets, all techniques", target: "≤ 10 s", measure: account_seconds },
    Row { what: "the same: peak of memory", target: "≤ 500 MB", measure: account_memory },
    Row { what: "the same: questions without an answer", target: "0", measure: account_unknown },
    Row { what: "parse and lint, 1500 policies", target: "≤ 0.5 s", measure: lint },
    Row { what: "HTML page of 10000 results: size", target: "≤ 5 MB", measure: page_size },
    Row { what: "the same: until it is usable", target: "≤ 1 s", measure: page_usable },
    Row { what: "the same: worst filter", target: "≤ 100 ms", measure: page_filter },
    Row { what: "HTML page of 100000 results: written", target: "≤ 3 s", measure: page_written },
    Row { what: "100000 results: slowest of all formats", target: "≤ 3 s", measure: formats_slowest },
    Row { what: "the same: memory beside the report", target: "≤ 150 MB", measure: formats_memory },
    Row { what: "compliance folder, 100000 rows", target: "≥ 300000 /s", measure: folder_rate },
    Row { what: "the same: memory beside the report", target: "≤ 20 MB", measure: folder_memory },
    Row { what: "the same as a workbook: cells", target: "≥ 1000000 /s", measure: workbook_rate },
    Row { what: "snapshot of 500: all checks", target: "≤ 0.5 s", measure: stored_checks },
    Row { what: "the same: all checks, 7 formats", target: "≤ 1 s", measure: stored_time },
    Row { what: "the same: peak of memory", target: "≤ 150 MB", measure: stored_memory },
    Row { what: "demo, start to end", target: "≤ 5 s", measure: demo },
    Row { what: "audit of 500 users, roles and buckets: calls", target: "≤ 4500", measure: large_calls },
    Row { what: "the same: processor time", target: "≤ 4 s", measure: large_processor },
    Row { what: "the same: peak of memory", target: "≤ 60 MB", measure: large_memory },
    Row { what: "review: 2000 resources over 5000 roles, 1000 buckets", target: "≤ 2 s", measure: review_time },
    Row { what: "the same: peak of memory", target: "≤ 400 MB", measure: review_memory },
    Row { what: "review of one policy, from process start", target: "≤ 50 ms", measure: review_policy },
    Row { what: "10000 users, 5000 roles, 5000 buckets: time", target: "≤ 1.2 × ideal", measure: || in_time(HUGE) },
    Row { what: "the same: peak of memory", target: "≤ 150 MB", measure: || in_memory(HUGE) },
    Row {
        what: "40 accounts, 500 users, 100 buckets each: time", target: "≤ 1.2 × ideal", measure: || in_time(MANY)
    },
    Row { what: "the same: peak of memory", target: "≤ 150 MB", measure: || in_memory(MANY) },
    Row { what: "S3 takes 200 requests a second: time", target: "≤ 1.2 × ideal", measure: || in_time(SLOW) },
    Row { what: "ten times the account: processor a resource", target: "≤ 1.2 ×", measure: growth },
];

/// Builds in release mode, measures, prints the table, and fails where a target is missed or could not be measured.
pub fn run() -> anyhow::Result<()> {
    execute(&mut cargo(&["build", "--release", "--package", "forewarn"]))?;
    execute(&mut cargo(&["build", "--release", "--package", "forewarn-simaws", "--example", "organization"]))?;
    // Of the one crate only: with the development dependencies of the program the AWS SDK would be built once more.
    for bench in ["policy", "hard", "account"] {
        execute(&mut cargo(&["bench", "--package", "forewarn-policy", "--bench", bench]))?;
    }
    execute(&mut cargo(&["bench", "--package", "forewarn-reports", "--bench", "page"]))?;
    volume::build()?;
    println!("{:<48} {:>13} {:>14}  outcome", "what", "target", "figure");
    let mut missed = 0;
    for Row { what, target, measure } in ROWS.iter().chain(volume::ROWS) {
        let (figure, outcome) = match measure() {
            Ok(Figure { words, met: true }) => (words, "met".to_owned()),
            Ok(Figure { words, met: false }) => (words, "MISSED".to_owned()),
            Err(error) => ("—".to_owned(), format!("NOT MEASURED: {error:#}")),
        };
        missed += usize::from(outcome != "met");
        println!("{what:<48} {target:>13} {figure:>14}  {outcome}");
    }
    if missed > 0 {
        bail!("{missed} of {} targets missed", ROWS.len() + volume::ROWS.len());
    }
    Ok(())
}

fn binary() -> PathBuf {
    target().join("release").join("forewarn")
}

/// The mean that criterion has just left behind.
fn decide() -> anyhow::Result<Figure> {
    let path = target().join("criterion/decide/five statements/new/estimates.json");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let estimates: Value = serde_json::from_str(&text)?;
    let nanoseconds = estimates["mean"]["point_estimate"].as_f64().context("no mean in the estimates")?;
    Ok(Figure { words: format!("{:.2} µs", nanoseconds / 1000.0), met: nanoseconds <= 2000.0 })
}

/// A figure of the hard policies.
fn hard(figure: &str) -> anyhow::Result<f64> {
    left_behind("hard-policies", figure)
}

/// A figure of the large account.
fn account(figure: &str) -> anyhow::Result<f64> {
    left_behind("account", figure)
}

/// A figure that a bench has just left behind.
fn left_behind(bench: &str, figure: &str) -> anyhow::Result<f64> {
    let path = target().join(format!("tmp/{bench}.json"));
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let figures: Value = serde_json::from_str(&text)?;
    figures[figure].as_f64().with_context(|| format!("no `{figure}` among the figures"))
}

fn hard_mean() -> anyhow::Result<Figure> {
    let mean = hard("mean_ms")?;
    Ok(Figure { words: format!("{mean:.3} ms"), met: mean <= 0.5 })
}

fn hard_worst() -> anyhow::Result<Figure> {
    let worst = hard("worst_ms")?;
    Ok(Figure { words: format!("{worst:.3} ms"), met: worst <= 5.0 })
}

/// The same questions in the same run: how much longer the solver takes.
fn hard_ratio() -> anyhow::Result<Figure> {
    let ratio = hard("cvc5_mean_ms")? / hard("mean_ms")?;
    Ok(Figure { words: format!("{ratio:.0} ×"), met: ratio >= 10.0 })
}

fn account_seconds() -> anyhow::Result<Figure> {
    let seconds = account("seconds")?;
    Ok(Figure { words: format!("{seconds:.2} s"), met: seconds <= 10.0 })
}

fn account_memory() -> anyhow::Result<Figure> {
    let megabytes = account("peak_mb")?;
    Ok(Figure { words: format!("{megabytes:.0} MB"), met: megabytes <= 500.0 })
}

fn account_unknown() -> anyhow::Result<Figure> {
    let unknown = account("unknown")?;
    Ok(Figure { words: format!("{unknown:.0}"), met: unknown == 0.0 })
}

fn lint() -> anyhow::Result<Figure> {
    let seconds = account("lint_seconds")?;
    Ok(Figure { words: format!("{seconds:.3} s"), met: seconds <= 0.5 })
}

fn page_size() -> anyhow::Result<Figure> {
    let megabytes = left_behind("page", "small_mb")?;
    Ok(Figure { words: format!("{megabytes:.1} MB"), met: megabytes <= 5.0 })
}

fn page_written() -> anyhow::Result<Figure> {
    let seconds = left_behind("page", "large_seconds")?;
    Ok(Figure { words: format!("{seconds:.2} s"), met: seconds <= 3.0 })
}

/// A figure of the writers of 100 000 results.
fn formats(figure: &str) -> anyhow::Result<f64> {
    left_behind("page", &format!("formats_{figure}"))
}

fn folder_rate() -> anyhow::Result<Figure> {
    let rate = left_behind("page", "folder_rows_a_second")?;
    Ok(Figure { words: format!("{rate:.0} /s"), met: rate >= 300_000.0 })
}

fn folder_memory() -> anyhow::Result<Figure> {
    let megabytes = left_behind("page", "folder_added_mb")?;
    Ok(Figure { words: format!("{megabytes:.0} MB"), met: megabytes <= 20.0 })
}

fn workbook_rate() -> anyhow::Result<Figure> {
    let rate = left_behind("page", "workbook_cells_a_second")?;
    Ok(Figure { words: format!("{rate:.0} /s"), met: rate >= 1_000_000.0 })
}

fn formats_slowest() -> anyhow::Result<Figure> {
    let seconds = formats("slowest")?;
    Ok(Figure { words: format!("{seconds:.2} s"), met: seconds <= 3.0 })
}

fn formats_memory() -> anyhow::Result<Figure> {
    let megabytes = formats("added_mb")?;
    Ok(Figure { words: format!("{megabytes:.0} MB"), met: megabytes <= 150.0 })
}

fn stored_checks() -> anyhow::Result<Figure> {
    let seconds = stored("checks_seconds")?;
    Ok(Figure { words: format!("{seconds:.2} s"), met: seconds <= 0.5 })
}

fn stored_time() -> anyhow::Result<Figure> {
    let seconds = stored("seconds")?;
    Ok(Figure { words: format!("{seconds:.2} s"), met: seconds <= 1.0 })
}

fn stored_memory() -> anyhow::Result<Figure> {
    let megabytes = stored("peak_mb")?;
    Ok(Figure { words: format!("{megabytes:.0} MB"), met: megabytes <= 150.0 })
}

/// One figure of a snapshot that is judged and written.
fn stored(figure: &str) -> anyhow::Result<f64> {
    simulated(&["--stored"], figure)
}

fn page_usable() -> anyhow::Result<Figure> {
    let milliseconds = page("usable")?;
    Ok(Figure { words: format!("{milliseconds:.0} ms"), met: milliseconds <= 1000.0 })
}

fn page_filter() -> anyhow::Result<Figure> {
    let milliseconds = page("filter")?;
    Ok(Figure { words: format!("{milliseconds:.1} ms"), met: milliseconds <= 100.0 })
}

/// A figure of the page of 10 000 results in a browser, which opens once for all of them.
fn page(figure: &str) -> anyhow::Result<f64> {
    static MEASURED: OnceLock<Result<Value, String>> = OnceLock::new();
    let measured = MEASURED.get_or_init(|| look_at_page().map_err(|error| format!("{error:#}")));
    let seen = measured.as_ref().map_err(|error| anyhow!("{error}"))?;
    seen[figure].as_f64().with_context(|| format!("no `{figure}` among what the browser saw"))
}

fn look_at_page() -> anyhow::Result<Value> {
    install_packages()?;
    let script = target().join("browser/look.mjs");
    let output = Command::new("node")
        .arg(&script)
        .arg("-")
        .arg(target().join("tmp/page-small.html"))
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run node")?;
    ensure!(output.status.success(), "look.mjs ended with {}", output.status);
    serde_json::from_slice(&output.stdout).context("look.mjs printed no figures")
}

/// Cases a second through the whole program: read, parsed, decided, written.
fn batch() -> anyhow::Result<Figure> {
    const CASES: u32 = 200_000;
    let case = r#"{"id":"1","op":"decide","request":{"principal":"arn:aws:iam::111111111111:user/a","action":"s3:GetObject","resource":"arn:aws:s3:::b/k","context":{"aws:SourceIp":"198.51.100.7"}},"policies":{"identity":[{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"},{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}]}]}}"#;
    let asked = target().join("bench-asked.jsonl");
    let answered = target().join("bench-answered.jsonl");
    fs::write(&asked, format!("{case}\n").repeat(CASES as usize))?;
    let begun = Instant::now();
    execute(Command::new(binary()).args(["policy", "batch"]).arg(&asked).stdout(File::create(&answered)?))?;
    let rate = f64::from(CASES) / begun.elapsed().as_secs_f64();
    // A program that answers with errors is no faster for it.
    let answers = fs::read_to_string(&answered)?;
    let good = answers.lines().filter(|line| line.contains(r#""decision":"allow""#)).count();
    ensure!(good == CASES as usize, "{good} of {CASES} cases were allowed: {}", answers.lines().next().unwrap_or(""));
    fs::remove_file(&asked)?;
    fs::remove_file(&answered)?;
    Ok(Figure { words: format!("{rate:.0} /s"), met: rate >= 20_000.0 })
}

/// The demo with its report in JSON: the middle one of three runs.
fn demo() -> anyhow::Result<Figure> {
    let report = target().join("bench-demo.json");
    let mut seconds = Vec::new();
    for _ in 0..3 {
        let format = format!("json={}", report.display());
        let begun = Instant::now();
        execute(Command::new(binary()).args(["demo", "--quiet", "--fail-on", "never", "-f", &format]))?;
        seconds.push(begun.elapsed().as_secs_f64());
        let written: Value = serde_json::from_str(&fs::read_to_string(&report)?).context("the report is no JSON")?;
        ensure!(written["results"].as_array().is_some_and(|results| !results.is_empty()), "the report has no results");
        fs::remove_file(&report)?;
    }
    seconds.sort_by(f64::total_cmp);
    Ok(Figure { words: format!("{:.2} s", seconds[1]), met: seconds[1] <= 5.0 })
}

fn large_calls() -> anyhow::Result<Figure> {
    let calls = large("calls")?;
    Ok(Figure { words: format!("{calls:.0}"), met: calls <= 4500.0 })
}

fn large_processor() -> anyhow::Result<Figure> {
    let seconds = large("cpu_seconds")?;
    Ok(Figure { words: format!("{seconds:.2} s"), met: seconds <= 4.0 })
}

fn large_memory() -> anyhow::Result<Figure> {
    let megabytes = large("peak_mb")?;
    Ok(Figure { words: format!("{megabytes:.1} MB"), met: megabytes <= 60.0 })
}

/// One figure of an audit of a large account in the emulator, which runs once for all of them.
fn large(figure: &str) -> anyhow::Result<f64> {
    static MEASURED: OnceLock<Result<Value, String>> = OnceLock::new();
    let measured = MEASURED.get_or_init(|| audit_large_account().map_err(|error| format!("{error:#}")));
    let cost = measured.as_ref().map_err(|error| anyhow!("{error}"))?;
    cost[figure].as_f64().with_context(|| format!("no `{figure}` among the figures"))
}

fn audit_large_account() -> anyhow::Result<Value> {
    scale(&[])
}

fn review_time() -> anyhow::Result<Figure> {
    let seconds = review("seconds")?;
    Ok(Figure { words: format!("{seconds:.2} s"), met: seconds <= 2.0 })
}

fn review_memory() -> anyhow::Result<Figure> {
    let megabytes = review("peak_mb")?;
    Ok(Figure { words: format!("{megabytes:.0} MB"), met: megabytes <= 400.0 })
}

fn review_policy() -> anyhow::Result<Figure> {
    let milliseconds = review("policy_seconds")? * 1000.0;
    Ok(Figure { words: format!("{milliseconds:.0} ms"), met: milliseconds <= 50.0 })
}

/// One figure of the reviews, which run once for all of them.
fn review(figure: &str) -> anyhow::Result<f64> {
    static MEASURED: OnceLock<Result<Value, String>> = OnceLock::new();
    let measured = MEASURED.get_or_init(|| figures_of("review.py", &[]).map_err(|error| format!("{error:#}")));
    let cost = measured.as_ref().map_err(|error| anyhow!("{error}"))?;
    cost[figure].as_f64().with_context(|| format!("no `{figure}` among the figures"))
}

/// An account of many resources in the simulated AWS.
const HUGE: &[&str] = &["--accounts", "1", "--count", "10000", "--roles", "5000", "--buckets", "5000"];
/// Many accounts.
const MANY: &[&str] = &["--accounts", "40", "--count", "500", "--buckets", "100"];
/// S3 throttles.
const SLOW: &[&str] =
    &["--accounts", "1", "--count", "500", "--roles", "500", "--buckets", "500", "--s3-a-second", "200"];
/// An account, and ten times as much of everything.
const ONCE: &[&str] = &["--accounts", "1", "--count", "400", "--roles", "400", "--buckets", "400", "--latency", "5"];
const TEN_TIMES: &[&str] =
    &["--accounts", "1", "--count", "4000", "--roles", "4000", "--buckets", "4000", "--latency", "5"];

fn in_time(what: &[&str]) -> anyhow::Result<Figure> {
    let ratio = simulated(what, "wall_seconds")? / simulated(what, "ideal_seconds")?;
    Ok(Figure { words: format!("{ratio:.2} ×"), met: ratio <= 1.2 })
}

fn in_memory(what: &[&str]) -> anyhow::Result<Figure> {
    let megabytes = simulated(what, "peak_mb")?;
    Ok(Figure { words: format!("{megabytes:.1} MB"), met: megabytes <= 150.0 })
}

fn growth() -> anyhow::Result<Figure> {
    let each = |what| -> anyhow::Result<f64> { Ok(simulated(what, "cpu_seconds")? / simulated(what, "resources")?) };
    let ratio = each(TEN_TIMES)? / each(ONCE)?;
    Ok(Figure { words: format!("{ratio:.2} ×"), met: ratio <= 1.2 })
}

/// One figure of `scale.py` on the simulated AWS, which runs once for all figures of the same arguments.
fn simulated(arguments: &[&str], figure: &str) -> anyhow::Result<f64> {
    static MEASURED: Mutex<BTreeMap<String, Result<Value, String>>> = Mutex::new(BTreeMap::new());
    let mut measured = MEASURED.lock().unwrap_or_else(PoisonError::into_inner);
    let cost = measured.entry(arguments.join(" ")).or_insert_with(|| {
        let server = target().join("release/examples/organization");
        let mut all = vec![OsStr::new("--organization"), server.as_os_str()];
        all.extend(arguments.iter().map(OsStr::new));
        scale(&all).map_err(|error| format!("{error:#}"))
    });
    let cost = cost.as_ref().map_err(|error| anyhow!("{error}"))?;
    cost[figure].as_f64().with_context(|| format!("no `{figure}` among the figures"))
}

/// The figures that `scale.py` prints.
fn scale(arguments: &[&OsStr]) -> anyhow::Result<Value> {
    figures_of("scale.py", arguments)
}

/// The figures that a script prints.
fn figures_of(script: &str, arguments: &[&OsStr]) -> anyhow::Result<Value> {
    make_environment()?;
    let script = root().join("tests/moto").join(script);
    let output = Command::new(python())
        .arg(&script)
        .arg("--program")
        .arg(binary())
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot run {}", script.display()))?;
    ensure!(output.status.success(), "{} ended with {}", script.display(), output.status);
    serde_json::from_slice(&output.stdout).context("scale.py printed no figures")
}
