//! `cargo xtask test`: makes its own environment and runs everything.

use std::process::Command;
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, anyhow, bail};

use crate::place::{cargo, python, root, run as execute, target};

/// A stage: its name, its seconds, and how it ended.
type Stage = (&'static str, u64, anyhow::Result<()>);

/// Runs every stage, whatever became of those before.
fn stages() -> Vec<Stage> {
    let mut done = Vec::new();
    let mut stage = |name: &'static str, work: &mut dyn FnMut() -> anyhow::Result<()>| {
        eprintln!("── {name}");
        let begun = Instant::now();
        let outcome = work();
        if let Err(error) = &outcome {
            eprintln!("── {name} failed: {error:#}");
        }
        done.push((name, begun.elapsed().as_secs(), outcome));
    };
    // pip works beside the compiler.
    let environment = thread::spawn(make_environment);
    stage("format", &mut || execute(&mut cargo(&["fmt", "--all", "--check"])));
    stage("clippy", &mut || execute(&mut cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])));
    stage("build", &mut || execute(&mut cargo(&["test", "--workspace", "--all-targets", "--no-run"])));
    let mut environment = Some(environment);
    stage("python", &mut || {
        let made = environment.take().ok_or_else(|| anyhow!("asked for twice"))?;
        made.join().map_err(|_| anyhow!("the thread broke off"))?
    });
    stage("tests", &mut || {
        let mut tests = cargo(&["test", "--workspace", "--all-targets", "--no-fail-fast"]);
        execute(tests.env("INSTA_UPDATE", "no").env("FOREWARN_PYTHON", python()))
    });
    stage("doc tests", &mut || execute(&mut cargo(&["test", "--workspace", "--doc"])));
    stage("rustdoc", &mut || {
        let mut rustdoc = cargo(&["doc", "--workspace", "--no-deps", "--document-private-items"]);
        execute(rustdoc.env("RUSTDOCFLAGS", "-D warnings"))
    });
    done
}

/// Runs every stage, says how long each took, and fails when one failed or could not run.
pub fn run() -> anyhow::Result<()> {
    let done = stages();
    println!("\n{:<10} {:>7}  outcome", "stage", "seconds");
    for (name, seconds, outcome) in &done {
        println!("{name:<10} {seconds:>7}  {}", if outcome.is_ok() { "passed" } else { "FAILED" });
    }
    let failed: Vec<&str> = done.iter().filter(|(_, _, outcome)| outcome.is_err()).map(|(name, _, _)| *name).collect();
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

/// A Python environment with the emulator, made once for each list of packages.
fn make_environment() -> anyhow::Result<()> {
    let wanted = root().join("tests/moto/requirements.txt");
    let list = std::fs::read_to_string(&wanted).with_context(|| format!("cannot read {}", wanted.display()))?;
    let folder = target().join("python");
    let stamp = folder.join("requirements.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|made| made == list) {
        return Ok(());
    }
    execute(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    execute(
        Command::new(python())
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
            .arg(&wanted),
    )?;
    std::fs::write(&stamp, list).context("cannot note what was installed")
}
