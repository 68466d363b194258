//! `cargo xtask prove`: what is too long for every run, and the page that tells of it.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::place::{cargo, root, run as execute, target, words};
use crate::spark;
use crate::test::install_packages;

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
    Run {
        what: "a No of reach against random requests",
        test: "where_nobody_gets_in_no_request_of_ten_thousand_does",
        environment: &[("FOREWARN_SAMPLED_SETS", "1500")],
    },
    Run {
        what: "decide against @cloud-copilot/iam-simulate",
        test: "a_third_opinion_decides_alike_but_for_what_is_listed",
        environment: &[],
    },
];

/// The binaries of `fuzz/`.
const FUZZ_TARGETS: [&str; 8] = ["parse", "decide", "reach", "compare", "lint", "reader", "filter", "rules"];

/// A run that takes subcommands of Cargo that not everybody has.
struct WithTools {
    what: &'static str,
    tools: &'static [&'static str],
    work: fn() -> anyhow::Result<String>,
}

const TOOLS: &[WithTools] = &[
    WithTools { what: "the fuzz targets", tools: &["fuzz"], work: fuzz },
    WithTools { what: "cargo-mutants over decide, reach and compare", tools: &["mutants", "nextest"], work: mutate },
];

/// What became of a run.
struct Row {
    what: String,
    seconds: u64,
    outcome: Result<String, String>,
}

