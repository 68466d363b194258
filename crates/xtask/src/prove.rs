//! `cargo xtask prove`: what is too long for every run, and the page that tells of it.

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail};

use crate::place::{cargo, root, run as execute, target, words};

/// A long run: tests of the policy engine that print lines beginning with `proof:`.
struct Run {
    what: &'static str,
    /// The test, by the end of its path.
    test: &'static str,
    /// What it is told, beyond its ordinary size.
    environment: &'static [(&'static str, &'static str)],
}

const RUNS: &[Run] = &[
    Run {
        what: "decide against a second reading of the facts",
        test: "two_readings_of_the_facts_decide_alike",
        environment: &[],
    },
    Run {
        what: "reach against cvc5, the corpus",
        test: "the_solver_agrees_on_every_policy_of_the_corpus",
        environment: &[],
    },
    Run {
        what: "reach against cvc5, made-up questions",
        test: "the_solver_agrees_on_made_up_questions",
        environment: &[("FOREWARN_SMT_QUESTIONS", "2000")],
    },
];

/// What became of a run.
struct Row {
    what: String,
    seconds: u64,
    outcome: Result<String, String>,
}

/// Runs everything, whatever became of what ran before, writes `docs/proof.md`, and fails where something failed.
pub fn run() -> anyhow::Result<()> {
    let mut rows: Vec<Row> = RUNS.iter().map(|run| timed(run.what, || test(run))).collect();
    let mutants = Command::new("cargo").args(["mutants", "--version"]).stderr(Stdio::null()).output();
    let left_out = if mutants.is_ok_and(|output| output.status.success()) {
        rows.push(timed("cargo-mutants over decide, reach and compare", mutate));
        None
    } else {
        Some("cargo-mutants is not installed (`cargo install --locked cargo-mutants`): no mutant was tried.")
    };
    let page = page(&rows, left_out)?;
    println!("{page}");
    fs::write(root().join("docs/proof.md"), page).context("cannot write docs/proof.md")?;
    let failed: Vec<&str> = rows.iter().filter(|row| row.outcome.is_err()).map(|row| row.what.as_str()).collect();
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

fn timed(what: &str, work: impl FnOnce() -> anyhow::Result<String>) -> Row {
    eprintln!("── {what}");
    let begun = Instant::now();
    let outcome = work().map_err(|error| format!("{error:#}"));
    Row { what: what.to_owned(), seconds: begun.elapsed().as_secs(), outcome }
}

/// Runs one test; what it printed of itself is the result.
fn test(run: &Run) -> anyhow::Result<String> {
    let mut command = cargo(&["test", "--package", "forewarn-policy", "--lib", "--", "--nocapture", run.test]);
    command.envs(run.environment.iter().copied()).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().with_context(|| format!("cannot run {}", words(&command)))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        eprintln!("{text}");
        bail!("{} ended with {}", words(&command), output.status);
    }
    // A filter that finds no test is no proof.
    if !text.contains("test result: ok. 1 passed") {
        bail!("the test `{}` did not run", run.test);
    }
    let told = text.lines().filter_map(|line| line.split_once("proof: ")).map(|(_, told)| told.to_owned());
    Ok(told.collect::<Vec<_>>().join("; "))
}

/// Mutants of what decides; those that no test notices are listed in the outcome.
fn mutate() -> anyhow::Result<String> {
    let files = ["decide.rs", "reach/*.rs", "compare.rs"].map(|file| format!("crates/policy/src/{file}"));
    let mut command = cargo(&["mutants", "--package", "forewarn-policy", "--output"]);
    command.arg(target());
    for file in &files {
        command.args(["--file", file]);
    }
    // It ends in failure where a mutant survives: the lists say how many.
    let ended = execute(&mut command);
    let list = |name: &str| -> anyhow::Result<Vec<String>> {
        let path = target().join("mutants.out").join(name);
        let text = fs::read_to_string(&path).with_context(|| format!("no {}: {ended:?}", path.display()))?;
        Ok(text.lines().map(str::to_owned).collect())
    };
    let (caught, missed) = (list("caught.txt")?, list("missed.txt")?);
    let told = format!("{} caught, {} survived: {}", caught.len(), missed.len(), missed.join(", "));
    if missed.len() * 20 > caught.len() + missed.len() {
        bail!("more than 5 % survived: {told}");
    }
    Ok(told)
}

fn page(rows: &[Row], left_out: Option<&str>) -> anyhow::Result<String> {
    let date = Command::new("date").args(["-u", "+%Y-%m-%d"]).output().context("cannot run date")?;
    let version = Command::new("cvc5").arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    let version = String::from_utf8_lossy(&version).lines().next().unwrap_or("cvc5 did not start").to_owned();
    let mut page = String::from("# What was proved last\n\n");
    writeln!(
        page,
        "`cargo xtask prove` on {}; {version}. What each run is stands in [testing.md](testing.md).\n",
        String::from_utf8_lossy(&date.stdout).trim()
    )?;
    page.push_str("| run | min:s | outcome |\n|---|---|---|\n");
    for Row { what, seconds, outcome } in rows {
        let outcome = match outcome {
            Ok(told) => told.replace('|', "\\|"),
            Err(error) => format!("**failed**: {}", error.replace('|', "\\|")),
        };
        writeln!(page, "| {what} | {}:{:02} | {outcome} |", seconds / 60, seconds % 60)?;
    }
    if let Some(why) = left_out {
        writeln!(page, "\nLeft out: {why}")?;
    }
    Ok(page)
}
