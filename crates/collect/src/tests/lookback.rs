//! Looking back over the simulated AWS: what is asked for, in which order, and what a budget leaves out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use forewarn_inventory::{Cause, CloudTrail, Fact, Inventory, LookedUp, Reached, overlay};
use forewarn_simaws::{Fault, FaultRule, Running, Settings, Window};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{FASTER, serve};
use crate::{Lookups, Options, Silent, Stop, collect};

const ACCOUNT: &str = overlay::ACCOUNT;

/// Hours before the instant of an overlay, as a time.
fn ago(hours: f64) -> String {
    let instant: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    #[expect(clippy::cast_possible_truncation, reason = "seconds of a week")]
    let seconds = (hours * 3600.0) as i64;
    Timestamp::from_second(instant.as_second() - seconds).unwrap().to_string()
}

/// A record in the log.
fn record(id: usize, hours: f64, name: &str, more: &Value) -> Value {
    let mut record = json!({
        "eventVersion": "1.11", "eventTime": ago(hours), "eventName": name, "eventSource": "s3.amazonaws.com",
        "eventID": format!("e-{id:06}"), "awsRegion": "us-east-1", "readOnly": name.starts_with("Get"),
        "sourceIPAddress": "198.51.100.7", "userIdentity": {
            "type": "IAMUser", "userName": "ci", "arn": format!("arn:aws:iam::{ACCOUNT}:user/ci"), "accessKeyId": "AKIAEXAMPLE1",
        },
    });
    if let (Value::Object(record), Value::Object(more)) = (&mut record, more) {
        record.extend(more.clone());
    }
    record
}

/// An account in which a key of each of `users` was used an hour ago.
fn account(users: &[&str]) -> Inventory {
    let row = |user: &&str| json!({ "user": user, "keys": [{ "active": { "value": true }, "last_used": { "value": ago(1.0) } }, {}] });
    let rows: Vec<Value> = users.iter().map(row).collect();
    overlay::inventory(&json!({
        "regions": { "us-east-1": "assessed", "eu-west-1": "assessed" },
        "iam": { "credential_report": { "rows": rows } },
    }))
    .unwrap()
}

struct Looked {
    trail: CloudTrail,
    server: Running,
}

impl Looked {
    fn calls(&self) -> u64 {
        self.server.calls().get("cloudtrail:LookupEvents").copied().unwrap_or(0)
    }

    fn changes(&self) -> Vec<&str> {
        self.trail.changes.iter().map(|event| event.record.event_name.as_str()).collect()
    }

    fn since(&self, region: &str, by: &LookedUp) -> Option<String> {
        let all: Vec<&Reached> = self.trail.changes.reached.iter().chain(&self.trail.key_use.reached).collect();
        let found = all.into_iter().find(|reached| reached.region == region && reached.by == *by);
        found.map(|reached| reached.since.to_string())
    }
}

async fn look(inventory: Inventory, settings: Settings, change: impl FnOnce(&mut Options)) -> Looked {
    let (server, mut options) = serve(inventory, settings).await;
    options.needs = BTreeSet::from([Fact::RecentChanges, Fact::KeyUse]);
    options.lookups = Lookups::default();
    change(&mut options);
    let mut found = collect(&options, &Silent, Stop::never()).await.unwrap();
    Looked { trail: std::mem::take(&mut found.accounts[0].trail), server }
}

fn log(records: Vec<Value>) -> Settings {
    Settings { log: records, ..Settings::default() }
}

const BEGIN: &str = "2025-12-25T00:00:00Z";

