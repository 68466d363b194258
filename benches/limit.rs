//! The limit that reading is measured against: unpack each file of a log and parse its records into a borrowed struct, with
//! flate2 and `serde_json` alone. Prints the seconds of the best of three times and how many records there were.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a bench"
)]

use std::borrow::Cow;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde::Deserialize;

#[derive(Deserialize)]
struct Delivered<'a> {
    #[serde(rename = "Records", borrow)]
    records: Vec<Record<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "they are parsed, and nothing more")]
struct Record<'a> {
    #[serde(borrow)]
    event_time: Cow<'a, str>,
    #[serde(borrow)]
    event_name: Cow<'a, str>,
    #[serde(borrow)]
    event_source: Cow<'a, str>,
    #[serde(rename = "eventID", borrow)]
    event_id: Cow<'a, str>,
    #[serde(borrow)]
    aws_region: Cow<'a, str>,
    #[serde(rename = "sourceIPAddress", borrow)]
    address: Cow<'a, str>,
    #[serde(borrow)]
    user_agent: Option<Cow<'a, str>>,
    #[serde(borrow)]
    error_code: Option<Cow<'a, str>>,
    #[serde(borrow)]
    recipient_account_id: Option<Cow<'a, str>>,
    read_only: Option<bool>,
    #[serde(borrow)]
    user_identity: Identity<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "they are parsed, and nothing more")]
struct Identity<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    arn: Option<Cow<'a, str>>,
    #[serde(borrow)]
    account_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    access_key_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    user_name: Option<Cow<'a, str>>,
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn main() {
    // Cargo gives its own word to what it takes for a bench.
    let folder = std::env::args().skip(1).find(|word| !word.starts_with("--")).expect("the folder of a log");
    let mut files = Vec::new();
    walk(Path::new(&folder), &mut files);
    files.sort();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut best = f64::INFINITY;
    let mut records = 0;
    for _ in 0..3 {
        let (next, count) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let mut text = Vec::new();
                    while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                        text.clear();
                        let file = File::open(path).unwrap();
                        flate2::read::MultiGzDecoder::new(file).read_to_end(&mut text).unwrap();
                        let read: Delivered<'_> = serde_json::from_slice(&text).unwrap();
                        count.fetch_add(read.records.len(), Ordering::Relaxed);
                    }
                });
            }
        });
        best = best.min(begun.elapsed().as_secs_f64());
        records = count.into_inner();
    }
    println!("{best} {records}");
}
