//! The simulated AWS, read by somebody else: boto3 reads the served account in small pages, and what it parsed must be
//! what the inventory says. And the emulator's account, served again, is the same account.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::Arc;

use forewarn_inventory::{Account, Fact, Inventory, Observed, PolicyText, Trigger, Unassessed, snapshot};
use forewarn_simaws::{Running, Settings, SimAws, demo};
use serde_json::Value;

use crate::support::moto::{Moto, python, script};
use crate::support::{said, signed};

fn serve(runtime: &tokio::runtime::Runtime, inventory: Inventory) -> Running {
    runtime.block_on(SimAws::start(Arc::new(inventory), Settings::default())).unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// What boto3 reads, as one JSON document.
fn read(server: &Running) -> Value {
    let (key, _) = server.credentials(demo::ACCOUNT);
    let output = Command::new(python())
        .arg(script("read_simaws.py"))
        .args(["--endpoint", &server.url()])
        .env("AWS_ACCESS_KEY_ID", key)
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{}", said(&output)))
}

fn parsed(text: &PolicyText) -> Value {
    serde_json::from_str(text.as_str()).unwrap()
}

/// Things of a list by the value of one of their fields.
fn by<'a>(list: &'a Value, field: &str) -> BTreeMap<&'a str, &'a Value> {
    list.as_array().unwrap().iter().map(|item| (item[field].as_str().unwrap(), item)).collect()
}

/// The values of one field in a list.
fn all<'a>(list: &'a Value, field: &str) -> BTreeSet<&'a str> {
    list.as_array().map(|items| items.iter().filter_map(|item| item[field].as_str()).collect()).unwrap_or_default()
}

#[test]
fn boto3_reads_the_identities_that_are_served() {
    let runtime = runtime();
    let inventory = demo::inventory();
    let server = serve(&runtime, inventory.clone());
    let read = read(&server);
    let account: &Account = &inventory.accounts[0];
    let details = &read["iam"]["authorization_details"];

    let users = by(&details["UserDetailList"], "UserName");
    assert_eq!(users.len(), account.iam.users.items.len());
    for user in &account.iam.users {
        let found = users[user.name.as_str()];
        assert_eq!(
            (found["Arn"].as_str(), found["Path"].as_str()),
            (Some(user.arn.as_str()), Some(user.path.as_str()))
        );
        let attached: BTreeSet<&str> = user.attached.iter().map(|policy| policy.arn.as_str()).collect();
        assert_eq!(all(&found["AttachedManagedPolicies"], "PolicyArn"), attached, "{}", user.name);
        let inline: BTreeSet<&str> = user.inline.iter().map(|policy| policy.name.as_str()).collect();
        assert_eq!(all(&found["UserPolicyList"], "PolicyName"), inline, "{}", user.name);
    }

    let roles = by(&details["RoleDetailList"], "RoleName");
    assert_eq!(roles.len(), account.iam.roles.items.len());
    for role in &account.iam.roles {
        assert_eq!(roles[role.name.as_str()]["AssumeRolePolicyDocument"], parsed(&role.trust), "{}", role.name);
    }

    let policies = by(&details["Policies"], "Arn");
    assert_eq!(policies.len(), account.iam.policies.items.len());
    for policy in &account.iam.policies {
        let versions = by(&policies[policy.arn.as_str()]["PolicyVersionList"], "VersionId");
        assert_eq!(versions.len(), policy.versions.len(), "{}", policy.arn);
        for version in &policy.versions {
            assert_eq!(versions[version.id.as_str()]["Document"], parsed(&version.document), "{}", policy.arn);
        }
    }

    let report = account.iam.credential_report.present().unwrap();
    let rows = by(&read["iam"]["credential_report"]["rows"], "user");
    assert_eq!(rows.len(), report.rows.len());
    for row in &report.rows {
        let active = row.mfa_active.value().map(ToString::to_string);
        assert_eq!(rows[row.user.as_str()]["mfa_active"].as_str(), active.as_deref(), "{}", row.user);
    }
    let analyzers: BTreeSet<&str> =
        read["iam"]["analyzers"].as_object().unwrap().values().flat_map(|listed| all(listed, "arn")).collect();
    let expected: BTreeSet<&str> = account.iam.analyzers.iter().map(|analyzer| analyzer.arn.as_str()).collect();
    assert_eq!(analyzers, expected);
    let email = account.contacts.security.present().map(|contact| contact.email.as_str());
    assert_eq!(read["iam"]["security_contact"]["EmailAddress"].as_str(), email);
    let organization = inventory.organization.present().unwrap();
    let features = read["iam"]["organizations_features"].as_array().unwrap().iter();
    let features: Vec<&str> = features.map(|feature| feature.as_str().unwrap()).collect();
    assert_eq!(
        Some(&features),
        organization.root_features.present().map(|known| known.iter().map(String::as_str).collect()).as_ref()
    );
    let delegated = all(&read["organizations"]["delegated"], "Id");
    assert!(organization.delegated_administrators.iter().all(|account| delegated.contains(account.id.as_str())));
    for (counter, value) in &account.iam.account_summary.present().unwrap().0 {
        assert_eq!(read["iam"]["account_summary"][counter].as_i64(), Some(*value), "{counter}");
    }
}

