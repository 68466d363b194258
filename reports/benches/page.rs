//! Many results in every format: how long each takes to write; the HTML page: how large it is. What a browser makes of the
//! page `cargo xtask bench` measures on the file that this leaves behind.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a bench may fail loudly, and measures time"
)]

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use forewarn_findings::{
    Audience, CheckCard, Context, Control, ControlCheck, Evidence, EvidenceRole, Finding, Fingerprint, Framework,
    Grounds, Parameters, Principal, Protects, Report, Request, Resource, Run, Severity, Side, VerdictKind, Witness,
};
use forewarn_reports::{Content, FileWriter, Format, TextOptions, compliance, xlsx};
use serde_json::{Map, Value, json};

/// A report of `size` results of 60 checks, a third of them fails with evidence, a ninth with a proof.
fn report(size: usize) -> Report {
    let severities = Severity::WORST_FIRST;
    let card = |which: usize| CheckCard {
        title: format!("The bad state number {which} of all that a bucket can be in"),
        severity: severities[which % severities.len()],
        protects: vec![Protects::Confidentiality],
        side: Side::Customer,
        operations: vec!["s3:GetBucketPolicy".to_owned()],
        what: "Buckets that are in the bad state. ".repeat(8),
        why: "Somebody reads what they should not. ".repeat(8),
        fix: "Turn it off:\n\n```sh\naws s3api put-bucket-policy --bucket BUCKET\n```\n".to_owned(),
    };
    let finding = |number: usize| {
        let which = number % 60;
        let arn = format!("arn:aws:s3:::acme-{:06}-artifacts-of-a-team", number / 60);
        let verdict = match number % 9 {
            0..=2 => VerdictKind::Fail,
            3 => VerdictKind::Unknown,
            _ => VerdictKind::Pass,
        };
        let open = matches!(verdict, VerdictKind::Fail | VerdictKind::Unknown);
        let witness = (number.is_multiple_of(9)).then(|| Witness {
            audience: Audience::Anyone,
            request: Request {
                principal: Principal::Anonymous,
                action: "s3:GetObject".to_owned(),
                resource: format!("{arn}/x"),
                resource_account: None,
                context: Context::default(),
            }
            .into(),
        });
        Finding {
            check: format!("s3.bad_state_{which:02}").into(),
            verdict,
            severity: severities[which % severities.len()],
            resource: Resource {
                arn: arn.clone(),
                account: format!("{:012}", 111_111_111_111 + number % 40),
                region: Some("eu-central-1".to_owned()),
            }
            .into(),
            grounds: Grounds { reason: if open { format!("anyone can read the objects of acme-{number:06}").into() } else { "".into() },
            evidence: if verdict == VerdictKind::Fail {
                [Evidence {
                    resource: arn.into(),
                    pointer: "/policy/Statement/0".into(),
                    content: json!({ "Sid": format!("s{number}"), "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject" }).into(),
                    note: "this statement allows it".into(),
                    role: EvidenceRole::Primary,
                }]
                .into()
            } else {
                Box::default()
            },
            witness,
            unless: Box::default(),
            unknown_because: Box::default(),
            as_of: None,
            }
            .into(),
            fingerprint: Fingerprint((number as u128).to_be_bytes()),
            change: None,
            exception: None,
            age: None,
        }
    };
    Report {
        run: Run {
            id: "0123456789abcdef".to_owned(),
            instant: "2026-11-24T10:59:49Z".parse().unwrap(),
            ..Run::default()
        },
        checks: (0..60).map(|which| (format!("s3.bad_state_{which:02}"), card(which))).collect(),
        findings: (0..size).map(finding).collect(),
        ..Report::default()
    }
}

/// The folder that a bench leaves its figures in.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

/// Takes bytes and keeps their number only.
struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The most memory that this process has had, in megabytes.
fn peak() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or_default() * 1024.0 / 1e6
}

/// Seconds that this thread has a processor for some work, the best of three times: others may want it too.
fn busy(mut work: impl FnMut()) -> f64 {
    let so_far = || {
        let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        told.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
    };
    let taken = std::iter::repeat_with(|| {
        let begun = so_far();
        work();
        so_far() - begun
    });
    taken.take(3).fold(f64::INFINITY, f64::min)
}

