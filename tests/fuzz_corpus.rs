//! The corpus of the fuzz targets about logs, replayed: what was found once is not found again.

#[path = "../fuzz/src/logs.rs"]
mod logs;

use std::path::Path;

#[test]
fn what_the_fuzz_targets_about_logs_begin_with_holds() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (target, run) in [("reader", logs::reader as fn(&[u8])), ("filter", logs::filter), ("rules", logs::rules)] {
        let files: Vec<_> = std::fs::read_dir(corpus.join(target)).unwrap().map(|file| file.unwrap().path()).collect();
        assert!((3..60).contains(&files.len()), "{target}: {}", files.len());
        for file in files {
            run(&std::fs::read(file).unwrap());
        }
    }
}