#[test]
fn boto3_reads_the_buckets_and_trails_that_are_served() {
    let runtime = runtime();
    let inventory = demo::inventory();
    let server = serve(&runtime, inventory.clone());
    let read = read(&server);
    let account = &inventory.accounts[0];
    let buckets = read["s3"]["buckets"].as_object().unwrap();
    assert_eq!(buckets.len(), account.s3.buckets.items.len());
    for bucket in &account.s3.buckets {
        let found = &buckets[&bucket.name];
        assert_eq!(found["region"].as_str(), bucket.region.present().map(String::as_str), "{}", bucket.name);
        let policy = match &bucket.policy {
            Observed::Present(text) => parsed(text),
            Observed::Absent => Value::Null,
            Observed::Unreadable(_) => serde_json::json!({ "error": "AccessDenied" }),
        };
        assert_eq!(found["policy"], policy, "{}", bucket.name);
        let block = bucket.public_access_block.present();
        let on = |name: &str| found["public_access_block"][name].as_bool();
        assert_eq!(on("RestrictPublicBuckets"), block.map(|block| block.restrict_public_buckets), "{}", bucket.name);
        assert_eq!(on("IgnorePublicAcls"), block.map(|block| block.ignore_public_acls), "{}", bucket.name);
        let algorithm = bucket.encryption.present().map(|encryption| encryption.algorithm.as_str());
        let rule = &found["encryption"]["Rules"][0]["ApplyServerSideEncryptionByDefault"];
        assert_eq!(rule["SSEAlgorithm"].as_str(), algorithm, "{}", bucket.name);
        let target = bucket.logging.present().map(|target| target.bucket.as_str());
        assert_eq!(found["logging"]["TargetBucket"].as_str(), target, "{}", bucket.name);
        let lists = bucket.inventories.present().map(Vec::len);
        let read = found["inventories"]["InventoryConfigurationList"].as_array().map(Vec::len);
        assert_eq!(read, lists, "{}", bucket.name);
    }
    let named = read["s3"]["tags"].as_object().unwrap().values().flat_map(|listed| by(listed, "ResourceARN"));
    let tags: BTreeMap<&str, BTreeMap<&str, &str>> = named
        .map(|(arn, found)| {
            let tags = by(&found["Tags"], "Key").into_iter();
            (arn, tags.map(|(key, tag)| (key, tag["Value"].as_str().unwrap())).collect())
        })
        .collect();
    for bucket in &account.s3.buckets {
        let expected = bucket.tags.present().map(|tags| {
            tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect::<BTreeMap<&str, &str>>()
        });
        assert_eq!(tags.get(bucket.arn.as_str()), expected.as_ref(), "{}", bucket.name);
    }
    let trails = read["cloudtrail"]["trails"].as_object().unwrap();
    assert_eq!(trails.len(), account.trail.trails.items.len());
    for trail in &account.trail.trails {
        let found = &trails[&trail.arn];
        assert_eq!(found["described"]["S3BucketName"].as_str(), Some(trail.bucket.as_str()));
        let logging = trail.status.present().map(|status| status.logging);
        assert_eq!(found["status"]["IsLogging"].as_bool(), logging, "{}", trail.name);
    }
}

