//! The corpus of the fuzz targets, replayed: what was found once stays mended.

use std::panic::catch_unwind;
use std::path::Path;
use std::time::{Duration, Instant};

#[path = "../../../../fuzz/src/inputs.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets share the file")]
mod inputs;

/// Ten times what an input may take where the machine has nothing else to do.
const PATIENCE: Duration = Duration::from_secs(10);

#[expect(clippy::disallowed_methods, reason = "the corpus is files, and how long an input takes is the question")]
fn replayed(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!((20..=60).contains(&files.len()), "{}: {} files", folder.display(), files.len());
    for file in files {
        let data = std::fs::read(&file).unwrap();
        let begun = Instant::now();
        assert!(catch_unwind(|| run(&data)).is_ok(), "{}", file.display());
        assert!(begun.elapsed() < PATIENCE, "{} took {:?}", file.display(), begun.elapsed());
    }
}

#[test]
fn any_bytes_are_read_or_refused() {
    replayed("parse", inputs::parse);
}

#[test]
fn any_case_of_decide_is_answered() {
    replayed("decide", inputs::decide);
}

#[test]
fn any_case_of_reach_is_answered() {
    replayed("reach", inputs::reach);
}

#[test]
fn any_case_of_compare_is_answered() {
    replayed("compare", inputs::compare);
}

#[test]
fn any_text_is_linted() {
    replayed("lint", inputs::lint);
}
