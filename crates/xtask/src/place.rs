//! Where things are, and how commands are run.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

/// The root of the checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("xtask stands in crates/").to_owned()
}

/// The target directory: `FOREWARN_TARGET_DIR`, else what Cargo was told, else a cache folder outside the checkout.
pub fn target() -> PathBuf {
    let told = ["FOREWARN_TARGET_DIR", "CARGO_TARGET_DIR"].into_iter().find_map(std::env::var_os);
    told.map_or_else(
        || {
            let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
            let home = || std::env::var_os("HOME").map_or_else(|| PathBuf::from("."), PathBuf::from);
            cache.unwrap_or_else(|| home().join(".cache")).join("forewarn").join("target")
        },
        PathBuf::from,
    )
}

/// The Python of the environment that the tests use.
pub fn python() -> PathBuf {
    target().join("python").join("bin").join("python")
}

/// `cargo` in the checkout, without incremental state, with the target directory above.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root()).env("CARGO_INCREMENTAL", "0").env("CARGO_TARGET_DIR", target());
    command
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot run {}", words(command)))?;
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
