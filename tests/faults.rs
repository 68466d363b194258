//! What the binary makes of faults: the exit codes, a partial report, a policy that is none. Every operation × every fault
//! stands in `fault_matrix.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use forewarn_findings::{Report, Settings as Configured, VerdictKind, assess};
use forewarn_inventory::Inventory;
use forewarn_simaws::{Fault, FaultRule, Running, Settings, SimAws, demo};
use serde_json::Value;

use crate::support::{interrupted, said, signed};

async fn serve(faults: Vec<FaultRule>, latency: Duration) -> Running {
    let settings = Settings { faults, latency, ..Settings::default() };
    SimAws::start(Arc::new(demo::inventory()), settings).await.unwrap()
}

fn judged(inventory: &Inventory) -> Report {
    assess(&forewarn_checks::all(), inventory, &Configured::default(), "0")
}

fn verdicts(report: &Report) -> BTreeMap<(&str, &str), VerdictKind> {
    report.findings.iter().map(|f| ((&*f.check, f.resource.arn.as_str()), f.verdict)).collect()
}

/// Runs the binary against a served account.
fn audited(faults: Vec<FaultRule>, arguments: &[&str]) -> (Option<i32>, Value) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let server = runtime.block_on(serve(faults, Duration::ZERO));
    let (key, _) = server.credentials(demo::ACCOUNT);
    let home = tempfile::tempdir().unwrap();
    let output = signed(home.path(), &key)
        .args(["audit", "--endpoint-url", &server.url(), "--region", "us-east-1", "-f", "json", "--quiet"])
        .args(arguments)
        .output()
        .unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_else(|_| Value::String(said(&output))))
}

#[test]
fn a_denied_read_ends_in_four_unless_unknowns_are_allowed() {
    let denied = || vec![FaultRule::always("s3:GetBucketPolicy", Fault::AccessDenied)];
    let check = ["--check", "s3.policy_status_public", "--fail-on", "medium"];
    let (exit, report) = audited(denied(), &check);
    assert_eq!(exit, Some(4), "{report}");
    assert!(report["results"].as_array().unwrap().iter().all(|result| result["verdict"] != "fail"));
    let (exit, _) = audited(denied(), &[&check[..], &["--allow-unknown"]].concat());
    assert_eq!(exit, Some(0));
    let (exit, _) = audited(Vec::new(), &check);
    assert_eq!(exit, Some(1));
}

#[test]
fn credentials_that_aws_refuses_end_in_three_and_assess_nothing() {
    let (exit, said) = audited(vec![FaultRule::always("sts:GetCallerIdentity", Fault::ExpiredToken)], &[]);
    assert_eq!(exit, Some(3), "{said}");
    assert!(said.as_str().unwrap().contains("expired"), "{said}");
}

#[test]
fn an_interrupted_audit_writes_what_it_has_and_says_so() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    // Slow enough to be interrupted in the middle: some 160 calls, 50 at a time at most.
    let server = runtime.block_on(serve(Vec::new(), Duration::from_millis(700)));
    // Once buckets are being read, something is there and something is missing.
    let reading = |calls: &BTreeMap<String, u64>| calls.get("s3:GetBucketPolicy").is_some_and(|calls| *calls > 0);
    let report = interrupted(&server, &[], reading, Duration::ZERO);
    let causes = report["coverage"]["gaps"].as_array().unwrap().iter().filter(|gap| gap["cause"] == "interrupted");
    assert!(causes.count() > 0, "{}", report["coverage"]["gaps"]);
}

#[test]
fn a_policy_that_is_not_json_leaves_its_bucket_unknown_and_the_rest_judged() {
    let mut inventory = demo::inventory();
    for account in &mut inventory.accounts {
        for bucket in account.s3.buckets.items.iter_mut().filter(|bucket| bucket.name == "acme-website") {
            bucket.policy = forewarn_inventory::Observed::Present(forewarn_inventory::PolicyText::new("{ not JSON"));
        }
    }
    let whole = judged(&demo::inventory());
    let report = judged(&inventory);
    let after = verdicts(&report);
    for (key, verdict) in verdicts(&whole) {
        let about_it = key.1 == "arn:aws:s3:::acme-website";
        let reads_it = [
            "s3.outsiders_read_what_many_write",
            "s3.reachable_by_anyone",
            "s3.reachable_by_aws_service_of_anyone",
            "s3.reachable_by_other_account",
            "s3.policy_status_public",
            "s3.sse_c_allowed",
            "s3.tls_not_required",
        ];
        let expected = match key.0 {
            // Not to be JSON is the fault that this one looks for.
            "iam.policy_lint_error" if about_it => VerdictKind::Fail,
            check if about_it && reads_it.contains(&check) => VerdictKind::Unknown,
            _ => verdict,
        };
        assert_eq!(after.get(&key), Some(&expected), "{key:?}");
    }
    let reason = report
        .findings
        .iter()
        .find(|finding| finding.verdict == VerdictKind::Unknown && finding.resource.arn.ends_with("acme-website"));
    assert!(reason.unwrap().grounds.reason.contains("line 1 column 3"), "{}", reason.unwrap().grounds.reason);
}
