//! The statements that are shipped, on the embedded engine and on Spark.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use crate::place::{cargo, root, run as execute, target, words};
use crate::test::make_python;

/// Imports made-up events, runs the statements of `events ddl` and of `docs/sql.md`, and those that filters are translated to,
/// on both engines, and compares the sorted rows.
pub fn run() -> anyhow::Result<String> {
    let java = Command::new("java").arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !java.is_ok_and(|status| status.success()) {
        bail!("java did not start (Debian: apt-get install default-jre-headless)");
    }
    let python = target().join("spark/bin/python");
    make_python("tests/spark/requirements.txt", &python)?;
    // The selection of `cargo xtask test`: another one has other features, and builds the AWS SDK again.
    execute(&mut cargo(&["build", "--workspace", "--all-targets"]))?;
    let folder = target().join("spark-work");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut command = Command::new(&python);
    command.arg(root().join("tests/spark/compare.py")).arg(target().join("debug/forewarn"));
    command.arg(root().join("docs/sql.md")).arg(&folder).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().with_context(|| format!("cannot run {}", words(&command)))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let told = text.lines().filter_map(|line| line.strip_prefix("proof: "));
    let told = told.collect::<Vec<_>>().join("; ");
    if !output.status.success() || told.is_empty() {
        bail!("{}: {}", output.status, text.trim());
    }
    Ok(told)
}
