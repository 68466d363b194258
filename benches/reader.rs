//! The reader alone over the files of a log. Prints the seconds of the best of three times and how many records it read.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a bench"
)]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

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
    let folder = std::env::args().nth(1).expect("the folder of a log");
    let mut files = Vec::new();
    walk(Path::new(&folder), &mut files);
    files.sort();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut best = f64::INFINITY;
    let mut records = 0;
    for _ in 0..3 {
        let (next, count) = (AtomicUsize::new(0), AtomicU64::new(0));
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let summary = forewarn_events::read(File::open(path).unwrap(), &mut |_, _| {});
                        assert!(summary.is_whole(), "{}: {:?}", path.display(), summary.faults);
                        count.fetch_add(summary.records(), Ordering::Relaxed);
                    }
                });
            }
        });
        best = best.min(begun.elapsed().as_secs_f64());
        records = count.into_inner();
    }
    println!("{best} {records}");
}
