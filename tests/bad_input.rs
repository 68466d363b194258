//! Wrong usage and broken input: a clear message, the right exit code, and never a panic.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use crate::support::{forewarn, said, signed};

/// Runs and expects this exit code and these words on stderr.
fn refused(home: &Path, arguments: &[&str], code: i32, words: &[&str]) {
    let output = forewarn(home).args(arguments).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{}", said(&output));
    for word in words {
        assert!(stderr.contains(word), "`{word}` is missing\n{}", said(&output));
    }
    assert!(!stderr.contains("panicked"), "{}", said(&output));
}

fn home() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn without_credentials_it_says_how_to_give_some() {
    let home = home();
    refused(home.path(), &["audit", "--region", "us-east-1"], 3, &["credentials", "profile"]);
}

#[test]
fn a_profile_that_does_not_exist_is_named() {
    let home = home();
    fs::create_dir(home.path().join(".aws")).unwrap();
    fs::write(home.path().join(".aws/config"), "[profile other]\nregion = us-east-1\n").unwrap();
    refused(home.path(), &["audit", "--profile", "nightly"], 3, &["nightly"]);
}

#[test]
fn a_closed_port_is_unreachable_and_not_a_finding() {
    let home = home();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let output = signed(home.path(), "AKIAEXAMPLE").args(["audit", "--endpoint-url", &url]).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(String::from_utf8_lossy(&output.stderr).contains(&url), "{}", said(&output));
}

#[test]
fn a_check_that_does_not_exist_comes_with_the_closest() {
    let home = home();
    let words = ["there is no check `iam.user_without_mff`", "did you mean `iam.user_without_mfa`?"];
    refused(home.path(), &["demo", "--check", "iam.user_without_mff"], 2, &words);
    refused(home.path(), &["checks", "explain", "iam.user_without_mff"], 2, &words);
}

#[test]
fn an_unknown_format_comes_with_the_closest() {
    refused(home().path(), &["demo", "-f", "jsn"], 2, &["unknown format `jsn`", "did you mean `json`?"]);
}

#[test]
fn two_formats_cannot_both_go_to_stdout() {
    refused(home().path(), &["demo", "-f", "csv", "-f", "json"], 2, &["two formats go to stdout"]);
}

#[test]
fn an_output_that_cannot_be_written_is_found_before_the_first_call() {
    let home = home();
    let format = format!("csv={}/none/findings.csv", home.path().display());
    // No credentials are there: had it gone to AWS first, it would end in 3.
    refused(home.path(), &["audit", "-f", &format], 2, &["cannot write", "there is no folder"]);
    let folder = format!("json={}", home.path().display());
    refused(home.path(), &["audit", "-f", &folder], 2, &["is a folder"]);
}

#[test]
fn a_snapshot_that_is_missing_broken_or_newer_is_named() {
    let home = home();
    refused(home.path(), &["audit", "--snapshot", "none.json"], 2, &["none.json"]);
    fs::write(home.path().join("broken.json"), "{\"forewarn_snapshot\": 1, \"inventory\": 7}").unwrap();
    refused(home.path(), &["audit", "--snapshot", "broken.json"], 2, &["broken.json", "line 1"]);
    fs::write(home.path().join("newer.json"), "{\"forewarn_snapshot\": 99, \"inventory\": {}}").unwrap();
    refused(home.path(), &["audit", "--snapshot", "newer.json"], 2, &["version 99", "update forewarn"]);
}

#[test]
fn a_mistyped_key_of_the_configuration_is_named_with_the_file() {
    let home = home();
    fs::write(home.path().join("forewarn.toml"), "regoin = \"eu-west-1\"\n").unwrap();
    refused(home.path(), &["demo"], 2, &["forewarn.toml", "unknown key `regoin`", "`region`"]);
}

#[test]
fn no_argument_at_all_shows_the_help() {
    let home = home();
    let output = forewarn(home.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(String::from_utf8_lossy(&output.stderr).contains("Usage:"), "{}", said(&output));
}
