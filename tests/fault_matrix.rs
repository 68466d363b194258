//! Every operation × every kind of fault: the audit ends, the gap is named, no verdict swaps Pass and Fail, and nothing
//! else is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, Sleep};
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use forewarn_collect::operations::{self, Operation};
use forewarn_collect::{AccessKey, Lookups, Options, Silent, Stop, collect};
use forewarn_findings::{Cause, Report, Settings as Configured, VerdictKind, assess};
use forewarn_inventory::{Fact, Inventory, overlay};
use forewarn_simaws::{Fault, FaultRule, Settings, SimAws, Window};
use futures_util::{StreamExt as _, stream};
use serde_json::json;

const ACCOUNT: &str = "111111111111";

/// The regions that need no opting in: what is looked at too where the account does not say which it has.
const BY_DEFAULT: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

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

/// A small account that has one of everything, so that every operation is called: a bucket without a region in the list,
/// and an account of the organisation without a place, too.
fn world() -> Inventory {
    let open = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::open/*" }] });
    let through = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
          "Resource": format!("arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/point/object/*") }] });
    let all = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] });
    let deny = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*" }] });
    overlay::inventory(&json!({
        "id": ACCOUNT,
        "regions": BY_DEFAULT.iter().map(|region| ((*region).to_owned(), json!("assessed"))).collect::<serde_json::Map<_, _>>(),
        "iam": {
            "users": [{ "name": "alice", "groups": ["staff"] }],
            "groups": [{ "name": "staff" }, { "name": "empty" }],
            "roles": [{ "name": "deploy", "attached": [{ "name": "all", "arn": format!("arn:aws:iam::{ACCOUNT}:policy/all") }],
                "trust": { "Version": "2012-10-17", "Statement": [
                    { "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole" }] } }],
            "policies": [{ "name": "all", "document": all }],
            "credential_report": { "rows": [
                { "user": "<root_account>", "mfa_active": { "value": true }, "password_enabled": "not_supported" },
                { "user": "alice", "password_enabled": { "value": true }, "password_last_changed": { "value": "2025-06-01T00:00:00Z" } }] },
            "virtual_mfa_devices": [{ "serial": format!("arn:aws:iam::{ACCOUNT}:mfa/alice"), "user_arn": format!("arn:aws:iam::{ACCOUNT}:user/alice") }],
            "service_credentials": [{ "id": "ACCAEXAMPLE", "user": "alice", "service": "bedrock.amazonaws.com", "active": true, "created": "2025-01-01T00:00:00Z" }],
            "server_certificates": [{ "name": "old", "arn": format!("arn:aws:iam::{ACCOUNT}:server-certificate/old") }],
            "password_policy": { "minimum_length": 8 },
            "account_summary": { "AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0, "AccountPasswordPresent": 1 },
            "aliases": ["acme"],
            "oidc_providers": [{ "arn": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/example.com"), "details": { "url": "example.com" } }],
            // Not in every region, and the other account may have one for all: Unknown, however many regions there are.
            "analyzers": [{ "region": "us-east-1", "findings": [{ "id": "1", "resource": "arn:aws:s3:::open", "public": true,
                "principal": { "AWS": "*" }, "analyzed": "2025-12-31T00:00:00Z" }] }],
            "saml_providers": [{ "arn": format!("arn:aws:iam::{ACCOUNT}:saml-provider/corp") }],
        },
        "s3": {
            "public_access_block": { "block_public_acls": true },
            "buckets": [
                { "name": "open", "policy": open, "policy_status": true, "ownership": "ObjectWriter",
                  "acl": { "owner": "abc", "grants": [{ "grantee": "abc", "permission": "FULL_CONTROL" }] },
                  "public_access_block": { "block_public_acls": true }, "versioning": { "enabled": true },
                  "object_lock": { "mode": "GOVERNANCE", "days": 1 },
                  "replication": { "role": "r", "rules": [{ "id": "all", "enabled": true, "destination": "arn:aws:s3:::logs" }] },
                  "logging": { "bucket": "logs", "prefix": "open/" }, "tags": { "team": "web" },
                  "inventories": [{ "id": "all", "enabled": true, "destination": "arn:aws:s3:::logs" }],
                  "lifecycle": [{ "id": "old", "enabled": true, "expiration_days": 30 }], "website": { "index": "index.html" } },
                { "name": "logs", "region": null },
            ],
            "access_points": [{ "name": "point", "bucket": "open", "policy": through, "public_access_block": { "ignore_public_acls": true } }],
            "multi_region_access_points": [{ "name": "many.mrap", "buckets": ["open"] }],
        },
        "contacts": { "security": { "email": "security@example.com" } },
        "trail": {
            "trails": [{ "name": "main", "bucket": "logs", "insights": ["ApiCallRateInsight"],
                "kms_key": format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/logs"),
                "status": { "latest_log_group_delivery": "2025-12-31T23:58:00Z" },
                "log_group_arn": format!("arn:aws:logs:us-east-1:{ACCOUNT}:log-group:trail:*") }],
            "event_data_stores": [{ "name": "lake", "region": "us-east-1", "status": "ENABLED",
                "arn": format!("arn:aws:cloudtrail:us-east-1:{ACCOUNT}:eventdatastore/12345678-1234-1234-1234-123456789012") }],
        },
        "monitoring": {
            "log_groups": [{ "arn": format!("arn:aws:logs:us-east-1:{ACCOUNT}:log-group:trail"), "details": { "retention_days": 400 } }],
            "metric_filters": [{ "name": "root", "pattern": "{ $.userIdentity.type = Root }",
                "metrics": [{ "namespace": "trail", "name": "Root", "value": "1" }] }],
            "alarms": [{ "name": "root", "trigger": { "metric": { "name": "Root" } },
                "actions": [format!("arn:aws:sns:us-east-1:{ACCOUNT}:alarms")] }],
            "topics": [{ "arn": format!("arn:aws:sns:us-east-1:{ACCOUNT}:alarms") }],
        },
        "detection": {
            "recorders": BY_DEFAULT.map(|region| json!({ "region": region })),
            "hubs": BY_DEFAULT.map(|region| json!({ "region": region })),
            "detectors": BY_DEFAULT.map(|region| json!({ "id": region, "region": region })),
        },
        "kms": { "keys": [{ "arn": format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/logs") }] },
        "organization": {
            "id": "o-own", "delegated_administrators": [{ "id": "222222222222", "name": "b" }], "root_features": ["RootSessions"],
            "units": [{ "id": "r-1", "name": "Root" }, { "id": "ou-1", "name": "Work", "parent": "r-1" }],
            "accounts": [{ "id": ACCOUNT, "parent": "ou-1" }, { "id": "222222222222" }],
            "scps": [{ "id": "p-scp", "targets": ["r-1"], "document": all }],
            "rcps": [{ "id": "p-rcp", "targets": ["r-1"], "document": deny }],
        },
    }))
    .unwrap()
}

async fn collected(world: &Arc<Inventory>, faults: Vec<FaultRule>) -> Inventory {
    let server = SimAws::start(Arc::clone(world), Settings { faults, ..Settings::default() }).await.unwrap();
    let (id, secret) = server.credentials(ACCOUNT);
    // The clock of the inventory, so that what it remembers of the last days is of the last days.
    let written: u64 = world.instant.as_second().try_into().unwrap();
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
    server.stop().await;
    found.instant = world.instant;
    found
}

fn judged(inventory: &Inventory) -> Report {
    assess(&forewarn_checks::all(), inventory, &Configured::default(), "0")
}

/// The operations that an audit can lose and go on: without who it is and the role it is told to assume there is none.
fn operations() -> impl Iterator<Item = &'static Operation> {
    operations::ALL.iter().copied().filter(|operation| !operation.key.starts_with("sts:"))
}

/// The facts that the checks need, and what those rest on.
fn needed() -> BTreeSet<Fact> {
    operations::closure(&forewarn_checks::all().iter().flat_map(|check| check.needs).copied().collect())
}

/// Operations whose loss may cost nothing: each region is asked for itself, and the last credential report is still there.
const STOOD_IN_FOR: [&str; 2] = ["account:ListRegions", "iam:GenerateCredentialReport"];

/// The facts that an operation gives, and those that cannot be read without them.
fn lost_with(operation: &Operation) -> BTreeSet<Fact> {
    let rests = |fact: &Fact| {
        let on = operations::closure(&BTreeSet::from([*fact]));
        operation.facts.iter().any(|given| on.contains(given))
    };
    Fact::ALL.iter().copied().filter(rests).collect()
}

/// What is wrong with an audit in which one operation was struck.
fn faults_of(
    operation: &Operation,
    whole: &(Inventory, Report),
    found: &Inventory,
    cause: Option<Cause>,
) -> Vec<String> {
    let (world, before) = whole;
    let report = judged(found);
    let mut wrong = report.coverage.internal_errors.clone();
    let lost = if cause.is_some() { lost_with(operation) } else { BTreeSet::new() };
    for fact in Fact::ALL.iter().filter(|fact| !lost.contains(fact)) {
        if fact.gaps(found) != fact.gaps(world) || fact.coverage(found) != fact.coverage(world) {
            wrong.push(format!("{fact:?} is lost too"));
        }
    }
    let earlier: BTreeMap<(&str, &str), VerdictKind> =
        before.findings.iter().map(|f| ((&*f.check, f.resource.arn.as_str()), f.verdict)).collect();
    for finding in &report.findings {
        let was = earlier.get(&(&*finding.check, finding.resource.arn.as_str()));
        let swapped = matches!(
            (was, finding.verdict),
            (Some(VerdictKind::Pass), VerdictKind::Fail) | (Some(VerdictKind::Fail), VerdictKind::Pass)
        );
        if swapped && finding.grounds.unless.is_empty() {
            wrong.push(format!(
                "{} on {} went from {was:?} to {:?}",
                finding.check, finding.resource.arn, finding.verdict
            ));
        }
    }
    for check in forewarn_checks::all() {
        let needs: BTreeSet<Fact> = check.needs.iter().copied().collect();
        let of = |report: &Report| -> Vec<_> {
            report.findings.iter().filter(|finding| &*finding.check == check.id).cloned().collect()
        };
        if operations::closure(&needs).is_disjoint(&lost) && of(&report) != of(before) {
            wrong.push(format!("{} says something else, and needs nothing of it", check.id));
        }
    }
    if let Some(cause) = cause {
        let names = |of: Cause, by: &str| of == cause && by == operation.action();
        // What no check needs is asked here all the same, and no report speaks of it.
        let named = if operation.serves(&needed()) {
            report.coverage.gaps.iter().any(|gap| names(gap.cause, &gap.operation))
        } else {
            Fact::ALL.iter().flat_map(|fact| fact.gaps(found)).any(|(_, gap)| names(gap.cause, &gap.operation))
        };
        if !named && !STOOD_IN_FOR.contains(&operation.key) {
            wrong.push(format!("the coverage names {:?}", report.coverage.gaps));
        }
    }
    wrong.into_iter().map(|fault| format!("{}: {fault}", operation.key)).collect()
}

/// Strikes each operation with one kind of fault; `cause` is what the gap must be named, `None` where it passes.
fn strikes(fault: Fault, window: Window, cause: Option<Cause>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let world = Arc::new(world());
    let whole = runtime.block_on(collected(&world, Vec::new()));
    let whole = (whole.clone(), judged(&whole));
    assert_eq!(whole.1.coverage.gaps, vec![], "the account that nothing befalls is read whole");
    let struck = operations().map(|operation| {
        let (world, whole) = (&world, &whole);
        async move {
            let rule = FaultRule::always(operation.key, fault).within(window);
            let found = collected(world, vec![rule]).await;
            faults_of(operation, whole, &found, cause)
        }
    });
    let wrong: Vec<Vec<String>> = runtime.block_on(stream::iter(struck).buffer_unordered(4).collect());
    assert!(wrong.len() > 50, "every operation of the table: {}", wrong.len());
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{fault:?}:\n{}", wrong.join("\n"));
}

#[test]
fn the_account_calls_every_operation() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let found = runtime.block_on(collected(&Arc::new(world()), Vec::new()));
    let called: BTreeSet<&str> = found.collection.calls.keys().map(String::as_str).collect();
    let idle: Vec<&str> = operations().map(|operation| operation.key).filter(|key| !called.contains(key)).collect();
    assert_eq!(idle, Vec::<&str>::new());
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
