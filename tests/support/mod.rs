//! Running the binary without anything of the caller's environment.

pub mod between;
pub mod mmdb;
pub mod moto;
pub mod story;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::Command;
use forewarn_simaws::{Running, demo};
use serde_json::Value;

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

/// The report of an audit that is interrupted a while `after` the calls that it made are `enough`.
pub fn interrupted(
    server: &Running,
    arguments: &[&str],
    enough: impl Fn(&BTreeMap<String, u64>) -> bool,
    after: Duration,
) -> Value {
    let (key, _) = server.credentials(demo::ACCOUNT);
    let home = tempfile::tempdir().unwrap();
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("forewarn"))
        .args(["audit", "--endpoint-url", &server.url(), "--region", "us-east-1", "-f", "json=partial.json"])
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .env("AWS_ACCESS_KEY_ID", &key)
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .current_dir(home.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !enough(&server.calls()) {
        assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", server.calls());
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(after);
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let text = std::fs::read_to_string(home.path().join("partial.json")).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["run"]["interrupted"], true);
    report
}
