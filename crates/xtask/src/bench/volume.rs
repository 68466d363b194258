//! CloudTrail at volume: a made-up log of a million events, against what it takes to unpack and parse it.
//!
//! Machines are noisy, so rates are told as ratios to the limit just before: the middle one of three. All else is the best of
//! three times.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, ensure};
use serde_json::Value;

use super::{Figure, Row, binary};
use crate::place::{cargo, run as execute, target};

/// So many events have the log of the rates and the one that memory is compared with.
const EVENTS: u32 = 1_000_000;
const MORE: u32 = 3_000_000;

/// What was most within five minutes, of every actor over all events.
const WINDOW: &str = "SELECT actor, max(calls) AS most FROM (SELECT actor_user_uid AS actor, count(*) OVER (PARTITION BY \
                      actor_user_uid ORDER BY time RANGE BETWEEN INTERVAL '5' MINUTE PRECEDING AND CURRENT ROW) AS calls \
                      FROM forewarn_events) AS windows GROUP BY actor ORDER BY most DESC, actor LIMIT 5";

/// So often everything is measured; the best counts.
const TIMES: usize = 3;

pub(super) const ROWS: &[Row] = &[
    Row {
        what: "1000000 events: reader, against inflate and parse",
        target: "≥ 0.9 ×",
        measure: || rate("reader", 0.9),
    },
    Row { what: "the same: import into a store", target: "≥ 0.25 ×", measure: || rate("import", 0.25) },
    Row { what: "the same: all detections over the store", target: "≥ 0.18 ×", measure: || rate("detect", 0.18) },
    Row { what: "the same: 57 Sigma rules over the store", target: "≥ 0.45 ×", measure: || rate("rules", 0.45) },
    Row {
        what: "the same: 800 Sigma rules over the store", target: "≥ 0.18 ×", measure: || rate("many_rules", 0.18)
    },
    Row { what: "the same: peak of memory", target: "≤ 500 MB", measure: memory },
    Row { what: "3000000 events: memory of the import against it", target: "≤ 1.2 ×", measure: flat },
    Row { what: "store, against the compressed log", target: "≤ 1.2 ×", measure: size },
    Row { what: "search by user and time", target: "≤ 150 ms", measure: || time("user", 0.15) },
    Row { what: "search by address", target: "≤ 150 ms", measure: || time("address", 0.15) },
    Row { what: "search by key", target: "≤ 150 ms", measure: || time("key", 0.15) },
    Row { what: "count by field", target: "≤ 200 ms", measure: || time("count", 0.2) },
    Row { what: "search for free text", target: "≤ 1 s", measure: || time("text", 1.0) },
    Row { what: "SQL: a window of five minutes", target: "≤ 1.5 s", measure: || time("window", 1.5) },
    Row { what: "investigate one event", target: "≤ 3 s", measure: || time("investigate", 3.0) },
];

/// Builds what is measured beside the program, both in one go so that they share their libraries.
pub(super) fn build() -> anyhow::Result<()> {
    let packages = ["--package", "forewarn-staged", "--package", "forewarn-events", "--package", "forewarn"];
    execute(cargo(&["build", "--release", "--examples"]).args(packages))
}

fn rate(of: &str, least: f64) -> anyhow::Result<Figure> {
    let mut ratios = all(of)?.to_vec();
    ratios.sort_by(f64::total_cmp);
    let ratio = *ratios.get(ratios.len() / 2).context("nothing was measured")?;
    Ok(Figure { words: format!("{ratio:.2} ×"), met: ratio >= least })
}

fn time(of: &str, most: f64) -> anyhow::Result<Figure> {
    let seconds = figure(of)?;
    let words = if most < 1.0 { format!("{:.0} ms", seconds * 1000.0) } else { format!("{seconds:.2} s") };
    Ok(Figure { words, met: seconds <= most })
}

fn memory() -> anyhow::Result<Figure> {
    let megabytes = figure("import_mb")?.max(figure("detect_mb")?);
    Ok(Figure { words: format!("{megabytes:.0} MB"), met: megabytes <= 500.0 })
}

fn flat() -> anyhow::Result<Figure> {
    let ratio = figure("more_mb")? / figure("import_mb")?;
    Ok(Figure { words: format!("{ratio:.2} ×"), met: ratio <= 1.2 })
}

fn size() -> anyhow::Result<Figure> {
    let ratio = figure("store_bytes")? / figure("log_bytes")?;
    Ok(Figure { words: format!("{ratio:.2} ×"), met: ratio <= 1.2 })
}

/// What was measured, each time.
type Figures = BTreeMap<&'static str, Vec<f64>>;

/// The best of a figure.
fn figure(name: &str) -> anyhow::Result<f64> {
    all(name)?.iter().copied().min_by(f64::total_cmp).with_context(|| format!("`{name}` was not measured"))
}

/// A figure, each time that it was measured; all are measured in one run.
fn all(name: &str) -> anyhow::Result<&'static [f64]> {
    static MEASURED: OnceLock<Result<Figures, String>> = OnceLock::new();
    let measured = MEASURED.get_or_init(|| measure().map_err(|error| format!("{error:#}")));
    let figures = measured.as_ref().map_err(|error| anyhow!("{error}"))?;
    figures.get(name).map(Vec::as_slice).with_context(|| format!("no `{name}` among the figures"))
}