#[test]
fn boto3_reads_the_events_that_are_served() {
    let runtime = runtime();
    let inventory = demo::inventory();
    let server = serve(&runtime, inventory.clone());
    let read = read(&server);
    let of = |read_only: &str| -> BTreeMap<String, Value> {
        let regions = read["cloudtrail"]["events"][read_only].as_object().unwrap().values();
        let listed = regions.flat_map(|events| events.as_array().unwrap_or_else(|| panic!("{events}")).clone());
        listed.map(|event| (event["EventId"].as_str().unwrap().to_owned(), event)).collect()
    };
    let (writes, reads) = (of("false"), of("true"));
    let trail = &inventory.accounts[0].trail;
    assert_eq!(writes.len() + reads.len(), trail.changes.items.len() + trail.key_use.items.len());
    for event in &trail.changes {
        let found = writes.get(event.id()).or_else(|| reads.get(event.id())).unwrap();
        let record: Value = serde_json::from_str(found["CloudTrailEvent"].as_str().unwrap()).unwrap();
        assert_eq!(&record, event.raw());
        assert_eq!(found["EventName"], event.record.event_name.as_str());
        assert_eq!(found["EventTime"], event.record.event_time.to_string());
    }
    for call in &trail.key_use {
        let found = &reads[&call.event];
        assert_eq!(
            (&found["AccessKeyId"], &found["EventName"]),
            (&call.key.as_str().into(), &call.name.as_str().into())
        );
        assert_eq!(found["Username"], call.user.rsplit('/').next().unwrap());
    }
}

#[test]
fn boto3_reads_what_watches_the_account_as_it_is_served() {
    let runtime = runtime();
    let inventory = demo::inventory();
    let server = serve(&runtime, inventory.clone());
    let read = read(&server);
    let (account, watch) = (&inventory.accounts[0], &read["monitoring"]);
    for group in &account.monitoring.log_groups {
        let found = &watch["log_groups"][&group.arn][0];
        assert_eq!(
            found["retentionInDays"].as_i64(),
            group.details.present().and_then(|details| details.retention_days)
        );
        let filters = by(&watch["metric_filters"][&group.arn], "filterName");
        for filter in account.monitoring.metric_filters.iter().filter(|filter| filter.log_group == group.name()) {
            let found = filters[filter.name.as_str()];
            assert_eq!(found["filterPattern"], filter.pattern.as_str());
            assert_eq!(found["metricTransformations"][0]["metricName"], filter.metrics[0].name.as_str());
        }
        assert!(!filters.is_empty());
    }
    let alarms = &watch["alarms"]["us-east-1"];
    let (metric, composite) = (by(&alarms["MetricAlarms"], "AlarmName"), by(&alarms["CompositeAlarms"], "AlarmName"));
    assert_eq!(metric.len() + composite.len(), account.monitoring.alarms.items.len());
    for alarm in &account.monitoring.alarms {
        let found = match &alarm.trigger {
            Trigger::Rule(rule) => {
                assert_eq!(composite[alarm.name.as_str()]["AlarmRule"], rule.as_str());
                composite[alarm.name.as_str()]
            }
            Trigger::Metric(on) => {
                let found = metric[alarm.name.as_str()];
                assert_eq!(
                    (&found["MetricName"], &found["Namespace"]),
                    (&on.name.as_str().into(), &on.namespace.as_str().into())
                );
                assert_eq!(
                    (found["Threshold"].as_f64(), found["Period"].as_i64()),
                    (Some(on.threshold), Some(on.period))
                );
                found
            }
            Trigger::Other(_) => metric[alarm.name.as_str()],
        };
        assert_eq!(found["ActionsEnabled"], alarm.actions_enabled, "{}", alarm.name);
        assert_eq!(found["AlarmActions"], serde_json::json!(alarm.actions), "{}", alarm.name);
    }
    for topic in &account.monitoring.topics {
        let found = watch["topics"][&topic.arn].as_array().unwrap();
        let confirmed = |one: &&Value| one["SubscriptionArn"].as_str().unwrap().starts_with("arn:");
        let expected = topic.subscriptions.present().unwrap();
        assert_eq!(found.len(), expected.len(), "{}", topic.arn);
        let expected = expected.iter().filter(|subscription| subscription.confirmed).count();
        assert_eq!(found.iter().filter(confirmed).count(), expected, "{}", topic.arn);
    }
    for recorder in &account.detection.recorders {
        let found = &read["detection"][&recorder.region];
        assert_eq!(found["recorders"][0]["recordingGroup"]["allSupported"], recorder.all_types);
        assert_eq!(found["status"][0]["recording"].as_bool(), recorder.status.present().map(|status| status.recording));
        assert_eq!(found["channels"][0]["s3BucketName"].as_str(), recorder.channel.present().map(String::as_str));
    }
    for hub in &account.detection.hubs {
        assert_eq!(read["detection"][&hub.region]["hub"], hub.arn.as_str());
    }
    assert_eq!(read["detection"]["eu-west-1"]["hub"], Value::Null);
    for detector in &account.detection.detectors {
        let enabled = detector.details.present().map(|details| if details.enabled { "ENABLED" } else { "DISABLED" });
        assert_eq!(read["detection"][&detector.region]["detectors"][&detector.id]["Status"].as_str(), enabled);
    }
    for key in &account.kms.keys {
        let found = &read["kms"][&key.arn];
        assert_eq!(found["described"]["Arn"], key.arn.as_str());
        assert_eq!(found["rotation"].as_bool(), key.rotation.present().copied());
        let policy: Value = serde_json::from_str(found["policy"].as_str().unwrap()).unwrap();
        assert_eq!(policy, parsed(key.policy.present().unwrap()));
    }
}