/// Runs everything, whatever became of what ran before, writes `docs/proof.md`, and fails where something failed.
pub fn run() -> anyhow::Result<()> {
    install_packages()?;
    let mut rows: Vec<Row> = RUNS.iter().map(|run| timed(run.what, || test(run))).collect();
    rows.push(timed("the statements that are shipped, on the embedded engine and on Spark", spark::run));
    let mut left_out = Vec::new();
    for what in TOOLS {
        match what.tools.iter().find(|tool| !is_installed(tool)) {
            None => rows.push(timed(what.what, what.work)),
            Some(tool) => {
                let how = format!("cargo-{tool} is not installed (`cargo install --locked cargo-{tool}`)");
                left_out.push(format!("{}: {how}.", what.what));
            }
        }
    }
    let page = page(&rows, &left_out)?;
    println!("{page}");
    fs::write(root().join("docs/proof.md"), page).context("cannot write docs/proof.md")?;
    let failed: Vec<&str> = rows.iter().filter(|row| row.outcome.is_err()).map(|row| row.what.as_str()).collect();
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

fn is_installed(tool: &str) -> bool {
    let asked = Command::new("cargo").args([tool, "--version"]).stderr(Stdio::null()).output();
    asked.is_ok_and(|output| output.status.success())
}

fn timed(what: &str, work: impl FnOnce() -> anyhow::Result<String>) -> Row {
    eprintln!("── {what}");
    let begun = Instant::now();
    let outcome = work().map_err(|error| format!("{error:#}"));
    if let Err(error) = &outcome {
        eprintln!("{error}");
    }
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

/// Runs the fuzz targets one after another, from their corpus on; what is found new stays outside the checkout.
///
/// The build for fuzzing takes some eight times as long as the one that users have, and asks an input several questions: what
/// takes it longer than a second is asked once more of the program itself.
fn fuzz() -> anyhow::Result<String> {
    let minutes: u64 = std::env::var("FOREWARN_FUZZ_MINUTES").map_or(Ok(3), |minutes| minutes.parse())?;
    execute(&mut cargo(&["build", "--release", "--package", "forewarn"]))?;
    let mut told = Vec::new();
    for name in FUZZ_TARGETS {
        let found = target().join("fuzz-corpus").join(name);
        let slow = target().join("fuzz-slow").join(name);
        if slow.exists() {
            fs::remove_dir_all(&slow).with_context(|| format!("cannot empty {}", slow.display()))?;
        }
        for folder in [&found, &slow] {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        // No sanitizer: the engine has no unsafe code, and so the stable compiler will do.
        let mut command = cargo(&["fuzz", "run", "--sanitizer", "none", name]);
        command.env("CARGO_TARGET_DIR", target().join("fuzz")).arg(&found).arg(root().join("fuzz/corpus").join(name));
        command.args(["--", "-timeout=60", "-report_slow_units=1", "-rss_limit_mb=500", "-max_len=20480"]);
        command.arg("-print_final_stats=1");
        command.arg(format!("-max_total_time={}", minutes * 60)).stdin(Stdio::null());
        command.arg(format!("-artifact_prefix={}/", slow.display()));
        let output = command.output().with_context(|| format!("cannot run {}", words(&command)))?;
        let text = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            let last: Vec<&str> = text.lines().rev().take(40).collect();
            bail!("{name}: {}\n{}", output.status, last.into_iter().rev().collect::<Vec<_>>().join("\n"));
        }
        let stat = |key: &str| -> &str {
            let line = text.lines().rev().find_map(|line| line.split_once(key));
            line.and_then(|(_, rest)| rest.split_whitespace().next()).unwrap_or("?")
        };
        let (inputs, places) = (stat("stat::number_of_executed_units:"), stat(" cov: "));
        let (slowest, memory) = (stat("stat::slowest_unit_time_sec:"), stat("stat::peak_rss_mb:"));
        let slowest = slowest_answer(name, &slow)?.unwrap_or_else(|| format!("slowest {slowest} s"));
        told.push(format!("{name}: {inputs} inputs, {places} places in the code, {slowest}, {memory} MB"));
    }
    Ok(format!("{minutes} min each; {}", told.join("; ")))
}

/// Asks the program what took long in the build for fuzzing; `None` = nothing did.
fn slowest_answer(name: &str, folder: &Path) -> anyhow::Result<Option<String>> {
    let mut slowest = Duration::ZERO;
    let mut asked = 0;
    for file in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = file?.path();
        let input = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let questions = questions(name, &input);
        if questions.is_empty() {
            bail!("{name}: {} takes longer than a second", path.display());
        }
        for question in questions {
            // A busy machine takes longer, and never shorter.
            let mut best = Duration::MAX;
            for _ in 0..3 {
                best = best.min(answered(&question)?);
            }
            if best > Duration::from_secs(1) {
                bail!("{name}: an answer to {} takes {:.1} s", path.display(), best.as_secs_f64());
            }
            slowest = slowest.max(best);
            asked += 1;
        }
    }
    Ok((asked > 0).then(|| format!("slowest {:.1} s of {asked} answers", slowest.as_secs_f64())))
}

/// What an input of a target asks the policy engine, as lines of the batch; nothing, where it asks something else.
fn questions(name: &str, input: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(input);
    if matches!(name, "lint" | "parse") {
        let of = |kind: &str| json!({ "id": "1", "op": "lint", "kind": kind, "raw": text }).to_string();
        return ["identity", "resource"].map(of).into();
    }
    let case = serde_json::from_str::<Value>(&text).ok().filter(Value::is_object);
    let Some(mut case) = case.filter(|_| matches!(name, "decide" | "reach" | "compare")) else { return Vec::new() };
    (case["id"], case["op"]) = (json!("1"), json!(name));
    let mut asked = vec![case.to_string()];
    if name == "compare" {
        let (new, old) = (case["new"].take(), case["old"].take());
        (case["new"], case["old"]) = (old, new.clone());
        asked.push(case.to_string());
        case["old"] = case["new"].clone();
        asked.push(case.to_string());
    }
    asked
}

/// How long the program takes for a line of the batch, from its start on.
fn answered(question: &str) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let mut command = Command::new(target().join("release/forewarn"));
    let mut program = command.args(["policy", "batch"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    let mut input = program.stdin.take().context("the program takes no input")?;
    input.write_all(question.as_bytes())?;
    drop(input);
    let status = program.wait()?;
    if !status.success() {
        bail!("{} ended with {status}", words(&command));
    }
    Ok(begun.elapsed())
}

/// Mutants of what decides, as `.cargo/mutants.toml` has them, with the tests that `.config/nextest.toml` picks. Those
/// that no test notices are listed in the outcome, and so are those that the time limit cut off: a busy machine does that
/// too, so that each has to be tried again by itself.
///
/// `FOREWARN_MUTANTS_SHARD` (`0/20`) tries a part of them, which the outcome says.
fn mutate() -> anyhow::Result<String> {
    let mut command =
        cargo(&["mutants", "--package", "forewarn-policy", "--jobs", "2", "--timeout", "120", "--output"]);
    command.arg(target());
    let shard = std::env::var("FOREWARN_MUTANTS_SHARD").ok();
    if let Some(shard) = &shard {
        command.args(["--shard", shard, "--sharding", "round-robin"]);
    }
    // It ends in failure where a mutant survives: the lists say how many. Its copies have target directories of their own.
    let ended = execute(
        command.env_remove("CARGO_TARGET_DIR").env_remove("CARGO_INCREMENTAL").env("FOREWARN_CASES_PERCENT", "4"),
    );
    let list = |name: &str| -> anyhow::Result<Vec<String>> {
        let path = target().join("mutants.out").join(name);
        let text = fs::read_to_string(&path).with_context(|| format!("no {}: {ended:?}", path.display()))?;
        Ok(text.lines().map(str::to_owned).collect())
    };
    let (caught, missed, slow) = (list("caught.txt")?, list("missed.txt")?, list("timeout.txt")?);
    let part = shard.map_or_else(|| "all".to_owned(), |shard| format!("shard {shard}"));
    let told = format!(
        "{part}: {} do not compile, {} caught, {} survived: {}; {} cut off: {}",
        list("unviable.txt")?.len(),
        caught.len(),
        missed.len(),
        missed.join(", "),
        slow.len(),
        slow.join(", "),
    );
    let all = caught.len() + missed.len();
    if all == 0 || missed.len() * 20 > all {
        bail!("more than 5 % survived: {told}");
    }
    Ok(told)
}

fn page(rows: &[Row], left_out: &[String]) -> anyhow::Result<String> {
    let date = Command::new("date").args(["-u", "+%Y-%m-%d"]).output().context("cannot run date")?;
    let version = Command::new("cvc5").arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    let version = String::from_utf8_lossy(&version).lines().next().unwrap_or("cvc5 did not start").to_owned();
    let mut page = String::from("# What was proved last\n\n");
    writeln!(
        page,
        "`cargo xtask prove` on {}; {version}. What each run is stands in [testing.md](testing.md); earlier runs in [proof-history.md](proof-history.md).\n",
        String::from_utf8_lossy(&date.stdout).trim()
    )?;
    page.push_str("| run | min:s | outcome |\n|---|---|---|\n");
    for Row { what, seconds, outcome } in rows {
        let outcome = match outcome {
            Ok(told) => told.replace('|', "\\|"),
            // A row is one line; the whole stands on the terminal.
            Err(error) => format!("**failed**: {}", error.lines().next().unwrap_or_default().replace('|', "\\|")),
        };
        writeln!(page, "| {what} | {}:{:02} | {outcome} |", seconds / 60, seconds % 60)?;
    }
    for why in left_out {
        writeln!(page, "\nLeft out: {why}")?;
    }
    Ok(page)
}
