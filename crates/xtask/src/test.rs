//! `cargo xtask test`: makes its own environment and runs everything.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, anyhow, bail};

use crate::place::{PACKAGES, Packages, cargo, python, root, run as execute, target};

/// What became of a stage.
enum Outcome {
    Passed,
    Failed(anyhow::Error),
    LeftOut(&'static str),
}

/// The stages so far: name, seconds, what became of them.
struct Stages(Vec<(&'static str, u64, Outcome)>);

impl Stages {
    fn run(&mut self, name: &'static str, work: impl FnOnce() -> anyhow::Result<()>) {
        eprintln!("── {name}");
        let begun = Instant::now();
        let outcome = work().map_or_else(Outcome::Failed, |()| Outcome::Passed);
        if let Outcome::Failed(error) = &outcome {
            eprintln!("── {name} failed: {error:#}");
        }
        self.0.push((name, begun.elapsed().as_secs(), outcome));
    }

    fn leave_out(&mut self, name: &'static str, why: &'static str) {
        self.0.push((name, 0, Outcome::LeftOut(why)));
    }

    fn passed(&self, name: &str) -> bool {
        self.0.iter().any(|(one, _, outcome)| *one == name && matches!(outcome, Outcome::Passed))
    }
}

/// Runs every stage, whatever became of those before, says how long each took, and fails when one failed.
///
/// Without Python the tests with `moto` in their names do not run; the table says so, and only `--no-moto` makes that good.
pub fn run(moto: bool) -> anyhow::Result<()> {
    let begun = Instant::now();
    let stages = stages(moto);
    println!("\n{:<12} {:>7}  outcome", "stage", "min:s");
    for (name, seconds, outcome) in &stages.0 {
        let words = match outcome {
            Outcome::Passed => "passed".to_owned(),
            Outcome::Failed(error) => format!("FAILED: {error:#}"),
            Outcome::LeftOut(why) => format!("left out: {why}"),
        };
        println!("{name:<12} {:>7}  {words}", minutes(*seconds));
    }
    println!("{:<12} {:>7}", "all", minutes(begun.elapsed().as_secs()));
    let failed = stages.0.iter().filter(|(_, _, outcome)| matches!(outcome, Outcome::Failed(_)));
    let failed: Vec<&str> = failed.map(|(name, _, _)| *name).collect();
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

fn minutes(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn stages(moto: bool) -> Stages {
    let mut stages = Stages(Vec::new());
    // pip and npm work beside the compiler; their stages are the wait that remains.
    let environment = moto.then(|| thread::spawn(make_environment));
    let opinion = thread::spawn(install_packages);
    stages.run("format", || execute(&mut cargo(&["fmt", "--all", "--check"])));
    stages.run("clippy", || execute(&mut cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])));
    stages.run("build", || execute(&mut cargo(&["test", "--workspace", "--all-targets", "--no-run"])));
    match environment {
        Some(made) => stages.run("python", || made.join().map_err(|_| anyhow!("the thread broke off"))?),
        None => stages.leave_out("python", "--no-moto: no test with `moto` in its name has run"),
    }
    stages.run("node", || opinion.join().map_err(|_| anyhow!("the thread broke off"))?);
    let with_python = stages.passed("python");
    stages.run("tests", || {
        let mut tests = cargo(&["test", "--workspace", "--no-fail-fast"]);
        tests.env("INSTA_UPDATE", "no");
        if with_python {
            tests.arg("--all-targets").env("FOREWARN_PYTHON", python());
        } else {
            // Benches do not know `--skip`.
            tests.args(["--lib", "--bins", "--tests", "--examples", "--", "--skip", "moto"]);
        }
        execute(&mut tests)
    });
    stages.run("doc tests", || execute(&mut cargo(&["test", "--workspace", "--doc"])));
    stages.run("rustdoc", || {
        let mut rustdoc = cargo(&["doc", "--workspace", "--no-deps", "--document-private-items"]);
        execute(rustdoc.env("RUSTDOCFLAGS", "-D warnings"))
    });
    stages
}

/// The npm packages that tests run as programs of their own.
pub fn install_packages() -> anyhow::Result<()> {
    PACKAGES.iter().try_for_each(install)
}

/// Installs a folder of packages, anew when its lock file changes.
fn install(packages: &Packages) -> anyhow::Result<()> {
    let (from, to) = (root().join(packages.from), target().join(packages.to));
    std::fs::create_dir_all(&to).with_context(|| format!("cannot make {}", to.display()))?;
    for name in ["package.json", "package-lock.json", packages.script] {
        std::fs::copy(from.join(name), to.join(name)).with_context(|| format!("cannot copy {name}"))?;
    }
    let stamp = to.join("installed.json");
    let list = std::fs::read(to.join("package-lock.json"))?;
    if std::fs::read(&stamp).is_ok_and(|installed| installed == list) {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(&to);
    execute(&mut npm).context("no Node environment (Debian: apt-get install nodejs npm)")?;
    std::fs::write(&stamp, list).context("cannot note what was installed")
}

/// A Python environment with the emulator, and with an engine that reads what is written as Parquet.
pub fn make_environment() -> anyhow::Result<()> {
    make_python("tests/moto/requirements.txt", &python())
}

/// A Python environment with the packages of a list, made anew when the list or the interpreter changes.
pub fn make_python(list: &str, python: &Path) -> anyhow::Result<()> {
    let wanted = root().join(list);
    let list = std::fs::read_to_string(&wanted).with_context(|| format!("cannot read {}", wanted.display()))?;
    let folder = python.ancestors().nth(2).context("a Python lies in a folder of its environment")?;
    let stamp = folder.join("requirements.txt");
    let works = || Command::new(python).arg("--version").output().is_ok_and(|output| output.status.success());
    if std::fs::read_to_string(&stamp).is_ok_and(|made| made == list) && works() {
        return Ok(());
    }
    execute(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))
        .context("no Python environment (Debian: apt-get install python3-venv)")?;
    execute(
        Command::new(python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "-r"])
            .arg(&wanted),
    )?;
    std::fs::write(&stamp, list).context("cannot note what was installed")
}