#[tokio::test]
async fn a_quiet_region_is_known_after_two_calls() {
    let records = vec![
        record(1, 5.0, "PutBucketPolicy", &json!({ "requestParameters": { "bucketName": "b" } })),
        record(2, 4.0, "PutBucketTagging", &Value::Null),
        record(3, 3.0, "GetBucketPolicy", &Value::Null),
        record(4, 200.0, "StopLogging", &json!({ "eventSource": "cloudtrail.amazonaws.com" })),
        record(5, 2.0, "DeleteBucketPolicy", &json!({ "awsRegion": "eu-west-1" })),
    ];
    let looked = look(account(&["ci"]), log(records), |_| {}).await;
    assert_eq!(looked.calls(), 4, "writes and reads, in two regions");
    assert_eq!(looked.changes(), ["PutBucketPolicy", "DeleteBucketPolicy"]);
    let names: Vec<&str> = looked.trail.key_use.iter().map(|call| call.name.as_str()).collect();
    assert_eq!(names, ["PutBucketPolicy", "PutBucketTagging", "GetBucketPolicy", "DeleteBucketPolicy"]);
    for region in ["us-east-1", "eu-west-1"] {
        assert_eq!(looked.since(region, &LookedUp::Writes).as_deref(), Some(BEGIN));
        assert_eq!(looked.since(region, &LookedUp::Reads).as_deref(), Some(BEGIN));
    }
    assert_eq!((&looked.trail.changes.rest[..], &looked.trail.key_use.rest[..]), (&[][..], &[][..]));
    assert_eq!(looked.trail.changes.since.unwrap().to_string(), BEGIN);
}

#[tokio::test]
async fn where_nobody_used_a_key_no_reads_are_asked_for_and_no_region_is_left_out() {
    let mut inventory = account(&[]);
    inventory.accounts[0].regions.remove("us-east-1");
    let iam = record(1, 5.0, "AttachUserPolicy", &json!({ "eventSource": "iam.amazonaws.com" }));
    let looked = look(inventory, log(vec![iam]), |options| options.regions = vec!["eu-west-1".to_owned()]).await;
    assert_eq!(looked.changes(), ["AttachUserPolicy"], "IAM arrives in us-east-1, whatever regions are looked at");
    assert_eq!(looked.calls(), 2);
    assert_eq!(looked.trail.key_use.rest, []);
}

/// Writes that change no policy, a minute apart.
fn noise(many: usize, name: &str) -> Vec<Value> {
    (0..many).map(|at| record(at, f64::from(u32::try_from(at).unwrap()) / 60.0, name, &Value::Null)).collect()
}

#[tokio::test]
async fn a_busy_region_is_asked_name_by_name_from_where_the_first_question_ended() {
    // 150 hours of noise are 180 pages; the names of S3, KMS and CloudTrail are 24.
    let mut records: Vec<Value> = noise(9000, "PutBucketTagging");
    for record in &mut records {
        record["awsRegion"] = "eu-west-1".into();
    }
    records.push(record(9001, 0.5, "PutBucketPolicy", &json!({ "awsRegion": "eu-west-1" })));
    records.push(record(9002, 140.0, "PutBucketPolicy", &json!({ "awsRegion": "eu-west-1" })));
    records.push(record(
        9003,
        140.0,
        "StopLogging",
        &json!({ "awsRegion": "eu-west-1", "eventSource": "cloudtrail.amazonaws.com" }),
    ));
    records.push(record(
        9004,
        140.0,
        "AttachPolicy",
        &json!({ "awsRegion": "eu-west-1", "eventSource": "iot.amazonaws.com" }),
    ));
    let looked = look(account(&[]), log(records), |_| {}).await;
    assert_eq!(looked.changes(), ["PutBucketPolicy", "StopLogging", "PutBucketPolicy"]);
    assert!(looked.calls() <= 1 + 2 + 30, "{}", looked.calls());
    assert_eq!(looked.trail.changes.rest, []);
    let name = |name: &str| looked.since("eu-west-1", &LookedUp::Name(name.to_owned()));
    assert_eq!(name("PutBucketPolicy").as_deref(), Some(BEGIN));
    assert_eq!(name("AttachUserPolicy"), None, "of a global service");
    assert!(looked.since("eu-west-1", &LookedUp::Writes).unwrap().as_str() > "2025-12-31T18:00:00Z");
}

#[tokio::test]
async fn a_user_with_many_calls_does_not_starve_the_others() {
    let mut records = noise(9000, "GetBucketPolicy");
    let quiet = json!({ "userName": "quiet", "type": "IAMUser", "arn": format!("arn:aws:iam::{ACCOUNT}:user/quiet"),
        "accessKeyId": "AKIAEXAMPLE2" });
    records.push(record(9001, 100.0, "GetBucketAcl", &json!({ "userIdentity": quiet })));
    let budget = |options: &mut Options| options.lookups.budget = Duration::from_secs(12);
    let looked = look(account(&["ci", "quiet"]), log(records), budget).await;
    let user = |name: &str| looked.since("us-east-1", &LookedUp::User(name.to_owned())).unwrap();
    assert_eq!(user("quiet"), BEGIN);
    assert!(user("ci").as_str() > BEGIN);
    assert!(looked.trail.key_use.iter().any(|call| call.key == "AKIAEXAMPLE2"));
    let [gap] = &looked.trail.key_use.rest[..] else { panic!("{:?}", looked.trail.key_use.rest) };
    assert_eq!((gap.cause, gap.resource.as_deref()), (Cause::OutOfBudget, Some("us-east-1")));
    assert!(gap.detail.as_ref().unwrap().contains("of 2 names and users 1 to the end"), "{gap}");
    assert_eq!(looked.trail.changes.rest, [], "changes were all found");
}

