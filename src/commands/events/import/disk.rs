//! Log files on disk, and stdin.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context as _, bail};
use forewarn_reports::inert;
use forewarn_store::Source;

/// Ends of names that logs have. A file that is named itself is read whatever it is called.
const ENDS: [&str; 8] = [".json", ".gz", ".ndjson", ".jsonl", ".csv", ".tsv", ".log", ".txt"];

/// Folders in folders are followed so far; AWS makes ten.
const DEPTH: usize = 32;

/// stdin, which is read each time.
pub(super) fn stdin() -> Source {
    Source { name: "stdin".to_owned(), identity: None, open: Box::new(|| Ok(Box::new(io::stdin()) as Box<dyn Read>)) }
}

/// The file of a name, or the files below the folder of a name.
pub(in crate::commands::events) fn find(
    name: &str,
    sources: &mut Vec<Source>,
    passed: &mut Vec<String>,
) -> anyhow::Result<()> {
    let shown = inert(name).into_owned();
    let path = fs::canonicalize(name).with_context(|| format!("cannot read `{shown}`"))?;
    if !path.is_dir() {
        sources.push(source(path)?);
        return Ok(());
    }
    let mut files = Vec::new();
    walk(&path, DEPTH, &mut files)?;
    files.sort();
    let before = sources.len();
    for file in files {
        let name = file.to_string_lossy().to_ascii_lowercase();
        if ENDS.iter().any(|end| name.ends_with(end)) {
            sources.push(source(file)?);
        } else {
            passed.push(file.to_string_lossy().into_owned());
        }
    }
    if sources.len() == before {
        bail!("no log file below `{shown}`: none of its files ends in {}", ENDS.join(", "));
    }
    Ok(())
}

fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let shown = || format!("cannot read `{}`", inert(&folder.to_string_lossy()));
    if depth == 0 {
        bail!("{}: too many folders, one in another", shown());
    }
    // A store in the folder is not a log, and its Parquet files are no logs by their name; its own folder is passed.
    for entry in fs::read_dir(folder).with_context(shown)? {
        let entry = entry.with_context(shown)?;
        let kind = entry.file_type().with_context(shown)?;
        if kind.is_dir() {
            if entry.file_name() != "_forewarn" {
                walk(&entry.path(), depth - 1, files)?;
            }
        } else if kind.is_file() || entry.path().is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn source(path: PathBuf) -> anyhow::Result<Source> {
    let about = fs::metadata(&path).with_context(|| format!("cannot read `{}`", inert(&path.to_string_lossy())))?;
    let changed = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let identity = changed.filter(|_| about.is_file()).map(|at| format!("{} bytes, {} ns", about.len(), at.as_nanos()));
    let name = path.to_string_lossy().into_owned();
    let open = move || File::open(&path).map(|file| Box::new(file) as Box<dyn Read>);
    Ok(Source { name, identity, open: Box::new(open) })
}
