//! Running the binary without anything of the caller's environment.

pub mod moto;

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

/// `forewarn` with an empty environment and its own home.
pub fn forewarn(home: &Path) -> Command {
    let mut command = Command::cargo_bin("forewarn").unwrap();
    command.env_clear().env("HOME", home).env("AWS_EC2_METADATA_DISABLED", "true").current_dir(home);
    command
}

/// The same with credentials that any local endpoint takes.
pub fn signed(home: &Path, key: &str) -> Command {
    let mut command = forewarn(home);
    command.env("AWS_ACCESS_KEY_ID", key).env("AWS_SECRET_ACCESS_KEY", "secret");
    command
}

/// What a run said, for a failing assertion.
pub fn said(output: &Output) -> String {
    format!(
        "exit {:?}\n--- stdout\n{}\n--- stderr\n{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
