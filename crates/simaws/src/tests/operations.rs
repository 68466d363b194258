//! The table of operations, and the bundled account through every one of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::client::Ask;
use super::start;
use crate::{OPERATIONS, Settings, demo};

/// A request for each operation that the bundled account answers well.
fn asks() -> BTreeMap<String, Ask> {
    let mut asks = BTreeMap::new();
    let role = ("RoleArn", "arn:aws:iam::111122223333:role/Administrator");
    asks.insert("sts:GetCallerIdentity".to_owned(), Ask::query("sts", "GetCallerIdentity", &[]));
    asks.insert("sts:AssumeRole".to_owned(), Ask::query("sts", "AssumeRole", &[role, ("RoleSessionName", "forewarn")]));
    let provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
    for (name, parameters) in [
        ("GenerateCredentialReport", vec![]),
        ("GenerateServiceLastAccessedDetails", vec![("Arn", "arn:aws:iam::111122223333:user/ben.tanaka")]),
        ("GetAccountAuthorizationDetails", vec![]),
        ("GetAccountPasswordPolicy", vec![]),
        ("GetAccountSummary", vec![]),
        ("GetCredentialReport", vec![]),
        ("GetOpenIDConnectProvider", vec![("OpenIDConnectProviderArn", provider)]),
        ("GetServiceLastAccessedDetails", vec![("JobId", "00000000-0000-4000-8000-000000000003")]),
        ("ListAccountAliases", vec![]),
        ("ListOpenIDConnectProviders", vec![]),
        ("ListOrganizationsFeatures", vec![]),
        ("ListSAMLProviders", vec![]),
        ("ListServerCertificates", vec![]),
        ("ListServiceSpecificCredentials", vec![("AllUsers", "true")]),
        ("ListVirtualMFADevices", vec![("AssignmentStatus", "Assigned")]),
    ] {
        asks.insert(format!("iam:{name}"), Ask::query("iam", name, &parameters));
    }
    let downloads = "acme-sdk-downloads";
    for (name, bucket, part) in [
        ("GetBucketAcl", downloads, "acl"),
        ("GetBucketEncryption", downloads, "encryption"),
        ("GetBucketLifecycleConfiguration", "acme-app-uploads", "lifecycle"),
        ("ListBucketInventoryConfigurations", downloads, "inventory"),
        ("GetBucketLocation", downloads, "location"),
        ("GetBucketLogging", downloads, "logging"),
        ("GetBucketOwnershipControls", downloads, "ownershipControls"),
        ("GetBucketPolicy", downloads, "policy"),
        ("GetBucketPolicyStatus", downloads, "policyStatus"),
        ("GetBucketReplication", "acme-backups", "replication"),
        ("GetBucketVersioning", "acme-backups", "versioning"),
        ("GetBucketWebsite", "acme-website", "website"),
        ("GetPublicAccessBlock", "acme-backups", "publicAccessBlock"),
    ] {
        asks.insert(format!("s3:{name}"), Ask::s3(&format!("/{bucket}?{part}")).region("eu-west-1"));
    }
    asks.insert(
        "s3:GetObjectLockConfiguration".to_owned(),
        Ask::s3("/acme-trail-archive?object-lock").region("eu-central-1"),
    );
    asks.insert("s3:ListBuckets".to_owned(), Ask::s3("/?max-buckets=1000"));
    asks.insert("s3:ListDirectoryBuckets".to_owned(), Ask::s3("/?x-id=ListDirectoryBuckets"));
    for (name, path, region) in [
        ("GetAccessPoint", "accesspoint/lake-analysts", "eu-west-1"),
        ("GetAccessPointPolicy", "accesspoint/lake-analysts/policy", "eu-west-1"),
        ("GetMultiRegionAccessPointPolicy", "mrap/instances/backups-anywhere/policy", "us-west-2"),
        ("GetPublicAccessBlock", "configuration/publicAccessBlock", "us-east-1"),
        ("ListAccessGrantsInstances", "accessgrantsinstances?maxResults=1000", "eu-west-1"),
        ("ListAccessPoints", "accesspoint?maxResults=1000", "eu-west-1"),
        ("ListMultiRegionAccessPoints", "mrap/instances", "us-west-2"),
    ] {
        asks.insert(format!("s3control:{name}"), Ask::s3control(path).region(region));
    }
    let arn = "arn:aws:cloudtrail:us-east-1:111122223333:trail/acme-main";
    for (name, body) in [
        ("DescribeTrails", json!({})),
        ("GetEventSelectors", json!({ "TrailName": arn })),
        ("GetInsightSelectors", json!({ "TrailName": arn })),
        ("GetTrailStatus", json!({ "Name": arn })),
        ("ListEventDataStores", json!({})),
        ("LookupEvents", json!({})),
    ] {
        asks.insert(
            format!("cloudtrail:{name}"),
            Ask::json("cloudtrail", &format!("CloudTrail_20131101.{name}"), &body),
        );
    }
    for (name, body) in [
        ("DescribeOrganization", json!({})),
        ("DescribePolicy", json!({ "PolicyId": "p-noleave1" })),
        ("ListAccounts", json!({})),
        ("ListAccountsForParent", json!({ "ParentId": "r-ac01" })),
        ("ListDelegatedAdministrators", json!({})),
        ("ListOrganizationalUnitsForParent", json!({ "ParentId": "r-ac01" })),
        ("ListPolicies", json!({ "Filter": "RESOURCE_CONTROL_POLICY" })),
        ("ListRoots", json!({})),
        ("ListTargetsForPolicy", json!({ "PolicyId": "p-noleave1" })),
    ] {
        asks.insert(
            format!("organizations:{name}"),
            Ask::json("organizations", &format!("AWSOrganizationsV20161128.{name}"), &body),
        );
    }
    let group = json!({ "logGroupName": "acme-trail", "logGroupNamePrefix": "acme-trail" });
    let key = json!({ "KeyId": "arn:aws:kms:us-east-1:111122223333:key/0f9ac1de-0000-4000-8000-00000000c7a1" });
    for (service, envelope, name, body) in [
        ("logs", "Logs_20140328", "DescribeLogGroups", &group),
        ("logs", "Logs_20140328", "DescribeMetricFilters", &group),
        ("config", "StarlingDoveService", "DescribeConfigurationRecorderStatus", &json!({})),
        ("config", "StarlingDoveService", "DescribeConfigurationRecorders", &json!({})),
        ("config", "StarlingDoveService", "DescribeDeliveryChannels", &json!({})),
        ("kms", "TrentService", "DescribeKey", &key),
        ("kms", "TrentService", "GetKeyPolicy", &key),
        ("kms", "TrentService", "GetKeyRotationStatus", &key),
    ] {
        asks.insert(format!("{service}:{name}"), Ask::json(service, &format!("{envelope}.{name}"), body));
    }
    asks.insert("cloudwatch:DescribeAlarms".to_owned(), Ask::query("monitoring", "DescribeAlarms", &[]));
    let topic = ("TopicArn", "arn:aws:sns:us-east-1:111122223333:acme-security");
    asks.insert("sns:ListSubscriptionsByTopic".to_owned(), Ask::query("sns", "ListSubscriptionsByTopic", &[topic]));
    asks.insert("securityhub:DescribeHub".to_owned(), Ask::rest("securityhub", "/accounts"));
    asks.insert("guardduty:ListDetectors".to_owned(), Ask::rest("guardduty", "/detector?maxResults=50"));
    let detector = "/detector/12abc34d567e8fa901bc2d34e56789f0";
    asks.insert("guardduty:GetDetector".to_owned(), Ask::rest("guardduty", detector));
    asks.insert("account:ListRegions".to_owned(), Ask::account(&json!({})));
    let contact = json!({ "AlternateContactType": "SECURITY" });
    asks.insert("account:GetAlternateContact".to_owned(), Ask::contact(&contact));
    asks.insert("access-analyzer:ListAnalyzers".to_owned(), Ask::analyzers("/analyzer?maxResults=100"));
    let analyzer = "arn:aws:access-analyzer:eu-west-1:111122223333:analyzer/outside";
    asks.insert("access-analyzer:ListFindings".to_owned(), Ask::analyzer_findings(&json!({ "analyzerArn": analyzer })));
    let tagged = Ask::json("tagging", "ResourceGroupsTaggingAPI_20170126.GetResources", &json!({}));
    asks.insert("tag:GetResources".to_owned(), tagged.region("eu-west-1"));
    asks.insert("s3tables:ListTableBuckets".to_owned(), Ask::tables("/buckets?maxBuckets=1000"));
    asks.insert("s3vectors:ListVectorBuckets".to_owned(), Ask::vectors(&json!({ "maxResults": 500 })));
    asks
}