fn measure() -> anyhow::Result<Figures> {
    let place = target().join("tmp/volume");
    let _ = fs::remove_dir_all(&place);
    let (log, store) = (place.join("log"), place.join("store"));
    stage(EVENTS, &log)?;
    let mut figures = Figures::new();
    let mut measured = |name: &'static str, figure: f64| figures.entry(name).or_default().push(figure);
    let limit = || printed("limit", &log, &[]);
    for _ in 0..TIMES {
        measured("reader", limit()? / printed("reader", &log, &[])?);
        let _ = fs::remove_dir_all(&store);
        let before = limit()?;
        let (seconds, megabytes) = program(&["import".as_ref(), log.as_os_str()], &store)?;
        measured("import", before / seconds);
        measured("import_mb", megabytes);
        let hits = place.join("hits.json");
        let format = format!("json={}", hits.display());
        let words = ["detect", "--fail-on", "never", "-f", &format].map(OsStr::new);
        let before = limit()?;
        let (seconds, megabytes) = program(&words, &store)?;
        measured("detect", before / seconds);
        measured("detect_mb", megabytes);
        measured("rules", limit()? / printed("rules", &store, &["57"])?);
        measured("many_rules", limit()? / printed("rules", &store, &["800"])?);
        let found: Value = serde_json::from_str(&fs::read_to_string(&hits)?)?;
        ensure!(found["events"] == EVENTS, "{} events were looked at", found["events"]);
    }
    measured("store_bytes", bytes(&store)?);
    measured("log_bytes", bytes(&log)?);
    let (id, key) = known(&store)?;
    let key = format!("key:{key}");
    for _ in 0..TIMES {
        for (name, words) in [
            ("user", ["search", "user:*alice* since:2026-03-04 until:2026-03-05"].as_slice()),
            ("address", &["search", "ip:198.51.100.7"]),
            ("key", &["search", &key]),
            ("text", &["search", "a-text-that-nobody-wrote"]),
            ("count", &["search", "--by", "action"]),
            ("window", &["sql", WINDOW]),
        ] {
            measured(name, program(&words.iter().map(OsStr::new).collect::<Vec<_>>(), &store)?.0);
        }
        let case = place.join("case");
        let words = ["investigate".as_ref(), OsStr::new(&id), "--out".as_ref(), case.as_os_str()];
        measured("investigate", program(&words, &store)?.0);
    }
    fs::remove_dir_all(&place)?;
    stage(MORE, &log)?;
    measured("more_mb", program(&["import".as_ref(), log.as_os_str()], &store)?.1);
    fs::remove_dir_all(&place)?;
    Ok(figures)
}

/// A log of ten days in ten accounts of four regions each.
fn stage(events: u32, folder: &Path) -> anyhow::Result<()> {
    let words = [&events.to_string(), "10", "10", "0"];
    execute(Command::new(example("stage")).args(words).arg(folder).stdout(Stdio::null()))
}

fn example(name: &str) -> std::path::PathBuf {
    target().join("release/examples").join(name)
}

/// The seconds that a program prints of itself.
fn printed(name: &str, log: &Path, words: &[&str]) -> anyhow::Result<f64> {
    let output = Command::new(example(name)).arg(log).args(words).stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "{name} ended with {}", output.status);
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_whitespace().next().and_then(|seconds| seconds.parse().ok()).context("no seconds were printed")
}

/// Seconds from start to end of a subcommand of `events`, and its peak of memory in MB.
fn program(words: &[&OsStr], store: &Path) -> anyhow::Result<(f64, f64)> {
    let begun = Instant::now();
    let mut command = Command::new(binary());
    command.arg("events").args(words).arg("--store").arg(store);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    // The kernel keeps the peak, but only as long as the process is there.
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0;
    loop {
        if let Ok(text) = fs::read_to_string(&status) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
            peak = kilobytes.map_or(peak, |kilobytes| kilobytes / 1000.0);
        }
        if let Some(ended) = child.try_wait()? {
            ensure!(ended.success(), "`events {}` ended with {ended}", words.join(OsStr::new(" ")).display());
            return Ok((begun.elapsed().as_secs_f64(), peak));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// An event that ends an instance, and a key of long life.
fn known(store: &Path) -> anyhow::Result<(String, String)> {
    let first = |filter: &str| -> anyhow::Result<Value> {
        let mut command = Command::new(binary());
        command.args(["events", "search", filter, "-f", "json", "--limit", "1", "--store"]).arg(store);
        let output = command.stderr(Stdio::null()).output()?;
        serde_json::from_slice(&output.stdout).with_context(|| format!("no event passes `{filter}`"))
    };
    let text = |value: &Value| value.as_str().map(str::to_owned).context("an event lacks what it should have");
    let ended = text(&first("action:TerminateInstances")?["eventID"])?;
    Ok((ended, text(&first("key:AKIA*")?["userIdentity"]["accessKeyId"])?))
}

/// All files below a folder.
fn bytes(folder: &Path) -> anyhow::Result<f64> {
    let mut sum = 0.0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        sum += if about.is_dir() { bytes(&entry.path())? } else { f64::from(u32::try_from(about.len())?) };
    }
    Ok(sum)
}
