//! Where things are, and how commands are run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

/// The root of the checkout, as Cargo says it now: two checkouts may share a target directory, and so this program.
pub fn root() -> PathBuf {
    let crate_root = told("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    crate_root.ancestors().nth(2).expect("xtask stands in crates/").to_owned()
}

/// The target directory: `FOREWARN_TARGET_DIR`, else what Cargo was told, else a cache folder outside the checkout.
pub fn target() -> PathBuf {
    let cache = || told("XDG_CACHE_HOME").or_else(|| Some(told("HOME")?.join(".cache")));
    let chosen = told("FOREWARN_TARGET_DIR")
        .or_else(|| told("CARGO_TARGET_DIR"))
        .or_else(|| Some(cache()?.join("forewarn").join("target")))
        .unwrap_or_else(|| root().join("target"));
    std::path::absolute(&chosen).unwrap_or(chosen)
}

/// A path from the environment; an empty one counts as none.
fn told(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The Python of the environment that the tests use.
pub fn python() -> PathBuf {
    target().join("python").join("bin").join("python")
}

/// A folder of npm packages that tests run as programs of their own; they look for it in the target directory.
pub struct Packages {
    /// Where its lists and its script lie in the checkout.
    pub from: &'static str,
    /// Its name in the target directory.
    pub to: &'static str,
    /// The script.
    pub script: &'static str,
}

/// All of them: the third opinion about policies, and the browser that looks at the page.
pub const PACKAGES: [Packages; 2] = [
    Packages { from: "crates/policy/iam-simulate", to: "iam-simulate", script: "answer.mjs" },
    Packages { from: "reports/html/browser", to: "browser", script: "look.mjs" },
];

/// `cargo` in the checkout, without incremental state, with the target directory above.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root()).env("CARGO_INCREMENTAL", "0").env("CARGO_TARGET_DIR", target());
    command
}

/// Runs a command to its end; it cannot ask for anything.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot run {}", words(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", words(command));
    }
    Ok(())
}

/// The command as a person would type it.
pub fn words(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" ")
}