#[test]
fn the_table_is_sorted_and_has_no_name_twice() {
    assert!(OPERATIONS.windows(2).all(|pair| pair[0] < pair[1]));
}

#[tokio::test]
async fn every_operation_answers_with_a_document() {
    let asks = asks();
    assert_eq!(asks.keys().map(String::as_str).collect::<Vec<_>>(), OPERATIONS, "a request for each operation");
    let mut account = demo::inventory();
    account.accounts[0].s3.public_access_block =
        forewarn_inventory::Observed::Present(forewarn_policy::BlockSettings::default());
    account.accounts[0].contacts.security =
        forewarn_inventory::Observed::Present(forewarn_inventory::AlternateContact {
            email: "security@example.com".to_owned(),
        });
    let running = start(account, Settings::default()).await;
    for (operation, ask) in asks {
        let answered = ask.by(demo::ACCOUNT).good(&running).await;
        if answered.headers["content-type"].contains("json") {
            answered.json();
        } else {
            answered.all("");
        }
        assert_eq!(running.calls().get(&operation), Some(&1), "{operation} is counted under its name");
    }
}

#[tokio::test]
async fn many_callers_at_once_are_served() {
    let running = Arc::new(start(demo::inventory(), Settings::default()).await);
    let callers: Vec<_> = (0..128)
        .map(|_| {
            let running = Arc::clone(&running);
            tokio::spawn(async move {
                for _ in 0..4 {
                    Ask::s3("/acme-website?policy").region("eu-west-1").by(demo::ACCOUNT).good(&running).await;
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    assert_eq!(running.calls()["s3:GetBucketPolicy"], 512);
}

#[test]
fn the_bundled_account_is_as_large_as_it_says() {
    let inventory = demo::inventory();
    let account = &inventory.accounts[0];
    assert_eq!(account.id, demo::ACCOUNT);
    let sizes = [
        account.iam.users.items.len(),
        account.iam.roles.items.len(),
        account.iam.policies.items.len(),
        account.s3.buckets.items.len(),
        account.trail.trails.items.len(),
    ];
    assert_eq!(sizes, [25, 27, 12, 20, 3]);
    let report = account.iam.credential_report.present().unwrap();
    assert_eq!(report.rows.len(), 26);
    assert!(account.iam.users.iter().all(|user| report.row(&user.name).is_some()));
    let summary = account.iam.account_summary.present().unwrap();
    assert_eq!((summary.0["Users"], summary.0["Roles"], summary.0["Groups"]), (25, 27, 4));
    for attached in account.iam.users.iter().flat_map(|user| &user.attached) {
        assert!(account.iam.policies.iter().any(|policy| policy.arn == attached.arn), "{}", attached.arn);
    }
}

#[test]
fn the_bundled_organisation_has_every_account_once_and_one_that_cannot_be_entered() {
    let inventory = demo::organization_as_written();
    let organization = inventory.organization.present().unwrap();
    let mut known: Vec<&str> = inventory.accounts.iter().map(|account| account.id.as_str()).collect();
    known.extend(inventory.unreached.iter().map(|account| account.id.as_str()));
    let members: Vec<&str> = organization.accounts.iter().map(|account| account.id.as_str()).collect();
    assert_eq!(known, members);
    assert_eq!((inventory.accounts.len(), inventory.unreached.len()), (2, 1));
    let sandbox = &inventory.accounts[1];
    let summary = sandbox.iam.account_summary.present().unwrap();
    let counted = [sandbox.iam.users.items.len(), sandbox.iam.roles.items.len()];
    assert_eq!(counted.map(|count| i64::try_from(count).unwrap()), [summary.0["Users"], summary.0["Roles"]]);
}

#[test]
fn the_bundled_account_ages_with_the_clock() {
    let now: jiff::Timestamp = "2031-03-03T10:00:00Z".parse().unwrap();
    let (written, moved) = (demo::organization_as_written(), demo::organization_at(now));
    // By whole days, so that every run of a day sees the same.
    let behind = now.as_second() - moved.instant.as_second();
    assert!((0..24 * 60 * 60).contains(&behind), "{}", moved.instant);
    assert_eq!((moved.instant.as_second() - written.instant.as_second()) % (24 * 60 * 60), 0);
    let delivery = |inventory: &forewarn_inventory::Inventory| {
        let trail = &inventory.accounts[0].trail.trails.items[0];
        trail.status.present().unwrap().latest_delivery.unwrap()
    };
    assert_eq!(
        moved.instant.as_second() - delivery(&moved).as_second(),
        written.instant.as_second() - delivery(&written).as_second()
    );
    let policies = |inventory: &forewarn_inventory::Inventory| {
        inventory.accounts[0].s3.buckets.iter().map(|bucket| bucket.policy.clone()).collect::<Vec<_>>()
    };
    assert_eq!(policies(&written), policies(&moved));
    let user = |inventory: &forewarn_inventory::Inventory| inventory.accounts[1].iam.users.items[0].created;
    assert_eq!(
        moved.instant.as_second() - user(&moved).as_second(),
        written.instant.as_second() - user(&written).as_second()
    );
}
