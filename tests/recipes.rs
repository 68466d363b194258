//! The recipes of `docs/review.md`, run: their YAML is read, and their steps go through a shell with the real program, where
//! `aws`, `terraform` and `gh` are stubs that do no more than the recipe needs of them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::said;

const PAGE: &str = include_str!("../docs/review.md");

/// The code of a language in the section of a heading.
fn fences(heading: &str, language: &str) -> Vec<String> {
    let section = PAGE.split("\n### ").find(|section| section.starts_with(heading)).unwrap();
    let open = format!("```{language}\n");
    section.split(&open).skip(1).map(|rest| rest.split("\n```").next().unwrap().to_owned()).collect()
}

fn yaml(heading: &str) -> Value {
    let fences = fences(heading, "yaml");
    assert_eq!(fences.len(), 1, "{heading}");
    yaml_serde::from_str(&fences[0]).unwrap()
}

/// A folder with a snapshot where the stub of `aws` finds it, and a plan that the stub of `terraform` writes.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let bin = home.path().join("bin");
    fs::create_dir(&bin).unwrap();
    let today = json!({ "s3": { "buckets": [{ "name": "pages" }] } });
    let inventory = forewarn_inventory::overlay::inventory(&today).unwrap();
    forewarn_inventory::snapshot::save(&inventory, &home.path().join("stored.json.zst")).unwrap();
    let policy = json!({ "Statement": [
        { "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::pages/*" },
    ] });
    let plan = json!({ "format_version": "1.2", "resource_changes": [{
        "address": "aws_s3_bucket_policy.open", "mode": "managed", "type": "aws_s3_bucket_policy", "name": "open",
        "change": { "actions": ["create"], "before": null, "after_unknown": {},
            "after": { "bucket": "pages", "policy": policy.to_string() } },
    }] });
    fs::write(home.path().join("made.json"), plan.to_string()).unwrap();
    let template = "Resources:\n  Pages:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: own\n";
    fs::create_dir(home.path().join("cloudformation")).unwrap();
    fs::write(home.path().join("cloudformation/pages.yaml"), template).unwrap();
    let stub = |name: &str, script: &str| {
        let path = bin.join(name);
        fs::write(&path, format!("#!/bin/sh\nset -eu\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    stub("aws", "[ \"$1 $2 $3\" = 's3 cp s3://acme-forewarn/today.json.zst' ]; cp \"$HOME/stored.json.zst\" \"$4\"");
    stub("terraform", "case $1 in show) cat \"$HOME/made.json\" ;; init | plan) ;; *) exit 9 ;; esac");
    stub("gh", "[ \"$1 $2 $4\" = 'pr comment --body-file' ]; cp \"$5\" \"$HOME/comment.md\"");
    std::os::unix::fs::symlink(assert_cmd::cargo::cargo_bin("forewarn"), bin.join("forewarn")).unwrap();
    home
}

/// A step as a CI server runs it; what a recipe puts elsewhere on the machine stays inside the folder.
fn shell(home: &Path, step: &str) -> Output {
    let inside = |path: &str| home.join(path).display().to_string();
    let step = step.replace("/tmp/", &inside("")).replace("/srv/forewarn/today.json.zst", &inside("stored.json.zst"));
    let output = Command::new("sh")
        .args(["-e", "-c", &step])
        .current_dir(home)
        .env_clear()
        .env("HOME", home)
        .env("PATH", format!("{}:/usr/bin:/bin", home.join("bin").display()))
        .env("RUNNER_TEMP", home)
        .env("NUMBER", "7")
        .env("SHOWFILE", inside("made.json"))
        .env("AWS_TOKEN", "token")
        .env("AWS_WEB_IDENTITY_TOKEN_FILE", inside("aws-token"))
        .output()
        .unwrap();
    assert_ne!(output.status.code(), Some(127), "{step}: {}", said(&output));
    output
}

/// Runs steps: the one of forewarn finds what the change opens, all others end well.
fn run(home: &Path, steps: &[&str]) {
    let mut reviewed = false;
    for step in steps {
        let output = shell(home, step);
        let review = step.starts_with("forewarn ");
        reviewed |= review;
        assert_eq!(output.status.code(), Some(i32::from(review)), "{step}: {}", said(&output));
    }
    assert!(reviewed, "{steps:?}");
}

fn texts<'y>(list: &'y Value, key: &str) -> Vec<&'y str> {
    list.as_array().unwrap().iter().filter_map(|step| step[key].as_str()).collect()
}

#[test]
fn the_steps_of_github_comment_on_what_the_plan_opens() {
    let (home, recipe) = (home(), yaml("GitHub Actions"));
    let jobs = &recipe["jobs"];
    let steps = [texts(&jobs["plan"]["steps"], "run"), texts(&jobs["review"]["steps"], "run")].concat();
    assert_eq!(steps.len(), 4, "{steps:?}");
    run(home.path(), &steps);
    let comment = fs::read_to_string(home.path().join("comment.md")).unwrap();
    assert!(comment.contains("s3.reachable_by_anyone"), "{comment}");
    let sarif: Value = serde_json::from_slice(&fs::read(home.path().join("review.sarif")).unwrap()).unwrap();
    assert!(!sarif["runs"][0]["results"].as_array().unwrap().is_empty());
    assert_eq!(recipe["permissions"], json!({}), "nothing that a job does not ask for");
    for job in ["plan", "review"] {
        assert_eq!(jobs[job]["permissions"]["contents"], "read");
    }
    for policy in fences("GitHub Actions", "json") {
        let name = home.path().join("policy.json");
        fs::write(&name, &policy).unwrap();
        let place = if policy.contains("\"Principal\"") { "role-trust:review" } else { "role-policy:review" };
        let output =
            shell(home.path(), &format!("forewarn review policy.json --as {place} --standalone --allow-unknown"));
        assert!(!matches!(output.status.code(), Some(2 | 3)), "{policy}: {}", said(&output));
    }
}

#[test]
fn the_script_of_gitlab_leaves_what_its_artifacts_name() {
    let (home, recipe) = (home(), yaml("GitLab"));
    let job = &recipe["forewarn-review"];
    fs::copy(home.path().join("made.json"), home.path().join("plan.json")).unwrap();
    let script: Vec<&str> = job["script"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    run(home.path(), &script);
    assert_eq!(fs::read_to_string(home.path().join("aws-token")).unwrap(), "token");
    let report = job["artifacts"]["reports"]["junit"].as_str().unwrap();
    assert!(fs::read_to_string(home.path().join(report)).unwrap().contains("<failure"));
}

#[test]
fn the_hook_of_pre_commit_takes_the_files_that_it_names() {
    let (home, recipe) = (home(), yaml("pre-commit"));
    let hook = &recipe["repos"][0]["hooks"][0];
    let files = hook["files"].as_str().unwrap();
    assert!(files.starts_with("^cloudformation/"), "{files}");
    let entry = hook["entry"].as_str().unwrap();
    let output = shell(home.path(), &format!("{entry} cloudformation/pages.yaml"));
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", said(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 resource"), "{}", said(&output));
}

#[test]
fn the_step_of_atlantis_fails_the_plan() {
    let (home, recipe) = (home(), yaml("Atlantis"));
    run(home.path(), &texts(&recipe["workflows"]["default"]["plan"]["steps"], "run"));
}