#[tokio::test]
async fn a_budget_that_ends_is_a_gap_with_the_span_and_keeps_what_was_read() {
    let mut records = noise(4000, "PutBucketTagging");
    records.push(record(9001, 0.5, "PutBucketPolicy", &Value::Null));
    let five = |options: &mut Options| {
        options.needs = BTreeSet::from([Fact::RecentChanges]);
        options.lookups.budget = Duration::from_secs(5);
    };
    let looked = look(account(&[]), log(records), five).await;
    assert_eq!(looked.changes(), ["PutBucketPolicy"]);
    let [gap] = &looked.trail.changes.rest[..] else { panic!("{:?}", looked.trail.changes.rest) };
    assert_eq!((gap.cause, gap.operation.as_str()), (Cause::OutOfBudget, "cloudtrail:LookupEvents"));
    assert!(gap.detail.as_ref().unwrap().contains("everything was read back to 2025-12-31T"), "{gap}");
    assert!((5..=8).contains(&looked.calls()), "{}: one call a second, and one in the other region", looked.calls());
}

#[tokio::test]
async fn one_call_a_second_and_region_is_never_exceeded() {
    let records = noise(500, "PutBucketTagging");
    // Twice as many as are asked is what AWS serves; the clock of the test runs fast.
    let rate_limits = BTreeMap::from([("cloudtrail:LookupEvents".to_owned(), FASTER * 2)]);
    let (server, mut options) = serve(account(&[]), Settings { rate_limits, ..log(records) }).await;
    options.needs = BTreeSet::from([Fact::RecentChanges]);
    options.lookups = Lookups::default();
    let found = collect(&options, &Silent, Stop::never()).await.unwrap();
    let calls = found.collection.calls["cloudtrail:LookupEvents"];
    assert_eq!((calls.sent, calls.throttled, calls.failed), (11, 0, 0), "ten pages, and one of the other region");
    let took = found.collection.finished.unwrap().duration_since(found.instant);
    assert!(took.as_secs() >= 9, "{took:?}");
    drop(server);
}

#[tokio::test]
async fn others_who_use_the_rate_up_cost_time_and_no_event() {
    let records = noise(300, "PutBucketTagging");
    let first =
        |calls| vec![FaultRule::always("cloudtrail:LookupEvents", Fault::Throttle).within(Window::First(calls))];
    let looked = look(account(&[]), Settings { faults: first(5), ..log(records) }, |_| {}).await;
    assert_eq!(looked.trail.changes.rest, []);
    assert_eq!(looked.since("us-east-1", &LookedUp::Writes).as_deref(), Some(BEGIN));
}

#[tokio::test]
async fn a_refusal_is_a_gap_of_each_region_and_nothing_more_is_asked_there() {
    let faults = vec![FaultRule::always("cloudtrail:LookupEvents", Fault::AccessDenied)];
    let looked = look(account(&["ci"]), Settings { faults, ..Settings::default() }, |_| {}).await;
    assert_eq!(looked.calls(), 2);
    for rest in [&looked.trail.changes.rest, &looked.trail.key_use.rest] {
        let regions: Vec<_> = rest.iter().map(|gap| (gap.cause, gap.resource.as_deref().unwrap())).collect();
        assert_eq!(regions, [(Cause::Denied, "eu-west-1"), (Cause::Denied, "us-east-1")]);
    }
    assert_eq!(looked.trail.changes.reached, []);
}