/// Seconds of each format, the slowest of all, and what writing them adds to the memory that the report itself takes.
fn formats(size: usize, figures: &mut Map<String, Value>) {
    let report = report(size);
    let before = peak();
    let mut slowest = 0.0f64;
    for format in Format::ALL.iter().filter(|format| !format.is_folder()) {
        let mut out = Counter(0);
        let begun = Instant::now();
        format.write(&report, &TextOptions::default(), &mut out).unwrap();
        let seconds = begun.elapsed().as_secs_f64();
        slowest = slowest.max(seconds);
        #[expect(clippy::cast_precision_loss, reason = "a report is no petabyte")]
        let megabytes = out.0 as f64 / 1e6;
        figures.insert(format!("format_{}", format.name), json!({ "seconds": seconds, "megabytes": megabytes }));
    }
    figures.insert("formats_slowest".to_owned(), json!(slowest));
    figures.insert("formats_added_mb".to_owned(), json!(peak() - before));
}

/// Takes the files of a folder and keeps the number of cells that are not empty, where it is told to count.
struct Cells {
    count: Option<usize>,
}

impl FileWriter for Cells {
    fn file(&mut self, name: &str, content: &mut Content<'_>) -> io::Result<()> {
        let Some(count) = self.count.as_mut().filter(|_| name != "manifest.json") else {
            return content(&mut Counter(0));
        };
        let mut bytes = Vec::new();
        content(&mut bytes)?;
        for row in csv::Reader::from_reader(&bytes[..]).records() {
            *count += row?.iter().filter(|cell| !cell.is_empty()).count();
        }
        Ok(())
    }
}

/// A framework of which each control has a check of the report: a row for every result.
fn frameworks(size: usize, figures: &mut Map<String, Value>) {
    let mut report = report(size);
    let control = |id: &String| Control {
        id: id.clone(),
        title: "What a bucket must be like".to_owned(),
        level: "L1".to_owned(),
        published_as: None,
        checks: vec![ControlCheck { check: id.clone(), parameters: Parameters::new() }],
        not_covered: None,
    };
    report.compliance.frameworks = vec![Framework {
        id: "acme-1.0".to_owned(),
        name: "Acme Benchmark".to_owned(),
        version: "1.0".to_owned(),
        reference: "ACME-1.0".to_owned(),
        outcome: false,
        controls: report.checks.keys().map(control).collect(),
    }];
    let before = peak();
    let seconds = busy(|| compliance::write(&report, &mut Cells { count: None }).unwrap());
    let added = peak() - before;
    let mut cells = Cells { count: Some(0) };
    compliance::write(&report, &mut cells).unwrap();
    let workbook = busy(|| xlsx::write(&report, &mut Counter(0)).unwrap());
    #[expect(clippy::cast_precision_loss, reason = "no table has so many cells")]
    let (rows, cells) = (size as f64, cells.count.unwrap_or_default() as f64);
    figures.insert("folder_rows_a_second".to_owned(), json!(rows / seconds));
    figures.insert("folder_added_mb".to_owned(), json!(added));
    figures.insert("workbook_cells_a_second".to_owned(), json!(cells / workbook));
}

fn written(size: usize, to: &Path) -> (f64, f64) {
    let report = report(size);
    let mut page = Vec::new();
    let begun = Instant::now();
    forewarn_reports::html::write(&report, &mut page).unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    fs::write(to, &page).unwrap();
    #[expect(clippy::cast_precision_loss, reason = "a page is no petabyte")]
    let megabytes = page.len() as f64 / 1e6;
    (seconds, megabytes)
}

fn main() {
    // `cargo test --benches` only wants to see that it runs.
    let quick = std::env::args().any(|argument| argument == "--test") || !std::env::args().any(|a| a == "--bench");
    let (small, large) = if quick { (100, 1_000) } else { (10_000, 100_000) };
    let mut figures = Map::new();
    // First, so that nothing before has taken more memory.
    frameworks(large, &mut figures);
    formats(large, &mut figures);
    let (_, megabytes) = written(small, &folder().join("page-small.html"));
    let (seconds, _) = written(large, &folder().join("page-large.html"));
    figures.insert("small_mb".to_owned(), json!(megabytes));
    figures.insert("large_seconds".to_owned(), json!(seconds));
    let figures = Value::Object(figures);
    fs::write(folder().join("page.json"), figures.to_string()).unwrap();
    println!("{figures}");
}
