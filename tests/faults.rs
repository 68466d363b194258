//! Every kind of fault in eleven representative operations: the audit ends, the gap is named, no verdict swaps Pass and
//! Fail; and what the binary makes of it.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, Sleep};
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use forewarn_collect::{AccessKey, Lookups, Options, Silent, Stop, collect};
use forewarn_findings::{Cause, Report, Settings as Configured, VerdictKind, assess};
use forewarn_inventory::Inventory;
use forewarn_simaws::{Fault, FaultRule, Running, Settings, SimAws, Window, demo};
use serde_json::Value;

use crate::support::{said, signed};

/// How much faster than ours the clock of the collection runs.
const FASTER: u32 = 20;

#[derive(Debug, Clone, Copy)]
struct Fast {
    start: Instant,
    origin: SystemTime,
}

impl TimeSource for Fast {
    fn now(&self) -> SystemTime {
        self.origin + self.start.elapsed() * FASTER
    }
}

impl AsyncSleep for Fast {
    fn sleep(&self, time: Duration) -> Sleep {
        Sleep::new(tokio::time::sleep(time / FASTER))
    }
}

const OPERATIONS: [&str; 11] = [
    "iam:GetAccountAuthorizationDetails",
    "iam:GetCredentialReport",
    "iam:GetAccountSummary",
    "s3:ListBuckets",
    "s3:GetBucketPolicy",
    "s3:GetPublicAccessBlock",
    "s3control:GetPublicAccessBlock",
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetTrailStatus",
    "cloudtrail:LookupEvents",
    "organizations:DescribeOrganization",
];

async fn serve(faults: Vec<FaultRule>, latency: Duration) -> Running {
    let settings = Settings { faults, latency, ..Settings::default() };
    SimAws::start(Arc::new(demo::inventory()), settings).await.unwrap()
}

async fn collected(faults: Vec<FaultRule>) -> Inventory {
    let server = serve(faults, Duration::ZERO).await;
    let (id, secret) = server.credentials(demo::ACCOUNT);
    // The clock of the inventory, so that what it remembers of the last days is of the last days.
    let written: u64 = demo::inventory().instant.as_second().try_into().unwrap();
    let clock = Fast { start: Instant::now(), origin: SystemTime::UNIX_EPOCH + Duration::from_secs(written) };
    let options = Options {
        endpoint_url: Some(server.url()),
        access_key: Some(AccessKey { id, secret }),
        sleep: SharedAsyncSleep::new(clock),
        time: SharedTimeSource::new(clock),
        lookups: Lookups { per_second: 1000.0, ..Lookups::default() },
        ..Options::default()
    };
    let mut found = collect(&options, &Silent, Stop::never()).await.unwrap();
    found.instant = demo::inventory().instant;
    found
}

fn judged(inventory: &Inventory) -> Report {
    assess(&forewarn_checks::all(), inventory, &Configured::default(), "0")
}

fn verdicts(report: &Report) -> BTreeMap<(&str, &str), VerdictKind> {
    report.findings.iter().map(|f| ((f.check.as_str(), f.resource.arn.as_str()), f.verdict)).collect()
}

/// Strikes each operation with one kind of fault; `cause` is what the gap must be named, `None` where it passes.
fn strikes(fault: Fault, window: Window, cause: Option<Cause>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let whole = judged(&runtime.block_on(collected(Vec::new())));
    let before = verdicts(&whole);
    for operation in OPERATIONS {
        let rule = FaultRule::always(operation, fault).within(window);
        let report = judged(&runtime.block_on(collected(vec![rule])));
        assert_eq!(report.coverage.internal_errors, Vec::<String>::new(), "{operation} {fault:?}");
        for ((check, resource), verdict) in verdicts(&report) {
            let earlier = before.get(&(check, resource)).copied();
            let swapped = matches!(
                (earlier, verdict),
                (Some(VerdictKind::Pass), VerdictKind::Fail) | (Some(VerdictKind::Fail), VerdictKind::Pass)
            );
            assert!(!swapped, "{operation} {fault:?}: {check} on {resource} went from {earlier:?} to {verdict:?}");
        }
        match cause {
            None => assert_eq!(report.findings, whole.findings, "{operation} {fault:?}"),
            Some(cause) => {
                let known = &whole.coverage.gaps;
                let mut new = report.coverage.gaps.iter().filter(|gap| !known.contains(gap));
                let named = new.any(|gap| gap.cause == cause && !gap.checks.is_empty());
                assert!(named, "{operation} {fault:?}: {:?}", report.coverage.gaps);
                // What the summary says of the root user stands in the credential report too.
                let elsewhere = operation == "iam:GetAccountSummary";
                let more = report.count(VerdictKind::Unknown) > whole.count(VerdictKind::Unknown);
                assert!(more || elsewhere, "{operation} {fault:?}");
            }
        }
    }
}

#[test]
fn access_denied() {
    strikes(Fault::AccessDenied, Window::Always, Some(Cause::Denied));
}

#[test]
fn expired_token() {
    strikes(Fault::ExpiredToken, Window::Always, Some(Cause::Denied));
}

#[test]
fn throttled_for_a_while() {
    // Three seconds of the collection's clock.
    strikes(Fault::Throttle, Window::For(Duration::from_secs(3) / FASTER), None);
}

#[test]
fn throttled_for_ever() {
    strikes(Fault::Throttle, Window::Always, Some(Cause::Throttled));
}

#[test]
fn server_error() {
    strikes(Fault::InternalError, Window::Always, Some(Cause::Failed));
}

#[test]
fn connection_reset() {
    strikes(Fault::Reset, Window::Always, Some(Cause::Failed));
}

#[test]
fn stalled() {
    // Twenty seconds of the collection's clock, which waits fifteen.
    strikes(Fault::Stall(Duration::from_secs(20) / FASTER), Window::Always, Some(Cause::TimedOut));
}

#[test]
fn truncated_body() {
    strikes(Fault::Truncated, Window::Always, Some(Cause::Malformed));
}

#[test]
fn malformed_body() {
    strikes(Fault::Malformed, Window::Always, Some(Cause::Malformed));
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
    let (key, _) = server.credentials(demo::ACCOUNT);
    let home = tempfile::tempdir().unwrap();
    let program = assert_cmd::cargo::cargo_bin("forewarn");
    let mut child = std::process::Command::new(program)
        .args(["audit", "--endpoint-url", &server.url(), "--region", "us-east-1", "-f", "json=partial.json"])
        .env_clear()
        .env("HOME", home.path())
        .env("AWS_ACCESS_KEY_ID", &key)
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .current_dir(home.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Once buckets are being read, something is there and something is missing.
    let begun = Instant::now();
    while server.calls().get("s3:GetBucketPolicy").is_none_or(|calls| *calls == 0) {
        assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", server.calls());
        std::thread::sleep(Duration::from_millis(20));
    }
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let text = std::fs::read_to_string(home.path().join("partial.json")).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["run"]["interrupted"], true);
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
    assert!(reason.unwrap().reason.contains("line 1 column 3"), "{}", reason.unwrap().reason);
}