#[tokio::test]
async fn a_page_that_breaks_leaves_the_pages_before_it() {
    let mut records = noise(60, "PutBucketTagging");
    records.push(record(9001, 0.001, "PutBucketPolicy", &Value::Null));
    let (server, mut options) = serve(account(&[]), log(records)).await;
    options.needs = BTreeSet::from([Fact::RecentChanges]);
    options.regions = vec!["us-east-1".to_owned()];
    let whole = collect(&options, &Silent, Stop::never()).await.unwrap();
    assert_eq!(server.calls()["cloudtrail:LookupEvents"], 2);
    assert_eq!(whole.accounts[0].trail.changes.rest, []);
    drop(server);
    let mut broken = noise(60, "PutBucketTagging");
    broken[30]["eventTime"] = "2025-12-31T23:30:00.5Z".into();
    // Deeper than a record is read.
    broken[30]["requestParameters"] = (0..200).fold(Value::Null, |inner, _| json!([inner]));
    broken.push(record(9001, 0.001, "PutBucketPolicy", &Value::Null));
    let looked = look(account(&[]), log(broken), |_| {}).await;
    assert_eq!(looked.changes(), ["PutBucketPolicy"]);
    let [gap] = &looked.trail.changes.rest[..] else { panic!("{:?}", looked.trail.changes.rest) };
    assert_eq!(gap.cause, Cause::Malformed);
    assert!(gap.detail.as_ref().unwrap().contains("e-000030"), "{gap}");
}

#[tokio::test]
async fn a_session_is_followed_to_who_took_it() {
    let session = |name: &str, key: &str| {
        json!({ "type": "AssumedRole", "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{name}/x"), "accessKeyId": key,
            "sessionContext": { "sessionIssuer": { "arn": format!("arn:aws:iam::{ACCOUNT}:role/{name}") },
                "attributes": { "creationDate": ago(50.0) } } })
    };
    let gave = |key: &str| json!({ "credentials": { "accessKeyId": key, "sessionToken": "hush" } });
    let sts = |id, identity: &Value, key: &str, region: &str| {
        record(
            id,
            50.0,
            "AssumeRole",
            &json!({ "eventSource": "sts.amazonaws.com", "readOnly": true, "awsRegion": region,
            "userIdentity": identity, "responseElements": gave(key) }),
        )
    };
    let alice = json!({ "type": "IAMUser", "userName": "alice", "arn": format!("arn:aws:iam::{ACCOUNT}:user/alice") });
    let records = vec![
        record(
            1,
            49.5,
            "PutBucketPolicy",
            &json!({ "awsRegion": "eu-west-1", "userIdentity": session("Deploy", "ASIAEXAMPLE2") }),
        ),
        sts(2, &session("Jump", "ASIAEXAMPLE1"), "ASIAEXAMPLE2", "us-east-1"),
        sts(3, &alice, "ASIAEXAMPLE1", "us-east-1"),
        sts(4, &alice, "ASIAEXAMPLE9", "us-east-1"),
    ];
    let looked = look(account(&[]), log(records), |_| {}).await;
    assert_eq!(looked.changes(), ["AssumeRole", "AssumeRole", "PutBucketPolicy"]);
    let records = || looked.trail.changes.iter().map(|event| &event.record);
    let actor = forewarn_events::Actor::of(records().next_back().unwrap());
    let person = forewarn_events::Sessions::of(records()).person(&actor).unwrap();
    assert_eq!(person.name, format!("arn:aws:iam::{ACCOUNT}:user/alice"));
    assert!(!format!("{:?}", looked.trail.changes).contains("hush"));
}

#[tokio::test]
async fn switched_off_means_not_asked() {
    let looked = look(account(&["ci"]), log(noise(5, "PutBucketPolicy")), |options| options.lookups.days = 0).await;
    assert_eq!(looked.calls(), 0);
    for rest in [&looked.trail.changes.rest, &looked.trail.key_use.rest] {
        assert_eq!(rest[0].cause, Cause::NotAsked);
        assert!(rest[0].detail.as_ref().unwrap().contains("--events-days 0"));
    }
}

#[tokio::test]
async fn the_use_of_keys_needs_the_credential_report() {
    let faults = vec![FaultRule::always("iam:GetCredentialReport", Fault::AccessDenied)];
    let looked = look(account(&["ci"]), Settings { faults, ..Settings::default() }, |_| {}).await;
    assert_eq!(looked.trail.key_use.rest[0].operation, "iam:GetCredentialReport");
    assert_eq!(looked.trail.changes.rest, []);
}