#[test]
fn boto3_counts_the_families_that_are_served() {
    let runtime = runtime();
    let inventory = demo::inventory();
    let server = serve(&runtime, inventory.clone());
    let read = read(&server);
    for (family, key, name) in [
        (Unassessed::ACCESS_GRANTS, "access_grants", "AccessGrantsInstanceArn"),
        (Unassessed::EXPRESS, "express", "Name"),
        (Unassessed::TABLES, "tables", "arn"),
        (Unassessed::VECTORS, "vectors", "vectorBucketArn"),
    ] {
        let regions = read["families"][key].as_object().unwrap();
        let names: BTreeSet<&str> = regions.values().flat_map(|listed| all(listed, name)).collect();
        let seen = inventory.accounts[0].unassessed.iter().find(|seen| seen.family == family).unwrap();
        assert!(seen.count > 0, "{family}");
        assert_eq!(names.len(), seen.count, "{family}: {regions:?}");
    }
}

/// Audits an endpoint and gives what was read.
fn collected(url: &str, key: &str) -> Inventory {
    let home = tempfile::tempdir().unwrap();
    let output = signed(home.path(), key)
        .args(["audit", "--endpoint-url", url, "--region", "us-east-1", "-q", "--save-snapshot", "read.json"])
        .args(["--fail-on", "never"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    snapshot::load(&home.path().join("read.json")).unwrap()
}

#[test]
fn the_account_of_the_emulator_is_the_same_account_when_it_is_served_again() {
    let moto = Moto::start();
    moto.seed(&[]);
    let first = collected(&moto.url, "testing");
    let runtime = runtime();
    let server = serve(&runtime, first.clone());
    let (key, _) = server.credentials(&first.accounts[0].id);
    let again = collected(&server.url(), &key);
    let (one, other) = (&first.accounts[0], &again.accounts[0]);
    assert_eq!(one.iam.users, other.iam.users);
    assert_eq!(one.iam.roles, other.iam.roles);
    assert_eq!(one.iam.policies, other.iam.policies);
    assert_eq!(one.iam.credential_report, other.iam.credential_report);
    assert_eq!(one.s3.public_access_block, other.s3.public_access_block);
    for (before, after) in one.s3.buckets.iter().zip(&other.s3.buckets) {
        assert_eq!((&before.name, &before.policy, &before.acl), (&after.name, &after.policy, &after.acl));
        assert_eq!(before.public_access_block, after.public_access_block, "{}", before.name);
        assert_eq!(before.ownership, after.ownership, "{}", before.name);
    }
    assert_eq!(one.s3.buckets.items.len(), other.s3.buckets.items.len());
    assert_eq!(one.trail.trails, other.trail.trails);
    // What the emulator could not serve is a gap in both, of one cause and operation.
    for fact in [Fact::BucketVersioning, Fact::AccessPoints] {
        let named = |inventory: &Inventory| -> BTreeSet<String> {
            fact.gaps(inventory).iter().map(|(_, gap)| format!("{:?} {}", gap.cause, gap.operation)).collect()
        };
        assert_eq!(named(&first), named(&again), "{fact:?}");
        assert!(fact == Fact::BucketVersioning || !named(&first).is_empty(), "{fact:?}");
    }
}
